//! What must hold while there is an attack, a slow client, or a wrong clock.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use calloff_core::sample::small;
use calloff_core::wire::{
    ChunksRequest, CredentialResponse, EnrolRequest, EnrolResponse, ErrorCode, PersonRole,
};
use calloff_server::state::Wake;
use calloff_server::storage::people::{put_person, remove_person};
use calloff_tests::{Person, TestApp, TestTablet, at, from_our_page, json, packed, request};
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

/// A body that stops after its first bytes until the test lets it continue.
fn trickling(bytes: &[u8]) -> (Body, tokio::sync::oneshot::Sender<()>) {
    let (go_on, told) = tokio::sync::oneshot::channel::<()>();
    let (first, rest) = (bytes[..10].to_vec(), bytes[10..].to_vec());
    let rest = async move {
        told.await.expect("told to go on");
        Ok::<_, std::io::Error>(rest)
    };
    (Body::from_stream(stream::once(async { Ok(first) }).chain(stream::once(rest))), go_on)
}

#[tokio::test]
async fn a_push_that_was_let_in_before_its_tablet_was_revoked_is_not_taken_after() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    let push = tablet.replica.push_request("test").expect("something is unsent");
    let bytes = axum::body::to_bytes(packed(&push), usize::MAX).await.unwrap();
    let (body, go_on) = trickling(&bytes);
    let sending = app.send(tablet.request(Method::POST, "/api/sync/push", body));
    let revoking = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.revoke(&tablet).await;
        go_on.send(()).expect("the body is waited for");
    };
    let (answer, ()) = tokio::join!(sending, revoking);
    assert_eq!(answer.code(), ErrorCode::DeviceRevoked);
    assert!(app.state.store.document(&order).await.unwrap().is_none(), "nothing was kept");
}

async fn listening(app: &TestApp, person: &Person) -> axum::body::BodyDataStream {
    let mut listening = request(Method::GET, "/api/events", Body::empty());
    listening.headers_mut().insert(header::COOKIE, person.cookie());
    let mut events = app.stream(listening).await;
    for _ in ["release", "orders"] {
        events.next().await.unwrap().unwrap();
    }
    events
}

#[tokio::test]
async fn a_stream_of_events_ends_when_its_person_signs_out_or_is_removed_and_others_go_on() {
    let app = TestApp::start(&small()).await;
    let (leaving, removed) = (
        app.person("fin", PersonRole::Finance, "org").await,
        app.person("ada", PersonRole::Admin, "org").await,
    );
    let staying = app.person("pat", PersonRole::Procurement, "org").await;
    let mut of_leaving = listening(&app, &leaving).await;
    let (mut of_removed, mut of_staying) =
        (listening(&app, &removed).await, listening(&app, &staying).await);
    assert!(leaving.send(&app, Method::POST, "/api/sign-out").await.status.is_success());
    assert!(timeout(Duration::from_secs(5), of_leaving.next()).await.expect("it ends").is_none());
    let mut write = app.state.store.write().await.unwrap();
    assert!(remove_person(&mut write, &"ada".parse().unwrap(), app.now()).await.unwrap());
    write.commit().await.unwrap();
    app.state.wake(Wake::Admission);
    assert!(timeout(Duration::from_secs(5), of_removed.next()).await.expect("it ends").is_none());
    assert!(
        timeout(Duration::from_millis(200), of_staying.next()).await.is_err(),
        "there is nothing to say"
    );
}

#[tokio::test]
async fn a_caller_who_opens_ever_more_streams_of_events_keeps_only_the_newest() {
    let app = TestApp::start(&small()).await;
    let greedy = app.person("fin", PersonRole::Finance, "org").await;
    let other = app.person("pat", PersonRole::Procurement, "org").await;
    let mut of_other = listening(&app, &other).await;
    let mut streams = Vec::new();
    for _ in 0..40 {
        streams.push(listening(&app, &greedy).await);
    }
    let mut open = 0;
    for stream in &mut streams {
        // A stream that ended says so at once. An open one has nothing to say.
        match timeout(Duration::from_millis(20), stream.next()).await {
            Ok(end) => {
                assert!(end.is_none());
                assert_eq!(open, 0, "the oldest streams end first");
            }
            Err(_) => open += 1,
        }
    }
    assert_eq!(open, 16);
    assert!(timeout(Duration::from_millis(20), of_other.next()).await.is_err(), "it goes on");
    drop(streams);
    let mut again = listening(&app, &greedy).await;
    assert!(timeout(Duration::from_millis(20), again.next()).await.is_err(), "it is open");
}

#[tokio::test]
async fn what_a_clock_that_ran_ahead_wrote_counts_for_nothing() {
    let app = TestApp::start(&small()).await;
    app.add_person("fin", PersonRole::Finance, "org", "correct horse battery").await;
    app.set_time("2036-03-02T09:00:00Z");
    for _ in 0..10 {
        assert_eq!(Person::attempt(&app, "fin", "wrong").await.code(), ErrorCode::SignInFailed);
    }
    assert_eq!(
        Person::attempt(&app, "fin", "correct horse battery").await.code(),
        ErrorCode::RateLimited
    );
    app.add_person("pat", PersonRole::Finance, "org", "correct horse battery").await;
    let session = Person::sign_in(&app, "pat", "correct horse battery").await;
    let code = app.enrolment_code("school").await;
    let mut tablet = app.tablet("school", "Kitchen").await;

    app.set_time("2026-03-02T09:00:00Z");
    assert!(
        Person::attempt(&app, "fin", "correct horse battery").await.status.is_success(),
        "nobody is locked out"
    );
    assert_eq!(
        session.get(&app, "/api/session").await.code(),
        ErrorCode::Unauthenticated,
        "good for ten years"
    );
    let late = app.post("/api/enrol", &EnrolRequest::new(code, "Kitchen")).await;
    assert_eq!(late.code(), ErrorCode::EnrolmentCodeInvalid, "good for ten years");
    // A tablet that was enrolled at that time continues: its last contact is recorded, and its
    // credential is due.
    assert!(
        tablet
            .get(&app, "/api/tablet")
            .await
            .json::<calloff_core::wire::TabletFacts>()
            .is_credential_due
    );
    let mut seen = 0;
    // Recorded when nobody else writes, not even the pool that gets its connection back.
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(tablet.get(&app, "/api/tablet").await.status.is_success());
        seen =
            app.state.store.devices(&calloff_server::storage::orders::Visible::All).await.unwrap()
                [0]
            .last_seen_at;
        if seen == app.now() {
            break;
        }
    }
    assert_eq!(seen, at("2026-03-02T09:00:00Z"));
    let old = tablet.enrolment.credential.clone();
    app.set_time("2036-03-02T09:00:00Z");
    trade(&app, &mut tablet).await;
    assert!(
        tablet.get(&app, "/api/tablet").await.status.is_success(),
        "ends the one before it in a minute"
    );
    app.set_time("2026-03-02T09:10:00Z");
    tablet.enrolment.credential = old;
    assert_eq!(
        tablet.get(&app, "/api/tablet").await.code(),
        ErrorCode::Unauthenticated,
        "and not in ten years"
    );
}

async fn trade(app: &TestApp, tablet: &mut TestTablet) {
    let answer = tablet.send(app, Method::POST, "/api/tablet/credential", Body::empty()).await;
    tablet.enrolment.credential = answer.json::<CredentialResponse>().credential;
}

#[tokio::test]
async fn an_enrolment_that_is_sent_twice_is_answered_twice_and_nobody_else_may_use_the_code() {
    let app = TestApp::start(&small()).await;
    let code = app.enrolment_code("school").await;
    let asked = |attempt: &str| EnrolRequest {
        attempt: attempt.to_owned(),
        ..EnrolRequest::new(code.clone(), "Kitchen")
    };
    let lost: EnrolResponse = app.post("/api/enrol", &asked("first")).await.json();
    let heard: EnrolResponse = app.post("/api/enrol", &asked("first")).await.json();
    assert!(
        (heard.device, &heard.credential) == (lost.device, &lost.credential),
        "whichever reply is heard"
    );
    for other in ["second", ""] {
        assert_eq!(
            app.post("/api/enrol", &asked(other)).await.code(),
            ErrorCode::EnrolmentCodeInvalid
        );
    }
    let mut tablet = TestTablet::again(&app, &heard).await;
    trade(&app, &mut tablet).await;
    assert!(tablet.get(&app, "/api/tablet").await.status.is_success());
    let late = app.post("/api/enrol", &asked("first")).await;
    assert_eq!(late.code(), ErrorCode::EnrolmentCodeInvalid, "the credential was traded since");
    assert!(tablet.get(&app, "/api/tablet").await.status.is_success(), "and is still good");
    assert_eq!(
        app.post("/api/enrol", &asked(&"x".repeat(65))).await.code(),
        ErrorCode::Unprocessable
    );
}

#[tokio::test]
async fn names_that_rewrite_what_stands_around_them_are_refused() {
    let app = TestApp::start(&small()).await;
    let code = app.enrolment_code("school").await;
    for name in ["Kit\nchen", "Kit\u{1b}[2Jchen", "Kitchen \u{202e}nimda", "\u{2066}Kitchen", "  "]
    {
        let answer = app.post("/api/enrol", &EnrolRequest::new(code.clone(), name)).await;
        assert_eq!(answer.code(), ErrorCode::Unprocessable, "{name:?}");
    }
    let tablet: EnrolResponse =
        app.post("/api/enrol", &EnrolRequest::new(code, " מטבח ")).await.json();
    assert_eq!(tablet.site.as_str(), "school");
}

#[tokio::test]
async fn whoever_waits_to_write_keeps_no_reader_waiting_and_not_for_ever_either() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let writing = app.state.store.write().await.unwrap();
    let waiting = stream::iter(0..12).map(|number| {
        let app = &app;
        async move { Person::attempt(app, &format!("nobody-{number}"), "wrong").await }
    });
    let waiting = waiting.buffer_unordered(12).collect::<Vec<_>>();
    let reading = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let pulled = timeout(Duration::from_secs(5), tablet.pull_once(&app, "")).await;
        drop(writing);
        pulled.expect("a pull is answered while twelve wait to write")
    };
    let (answers, pulled) = tokio::join!(waiting, reading);
    assert!(!pulled.more);
    assert!(
        answers.iter().all(|answer| answer.code() == ErrorCode::SignInFailed),
        "and then it is their turn"
    );
}

#[tokio::test]
async fn chunks_are_named_once_and_the_answer_says_how_long_it_is() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let (manifest, _) = tablet.chunks(&app).await;
    let hash = manifest.chunks[0].hash.to_string();
    let ask = |hashes: Vec<String>| {
        tablet.send(&app, Method::POST, "/api/chunks", json(&ChunksRequest { hashes }))
    };
    assert_eq!(ask(vec![hash.clone(); 2]).await.code(), ErrorCode::BadRequest, "each once");
    assert_eq!(
        ask(vec![hash.clone(), "0".repeat(64)]).await.code(),
        ErrorCode::NotFound,
        "all or none"
    );
    let answer = ask(vec![hash]).await;
    assert_eq!(answer.headers[header::CONTENT_LENGTH], answer.body.len().to_string());
}

#[tokio::test]
async fn a_path_of_any_length_is_not_found() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let long = "x".repeat(5_000);
    for path in [
        "/api/orders/",
        "/api/devices/",
        "/api/quarantine/",
        "/api/chunks/",
        "/api/release/",
        "/api/",
    ] {
        let answer = admin.get(&app, &format!("{path}{long}")).await;
        assert!(
            matches!(answer.code(), ErrorCode::NotFound | ErrorCode::MethodNotAllowed),
            "{path}: {}",
            answer.status
        );
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
    let router = calloff_server::router(app.state.clone(), Some(folder.path().to_owned()));
    for path in [
        format!("/{long}"),
        format!("/{}", "a/".repeat(2_000)),
        format!("/{}", "y".repeat(256)),
        "/a%00b".to_owned(),
    ] {
        let response =
            tower::ServiceExt::oneshot(router.clone(), request(Method::GET, &path, Body::empty()));
        assert_eq!(
            response.await.unwrap().status(),
            StatusCode::NOT_FOUND,
            "{}",
            &path[..path.len().min(40)]
        );
    }
}

#[tokio::test]
async fn a_server_says_whether_it_lives_and_whether_it_can_work() {
    let app = TestApp::start(&small()).await;
    for path in ["/api/health", "/api/health/ready"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0), "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    app.state.store.close().await;
    assert!(app.get("/api/health").await.status.is_success(), "the process lives");
    assert!(!app.get("/api/health/ready").await.status.is_success());
}

#[tokio::test]
async fn an_address_with_a_port_counts_as_the_address() {
    let app = TestApp::start(&small()).await;
    let app = app.with_settings(|settings| {
        settings.client_address_header = Some("x-forwarded-for".parse().unwrap())
    });
    for number in 0..50 {
        let body =
            json(&serde_json::json!({"name": format!("name-{number}"), "password": "wrong"}));
        let mut asked = from_our_page(request(Method::POST, "/api/sign-in", body));
        let address = format!("203.0.113.7:{}", 40_000 + number);
        asked.headers_mut().insert("x-forwarded-for", HeaderValue::from_str(&address).unwrap());
        assert_eq!(app.send(asked).await.code(), ErrorCode::SignInFailed);
    }
    let body = json(&serde_json::json!({"name": "name-50", "password": "wrong"}));
    let mut asked = from_our_page(request(Method::POST, "/api/sign-in", body));
    asked.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("203.0.113.7:50000"));
    assert_eq!(app.send(asked).await.code(), ErrorCode::RateLimited);
}

#[tokio::test]
async fn a_person_has_so_many_sessions_and_the_audit_log_so_many_failures_an_hour() {
    let app = TestApp::start(&small()).await;
    let first = app.signed_in("ada", PersonRole::Admin, "org").await;
    for minute in 0..50 {
        app.set_millis(at("2026-03-02T09:00:00Z") + minute * 60_000);
        app.signed_in("ada", PersonRole::Admin, "org").await;
    }
    assert_eq!(
        first.get(&app, "/api/session").await.code(),
        ErrorCode::Unauthenticated,
        "the oldest gave way"
    );

    let newest =
        || app.state.store.audit_entries(&calloff_server::storage::orders::Visible::All, None, 1);
    let before = newest().await.unwrap()[0].number;
    let doing = calloff_server::storage::audit::Doing {
        by: calloff_core::wire::Actor::Unknown,
        at: app.now(),
        from: "10.0.0.1".to_owned(),
    };
    let failed =
        calloff_server::storage::audit::Act::new(calloff_core::wire::AuditAct::SignInFailed, "");
    let mut write = app.state.store.write().await.unwrap();
    for _ in 0..1_100 {
        calloff_server::storage::audit::record(&mut write, &doing, &failed).await.unwrap();
    }
    let an_hour_later =
        calloff_server::storage::audit::Doing { at: doing.at + 3_600_001, ..doing.clone() };
    calloff_server::storage::audit::record(&mut write, &an_hour_later, &failed).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(
        newest().await.unwrap()[0].number,
        before + 1_001,
        "1,000 of an hour, and the next hour's first"
    );
}

#[tokio::test]
async fn a_statement_that_fails_takes_its_connection_along_and_the_next_writer_finds_a_good_one() {
    let app = TestApp::start(&small()).await;
    for _ in 0..20 {
        let mut write = app.state.store.write().await.unwrap();
        let nobody = calloff_server::storage::people::Person {
            id: "x".parse().unwrap(),
            name: "x".to_owned(),
            roles: Vec::new(),
        };
        put_person(&mut write, &nobody, None, app.now()).await.unwrap();
        // A transaction that is neither committed nor rolled back, as after SQLITE_FULL.
        drop(write);
    }
    assert!(app.state.store.person(&"x".parse().unwrap()).await.unwrap().is_none());
    assert!(
        app.tablet("school", "Kitchen").await.get(&app, "/api/tablet").await.status.is_success()
    );
}
