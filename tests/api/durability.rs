//! What was acknowledged still exists after a restart, and after its document was compacted.

use calloff_core::order::OrderStage;
use calloff_core::sample::small;
use calloff_core::wire::PersonRole;
use calloff_server::sync::compact;
use calloff_tests::{TestApp, TestTablet};

#[tokio::test]
async fn a_server_that_starts_again_on_the_same_data_still_has_everything() {
    let app = TestApp::start(&small()).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let (sent, draft) = (tablet.begin(), tablet.begin());
    tablet.add(sent, "flour", "12");
    tablet.add(draft, "sugar", "1");
    tablet.submit(sent);
    tablet.sync(&app).await;
    let before = (finance.orders(&app, "").await, tablet.pull_once(&app, "").await);

    let app = app.restart().await;
    assert_eq!((finance.orders(&app, "").await, tablet.pull_once(&app, "").await), before);
    tablet.add(draft, "flour", "1");
    tablet.submit(draft);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(draft).stage(), OrderStage::Accepted);
    let number = &tablet.order(draft).server.purchase_orders[0].number;
    assert_eq!(number, "PO-000002", "numbers go on where they were");
}

#[tokio::test]
async fn orders_that_have_been_settled_for_a_day_are_stored_smaller_and_nobody_notices() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let (sent, draft) = (tablet.begin(), tablet.begin());
    for item in ["flour", "sugar", "cups"] {
        tablet.add(sent, item, "12");
        tablet.add(draft, item, "12");
    }
    tablet.submit(sent);
    tablet.sync(&app).await;
    assert_eq!(compact(&app.state).await.unwrap(), 0, "it was accepted just now");

    let kept = async |id| app.state.store.document(&id).await.unwrap().unwrap();
    let (before, draft_before) = (kept(sent).await, kept(draft).await);
    let beginning = app.state.store.incarnation().await.unwrap().cursor(&tablet.enrolment.site, 1);
    let told = tablet.pull_once(&app, &beginning).await.cursor;
    app.set_millis(app.now() + 2 * 24 * 60 * 60 * 1000);
    assert_eq!(compact(&app.state).await.unwrap(), 1, "the draft stays as it is");
    let after = kept(sent).await;
    assert!(
        after.bytes.len() * 4 < before.bytes.len() * 3,
        "{} of {} bytes",
        after.bytes.len(),
        before.bytes.len()
    );
    assert_eq!((after.heads, kept(draft).await), (before.heads, draft_before));
    assert_eq!(compact(&app.state).await.unwrap(), 0, "once");

    assert_eq!(tablet.pull_once(&app, &beginning).await.cursor, told);
    let mut fresh = TestTablet::again(&app, &tablet.enrolment).await;
    fresh.pull(&app).await;
    assert_eq!(fresh.order(sent), tablet.order(sent));
    tablet.add(draft, "milk", "1");
    tablet.sync(&app).await;
    assert_eq!(tablet.replica.unsent().count(), 0);
}
