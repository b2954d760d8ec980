//! An organisation that moves from SQLite to another database, also to PostgreSQL.

use calloff_core::order::OrderStage;
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::PersonRole;
use calloff_server::storage::audit::Chain;
use calloff_server::storage::blobs::Upload;
use calloff_server::storage::migrate::{MigrateError, migrate};
use calloff_tests::{Data, RELEASE_DAY, TestApp, TestTablet, at};
use futures_util::TryStreamExt as _;

#[tokio::test]
async fn after_a_move_tablets_people_and_numbers_go_on_where_they_were() {
    let data = Data::in_folder(tempfile::tempdir().unwrap());
    let app = TestApp::open(data, at("2026-03-02T09:00:00Z")).await;
    app.publish(&small(), day(RELEASE_DAY)).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let (mut kitchen, mut ward) =
        (app.tablet("school", "Kitchen").await, app.tablet("hospital", "Ward 3").await);
    for tablet in [&mut kitchen, &mut ward] {
        let (draft, ordered) = (tablet.begin(), tablet.begin());
        tablet.add(draft, "milk", "3");
        tablet.add(ordered, "flour", "12");
        tablet.submit(ordered);
        tablet.sync(&app).await;
    }
    let mut upload = Upload::begin(&app.state.store, [1; 16], app.now()).await.unwrap();
    upload.push(&app.state.store, &[3; 300_000]).await.unwrap();
    let mut write = app.state.store.write().await.unwrap();
    let blob = upload.finish(&mut write, app.now()).await.unwrap();
    write.commit().await.unwrap();
    let head = |chain: Chain| match chain {
        Chain::Whole { entries, head } => (entries, head),
        Chain::Broken { at } => panic!("broken at {at}"),
    };
    let before = head(app.state.store.verify_audit_chain().await.unwrap());
    let orders = finance.orders(&app, "").await;
    let incarnation = app.state.store.incarnation().await.unwrap();
    let now = app.now();
    let data = app.into_data().await;

    let moved = data.moved().await;
    let app = TestApp::open(moved.clone(), now).await;
    assert_eq!(head(app.state.store.verify_audit_chain().await.unwrap()), before);
    assert_eq!(app.state.store.incarnation().await.unwrap(), incarnation, "cursors stay valid");
    assert_eq!(finance.orders(&app, "").await, orders, "the session, too");
    let parts: Vec<Vec<u8>> = app.state.store.blob_parts(blob.hash).try_collect().await.unwrap();
    assert_eq!(parts.concat(), [3; 300_000]);
    for tablet in [&mut kitchen, &mut ward] {
        assert!(tablet.send_pull(&app, &tablet.replica.pull_request()).await.documents.is_empty());
        let order = tablet.begin();
        tablet.add(order, "flour", "12");
        tablet.submit(order);
        tablet.sync(&app).await;
        assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
        let fresh = {
            let mut fresh = TestTablet::again(&app, &tablet.enrolment).await;
            fresh.pull(&app).await;
            fresh
        };
        assert!(fresh.replica.orders().eq(tablet.replica.orders()), "everything is there");
    }
    let numbers: Vec<String> = [&kitchen, &ward]
        .into_iter()
        .flat_map(|tablet| tablet.replica.orders())
        .flat_map(|order| order.server.purchase_orders.iter().map(|cut| cut.number.clone()))
        .collect();
    assert_eq!(numbers.len(), 4);
    assert!((1..=4).all(|number| numbers.contains(&format!("PO-{number:06}"))), "{numbers:?}");

    // Jobs moved, and the next ones get numbers of their own.
    app.publish(&small(), day("2026-03-03")).await;
    let jobs = app.state.store.jobs(10).await.unwrap();
    let mut keys: Vec<_> = jobs.iter().map(|job| job.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["1", "2", "2 · 2026-03-03"]);

    let (from, to) = (data.open().await, moved.open().await);
    let refused = migrate(&from, &to).await;
    assert!(matches!(refused, Err(MigrateError::NotEmpty(_))), "an organisation is there");
}
