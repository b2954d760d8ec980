//! The server is killed while it sends a purchase order. The supplier gets the order, perhaps
//! twice, and never with different bytes.

use calloff_core::order::OrderStage;
use calloff_core::order::PurchaseOrderState;
use calloff_core::sample::builder::{day, id};
use calloff_core::sample::small;
use calloff_core::supplier::{OrderChannel, SupplierProfile};
use calloff_core::wire::{PersonRole, PurchaseOrderDetail};
use calloff_server::dispatch::{MailRoute, Sender, Smtp};
use calloff_server::state::Clock;
use calloff_server::storage::suppliers::put_supplier_profile;
use calloff_tests::{Data, MailServer, RELEASE_DAY, ServerProcess, TestApp};

use super::REACHED;

const FROM: &str = "Calloff <orders@org.example>";

/// Longer than the lease of a job.
const LATER: i64 = 10 * 60 * 1000;

/// An accepted order that the server has not begun to send, and its number.
async fn accepted() -> (Data, String) {
    let app = TestApp::open(Data::new().await, Clock::system().now()).await;
    app.publish(&small(), day(RELEASE_DAY)).await;
    let channels = vec![OrderChannel::Email("orders@mill.example".to_owned())];
    let profile = SupplierProfile { channels, ..SupplierProfile::default() };
    let mill = id("mill");
    let mut write = app.state.store.write().await.expect("a transaction");
    put_supplier_profile(&mut write, &mill, 1, (&profile, &[]), ("", 0)).await.expect("stored");
    write.commit().await.expect("committed");
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    let number = tablet.order(order).server.purchase_orders[0].number.clone();
    // The job belongs to the server that is killed. By this clock, it is not due here.
    app.set_millis(app.now() - 1);
    (app.into_data().await, number)
}

/// Kills the server at a place on its way to the supplier. Another one goes on later.
async fn killed_at(place: &'static str) {
    let (data, number) = accepted().await;
    let mail = MailServer::start().await;
    let url = mail.url();
    let killed = tokio::task::spawn_blocking(move || {
        let arguments = ["--mail-server", url.as_str(), "--mail-from", FROM];
        let mut server = ServerProcess::start(data, &arguments, &[("CALLOFF_FAILPOINT", place)]);
        let reached = server.wait_for(&format!("failpoint {place}"), REACHED);
        assert!(reached.is_some(), "the server never came to {place}");
        server.kill()
    });
    let data = killed.await.expect("no panic");
    let route = MailRoute::Server(Smtp::parse(&mail.url()).expect("an address"));
    let sender = Sender { from: FROM.parse().expect("a sender"), reply_to: None };
    let app = TestApp::open(data, Clock::system().now() + LATER).await;
    let app = app.with_settings(|settings| settings.outgoing.mail = Some((sender, route)));
    app.work().await;
    let arrived = mail.arrived();
    assert!((1..=2).contains(&arrived.len()), "{place}: {} mails", arrived.len());
    assert!(arrived.iter().all(|mail| *mail == arrived[0]), "{place}: the same bytes");
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let path = format!("/api/purchase-orders/{number}");
    let seen: PurchaseOrderDetail = buyer.get(&app, &path).await.json();
    assert_eq!(seen.row.state, PurchaseOrderState::Sent, "{place}");
    assert_eq!(seen.dispatches.len(), 1, "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_bytes_were_stored() {
    killed_at("before_dispatch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_mail_was_sent() {
    killed_at("before_mail_content").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_23_killed_after_the_final_dot() {
    killed_at("after_mail_content").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_it_was_written_that_the_mail_was_taken() {
    killed_at("after_dispatch").await;
}
