//! Releases that are announced, published again or withdrawn, and sites that leave, as tablets and
//! head office see them.

use calloff_core::catalogue::release::parse_public_key;
use calloff_core::ids::LocationId;
use calloff_core::order::OrderStage;
use calloff_core::sample::builder::{day, decimal, id};
use calloff_core::sample::small;
use calloff_core::wire::{Actor, AuditAct, PersonRole, ReleaseResponse};
use calloff_server::publishing::withdraw::{WithdrawError, withdraw_release};
use calloff_server::publishing::{PublishError, carry_out, prepare};
use calloff_server::storage::StorageError;
use calloff_server::storage::audit::Doing;
use calloff_server::storage::organisation::replace_locations;
use calloff_server::today::Days;
use calloff_tests::{TestApp, TestTablet};

async fn offered(app: &TestApp, tablet: &TestTablet) -> ReleaseResponse {
    tablet.get(app, "/api/release").await.json()
}

fn numbers(response: &ReleaseResponse, tablet: &TestTablet) -> (Option<u64>, Vec<u64>) {
    let key = parse_public_key(&tablet.enrolment.signing_key).unwrap();
    let number = |signed: &calloff_core::catalogue::release::SignedManifest| {
        signed.verify(&key).unwrap().number
    };
    (response.current.as_ref().map(number), response.announced.iter().map(number).collect())
}

async fn withdraw(app: &TestApp, number: u64) -> Result<usize, WithdrawError> {
    let store = &app.state.store;
    let days =
        Days::of(store, jiff::Timestamp::from_millisecond(app.now()).unwrap()).await.unwrap();
    let doing = Doing { by: Actor::Unknown, at: app.now(), from: String::new() };
    let taken =
        withdraw_release(store, &app.signing_key(), number, "a wrong day", (&days, &doing)).await?;
    Ok(taken.len())
}

#[tokio::test]
async fn a_withdrawn_release_is_offered_no_more_and_tablets_are_told_with_a_signature() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    app.publish(&small(), day("2026-03-05")).await;
    let announced = offered(&app, &tablet).await;
    assert_eq!(numbers(&announced, &tablet), (Some(1), vec![2]));
    assert!(announced.withdrawn.is_empty());

    withdraw(&app, 2).await.unwrap();
    let after = offered(&app, &tablet).await;
    assert_eq!(numbers(&after, &tablet), (Some(1), vec![]));
    let key = parse_public_key(&tablet.enrolment.signing_key).unwrap();
    assert_eq!(after.withdrawn.len(), 1);
    assert!(announced.announced[0].is_withdrawn_by(&after.withdrawn[0], &key));
    assert!(!after.current.unwrap().is_withdrawn_by(&after.withdrawn[0], &key));
    // On the first day of the withdrawn release, the previous release is still in force.
    app.set_time("2026-03-05T12:00:00Z");
    assert_eq!(tablet.pull_once(&app, "").await.release, Some(1));
    assert!(matches!(withdraw(&app, 1).await, Err(WithdrawError::Begun { .. })));
    app.work().await;
}

#[tokio::test]
async fn publishing_for_today_issues_the_announced_release_again_with_the_same_first_day() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    app.publish(&small(), day("2026-03-05")).await;
    let published = app.publish(&small(), day("2026-03-02")).await;
    assert_eq!(published.issue.number, 3);
    let again: Vec<_> =
        published.again.iter().map(|(before, issue)| (*before, issue.number)).collect();
    assert_eq!(again, [(2, 4)]);
    assert_eq!(published.again[0].1.effective_from, day("2026-03-05"));
    assert_eq!(numbers(&offered(&app, &tablet).await, &tablet), (Some(3), vec![4]));
    assert!(matches!(withdraw(&app, 2).await, Err(WithdrawError::Replaced(2, 4))));
    app.set_time("2026-03-05T12:00:00Z");
    assert_eq!(tablet.pull_once(&app, "").await.release, Some(4));
    app.work().await;
}

#[tokio::test]
async fn a_release_prepared_before_somebody_else_changed_contracts_is_not_issued() {
    let app = TestApp::start(&small()).await;
    let (store, key) = (&app.state.store, app.signing_key());
    let prepared =
        async || prepare(store, &key, app.release_from(day("2026-03-02")).await).await.unwrap();
    let stale = prepared().await;
    // A person who is signed in cannot change contracts.
    let fresh = prepared().await;
    app.person("fin", PersonRole::Finance, "org").await;
    let second = carry_out(store, &key, fresh).await.unwrap();
    let refused = carry_out(store, &key, stale).await.unwrap_err();
    assert!(
        matches!(&refused, PublishError::Storage(StorageError::ChangedMeanwhile { act, target })
            if *act == AuditAct::ReleasePublished && *target == second.issue.number.to_string()),
        "{refused}"
    );
    let newest = store.releases().await.unwrap().remove(0);
    assert_eq!(newest.issue.number, second.issue.number);
    app.work().await;
}

#[tokio::test]
async fn the_orders_of_a_site_that_left_are_found_and_its_tablet_reads_on() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    tablet.sync(&app).await;
    let school: LocationId = id("school");
    let mut without = small();
    without.locations.retain(|location| location.id != school);
    let mut write = app.state.store.write().await.unwrap();
    replace_locations(&mut write, &without.locations).await.unwrap();
    write.commit().await.unwrap();
    let organisation: Vec<_> = app.state.store.locations().await.unwrap();
    assert!(organisation.iter().all(|location| location.id != school));
    // Head office, and the people who are responsible for the region, still see its order by name.
    for (person, node) in [("fin", "org"), ("reg", "coast")] {
        let page =
            app.person(person, PersonRole::Finance, node).await.orders(&app, "site=school").await;
        assert_eq!((page.count, page.orders[0].site_name.as_str()), (1, "school"), "{person}");
    }
    // The tablet is still admitted, with its own time zone, and sends its unsent work.
    let draft = tablet.begin();
    tablet.add(draft, "sugar", "2");
    tablet.sync(&app).await;
    assert_eq!(tablet.order(draft).stage(), OrderStage::Draft);
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    assert_eq!(
        app.state.store.site_time_zone(&school).await.unwrap().as_deref(),
        Some("Europe/Amsterdam")
    );
    assert_eq!(
        app.state.store.site_name(&school).await.unwrap(),
        None,
        "no new tablet is enrolled there"
    );
    let hanging = app.state.store.hanging_on(&school, app.now()).await.unwrap();
    assert_eq!((hanging.tablets.as_slice(), hanging.drafts), (&["Kitchen".to_owned()][..], 1));
    assert_eq!(
        decimal("12"),
        tablet.order(order).lines.values().next().unwrap().locked.as_ref().unwrap().quantity.value
    );
}
