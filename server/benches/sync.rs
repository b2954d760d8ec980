//! How many pushed documents a second the server validates and makes durable, and what each step of
//! one document costs.
//!
//! Every number is measured on the real path with a real database file: the batch is split, merged
//! into a scratch copy, checked, saved, loaded again, answered if it was submitted, and committed
//! with `synchronous=FULL`. CPU seconds are those of the whole process. The batches are made
//! before. With the address of an empty PostgreSQL database in `CALLOFF_TEST_POSTGRES`, the
//! documents go there; the CPU seconds of PostgreSQL are then not counted.
#![expect(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench reads the clock and divides"
)]

use std::hint::black_box;
use std::time::Instant;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, ResolvedFor};
use calloff_core::sample::builder::{decimal, id};
use calloff_core::sample::small;
use calloff_core::sync::{Batch, Replica, validate};
use calloff_core::wire::{DocumentOutcome, PushRequest};
use calloff_server::auth::Secret;
use calloff_server::publishing::{self, publish, signing_key};
use calloff_server::state::{AppState, Clock, Settings};
use calloff_server::storage::ServerStore;
use calloff_server::storage::devices::{Device, add_device};
use calloff_server::storage::organisation::add_content;
use calloff_server::sync;
use tokio::task::JoinSet;

/// Nine in the morning of 2026-03-02, in UTC.
const NOW: i64 = 1_772_442_000_000;

/// The number of documents in each measurement.
const DOCUMENTS: usize = 2_000;

/// The number of tablets that push at the same time.
const TABLETS: usize = 50;

/// The number of lines in an order. Each is added and then set once, so an order has ten edits
/// after the change that begins it.
const LINES: [(&str, &str, &str); 5] = [
    ("flour", "3", "12"),
    ("sugar", "1", "2"),
    ("milk", "4", "6"),
    ("cups", "1000", "2000"),
    ("gloves", "4", "6"),
];

#[tokio::main]
async fn main() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("\npushes of orders with 10 edits; {TABLETS} tablets at once, {cores} cores");
    let world = World::new().await;
    validation(&world);
    for (what, is_submitted) in [("drafts", false), ("submitted orders", true)] {
        for documents in [1, 20] {
            durable(&world, &format!("{what}, {documents} in a push"), is_submitted, documents)
                .await;
        }
    }
}

/// The state of a server with one published release and some tablets.
struct World {
    state: AppState,
    catalogue: Catalogue,
    tablets: Vec<Device>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = match std::env::var("CALLOFF_TEST_POSTGRES") {
            Ok(address) => ServerStore::open_postgres(&address.parse().expect("an address")).await,
            Err(_) => ServerStore::open(folder.path()).await,
        };
        let store = store.expect("a store");
        let key = signing_key::load_or_create(folder.path()).expect("a key");
        let mut write = store.write().await.expect("a transaction");
        add_content(&mut write, &small()).await.expect("stored");
        let mut tablets = Vec::new();
        for number in 0..TABLETS {
            let mut random = [0; 10];
            random[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let site: LocationId = id(if number % 2 == 0 { "school" } else { "hospital" });
            let device =
                Device { id: DeviceId::mint(NOW, random), site, name: format!("Tablet {number}") };
            let mut secret = [0; 32];
            secret[..8].copy_from_slice(&(number as u64).to_be_bytes());
            add_device(&mut write, &device, &Secret::mint(secret).hash(), None, NOW)
                .await
                .expect("a tablet");
            tablets.push(device);
        }
        write.commit().await.expect("committed");
        let request = publishing::PublishRequest {
            reason: "benchmark".into(),
            by: id("bench"),
            actor: calloff_core::wire::Actor::Person(id("bench")),
            effective_from: jiff::civil::date(2026, 3, 1),
            today: jiff::civil::date(2026, 3, 1),
            issued_at: NOW,
            settle_ties: false,
        };
        publish(&store, &key, request).await.expect("a release");
        let settings = Settings::new(key.verifying_key());
        let state = AppState::new(store, settings, Clock::of(|| NOW));
        let catalogue = Catalogue::build(small()).expect("a catalogue");
        Self { state, catalogue, tablets, _folder: folder }
    }

    /// A push of new orders from a tablet, each with ten edits.
    fn push(
        &self,
        tablet: usize,
        documents: usize,
        is_submitted: bool,
        counter: &mut u64,
    ) -> PushRequest {
        let device = &self.tablets[tablet];
        let mut replica = Replica::new(device.id);
        for _ in 0..documents {
            let order = DocumentId::mint(NOW, next(counter));
            let mut intend = |replica: &mut Replica, command| {
                let intent = IntentId::mint(NOW, next(counter));
                let intent = Intent {
                    id: intent,
                    document: order,
                    command,
                    by: "Ana".into(),
                    device: device.id,
                    at: NOW,
                };
                replica.dispatch(intent).expect("the rules allow it");
            };
            intend(&mut replica, Command::CreateOrder { site: device.site.clone() });
            for (place, (item, first, then)) in LINES.into_iter().enumerate() {
                let line: calloff_core::ids::OrderLineId = id(&format!("line-{place}"));
                let add = Command::AddLine {
                    line: line.clone(),
                    item: id(item),
                    quantity: decimal(first),
                    unit: None,
                };
                intend(&mut replica, add);
                intend(&mut replica, Command::SetQuantity { line, quantity: decimal(then) });
            }
            if is_submitted {
                let resolved = ResolvedFor {
                    release: 1,
                    order_date: jiff::civil::date(2026, 3, 2),
                    order_time: Some(jiff::civil::time(9, 0, 0, 0)),
                    requested_delivery_date: None,
                    resolved_at: NOW,
                };
                let state = replica.order(order).expect("an order");
                let locked_prices = basket(state, &self.catalogue, resolved)
                    .locked_prices()
                    .expect("every line has a source");
                intend(&mut replica, Command::Submit { locked_prices });
            }
        }
        replica.push_request("bench").expect("something to push")
    }
}

/// Bytes that no other call returns.
fn next(counter: &mut u64) -> [u8; 10] {
    *counter += 1;
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&counter.to_be_bytes());
    bytes
}

fn say(what: &str, result: &str) {
    println!("  {what:<42} {result}");
}

/// Only the checks, on one core.
fn validation(world: &World) {
    let mut counter = 1 << 48;
    for (what, is_submitted) in [("draft", false), ("submitted order", true)] {
        let pushes: Vec<_> =
            (0..500).map(|_| world.push(0, 1, is_submitted, &mut counter)).collect();
        let mut fastest = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            for push in &pushes {
                let document = &push.documents[0];
                let device = &world.tablets[0];
                let batch = Batch {
                    document: document.id,
                    kind: document.kind,
                    device: device.id,
                    site: &device.site,
                    stored: None,
                    changes: &document.changes.0,
                };
                black_box(validate(batch).expect("valid"));
            }
            fastest = fastest.min(start.elapsed().as_secs_f64() / pushes.len() as f64);
        }
        let bytes = pushes[0].documents[0].changes.0.len();
        say(
            &format!("validation of a {what} alone"),
            &format!("{:.0} µs ({bytes} bytes of changes)", fastest * 1e6),
        );
    }
}

/// The whole path. All tablets push at the same time, each one push after the other.
async fn durable(world: &World, what: &str, is_submitted: bool, documents: usize) {
    let mut counter = (documents as u64) << 32 | u64::from(is_submitted) << 40;
    let rounds = DOCUMENTS / documents / TABLETS;
    let pushes: Vec<Vec<PushRequest>> = (0..TABLETS)
        .map(|tablet| {
            (0..rounds).map(|_| world.push(tablet, documents, is_submitted, &mut counter)).collect()
        })
        .collect();
    let pushed = (TABLETS * rounds * documents) as f64;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut running = JoinSet::new();
    for (tablet, pushes) in pushes.into_iter().enumerate() {
        let (state, device) = (world.state.clone(), world.tablets[tablet].clone());
        running.spawn(async move {
            for push in pushes {
                let response = sync::push(&state, &device, push, NOW).await.expect("an answer");
                let is_taken = |answer: &calloff_core::wire::DocumentAnswer| {
                    matches!(answer.outcome, DocumentOutcome::Accepted { .. })
                };
                assert!(response.documents.iter().all(is_taken));
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.expect("no panic");
    }
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let result = format!("{:.0} a second, {:.0} a CPU second", pushed / seconds, pushed / cpu);
    say(what, &result);
}

/// The CPU seconds of this process so far, user and system. Linux counts them in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| {
        fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default()
    };
    (ticks(11) + ticks(12)) / 100.0
}
