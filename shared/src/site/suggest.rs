//! Computes from a count on the shelf what to order: the par less the counted quantity, rounded up
//! to a quantity that can be ordered.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::decimal::round_up_to_multiple;
use crate::quantity::Quantity;
use crate::resolve::{NoSource, Outcome, ResolutionRequest, Selected, resolve, select};

/// A suggestion what to order for a line of the guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion<'c> {
    /// Nothing, because the site has as much as it should have.
    Enough,
    /// Order this quantity.
    Order {
        /// The quantity to put on an order line. It resolves to `selected` without an adjustment.
        ask: Quantity,
        /// The contract line that supplies it, in whole orderable units.
        selected: Selected<'c>,
    },
    /// Something is missing, but no contract supplies it.
    NoSource(NoSource),
}

/// The most times that a quantity is adjusted. After an adjustment another contract line may win
/// and need another adjustment.
const ADJUSTMENTS: usize = 4;

/// Suggests what to order when `missing.quantity` (par less count) of `missing.unit` is missing.
///
/// The missing quantity may be no whole number of packages, or less than the lowest price tier.
/// Resolution refuses such a quantity and does not round it. This rounds it up to the smallest
/// number of whole packages that a contract line supplies.
#[must_use]
pub fn suggest<'c>(catalogue: &'c Catalogue, missing: &ResolutionRequest<'_>) -> Suggestion<'c> {
    if missing.quantity <= Decimal::ZERO {
        return Suggestion::Enough;
    }
    let no_source = match orderable(catalogue, missing) {
        Ok(suggestion) => return suggestion,
        Err(no_source) => no_source,
    };
    for whole in whole_packages(catalogue, missing) {
        let request =
            ResolutionRequest { quantity: whole.value, unit: Some(whole.unit), ..missing.clone() };
        if let Ok(suggestion) = orderable(catalogue, &request) {
            return suggestion;
        }
    }
    Suggestion::NoSource(no_source)
}

/// Adjusts the wanted quantity until it can be ordered without an adjustment, in whole packages.
fn orderable<'c>(
    catalogue: &'c Catalogue,
    wanted: &ResolutionRequest<'_>,
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
        request = ResolutionRequest { quantity: ask.value, unit: Some(ask.unit), ..request };
    }
    Err(NoSource::AllRejected)
}

/// The quantity of a line in whole packages. An item that is sold in its base unit, by weight or
/// measure, may be ordered in parts.
fn whole(catalogue: &Catalogue, selected: &Selected<'_>) -> Decimal {
    let Quantity { value, unit } = selected.quantity;
    let is_package = catalogue.item(selected.item).is_none_or(|item| item.base_unit != unit);
    if is_package { value.ceil() } else { value }
}

/// The quantity to ask for so that a line supplies this quantity. It is in the line's orderable
/// unit when the request used that unit; otherwise it is in the item's base unit.
fn asked_for(
    catalogue: &Catalogue,
    selected: &Selected<'_>,
    quantity: Decimal,
    request: &ResolutionRequest<'_>,
) -> Option<Quantity> {
    if request.unit.is_none_or(|unit| unit == selected.quantity.unit) {
        return Some(Quantity::new(quantity, selected.quantity.unit));
    }
    let line = catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
    let base_unit = catalogue.item(selected.item)?.base_unit;
    Some(Quantity::new(quantity.checked_mul(line.content)?, base_unit))
}

/// The missing quantity in whole packages of each line of the item, at least its lowest tier
/// threshold. The smallest comes first.
fn whole_packages(catalogue: &Catalogue, missing: &ResolutionRequest<'_>) -> Vec<Quantity> {
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
