//! `make bench-sync`: many tablets reconnect at the same time to the real server, which runs in its
//! own process.
//!
//! Tablets of many sites were offline and come back within a second, each over a line of 50 ms and
//! 2 Mbit/s. Each edited five orders twenty times: three of its own, and two that it shares with
//! the one or two other tablets of its site. The storm ends when every tablet has everything of its
//! site. It prints one JSON line for each run.
//!
//! The time does not include what a tablet computes (merging, drawing). A real tablet has its own
//! processor, and here this work would use the server's processor. All answers are merged into the
//! real replicas afterwards, and these must agree.

mod link;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use calloff_core::catalogue::CatalogueContent;
use calloff_core::ids::DocumentId;
use calloff_core::order::OrderState;
use calloff_core::sample::builder::{day, site};
use calloff_core::sample::small;
use calloff_core::wire::{DocumentOutcome, Heads, PullRequest, PullResponse, PushResponse};
use calloff_server::state::Clock;
use calloff_tests::{Data, Line, RELEASE_DAY, ServerProcess, TestApp, TestTablet};
use http_body_util::BodyExt as _;
use link::Link;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// The tablets come back evenly within this time.
const SPREAD: Duration = Duration::from_secs(1);

/// After this time without a change, the storm is over. Of 500 tablets, some wait several seconds
/// for their first answer.
const QUIET: Duration = Duration::from_secs(10);

/// The number of a tablet's own orders, of orders that the tablets of a site share, and of lines in
/// each. Every line is added and then changed.
const OWN: usize = 3;
const SHARED: usize = 2;
const LINES: usize = 10;

/// The time from one edit to the next, in milliseconds.
const BETWEEN_EDITS: i64 = 4_321;

const ITEMS: [&str; 5] = ["flour", "sugar", "milk", "cups", "gloves"];

#[tokio::main]
async fn main() {
    let asked: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let runs = if asked.is_empty() { vec![50, 200, 500] } else { asked };
    for tablets in runs {
        println!("{}", run(tablets).await);
    }
}

/// One storm and its results. At its end all tablets of a site agree.
async fn run(count: usize) -> serde_json::Value {
    let (data, tablets) = organisation(count).await;
    let server = ServerProcess::start(data, &[], &[]);
    let before = cpu_seconds(server.id());
    let start = Instant::now() + Duration::from_millis(100);
    let mut storm = JoinSet::new();
    for (place, tablet) in tablets.into_iter().enumerate() {
        let back = start + SPREAD.mul_f64(place as f64 / count as f64);
        storm.spawn(come_back(tablet, back, server.address()));
    }
    let returned = storm.join_all().await;
    let (cpu, peak) = (cpu_seconds(server.id()) - before, peak_mib(server.id()));
    drop(server);

    let (up, down) =
        returned.iter().fold((0, 0), |(up, down), one| (up + one.bytes.0, down + one.bytes.1));
    let converged = returned.iter().map(|one| one.last).max().expect("tablets") - start;
    let mut took: Vec<Duration> = returned.iter().map(|one| one.last - one.back).collect();
    took.sort_unstable();
    let share = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64();
    check_agreement(returned);
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    json!({
        "tablets": count,
        "converged_seconds": rounded(converged.as_secs_f64()),
        "tablet_p50_seconds": rounded(share(50)),
        "tablet_p99_seconds": rounded(share(99)),
        "bytes_up": up,
        "bytes_down": down,
        "server_peak_mib": rounded(peak),
        "server_cpu_seconds": rounded(cpu),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_tablets_of_a_small_storm_agree() {
    run(5).await;
}

/// This number of tablets that edited offline, in sites of three and two tablets in turn.
async fn organisation(count: usize) -> (Data, Vec<TestTablet>) {
    let app = TestApp::empty(Clock::system().now()).await;
    let mut content: CatalogueContent = small();
    let places: Vec<String> =
        (0..count).map(|place| format!("site-{:03}", place * 2 / 5)).collect();
    let names: std::collections::BTreeSet<&String> = places.iter().collect();
    content.locations.extend(names.into_iter().map(|name| site(name, "coast")));
    app.publish(&content, day(RELEASE_DAY)).await;
    let mut sites: BTreeMap<&String, Vec<TestTablet>> = BTreeMap::new();
    for (place, site) in places.iter().enumerate() {
        sites.entry(site).or_default().push(app.tablet(site, &format!("Tablet {place}")).await);
    }
    let mut tablets = Vec::new();
    for mut site in sites.into_values() {
        let shared: Vec<DocumentId> = (0..SHARED).map(|_| begin_shared(&mut site[0])).collect();
        for tablet in &mut site {
            tablet.sync(&app).await;
        }
        for tablet in &mut site {
            let own: Vec<DocumentId> = (0..OWN).map(|_| tablet.begin()).collect();
            for order in own.into_iter().chain(shared.iter().copied()) {
                edit(tablet, order);
            }
        }
        tablets.extend(site);
    }
    // The tablets of one site do not come back one after the other.
    tablets.sort_by_key(|tablet| {
        tablet.enrolment.device.as_bytes().iter().rev().copied().collect::<Vec<u8>>()
    });
    (app.into_data().await, tablets)
}

/// An order with a first line, because the server passes no empty order on to other tablets.
fn begin_shared(tablet: &mut TestTablet) -> DocumentId {
    let order = tablet.begin();
    tablet.add(order, ITEMS[0], "4");
    order
}

fn edit(tablet: &mut TestTablet, order: DocumentId) {
    let add = |line: usize| {
        tablet.clock += BETWEEN_EDITS + line as i64;
        tablet.add(order, ITEMS[line % ITEMS.len()], "4")
    };
    let lines: Vec<_> = (0..LINES).map(add).collect();
    for line in lines {
        tablet.clock += BETWEEN_EDITS;
        tablet.set(order, &line, "6");
    }
}

/// What a tablet sent and received.
struct Returned {
    tablet: TestTablet,
    back: Instant,
    /// The time of the last answer with something new.
    last: Instant,
    pushed: PushResponse,
    pulled: Vec<PullResponse>,
    bytes: (u64, u64),
}

/// A tablet comes back. It listens for changes, pushes, pulls, and pulls again whenever something
/// changed.
async fn come_back(tablet: TestTablet, back: Instant, address: SocketAddr) -> Returned {
    let push = tablet.replica.push_request("0.1.0").expect("something is unsent");
    let push = tablet.push_of(&push);
    sleep_until(back).await;
    let link = Link::default();
    let (changed, mut changes) = mpsc::unbounded_channel();
    // A browser does the same: it opens the stream of events beside the first request.
    let (events, line) = tokio::join!(link.connect(address), link.connect(address));
    let events = Line::over(events, address).await.expect("a connection");
    tokio::spawn(listen(
        events,
        tablet.request(Method::GET, "/api/events", Body::empty()),
        changed,
    ));
    let mut line = Line::over(line, address).await.expect("a connection");
    let pushed = line.send(push).await.expect("an answer").pushed();
    let mut last = Instant::now();
    // The request that its replica would make after it took the answer in.
    let known =
        pushed.documents.iter().flat_map(|answer| heads(&answer.outcome)).cloned().collect();
    let mut request = PullRequest { known, ..tablet.replica.pull_request() };
    let mut pulled = Vec::new();
    loop {
        while changes.try_recv().is_ok() {}
        let answer = line.send(tablet.pull_of(&request)).await.expect("an answer").pulled();
        if !answer.documents.is_empty() {
            last = Instant::now();
        }
        request.cursor = Some(answer.cursor.clone());
        let more = answer.more;
        if !more {
            request.known = Heads::new();
        }
        pulled.push(answer);
        if !more && timeout(QUIET, changes.recv()).await.is_err() {
            break;
        }
    }
    Returned { tablet, back, last, pushed, pulled, bytes: link.bytes() }
}

/// Passes on that something changed, as long as somebody listens.
async fn listen(mut line: Line, request: Request<Body>, changed: mpsc::UnboundedSender<()>) {
    let mut events = line.begin(request).await.expect("an answer").into_body();
    while let Some(Ok(frame)) = events.frame().await {
        let is_change =
            frame.data_ref().is_some_and(|data| data.windows(9).any(|word| word == b"documents"));
        if is_change && changed.send(()).is_err() {
            return;
        }
    }
}

fn heads(outcome: &DocumentOutcome) -> &[String] {
    match outcome {
        DocumentOutcome::Accepted { heads, .. } => heads,
        DocumentOutcome::Refused { refusals, .. } => panic!("{refusals:?}"),
    }
}

/// Checks that all tablets of a site have the same documents, and all documents of the site.
fn check_agreement(returned: Vec<Returned>) {
    let mut sites: BTreeMap<String, Vec<Vec<OrderState>>> = BTreeMap::new();
    for mut returned in returned {
        let tablet = &mut returned.tablet;
        tablet.take(returned.pushed);
        returned.pulled.into_iter().for_each(|pulled| tablet.take_pulled(pulled));
        assert_eq!(
            (tablet.replica.unsent().count(), tablet.notices.len()),
            (0, 0),
            "everything was taken"
        );
        let orders = tablet.replica.orders().cloned().collect();
        sites.entry(tablet.enrolment.site.to_string()).or_default().push(orders);
    }
    for (site, tablets) in sites {
        let lines: usize = tablets[0].iter().map(|order| order.lines.len()).sum();
        assert_eq!(tablets[0].len(), SHARED + OWN * tablets.len(), "orders of {site}");
        assert_eq!(lines, LINES * (SHARED + OWN) * tablets.len() + SHARED, "lines of {site}");
        assert!(tablets.iter().all(|orders| *orders == tablets[0]), "{site} agrees");
    }
}

/// The CPU seconds of a process, user and system. Linux counts them in hundredths.
fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| fields[place].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

/// The most memory that a process has used, in MiB.
fn peak_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("KiB") / 1024.0
}
