//! Exact arithmetic on decimals, for quantities. A result that is not an exact decimal is refused,
//! not rounded.

use rust_decimal::Decimal;

/// Divides exactly. `None` when the result is not an exact decimal or does not fit 28 digits.
///
/// A fraction in lowest terms is a finite decimal exactly when its denominator has no prime factors
/// except 2 and 5. Dividing and multiplying back does not show this: a third of 10 is rounded, and
/// 3 times that rounds to 10.
#[must_use]
pub fn divide_exactly(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    if divisor.is_zero() {
        return None;
    }
    let (numerator, denominator) = (dividend.mantissa(), divisor.mantissa());
    let common: i128 =
        greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs())
            .try_into()
            .ok()?;
    let sign = denominator.signum();
    let (numerator, mut denominator) = (numerator / common * sign, denominator / common * sign);
    let mut factors = |prime: i128| {
        let mut count = 0;
        while denominator % prime == 0 {
            denominator /= prime;
            count += 1;
        }
        count
    };
    let (twos, fives): (u32, u32) = (factors(2), factors(5));
    if denominator != 1 {
        return None;
    }
    let decimals = twos.max(fives);
    let expand =
        2_i128.checked_pow(decimals - twos)?.checked_mul(5_i128.checked_pow(decimals - fives)?)?;
    let mantissa = numerator.checked_mul(expand)?;
    let scale = i64::from(decimals) + i64::from(dividend.scale()) - i64::from(divisor.scale());
    let (mantissa, scale) = match u32::try_from(scale) {
        Ok(scale) => (mantissa, scale),
        Err(_) => (mantissa.checked_mul(10_i128.checked_pow(u32::try_from(-scale).ok()?)?)?, 0),
    };
    Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(|quotient| quotient.normalize())
}

/// Euclid's algorithm. At least one of the two numbers must not be zero.
fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The smallest multiple of `step` at or above `value`: the next orderable quantity.
///
/// `None` when a number does not fit a decimal, or when `step` is not positive.
#[must_use]
pub fn round_up_to_multiple(value: Decimal, step: Decimal) -> Option<Decimal> {
    let below = round_down_to_multiple(value, step)?;
    if below == value { Some(below) } else { below.checked_add(step) }
}

/// The largest multiple of `step` at or below `value`.
///
/// `None` when a number does not fit a decimal, when `step` is not positive, or when `value` is
/// negative.
#[must_use]
pub fn round_down_to_multiple(value: Decimal, step: Decimal) -> Option<Decimal> {
    if step <= Decimal::ZERO || value < Decimal::ZERO {
        return None;
    }
    Some(value.checked_sub(value.checked_rem(step)?)?.normalize())
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
        assert_eq!(divide_exactly(dec("0"), dec("7")), Some(dec("0")));
        assert_eq!(divide_exactly(dec("-1.5"), dec("0.003")), Some(dec("-500")));
        assert_eq!(divide_exactly(dec("1"), dec("-0.08")), Some(dec("-12.5")));
        assert_eq!(divide_exactly(dec("1"), dec("1024")), Some(dec("0.0009765625")));
        assert_eq!(divide_exactly(Decimal::MAX, dec("0.1")), None, "too large");
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
