//! Speed and size of the catalogue on the real price list (`../shared/data`), or on the demo organisation where that is not
//! at hand: `cargo bench -p calloff-server`. One core. docs/performance.md keeps the history.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use calloff_core::calendar::Date;
use calloff_core::catalogue::release::{self, Issue};
use calloff_core::catalogue::{Catalogue, CatalogueContent};
use calloff_core::contract::check::check;
use calloff_core::ids::LocationId;
use calloff_core::resolve::{Request, resolve, select};
use calloff_core::sample;
use calloff_server::exchange::import::{Options, import_price_list, import_sites};
use calloff_server::exchange::mapping;
use calloff_server::publishing::{self, content_of, publish, signing_key};
use calloff_server::storage::Store;
use rust_decimal::Decimal;

/// Each rate is measured over this long.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// Most price windows of the real list are open on this day.
const DAY: Date = jiff::civil::date(2025, 2, 15);

#[tokio::main]
async fn main() {
    let (name, content) = match real_list().await {
        Some(content) => ("the real price list", content),
        None => ("the demo organisation", sample::organisation(sample::DEMO_SEED, DAY)),
    };
    let lines: usize = content.contracts.iter().map(|contract| contract.lines.len()).sum();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("\n{name}: {lines} lines, {} items; native, one of {cores} cores", content.items.len());

    let catalogue = release_and_index(&content);
    resolutions(&catalogue);
    search(&catalogue);
    say("publish checks", &format!("{:.1} ms", fastest(3, || check(&content, None, DAY))));
}

fn say(what: &str, result: &str) {
    println!("  {what:<42} {result:>24}");
}

/// The shortest of some runs, in milliseconds: what the machine can do when nothing else disturbs it.
fn fastest<T>(runs: usize, mut run: impl FnMut() -> T) -> f64 {
    let timed = (0..runs).map(|_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    });
    timed.min().unwrap_or_default().as_secs_f64() * 1e3
}

/// The real list, imported and published with its ties settled.
async fn real_list() -> Option<CatalogueContent> {
    let list = sample::shared_data("va_fss/vaFssPharmPrices.csv")?;
    let stations = sample::shared_data("va_sites/vaMedicalFacilities.json")?;
    let mappings = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).await.expect("a store");
    let options = Options { today: DAY, effective_from: DAY, owner: None, skip_bad_rows: false };
    let mapping = mapping::sites(&mappings.join("va-sites.toml")).expect("a mapping");
    import_sites(&store, &stations, &mapping, &options).await.expect("sites");
    let mapping = mapping::price_list(&mappings.join("va-fss.toml")).expect("a mapping");
    import_price_list(&store, &list, &mapping, &options).await.expect("a price list");
    let key = signing_key::load_or_create(folder.path()).expect("a key");
    let request = publishing::Request {
        reason: "benchmark".into(),
        by: "bench".parse().expect("a name"),
        effective_from: DAY,
        issued_at: 0,
        settle_ties: true,
    };
    publish(&store, &key, request).await.expect("a release");
    let stored = store.release(1).await.expect("a store").expect("release 1");
    Some(content_of(&store, &key, &stored).await.expect("what was published"))
}

fn release_and_index(content: &CatalogueContent) -> Catalogue {
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let issue = |number| Issue {
        number,
        issued_at: 0,
        effective_from: DAY,
        publisher: "bench".parse().expect("a name"),
        reason: "benchmark".into(),
    };
    let (signed, chunks) = release::publish(content, issue(1), &key).expect("a release");
    let bytes: usize = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
    let known: HashMap<_, _> = chunks.into_iter().map(|chunk| (chunk.reference().hash, chunk.bytes)).collect();
    let size = |bytes: usize| format!("{:.1} KiB", bytes as f64 / 1024.0);
    say("bytes of the first release", &size(bytes + signed.manifest.len() + signed.signature.len()));

    let (next, chunks) = release::publish(&with_changed_prices(content), issue(2), &key).expect("a release");
    let new = chunks.iter().filter(|chunk| !known.contains_key(&chunk.reference().hash));
    let new: usize = new.map(|chunk| chunk.bytes.len()).sum();
    say("bytes of a release with 100 changed prices", &size(new + next.manifest.len() + next.signature.len()));

    let manifest = signed.verify(&key.verifying_key()).expect("signed");
    let assemble = || manifest.assemble(|hash| known.get(hash).map(Vec::as_slice)).expect("all chunks");
    let index = || Catalogue::build(assemble()).expect("a catalogue");
    say("chunks → ready index", &format!("{:.1} ms", fastest(10, index)));
    index()
}

/// A hundred prices, evenly spread over all lines, one cent up.
fn with_changed_prices(content: &CatalogueContent) -> CatalogueContent {
    let mut changed = content.clone();
    let lines: usize = changed.contracts.iter().map(|contract| contract.lines.len()).sum();
    let tiers = changed.contracts.iter_mut().flat_map(|contract| &mut contract.lines).map(|line| &mut line.tiers[0]);
    for tier in tiers.step_by(lines.div_ceil(100)) {
        tier.price.amount += Decimal::new(1, 2);
    }
    changed
}

fn resolutions(catalogue: &Catalogue) {
    let sites: Vec<&LocationId> = catalogue.locations().sites().map(|site| &site.id).collect();
    let mut random = sample::Seed::new(1);
    let mut below = |count: usize| random.place(count);
    let requests: Vec<Request<'_>> = (0..100_000)
        .map(|_| Request {
            item: catalogue.items()[below(catalogue.items().len())].id.as_str(),
            quantity: Decimal::from(1 + below(500)),
            unit: None,
            site: sites[below(sites.len())],
            order_date: DAY,
            order_time: None,
            requested_delivery_date: None,
            remaining: None,
        })
        .collect();
    let rate = |answer: &dyn Fn(&Request<'_>)| {
        let start = Instant::now();
        let mut answered = 0.0;
        while start.elapsed() < LONG_ENOUGH {
            requests.iter().for_each(answer);
            answered += requests.len() as f64;
        }
        format!("{:.2} million a second", answered / start.elapsed().as_secs_f64() / 1e6)
    };
    let without = rate(&|request| {
        black_box(select(catalogue, request));
    });
    say("resolve without explanation", &without);
    let with = rate(&|request| {
        black_box(resolve(catalogue, request));
    });
    say("resolve with full explanation as data", &with);
}

/// Every keystroke of a description's first sixteen characters, for 500 items.
fn search(catalogue: &Catalogue) {
    say("search index from the catalogue", &format!("{:.1} ms", fastest(10, || catalogue.search_index())));
    let index = catalogue.search_index();
    let mut times = Vec::new();
    for item in catalogue.items().iter().step_by(catalogue.items().len().div_ceil(500)) {
        for (at, character) in item.description.char_indices().take(16) {
            let typed = &item.description[..at + character.len_utf8()];
            let start = Instant::now();
            black_box(index.search(typed, 50));
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    say("search per keystroke, p50 / p99 / max", &format!("{:.2} / {:.2} / {:.2} ms", at(50), at(99), at(100)));
}
