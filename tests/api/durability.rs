//! What was acknowledged is there after a restart.

use calloff_core::order::OrderStage;
use calloff_core::sample::small;
use calloff_core::wire::Role;
use calloff_tests::TestApp;

#[tokio::test]
async fn a_server_that_starts_again_on_the_same_data_still_has_everything() {
    let app = TestApp::start(&small()).await;
    let finance = app.person("fin", Role::Finance, "org").await;
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
