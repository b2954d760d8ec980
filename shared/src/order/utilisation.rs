//! Utilisation of commitments: ordered ÷ committed, over all sites.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use crate::contract::{Commitment, CommitmentId, CommitmentSide, Contract};
use crate::money::Currency;

/// A commitment, with the sum of the accepted orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Utilisation {
    /// The identifier of the commitment.
    pub id: CommitmentId,
    /// Whether it is a minimum or a maximum.
    pub side: CommitmentSide,
    /// The committed quantity or value.
    pub commitment: Commitment,
    /// The currency of the contract. A commitment by value is in this currency.
    pub currency: Currency,
    /// What accepted orders of all sites use, in the commitment's measure.
    pub ordered: Decimal,
    /// Ordered ÷ committed × 100, rounded half-even to one decimal place. `None` for a commitment
    /// of zero.
    pub percent: Option<Decimal>,
}

/// The utilisation of every commitment of these contract versions. Each contract should be among
/// them once.
#[must_use]
pub fn utilisations<'c>(
    contracts: impl IntoIterator<Item = &'c Contract>,
    ordered: &BTreeMap<(CommitmentId, CommitmentSide), Decimal>,
) -> Vec<Utilisation> {
    let mut utilisations: Vec<Utilisation> = Vec::new();
    for contract in contracts {
        let holders =
            contract.lines.iter().filter_map(|line| Some((Some(&line.id), line.terms.as_deref()?)));
        for (line, terms) in std::iter::once((None, &contract.terms)).chain(holders) {
            let sides = [
                (CommitmentSide::Minimum, terms.minimum_commitment),
                (CommitmentSide::Maximum, terms.maximum_commitment),
            ];
            for (side, commitment) in
                sides.into_iter().filter_map(|(side, found)| Some((side, found?)))
            {
                let id = CommitmentId { contract: contract.id.clone(), line: line.cloned() };
                let ordered = ordered.get(&(id.clone(), side)).copied().unwrap_or_default();
                let percent = percent(ordered, commitment.measure.amount());
                utilisations.push(Utilisation {
                    id,
                    side,
                    commitment,
                    currency: contract.currency,
                    ordered,
                    percent,
                });
            }
        }
    }
    utilisations.sort_by(|a, b| (&a.id, a.side).cmp(&(&b.id, b.side)));
    utilisations
}

fn percent(ordered: Decimal, committed: Decimal) -> Option<Decimal> {
    let percent = ordered.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(committed)?;
    Some(percent.round_dp_with_strategy(1, RoundingStrategy::MidpointNearestEven))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{CatalogueLine, Measure, Strength, Terms};
    use crate::sample::builder::{contract, decimal as dec, id, line};

    #[test]
    fn utilisation_is_ordered_by_committed_for_header_and_lines() {
        let soft = |value: &str| {
            Some(Commitment { measure: Measure::Value(dec(value)), strength: Strength::Soft })
        };
        let own = Terms { maximum_commitment: soft("0"), ..Terms::default() };
        let special = CatalogueLine { terms: Some(Box::new(own)), ..line("20", "milk", "1.00") };
        let terms = Terms {
            minimum_commitment: soft("300"),
            maximum_commitment: soft("800"),
            ..Terms::default()
        };
        let contract = Contract {
            terms,
            ..contract("FA-1", "dairy", "org", vec![line("10", "milk", "1.00"), special])
        };
        let header = CommitmentId { contract: id("FA-1"), line: None };
        let ordered = BTreeMap::from([
            ((header.clone(), CommitmentSide::Minimum), dec("100")),
            ((header, CommitmentSide::Maximum), dec("1000")),
        ]);
        let shown: Vec<_> = utilisations([&contract], &ordered)
            .into_iter()
            .map(|found| {
                format!(
                    "{} {:?} {:?}",
                    found.id,
                    found.side,
                    found.percent.map(|percent| percent.to_string())
                )
            })
            .collect();
        let expected = [
            r#"FA-1 Minimum Some("33.3")"#,
            r#"FA-1 Maximum Some("125")"#,
            "FA-1, line 20 Maximum None",
        ];
        assert_eq!(shown, expected);
    }
}
