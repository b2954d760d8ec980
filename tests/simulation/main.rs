//! The seeded simulator. It has tablets, people, a network that loses, doubles, delays and reorders
//! messages, a server that crashes, and a hostile tablet that keeps to no rule.
//!
//! The code under test is the product's own: the tablets' [`calloff_core::sync::Replica`] and
//! [`calloff_core::sync::Rounds`], and the server's validation and acceptance. Time is virtual,
//! there is one thread, and the seed decides every choice. So the same seed gives the same trace,
//! byte for byte. Hundreds of seeds run against [`core_office::CoreOffice`]: the core's pipeline
//! over a store in memory that commits and crashes as a database does. Some seeds run against the
//! real server with its database ([`real_office`]).
//!
//! `make simulate SEEDS=5000` runs more seeds. `make simulate SEED=17` runs one seed and prints its
//! trace.

mod core_office;
mod grants;
mod head_office;
mod hostile;
mod oracle;
mod person;
mod real_office;
mod sabotage;
mod simulation;
mod tablet;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use calloff_core::catalogue::Catalogue;
use calloff_core::sample::small;

use core_office::CoreOffice;
use real_office::RealOffice;
use sabotage::Sabotage;
use simulation::{RunReport, run};

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::build(small()).expect("a catalogue"));

/// The number of seeds in each of the four tests that share them: 520 in all.
const SEEDS: u64 = 130;

/// The number of kinds of commands for a site's settings ([`calloff_core::site::Command`]).
const COMMANDS_OF_SITES: usize = 10;

/// The number of seeds for the real server. It is small because each commit of the real server
/// reaches the disk.
const SEEDS_OF_THE_REAL_SERVER: u64 = 6;

/// An oracle must notice a sabotage within this number of seeds.
const SEEDS_OF_A_SABOTAGE: u64 = 60;

fn simulate(seed: u64, sabotage: Option<Sabotage>, show: bool) -> RunReport {
    use Sabotage::{BelieveAnOffer, RestoreUnsaid};
    let is_restored = matches!(sabotage, Some(RestoreUnsaid | BelieveAnOffer)) || is_restored(seed);
    let office = if is_restored { CoreOffice::restored } else { CoreOffice::new };
    run(seed, &mut office(&CATALOGUE, sabotage), &CATALOGUE, sabotage, show)
}

/// Whether the server's database is restored from a backup in a seed: in every fourth seed.
fn is_restored(seed: u64) -> bool {
    seed % 4 == 3
}

/// Runs seeds one after the other. Stops at the first seed that breaks a promise, and says how to
/// see it.
fn hold(seeds: impl Iterator<Item = u64>, show: bool) {
    let mut sums = (0, 0, 0, 0);
    let mut notices: BTreeMap<&str, u64> = BTreeMap::new();
    let mut settings: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seeds {
        let report = simulate(seed, None, show);
        if let Some(violation) = report.violation {
            panic!("make simulate SEED={seed}: {violation}");
        }
        sums = (
            sums.0 + 1,
            sums.1 + report.events,
            sums.2 + report.orders.0,
            sums.3 + report.orders.1,
        );
        for (sum, counts) in [(&mut notices, report.notices), (&mut settings, report.settings)] {
            counts.into_iter().for_each(|(kind, count)| *sum.entry(kind).or_default() += count);
        }
    }
    println!(
        "{} seeds, {} events, {} orders, {} accepted; told: {notices:?}",
        sums.0, sums.1, sums.2, sums.3
    );
    println!("settings: {settings:?}");
    let kinds = settings.keys().filter(|kind| **kind != "in conflict").count();
    assert!(
        sums.0 < SEEDS || kinds == COMMANDS_OF_SITES,
        "not every kind of command reached the server"
    );
}

#[test]
fn seeds_from_1000_keep_every_promise() {
    hold(1_000..1_000 + SEEDS, false);
}

#[test]
fn seeds_from_2000_keep_every_promise() {
    hold(2_000..2_000 + SEEDS, false);
}

#[test]
fn seeds_from_3000_keep_every_promise() {
    hold(3_000..3_000 + SEEDS, false);
}

/// Runs the seeds from 0 on. With `make simulate`, it runs as many other seeds as are asked for, or
/// one seed with its trace.
#[test]
fn seeds_chosen_or_from_0_keep_every_promise() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    match (setting("CALLOFF_SEED"), setting("CALLOFF_SEEDS")) {
        (Some(seed), _) => hold(seed..=seed, true),
        (None, Some(seeds)) => hold(10_000..10_000 + seeds, false),
        (None, None) => hold(0..SEEDS, false),
    }
}

#[test]
fn a_seed_replays_byte_for_byte_and_another_does_not() {
    for seed in 0..6 {
        let (first, again, other) = (
            simulate(seed, None, false),
            simulate(seed, None, false),
            simulate(seed + 9, None, false),
        );
        assert_eq!(first.trace, again.trace, "seed {seed}");
        assert_ne!(first.trace, other.trace, "seed {seed}");
    }
}

/// Breaks one part on purpose, and looks for the first seed at which an oracle notices.
fn caught(sabotage: Sabotage) {
    let found = (0..SEEDS_OF_A_SABOTAGE)
        .find_map(|seed| simulate(seed, Some(sabotage), false).violation.map(|v| (seed, v)));
    let (seed, violation) = found.unwrap_or_else(|| panic!("{sabotage:?} went unnoticed"));
    println!("{sabotage:?} shows at seed {seed}: {violation:.300}");
}

#[test]
fn every_sabotage_is_caught() {
    Sabotage::ALL.into_iter().for_each(caught);
}

/// The real server draws its identifiers at random. The seed decides only what people do and what
/// the network does to messages.
#[test]
fn the_real_server_and_its_database_keep_every_promise() {
    for seed in 0..SEEDS_OF_THE_REAL_SERVER {
        let report = run(seed, &mut RealOffice::start(), &CATALOGUE, None, false);
        assert_eq!(report.violation, None, "seed {seed}");
        assert!(report.orders.1 > 0, "seed {seed}: no order was accepted");
        assert!(!report.settings.is_empty(), "seed {seed}: no settings came");
    }
}
