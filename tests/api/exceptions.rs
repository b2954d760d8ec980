//! Case 06: an order that arrived too late waits for procurement, and its prices never change.

use axum::http::StatusCode;
use calloff_core::ids::DocumentId;
use calloff_core::order::accept::Reason;
use calloff_core::order::exception::{DecisionVerdict, Undecidable};
use calloff_core::order::{OrderStage, ServerStatus};
use calloff_core::sample::builder::{day, decimal, id};
use calloff_core::sample::small;
use calloff_core::wire::{AuditAct, AuditPage, DecisionRequest, OrderDetail, PersonRole};
use calloff_tests::{Person, TestApp, TestTablet};

/// A tablet ordered flour offline on 2 March. Prices rose with a new release on the 3rd, and the
/// tablet came back on the 20th.
async fn late() -> (TestApp, TestTablet, DocumentId) {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    app.set_time("2026-03-03T08:00:00Z");
    app.publish(&small(), day("2026-03-03")).await;
    app.set_time("2026-03-20T08:00:00Z");
    tablet.sync(&app).await;
    (app, tablet, order)
}

fn request(
    tablet: &TestTablet,
    order: DocumentId,
    verdict: DecisionVerdict,
    why: &str,
) -> DecisionRequest {
    let submission = tablet.order(order).submitted.as_ref().expect("a submission").id;
    let lines = tablet.order(order).lines.keys().cloned();
    // By the 20th, the mill's first delivery day is Tuesday, the 24th.
    let new_days = lines.map(|line| (line, day("2026-03-24"))).collect();
    DecisionRequest { submission, verdict, why: why.to_owned(), new_days }
}

async fn procurement(app: &TestApp) -> Person {
    app.person("pia", PersonRole::Procurement, "org").await
}

#[tokio::test]
async fn case_06_a_late_order_waits_and_is_honoured_at_its_prices() {
    let (app, mut tablet, order) = late().await;
    assert_eq!(tablet.order(order).stage(), OrderStage::OnHold);
    let pia = procurement(&app).await;
    let waiting = pia.orders(&app, "stage=waiting").await;
    assert_eq!(waiting.count, 1);
    assert!(waiting.totals.is_empty(), "nothing is ordered yet");
    assert_eq!(waiting.orders[0].locked[0].amount, decimal("234.00"));

    let honour =
        request(&tablet, order, DecisionVerdict::Honour, "the school was cut off by the flood");
    let path = format!("/api/orders/{order}/decision");
    let looked_at = pia.order(&app, order).await;
    let [line] = &looked_at.to_decide[..] else { panic!("{:?}", looked_at.to_decide) };
    assert!(line.is_missed, "it was ordered for the 6th");
    assert_eq!(line.days[..2], [day("2026-03-24"), day("2026-03-27")]);
    assert_eq!(
        line.today.as_ref().map(|today| (today.release, today.amount.amount)),
        Some((2, decimal("234.00")))
    );
    for on in [None, Some("2026-03-06"), Some("2026-03-25")] {
        let new_days = on.map(|on| (line.line.clone(), day(on))).into_iter().collect();
        let refused = pia.post(&app, &path, &DecisionRequest { new_days, ..honour.clone() }).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{on:?}");
        let problem = refused.problem();
        assert!(problem.detail.unwrap().contains("2026-03-24"), "it says the first possible day");
        let (line, first) = (line.line.clone(), Some(day("2026-03-24")));
        let why = match on {
            Some(on) => Undecidable::BadDay { line, day: day(on), first },
            None => Undecidable::NewDayNeeded { line, locked_day: day("2026-03-06"), first },
        };
        assert_eq!(problem.undecidable, Some(why), "for clients that speak another language");
    }
    let detail: OrderDetail = pia.post(&app, &path, &honour).await.json();
    assert_eq!(detail.row.stage, OrderStage::Accepted);
    assert!(detail.row.is_honoured);
    assert_eq!(detail.row.totals[0].amount, decimal("234.00"), "at the locked price");
    assert_eq!(detail.row.received_at, waiting.orders[0].received_at);
    assert_eq!(
        detail.order.server.purchase_orders[0].delivery_date,
        day("2026-03-24"),
        "not the day that has passed"
    );
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let entries = admin.get(&app, "/api/audit").await.json::<AuditPage>().entries;
    let decided = entries.iter().find(|entry| entry.act == AuditAct::ExceptionDecided).unwrap();
    assert_eq!(decided.detail["delivery_days"], "2026-03-06/2026-03-24", "from the day as sent");
    tablet.sync(&app).await;
    let seen = tablet.order(order);
    assert_eq!(seen.stage(), OrderStage::Accepted);
    assert_eq!(seen.server.decision.as_ref().map(|decision| decision.by.as_str()), Some("pia"));

    let again = pia.post(&app, &path, &honour).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "decided once");
    assert_eq!(again.problem().undecidable, Some(Undecidable::NotOnHold));
    assert_eq!(pia.orders(&app, "stage=waiting").await.count, 0);
    assert_eq!(
        pia.orders(&app, "").await.orders[0].totals[0].amount,
        decimal("234.00"),
        "ordered once"
    );
}

#[tokio::test]
async fn case_06_a_declined_order_is_the_sites_again_and_goes_out_at_todays_prices() {
    let (app, mut tablet, order) = late().await;
    let pia = procurement(&app).await;
    let decline = request(
        &tablet,
        order,
        DecisionVerdict::Decline,
        "prices rose: please check and send it again",
    );
    let path = format!("/api/orders/{order}/decision");
    assert!(pia.post(&app, &path, &decline).await.status.is_success());
    tablet.sync(&app).await;
    let Some(ServerStatus::Refused { reasons, .. }) = &tablet.order(order).server.status else {
        panic!()
    };
    assert!(reasons[0].to_string().contains("prices rose"), "{}", reasons[0]);
    tablet.update(&app).await;
    tablet.clock = app.now();
    tablet.submit(order);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    assert!(!tablet.order(order).is_honoured(), "it was verified, nobody had to honour it");
}

#[tokio::test]
async fn only_procurement_of_that_part_of_the_tree_decides_and_says_why() {
    let (app, tablet, order) = late().await;
    let path = format!("/api/orders/{order}/decision");
    let honour = request(&tablet, order, DecisionVerdict::Honour, "fine");
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    assert_eq!(finance.post(&app, &path, &honour).await.status, StatusCode::FORBIDDEN);
    let elsewhere = app.person("eli", PersonRole::Procurement, "hotel").await;
    assert_eq!(elsewhere.post(&app, &path, &honour).await.status, StatusCode::NOT_FOUND);
    let pia = procurement(&app).await;
    let silent = request(&tablet, order, DecisionVerdict::Honour, " ");
    assert_eq!(pia.post(&app, &path, &silent).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other =
        DecisionRequest { submission: id("0192d3f0-0000-7000-8000-000000000001"), ..honour };
    assert_eq!(pia.post(&app, &path, &other).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pia.orders(&app, "stage=waiting").await.count, 1, "nothing was changed");
}

#[tokio::test]
async fn case_14_a_price_that_its_release_does_not_say_waits_and_cannot_be_honoured() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    let mut locked_prices = tablet.locked_prices(order, &id("school"));
    locked_prices.get_mut(&line).expect("a locked price").unit_price = decimal("1.00");
    tablet.submit_locked(order, locked_prices);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::OnHold);
    let pia = procurement(&app).await;
    let path = format!("/api/orders/{order}/decision");
    let honoured =
        pia.post(&app, &path, &request(&tablet, order, DecisionVerdict::Honour, "cheap!")).await;
    assert_eq!(honoured.status, StatusCode::UNPROCESSABLE_ENTITY);
    let Some(Undecidable::NotHonourable { reason }) = honoured.problem().undecidable else {
        panic!("{:?}", honoured.problem())
    };
    assert!(matches!(*reason, Reason::Differs { .. }), "{reason:?}");
    let declined = pia
        .post(
            &app,
            &path,
            &request(&tablet, order, DecisionVerdict::Decline, "not the contract's price"),
        )
        .await;
    assert!(declined.status.is_success());
    assert!(pia.orders(&app, "").await.totals.is_empty());
}

/// Flour for 2.00 is announced for the 10th.
async fn announced() -> (TestApp, TestTablet, TestTablet) {
    let app = TestApp::start(&small()).await;
    let honest = app.tablet("school", "Kitchen").await;
    app.publish(&small(), day("2026-03-10")).await;
    let mut early = app.tablet("school", "Bar").await;
    app.set_time("2026-03-10T08:00:00Z");
    early.update(&app).await;
    app.set_time("2026-03-02T09:00:00Z");
    early.clock = app.now();
    (app, honest, early)
}

#[tokio::test]
async fn an_announced_release_that_is_named_today_waits_and_is_never_accepted_by_itself() {
    let (app, _, mut early) = announced().await;
    assert_eq!(early.release, 2);
    let order = early.begin();
    early.add(order, "flour", "12");
    early.submit(order);
    early.sync(&app).await;
    let Some(ServerStatus::OnHold { exceptions, .. }) = &early.order(order).server.status else {
        panic!("{:?}", early.order(order).server.status)
    };
    let expected = Reason::ReleaseNotInForce { release: 2, in_force_from: Some(day("2026-03-10")) };
    assert_eq!(exceptions[..], [expected]);
}

#[tokio::test]
async fn a_release_that_was_replaced_before_its_first_day_is_never_accepted_by_itself() {
    let (app, mut honest, mut early) = announced().await;
    app.set_time("2026-03-05T08:00:00Z");
    app.publish(&small(), day("2026-03-10")).await;
    app.set_time("2026-03-10T08:00:00Z");
    early.clock = app.now();
    let order = early.begin();
    early.add(order, "flour", "12");
    early.submit(order);
    early.sync(&app).await;
    let Some(ServerStatus::OnHold { exceptions, .. }) = &early.order(order).server.status else {
        panic!()
    };
    assert_eq!(exceptions[..], [Reason::ReleaseNotInForce { release: 2, in_force_from: None }]);

    // Of two releases of one day, the first was in force for some hours. A tablet that still has it
    // is honoured.
    honest.update(&app).await;
    assert_eq!(honest.release, 3);
    honest.clock = app.now();
    app.set_time("2026-03-10T09:00:00Z");
    app.publish(&small(), day("2026-03-10")).await;
    let order = honest.begin();
    honest.add(order, "flour", "12");
    honest.submit(order);
    honest.sync(&app).await;
    assert_eq!(honest.order(order).stage(), OrderStage::Accepted);
}

#[tokio::test]
async fn an_order_that_arrives_after_its_cut_off_waits_whatever_the_tablet_says_of_the_time() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let line = tablet.add(order, "sugar", "2");
    let mut locked_prices = tablet.locked_prices(order, &id("school"));
    // The tablet says that it was before every cut-off. Sugar for Friday must be ordered until
    // Wednesday, 14:00.
    locked_prices.get_mut(&line).expect("a locked price").order_time = None;
    tablet.submit_locked(order, locked_prices);
    app.set_time("2026-03-04T14:10:00Z");
    tablet.sync(&app).await;
    let Some(ServerStatus::OnHold { exceptions, .. }) = &tablet.order(order).server.status else {
        panic!("{:?}", tablet.order(order).server.status)
    };
    let (delivery_date, first_possible) = (day("2026-03-06"), Some(day("2026-03-10")));
    let expected =
        Reason::DeliveryMissed { line, item: id("sugar"), delivery_date, first_possible };
    assert_eq!(exceptions[..], [expected]);
    let pia = procurement(&app).await;
    assert!(
        pia.orders(&app, "").await.totals.is_empty(),
        "no purchase order for a van that is loaded"
    );
}

/// Makes the database look as if everything was published before migration 0016. It then does not
/// know from which day a version was released.
async fn published_long_ago(app: &TestApp) {
    let mut write = app.state.store.write().await.expect("a transaction");
    let forgotten = write.run("UPDATE contract_version SET released_from = NULL").await;
    assert!(forgotten.expect("written") > 0);
    write.commit().await.expect("committed");
}

#[tokio::test]
async fn orders_that_name_releases_of_an_old_database_are_judged_by_the_days_of_these_releases() {
    let app = TestApp::start(&small()).await;
    let mut ordered = Vec::new();
    for name in ["Kitchen", "Bar"] {
        let mut tablet = app.tablet("school", name).await;
        let order = tablet.begin();
        tablet.add(order, "flour", "12");
        tablet.submit(order);
        ordered.push((tablet, order));
    }
    app.set_time("2026-03-03T08:00:00Z");
    app.publish(&small(), day("2026-03-03")).await;
    published_long_ago(&app).await;
    for ((tablet, order), (time, stage)) in ordered.iter_mut().zip([
        ("2026-03-04T08:00:00Z", OrderStage::Accepted),
        ("2026-03-20T08:00:00Z", OrderStage::OnHold),
    ]) {
        app.set_time(time);
        tablet.sync(&app).await;
        assert_eq!(tablet.order(*order).stage(), stage, "{time}");
    }

    let (app, _, mut early) = announced().await;
    published_long_ago(&app).await;
    let order = early.begin();
    early.add(order, "flour", "12");
    early.submit(order);
    early.sync(&app).await;
    assert_eq!(early.order(order).stage(), OrderStage::OnHold, "it is not in force yet");
}
