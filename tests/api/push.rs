//! What the server does with pushes that are repeated, late, broken or forbidden to the tablet.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use calloff_core::ids::DocumentId;
use calloff_core::limits::{PULL_KNOWN, PUSH_BODY_BYTES, PUSH_DOCUMENT_BYTES, PUSH_DOCUMENTS};
use calloff_core::order::OrderStage;
use calloff_core::sample::small;
use calloff_core::site;
use calloff_core::sync::{Replica, pack_push};
use calloff_core::wire::{
    Blob, DocumentKind, DocumentOutcome, DocumentPush, ErrorCode, PROTOCOL, PersonRole,
    PullRequest, PullResponse, PushRefusalCode, PushRequest,
};
use calloff_server::storage::feed::{ChangedDocument, StoredDocument, put_documents};
use calloff_server::storage::orders::Visible;
use calloff_tests::{Answer, TestApp, TestTablet, packed, request};
use futures_util::future::{join, select_all};
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::{sleep, timeout};

fn push_of(id: DocumentId, changes: Vec<u8>) -> PushRequest {
    let document =
        DocumentPush { id, kind: DocumentKind::Order, heads: Vec::new(), changes: Blob(changes) };
    PushRequest { protocol: PROTOCOL, app_version: "test".to_owned(), documents: vec![document] }
}

fn new_id(seed: u8) -> DocumentId {
    DocumentId::mint(1_772_400_000_000, [seed; 10])
}

async fn refusal(tablet: &TestTablet, app: &TestApp, push: &PushRequest) -> PushRefusalCode {
    let response = tablet.send_push(app, push).await.pushed();
    match &response.documents[..] {
        [answer] => match &answer.outcome {
            DocumentOutcome::Refused { refusals, .. } => refusals[0].code,
            DocumentOutcome::Accepted { .. } => panic!("accepted"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn case_02_a_push_whose_reply_was_lost_counts_once() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    tablet.push_and_lose_the_reply(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Submitted, "still on the tablet");
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    assert_eq!(finance.orders(&app, "").await.count, 1);
    let numbers: Vec<_> =
        tablet.order(order).server.purchase_orders.iter().map(|po| po.number.clone()).collect();
    assert_eq!(numbers, ["PO-000001"]);
}

#[tokio::test]
async fn case_04_the_same_push_ten_times_changes_nothing_and_is_answered_alike() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    let push = tablet.replica.push_request("test").unwrap();
    let first = tablet.send_push(&app, &push).await.pushed();
    let feed = app.state.store.feed_head(&tablet.enrolment.site).await.unwrap();
    for _ in 0..10 {
        assert_eq!(tablet.send_push(&app, &push).await.pushed(), first);
    }
    assert_eq!(app.state.store.feed_head(&tablet.enrolment.site).await.unwrap(), feed);
    tablet.take(first);
    let lines: Vec<_> =
        tablet.order(order).lines.values().map(|line| line.quantity.value.to_string()).collect();
    assert_eq!(lines, ["12"]);
}

#[tokio::test]
async fn garbage_is_refused_and_kept_in_quarantine_only() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    for (seed, garbage) in
        [b"".to_vec(), b"not a change".to_vec(), vec![0x85; 4096]].into_iter().enumerate().skip(1)
    {
        let id = new_id(u8::try_from(seed).unwrap());
        assert_eq!(refusal(&tablet, &app, &push_of(id, garbage)).await, PushRefusalCode::Malformed);
        assert_eq!(app.state.store.document(&id).await.unwrap(), None);
    }
    assert_eq!(app.state.store.quarantined().await.unwrap(), 2);
    assert_eq!(app.state.store.feed_head(&tablet.enrolment.site).await.unwrap(), 0);
}

#[tokio::test]
async fn a_batch_over_the_limit_is_refused_and_the_others_of_the_push_are_taken() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "1");
    let mut push = tablet.replica.push_request("test").unwrap();
    push.documents.extend(push_of(new_id(1), vec![0; PUSH_DOCUMENT_BYTES + 1]).documents);
    let response = tablet.send_push(&app, &push).await.pushed();
    assert!(matches!(response.documents[0].outcome, DocumentOutcome::Accepted { .. }));
    let DocumentOutcome::Refused { refusals, .. } = &response.documents[1].outcome else {
        panic!()
    };
    assert_eq!(refusals[0].code, PushRefusalCode::TooLarge);
    assert!(app.state.store.document(&order).await.unwrap().is_some());
    assert!(app.state.store.document(&new_id(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_push_that_is_no_push_is_a_clear_problem() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let send = |body: Body| tablet.send(&app, Method::POST, "/api/sync/push", body);
    assert_eq!(send(Body::from("{\"protocol\":1")).await.code(), ErrorCode::ClientTooOld);
    assert_eq!(send(Body::empty()).await.code(), ErrorCode::BadRequest);
    assert_eq!(send(Body::from(vec![0xff; 1000])).await.code(), ErrorCode::BadRequest);
    let mut cut_off = pack_push(&push_of(new_id(1), vec![1; 100])).unwrap();
    cut_off.pop();
    assert_eq!(send(Body::from(cut_off)).await.code(), ErrorCode::BadRequest);
    assert_eq!(send(Body::from(vec![b' '; PUSH_BODY_BYTES + 1])).await.code(), ErrorCode::TooLarge);

    let mut many = push_of(new_id(1), Vec::new());
    many.documents = vec![many.documents[0].clone(); PUSH_DOCUMENTS + 1];
    assert_eq!(tablet.send_push(&app, &many).await.code(), ErrorCode::TooLarge);
    let old = PushRequest { protocol: 0, ..push_of(new_id(1), Vec::new()) };
    assert_eq!(tablet.send_push(&app, &old).await.code(), ErrorCode::ClientTooOld);
    assert_eq!(app.state.store.quarantined().await.unwrap(), 0, "nothing of these was a batch");
}

#[tokio::test]
async fn an_unknown_or_revoked_tablet_may_do_nothing() {
    let app = TestApp::start(&small()).await;
    let push = push_of(new_id(1), Vec::new());
    let anonymous = app.send(request(Method::POST, "/api/sync/push", packed(&push))).await;
    assert_eq!(anonymous.code(), ErrorCode::Unauthenticated);
    let tablet = app.tablet("school", "Kitchen").await;
    app.revoke(&tablet).await;
    for path in ["/api/sync/pull", "/api/release", "/api/events"] {
        assert_eq!(tablet.get(&app, path).await.code(), ErrorCode::DeviceRevoked, "{path}");
    }
    assert_eq!(tablet.send_push(&app, &push).await.code(), ErrorCode::DeviceRevoked);
}

#[tokio::test]
async fn a_tablet_writes_neither_another_sites_order_nor_under_another_tablets_name() {
    let app = TestApp::start(&small()).await;
    let mut school = app.tablet("school", "Kitchen").await;
    let hospital = app.tablet("hospital", "Ward 3").await;
    let second = app.tablet("school", "Store room").await;
    let order = school.begin();
    school.add(order, "flour", "1");
    let push = school.replica.push_request("test").unwrap();

    assert_eq!(refusal(&second, &app, &push).await, PushRefusalCode::WrongActor);
    assert!(app.state.store.document(&order).await.unwrap().is_none());

    school.push(&app).await;
    let stored = app.state.store.document(&order).await.unwrap().unwrap();
    let response = hospital.send_push(&app, &push).await.pushed();
    let DocumentOutcome::Refused { refusals, document } = &response.documents[0].outcome else {
        panic!()
    };
    assert_eq!(refusals[0].code, PushRefusalCode::WrongDocument);
    assert_eq!(*document, None, "another site's order is not shown either");
    assert_eq!(app.state.store.document(&order).await.unwrap().unwrap(), stored);
}

/// The batches of one push. Each has these bytes for its own document.
fn garbage(seeds: impl IntoIterator<Item = u8>, bytes: usize) -> PushRequest {
    let mut push = push_of(new_id(0), Vec::new());
    push.documents = seeds
        .into_iter()
        .flat_map(|seed| push_of(new_id(seed), vec![seed; bytes]).documents)
        .collect();
    push
}

#[tokio::test]
async fn a_tablet_takes_no_place_in_quarantine_but_its_own() {
    let app = TestApp::start(&small()).await;
    let ana = app.tablet("school", "Kitchen").await;
    let eve = app.tablet("school", "Store room").await;
    let kept = async |tablet: &TestTablet| {
        let rows = app.state.store.quarantine_rows(&Visible::All, None, 1_000).await.unwrap();
        rows.iter()
            .filter(|row| row.device == tablet.enrolment.device)
            .map(|row| row.document)
            .collect::<Vec<_>>()
    };
    ana.send_push(&app, &garbage([1], 9)).await;
    eve.send_push(&app, &garbage(1..=100, 9)).await;
    assert_eq!(kept(&ana).await, [new_id(1)]);
    assert_eq!(kept(&eve).await.len(), 20);
    for seeds in [[1, 2, 3], [4, 5, 6]] {
        eve.send_push(&app, &garbage(seeds, 1024 * 1024)).await;
    }
    // Four MiB of the latest batches. The batches of one push are not kept in its order.
    let of_eve = kept(&eve).await;
    assert!(
        of_eve.len() == 4 && [4, 5, 6].iter().all(|seed| of_eve.contains(&new_id(*seed))),
        "{of_eve:?}"
    );
    assert_eq!(kept(&ana).await, [new_id(1)]);
}

#[tokio::test]
async fn what_honest_tablets_are_refused_is_not_kept() {
    let app = TestApp::start(&small()).await;
    let mut ana = app.tablet("school", "Kitchen").await;
    let mut ben = app.tablet("school", "Store room").await;
    let order = ana.begin();
    ana.add(order, "flour", "1");
    ana.sync(&app).await;
    ben.sync(&app).await;
    ana.submit(order);
    ana.sync(&app).await;
    ben.add(order, "milk", "1");
    let push = ben.replica.push_request("test").unwrap();
    assert_eq!(refusal(&ben, &app, &push).await, PushRefusalCode::OrderAlreadyAccepted);
    assert_eq!(app.state.store.quarantined().await.unwrap(), 0);
}

#[tokio::test]
async fn an_answer_that_would_be_too_large_leaves_documents_out() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let stored = (1..=5).map(|seed| {
        let (id, site, bytes) =
            (new_id(seed), tablet.enrolment.site.clone(), vec![seed; 1_500_000]);
        let document = StoredDocument {
            id,
            kind: DocumentKind::Order,
            site,
            bytes,
            heads: vec!["00".repeat(32)],
            memory: 0,
            is_let_go: false,
            is_draft: true,
        };
        ChangedDocument { document, changed_at: 1 }
    });
    let stored: Vec<_> = stored.collect();
    let mut write = app.state.store.write().await.unwrap();
    put_documents(&mut write, &stored.iter().collect::<Vec<_>>()).await.unwrap();
    write.commit().await.unwrap();

    // Each is refused, and answered with the server's copy.
    let mut push = garbage(1..=5, 9);
    let mut pushes = 0;
    while !push.documents.is_empty() {
        let response = tablet.send_push(&app, &push).await.pushed();
        let answered: Vec<_> = response.documents.iter().map(|answer| answer.id).collect();
        assert!((1..=2).contains(&answered.len()), "{answered:?}");
        push.documents.retain(|document| !answered.contains(&document.id));
        pushes += 1;
    }
    assert_eq!(pushes, 3);
}

/// A push of which only this number of bytes arrives.
async fn stalled(app: &TestApp, tablet: &TestTablet, bytes: usize) -> Answer {
    let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![0xff; bytes]))]);
    let mut request = tablet.request(
        Method::POST,
        "/api/sync/push",
        Body::from_stream(begun.chain(stream::pending())),
    );
    request.headers_mut().insert(header::CONTENT_LENGTH, PUSH_BODY_BYTES.into());
    app.send(request).await
}

/// Before, three such pushes of one tablet made everybody else wait for a minute.
#[tokio::test]
async fn bodies_that_do_not_arrive_keep_nobody_else_waiting() {
    let app = TestApp::start(&small()).await;
    let (mut eve, mut ana) =
        (app.tablet("school", "Kitchen").await, app.tablet("school", "Store room").await);
    let others = [app.tablet("hospital", "Ward 3").await, app.tablet("hospital", "Ward 4").await];
    let mut stalling: Vec<_> =
        others.iter().map(|tablet| stalled(&app, tablet, 100_000).boxed_local()).collect();
    stalling.extend((0..3).map(|_| stalled(&app, &eve, 1).boxed_local()));
    let honest = async {
        sleep(Duration::from_millis(300)).await;
        for _ in 0..3 {
            ana.begin();
            timeout(Duration::from_secs(5), ana.push(&app))
                .await
                .expect("not kept waiting")
                .expect("pushed");
        }
    };
    let ((ended, _, rest), ()) = join(select_all(stalling), honest).await;
    assert_eq!((ended.status, ended.code()), (StatusCode::BAD_REQUEST, ErrorCode::BadRequest));
    assert!(
        ended.problem().detail.is_some_and(|detail| detail.contains("10 s")),
        "not after a minute"
    );
    // Its network is back, and the interrupted push is gone.
    drop(rest);
    eve.begin();
    timeout(Duration::from_secs(5), eve.push(&app)).await.expect("its turn").expect("pushed");
}

#[tokio::test]
async fn a_large_body_that_comes_in_pieces_is_read_whole() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let mut state = 1_u32;
    let random = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let body = pack_push(&push_of(new_id(1), random.take(300_000).collect())).unwrap();
    assert!(body.len() > 200_000, "{}", body.len());
    let pieces: Vec<_> =
        body.chunks(10_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    let answer = tablet
        .send(&app, Method::POST, "/api/sync/push", Body::from_stream(stream::iter(pieces)))
        .await;
    let response = answer.pushed();
    let DocumentOutcome::Refused { refusals, .. } = &response.documents[0].outcome else {
        panic!()
    };
    assert_eq!(refusals[0].code, PushRefusalCode::Malformed);
}

#[tokio::test]
async fn an_order_does_not_take_the_place_of_a_sites_settings() {
    let app = TestApp::start(&small()).await;
    let mut eve = app.tablet("school", "Kitchen").await;
    let mut victim = app.tablet("hospital", "Ward 3").await;
    let settings = DocumentId::of_site(&victim.enrolment.site);
    eve.begin_as(settings);
    let push = eve.replica.push_request("test").unwrap();
    assert_eq!(refusal(&eve, &app, &push).await, PushRefusalCode::WrongDocument);
    assert_eq!(app.state.store.document(&settings).await.unwrap(), None);
    victim.say(site::Command::SetDeliveryInstructions { instructions: "Ring twice.".to_owned() });
    victim.sync(&app).await;
    assert!(app.state.store.document(&settings).await.unwrap().is_some());
}

#[tokio::test]
async fn a_pull_lists_every_change_after_the_cursor_once_and_pages_without_gaps() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let mut orders = Vec::new();
    // More than one answer can have. The first is changed again later, and moves to the end.
    for _ in 0..=calloff_core::limits::PULL_DOCUMENTS {
        let order = tablet.begin();
        tablet.add(order, "sugar", "1");
        orders.push(order);
        while tablet.push(&app).await.is_some() {}
    }
    tablet.add(orders[0], "flour", "1");
    tablet.push(&app).await;

    let first = tablet.pull_once(&app, "").await;
    assert!(first.more);
    let second = tablet.pull_once(&app, &first.cursor).await;
    assert!(!second.more);
    let listed: Vec<_> =
        first.documents.iter().chain(&second.documents).map(|document| document.id).collect();
    let expected: Vec<_> = orders[1..].iter().chain(&orders[..1]).copied().collect();
    assert_eq!(listed, expected);
    let none = tablet.pull_once(&app, &second.cursor).await;
    assert!(none.documents.is_empty());
    assert_eq!((none.cursor, none.release), (second.cursor, Some(1)));

    let foreign = tablet.pull_once(&app, "999999").await;
    assert_eq!(
        (foreign.documents.len(), foreign.more),
        (0, true),
        "another database's cursor: from the beginning"
    );
    assert_eq!(tablet.pull_once(&app, &foreign.cursor).await.documents[0].id, orders[1]);
}

#[tokio::test]
async fn a_pull_leaves_out_what_the_tablet_has_in_exactly_that_state() {
    let app = TestApp::start(&small()).await;
    let mut ana = app.tablet("school", "Kitchen").await;
    let mut ben = app.tablet("school", "Store room").await;
    let mut zoe = app.tablet("hospital", "Ward 3").await;
    let (shared, own) = (ana.begin(), ana.begin());
    for order in [shared, own] {
        ana.add(order, "cups", "12");
    }
    ana.sync(&app).await;
    ben.sync(&app).await;
    for order in [shared, own] {
        ana.add(order, "flour", "1");
    }
    ben.add(shared, "sugar", "2");

    ana.push(&app).await;
    let named = ana.replica.pull_request();
    assert_eq!(named.known.len(), 2);
    let listed =
        |response: &PullResponse| response.documents.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(listed(&ana.send_pull(&app, &named).await), []);
    ben.push(&app).await;
    let of_ben = ana.send_pull(&app, &named).await;
    assert_eq!(listed(&of_ben), [shared], "it has changed since");
    let lost = ana.send_pull(&app, &named).await;
    assert_eq!(lost, of_ben, "the first answer was lost, and nothing at the server depends on it");
    ana.take_pulled(of_ben);
    assert_eq!(ana.replica.pull_request().known, Vec::<String>::new());
    assert_eq!(
        listed(&ben.send_pull(&app, &ben.replica.pull_request()).await),
        [own],
        "it has the other's changes, too"
    );
    ben.pull(&app).await;
    assert_eq!(ana.order(shared), ben.order(shared));
    assert_eq!(ana.order(own), ben.order(own));

    // The names in requests of another site's tablet do not matter, and neither does what it pushes
    // with an identifier of ours.
    let zoes = zoe.begin();
    zoe.add(zoes, "flour", "1");
    zoe.push(&app).await;
    let foreign = PullRequest { cursor: None, ..named };
    assert_eq!(zoe.send_pull(&app, &foreign).await.documents.len(), 1);
}

#[tokio::test]
async fn a_tablet_that_starts_over_is_sent_only_what_it_lacks() {
    let app = TestApp::start(&small()).await;
    let mut ana = app.tablet("school", "Kitchen").await;
    for _ in 0..3 {
        let order = ana.begin();
        ana.add(order, "flour", "1");
    }
    ana.sync(&app).await;
    let mut stored = ana.replica.to_stored();
    stored.documents[1].document = Blob(b"damaged".to_vec());
    let damaged = stored.documents[1].id;
    let (replica, notices) = Replica::load(ana.enrolment.device, stored);
    assert_eq!(notices.len(), 1);
    ana.replica = replica;
    let request = ana.replica.pull_request();
    assert_eq!(
        (request.cursor.clone(), request.known.len()),
        (Some(app.state.store.incarnation().await.unwrap().id), 2)
    );
    let sent = ana.send_pull(&app, &request).await;
    assert_eq!(sent.documents.iter().map(|one| one.id).collect::<Vec<_>>(), [damaged]);
    ana.take_pulled(sent);
    assert_eq!(ana.replica.orders().count(), 3);
}

#[tokio::test]
async fn a_pull_that_is_no_pull_is_a_clear_problem() {
    let app = TestApp::start(&small()).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let pull = |protocol, cursor: &str, known| {
        let request = PullRequest {
            protocol,
            cursor: Some(cursor.to_owned()),
            known: vec!["a".repeat(64); known],
            wanted: Vec::new(),
            report: None,
        };
        app.send(tablet.pull_of(&request))
    };
    let nonsense = pull(PROTOCOL, "yesterday", PULL_KNOWN + 1).await;
    assert_eq!(nonsense.code(), ErrorCode::TooLarge);
    assert_eq!(nonsense.headers[header::CACHE_CONTROL], "no-store");
    for nobodys in ["yesterday", "-1", "1"] {
        assert!(pull(PROTOCOL, nobodys, 0).await.pulled().more, "{nobodys}");
    }
    assert!(pull(PROTOCOL, "", PULL_KNOWN).await.status.is_success());
    assert_eq!(pull(PROTOCOL, "", PULL_KNOWN + 1).await.code(), ErrorCode::TooLarge);
    assert_eq!(pull(PROTOCOL, "", 10 * PULL_KNOWN).await.code(), ErrorCode::TooLarge);
    assert_eq!(pull(PROTOCOL - 1, "", 0).await.code(), ErrorCode::ClientTooOld);
    assert_eq!(
        tablet.get(&app, "/api/sync/pull?cursor=0").await.code(),
        ErrorCode::ClientTooOld,
        "asked as before"
    );
    let send =
        |body: &'static str| tablet.send(&app, Method::POST, "/api/sync/pull", Body::from(body));
    for body in ["", "{", "[]", "{}", "{\"protocol\":4,\"known\":7}"] {
        assert_eq!(send(body).await.code(), ErrorCode::BadRequest, "{body}");
    }
    assert!(send("{\"protocol\":4}").await.status.is_success(), "everything, and nothing is known");
}
