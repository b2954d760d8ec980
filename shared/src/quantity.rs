//! Quantities: an exact decimal and a unit.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// So many of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// How many; positive wherever something is ordered.
    pub value: Decimal,
    /// Of what.
    pub unit: Unit,
}

impl Quantity {
    /// So many of a unit.
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

/// Division that must come out exact: `Some(q)` only when `q × divisor == dividend`.
#[must_use]
pub fn divide_exactly(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    let quotient = dividend.checked_div(divisor)?;
    (quotient.checked_mul(divisor)? == dividend).then_some(quotient)
}

/// The smallest multiple of `step` at or above `value`: the next orderable quantity.
///
/// `None` where the numbers do not fit a decimal or `step` is not positive.
#[must_use]
pub fn round_up_to_multiple(value: Decimal, step: Decimal) -> Option<Decimal> {
    let below = round_down_to_multiple(value, step)?;
    if below == value { Some(below) } else { below.checked_add(step) }
}

/// The largest multiple of `step` at or below a `value` that is not negative.
///
/// `None` where the numbers do not fit a decimal or `step` is not positive.
#[must_use]
pub fn round_down_to_multiple(value: Decimal, step: Decimal) -> Option<Decimal> {
    if step <= Decimal::ZERO || value < Decimal::ZERO {
        return None;
    }
    value.checked_sub(value.checked_rem(step)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_division_with_a_remainder_is_refused() {
        assert_eq!(divide_exactly(dec("10"), dec("4")), Some(dec("2.5")));
        assert_eq!(divide_exactly(dec("10"), dec("3")), None);
        assert_eq!(divide_exactly(dec("10"), dec("0")), None);
    }

    #[test]
    fn case_10_the_next_orderable_quantity_is_offered() {
        assert_eq!(round_up_to_multiple(dec("13"), dec("12")), Some(dec("24")));
        assert_eq!(round_up_to_multiple(dec("24"), dec("12")), Some(dec("24")));
        assert_eq!(round_up_to_multiple(dec("1"), dec("0.3")), Some(dec("1.2")));
        assert_eq!(round_up_to_multiple(dec("0"), dec("5")), Some(dec("0")));
        assert_eq!(round_down_to_multiple(dec("13"), dec("12")), Some(dec("12")));
        assert_eq!(round_up_to_multiple(Decimal::MAX, dec("2")), None);
        assert_eq!(round_up_to_multiple(dec("1"), dec("0")), None);
    }
}
