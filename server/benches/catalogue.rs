//! Speed and size of the catalogue with the real price list (`../shared/data`), or with the demo
//! organisation on machines without it, and with ten times as much: `cargo bench -p calloff-server
//! --bench catalogue`. It uses one core.
//!
//! With CALLOFF_BENCH_DIR it writes its results and the releases there. tests/e2e/bench.mjs then
//! measures the same in Chromium. docs/performance.md has the history.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../../tests/bench/measures.rs"]
mod measures;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

use calloff_core::catalogue::CatalogueContent;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{self, Issue, SignedManifest};
use calloff_core::publish::check::check;
use calloff_core::sample;
use calloff_core::wire::Actor;
use calloff_server::drafting::{Which, show};
use calloff_server::exchange::import::{ListOptions, Options, import_price_list, import_sites};
use calloff_server::exchange::mapping;
use calloff_server::publishing::{self, content_of, publish, signing_key};
use calloff_server::storage::ServerStore;
use calloff_server::storage::audit::Doing;
use measures::DAY;
use rust_decimal::Decimal;

/// How many times larger the large catalogue is.
const TIMES: usize = 10;

#[tokio::main]
async fn main() {
    let (name, content) = match real_list().await {
        Some(content) => ("the real price list", content),
        None => ("the demo organisation", sample::organisation(sample::DEMO_SEED, DAY)),
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (signed, chunks) = released(&content, 1);
    let list = measured(&signed, &chunks);
    println!(
        "\n{name}: {} lines, {} items; native, one of {cores} cores",
        list["lines"],
        content.items.len()
    );
    sizes(&content, &signed, &chunks);
    let start = Instant::now();
    std::hint::black_box(check(&content, None, DAY));
    say("publish checks", &format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3));
    print(&list);

    let (signed, chunks) = released(&multiplied(&content, TIMES), 1);
    let large = measured(&signed, &chunks);
    println!("\n{TIMES} times {name}: {} lines", large["lines"]);
    print(&large);
    if let Some(folder) = std::env::var_os("CALLOFF_BENCH_DIR").map(PathBuf::from) {
        let native = serde_json::json!({ "name": name, "list": list, "large": large });
        std::fs::write(folder.join("native.json"), native.to_string()).expect("written");
        std::fs::write(folder.join("large.release"), measures::write_release(&signed, &chunks))
            .expect("written");
        let (signed, chunks) = released(&content, 1);
        std::fs::write(folder.join("list.release"), measures::write_release(&signed, &chunks))
            .expect("written");
    }
}

fn say(what: &str, result: &str) {
    println!("  {what:<42} {result:>24}");
}

fn measured(signed: &SignedManifest, chunks: &[Chunk]) -> BTreeMap<&'static str, f64> {
    let start = Instant::now();
    measures::measure(&measures::write_release(signed, chunks), &|| {
        start.elapsed().as_secs_f64() * 1e3
    })
}

fn print(measured: &BTreeMap<&'static str, f64>) {
    let million = |name| format!("{:.2} million a second", measured[name] / 1e6);
    say("resolve without explanation", &million("select_per_s"));
    say("resolve with full explanation as data", &million("resolve_per_s"));
    say("chunks → ready index", &format!("{:.1} ms", measured["index_ms"]));
    say("search index from the catalogue", &format!("{:.1} ms", measured["search_index_ms"]));
    let stroke =
        ["keystroke_p50_ms", "keystroke_p99_ms", "keystroke_max_ms"].map(|name| measured[name]);
    say(
        "search per keystroke, p50 / p99 / max",
        &format!("{:.2} / {:.2} / {:.2} ms", stroke[0], stroke[1], stroke[2]),
    );
}

/// The real list, imported and published, with its ties settled.
async fn real_list() -> Option<CatalogueContent> {
    let list = sample::shared_data("va_fss/vaFssPharmPrices.csv")?;
    let stations = sample::shared_data("va_sites/vaMedicalFacilities.json")?;
    let mappings = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let folder = tempfile::tempdir().expect("a folder");
    let store = ServerStore::open(folder.path()).await.expect("a store");
    let doing = Doing { by: Actor::Unknown, at: 0, from: String::new() };
    let options = Options { doing, today: DAY, skip_bad_rows: false, dry_run: false };
    let mapping = mapping::sites(&mappings.join("va-sites.toml")).expect("a mapping");
    import_sites(&store, &stations, &mapping, &options, None, |_| ()).await.expect("sites");
    let mapping = mapping::price_list(&mappings.join("va-fss.toml")).expect("a mapping");
    let list_options = ListOptions::default();
    import_price_list(&store, &list, &mapping, &options, &list_options, |_| ())
        .await
        .expect("a price list");
    show(&store, &Which::All, 0).await.expect("drafts");
    let key = signing_key::load_or_create(folder.path()).expect("a key");
    let request = publishing::PublishRequest {
        reason: "benchmark".into(),
        by: "bench".parse().expect("a name"),
        actor: Actor::CommandLine("bench".into()),
        effective_from: DAY,
        today: DAY,
        issued_at: 0,
        settle_ties: true,
    };
    publish(&store, &key, request).await.expect("a release");
    let stored = store.release(1).await.expect("a store").expect("release 1");
    Some(content_of(&store, &key, &stored).await.expect("what was published"))
}

fn released(content: &CatalogueContent, number: u64) -> (SignedManifest, Vec<Chunk>) {
    let issue = Issue {
        number,
        issued_at: 0,
        effective_from: DAY,
        publisher: "bench".parse().expect("a name"),
        reason: "benchmark".into(),
    };
    release::publish(content, issue, &measures::key()).expect("a release")
}

fn sizes(content: &CatalogueContent, signed: &SignedManifest, chunks: &[Chunk]) {
    let size = |bytes: usize| format!("{:.1} KiB", bytes as f64 / 1024.0);
    let head = |signed: &SignedManifest| signed.manifest.len() + signed.signature.len();
    let bytes: usize = chunks.iter().map(|chunk| chunk.deflated().len()).sum();
    say("bytes of the first release", &size(bytes + head(signed)));
    let (next, more) = released(&with_changed_prices(content), 2);
    let all: HashMap<_, _> = chunks
        .iter()
        .chain(&more)
        .map(|chunk| (chunk.reference().hash, chunk.bytes.as_slice()))
        .collect();
    let verify =
        |signed: &SignedManifest| signed.verify(&measures::key().verifying_key()).expect("signed");
    let start = Instant::now();
    let difference = verify(&next)
        .difference_from(&verify(signed), |hash| all.get(hash).copied())
        .expect("made");
    let took = start.elapsed().as_secs_f64() * 1e3;
    say("bytes of a release with 100 changed prices", &size(difference.len() + head(&next)));
    say("making that difference", &format!("{took:.1} ms"));
}

/// A hundred prices, evenly distributed over all lines, increased by one cent.
fn with_changed_prices(content: &CatalogueContent) -> CatalogueContent {
    let mut changed = content.clone();
    let lines: usize = changed.contracts.iter().map(|contract| contract.lines.len()).sum();
    let tiers = changed
        .contracts
        .iter_mut()
        .flat_map(|contract| &mut contract.lines)
        .map(|line| &mut line.tiers[0]);
    for tier in tiers.step_by(lines.div_ceil(100)) {
        tier.price.amount += Decimal::new(1, 2);
    }
    changed
}

/// The content repeated this number of times: every item and its lines again, with other numbers.
fn multiplied(content: &CatalogueContent, times: usize) -> CatalogueContent {
    let mut large = content.clone();
    for copy in 1..times {
        let again = |id: &dyn std::fmt::Display| format!("{id}~{copy}");
        large.items.extend(content.items.iter().cloned().map(|mut item| {
            item.id = again(&item.id).parse().expect("an item number");
            item.substitutes
                .iter_mut()
                .for_each(|id| *id = again(id).parse().expect("an item number"));
            item
        }));
        for (contract, original) in large.contracts.iter_mut().zip(&content.contracts) {
            contract.lines.extend(original.lines.iter().cloned().map(|mut line| {
                line.id = again(&line.id).parse().expect("a line's number");
                line.item = again(&line.item).parse().expect("an item number");
                line
            }));
        }
    }
    large
}
