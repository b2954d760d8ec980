//! Properties of every catalogue and every request (`docs/resolution.md`), tested with odd
//! catalogues.
//!
//! `CALLOFF_SEEDS=2000` tests this number of catalogues, and `CALLOFF_SEED=17` tests only one. A
//! failure prints its seed.

use std::fmt::Debug;
use std::ops::Range;

use calloff_core::catalogue::chunk::{self, Assembly};
use calloff_core::catalogue::{Catalogue, CatalogueContent};
use calloff_core::resolve::{
    AdjustmentReason, CandidateVerdict, Outcome, Rejection, Resolution, resolve, select,
};
use calloff_core::sample::{Question, Seed, odd};
use jiff::civil::Time;

use super::received::received;
use super::reference;

/// 2,500 catalogues × 50 questions are 125,000 requests.
const CATALOGUES: u64 = 2_500;
const QUESTIONS: usize = 50;
/// The number of catalogues in tests that build each catalogue several times.
const MORE_WORK: u64 = 1_000;

fn seeds(usual: u64) -> Range<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|text: String| text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    match number("CALLOFF_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CALLOFF_SEEDS").unwrap_or(usual),
    }
}

/// Checks every odd catalogue. A panic prints the seed.
fn for_every(
    usual: u64,
    check: impl Fn(&mut Seed, &CatalogueContent, &Catalogue, &[Question]) + std::panic::RefUnwindSafe,
) {
    for seed in seeds(usual) {
        let checked = std::panic::catch_unwind(|| {
            let (content, questions) = odd(seed, QUESTIONS);
            let catalogue = Catalogue::build(content.clone()).unwrap();
            check(&mut Seed::fork(seed, "check"), &content, &catalogue, &questions);
        });
        assert!(checked.is_ok(), "failed for CALLOFF_SEED={seed}, which alone repeats it");
    }
}

/// Questions that name the item by its own number.
fn by_own_number<'q>(
    content: &CatalogueContent,
    questions: &'q [Question],
) -> impl Iterator<Item = &'q Question> {
    questions
        .iter()
        .filter(|question| content.items.iter().any(|item| item.id.as_str() == question.item))
}

fn json(resolution: &Resolution<'_>) -> String {
    serde_json::to_string(resolution).unwrap()
}

fn variant(value: &impl Debug) -> String {
    format!("{value:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// A resolution in the form of the reference.
fn in_reference_words(resolution: &Resolution<'_>) -> reference::Answer<String> {
    let mut eligible = Vec::new();
    let mut rejected = Vec::new();
    for candidate in &resolution.candidates {
        let name = (candidate.contract.to_string(), candidate.version, candidate.line.to_string());
        match &candidate.verdict {
            CandidateVerdict::Eligible { offer, .. } => {
                let adjustment = offer.adjustment.as_ref().map(|adjustment| {
                    let reason = match adjustment.reason {
                        AdjustmentReason::BelowMinimum => "BelowMinimum",
                        AdjustmentReason::AboveMaximum => "AboveMaximum",
                        AdjustmentReason::NotOnIncrement => "NotOnIncrement",
                        AdjustmentReason::AboveAllotment => "AboveAllotment",
                    };
                    (reason, adjustment.remainder.value)
                });
                let offer = reference::Offer {
                    tier: offer.tier as usize,
                    unit_price: offer.unit_price,
                    quantity: offer.quantity.value,
                    adjustment,
                    amount: offer.amount.amount,
                    delivery: offer.delivery_date,
                };
                eligible.push((name, offer));
            }
            CandidateVerdict::Rejected(rejection) => rejected.push((name, variant(rejection))),
        }
    }
    match &resolution.outcome {
        Outcome::NoSource(reason) if resolution.candidates.is_empty() => Err(variant(reason)),
        _ => Ok((eligible, rejected)),
    }
}

#[test]
fn the_engine_agrees_with_a_naive_loop_in_every_candidate() {
    for_every(CATALOGUES, |_, content, catalogue, questions| {
        for question in questions {
            let resolution = resolve(catalogue, &question.request());
            let expected = reference::answer(content, &question.request())
                .map(|(eligible, rejected)| {
                    (
                        eligible,
                        rejected
                            .into_iter()
                            .map(|(name, reason)| (name, reason.to_owned()))
                            .collect(),
                    )
                })
                .map_err(str::to_owned);
            assert_eq!(in_reference_words(&resolution), expected, "{question:?}");
        }
    });
}

/// The answer alone is the first of the ranked candidates, and both functions agree.
#[test]
fn the_answer_is_the_first_of_the_ranked_candidates() {
    for_every(CATALOGUES, |_, _, catalogue, questions| {
        for question in questions {
            let resolution = resolve(catalogue, &question.request());
            assert_eq!(select(catalogue, &question.request()), resolution.outcome, "{question:?}");
            let ranks: Vec<u32> = resolution
                .candidates
                .iter()
                .filter_map(|candidate| match &candidate.verdict {
                    CandidateVerdict::Eligible { rank, .. } => Some(*rank),
                    CandidateVerdict::Rejected(_) => None,
                })
                .collect();
            assert!(ranks.iter().copied().eq((1..).take(ranks.len())), "{question:?}: {ranks:?}");
            let first = resolution.candidates.first().filter(|_| !ranks.is_empty());
            let selected = resolution.outcome.selected();
            assert_eq!(
                selected.map(|selected| (selected.contract, selected.version, selected.line)),
                first.map(|candidate| (candidate.contract, candidate.version, candidate.line)),
                "{question:?}"
            );
        }
    });
}

#[test]
fn the_order_of_the_parts_changes_nothing() {
    for_every(MORE_WORK, |seed, content, catalogue, questions| {
        let mut shuffled = content.clone();
        seed.shuffle(&mut shuffled.contracts);
        for contract in &mut shuffled.contracts {
            seed.shuffle(&mut contract.lines);
            seed.shuffle(&mut contract.scope.included);
        }
        seed.shuffle(&mut shuffled.items);
        seed.shuffle(&mut shuffled.suppliers);
        seed.shuffle(&mut shuffled.locations);
        seed.shuffle(&mut shuffled.sourcing_rules);
        seed.shuffle(&mut shuffled.tie_decisions);
        seed.shuffle(&mut shuffled.allotments);
        let mut chunks = chunk::encode(&shuffled).unwrap();
        seed.shuffle(&mut chunks);
        let mut assembly = Assembly::default();
        for chunk in &chunks {
            assembly.add(chunk.kind, &chunk.bytes).unwrap();
        }
        let sent = Catalogue::build(assembly.finish().unwrap()).unwrap();
        let shuffled = Catalogue::build(shuffled).unwrap();
        for question in questions {
            let expected = json(&resolve(catalogue, &question.request()));
            assert_eq!(json(&resolve(&shuffled, &question.request())), expected, "{question:?}");
            assert_eq!(
                json(&resolve(&sent, &question.request())),
                expected,
                "as chunks: {question:?}"
            );
        }
    });
}

/// Removing a line that loses changes nothing else. Without the winner, the second line wins.
#[test]
fn a_losing_line_changes_nothing_and_without_the_winner_the_runner_up_wins() {
    for_every(MORE_WORK, |seed, content, catalogue, questions| {
        // A supplier's number disappears with its line, so this asks only by the item's own number.
        for question in by_own_number(content, questions).take(4) {
            let resolution = resolve(catalogue, &question.request());
            if resolution.candidates.is_empty() {
                continue;
            }
            let gone = seed.place(resolution.candidates.len());
            for gone in [0, gone] {
                let candidate = &resolution.candidates[gone];
                let mut without = content.clone();
                for contract in &mut without.contracts {
                    if (&contract.id, contract.version) == (candidate.contract, candidate.version) {
                        contract.lines.retain(|line| line.id != *candidate.line);
                    }
                }
                let without = Catalogue::build(without).unwrap();
                let left = resolve(&without, &question.request());
                let names = |resolution: &Resolution<'_>| -> Vec<String> {
                    resolution
                        .candidates
                        .iter()
                        .map(|c| format!("{} {} {}", c.contract, c.version, c.line))
                        .collect()
                };
                let mut expected = names(&resolution);
                expected.remove(gone);
                assert_eq!(names(&left), expected, "{question:?} without candidate {gone}");
                if gone > 0 {
                    assert_eq!(
                        left.outcome, resolution.outcome,
                        "{question:?} without candidate {gone}"
                    );
                }
            }
        }
    });
}

/// Of several versions of a contract, only one is in force on a day. This holds for each line,
/// because lines may test different delivery days.
#[test]
fn case_06_one_version_of_a_contract_is_in_force() {
    for_every(MORE_WORK, |_, _, catalogue, questions| {
        for question in questions {
            let resolution = resolve(catalogue, &question.request());
            let in_force: Vec<_> = resolution
                .candidates
                .iter()
                .filter(|candidate| {
                    let by_version = matches!(
                        candidate.verdict,
                        CandidateVerdict::Rejected(
                            Rejection::Superseded { .. }
                                | Rejection::OutsideContractValidity { .. }
                        )
                    );
                    let by_status = matches!(
                        candidate.verdict,
                        CandidateVerdict::Rejected(
                            Rejection::NotPublished(_)
                                | Rejection::Suspended
                                | Rejection::NoDelivery
                        )
                    );
                    !by_version && !by_status
                })
                .map(|candidate| (candidate.contract, candidate.line, candidate.version))
                .collect();
            for (contract, line, version) in &in_force {
                let mut others = in_force.iter().filter(|(c, l, _)| (c, l) == (contract, line));
                assert!(others.all(|(.., other)| other == version), "{question:?}: {in_force:?}");
            }
        }
    });
}

/// The server always verifies what a tablet resolved, with the release as it was sent.
#[test]
fn what_a_tablet_resolved_the_server_verifies() {
    let verified = std::sync::atomic::AtomicUsize::new(0);
    for_every(MORE_WORK + MORE_WORK / 2, |_, content, catalogue, questions| {
        let mut assembly = Assembly::default();
        for chunk in chunk::encode(content).unwrap() {
            assembly.add(chunk.kind, &chunk.bytes).unwrap();
        }
        let at_server = Catalogue::build(assembly.finish().unwrap()).unwrap();
        // An order line names its item by the item's own number.
        for question in
            by_own_number(content, questions).filter(|question| question.remaining.is_none())
        {
            let Outcome::Selected(selected) = resolve(catalogue, &question.request()).outcome
            else {
                continue;
            };
            let ordered =
                question.order_date.to_datetime(question.order_time.unwrap_or(Time::midnight()));
            let answer = received(&question.request(), &selected, &at_server, None, ordered);
            assert!(answer.is_ok(), "{question:?}: {answer:?}");
            verified.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let verified = verified.into_inner();
    let is_alone =
        std::env::var_os("CALLOFF_SEED").is_some() || std::env::var_os("CALLOFF_SEEDS").is_some();
    assert!(is_alone || verified > 1_000, "only {verified} orders were verified");
}
