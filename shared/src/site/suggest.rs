//! From a count on the shelf to what to order: par less what is on hand, rounded up to what can be
//! ordered.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::decimal::round_up_to_multiple;
use crate::quantity::Quantity;
use crate::resolve::{NoSource, Outcome, Request, Selected, resolve, select};

/// What to order of a guide's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion<'c> {
    /// Nothing: there is as much as there should be.
    Enough,
    /// So much.
    Order {
        /// What an order line asks for: it resolves to `selected` without an adjustment.
        ask: Quantity,
        /// The line that supplies it, in whole orderable units.
        selected: Selected<'c>,
    },
    /// It is missing, and no contract supplies it.
    NoSource(NoSource),
}

/// A quantity that was adjusted may be adjusted again by a line that wins only then; after so many
/// times it is left as it is.
const ADJUSTMENTS: usize = 4;

/// Suggests what to order where `missing.quantity` (par less on hand) of `missing.unit` is missing.
///
/// What is missing may not come out in whole packages, or be less than the lowest price tier;
/// resolution refuses that rather than rounds. Then it is rounded up to the least whole packages
/// that a line supplies.
#[must_use]
pub fn suggest<'c>(catalogue: &'c Catalogue, missing: &Request<'_>) -> Suggestion<'c> {
    if missing.quantity <= Decimal::ZERO {
        return Suggestion::Enough;
    }
    let no_source = match orderable(catalogue, missing) {
        Ok(suggestion) => return suggestion,
        Err(no_source) => no_source,
    };
    for whole in whole_packages(catalogue, missing) {
        let request = Request { quantity: whole.value, unit: Some(whole.unit), ..missing.clone() };
        if let Ok(suggestion) = orderable(catalogue, &request) {
            return suggestion;
        }
    }
    Suggestion::NoSource(no_source)
}

/// What is asked for, adjusted until it can be ordered as it stands, in whole packages.
fn orderable<'c>(
    catalogue: &'c Catalogue,
    wanted: &Request<'_>,
) -> Result<Suggestion<'c>, NoSource> {
    let mut request = wanted.clone();
    for _ in 0..ADJUSTMENTS {
        let (selected, quantity) = match select(catalogue, &request) {
            Outcome::Selected(selected) => {
                let whole = whole(catalogue, &selected);
                if whole == selected.quantity.value {
                    let unit = request.unit.unwrap_or(selected.quantity.unit);
                    return Ok(Suggestion::Order {
                        ask: Quantity::new(request.quantity, unit),
                        selected,
                    });
                }
                (selected, whole)
            }
            Outcome::AdjustmentNeeded(selected, _) => {
                let whole = whole(catalogue, &selected);
                (selected, whole)
            }
            Outcome::NoSource(why) => return Err(why),
        };
        let ask =
            asked_for(catalogue, &selected, quantity, &request).ok_or(NoSource::AllRejected)?;
        request = Request { quantity: ask.value, unit: Some(ask.unit), ..request };
    }
    Err(NoSource::AllRejected)
}

/// The quantity of a line in whole packages. What is sold in its base unit, by weight or measure,
/// is sold in parts too.
fn whole(catalogue: &Catalogue, selected: &Selected<'_>) -> Decimal {
    let Quantity { value, unit } = selected.quantity;
    let is_package = catalogue.item(selected.item).is_none_or(|item| item.base_unit != unit);
    if is_package { value.ceil() } else { value }
}

/// What to ask for so that a line supplies this quantity: in its orderable unit where that was the
/// unit asked for, else in the base unit of what it supplies.
fn asked_for(
    catalogue: &Catalogue,
    selected: &Selected<'_>,
    quantity: Decimal,
    request: &Request<'_>,
) -> Option<Quantity> {
    if request.unit.is_none_or(|unit| unit == selected.quantity.unit) {
        return Some(Quantity::new(quantity, selected.quantity.unit));
    }
    let line = catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
    let base_unit = catalogue.item(selected.item)?.base_unit;
    Some(Quantity::new(quantity.checked_mul(line.content)?, base_unit))
}

/// What is missing in whole packages of each line of the item, from its lowest tier on; the least
/// first.
fn whole_packages(catalogue: &Catalogue, missing: &Request<'_>) -> Vec<Quantity> {
    let resolution = resolve(catalogue, missing);
    let whole = resolution.candidates.iter().filter_map(|candidate| {
        let line =
            catalogue.contract(candidate.contract, candidate.version)?.line(candidate.line)?;
        let base_unit = catalogue.item(candidate.item)?.base_unit;
        let unit = missing.unit.unwrap_or(line.orderable_unit);
        let in_base_units = if unit == line.orderable_unit {
            missing.quantity.checked_mul(line.content)?
        } else {
            unit.convert(missing.quantity, base_unit)?
        };
        let lowest =
            line.tiers.iter().map(|tier| tier.threshold).min()?.checked_mul(line.content)?;
        Some(Quantity::new(
            round_up_to_multiple(in_base_units.max(lowest), line.content)?,
            base_unit,
        ))
    });
    let mut whole: Vec<Quantity> = whole.collect();
    whole.sort_by_key(|quantity| (quantity.value, quantity.unit));
    whole.dedup();
    whole
}
