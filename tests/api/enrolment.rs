//! How a tablet is enrolled, and how it gets the catalogue.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, header};
use calloff_core::catalogue::release::parse_public_key;
use calloff_core::contract::Amendment;
use calloff_core::sample::builder::{day, decimal, id};
use calloff_core::sample::{self, small};
use calloff_core::wire::{
    AuditAct, AuditPage, DeviceRow, EnrolRequest, EnrolmentCodeRequest, EnrolmentCodeResponse,
    ErrorCode, PersonRole, PullRequest, ReleaseResponse, RenameRequest, TabletReport,
};
use calloff_tests::{TestApp, TestTablet, request as request_to};
use futures_util::StreamExt;

fn request(code: &str) -> EnrolRequest {
    EnrolRequest::new(code, "Kitchen")
}

#[tokio::test]
async fn a_code_enrols_one_tablet_once_and_only_in_its_time() {
    let app = TestApp::start(&small()).await;
    app.add_person("ana", PersonRole::Staff, "coast", "unused here").await;
    app.add_person("bob", PersonRole::Staff, "island", "unused here").await;
    let code = app.enrolment_code("school").await;
    let answer = app.post("/api/enrol", &request(&code.to_lowercase())).await;
    let enrolment: calloff_core::wire::EnrolResponse = answer.json();
    assert_eq!((enrolment.site.as_str(), enrolment.organisation_name.as_str()), ("school", "org"));
    let staff: Vec<_> = enrolment.staff.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(staff, ["ana"], "who works above the site works at it");
    assert_eq!(
        app.post("/api/enrol", &request(&code)).await.code(),
        ErrorCode::EnrolmentCodeInvalid
    );

    let late = app.enrolment_code("school").await;
    app.set_time("2026-03-02T10:00:01Z");
    assert_eq!(
        app.post("/api/enrol", &request(&late)).await.code(),
        ErrorCode::EnrolmentCodeInvalid
    );
    assert_eq!(
        app.post("/api/enrol", &request("AAAA-AAAA-AAAA-AAAA")).await.code(),
        ErrorCode::EnrolmentCodeInvalid
    );
}

#[tokio::test]
async fn a_code_for_another_site_than_the_one_whose_work_a_tablet_holds_is_refused_and_stays_good()
{
    let app = TestApp::start(&small()).await;
    let code = app.enrolment_code("school").await;
    let holding = |site: &str| EnrolRequest { unsent_for: Some(id(site)), ..request(&code) };
    let refused = app.post("/api/enrol", &holding("harbour")).await;
    assert_eq!(refused.code(), ErrorCode::EnrolmentCodeElsewhere);
    let enrolment: calloff_core::wire::EnrolResponse =
        app.post("/api/enrol", &holding("school")).await.json();
    assert_eq!(enrolment.site.as_str(), "school");
}

#[tokio::test]
async fn a_tablet_that_is_revoked_is_no_longer_spoken_to_and_the_others_are() {
    let app = TestApp::start(&small()).await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let (lost, kept) =
        (app.tablet("school", "Kitchen").await, app.tablet("school", "Store room").await);
    let listen = async |tablet: &TestTablet| {
        let mut listening = request_to(Method::GET, "/api/events", Body::empty());
        let credential = format!("Bearer {}", tablet.enrolment.credential).parse().unwrap();
        listening.headers_mut().insert(header::AUTHORIZATION, credential);
        let mut events = app.stream(listening).await;
        for _ in ["release", "documents"] {
            events.next().await.unwrap().unwrap();
        }
        events
    };
    let (mut of_lost, mut of_kept) = (listen(&lost).await, listen(&kept).await);
    let revoke = format!("/api/devices/{}/revoke", lost.enrolment.device);
    assert!(admin.send(&app, Method::POST, &revoke).await.status.is_success());
    assert!(of_lost.next().await.is_none());
    let nothing = tokio::time::timeout(std::time::Duration::from_millis(50), of_kept.next());
    assert!(nothing.await.is_err(), "it has nothing to fetch");
}

#[tokio::test]
async fn a_release_of_the_future_is_delivered_ahead_and_in_force_on_its_day_where_the_site_is() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    app.publish(&small(), day("2026-03-05")).await;
    let before: ReleaseResponse = tablet.get(&app, "/api/release").await.json();
    assert_eq!(before.announced.len(), 1);
    // Half past eleven in the evening in UTC, half past midnight in Amsterdam.
    app.set_time("2026-03-04T23:30:00Z");
    let after: ReleaseResponse = tablet.get(&app, "/api/release").await.json();
    assert!(after.announced.is_empty());
    assert_eq!(after.current, before.announced.into_iter().next());
    assert_eq!(tablet.pull_once(&app, "").await.release, Some(2));
    app.work().await;
}

#[tokio::test]
async fn chunks_are_for_those_who_are_known_and_are_kept_for_good() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let release: ReleaseResponse = tablet.get(&app, "/api/release").await.json();
    let key = parse_public_key(&tablet.enrolment.signing_key).unwrap();
    let manifest = release.current.unwrap().verify(&key).unwrap();
    let path = format!("/api/chunks/{}", manifest.chunks[0].hash);
    assert_eq!(app.get(&path).await.code(), ErrorCode::Unauthenticated);
    let chunk = tablet.get(&app, &path).await;
    assert!(manifest.chunks[0].inflated(&chunk.body).is_ok());
    assert!(chunk.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(
        tablet.get(&app, &format!("/api/chunks/{}", "0".repeat(64))).await.code(),
        ErrorCode::NotFound
    );
    assert_eq!(tablet.get(&app, "/api/chunks/nonsense").await.code(), ErrorCode::NotFound);
    let unknown = Body::from(format!("{{\"hashes\":[\"{}\"]}}", "0".repeat(64)));
    assert_eq!(
        tablet.send(&app, Method::POST, "/api/chunks", unknown).await.code(),
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn a_tablet_with_the_release_before_fetches_a_hundred_changed_prices_in_less_than_20_kib() {
    let mut content = sample::organisation(sample::DEMO_SEED, day("2026-03-01"));
    let app = TestApp::start(&content).await;
    let site =
        content.locations.iter().find(|location| location.site.is_some()).unwrap().id.clone();
    let tablet = app.tablet(site.as_str(), "Kitchen").await;
    let lines: usize = content.contracts.iter().map(|contract| contract.lines.len()).sum();
    for line in
        content.contracts.iter_mut().flat_map(|contract| &mut contract.lines).step_by(lines / 100)
    {
        line.tiers.iter_mut().for_each(|tier| tier.price.amount += decimal("0.01"));
    }
    for contract in &mut content.contracts {
        contract.version += 10;
        contract.amendment = Some(Amendment {
            effective_from: day("2026-03-02"),
            reason_code: "price-list".to_owned(),
            rationale: "The prices of March".to_owned(),
        });
    }
    let old = tablet.chunks(&app).await;
    app.publish(&content, day("2026-03-02")).await;
    let offered = tablet.get(&app, "/api/release").await;
    let difference = tablet.get(&app, "/api/release/2/from/1").await;
    assert!(difference.status.is_success());
    let bytes = offered.body.len() + difference.body.len();
    assert!(bytes <= 20 * 1024, "{bytes} bytes");

    let key = parse_public_key(&tablet.enrolment.signing_key).unwrap();
    let next = offered.json::<ReleaseResponse>().current.unwrap().verify(&key).unwrap();
    let made = next
        .apply_difference(&old.0, |hash| old.1.get(hash).map(Vec::as_slice), &difference.body)
        .unwrap();
    let whole = tablet.chunks(&app).await.1;
    let unchanged =
        old.1.into_iter().filter(|(hash, _)| next.chunks.iter().any(|chunk| chunk.hash == *hash));
    assert!(!made.is_empty());
    assert!(
        unchanged.chain(made).collect::<BTreeMap<_, _>>() == whole,
        "the same chunks as those fetched whole"
    );

    assert_eq!(app.get("/api/release/2/from/1").await.code(), ErrorCode::Unauthenticated);
    assert_eq!(tablet.get(&app, "/api/release/2/from/7").await.code(), ErrorCode::NotFound);
    assert_eq!(tablet.get(&app, "/api/release/2/from/x").await.code(), ErrorCode::NotFound);
}

async fn rows(app: &TestApp, reader: &calloff_tests::Person) -> Vec<DeviceRow> {
    reader.get(app, "/api/devices").await.json()
}

#[tokio::test]
async fn a_tablet_that_is_replaced_is_revoked_when_the_code_is_used_and_not_before() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let broken = app.tablet("school", "Kitchen").await;
    let request = |site: &str| EnrolmentCodeRequest {
        site: id(site),
        valid_hours: None,
        replaces: Some(broken.enrolment.device),
    };
    let codes = "/api/devices/enrolment-codes";
    let elsewhere = admin.post(&app, codes, &request("hotel")).await;
    assert_eq!(elsewhere.code(), ErrorCode::Unprocessable, "a code for another site");
    let issued: EnrolmentCodeResponse = admin.post(&app, codes, &request("school")).await.json();
    assert!(broken.get(&app, "/api/tablet").await.status.is_success(), "the code was not used");
    let enrolled = app.post("/api/enrol", &self::request(&issued.code)).await;
    assert!(enrolled.status.is_success());
    assert_eq!(broken.get(&app, "/api/tablet").await.code(), ErrorCode::DeviceRevoked);
    let acts: Vec<_> =
        admin.get(&app, "/api/audit").await.json::<AuditPage>().entries.into_iter().collect();
    assert_eq!(acts[0].act, AuditAct::TabletRevoked);
    assert_eq!(
        (acts[0].target.as_str(), acts[0].detail["name"].as_str()),
        (broken.enrolment.device.to_string().as_str(), "Kitchen")
    );
    let again = admin.post(&app, codes, &request("school")).await;
    assert_eq!(again.code(), ErrorCode::Unprocessable, "it was revoked");
}

#[tokio::test]
async fn a_manager_renames_the_tablets_of_their_own_site_and_no_others() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let manager = app.signed_in("mia", PersonRole::SiteManager, "school").await;
    let (own, other) = (app.tablet("school", "Kitchen").await, app.tablet("hotel", "Bar").await);
    let path = |tablet: &TestTablet| format!("/api/devices/{}/rename", tablet.enrolment.device);
    let name = |name: &str| RenameRequest { name: name.to_owned() };
    let refused = manager.post(&app, &path(&other), &name("Mine")).await;
    assert_eq!(refused.code(), ErrorCode::NotFound);
    for unclean in ["", "  ", "Bar\u{202e}"] {
        let refused = manager.post(&app, &path(&own), &name(unclean)).await;
        assert_eq!(refused.code(), ErrorCode::Unprocessable, "{unclean:?}");
    }
    for _ in 0..2 {
        let renamed = manager.post(&app, &path(&own), &name(" Cold store ")).await;
        assert!(renamed.status.is_success());
    }
    assert_eq!(rows(&app, &manager).await[0].name, "Cold store");
    let facts: calloff_core::wire::TabletFacts = own.get(&app, "/api/tablet").await.json();
    assert_eq!(facts.name, "Cold store");
    let entries = admin.get(&app, "/api/audit").await.json::<AuditPage>().entries;
    let renamed: Vec<_> =
        entries.iter().filter(|entry| entry.act == AuditAct::TabletRenamed).collect();
    assert_eq!(renamed.len(), 1, "the same name again is no act");
    assert_eq!(
        (renamed[0].detail["before"].as_str(), renamed[0].detail["name"].as_str()),
        ("Kitchen", "Cold store")
    );
}

#[tokio::test]
async fn the_desk_sees_what_a_tablet_last_said_about_itself() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let tablet = app.tablet("school", "Kitchen").await;
    let row = &rows(&app, &admin).await[0];
    assert_eq!((row.app_version.as_deref(), row.release, row.unsent), (None, None, None));
    assert_eq!(row.release_due, Some(1));
    let saying = |app_version: &str, unsent| PullRequest {
        report: Some(TabletReport {
            app_version: app_version.to_owned(),
            release: Some(1),
            unsent,
        }),
        ..tablet.replica.pull_request()
    };
    tablet.send_pull(&app, &saying("1.2.0", 3)).await;
    let row = &rows(&app, &admin).await[0];
    assert_eq!(
        (row.app_version.as_deref(), row.release, row.unsent),
        (Some("1.2.0"), Some(1), Some(3))
    );
    tablet.send_pull(&app, &saying("1.2.0\nrevoked", 0)).await;
    let row = &rows(&app, &admin).await[0];
    assert_eq!((row.app_version.as_deref(), row.unsent), (None, Some(0)), "no clean text");
    tablet.send_pull(&app, &tablet.replica.pull_request()).await;
    assert_eq!(rows(&app, &admin).await[0].unsent, Some(0), "an older app says nothing");
}
