//! Splits a quantity that one order line cannot have into several order lines.

use rust_decimal::Decimal;

use super::{Adjustment, Outcome, Remaining, ResolutionRequest, Spending, select};
use crate::catalogue::Catalogue;
use crate::limits::PIECES;
use crate::unit::Unit;

/// One of several order lines that together make up a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'c> {
    /// The quantity to order on this line.
    pub quantity: Decimal,
    /// The unit of `quantity`; `None` for the orderable unit of the line that supplies it.
    pub unit: Option<Unit>,
    /// What supplies the quantity. A person must decide when it is not [`Outcome::Selected`].
    pub outcome: Outcome<'c>,
}

/// Resolves a quantity. While a maximum or an allotment leaves a remainder, it resolves the
/// remainder again.
///
/// It returns at most [`PIECES`] order lines. When that is not enough, the outcome of the last one
/// still carries the remainder.
///
/// A remainder is requested in the item's base unit, because the line that supplies it may have
/// another package. Ordering the pieces one by one, with their quantities and units, resolves to
/// the same outcomes.
#[must_use]
pub fn pieces<'c>(catalogue: &'c Catalogue, request: &ResolutionRequest<'_>) -> Vec<Piece<'c>> {
    let mut remaining =
        request.remaining.cloned().unwrap_or_else(|| Remaining::granted(catalogue, request.site));
    let (mut quantity, mut unit) = (request.quantity, request.unit);
    let mut pieces = Vec::new();
    loop {
        let ask = |quantity, unit| {
            select(
                catalogue,
                &ResolutionRequest { quantity, unit, remaining: Some(&remaining), ..*request },
            )
        };
        let outcome = ask(quantity, unit);
        let Some(cut) = cut(catalogue, unit, &outcome).filter(|_| pieces.len() + 1 < PIECES) else {
            pieces.push(Piece { quantity, unit, outcome });
            return pieces;
        };
        let outcome = ask(cut.first, cut.first_unit);
        if let Some(spending) =
            outcome.selected().and_then(|selected| Spending::of(catalogue, selected))
        {
            remaining.spend(&spending.commitment, spending.amount);
        }
        pieces.push(Piece { quantity: cut.first, unit: cut.first_unit, outcome });
        (quantity, unit) = (cut.rest, Some(cut.base_unit));
    }
}

/// A quantity in two parts: what can be ordered now, and the rest in the item's base unit.
struct Cut {
    first: Decimal,
    first_unit: Option<Unit>,
    rest: Decimal,
    base_unit: Unit,
}

/// Splits the request of `outcome`. `None` when nothing remains, or when a part is not an exact
/// decimal.
fn cut(catalogue: &Catalogue, unit: Option<Unit>, outcome: &Outcome<'_>) -> Option<Cut> {
    let Outcome::AdjustmentNeeded(selected, adjustment) = outcome else { return None };
    let Adjustment { adjust_to, remainder, .. } = *adjustment;
    if remainder.value.is_zero() {
        return None;
    }
    let base_unit = remainder.unit;
    let (first, first_unit) = match adjustment.in_unit_asked(catalogue, selected) {
        Some(first) => (first, unit),
        None => {
            let line =
                catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
            (adjust_to.checked_mul(line.content)?, Some(base_unit))
        }
    };
    Some(Cut { first, first_unit, rest: remainder.value, base_unit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CatalogueContent;
    use crate::contract::{Allotment, CatalogueLine, Commitment, Measure, Strength, Terms};
    use crate::quantity::Quantity;
    use crate::resolve::{AdjustmentReason, NoSource};
    use crate::sample::builder::{
        catalogue, contract, day, decimal as dec, id, packed_line, tier, unit as u,
    };

    /// CHEAP: at most 6 cases of 12. DEAR: boxes of 10 that the supplier opens, without a maximum.
    fn content() -> CatalogueContent {
        let cheap = CatalogueLine {
            maximum_order_quantity: Some(dec("6")),
            ..packed_line("10", "milk", "XCS", "12", vec![tier("1", "6.00", "XCS")])
        };
        let dear = CatalogueLine {
            divisible: Some(true),
            ..packed_line("10", "milk", "XBX", "10", vec![tier("1", "9.00", "XBX")])
        };
        catalogue(vec![
            contract("CHEAP", "dairy", "org", vec![cheap]),
            contract("DEAR", "mill", "org", vec![dear]),
        ])
    }

    fn cap(content: &mut CatalogueContent, pieces: &str) {
        let measure = Measure::Quantity(Quantity::new(dec("1000"), u("EA")));
        let commitment = Commitment { measure, strength: Strength::Hard };
        content.contracts[0].terms =
            Terms { maximum_commitment: Some(commitment), ..Terms::default() };
        content.allotments = vec![Allotment {
            contract: id("CHEAP"),
            line: None,
            site: id("site-1"),
            amount: dec(pieces),
        }];
    }

    /// Each piece: quantity and unit of the order line, then the contract or why there is none.
    fn asked(content: CatalogueContent, quantity: &str, unit: Option<Unit>) -> Vec<String> {
        let catalogue = Catalogue::build(content).unwrap();
        let site = id("site-1");
        let request = ResolutionRequest {
            unit,
            ..ResolutionRequest::new("milk", dec(quantity), &site, day("2025-06-02"))
        };
        let said = pieces(&catalogue, &request).into_iter().map(|piece| {
            let unit = piece.unit.map_or("of its own".to_owned(), |unit| unit.to_string());
            let what = match &piece.outcome {
                Outcome::Selected(selected) => {
                    format!("{} {}", selected.contract, selected.quantity)
                }
                Outcome::AdjustmentNeeded(selected, adjustment) => {
                    format!(
                        "{} {:?} {}",
                        selected.contract, adjustment.reason, adjustment.adjust_to
                    )
                }
                Outcome::NoSource(why) => format!("{why:?}"),
            };
            format!("{} {unit}: {what}", piece.quantity)
        });
        said.collect()
    }

    #[test]
    fn a_quantity_above_the_maximum_becomes_several_lines() {
        let split = asked(content(), "14", None);
        assert_eq!(
            split,
            ["6 of its own: CHEAP 6 XCS", "72 EA: CHEAP 6 XCS", "24 EA: CHEAP 2 XCS"]
        );
        let split = asked(content(), "168", Some(u("EA")));
        assert_eq!(split, ["72 EA: CHEAP 6 XCS", "72 EA: CHEAP 6 XCS", "24 EA: CHEAP 2 XCS"]);
        assert_eq!(asked(content(), "4", None), ["4 of its own: CHEAP 4 XCS"]);
    }

    #[test]
    fn case_13_what_an_allotment_leaves_is_taken_elsewhere() {
        let mut content = content();
        cap(&mut content, "30");
        assert_eq!(
            asked(content.clone(), "4", None),
            ["2 of its own: CHEAP 2 XCS", "24 EA: DEAR 2.4 XBX"]
        );
        content.contracts[1].lines[0].order_quantity_increment = Some(dec("1"));
        let split = asked(content.clone(), "4", None);
        assert_eq!(
            split,
            ["2 of its own: CHEAP 2 XCS", "24 EA: DEAR NotOnIncrement 3"],
            "a person decides on the third box"
        );
        content.contracts.truncate(1);
        let split = asked(content, "4", None);
        assert_eq!(
            split,
            ["2 of its own: CHEAP 2 XCS".to_owned(), format!("24 EA: {:?}", NoSource::AllRejected)]
        );
    }

    #[test]
    fn what_is_no_whole_case_is_cut_and_the_rest_asked_for_exactly() {
        // 100 pieces are eight cases and four pieces: six cases are the maximum, and 28 pieces are
        // left.
        let split = asked(content(), "100", Some(u("EA")));
        assert_eq!(split, ["72 EA: CHEAP 6 XCS", "28 EA: CHEAP NotOnIncrement 3"]);
    }

    #[test]
    fn the_pieces_are_bounded_and_lose_nothing() {
        let split = asked(content(), "1000", None);
        assert_eq!(split.len(), PIECES);
        let last = format!(
            "{} EA: CHEAP {:?} 6",
            (1000 - 6 * (PIECES - 1)) * 12,
            AdjustmentReason::AboveMaximum
        );
        assert_eq!(split[PIECES - 1], last);
    }
}
