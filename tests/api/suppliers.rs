//! Suppliers, as procurement keeps them.

use calloff_core::sample::builder::id;
use calloff_core::sample::small;
use calloff_core::supplier::{OrderChannel, SupplierAccount, SupplierContact, SupplierProfile};
use calloff_core::wire::{
    AuditAct, AuditPage, ChangeSupplierRequest, ErrorCode, PersonRole, SupplierDetail, SupplierRow,
};
use calloff_tests::TestApp;

fn request(revision: u32, email: &str) -> ChangeSupplierRequest {
    let contact = SupplierContact {
        name: "Ms Weber".to_owned(),
        role: "Orders".to_owned(),
        phone: "+49 30 1234".to_owned(),
        email: "weber@mill.example".to_owned(),
    };
    ChangeSupplierRequest {
        revision,
        profile: SupplierProfile {
            contacts: vec![contact],
            channels: vec![OrderChannel::Email(email.to_owned())],
            ..SupplierProfile::default()
        },
        accounts: vec![SupplierAccount {
            location: id("coast"),
            number: "0042".to_owned(),
            order_address: String::new(),
        }],
    }
}

#[tokio::test]
async fn procurement_changes_how_a_supplier_is_reached_and_the_log_says_so() {
    let app = TestApp::start(&small()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let rows: Vec<SupplierRow> = buyer.get(&app, "/api/suppliers").await.json();
    let names: Vec<_> = rows.iter().map(|row| (row.supplier.as_str(), row.contracts)).collect();
    assert_eq!(names, [("dairy", 1), ("mill", 1), ("wholesaler", 2)]);
    assert!(rows.iter().all(|row| row.channel.is_none()));
    let path = "/api/suppliers/mill";
    let changed: SupplierDetail =
        buyer.post(&app, path, &request(0, "orders@mill.example")).await.json();
    assert_eq!((changed.revision, changed.row.phone.as_str()), (1, "+49 30 1234"));
    assert_eq!(changed.changed.as_ref().map(|(by, _)| by.as_str()), Some("buyer"));
    assert_eq!((changed.accounts[0].place.as_str(), changed.contracts.len()), ("coast", 1));
    let read: SupplierDetail = buyer.get(&app, path).await.json();
    assert_eq!(read, changed);
    // An import of the same suppliers changes nothing of it.
    app.publish(&small(), calloff_core::sample::builder::day(calloff_tests::RELEASE_DAY)).await;
    let read: SupplierDetail = buyer.get(&app, path).await.json();
    assert_eq!(read.profile, changed.profile);
    let admin = app.signed_in("root", PersonRole::Admin, "org").await;
    let log: AuditPage = admin.get(&app, "/api/audit").await.json();
    let entry = log.entries.iter().find(|entry| entry.act == AuditAct::SupplierChanged).unwrap();
    assert_eq!(entry.target, "mill");
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_is_refused_and_so_is_what_cannot_be_kept() {
    let app = TestApp::start(&small()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let path = "/api/suppliers/mill";
    buyer.post(&app, path, &request(0, "orders@mill.example")).await;
    let late = buyer.post(&app, path, &request(0, "other@mill.example")).await;
    assert_eq!(late.code(), ErrorCode::Unprocessable);
    assert!(late.problem().detail.unwrap().contains("buyer changed this supplier"));
    let bad = buyer.post(&app, path, &request(1, "a@b\r\nBcc: all@example.org")).await;
    assert_eq!(bad.code(), ErrorCode::Unprocessable);
    let mut nowhere = request(1, "orders@mill.example");
    nowhere.accounts[0].location = id("moon");
    let refused = buyer.post(&app, path, &nowhere).await;
    assert!(refused.problem().detail.unwrap().contains("moon"));
    let gone = buyer.post(&app, "/api/suppliers/nobody", &request(0, "a@b.example")).await;
    assert_eq!(gone.code(), ErrorCode::NotFound);
    let finance = app.signed_in("fin", PersonRole::Finance, "org").await;
    assert_eq!(
        finance.post(&app, path, &request(1, "a@b.example")).await.code(),
        ErrorCode::Forbidden
    );
    let read: SupplierDetail = finance.get(&app, path).await.json();
    assert_eq!(read.revision, 1);
}
