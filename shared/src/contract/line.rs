use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Scope, Terms};
use crate::calendar::Validity;
use crate::decimal::divide_exactly;
use crate::ids::{ItemId, LineId};
use crate::money::Price;
use crate::unit::Unit;

/// One item on a contract: its orderable unit, its content and its price tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogueLine {
    /// The identifier of the line, the same in all versions of the contract.
    pub id: LineId,
    /// The item that the line supplies.
    pub item: ItemId,
    /// The number that the supplier uses for the item.
    #[serde(default)]
    pub supplier_item_number: Option<Arc<str>>,
    /// The package in the words of the price list ("18ML"). It is shown, and never used to compute.
    #[serde(default)]
    pub package_description: Option<Arc<str>>,
    /// The unit in which quantities are ordered and counted.
    pub orderable_unit: Unit,
    /// How many of the item's base unit one orderable unit contains ("XCS of 12 EA": 12).
    pub content: Decimal,
    /// The prices. The thresholds of tiers that hold on the same day are strictly increasing.
    pub tiers: Vec<PriceTier>,
    /// The line's own dates, when they are narrower than the contract's.
    #[serde(default)]
    pub validity: Option<Validity>,
    /// The smallest quantity on one order line, in orderable units.
    #[serde(default)]
    pub minimum_order_quantity: Option<Decimal>,
    /// The largest quantity on one order line, in orderable units.
    #[serde(default)]
    pub maximum_order_quantity: Option<Decimal>,
    /// The step: a quantity must be a multiple of it, in orderable units.
    #[serde(default)]
    pub order_quantity_increment: Option<Decimal>,
    /// Whether a part of an orderable unit can be ordered ("half a case"). When it is absent, the
    /// unit decides. Packages and counted units (`EA`, `C62`) are not divisible. Weighed, poured or
    /// measured units (`KGM`, `LTR`, `MTR`, `HUR`) are.
    #[serde(default)]
    pub divisible: Option<bool>,
    /// The line's own terms. They supersede the contract's terms, see
    /// [`super::Contract::terms_of`].
    #[serde(default)]
    pub terms: Option<Box<Terms>>,
    /// The sites of the line, when they are fewer than those of the contract's scope.
    #[serde(default)]
    pub territory: Option<Box<Scope>>,
    /// The line that this line replaces.
    #[serde(default)]
    pub replaces: Option<LineId>,
}

/// A price that holds from a quantity on. One tier prices the whole order line: the tier with the
/// highest threshold at or below the quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PriceTier {
    /// The smallest quantity of the tier, in orderable units (UBL `MinimumQuantity`, inclusive).
    pub threshold: Decimal,
    /// The price and the quantity that it buys.
    pub price: Price,
    /// The tier's own dates, when they are narrower than the line's.
    #[serde(default)]
    pub validity: Option<Validity>,
}

impl CatalogueLine {
    /// Whether a part of an orderable unit can be ordered: as the line says, otherwise as its unit
    /// says.
    #[must_use]
    pub fn is_divisible(&self) -> bool {
        self.divisible.unwrap_or_else(|| self.orderable_unit.is_divisible())
    }

    /// The step: quantities must be multiples of it. It is the line's increment. Without an
    /// increment it is 1 for a line that is not divisible, and `None` for a divisible line, where
    /// any quantity is allowed.
    #[must_use]
    pub fn quantity_step(&self) -> Option<Decimal> {
        self.order_quantity_increment.or_else(|| (!self.is_divisible()).then_some(Decimal::ONE))
    }

    /// The base quantity of a price, in orderable units. A price per base unit of the item is
    /// converted through the content.
    ///
    /// `None` when the result is not an exact decimal, or when the unit of the price does not
    /// convert to the item's base unit.
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
