//! Step 8: what a site may still order under hard maximum commitments.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::candidate::Query;
use super::{Rejection, ResolutionRequest, Selected, select};
use crate::catalogue::Catalogue;
use crate::catalogue::index::{LineCap, LineEntry, TierEntry};
use crate::contract::{CommitmentId, CommitmentSide, Strength};
use crate::decimal::round_down_to_multiple;
use crate::ids::{ContractId, LineId, LocationId};
use crate::money::line_amount;

/// What one site may still order under each hard maximum commitment: its allotment less what its
/// orders use. Each amount is in the commitment's unit or the contract's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remaining(BTreeMap<CommitmentId, Decimal>);

impl Remaining {
    /// The allotments of a site in a release, with nothing used yet. Sites without an allotment get
    /// 0.
    #[must_use]
    pub fn granted(catalogue: &Catalogue, site: &LocationId) -> Self {
        let number = catalogue.sites.get(site).and_then(|path| path.last().copied());
        let allotted = |cap: &crate::catalogue::index::Cap| {
            number.map_or(Decimal::ZERO, |site| cap.allotted(site))
        };
        Self(catalogue.caps().iter().map(|cap| (cap.id.clone(), allotted(cap))).collect())
    }

    /// No commitment limits anything. This is for questions about the lines themselves.
    #[must_use]
    pub fn unlimited(catalogue: &Catalogue) -> Self {
        Self(catalogue.caps().iter().map(|cap| (cap.id.clone(), Decimal::MAX)).collect())
    }

    /// What the site may still order under a commitment; `None` when the commitment is missing
    /// here.
    #[must_use]
    pub fn left(&self, commitment: &CommitmentId) -> Option<Decimal> {
        self.0.get(commitment).copied()
    }

    /// Sets what the site may still order under a commitment.
    pub fn set(&mut self, commitment: CommitmentId, left: Decimal) {
        self.0.insert(commitment, left);
    }

    /// Subtracts what an order line uses. The result is never below zero.
    pub fn spend(&mut self, commitment: &CommitmentId, used: Decimal) {
        if let Some(left) = self.0.get_mut(commitment) {
            *left = left.checked_sub(used).unwrap_or(Decimal::ZERO).max(Decimal::ZERO);
        }
    }

    /// Whether no commitment is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How much of a hard maximum commitment one order line uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// The commitment that counts the order line.
    pub commitment: CommitmentId,
    /// The used amount, in the commitment's unit or the contract's currency.
    pub amount: Decimal,
}

impl Spending {
    /// What a chosen line uses; `None` when no hard maximum counts it.
    #[must_use]
    pub fn of(catalogue: &Catalogue, selected: &Selected<'_>) -> Option<Self> {
        let place = (selected.contract, selected.version, selected.line);
        Self::of_line(catalogue, place, selected.quantity.value, selected.amount.amount)
    }

    /// What `quantity` orderable units of a contract line, for `amount`, use of the hard maximum
    /// that counts the line. `None` when no hard maximum counts it.
    #[must_use]
    pub fn of_line(
        catalogue: &Catalogue,
        (contract, version, line): (&ContractId, u32, &LineId),
        quantity: Decimal,
        amount: Decimal,
    ) -> Option<Self> {
        let contract = catalogue.contract(contract, version)?;
        let line = contract.line(line)?;
        let (commitment, terms) = contract.commitment_of(CommitmentSide::Maximum, line)?;
        let base_unit = catalogue.item(&line.item)?.base_unit;
        let counted = terms.strength == Strength::Hard;
        let amount =
            counted.then(|| terms.measure.used_by(line, base_unit, quantity, amount))??;
        Some(Self { commitment, amount })
    }
}

/// How much the site's allotment is too small for the request. `None` when the allotment is large
/// enough or no hard maximum counts the line that would be chosen without allotments.
#[must_use]
pub fn shortage(catalogue: &Catalogue, request: &ResolutionRequest<'_>) -> Option<Spending> {
    if catalogue.caps().is_empty() {
        return None;
    }
    let uncapped = Remaining::unlimited(catalogue);
    let outcome = select(catalogue, &ResolutionRequest { remaining: Some(&uncapped), ..*request });
    let needed = Spending::of(catalogue, outcome.selected()?)?;
    let left = request.remaining.and_then(|remaining| remaining.left(&needed.commitment));
    let left =
        left.or_else(|| Remaining::granted(catalogue, request.site).left(&needed.commitment))?;
    let missing = needed.amount.checked_sub(left).filter(|missing| *missing > Decimal::ZERO)?;
    Some(Spending { amount: missing, ..needed })
}

/// A quantity that fits into the rest of the allotment, with the tier that prices it.
pub(super) struct Fitted<'c> {
    pub(super) quantity: Decimal,
    pub(super) tier: u32,
    pub(super) price: &'c TierEntry,
}

impl<'c> Query<'c, '_> {
    /// Returns `quantity` when it fits, otherwise the largest smaller orderable quantity that fits.
    pub(super) fn fit(
        &self,
        entry: &'c LineEntry,
        line_cap: LineCap,
        quantity: Decimal,
        (tier, price): (u32, &'c TierEntry),
        tested: i32,
    ) -> Result<Fitted<'c>, Rejection> {
        let cap = &self.catalogue.caps()[line_cap.cap as usize];
        let left = match self.request.remaining.and_then(|remaining| remaining.left(&cap.id)) {
            Some(left) => left,
            None => self.path.last().map_or(Decimal::ZERO, |site| cap.allotted(*site)),
        };
        let used = match line_cap.per_orderable_unit {
            Some(per) => per.checked_mul(quantity),
            None => self.amount(entry, (tier, price), quantity),
        };
        if used.ok_or(Rejection::NotComputable)? <= left {
            return Ok(Fitted { quantity, tier, price });
        }
        let most = match line_cap.per_orderable_unit {
            Some(per) => self.most_by_quantity(entry, per, left, tested),
            None => self.most_by_value(entry, quantity, left, tested),
        };
        most.ok_or_else(|| Rejection::CapExhausted { left: cap.measure.with_amount(left) })
    }

    /// The largest priced multiple of the line's step that is not below the line's minimum and uses
    /// at most `left`.
    fn most_by_quantity(
        &self,
        entry: &'c LineEntry,
        per: Decimal,
        left: Decimal,
        tested: i32,
    ) -> Option<Fitted<'c>> {
        let (step, minimum) = steps(entry);
        let mut quantity = round_down_to_multiple(left.checked_div(per)?, step)?;
        // The division may have rounded its last digit up.
        if quantity.checked_mul(per)? > left {
            quantity = quantity.checked_sub(step)?;
        }
        let (tier, price) = self.tier(entry, quantity, tested)?;
        (quantity > Decimal::ZERO && quantity >= minimum).then_some(Fitted {
            quantity,
            tier,
            price,
        })
    }

    /// Finds the largest quantity below `below` whose amount is at most `left`.
    ///
    /// Inside one tier the amount grows with the quantity, but it may fall at the start of the next
    /// tier. So this searches the tiers from the highest down, each for the quantities that it
    /// prices.
    fn most_by_value(
        &self,
        entry: &'c LineEntry,
        below: Decimal,
        left: Decimal,
        tested: i32,
    ) -> Option<Fitted<'c>> {
        let (step, minimum) = steps(entry);
        let mut beyond = below;
        loop {
            // The largest multiple below `beyond`, and the tier that prices it.
            let mut quantity = round_down_to_multiple(beyond, step)?;
            if quantity == beyond {
                quantity = quantity.checked_sub(step)?;
            }
            if quantity <= Decimal::ZERO || quantity < minimum {
                return None;
            }
            let (tier, price) = self.tier(entry, quantity, tested)?;
            if let Some(affordable) = self.affordable(entry, (tier, price), left, step) {
                let mut quantity = quantity.min(affordable);
                while quantity > Decimal::ZERO
                    && quantity >= minimum
                    && quantity >= price.terms.threshold
                {
                    if self.amount(entry, (tier, price), quantity)? <= left {
                        return Some(Fitted { quantity, tier, price });
                    }
                    quantity = quantity.checked_sub(step)?;
                }
            }
            beyond = price.terms.threshold;
        }
    }

    /// An upper bound for the quantity in a tier: the largest multiple of `step` whose unrounded
    /// amount is at most half a minor unit above `left`. Such an amount may still round down to
    /// `left`.
    fn affordable(
        &self,
        entry: &LineEntry,
        tier: (u32, &TierEntry),
        left: Decimal,
        step: Decimal,
    ) -> Option<Decimal> {
        let (contract, line) = self.catalogue.line_of(entry);
        let minor_units = contract.currency.minor_units();
        let left = left.round_dp_with_strategy(minor_units, RoundingStrategy::ToZero);
        let most = left.checked_add(Decimal::new(5, minor_units + 1))?;
        let unit_price = line.tiers[tier.0 as usize].price.amount;
        if unit_price.is_zero() {
            return Some(Decimal::MAX);
        }
        // A quotient of more than 28 digits is larger than any order, so it sets no bound.
        let quotient = most
            .checked_mul(tier.1.terms.base_quantity)
            .and_then(|most| most.checked_div(unit_price));
        quotient.map_or(Some(Decimal::MAX), |quotient| round_down_to_multiple(quotient, step))
    }

    fn amount(
        &self,
        entry: &LineEntry,
        (number, tier): (u32, &TierEntry),
        quantity: Decimal,
    ) -> Option<Decimal> {
        let (contract, line) = self.catalogue.line_of(entry);
        let unit_price = line.tiers[number as usize].price.amount;
        let amount =
            line_amount(unit_price, tier.terms.base_quantity, quantity, contract.currency).ok()?;
        Some(amount.amount)
    }
}

/// The step of the line's quantities, and their minimum. Without an increment the step is one
/// orderable unit, also for a divisible line: a site should not be offered a third of a kilogram
/// only because its allotment ends there.
fn steps(entry: &LineEntry) -> (Decimal, Decimal) {
    let bounds = entry.bounds.as_deref();
    let step = bounds.and_then(|bounds| bounds.increment).unwrap_or(Decimal::ONE);
    (step, bounds.and_then(|bounds| bounds.minimum).unwrap_or(Decimal::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueContent;
    use crate::contract::{Allotment, CatalogueLine, Commitment, Contract, Measure, Terms};
    use crate::quantity::Quantity;
    use crate::resolve::{AdjustmentReason, Outcome, resolve};
    use crate::sample::builder::{
        catalogue, contract, day, decimal as dec, id, packed_line, tier, unit,
    };

    fn hard(measure: Measure) -> Terms {
        Terms {
            maximum_commitment: Some(Commitment { measure, strength: Strength::Hard }),
            ..Terms::default()
        }
    }

    fn pieces(number: &str) -> Measure {
        Measure::Quantity(Quantity::new(dec(number), unit("EA")))
    }

    /// A line of cases of 12: 10.00 each, 9.00 each from 5 cases. The site has the allotment
    /// `allotted`.
    fn capped(measure: Measure, allotted: &str) -> CatalogueContent {
        let line = packed_line(
            "10",
            "milk",
            "XCS",
            "12",
            vec![tier("1", "10.00", "XCS"), tier("5", "9.00", "XCS")],
        );
        let mut content = catalogue(vec![Contract {
            terms: hard(measure),
            ..contract("CAP", "dairy", "org", vec![line])
        }]);
        content.allotments = vec![Allotment {
            contract: id("CAP"),
            line: None,
            site: id("site-1"),
            amount: dec(allotted),
        }];
        content
    }

    /// The quantity, tier and reason of adjustment in the answer, or the only candidate's
    /// rejection.
    type Answer = Result<(Decimal, u32, Option<AdjustmentReason>), Rejection>;

    fn one_case(site: &LocationId) -> ResolutionRequest<'_> {
        ResolutionRequest::new("milk", Decimal::ONE, site, day("2025-06-02"))
    }

    fn asked(content: &CatalogueContent, quantity: &str, remaining: Option<&Remaining>) -> Answer {
        let catalogue = Catalogue::build(content.clone()).unwrap();
        let site = id("site-1");
        let request = ResolutionRequest { quantity: dec(quantity), remaining, ..one_case(&site) };
        let resolution = resolve(&catalogue, &request);
        assert_eq!(select(&catalogue, &request), resolution.outcome);
        match resolution.outcome {
            Outcome::Selected(selected) => Ok((selected.quantity.value, selected.tier, None)),
            Outcome::AdjustmentNeeded(selected, adjustment) => {
                assert_eq!(adjustment.adjust_to, selected.quantity.value);
                let line = catalogue
                    .contract(selected.contract, selected.version)
                    .and_then(|c| c.line(selected.line));
                let all =
                    adjustment.requested.value.max(adjustment.adjust_to) - adjustment.adjust_to;
                assert_eq!(
                    adjustment.remainder,
                    Quantity::new(all * line.unwrap().content, unit("EA"))
                );
                Ok((selected.quantity.value, selected.tier, Some(adjustment.reason)))
            }
            Outcome::NoSource(_) => match &resolution.candidates[0].verdict {
                crate::resolve::CandidateVerdict::Rejected(rejection) => Err(rejection.clone()),
                verdict => panic!("{verdict:?}"),
            },
        }
    }

    const CUT: Option<AdjustmentReason> = Some(AdjustmentReason::AboveAllotment);

    #[test]
    fn case_09_a_cap_counts_in_its_own_unit() {
        let content = capped(pieces("1000"), "75");
        assert_eq!(asked(&content, "6", None), Ok((dec("6"), 1, None)), "6 × 12 = 72 of 75");
        assert_eq!(asked(&content, "7", None), Ok((dec("6"), 1, CUT)), "84 of 75");
        assert_eq!(
            asked(&capped(pieces("1000"), "59"), "7", None),
            Ok((dec("4"), 0, CUT)),
            "the tier follows: 4 cases"
        );
        let exhausted = Rejection::CapExhausted { left: pieces("11") };
        assert_eq!(
            asked(&capped(pieces("1000"), "11"), "1", None),
            Err(exhausted),
            "no whole case"
        );
        let mut at_least_two = capped(pieces("1000"), "24");
        at_least_two.contracts[0].lines[0].minimum_order_quantity = Some(dec("2"));
        assert_eq!(
            asked(&at_least_two, "7", None),
            Ok((dec("2"), 0, CUT)),
            "just the minimum is left"
        );
    }

    #[test]
    fn the_explanation_tells_nothing_left_from_too_little() {
        for (allotted, says) in
            [("0", "nothing is left of this site's allotment"), ("11", "less than can be ordered")]
        {
            let catalogue = Catalogue::build(capped(pieces("1000"), allotted)).unwrap();
            let site = id("site-1");
            let resolution = resolve(&catalogue, &one_case(&site));
            let said = crate::resolve::explain(&catalogue, &resolution).join(" ");
            assert!(said.contains(says), "{says} is missing in {said}");
        }
    }

    #[test]
    fn what_is_short_is_said_in_the_caps_measure() {
        let catalogue = Catalogue::build(capped(pieces("1000"), "72")).unwrap();
        let site = id("site-1");
        let short = |quantity: &str| {
            let request = ResolutionRequest { quantity: dec(quantity), ..one_case(&site) };
            shortage(&catalogue, &request).map(|short| short.amount)
        };
        assert_eq!((short("6"), short("7")), (None, Some(dec("12"))), "72 and 84 of 72");
    }

    #[test]
    fn a_site_without_an_allotment_has_nothing() {
        let mut content = capped(pieces("1000"), "75");
        content.allotments.clear();
        assert_eq!(asked(&content, "1", None), Err(Rejection::CapExhausted { left: pieces("0") }));
    }

    #[test]
    fn what_is_left_stands_in_for_what_was_given() {
        let content = capped(pieces("1000"), "75");
        let mut remaining = Remaining::default();
        assert_eq!(
            asked(&content, "6", Some(&remaining)),
            Ok((dec("6"), 1, None)),
            "nothing said: as released"
        );
        remaining.set(CommitmentId { contract: id("CAP"), line: None }, dec("24"));
        assert_eq!(asked(&content, "6", Some(&remaining)), Ok((dec("2"), 0, CUT)));
    }

    #[test]
    fn a_cap_by_value_counts_rounded_amounts_and_finds_the_most_in_any_tier() {
        let by_value = |allotted| capped(Measure::Value(dec("9000")), allotted);
        assert_eq!(asked(&by_value("45.00"), "5", None), Ok((dec("5"), 1, None)));
        // 4 cost 40.00 and 5 cost 45.00: a fifth case is to be had for 45.00, not for 44.99.
        assert_eq!(asked(&by_value("44.99"), "9", None), Ok((dec("4"), 0, CUT)));
        let mut four_at_least = by_value("40.00");
        four_at_least.contracts[0].lines[0].minimum_order_quantity = Some(dec("4"));
        assert_eq!(asked(&four_at_least, "9", None), Ok((dec("4"), 0, CUT)), "just the minimum");
        let mut from_nothing = by_value("5.00");
        from_nothing.contracts[0].lines[0].tiers[0].threshold = Decimal::ZERO;
        let left = Measure::Value(dec("5.00"));
        assert_eq!(
            asked(&from_nothing, "9", None),
            Err(Rejection::CapExhausted { left }),
            "nothing is no order"
        );
        assert_eq!(asked(&by_value("45.00"), "9", None), Ok((dec("5"), 1, CUT)));
        assert_eq!(
            asked(&by_value("9.99"), "1", None),
            Err(Rejection::CapExhausted { left: Measure::Value(dec("9.99")) })
        );
    }

    #[test]
    fn what_is_left_keeps_to_minimum_and_increment() {
        let mut content = capped(pieces("1000"), "110");
        let line = &mut content.contracts[0].lines[0];
        line.minimum_order_quantity = Some(dec("4"));
        line.order_quantity_increment = Some(dec("4"));
        assert_eq!(
            asked(&content, "9", None),
            Ok((dec("8"), 1, CUT)),
            "12 would be on the increment: 144 of 110"
        );
        assert_eq!(
            asked(&content, "3", None),
            Ok((dec("4"), 0, Some(AdjustmentReason::BelowMinimum))),
            "48 of 110"
        );
        content.allotments[0].amount = dec("47");
        assert_eq!(asked(&content, "3", None), Err(Rejection::CapExhausted { left: pieces("47") }));
    }

    #[test]
    fn a_lines_own_cap_takes_the_place_of_the_headers() {
        let mut content = capped(pieces("1000"), "75");
        content.contracts[0].lines[0].terms = Some(Box::new(hard(pieces("500"))));
        assert_eq!(asked(&content, "1", None), Err(Rejection::CapExhausted { left: pieces("0") }));
        content.allotments.push(Allotment {
            line: Some(id("10")),
            amount: dec("24"),
            ..content.allotments[0].clone()
        });
        assert_eq!(asked(&content, "3", None), Ok((dec("2"), 0, CUT)));
        let soft = Commitment { measure: pieces("500"), strength: Strength::Soft };
        content.contracts[0].lines[0].terms =
            Some(Box::new(Terms { maximum_commitment: Some(soft), ..Terms::default() }));
        assert_eq!(
            asked(&content, "300", None),
            Ok((dec("300"), 1, None)),
            "a soft maximum holds nobody back"
        );
    }

    #[test]
    fn a_cap_that_cannot_count_a_line_is_no_catalogue() {
        let mut content = capped(Measure::Quantity(Quantity::new(dec("10"), unit("KGM"))), "5");
        let error = Catalogue::build(content.clone()).unwrap_err().to_string();
        assert!(error.contains("contract CAP, line 10") && error.contains("KGM"), "{error}");
        content = capped(pieces("1000"), "75");
        let second = Contract {
            version: 2,
            terms: hard(Measure::Value(dec("1"))),
            ..content.contracts[0].clone()
        };
        content.contracts.push(second);
        let error = Catalogue::build(content).unwrap_err().to_string();
        assert!(error.contains("hard maximum of CAP"), "{error}");
    }

    proptest::proptest! {
        /// Against trying every quantity: the answer is the largest that fits.
        #[test]
        fn the_most_is_what_trying_all_quantities_finds(
            prices in proptest::collection::btree_map(1_u32..15, 0_i64..2_000, 1..4),
            increment in proptest::option::of(1_i64..5),
            minimum in proptest::option::of(1_i64..8),
            asked_for in 1_i64..25,
            left in 0_i64..20_000,
            by_value: bool,
        ) {
            let measure = if by_value { Measure::Value(dec("99999")) } else { pieces("99999") };
            let allotted = if by_value { Decimal::new(left, 2) } else { Decimal::from(left / 60) };
            let mut content = capped(measure, &allotted.to_string());
            let line: &mut CatalogueLine = &mut content.contracts[0].lines[0];
            line.tiers = prices.iter().map(|(from, cents)| tier(&from.to_string(), &Decimal::new(*cents, 3).to_string(), "XCS")).collect();
            line.order_quantity_increment = increment.map(Decimal::from);
            line.minimum_order_quantity = minimum.map(Decimal::from);
            let mut free = content.clone();
            free.contracts[0].terms = Terms::default();
            let price = |quantity: i64| {
                let (_, cents) = prices.range(..=u32::try_from(quantity).unwrap()).next_back()?;
                Some(line_amount(Decimal::new(*cents, 3), Decimal::ONE, quantity.into(), content.contracts[0].currency).unwrap().amount)
            };
            let fits = |quantity: i64| {
                let amount = price(quantity)?;
                let used = if by_value { amount } else { Decimal::from(quantity * 12) };
                let orderable = quantity % increment.unwrap_or(1) == 0 && quantity >= minimum.unwrap_or(0);
                (orderable && used <= allotted).then_some(quantity)
            };
            let wanted = match asked(&free, &asked_for.to_string(), None) {
                Ok((quantity, ..)) => quantity,
                Err(_) => return Ok(()),
            };
            let wanted = i64::try_from(wanted).unwrap();
            let most = (1..=wanted).rev().find_map(fits).map(Decimal::from);
            let answer = asked(&content, &asked_for.to_string(), None);
            proptest::prop_assert_eq!(answer.as_ref().ok().map(|(quantity, ..)| *quantity), most, "{:?}", answer);
        }
    }
}
