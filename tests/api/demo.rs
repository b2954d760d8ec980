//! The whole demo organisation comes in the same way as real data.

use calloff_core::order::OrderStage;
use calloff_core::wire::PersonRole;
use calloff_server::demo;
use calloff_tests::{Person, TestApp, at};

#[tokio::test]
async fn the_demos_weeks_of_orders_are_all_accepted_and_its_people_can_sign_in() {
    let app = TestApp::empty(at("2026-06-10T12:00:00Z")).await;
    demo::create(&app.state, &app.signing_key(), app.now()).await.unwrap();
    let sign_ins = demo::sign_ins(&app.state.store).await.unwrap();
    let finance = sign_ins.iter().find(|sign_in| sign_in.role == PersonRole::Finance).unwrap();
    let finance = Person::sign_in(&app, finance.person.as_str(), &finance.password).await;
    let page = finance.orders(&app, "limit=1000").await;
    assert!(page.count > 300, "{}", page.count);
    assert!(
        page.orders.iter().all(|row| row.stage == OrderStage::Accepted && !row.totals.is_empty())
    );
    let (newest, oldest) = (&page.orders[0], page.orders.last().unwrap());
    let day = 24 * 60 * 60 * 1000;
    assert!(newest.received_at > app.now() - 3 * day && oldest.received_at < app.now() - 21 * day);
    assert_eq!(app.state.store.quarantined().await.unwrap(), 0);

    // A tablet that is enrolled now orders like any other.
    let mut tablet = app.tablet(page.orders[0].site.as_str(), "New").await;
    tablet.pull(&app).await;
    assert!(tablet.replica.orders().count() > 5);
    let settings = tablet.settings();
    assert!(
        settings.walk().len() > 3 && settings.lines.len() > 15,
        "{} lines",
        settings.lines.len()
    );
    assert!(
        settings.lines.values().all(|line| line.pars.len() == 7)
            && !settings.receiving_hours.is_empty()
    );
    app.work().await;
}
