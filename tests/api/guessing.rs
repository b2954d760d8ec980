//! Guessing names, passwords and codes is slow. It is counted by account and by address, and no
//! header avoids that.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use calloff_core::sample::small;
use calloff_core::wire::{EnrolRequest, ErrorCode, PersonRole, SignInRequest};
use calloff_tests::{Answer, Person, TestApp, from_our_page, json, request};

/// A sign-in request with headers that name an address.
async fn attempt_from(app: &TestApp, name: &str, address: &'static str) -> Answer {
    let body = json(&SignInRequest { name: name.to_owned(), password: "wrong".to_owned() });
    let mut request = from_our_page(request(axum::http::Method::POST, "/api/sign-in", body));
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static(address));
    app.send(request).await
}

/// The same server behind a proxy that gives the address of the caller in `x-forwarded-for`.
async fn behind_a_proxy() -> TestApp {
    let app = TestApp::start(&small()).await;
    let header = Some(HeaderName::from_static("x-forwarded-for"));
    app.with_settings(|settings| settings.client_address_header = header)
}

#[tokio::test]
async fn one_account_waits_wherever_the_tries_come_from_and_is_told_how_long() {
    let app = behind_a_proxy().await;
    app.add_person("fin", PersonRole::Finance, "org", "correct horse").await;
    let addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"];
    for address in addresses.iter().cycle().take(10) {
        assert_eq!(attempt_from(&app, "fin", address).await.code(), ErrorCode::SignInFailed);
    }
    app.set_time("2026-03-02T09:05:00Z");
    let refused = attempt_from(&app, "fin", "10.0.0.9").await;
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers[header::RETRY_AFTER], "600");
    assert!(refused.problem().detail.unwrap().contains("10 min"));
    assert_eq!(
        attempt_from(&app, "other", "10.0.0.9").await.code(),
        ErrorCode::SignInFailed,
        "others may try"
    );
    // A refused attempt does not count, so the wait does not grow.
    app.set_time("2026-03-02T09:15:00Z");
    assert!(Person::attempt(&app, "fin", "correct horse").await.status.is_success());
}

#[tokio::test]
async fn one_address_waits_whatever_names_it_tries() {
    let app = behind_a_proxy().await;
    for number in 0..50 {
        let answer = attempt_from(&app, &format!("name-{number}"), "evil, 10.0.0.1").await;
        assert_eq!(answer.code(), ErrorCode::SignInFailed);
    }
    // Whatever the caller writes in front, the proxy's own entry counts.
    let forged = attempt_from(&app, "name-50", "203.0.113.7, 10.0.0.1").await;
    assert_eq!(forged.code(), ErrorCode::RateLimited);
    assert_eq!(attempt_from(&app, "name-50", "10.0.0.2").await.code(), ErrorCode::SignInFailed);
}

#[tokio::test]
async fn without_a_proxy_no_header_is_believed() {
    let app = TestApp::start(&small()).await;
    let addresses = ["10.0.0.1", "10.0.0.2"];
    for (number, address) in (0..50).zip(addresses.iter().cycle()) {
        let answer = attempt_from(&app, &format!("name-{number}"), address).await;
        assert_eq!(answer.code(), ErrorCode::SignInFailed);
    }
    assert_eq!(attempt_from(&app, "name-50", "10.0.0.3").await.code(), ErrorCode::RateLimited);
}

#[tokio::test]
async fn many_tries_at_once_are_counted_one_by_one() {
    let app = TestApp::start(&small()).await;
    app.add_person("fin", PersonRole::Finance, "org", "correct horse").await;
    let tries = (0..30).map(|_| Person::attempt(&app, "fin", "wrong"));
    let answers = futures_util::future::join_all(tries).await;
    let checked = answers.iter().filter(|answer| answer.code() == ErrorCode::SignInFailed).count();
    assert_eq!(checked, 10, "no more passwords are checked than one after the other");
}

#[tokio::test]
async fn codes_are_guessed_no_faster() {
    let app = TestApp::start(&small()).await;
    let enrol = |code: String| EnrolRequest::new(code, "Kitchen");
    for _ in 0..10 {
        let answer = app.post("/api/enrol", &enrol("AAAA-AAAA-AAAA-AAAA".to_owned())).await;
        assert_eq!(answer.code(), ErrorCode::EnrolmentCodeInvalid);
    }
    let right = enrol(app.enrolment_code("school").await);
    let refused = app.post("/api/enrol", &right).await;
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert_eq!(refused.headers[header::RETRY_AFTER], "900");
    app.set_time("2026-03-02T09:15:00Z");
    assert!(app.post("/api/enrol", &right).await.status.is_success(), "the code was not used up");
}
