//! A database that is older than what it acknowledged. Tablets notice it, say so, and bring back
//! what they have.

use std::collections::BTreeSet;

use axum::http::Method;
use calloff_core::order::OrderStage;
use calloff_core::sample::small;
use calloff_core::sync::{Rounds, Step, SyncNotice};
use calloff_core::wire::{ErrorCode, PersonRole, PushRefusalCode, QuarantineRow};
use calloff_server::storage::incarnation::{RANDOM, begin_incarnation};
use calloff_tests::{Copy, Person, TestApp, TestTablet};

/// Stops the server, keeps a copy of its database, and starts it again.
async fn copied(app: TestApp) -> (TestApp, Copy) {
    let now = app.now();
    let data = app.into_data().await;
    let copy = data.copy().await;
    (TestApp::open(data, now).await, copy)
}

/// Stops the server and puts the copy in place of its database, as a person would do by hand.
async fn put_back(app: TestApp, copy: Copy) -> TestApp {
    let now = app.now();
    let data = app.into_data().await;
    data.put_back(copy).await;
    TestApp::open(data, now).await
}

/// A round, as the app makes it.
async fn round(tablet: &mut TestTablet, app: &TestApp) {
    let mut rounds = Rounds::default();
    for _ in 0..50 {
        match rounds.next(&tablet.replica, "test").expect("an end") {
            Step::Push(push) => {
                let answer = tablet.send_push(app, &push).await.pushed();
                rounds.on_pushed(&answer);
                tablet.take(answer);
            }
            Step::Offer(offer) => {
                let answer = tablet
                    .send(app, Method::POST, "/api/sync/offer", calloff_tests::packed(&offer))
                    .await;
                let answer = answer.pushed();
                rounds.on_pushed(&answer);
                tablet.take(answer);
            }
            Step::Pull(pull) => {
                let answer = tablet.send_pull(app, &pull).await;
                let (more, release) = (answer.more, answer.release);
                tablet.take_pulled(answer);
                rounds.on_pulled(more, release, release);
            }
            Step::FetchRelease => rounds.on_release(),
            Step::TakeOver => panic!("nobody was enrolled anew"),
            Step::Rest => return,
        }
    }
    panic!("a round without end");
}

fn restored(tablet: &TestTablet) -> Vec<(usize, usize)> {
    let told = tablet.notices.iter().filter_map(|notice| match notice {
        SyncNotice::ServerRestored { again, offered } => Some((*again, *offered)),
        _ => None,
    });
    told.collect()
}

async fn take_up(app: &TestApp, admin: &Person, row: &QuarantineRow) -> calloff_tests::Answer {
    admin.post(app, &format!("/api/quarantine/{}/take-up", row.id), &()).await
}

#[tokio::test]
async fn an_older_copy_that_is_put_back_is_seen_and_everything_that_tablets_have_comes_back() {
    let app = TestApp::start(&small()).await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let (mut kitchen, mut store) =
        (app.tablet("school", "Kitchen").await, app.tablet("school", "Store room").await);
    let mut ward = app.tablet("hospital", "Ward 3").await;
    let before = kitchen.begin();
    kitchen.add(before, "flour", "12");
    kitchen.submit(before);
    for tablet in [&mut kitchen, &mut store, &mut ward] {
        round(tablet, &app).await;
    }
    let (app, copy) = copied(app).await;

    // After the copy: an order is accepted, one draft belongs to this tablet alone, one is shared,
    // and another site orders.
    let (accepted, own, shared, wards) =
        (kitchen.begin(), kitchen.begin(), kitchen.begin(), ward.begin());
    for (order, item) in [(accepted, "sugar"), (own, "cups"), (shared, "milk")] {
        kitchen.add(order, item, "12");
    }
    kitchen.submit(accepted);
    ward.add(wards, "flour", "12");
    ward.submit(wards);
    for tablet in [&mut kitchen, &mut store, &mut ward] {
        round(tablet, &app).await;
    }
    store.add(shared, "sugar", "5");
    round(&mut store, &app).await;
    round(&mut kitchen, &app).await;
    let (lost, wards_lost) = (kitchen.order(accepted).clone(), ward.order(wards).clone());
    assert_eq!(lost.server.purchase_orders[0].number, "PO-000002");
    assert_eq!(finance.orders(&app, "").await.count, 3);

    let app = put_back(app, copy).await;
    assert_eq!(finance.orders(&app, "").await.count, 1, "they vanished");
    round(&mut kitchen, &app).await;
    round(&mut store, &app).await;
    assert_eq!(
        restored(&kitchen),
        [(1, 2)],
        "its own draft again; the accepted order and the shared draft are offered"
    );
    assert_eq!(restored(&store), [(0, 2)], "what others wrote, too; the draft is back already");
    assert!(
        app.state.store.document(&own).await.unwrap().is_some(),
        "sent again as if it had never been"
    );
    assert!(kitchen.notices.iter().any(|notice| matches!(notice,
        SyncNotice::HeldBack { document, refusals } if *document == accepted && refusals[0].code == PushRefusalCode::Offered)));

    // In the meantime numbers continue, and none of them is given twice.
    let next = ward.begin();
    ward.add(next, "flour", "12");
    ward.submit(next);
    round(&mut ward, &app).await;
    let number = ward.order(next).server.purchase_orders[0].number.clone();
    assert!(
        number.starts_with("PO-") && number.ends_with("-000001") && number.len() == 16,
        "{number}"
    );

    // Head office takes up what was offered, with the server's own answers in it.
    let offers: Vec<QuarantineRow> = admin.get(&app, "/api/quarantine").await.json();
    assert!(offers.len() >= 5, "{offers:?}");
    // Both tablets of the school offered the accepted order. One offer settles the other.
    let of = |offers: &[QuarantineRow], document| {
        offers.iter().filter(|row| row.document == document).cloned().collect::<Vec<_>>()
    };
    let twice = of(&offers, accepted);
    assert_eq!(twice.len(), 2, "{offers:?}");
    let answer = take_up(&app, &admin, &twice[0]).await;
    assert!(answer.status.is_success(), "{:?}", answer.problem());
    let mut left: Vec<QuarantineRow> = admin.get(&app, "/api/quarantine").await.json();
    assert_eq!(of(&left, accepted), []);
    assert!(!of(&left, shared).is_empty(), "other documents stay");
    while let Some(row) = left.last() {
        let answer = take_up(&app, &admin, row).await;
        assert!(answer.status.is_success(), "{:?}", answer.problem());
        let before = left.len();
        left = admin.get(&app, "/api/quarantine").await.json();
        assert!(left.len() < before, "{left:?}");
    }
    for tablet in [&mut kitchen, &mut store, &mut ward] {
        round(tablet, &app).await;
        assert_eq!(tablet.replica.unsent().count(), 0);
    }
    assert_eq!(finance.orders(&app, "").await.count, 4);
    assert_eq!(finance.order(&app, accepted).await.order, lost, "with the number that it had");
    assert_eq!(finance.order(&app, wards).await.order, wards_lost);
    assert_eq!(kitchen.order(shared), store.order(shared));
    let acts = app
        .state
        .store
        .audit_entries(&calloff_server::storage::orders::Visible::All, None, 200)
        .await
        .unwrap();
    let count = |act| acts.iter().filter(|entry| entry.act == act).count();
    assert_eq!(
        count(calloff_core::wire::AuditAct::DatabaseRestored),
        1,
        "seen once, by whichever tablet came first"
    );
    let documents: BTreeSet<_> = offers.iter().map(|row| row.document).collect();
    assert_eq!(count(calloff_core::wire::AuditAct::OfferTakenUp), documents.len());

    // Then everything continues as before.
    kitchen.add(own, "sugar", "2");
    kitchen.submit(own);
    round(&mut kitchen, &app).await;
    assert_eq!(kitchen.order(own).stage(), OrderStage::Accepted);
}

#[tokio::test]
async fn no_tablets_word_makes_the_database_another_one_or_gives_numbers_of_its_own() {
    let app = TestApp::start(&small()).await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    round(&mut tablet, &app).await;
    let before = app.state.store.incarnation().await.unwrap();
    let cursor = tablet.replica.cursor().unwrap().to_owned();
    for forged in
        [cursor.replace(".1.", ".9."), format!("{}.99.000000000000", before.id), "99".to_owned()]
    {
        assert!(tablet.pull_once(&app, &forged).await.more, "{forged}");
    }
    assert_eq!(app.state.store.incarnation().await.unwrap(), before);

    // A batch of an order that was accepted here is offered as if it were lost, but the server has
    // it.
    let document = app.state.store.document(&order).await.unwrap().unwrap();
    let offer = |changes: Vec<u8>| {
        let push = calloff_core::wire::DocumentPush {
            id: order,
            kind: calloff_core::wire::DocumentKind::Order,
            heads: Vec::new(),
            changes: calloff_core::wire::Blob(changes),
        };
        calloff_core::wire::PushRequest {
            protocol: calloff_core::wire::PROTOCOL,
            app_version: "test".to_owned(),
            documents: vec![push],
        }
    };
    let changes: Vec<u8> = calloff_core::document::load(&document.bytes)
        .unwrap()
        .get_changes(&[calloff_core::document::genesis::hash(document.kind)])
        .iter()
        .flat_map(|change| change.raw_bytes().to_vec())
        .collect();
    let send = async |changes| {
        let body = calloff_tests::packed(&offer(changes));
        tablet.send(&app, Method::POST, "/api/sync/offer", body).await.pushed()
    };
    let answer = send(changes).await;
    assert!(matches!(
        answer.documents[0].outcome,
        calloff_core::wire::DocumentOutcome::Accepted { .. }
    ));
    // Garbage is kept so that people can see it, and cannot be taken up.
    send(b"garbage".to_vec()).await;
    let offers: Vec<QuarantineRow> = admin.get(&app, "/api/quarantine").await.json();
    assert_eq!(take_up(&app, &admin, &offers[0]).await.code(), ErrorCode::Unprocessable);
}

#[tokio::test]
async fn a_release_that_is_published_after_a_restore_is_newer_than_any_that_tablets_have() {
    let app = TestApp::start(&small()).await;
    let (app, copy) = copied(app).await;
    let day = calloff_core::sample::builder::day(calloff_tests::RELEASE_DAY);
    app.publish(&small(), day).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    assert_eq!(tablet.release, 2);
    round(&mut tablet, &app).await;
    let app = put_back(app, copy).await;
    // The tablet is unknown here, because it was enrolled after the copy was made.
    assert_eq!(tablet.get(&app, "/api/tablet").await.code(), ErrorCode::Unauthenticated);
    let mut write = app.state.store.write().await.unwrap();
    begin_incarnation(&mut write, &[7; RANDOM]).await.unwrap();
    write.commit().await.unwrap();
    app.publish(&small(), day).await;
    assert_eq!(app.tablet("school", "Kitchen").await.release, 1_002);
}
