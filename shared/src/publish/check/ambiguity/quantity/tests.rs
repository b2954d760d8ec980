//! Compares stretches of quantities with the tier by which the engine prices each quantity.

use super::*;
use crate::contract::CatalogueLine;
use crate::resolve::{CandidateVerdict, ResolutionRequest, resolve};
use crate::sample::Seed;
use crate::sample::builder::{catalogue, contract, day, decimal, id, packed_line, tier};

/// The number of pairs of lines in one run.
const PAIRS: u64 = 300;

/// Quantities in steps of a quarter.
fn quantities() -> impl Iterator<Item = Decimal> {
    (1..=72).map(|quarters| Decimal::new(quarters * 25, 2))
}

fn some(seed: &mut Seed, percent: u64, values: &[&str]) -> Option<Decimal> {
    let value = decimal(seed.pick(values));
    Some(value).filter(|_| seed.percent(percent))
}

fn line(seed: &mut Seed, number: &str) -> CatalogueLine {
    let thresholds: Vec<&str> =
        ["0", "1", "1.5", "4", "6", "10"].into_iter().filter(|_| seed.percent(50)).collect();
    let tiers = thresholds
        .iter()
        .zip(1..)
        .map(|(threshold, price)| tier(threshold, &format!("{price}.00"), "XCS"));
    let content = seed.pick(&["2", "3", "12"]);
    let mut tiers: Vec<_> = tiers.collect();
    seed.shuffle(&mut tiers);
    let mut line = packed_line(number, "milk", "XCS", content, tiers);
    line.minimum_order_quantity = some(seed, 40, &["0", "1", "2.5", "7"]);
    line.maximum_order_quantity = some(seed, 40, &["0", "1", "4.5", "6", "11"]);
    line.order_quantity_increment = some(seed, 50, &["0.5", "1", "2", "3"]);
    line.divisible = seed.percent(60).then_some(true);
    line
}

/// The tier by which the engine prices each of the lines A and B.
fn priced(catalogue: &Catalogue, quantity: Decimal, unit: Option<Unit>) -> [Option<u32>; 2] {
    let site = id("site-1");
    let request = ResolutionRequest {
        unit,
        ..ResolutionRequest::new("milk", quantity, &site, day("2025-06-02"))
    };
    let resolution = resolve(catalogue, &request);
    ["A", "B"].map(|name| {
        let candidate =
            resolution.candidates.iter().find(|candidate| candidate.contract.as_str() == name)?;
        match &candidate.verdict {
            CandidateVerdict::Eligible { offer, .. } => Some(offer.tier),
            CandidateVerdict::Rejected(_) => None,
        }
    })
}

fn holds(stretch: &Stretch, quantity: Decimal) -> bool {
    let quantity = Edge::at(quantity);
    stretch.from <= quantity && stretch.to.is_none_or(|to| quantity < to)
}

#[test]
fn stretches_say_by_which_tier_a_quantity_is_priced() {
    for number in 0..PAIRS {
        let seed = &mut Seed::new(number);
        let lines = ["A", "B"].map(|name| contract(name, "dairy", "org", vec![line(seed, "10")]));
        let catalogue = Catalogue::build(catalogue(lines.to_vec())).unwrap();
        let [a, b] = [0, 1].map(|at| &catalogue.line_entries[at]);
        let [of_a, of_b] = [a, b].map(|entry| {
            stretches(&catalogue, entry, crate::calendar::day_number(day("2025-06-02")))
        });
        for quantity in quantities() {
            let said = [&of_a, &of_b].map(|all| {
                let held: Vec<u32> =
                    all.iter().filter(|one| holds(one, quantity)).map(|one| one.tier).collect();
                assert!(
                    held.len() <= 1,
                    "pair {number}: {quantity} is in several stretches of {all:?}"
                );
                held.first().copied()
            });
            assert_eq!(said, priced(&catalogue, quantity, None), "pair {number}: {quantity}");
        }
        for (one, other) in of_a.iter().flat_map(|one| of_b.iter().map(move |other| (one, other))) {
            let meets = quantities().any(|quantity| holds(one, quantity) && holds(other, quantity));
            assert!(!meets || one.overlaps(other), "pair {number}: {one:?} and {other:?}");
            for asking in Asking::all(&catalogue, a, b, Unit::EACH) {
                let shared = asking.shared(one, other);
                assert!(
                    !meets || asking.unit.is_some() || shared.is_some(),
                    "pair {number}: {one:?} and {other:?}"
                );
                if let Some((quantity, unit)) = shared {
                    let tiers = [Some(one.tier), Some(other.tier)];
                    assert_eq!(
                        priced(&catalogue, quantity, unit),
                        tiers,
                        "pair {number}: {quantity} {unit:?}"
                    );
                }
            }
        }
    }
}
