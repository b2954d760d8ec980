//! A tablet's credential is exchanged for the next one. A lost reply locks nobody out. A revoked
//! tablet learns that it was revoked.

use axum::body::Body;
use axum::http::Method;
use calloff_core::sample::small;
use calloff_core::wire::{CredentialResponse, ErrorCode, TabletFacts};
use calloff_tests::{TestApp, TestTablet};

async fn next(app: &TestApp, tablet: &TestTablet) -> String {
    let answer = tablet.send(app, Method::POST, "/api/tablet/credential", Body::empty()).await;
    answer.json::<CredentialResponse>().credential
}

async fn is_known(app: &TestApp, tablet: &mut TestTablet, credential: &str) -> bool {
    let own = std::mem::replace(&mut tablet.enrolment.credential, credential.to_owned());
    let answer = tablet.get(app, "/api/tablet").await;
    tablet.enrolment.credential = own;
    assert!(answer.status.is_success() || answer.code() == ErrorCode::Unauthenticated);
    answer.status.is_success()
}

#[tokio::test]
async fn after_a_week_a_credential_is_due_and_the_next_ones_first_use_ends_it() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let facts: TabletFacts = tablet.get(&app, "/api/tablet").await.json();
    assert_eq!((facts.name.as_str(), facts.site_name.as_str()), ("Kitchen", "school"));
    assert!(!facts.is_credential_due);
    app.set_time("2026-03-09T09:00:00Z");
    assert!(tablet.get(&app, "/api/tablet").await.json::<TabletFacts>().is_credential_due);

    let old = tablet.enrolment.credential.clone();
    let new = next(&app, &tablet).await;
    assert!(is_known(&app, &mut tablet, &old).await, "until the new one is used");
    assert!(is_known(&app, &mut tablet, &new).await);
    assert!(is_known(&app, &mut tablet, &old).await, "requests that were under way still come in");
    app.set_time("2026-03-09T09:01:00Z");
    assert!(!is_known(&app, &mut tablet, &old).await);
    tablet.enrolment.credential = new;
    assert!(!tablet.get(&app, "/api/tablet").await.json::<TabletFacts>().is_credential_due);
}

#[tokio::test]
async fn replies_that_are_lost_lock_no_tablet_out() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let lost = next(&app, &tablet).await;
    let again = next(&app, &tablet).await;
    assert_eq!(lost, again, "whichever reply is heard, also the first one, late");
    let old = tablet.enrolment.credential.clone();
    assert!(is_known(&app, &mut tablet, &old).await);
    assert!(is_known(&app, &mut tablet, &lost).await);
    // The same request arrives once more, long delayed, after the next credential is in use.
    assert_ne!(next(&app, &tablet).await, again);
    assert!(is_known(&app, &mut tablet, &again).await);
    // It is exchanged again and again, with restarts of the server in between.
    tablet.enrolment.credential = again;
    let app = app.restart().await;
    let third = next(&app, &tablet).await;
    assert!(is_known(&app, &mut tablet, &third).await);
}

#[tokio::test]
async fn a_revoked_tablet_is_told_so_at_its_next_contact_with_any_of_its_credentials() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "sugar", "5");
    let new = next(&app, &tablet).await;
    app.revoke(&tablet).await;
    let push = tablet.replica.push_request("test").expect("something is unsent");
    let problem = tablet.send_push(&app, &push).await.problem();
    assert_eq!(problem.code, ErrorCode::DeviceRevoked);
    assert!(problem.detail.unwrap().contains("What it has not sent is kept on it"));
    tablet.enrolment.credential = new;
    assert_eq!(tablet.send_push(&app, &push).await.code(), ErrorCode::DeviceRevoked);
    let trade = tablet.send(&app, Method::POST, "/api/tablet/credential", Body::empty()).await;
    assert_eq!(trade.code(), ErrorCode::DeviceRevoked);
    // Its outbox has not changed. After a new enrolment the tablet can send it.
    assert!(tablet.replica.push_request("test").is_some());
}
