//! Kills the real server (SIGKILL) at each place where that could lose or double something.
//! Afterwards nothing that was acknowledged is missing, and nothing counts twice. A server that
//! acknowledges first and commits later is detected.

mod disk;
mod dispatch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::{StatusCode, header};

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::OrderStage;
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::{ErrorCode, PersonRole};
use calloff_server::state::Clock;
use calloff_tests::{Data, Line, RELEASE_DAY, ServerProcess, TestApp, TestTablet};
use tokio::task::{JoinSet, LocalSet};

use disk::SmallDisk;

/// The longest time until the server must reach a place.
const REACHED: Duration = Duration::from_secs(20);

/// The number of orders that each tablet sends while the server is being killed. The server reaches
/// the place before the last of them.
const ORDERS: usize = 12;

/// How long ago the first orders were accepted, in milliseconds. The server compacts them when it
/// starts.
const SETTLED: i64 = 2 * 24 * 60 * 60 * 1000;

/// What a tablet was told, or may believe, before the server died.
struct Witness {
    tablet: TestTablet,
    /// Lines that the server acknowledged, by order.
    acknowledged: BTreeMap<DocumentId, BTreeSet<OrderLineId>>,
    /// Orders that the server said it accepted.
    accepted: BTreeSet<DocumentId>,
    /// Orders that were submitted here.
    submitted: BTreeSet<DocumentId>,
}

impl Witness {
    fn new(tablet: TestTablet) -> Self {
        Self {
            tablet,
            acknowledged: BTreeMap::new(),
            accepted: BTreeSet::new(),
            submitted: BTreeSet::new(),
        }
    }

    /// Writes an order; every second one is submitted.
    fn write(&mut self, number: usize) {
        let order = self.tablet.begin();
        self.tablet.add(order, "flour", "12");
        self.tablet.add(order, "sugar", "2");
        if number.is_multiple_of(2) {
            self.tablet.submit(order);
            self.submitted.insert(order);
        }
    }

    /// Records what the server has acknowledged by now.
    fn note(&mut self) {
        for order in self.tablet.replica.orders() {
            if !self.tablet.replica.is_unsent(order.document) {
                self.acknowledged.insert(order.document, order.lines.keys().cloned().collect());
            }
            if order.stage() == OrderStage::Accepted {
                self.accepted.insert(order.document);
            }
        }
    }

    /// Writes and pushes one order after the other, until the server is gone or all are sent.
    async fn send_until_killed(&mut self, address: std::net::SocketAddr) {
        let mut line = None;
        for number in 0..ORDERS {
            self.write(number);
            if line.is_none() {
                line = Line::open(address).await.ok();
            }
            let Some(line) = &mut line else { return };
            let push = self.tablet.replica.push_request("test").expect("something is unsent");
            let Ok(answer) = line.send(self.tablet.push_of(&push)).await else { return };
            self.tablet.take(answer.pushed());
            self.note();
        }
    }
}

/// An organisation with three tablets, two of them at one site with a shared draft. Each had an
/// order accepted days ago.
async fn organisation() -> (Data, Vec<Witness>) {
    organisation_in(Data::new().await).await
}

/// The same organisation in these data.
async fn organisation_in(data: Data) -> (Data, Vec<Witness>) {
    let now = Clock::system().now();
    let app = TestApp::open(data, now - SETTLED).await;
    app.publish(&small(), day(RELEASE_DAY)).await;
    let mut tablets = Vec::new();
    for (site, name) in [("school", "Kitchen"), ("school", "Store room"), ("hospital", "Ward 3")] {
        tablets.push(Witness::new(app.tablet(site, name).await));
    }
    let shared = tablets[0].tablet.begin();
    tablets[0].tablet.add(shared, "milk", "3");
    for witness in &mut tablets {
        witness.write(0);
        witness.tablet.sync(&app).await;
        witness.note();
        witness.tablet.clock = now;
    }
    (app.into_data().await, tablets)
}

/// Kills the server when it reaches a place for the `time`-th time, while all tablets push. Then
/// starts it again and checks.
async fn killed_at(place: &'static str, time: u32) {
    killed_with(place, time, &[]).await;
}

/// The same, with more variables in the server's environment.
async fn killed_with(place: &'static str, time: u32, variables: &'static [(&str, &str)]) {
    let (data, witnesses) = organisation().await;
    let failpoint = format!("{place}:{time}");
    let variables = [&[("CALLOFF_FAILPOINT", failpoint.as_str())], variables].concat();
    let mut server = ServerProcess::start(data, &[], &variables);
    let mut sending = JoinSet::new();
    for mut witness in witnesses {
        let address = server.address();
        sending.spawn(async move {
            witness.send_until_killed(address).await;
            witness
        });
    }
    let reached = tokio::task::spawn_blocking(move || {
        let reached = server
            .wait_for(&format!("failpoint {place}", place = failpoint_name(&failpoint)), REACHED);
        (reached, server)
    });
    let (reached, server) = reached.await.expect("no panic");
    assert!(reached.is_some(), "the server never came to {place}");
    let data = server.kill();
    let mut witnesses = sending.join_all().await;
    // In the order of the organisation again: the two tablets of the school, then that of the
    // hospital.
    witnesses.sort_by_key(|witness| witness.tablet.enrolment.site.as_str() == "hospital");
    let lost_replies =
        witnesses.iter().filter(|witness| witness.tablet.replica.unsent().count() > 0).count();
    assert!(lost_replies > 0, "somebody waited for an answer at {place}");

    let server = ServerProcess::start(data, &[], &[]);
    for witness in &mut witnesses {
        check_acknowledged(witness, &server).await;
    }
    // Twice, because the last tablets push only after the first ones pulled.
    for _ in 0..2 {
        for witness in &mut witnesses {
            witness.tablet.sync(&server).await;
            witness.note();
        }
    }
    check_agreement(&witnesses);
    for witness in &witnesses {
        check_all_is_pulled(witness, &server).await;
    }
    check_counted_once(server.kill(), &witnesses).await;
}

/// A tablet that was offline since the beginning, and one that has nothing yet, get everything that
/// this tablet knows.
async fn check_all_is_pulled(witness: &Witness, server: &ServerProcess) {
    let mut fresh = TestTablet::again(server, &witness.tablet.enrolment).await;
    fresh.pull(server).await;
    let orders = |tablet: &TestTablet| tablet.replica.orders().cloned().collect::<Vec<_>>();
    assert!(orders(&fresh) == orders(&witness.tablet), "a tablet that begins anew has all orders");
    let store = server.data().open().await;
    let early =
        store.incarnation().await.expect("the store").cursor(&witness.tablet.enrolment.site, 1);
    store.close().await;
    let since = fresh.pull_once(server, &early).await.documents.len();
    assert_eq!(since + 1, orders(&witness.tablet).len(), "an old cursor misses nothing");
}

fn failpoint_name(failpoint: &str) -> &str {
    failpoint.split(':').next().unwrap_or_default()
}

/// Before this tablet sends anything, everything that was acknowledged exists.
async fn check_acknowledged(witness: &Witness, server: &ServerProcess) {
    let mut fresh = TestTablet::again(server, &witness.tablet.enrolment).await;
    fresh.pull(server).await;
    for (order, lines) in &witness.acknowledged {
        let kept = fresh
            .replica
            .order(*order)
            .map(|order| order.lines.keys().cloned().collect::<BTreeSet<_>>());
        let kept = kept.unwrap_or_default();
        assert!(lines.is_subset(&kept), "acknowledged lines of {order} are missing");
    }
    for order in &witness.accepted {
        let told = &witness.tablet.order(*order).server;
        assert_eq!(fresh.order(*order).server, *told, "{order} was accepted otherwise");
    }
}

/// The tablets of a site have the same state.
fn check_agreement(witnesses: &[Witness]) {
    let orders = |witness: &Witness| witness.tablet.replica.orders().cloned().collect::<Vec<_>>();
    assert!(orders(&witnesses[0]) == orders(&witnesses[1]), "the school's tablets see the same");
    assert!(witnesses.iter().all(|witness| witness.tablet.replica.unsent().count() == 0));
}

/// Every submitted order was accepted once, with purchase order numbers without a gap. Every
/// document is once in the feed of its site, which also has no gap.
async fn check_counted_once(data: Data, witnesses: &[Witness]) {
    let app = TestApp::open(data, Clock::system().now()).await;
    let submitted: BTreeSet<DocumentId> =
        witnesses.iter().flat_map(|witness| witness.submitted.clone()).collect();
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    assert_eq!(finance.orders(&app, "").await.count, submitted.len() as u64);
    let mut numbers = BTreeMap::new();
    for order in witnesses.iter().flat_map(|witness| witness.tablet.replica.orders()) {
        let is_submitted = submitted.contains(&order.document);
        assert_eq!(order.stage() == OrderStage::Accepted, is_submitted, "{}", order.document);
        for cut in &order.server.purchase_orders {
            let known = numbers.insert(cut.number.clone(), order.document);
            assert!(
                known.is_none_or(|known| known == order.document),
                "{} was given twice",
                cut.number
            );
        }
    }
    let expected: Vec<_> = (1..=numbers.len()).map(|number| format!("PO-{number:06}")).collect();
    assert_eq!(numbers.into_keys().collect::<Vec<_>>(), expected, "numbers without gap");
    for (site, witness) in [("school", &witnesses[0]), ("hospital", &witnesses[2])] {
        let site = calloff_core::sample::builder::id(site);
        let entries = app.state.store.feed_after(&site, 0, usize::MAX).await.expect("the feed");
        let documents: BTreeSet<_> = entries.iter().map(|entry| entry.document).collect();
        let known: BTreeSet<_> =
            witness.tablet.replica.orders().map(|order| order.document).collect();
        assert_eq!((documents.len(), documents), (entries.len(), known));
        let last = entries.last().map_or(0, |entry| entry.sequence);
        assert_eq!(app.state.store.feed_head(&site).await.expect("the feed"), last);
    }
    assert_eq!(
        app.state.store.quarantined().await.expect("the store"),
        0,
        "nothing sent again was refused"
    );
    // The server may have been killed, or its disk full, before its repeating jobs were done. An
    // hour later the next server does them.
    app.set_millis(app.now() + 60 * 60 * 1000);
    app.work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_anything_is_written() {
    killed_at("before_write", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_write_and_commit() {
    killed_at("before_commit", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_settled_orders_are_compacted() {
    killed_at("during_compaction", 1).await;
}

/// This test can fail: a server that acknowledges before it commits loses acknowledged lines.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_acknowledges_before_it_commits_is_caught() {
    let broken = killed_with("before_commit", 3, &[("CALLOFF_SABOTAGE", "acknowledge_first")]);
    let caught = LocalSet::new().run_until(async { tokio::task::spawn_local(broken).await }).await;
    let panic = caught.expect_err("it went unnoticed").into_panic();
    let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(said.contains("are missing"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_commit_and_before_the_answer() {
    killed_at("after_commit", 3).await;
}

/// The number of pushes that a full disk may still accept, because the log can overwrite what was
/// already written back.
const UNTIL_FULL: usize = 400;

/// Pushes until the server says that it cannot save anything. It acknowledged everything that it
/// accepted before.
async fn send_until_full(witness: &mut Witness, server: &ServerProcess) {
    for number in 0..UNTIL_FULL {
        witness.write(number);
        let push = witness.tablet.replica.push_request("test").expect("something is unsent");
        let answer = witness.tablet.send_push(server, &push).await;
        if answer.status.is_success() {
            witness.tablet.take(answer.pushed());
            witness.note();
            continue;
        }
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable)
        );
        assert_eq!(answer.headers[header::RETRY_AFTER], "60");
        assert!(answer.problem().detail.expect("words").contains("cannot save"));
        return;
    }
    panic!("the disk never was full");
}

/// While a disk is full, writes fail and the server says so, and nothing else happens. What was
/// acknowledged exists, reading continues, and the first write after there is space again succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_was_full_for_a_while_loses_nothing_and_needs_no_restart() {
    // The disk of a PostgreSQL server is not Calloff's to fill.
    let folder = tempfile::tempdir().expect("a folder");
    let (data, mut witnesses) = organisation_in(Data::in_folder(folder)).await;
    let disk = SmallDisk::new();
    let server = ServerProcess::start(disk.data_with(&data), &[], &[]);
    for _ in 0..3 {
        disk.fill(&server);
        for witness in &mut witnesses {
            send_until_full(witness, &server).await;
            // Again and again, on all connections.
            for _ in 0..10 {
                let push =
                    witness.tablet.replica.push_request("test").expect("something is unsent");
                assert_eq!(
                    witness.tablet.send_push(&server, &push).await.code(),
                    ErrorCode::Unavailable
                );
            }
            witness.tablet.pull(&server).await;
        }
        let ready = witnesses[0].tablet.get(&server, "/api/health/ready").await;
        assert!(matches!(disk, SmallDisk::Limited) || ready.code() == ErrorCode::Unavailable);
        disk.empty(&server);
        for witness in &mut witnesses {
            for number in 0..10 {
                witness.write(number);
                assert!(
                    witness.tablet.push(&server).await.is_some(),
                    "the first write succeeds, and each after it"
                );
            }
            witness.note();
        }
    }
    for _ in 0..2 {
        for witness in &mut witnesses {
            witness.tablet.sync(&server).await;
            witness.note();
        }
    }
    check_agreement(&witnesses);
    for witness in &witnesses {
        check_all_is_pulled(witness, &server).await;
    }
    check_counted_once(server.kill(), &witnesses).await;
}
