//! The audit log has every privileged act: who, on what, from where; and never a secret.

use axum::http::Method;
use calloff_core::calendar::Date;
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::{
    Actor, AuditAct, AuditEntry, AuditPage, Blob, DocumentKind, DocumentPush, EnrolRequest,
    EnrolmentCodeRequest, EnrolmentCodeResponse, ErrorCode, PROTOCOL, PersonRole, PinRequest,
    PushRequest, QuarantineDetail, QuarantineRow,
};
use calloff_server::storage::audit::Chain;
use calloff_tests::{Person, TestApp};

async fn log(app: &TestApp, reader: &Person) -> Vec<AuditEntry> {
    reader.get(app, "/api/audit").await.json::<AuditPage>().entries
}

#[tokio::test]
async fn each_privileged_act_is_written_down_once_with_who_what_where_and_no_secret() {
    let app = TestApp::start(&small()).await;
    app.add_person("ana", PersonRole::Staff, "school", "correct horse battery").await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    Person::attempt(&app, "ada", "hunter2-wrong").await;
    Person::attempt(&app, "typed-my-password-here", "x").await;
    let request = EnrolmentCodeRequest {
        site: "school".parse().unwrap(),
        valid_hours: Some(1),
        replaces: None,
    };
    let issued: EnrolmentCodeResponse =
        admin.post(&app, "/api/devices/enrolment-codes", &request).await.json();
    assert!(
        issued.link.ends_with(&format!("/enrol#{}", issued.code))
            && issued.qr_svg.starts_with("<svg")
    );
    let enrol = EnrolRequest::new(issued.code.clone(), "Kitchen");
    let enrolment: calloff_core::wire::EnrolResponse = app.post("/api/enrol", &enrol).await.json();
    assert_eq!(app.post("/api/enrol", &enrol).await.code(), ErrorCode::EnrolmentCodeInvalid);
    let pin = PinRequest { pin: Some("2580".to_owned()) };
    assert!(admin.post(&app, "/api/people/ana/pin", &pin).await.status.is_success());
    let revoke = format!("/api/devices/{}/revoke", enrolment.device);
    for _ in 0..2 {
        assert!(admin.send(&app, Method::POST, &revoke).await.status.is_success());
    }

    let names = admin.get(&app, "/api/audit").await.json::<AuditPage>().names;
    assert_eq!(names.tablets.get(&enrolment.device).map(String::as_str), Some("Kitchen"));
    assert!(
        names.people.contains_key(&"ada".parse().unwrap())
            && names.people.contains_key(&"ana".parse().unwrap())
    );
    assert_eq!(
        names.locations.keys().map(|site| site.as_str()).collect::<Vec<_>>(),
        ["school"],
        "who is named only"
    );
    let entries = log(&app, &admin).await;
    let ada = Actor::Person("ada".parse().unwrap());
    let tablet = Actor::Tablet(enrolment.device);
    let owner = Actor::Person("owner".parse().unwrap());
    let device = enrolment.device.to_string();
    let expected = [
        (AuditAct::TabletRevoked, &ada, device.as_str(), Some("school")),
        (AuditAct::PinSet, &ada, "ana", Some("school")),
        (AuditAct::EnrolmentFailed, &Actor::Unknown, "", None),
        (AuditAct::TabletEnrolled, &tablet, &device, Some("school")),
        (AuditAct::EnrolmentCodeIssued, &ada, "school", Some("school")),
        (AuditAct::SignInFailed, &Actor::Unknown, "", None),
        (AuditAct::SignInFailed, &Actor::Unknown, "ada", None),
        (AuditAct::SignedIn, &ada, "ada", None),
        (AuditAct::ReleasePublished, &owner, "1", None),
    ];
    let found: Vec<_> = entries
        .iter()
        .map(|e| {
            (e.act, &e.by, e.target.as_str(), e.location.as_ref().map(|location| location.as_str()))
        })
        .collect();
    assert_eq!(found, expected);
    assert!(entries.iter().all(|entry| entry.at == app.now()));
    // Hashes and identifiers are random. Four digits may stand in them by chance.
    let mut whole = serde_json::to_string(&entries).unwrap().replace(&device, "");
    for entry in &entries {
        whole = whole.replace(&entry.hash, "");
    }
    for secret in
        ["2580", "hunter2-wrong", "typed-my-password-here", &issued.code, &enrolment.credential]
    {
        assert!(!whole.contains(secret), "{secret} is in {whole}");
    }
    let Chain::Whole { entries: count, head } = app.state.store.verify_audit_chain().await.unwrap()
    else {
        panic!("the chain is broken")
    };
    assert_eq!((count, head.as_str()), (9, entries[0].hash.as_str()));
}

#[tokio::test]
async fn a_place_reads_what_concerns_it_and_pages_join_without_a_gap() {
    let app = TestApp::start(&small()).await;
    for site in ["school", "hotel", "hospital", "school"] {
        app.tablet(site, "Kitchen").await;
    }
    let auditor = app.signed_in("cato", PersonRole::Auditor, "coast").await;
    let entries = log(&app, &auditor).await;
    assert_eq!(entries.len(), 6, "two entries for each of three tablets");
    let on_coast =
        |entry: &AuditEntry| entry.location.as_ref().is_some_and(|at| at.as_str() != "hotel");
    assert!(entries.iter().all(on_coast), "neither the hotel's nor the organisation's");

    let mut joined = Vec::new();
    let mut before = String::new();
    loop {
        let page: AuditPage =
            auditor.get(&app, &format!("/api/audit?limit=2{before}")).await.json();
        joined.extend(page.entries);
        match page.before {
            Some(number) => before = format!("&before={number}"),
            None => break,
        }
    }
    assert_eq!(joined, entries);
}

#[tokio::test]
async fn what_was_refused_is_inspected_downloaded_byte_for_byte_and_both_are_written_down() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let changes = Blob(vec![0xde, 0xad, 0xbe, 0xef]);
    let garbage = DocumentPush { id: order, kind: DocumentKind::Order, heads: Vec::new(), changes };
    let push = PushRequest {
        protocol: PROTOCOL,
        app_version: "test".to_owned(),
        documents: vec![garbage],
    };
    assert!(tablet.send_push(&app, &push).await.status.is_success());
    let admin = app.signed_in("ada", PersonRole::Admin, "coast").await;
    let rows: Vec<QuarantineRow> = admin.get(&app, "/api/quarantine").await.json();
    let row = &rows[0];
    assert_eq!((row.device, row.document, row.bytes), (tablet.enrolment.device, order, 4));
    assert_eq!((row.device_name.as_str(), row.site.as_str()), ("Kitchen", "school"));
    assert!(!row.refusals.is_empty());
    let detail: QuarantineDetail =
        admin.get(&app, &format!("/api/quarantine/{}", row.id)).await.json();
    assert_eq!((&detail.row, detail.head.0.as_slice()), (row, [0xde, 0xad, 0xbe, 0xef].as_slice()));
    assert_eq!(detail.sha256, "5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953");
    let file = admin.get(&app, &format!("/api/quarantine/{}/changes", row.id)).await;
    assert_eq!(file.body.as_ref(), [0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let acts: Vec<_> = log(&app, &admin).await.into_iter().take(2).map(|entry| entry.act).collect();
    assert_eq!(acts, [AuditAct::QuarantineDownloaded, AuditAct::QuarantineViewed]);
    assert_eq!(
        admin.send(&app, Method::GET, "/api/quarantine/999").await.code(),
        ErrorCode::NotFound
    );
}

#[tokio::test]
async fn a_release_is_written_down_in_its_own_transaction() {
    let app = TestApp::start(&small()).await;
    let tomorrow: Date = day("2026-03-05");
    app.publish(&small(), tomorrow).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let entry = &log(&app, &admin).await[0];
    assert_eq!((entry.act, entry.target.as_str()), (AuditAct::ReleasePublished, "2"));
    assert_eq!(
        (entry.detail["reason"].as_str(), entry.detail["effective_from"].as_str()),
        ("test", "2026-03-05")
    );
}
