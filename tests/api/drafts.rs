//! Drafts that tablets of a site share: discarded, brought back, and not sent forever.

use calloff_core::order::Command;
use calloff_core::sample::small;
use calloff_tests::TestApp;

#[tokio::test]
async fn a_discarded_draft_reaches_tablets_that_go_on_and_is_not_handed_to_one_that_starts() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store = app.tablet("school", "Store room").await;
    let (order, kept) = (kitchen.begin(), kitchen.begin());
    for draft in [order, kept] {
        kitchen.add(draft, "flour", "12");
    }
    kitchen.sync(&app).await;
    store.sync(&app).await;
    kitchen.intend(order, Command::KeepOrder { keep: false });
    kitchen.sync(&app).await;
    store.sync(&app).await;
    assert!(store.order(order).is_discarded());

    let mut new = app.tablet("school", "Bar").await;
    new.sync(&app).await;
    let held: Vec<_> = new.replica.orders().map(|order| order.document).collect();
    assert_eq!(held, [kept]);

    // A person wants the order after all. It is then an order like any other, also on the tablet
    // that never got it before.
    store.add(order, "milk", "3");
    store.sync(&app).await;
    new.sync(&app).await;
    let shown = new.order(order);
    assert_eq!(shown.ordered_lines().count(), 2);
    assert!(
        !shown.is_let_go() && shown.discarded.as_ref().is_some_and(|discard| discard.is_overtaken)
    );
}

#[tokio::test]
async fn an_emptied_draft_is_not_handed_to_a_tablet_that_starts() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let order = kitchen.begin();
    let line = kitchen.add(order, "flour", "12");
    kitchen.sync(&app).await;
    kitchen.set(order, &line, "0");
    kitchen.sync(&app).await;
    let mut new = app.tablet("school", "Bar").await;
    new.sync(&app).await;
    assert_eq!(new.replica.orders().count(), 0);
}
