//! What orders use of commitments. Tablet and server check in the same way that an order keeps
//! within its site's allotment of a hard maximum. For a soft maximum, the excess is computed
//! exactly.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::accept::Reason;
use super::{LockedPrice, OrderStage, OrderState};
use crate::catalogue::Catalogue;
use crate::contract::{
    Allotment, Commitment, CommitmentId, CommitmentSide, Contract, Measure, Strength,
};
use crate::ids::{LocationId, OrderLineId};
use crate::resolve::Remaining;

/// What one order line uses of one commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineUse {
    /// The order line.
    pub line: OrderLineId,
    /// The commitment that counts the line.
    pub id: CommitmentId,
    /// Whether that commitment is a minimum or a maximum.
    pub side: CommitmentSide,
    /// The commitment's measure and strength.
    pub commitment: Commitment,
    /// How much of the commitment the line uses, in the commitment's measure.
    pub used: Decimal,
}

/// What a line with a locked price uses of the commitments that count it.
///
/// The terms come from the contract version that the price was locked under. If the catalogue no
/// longer has that version, they come from the newest version that has the line. If no version has
/// it, the line uses nothing.
fn uses_of(catalogue: &Catalogue, line: &OrderLineId, locked: &LockedPrice) -> Vec<LineUse> {
    let versions =
        || catalogue.contracts().iter().rev().filter(|contract| contract.id == locked.contract);
    let version = catalogue.contract(&locked.contract, locked.version).into_iter();
    let Some((contract, counted)) = version
        .chain(versions())
        .find_map(|contract: &Contract| Some((contract, contract.line(&locked.line)?)))
    else {
        return Vec::new();
    };
    let Some(item) = catalogue.item(&counted.item) else { return Vec::new() };
    let sides = [CommitmentSide::Minimum, CommitmentSide::Maximum].into_iter();
    sides
        .filter_map(|side| {
            let (id, commitment) = contract.commitment_of(side, counted)?;
            let used = commitment.measure.used_by(
                counted,
                item.base_unit,
                locked.quantity.value,
                locked.amount.amount,
            )?;
            Some(LineUse { line: line.clone(), id, side, commitment, used })
        })
        .collect()
}

/// What the lines with a locked price use, in the order of the order lines' identifiers.
#[must_use]
pub fn uses(order: &OrderState, catalogue: &Catalogue) -> Vec<LineUse> {
    let locked_prices =
        order.ordered_lines().filter_map(|(id, line)| Some((id, line.locked.as_ref()?)));
    locked_prices.flat_map(|(id, locked)| uses_of(catalogue, id, locked)).collect()
}

fn is_capped(found: &LineUse) -> bool {
    found.side == CommitmentSide::Maximum && found.commitment.strength == Strength::Hard
}

/// What a site has left of each hard maximum.
///
/// `allotments` are those that the server sent last. For a maximum that they do not name, the
/// release gives the allotment. The site's own orders are subtracted when they were submitted, are
/// on hold or were accepted.
#[must_use]
pub fn remaining<'o>(
    catalogue: &Catalogue,
    site: &LocationId,
    allotments: &[Allotment],
    orders: impl Iterator<Item = &'o OrderState>,
) -> Remaining {
    let mut remaining = Remaining::granted(catalogue, site);
    if remaining.is_empty() {
        return remaining;
    }
    for allotment in allotments.iter().filter(|allotment| allotment.site == *site) {
        remaining.set(allotment.commitment(), allotment.amount);
    }
    let is_sent = |order: &&OrderState| {
        matches!(order.stage(), OrderStage::Submitted | OrderStage::OnHold | OrderStage::Accepted)
    };
    let sent = orders.filter(is_sent);
    for found in sent
        .filter(|order| order.site == *site)
        .flat_map(|order| uses(order, catalogue))
        .filter(is_capped)
    {
        remaining.spend(&found.id, found.used);
    }
    remaining
}

/// Checks that an order keeps within `left`, what its site has left of each hard maximum.
///
/// Gives one reason for each line that does not fit. A maximum that `left` does not name has
/// nothing left. The lines are counted in the order of their identifiers, as the tablet counted
/// them.
#[must_use]
pub fn check_caps(
    order: &OrderState,
    catalogue: &Catalogue,
    left: &BTreeMap<CommitmentId, Decimal>,
) -> Vec<Reason> {
    let mut left = left.clone();
    let mut reasons = Vec::new();
    for found in uses(order, catalogue).into_iter().filter(is_capped) {
        let rest = left.entry(found.id.clone()).or_default();
        if found.used <= *rest {
            *rest = rest.checked_sub(found.used).unwrap_or_default();
        } else if let Some(line) = order.lines.get(&found.line) {
            reasons.push(Reason::CapExhausted {
                line: found.line,
                item: line.item.clone(),
                commitment: found.id,
                asked: found.commitment.measure.with_amount(found.used),
                left: found.commitment.measure.with_amount(*rest),
            });
        }
    }
    reasons
}

/// How much of an order line exceeds a soft maximum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// The order line.
    pub line: OrderLineId,
    /// The soft maximum that the line exceeds.
    pub commitment: CommitmentId,
    /// The part of the line that exceeds it, in the commitment's measure.
    pub beyond: Measure,
}

/// The lines of an order that exceed a soft maximum, and by how much.
///
/// `ordered` is what all sites together ordered of each commitment before this order.
#[must_use]
pub fn excesses(
    order: &OrderState,
    catalogue: &Catalogue,
    ordered: &BTreeMap<CommitmentId, Decimal>,
) -> Vec<Excess> {
    let mut ordered = ordered.clone();
    let is_soft = |found: &LineUse| {
        found.side == CommitmentSide::Maximum && found.commitment.strength == Strength::Soft
    };
    let excess = |found: LineUse| {
        let before = ordered.entry(found.id.clone()).or_default();
        let after = before.checked_add(found.used)?;
        *before = after;
        let beyond = after.checked_sub(found.commitment.measure.amount())?.min(found.used);
        let beyond =
            (beyond > Decimal::ZERO).then(|| found.commitment.measure.with_amount(beyond))?;
        Some(Excess { line: found.line, commitment: found.id, beyond })
    };
    uses(order, catalogue).into_iter().filter(is_soft).filter_map(excess).collect()
}

#[cfg(test)]
mod tests {
    use super::super::accept::{NamedRelease, verify};
    use super::super::basket::{basket, basket_within};
    use super::super::{OrderLine, Register, ResolvedFor, ServerFacts, Submission};
    use super::*;
    use crate::contract::Terms;
    use crate::ids::{DeviceId, DocumentId, IntentId};
    use crate::quantity::Quantity;
    use crate::sample::builder::{self, contract, day, decimal as dec, id, line, unit};

    fn terms(measure: Measure, strength: Strength) -> Terms {
        Terms { maximum_commitment: Some(Commitment { measure, strength }), ..Terms::default() }
    }

    /// Milk from the contract CAPPED, and at a higher price from OPEN. CAPPED gave `site-1` 30.
    fn catalogue(strength: Strength) -> Catalogue {
        let measure = Measure::Quantity(Quantity::new(dec("100"), unit("EA")));
        let capped = Contract {
            terms: terms(measure, strength),
            ..contract("CAPPED", "dairy", "org", vec![line("10", "milk", "1.00")])
        };
        let open = contract("OPEN", "mill", "org", vec![line("10", "milk", "1.50")]);
        let mut content = builder::catalogue(vec![capped, open]);
        content.allotments = vec![Allotment {
            contract: id("CAPPED"),
            line: None,
            site: id("site-1"),
            amount: dec("30"),
        }];
        Catalogue::build(content).unwrap()
    }

    fn cap() -> CommitmentId {
        CommitmentId { contract: id("CAPPED"), line: None }
    }

    fn draft(number: u8, quantities: &[&str]) -> OrderState {
        let line = |quantity: &&str| OrderLine {
            item: id("milk"),
            quantity: Register::settled(dec(quantity)),
            unit: None,
            added_by: "Ana".to_owned(),
            added_at: 1,
            locked: None,
        };
        OrderState {
            document: DocumentId::mint(1, [number; 10]),
            site: id("site-1"),
            created_by: "Ana".to_owned(),
            created_at: 1,
            lines: quantities
                .iter()
                .zip(1..)
                .map(|(quantity, at)| (id(&format!("l{at}")), line(quantity)))
                .collect(),
            note: Register::default(),
            name: Register::default(),
            holder: Register::default(),
            discarded: None,
            submitted: None,
            server: ServerFacts::default(),
        }
    }

    fn resolved() -> ResolvedFor {
        let order_date = day("2025-06-02");
        ResolvedFor {
            release: 1,
            order_date,
            order_time: None,
            requested_delivery_date: None,
            resolved_at: 9,
        }
    }

    fn sent(catalogue: &Catalogue, mut order: OrderState, remaining: Remaining) -> OrderState {
        for (line, locked) in
            basket_within(&order, catalogue, resolved(), remaining).locked_prices().unwrap()
        {
            order.lines.get_mut(&line).unwrap().locked = Some(locked);
        }
        let (id, device) = (IntentId::mint(2, [2; 10]), DeviceId::mint(3, [3; 10]));
        order.submitted = Some(Submission { id, by: "Ana".to_owned(), at: 2, device });
        order
    }

    fn contracts(order: &OrderState) -> Vec<String> {
        order
            .lines
            .values()
            .map(|line| line.locked.as_ref().unwrap().contract.to_string())
            .collect()
    }

    fn verified(catalogue: &Catalogue, order: &OrderState) -> Vec<Reason> {
        let in_force_from = Some(day("2025-01-01"));
        let named =
            NamedRelease { number: 1, catalogue, in_force_from, successor_effective_from: None };
        verify(order, named, day("2025-06-02").at(8, 0, 0, 0)).err().unwrap_or_default()
    }

    #[test]
    fn lines_of_one_basket_share_what_is_left_and_the_rest_is_taken_elsewhere() {
        let catalogue = catalogue(Strength::Hard);
        let order = sent(
            &catalogue,
            draft(1, &["20", "10", "5"]),
            Remaining::granted(&catalogue, &id("site-1")),
        );
        assert_eq!(contracts(&order), ["CAPPED", "CAPPED", "OPEN"]);
        assert_eq!(verified(&catalogue, &order), [], "the server believes that nothing was left");
        let too_much = basket(&draft(1, &["20", "15"]), &catalogue, resolved());
        assert_eq!(too_much.adjustments[&id("l2")].set_quantity_to, Some(dec("10")));
    }

    #[test]
    fn case_13_a_site_counts_its_own_orders_and_what_head_office_granted() {
        let catalogue = catalogue(Strength::Hard);
        let site = id("site-1");
        let granted = Remaining::granted(&catalogue, &site);
        let first = sent(&catalogue, draft(1, &["20"]), granted);
        let left = |allotments: &[Allotment], orders: &[OrderState]| {
            remaining(&catalogue, &site, allotments, orders.iter()).left(&cap())
        };
        assert_eq!(left(&[], std::slice::from_ref(&first)), Some(dec("10")));
        assert_eq!(left(&[], &[draft(2, &["20"])]), Some(dec("30")), "a draft uses nothing");
        let more =
            Allotment { contract: id("CAPPED"), line: None, site: site.clone(), amount: dec("45") };
        let elsewhere = Allotment { site: id("site-2"), ..more.clone() };
        assert_eq!(left(&[more, elsewhere], &[first]), Some(dec("25")));
    }

    #[test]
    fn only_capped_lines_may_be_passed_over() {
        let (hard, soft) = (catalogue(Strength::Hard), catalogue(Strength::Soft));
        let mut nothing = Remaining::default();
        nothing.set(cap(), dec("0"));
        let order = sent(&hard, draft(1, &["20"]), nothing);
        assert_eq!((contracts(&order), verified(&hard, &order)), (vec!["OPEN".to_owned()], vec![]));
        let refused = verified(&soft, &order);
        assert!(matches!(&refused[0], Reason::Differs { .. }), "{refused:?}");
    }

    #[test]
    fn what_exceeds_the_ledger_is_refused_by_line() {
        let catalogue = catalogue(Strength::Hard);
        let order = sent(
            &catalogue,
            draft(1, &["20", "10"]),
            Remaining::granted(&catalogue, &id("site-1")),
        );
        let check =
            |left: &str| check_caps(&order, &catalogue, &BTreeMap::from([(cap(), dec(left))]));
        assert_eq!(check("30"), []);
        let pieces = |number: &str| Measure::Quantity(Quantity::new(dec(number), unit("EA")));
        let reason = |line: &str, asked: &str, left: &str| Reason::CapExhausted {
            line: id(line),
            item: id("milk"),
            commitment: cap(),
            asked: pieces(asked),
            left: pieces(left),
        };
        assert_eq!(check("29"), [reason("l2", "10", "9")]);
        assert_eq!(check("15"), [reason("l1", "20", "15")], "the second line still fits");
        assert_eq!(
            check_caps(&order, &catalogue, &BTreeMap::new()).len(),
            2,
            "an unknown ledger gives nothing"
        );
    }

    #[test]
    fn what_lies_beyond_a_soft_maximum_is_said_exactly() {
        let catalogue = catalogue(Strength::Soft);
        let order = sent(&catalogue, draft(1, &["20", "10"]), Remaining::default());
        let beyond = |before: &str| {
            let found = excesses(&order, &catalogue, &BTreeMap::from([(cap(), dec(before))]));
            found
                .iter()
                .map(|excess| format!("{} {}", excess.line, excess.beyond))
                .collect::<Vec<_>>()
        };
        assert_eq!(beyond("70"), [""; 0]);
        assert_eq!(beyond("75"), ["l2 5 EA"]);
        assert_eq!(beyond("90"), ["l1 10 EA", "l2 10 EA"]);
    }
}
