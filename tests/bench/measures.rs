//! What `make bench` measures of a catalogue, natively (server/benches/catalogue.rs) and as WASM in
//! Chromium (lib.rs): the same code on the same bytes.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{ChunkHash, Manifest, SignedManifest};
use calloff_core::ids::LocationId;
use calloff_core::resolve::{ResolutionRequest, resolve, select};
use calloff_core::sample;
use calloff_core::wire::chunks::{append_chunk, split_chunks};
use ed25519_dalek::SigningKey;
use rust_decimal::Decimal;

/// Most price windows of the real list are open on this day.
pub const DAY: Date = jiff::civil::date(2025, 2, 15);

/// Requests are answered this many at a time, so shortly that a busy machine lets some of the runs
/// through undisturbed, and as often as fits into the milliseconds after them.
const REQUESTS_AT_ONCE: usize = 5_000;
const RATE_MS: f64 = 4_000.0;

/// Milliseconds since whenever.
pub type Clock<'c> = &'c dyn Fn() -> f64;

/// The key that signs what is measured.
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

/// A release as one file: manifest, signature, chunks, each after its length.
pub fn write_release(signed: &SignedManifest, chunks: &[Chunk]) -> Vec<u8> {
    let mut file = Vec::new();
    let parts = [&signed.manifest, &signed.signature]
        .into_iter()
        .chain(chunks.iter().map(|chunk| &chunk.bytes));
    parts.for_each(|part| append_chunk(&mut file, part));
    file
}

/// A release on its way from the disk to an index.
pub struct Release<'f> {
    manifest: Manifest,
    chunks: HashMap<ChunkHash, &'f [u8]>,
}

impl<'f> Release<'f> {
    pub fn read(file: &'f [u8]) -> Self {
        let parts = split_chunks(file).expect("a whole file");
        let [manifest, signature] = [parts[0], parts[1]].map(<[u8]>::to_vec);
        let manifest =
            SignedManifest { manifest, signature }.verify(&key().verifying_key()).expect("signed");
        let chunks = manifest
            .chunks
            .iter()
            .map(|chunk| chunk.hash)
            .zip(parts[2..].iter().copied())
            .collect();
        Self { manifest, chunks }
    }

    /// Verifies and decodes the chunks and lays out the index: what a tablet does at its start.
    pub fn index(&self) -> Catalogue {
        let content =
            self.manifest.assemble(|hash| self.chunks.get(hash).copied()).expect("all chunks");
        Catalogue::build(content).expect("a catalogue")
    }
}

/// Everything, by name.
pub fn measure(file: &[u8], now: Clock<'_>) -> BTreeMap<&'static str, f64> {
    let release = Release::read(file);
    let lines = |catalogue: &Catalogue| {
        catalogue.contracts().iter().map(|contract| contract.lines.len()).sum::<usize>()
    };
    let index_ms = fastest(now, || release.index());
    let catalogue = release.index();
    let mut measured =
        BTreeMap::from([("lines", lines(&catalogue) as f64), ("index_ms", index_ms)]);
    measured.insert("search_index_ms", fastest(now, || catalogue.search_index()));
    let requests = requests(&catalogue);
    let rates = [
        (
            "select_per_s",
            rate(now, &requests, &|request| {
                black_box(select(&catalogue, request));
            }),
        ),
        (
            "resolve_per_s",
            rate(now, &requests, &|request| drop(black_box(resolve(&catalogue, request)))),
        ),
    ];
    measured.extend(rates);
    measured.extend(keystrokes(&catalogue, now));
    measured
}

/// The shortest of some runs, in milliseconds: what the machine can do when nothing disturbs it.
fn fastest<T>(now: Clock<'_>, mut run: impl FnMut() -> T) -> f64 {
    let begin = now();
    let mut best = f64::INFINITY;
    while now() - begin < RATE_MS {
        let start = now();
        black_box(run());
        best = best.min(now() - start);
    }
    best
}

fn requests(catalogue: &Catalogue) -> Vec<ResolutionRequest<'_>> {
    let sites: Vec<&LocationId> = catalogue.locations().sites().map(|site| &site.id).collect();
    let mut random = sample::Seed::new(1);
    let mut below = |count: usize| random.place(count);
    let request = |_| {
        ResolutionRequest::new(
            catalogue.items()[below(catalogue.items().len())].id.as_str(),
            Decimal::from(1 + below(500)),
            sites[below(sites.len())],
            DAY,
        )
    };
    (0..100_000).map(request).collect()
}

/// All requests by the sum of the shortest times that each part of them took.
fn rate(
    now: Clock<'_>,
    requests: &[ResolutionRequest<'_>],
    answer: &dyn Fn(&ResolutionRequest<'_>),
) -> f64 {
    let mut shortest = vec![f64::INFINITY; requests.len().div_ceil(REQUESTS_AT_ONCE)];
    let begin = now();
    while now() - begin < RATE_MS {
        for (some, shortest) in requests.chunks(REQUESTS_AT_ONCE).zip(&mut shortest) {
            let start = now();
            some.iter().for_each(answer);
            *shortest = shortest.min(now() - start);
        }
    }
    requests.len() as f64 / shortest.iter().sum::<f64>() * 1e3
}

/// Every keystroke of a description's first sixteen characters, for 500 items. Each is searched for
/// five times and the mean taken: a browser's clock has steps of 0.1 ms.
fn keystrokes(catalogue: &Catalogue, now: Clock<'_>) -> [(&'static str, f64); 3] {
    let index = catalogue.search_index();
    let mut times = Vec::new();
    for item in catalogue.items().iter().step_by(catalogue.items().len().div_ceil(500)) {
        for (at, character) in item.description.char_indices().take(16) {
            let typed = &item.description[..at + character.len_utf8()];
            let start = now();
            (0..5).for_each(|_| drop(black_box(index.search(typed, 50))));
            times.push((now() - start) / 5.0);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    [("keystroke_p50_ms", at(50)), ("keystroke_p99_ms", at(99)), ("keystroke_max_ms", at(100))]
}
