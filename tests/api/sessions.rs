//! People sign in, and see what their roles let them see.

use axum::http::{Method, header};
use calloff_core::sample::small;
use calloff_core::wire::{ErrorCode, PersonRole, Session};
use calloff_tests::{Person, TestApp};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let app = TestApp::start(&small()).await;
    app.add_person("fin", PersonRole::Finance, "org", "correct horse").await;
    let wrong = Person::attempt(&app, "fin", "wrong").await;
    let unknown = Person::attempt(&app, "nobody", "wrong").await;
    assert_eq!((wrong.code(), unknown.code()), (ErrorCode::SignInFailed, ErrorCode::SignInFailed));
    assert_eq!(wrong.problem().detail, unknown.problem().detail);
    assert!(!wrong.headers.contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn capital_letters_of_a_sign_in_name_make_no_difference_and_no_more_attempts() {
    let app = TestApp::start(&small()).await;
    app.add_person("Fin", PersonRole::Finance, "org", "correct horse").await;
    for typed in ["Fin", "fin", "FIN"] {
        assert!(Person::attempt(&app, typed, "correct horse").await.status.is_success(), "{typed}");
    }
    for typed in ["fin", "FIN", "fIn", "Fin", "fiN", "FIn", "fIN", "FiN", "fin", "FIN"] {
        assert_eq!(Person::attempt(&app, typed, "wrong").await.code(), ErrorCode::SignInFailed);
    }
    assert_eq!(Person::attempt(&app, "FiN", "correct horse").await.code(), ErrorCode::RateLimited);
    // Of two names that differ only in capital letters, each person signs in with their own name.
    app.add_person("ana", PersonRole::Finance, "org", "correct horse").await;
    app.add_person("Ana", PersonRole::Finance, "org", "battery staple").await;
    assert!(Person::attempt(&app, "Ana", "battery staple").await.status.is_success());
    assert_eq!(
        Person::attempt(&app, "ANA", "battery staple").await.code(),
        ErrorCode::SignInFailed
    );
}

#[tokio::test]
async fn after_ten_failures_a_name_waits_a_quarter_of_an_hour() {
    let app = TestApp::start(&small()).await;
    app.add_person("fin", PersonRole::Finance, "org", "correct horse").await;
    for _ in 0..10 {
        assert_eq!(Person::attempt(&app, "fin", "wrong").await.code(), ErrorCode::SignInFailed);
    }
    assert_eq!(Person::attempt(&app, "fin", "correct horse").await.code(), ErrorCode::RateLimited);
    app.set_time("2026-03-02T09:15:01Z");
    assert!(Person::attempt(&app, "fin", "correct horse").await.status.is_success());
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_by_itself() {
    let app = TestApp::start(&small()).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let session: Session = finance.get(&app, "/api/session").await.json();
    assert_eq!((session.person.as_str(), session.roles[0].role), ("fin", PersonRole::Finance));
    assert_eq!(app.get("/api/session").await.code(), ErrorCode::Unauthenticated);
    finance.send(&app, Method::POST, "/api/sign-out").await;
    assert_eq!(finance.get(&app, "/api/session").await.code(), ErrorCode::Unauthenticated);

    let again = Person::sign_in(&app, "fin", "correct horse battery").await;
    app.set_time("2026-03-02T21:00:01Z");
    assert_eq!(again.get(&app, "/api/session").await.code(), ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn orders_are_for_those_whose_role_says_so_and_within_their_part_of_the_tree() {
    let app = TestApp::start(&small()).await;
    let mut orders = Vec::new();
    for site in ["school", "hotel"] {
        let mut tablet = app.tablet(site, "Kitchen").await;
        let order = tablet.begin();
        tablet.add(order, "sugar", "5");
        tablet.submit(order);
        tablet.sync(&app).await;
        orders.push(order);
    }
    let coast = app.person("coast-fin", PersonRole::Finance, "coast").await;
    let page = coast.orders(&app, "").await;
    assert_eq!((page.count, page.orders[0].site.as_str()), (1, "school"));
    let hidden = coast.get(&app, &format!("/api/orders/{}", orders[1])).await;
    assert_eq!(hidden.code(), ErrorCode::NotFound);
    assert_eq!(coast.orders(&app, "site=hotel").await.count, 0);

    let staff = app.person("ana", PersonRole::Staff, "school").await;
    assert_eq!(staff.get(&app, "/api/orders").await.code(), ErrorCode::Forbidden);
    assert_eq!(app.get("/api/orders").await.code(), ErrorCode::Unauthenticated);
    let tablet = app.tablet("school", "Kitchen").await;
    assert_eq!(tablet.get(&app, "/api/orders").await.code(), ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn an_unknown_address_and_method_are_problems_too() {
    let app = TestApp::start(&small()).await;
    assert_eq!(app.get("/api/nothing").await.code(), ErrorCode::NotFound);
    assert_eq!(app.get("/api/enrol").await.code(), ErrorCode::MethodNotAllowed);
}
