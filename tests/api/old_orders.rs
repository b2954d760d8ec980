//! Old orders leave the tablets. Head office keeps them.

use calloff_core::ids::DocumentId;
use calloff_core::order::{Command, OrderStage};
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::PersonRole;
use calloff_server::jobs::plan;
use calloff_tests::{TestApp, TestTablet};

/// An accepted order of the school. The last of its deliveries is on 6 March.
async fn accepted(app: &TestApp, tablet: &mut TestTablet) -> DocumentId {
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.sync(app).await;
    tablet.submit(order);
    tablet.sync(app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    let days = tablet.order(order).server.purchase_orders.iter().map(|order| order.delivery_date);
    assert_eq!(days.max(), Some(day("2026-03-06")));
    order
}

/// The orders on a tablet.
fn held(tablet: &TestTablet) -> Vec<DocumentId> {
    tablet.replica.orders().map(|order| order.document).collect()
}

/// The server works on its jobs at a time, and the tablets pull.
async fn at(app: &TestApp, time: &str, tablets: &mut [&mut TestTablet]) {
    app.set_time(time);
    app.work().await;
    for tablet in tablets {
        tablet.sync(app).await;
    }
}

#[tokio::test]
async fn settled_orders_leave_the_tablets_90_days_after_their_last_delivery_and_drafts_stay() {
    let app = TestApp::start(&small()).await;
    plan(&app.state).await.unwrap();
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store = app.tablet("school", "Store room").await;
    let order = accepted(&app, &mut kitchen).await;
    let (draft, discarded) = (kitchen.begin(), kitchen.begin());
    for open in [draft, discarded] {
        kitchen.add(open, "flour", "12");
    }
    kitchen.intend(discarded, Command::KeepOrder { keep: false });
    kitchen.sync(&app).await;
    // It arrives too late, so it is on hold.
    let mut late = app.tablet("school", "Cellar").await;
    let waiting = late.begin();
    late.add(waiting, "flour", "12");
    late.submit(waiting);
    app.set_time("2026-03-20T08:00:00Z");
    late.sync(&app).await;
    assert_eq!(late.order(waiting).stage(), OrderStage::OnHold);

    at(&app, "2026-06-03T12:00:00Z", &mut [&mut kitchen, &mut store]).await;
    assert!(held(&kitchen).contains(&order) && held(&store).contains(&order));
    // Nobody changed the discarded draft for more than 90 days.
    assert!(!held(&kitchen).contains(&discarded));

    at(&app, "2026-06-04T12:00:00Z", &mut [&mut kitchen, &mut store, &mut late]).await;
    let mut stay = [draft, waiting];
    stay.sort();
    for tablet in [&kitchen, &store, &late] {
        let mut held = held(tablet);
        held.sort();
        assert_eq!(held, stay);
    }
    // A tablet that starts now does not get it, either.
    let mut new = app.tablet("school", "Bar").await;
    new.sync(&app).await;
    assert_eq!(held(&new).len(), 2);
    // Head office has all of it.
    let fin = app.person("fin", PersonRole::Finance, "org").await;
    assert_eq!(fin.orders(&app, "").await.count, 2);
    assert_eq!(fin.order(&app, order).await.order.server.purchase_orders.len(), 1);
    assert!(app.state.store.is_old(&order).await.unwrap());
}

#[tokio::test]
async fn what_a_tablet_has_unsent_for_an_old_order_is_not_lost() {
    let app = TestApp::start(&small()).await;
    plan(&app.state).await.unwrap();
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store = app.tablet("school", "Store room").await;
    let order = kitchen.begin();
    kitchen.add(order, "flour", "12");
    let discarded = kitchen.begin();
    kitchen.add(discarded, "flour", "12");
    kitchen.sync(&app).await;
    store.sync(&app).await;
    // The tablet of the store room loses its network here.
    store.add(order, "milk", "3");
    store.add(discarded, "milk", "3");
    kitchen.submit(order);
    kitchen.intend(discarded, Command::KeepOrder { keep: false });
    kitchen.sync(&app).await;

    at(&app, "2026-08-01T12:00:00Z", &mut [&mut kitchen]).await;
    assert!(held(&kitchen).is_empty());
    // It comes back, but its first push is lost: the pull alone may not take anything away.
    store.pull(&app).await;
    assert_eq!(held(&store).len(), 2);
    store.sync(&app).await;
    // The discarded draft is wanted again. It is an order like any other, on all tablets.
    kitchen.sync(&app).await;
    assert!(held(&store).contains(&discarded) && held(&kitchen).contains(&discarded));
    assert_eq!(kitchen.order(discarded).ordered_lines().count(), 2);
    assert!(!app.state.store.is_old(&discarded).await.unwrap());
    // The late line is on a new draft, because the order was accepted.
    let moved = held(&store).into_iter().find(|id| ![order, discarded].contains(id));
    let moved = moved.expect("a new draft");
    assert_eq!(store.order(moved).ordered_lines().count(), 1);
    assert!(held(&kitchen).contains(&moved));
}
