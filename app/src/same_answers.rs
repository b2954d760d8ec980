//! Checks that the tablet and the server give the same answers. The tests resolve 10,000 requests
//! and explain them in full, in the browser's WebAssembly and on the machine that builds it. Both
//! compare their answers with one file of SHA-256 sums, with one line for each block of 500
//! answers.
//!
//! After an intended change of answers, run `CALLOFF_REGENERATE=1 cargo test -p calloff-app --lib
//! same_answers` and read the difference.

use std::fmt::Write as _;

use calloff_core::catalogue::chunk::ChunkHash;
use calloff_core::catalogue::{Catalogue, CatalogueContent};
use calloff_core::resolve::{resolve, select};
use calloff_core::sample::builder::{day, decimal, unit};
use calloff_core::sample::{DEMO_SEED, Question, Seed, odd, organisation};
use jiff::ToSpan;

const SUMS: &str = include_str!("same_answers.sha256");
const BLOCK: usize = 500;
/// The number of blocks about the demo organisation, and also of blocks about odd catalogues.
const BLOCKS: usize = 10;
/// The number of odd catalogues in a block.
const ODD_CATALOGUES: usize = 10;

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn native_and_wasm_give_the_same_bytes_on_10_000_requests() {
    let sums = sums();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("CALLOFF_REGENERATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/same_answers.sha256"), sums)
            .unwrap();
        return;
    }
    let differing: Vec<&str> = sums
        .lines()
        .zip(SUMS.lines())
        .filter(|(ours, kept)| ours != kept)
        .map(|(ours, _)| ours)
        .collect();
    assert!(
        sums == SUMS,
        "answers differ from app/src/same_answers.sha256, see there how to renew it where that is meant: {differing:#?}"
    );
}

fn sums() -> String {
    let mut sums = String::new();
    let mut seed = Seed::fork(DEMO_SEED, "same answers");
    let content = demo();
    let catalogue = Catalogue::build(content.clone()).unwrap();
    for block in 0..BLOCKS {
        let questions: Vec<Question> =
            (0..BLOCK).map(|_| about_the_demo(&mut seed, &content)).collect();
        let _ = writeln!(
            sums,
            "{}  demo {block}",
            ChunkHash::of(answers(&catalogue, &questions).as_bytes())
        );
    }
    for block in 0..BLOCKS {
        let catalogues = (0..ODD_CATALOGUES)
            .map(|place| odd((block * ODD_CATALOGUES + place) as u64, BLOCK / ODD_CATALOGUES));
        let written: String = catalogues
            .map(|(content, questions)| answers(&Catalogue::build(content).unwrap(), &questions))
            .collect();
        let _ = writeln!(sums, "{}  odd {block}", ChunkHash::of(written.as_bytes()));
    }
    sums
}

/// One line for each answer, with all its candidates.
fn answers(catalogue: &Catalogue, questions: &[Question]) -> String {
    let mut written = String::new();
    for question in questions {
        let resolution = resolve(catalogue, &question.request());
        assert_eq!(select(catalogue, &question.request()), resolution.outcome, "{question:?}");
        let _ = writeln!(written, "{}", serde_json::to_string(&resolution).unwrap());
    }
    written
}

fn demo() -> CatalogueContent {
    organisation(DEMO_SEED, day("2026-03-02"))
}

fn about_the_demo(seed: &mut Seed, content: &CatalogueContent) -> Question {
    let sites: Vec<_> = content.locations.iter().filter(|place| place.site.is_some()).collect();
    let item = &content.items[seed.place(content.items.len())];
    let after =
        |seed: &mut Seed, days: i64| day("2026-02-20").saturating_add(seed.between(0, days).days());
    Question {
        item: item.id.to_string(),
        quantity: decimal(seed.pick(&["1", "2", "3", "5", "7.5", "12", "24", "144", "1000"])),
        unit: seed
            .pick(&[None, None, None, Some("EA"), Some("KGM"), Some("LTR"), Some("XCS")])
            .map(unit),
        site: sites[seed.place(sites.len())].id.clone(),
        order_date: after(seed, 60),
        order_time: seed.pick(&[
            None,
            Some(jiff::civil::time(13, 59, 0, 0)),
            Some(jiff::civil::time(16, 1, 0, 0)),
        ]),
        requested_delivery_date: seed.percent(40).then(|| after(seed, 90)),
        remaining: None,
    }
}
