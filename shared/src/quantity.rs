//! Quantities: an exact decimal and a unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// A number of a unit, for example 5 KGM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quantity {
    /// The number. It is positive wherever something is ordered.
    pub value: Decimal,
    /// The unit.
    pub unit: Unit,
}

impl Quantity {
    /// A quantity of `value` in `unit`.
    #[must_use]
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self { value, unit }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.value.normalize(), self.unit)
    }
}
