//! From a draft on a tablet to purchase orders, or to the reasons for a refusal.

use calloff_core::order::accept::{LockedField, Reason};
use calloff_core::order::{OrderStage, ServerStatus};
use calloff_core::sample::builder::{day, decimal, id};
use calloff_core::sample::{builder, small};
use calloff_tests::{TestApp, TestTablet};

fn reasons(tablet: &TestTablet, document: calloff_core::ids::DocumentId) -> &[Reason] {
    match &tablet.order(document).server.status {
        Some(
            ServerStatus::Refused { reasons, .. }
            | ServerStatus::OnHold { exceptions: reasons, .. },
        ) => reasons,
        other => panic!("accepted: {other:?}"),
    }
}

#[tokio::test]
async fn an_order_is_accepted_and_cut_into_a_purchase_order_per_supplier_and_delivery_date() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.add(order, "gloves", "4");
    tablet.submit(order);
    tablet.sync(&app).await;
    let order = tablet.order(order);
    assert_eq!(order.stage(), OrderStage::Accepted);
    let cut: Vec<_> = order
        .server
        .purchase_orders
        .iter()
        .map(|po| (po.number.as_str(), po.supplier.as_str()))
        .collect();
    assert_eq!(cut, [("PO-000001", "mill"), ("PO-000002", "wholesaler")]);
    for purchase_order in &order.server.purchase_orders {
        let lines =
            purchase_order.lines.iter().map(|line| order.lines[line].locked.as_ref().unwrap());
        assert_eq!(purchase_order.total.amount, lines.map(|locked| locked.amount.amount).sum());
    }
    assert_eq!(tablet.replica.unsent().count(), 0);
}

#[tokio::test]
async fn case_14_a_price_that_the_release_does_not_know_waits_and_the_tablet_shows_both() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    let mut locked_prices = tablet.locked_prices(order, &id("school"));
    locked_prices.get_mut(&line).unwrap().unit_price = decimal("0.01");
    tablet.submit_locked(order, locked_prices);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::OnHold);
    let [Reason::Differs { field: LockedField::UnitPrice, locked, verified, .. }] =
        reasons(&tablet, order)
    else {
        panic!("{:?}", reasons(&tablet, order));
    };
    assert_eq!((locked.as_str(), verified.as_str()), ("0.01 EUR", "19.5 EUR"));
    assert!(tablet.order(order).server.purchase_orders.is_empty());
}

#[tokio::test]
async fn a_refused_order_is_put_right_and_accepted() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    let mut locked_prices = tablet.locked_prices(order, &id("school"));
    locked_prices.get_mut(&line).unwrap().release = 99;
    tablet.submit_locked(order, locked_prices);
    tablet.sync(&app).await;
    assert_eq!(reasons(&tablet, order), [Reason::UnknownRelease { release: 99 }]);
    tablet.submit(order);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
}

#[tokio::test]
async fn case_14_a_tablet_that_claims_a_blocked_supplier_is_not_believed() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("hospital", "Ward 3").await;
    let order = tablet.begin();
    tablet.add(order, "milk", "20");
    // The school may buy the dairy's milk; the hospital has blocked the dairy.
    let locked_prices = tablet.locked_prices(order, &id("school"));
    assert!(locked_prices.values().all(|locked| locked.supplier == id("dairy")));
    tablet.submit_locked(order, locked_prices);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::OnHold);
    let differs = |reason: &Reason| matches!(reason, Reason::Differs { field: LockedField::Supplier, verified, .. } if verified == "mill");
    assert!(reasons(&tablet, order).iter().any(differs), "{:?}", reasons(&tablet, order));
}

#[tokio::test]
async fn case_06_a_locked_price_is_honoured_within_the_grace_days_and_then_waits_by_name() {
    let app = TestApp::start(&small()).await;
    let mut offline = app.tablet("school", "Kitchen").await;
    // For a day that is still in the future when they arrive.
    offline.wanted = Some(day("2026-03-31"));
    let (in_time, too_late) = (offline.begin(), offline.begin());
    for order in [in_time, too_late] {
        offline.add(order, "flour", "12");
        offline.submit(order);
    }
    let mut dearer = small();
    let contract = dearer.contracts.iter_mut().find(|contract| contract.id == id("FA-1")).unwrap();
    contract.version = 2;
    contract.amendment = Some(calloff_core::contract::Amendment {
        effective_from: day("2026-03-03"),
        reason_code: "index".to_owned(),
        rationale: "wheat".to_owned(),
    });
    for tier in contract.lines.iter_mut().flat_map(|line| &mut line.tiers) {
        tier.price.amount += decimal("1.00");
    }
    app.publish(&dearer, day("2026-03-03")).await;

    let push = offline.replica.push_request("test").unwrap();
    let of = |document| calloff_core::wire::PushRequest {
        documents: push.documents.iter().filter(|push| push.id == document).cloned().collect(),
        ..push.clone()
    };
    app.set_time("2026-03-09T09:00:00Z");
    let response = offline.send_push(&app, &of(in_time)).await.pushed();
    offline.take(response);
    let honoured = offline.order(in_time);
    assert_eq!(honoured.stage(), OrderStage::Accepted);
    assert!(
        honoured
            .lines
            .values()
            .all(|line| line.locked.as_ref().unwrap().unit_price == decimal("19.50"))
    );

    app.set_time("2026-03-20T09:00:00Z");
    let response = offline.send_push(&app, &of(too_late)).await.pushed();
    offline.take(response);
    assert!(
        matches!(
            reasons(&offline, too_late),
            [Reason::ReleaseSuperseded { release: 1, grace_days: 7, .. }]
        ),
        "{:?}",
        reasons(&offline, too_late)
    );
    app.work().await;
}

#[tokio::test]
async fn case_01_two_tablets_edit_one_draft_offline_and_both_sets_of_lines_survive() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store_room = app.tablet("school", "Store room").await;
    let order = kitchen.begin();
    let flour = kitchen.add(order, "flour", "1");
    kitchen.sync(&app).await;
    store_room.sync(&app).await;

    // Both have no network.
    kitchen.add(order, "sugar", "2");
    kitchen.set(order, &flour, "12");
    store_room.add(order, "gloves", "4");
    store_room.set(order, &flour, "8");
    kitchen.sync(&app).await;
    store_room.sync(&app).await;
    kitchen.sync(&app).await;

    for tablet in [&kitchen, &store_room] {
        let items: Vec<_> =
            tablet.order(order).lines.values().map(|line| line.item.as_str()).collect();
        assert_eq!(items.len(), 3, "{items:?}");
        let mut values: Vec<_> = tablet.order(order).lines[&flour]
            .quantity
            .conflicts
            .iter()
            .map(|other| other.value)
            .collect();
        values.sort_unstable();
        assert_eq!(values, [decimal("8"), decimal("12")], "both quantities are shown");
    }
    assert_eq!(kitchen.order(order), store_room.order(order));

    store_room.set(order, &flour, "8");
    store_room.submit(order);
    store_room.sync(&app).await;
    kitchen.sync(&app).await;
    assert_eq!(kitchen.order(order).stage(), OrderStage::Accepted);
    assert_eq!(kitchen.order(order).lines[&flour].quantity.value, decimal("8"));
}

#[tokio::test]
async fn a_line_that_comes_after_acceptance_is_neither_lost_nor_slipped_in() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store_room = app.tablet("school", "Store room").await;
    let order = kitchen.begin();
    kitchen.add(order, "flour", "12");
    kitchen.sync(&app).await;
    store_room.sync(&app).await;
    store_room.add(order, "sugar", "2");
    kitchen.submit(order);
    kitchen.sync(&app).await;
    store_room.sync(&app).await;

    assert_eq!(store_room.order(order).lines.len(), 1);
    let moved =
        store_room.replica.orders().find(|other| other.document != order).expect("a new draft");
    assert_eq!(moved.stage(), OrderStage::Draft);
    assert!(moved.lines.values().any(|line| line.item == id("sugar")));
    assert!(!store_room.notices.is_empty(), "the person is told");
}

#[tokio::test]
async fn one_sites_orders_are_not_seen_by_another() {
    let app = TestApp::start(&small()).await;
    let mut school = app.tablet("school", "Kitchen").await;
    let mut hospital = app.tablet("hospital", "Ward 3").await;
    let order = school.begin();
    school.add(order, "flour", "1");
    school.sync(&app).await;
    hospital.sync(&app).await;
    assert!(hospital.replica.order(order).is_none());
    assert_eq!(builder::site("school", "coast").id, school.order(order).site);
}
