use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Scope, Terms};
use crate::calendar::Validity;
use crate::decimal::divide_exactly;
use crate::ids::{ItemId, LineId};
use crate::money::Price;
use crate::unit::Unit;

/// What a contract offers: one item in one orderable unit at tiered prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogueLine {
    /// Its identifier, stable across versions.
    pub id: LineId,
    /// What it is.
    pub item: ItemId,
    /// The number under which the supplier knows it.
    #[serde(default)]
    pub supplier_item_number: Option<Arc<str>>,
    /// The package as the source describes it, in free text ("18ML"): shown, never computed with.
    #[serde(default)]
    pub package_description: Option<Arc<str>>,
    /// What quantities are counted in.
    pub orderable_unit: Unit,
    /// How many of the item's base unit one orderable unit holds ("XCS of 12 EA": 12).
    pub content: Decimal,
    /// Its prices, thresholds strictly increasing among tiers that hold on one day.
    pub tiers: Vec<PriceTier>,
    /// Its own dates, where they are narrower than the contract's.
    #[serde(default)]
    pub validity: Option<Validity>,
    /// The least that can be ordered, in orderable units.
    #[serde(default)]
    pub minimum_order_quantity: Option<Decimal>,
    /// The most that one order line may have, in orderable units.
    #[serde(default)]
    pub maximum_order_quantity: Option<Decimal>,
    /// Quantities are multiples of it, in orderable units.
    #[serde(default)]
    pub order_quantity_increment: Option<Decimal>,
    /// Whether a part of an orderable unit can be ordered ("half a case"). Where nothing is said:
    /// not of packages and of what is counted (`EA`, `C62`), but of what is weighed, poured or
    /// measured (`KGM`, `LTR`, `MTR`, `HUR`).
    #[serde(default)]
    pub divisible: Option<bool>,
    /// Its own terms, which supersede the contract's: [`super::Contract::terms_of`].
    #[serde(default)]
    pub terms: Option<Box<Terms>>,
    /// Narrows the contract's scope.
    #[serde(default)]
    pub territory: Option<Box<Scope>>,
    /// The line that this one takes the place of.
    #[serde(default)]
    pub replaces: Option<LineId>,
}

/// A price from a quantity on. One tier prices the whole line: the highest threshold at or below
/// the quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PriceTier {
    /// The least quantity it holds for, in orderable units (UBL `MinimumQuantity`, inclusive).
    pub threshold: Decimal,
    /// The price.
    pub price: Price,
    /// Its own dates, where they are narrower than the line's.
    #[serde(default)]
    pub validity: Option<Validity>,
}

impl CatalogueLine {
    /// Whether a part of an orderable unit can be ordered: what the line says, else what its unit
    /// is.
    #[must_use]
    pub fn is_divisible(&self) -> bool {
        self.divisible.unwrap_or_else(|| self.orderable_unit.is_divisible())
    }

    /// What orderable quantities are multiples of: the line's increment, else one whole unit where
    /// it is not divisible; `None` where any quantity will do.
    #[must_use]
    pub fn quantity_step(&self) -> Option<Decimal> {
        self.order_quantity_increment.or_else(|| (!self.is_divisible()).then_some(Decimal::ONE))
    }

    /// A price's base quantity in orderable units: a price per base unit of the item counts through
    /// the content.
    ///
    /// `None` where that does not come out exact, or the price stands in a unit that is neither.
    #[must_use]
    pub fn base_in_orderable_units(&self, price: &Price, item_base_unit: Unit) -> Option<Decimal> {
        let base = price.base_quantity;
        if base.unit == self.orderable_unit {
            Some(base.value)
        } else {
            divide_exactly(base.unit.convert(base.value, item_base_unit)?, self.content)
        }
    }
}
