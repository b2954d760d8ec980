//! The quantities in which a line can be ordered, for a screen to show before somebody types one.

use rust_decimal::Decimal;

use super::{Outcome, ResolutionRequest, select};
use crate::catalogue::Catalogue;
use crate::decimal::{round_down_to_multiple, round_up_to_multiple};
use crate::ids::{ContractId, LineId};

/// The bounds of an order line's quantity, in the line's orderable unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orderable {
    /// The smallest quantity; above zero.
    pub least: Decimal,
    /// The step: every quantity is a multiple of it. `None` when any fraction can be ordered.
    pub step: Option<Decimal>,
    /// The largest quantity on one order line. `None` when there is no maximum.
    pub most: Option<Decimal>,
}

/// The quantities in which a line of a contract version can be ordered. It ignores the site's
/// allotments.
///
/// The smallest quantity is the line's minimum or its lowest tier threshold, whichever is larger.
/// Without either, it is one step, or one unit when the line has no step.
#[must_use]
pub fn orderable(
    catalogue: &Catalogue,
    (contract, version, line): (&ContractId, u32, &LineId),
) -> Orderable {
    let line = catalogue.contract(contract, version).and_then(|contract| contract.line(line));
    let step = line.and_then(|line| line.quantity_step());
    let lowest_tier = line.and_then(|line| line.tiers.iter().map(|tier| tier.threshold).min());
    let minimum = line.and_then(|line| line.minimum_order_quantity);
    let least = minimum.into_iter().chain(lowest_tier).max().unwrap_or_default();
    let least = if least.is_zero() { step.unwrap_or(Decimal::ONE) } else { least };
    Orderable {
        least: step.and_then(|step| round_up_to_multiple(least, step)).unwrap_or(least),
        step,
        most: line.and_then(|line| line.maximum_order_quantity).map(|most| match step {
            Some(step) => round_down_to_multiple(most, step).unwrap_or(most),
            None => most,
        }),
    }
}

/// The answer for the smallest quantity of an item that can be ordered. It tries one unit first,
/// then the lowest tier thresholds of the item's lines.
///
/// It ignores `request.quantity`.
#[must_use]
pub fn least<'c>(catalogue: &'c Catalogue, request: &ResolutionRequest<'_>) -> Outcome<'c> {
    let one = select(catalogue, &ResolutionRequest { quantity: Decimal::ONE, ..request.clone() });
    let Outcome::NoSource(_) = one else { return one };
    let Some(item) = catalogue.items().iter().find(|item| item.id.as_str() == request.item) else {
        return one;
    };
    let lowest =
        |line: &crate::contract::CatalogueLine| line.tiers.iter().map(|tier| tier.threshold).min();
    let mut lowest: Vec<Decimal> =
        catalogue.lines_of(&item.id).filter_map(|(_, line)| lowest(line)).collect();
    lowest.sort();
    lowest.dedup();
    let from = lowest.into_iter().filter(|quantity| *quantity > Decimal::ONE);
    let answers =
        from.map(|quantity| select(catalogue, &ResolutionRequest { quantity, ..request.clone() }));
    answers.into_iter().find(|answer| answer.selected().is_some()).unwrap_or(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::builder::{day, decimal, id};
    use crate::sample::small;

    fn changed(change: impl Fn(&mut crate::contract::CatalogueLine)) -> Catalogue {
        let mut content = small();
        for line in content.contracts.iter_mut().flat_map(|contract| &mut contract.lines) {
            if line.item.as_str() == "gloves" {
                change(line);
            }
        }
        Catalogue::build(content).unwrap()
    }

    fn of(catalogue: &Catalogue) -> Orderable {
        let site = id("school");
        let outcome = least(
            catalogue,
            &ResolutionRequest::new("gloves", Decimal::ZERO, &site, day("2026-06-01")),
        );
        let chosen = outcome.selected().unwrap();
        orderable(catalogue, (chosen.contract, chosen.version, chosen.line))
    }

    #[test]
    fn the_least_is_a_multiple_of_the_step_and_as_much_as_the_lowest_price_is_given_for() {
        let catalogue = changed(|line| {
            line.minimum_order_quantity = Some(decimal("3"));
            line.order_quantity_increment = Some(decimal("2"));
            line.maximum_order_quantity = Some(decimal("37"));
        });
        let expected =
            Orderable { least: decimal("4"), step: Some(decimal("2")), most: Some(decimal("36")) };
        assert_eq!(of(&catalogue), expected);
        let catalogue = changed(|line| {
            line.minimum_order_quantity = None;
            line.order_quantity_increment = None;
            line.tiers.iter_mut().for_each(|tier| tier.threshold += decimal("9"));
        });
        assert_eq!(
            of(&catalogue).least,
            decimal("10"),
            "below ten there is no price, and one is not \"no contract\""
        );
    }

    #[test]
    fn what_it_says_can_be_ordered_is_what_resolution_selects() {
        let (catalogue, site) = (Catalogue::build(small()).unwrap(), id("school"));
        for item in catalogue.items() {
            let request =
                ResolutionRequest::new(item.id.as_str(), Decimal::ZERO, &site, day("2026-06-01"));
            let outcome = least(&catalogue, &request);
            let Some(first) = outcome.selected() else { continue };
            let Orderable { least, .. } =
                orderable(&catalogue, (first.contract, first.version, first.line));
            let again = select(
                &catalogue,
                &ResolutionRequest { quantity: least, unit: Some(first.quantity.unit), ..request },
            );
            assert!(matches!(again, Outcome::Selected(_)), "{} of {}: {again:?}", least, item.id);
        }
    }
}
