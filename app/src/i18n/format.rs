//! Exact numbers as a language writes them. No number becomes a float on the way to the screen.

use calloff_core::calendar::Date;
use calloff_core::contract::Measure;
use calloff_core::money::{Currency, Money};
use calloff_core::numeral::Notation;
use calloff_core::quantity::Quantity;
use rust_decimal::Decimal;

use super::{Language, counted_unit_name};

/// The marks with which a language writes and reads numbers.
#[must_use]
pub fn notation(language: Language) -> Notation {
    match language {
        Language::English => Notation::POINT,
        Language::German => Notation::COMMA,
    }
}

/// A plain number ("-1234.50") with the language's separators. Every group of three digits is set
/// apart: separators only from five digits on would look odd in columns.
#[must_use]
pub fn grouped(plain: &str, language: Language) -> String {
    let Notation { group, point } = notation(language);
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("−", rest));
    let (whole, decimals) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push(point);
        text.push_str(decimals);
    }
    text
}

/// A calendar day in a sentence: "30 June 2026", "30. Juni 2026".
#[must_use]
pub fn day(date: Date, language: Language) -> String {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const GERMAN: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let (months, point) = match language {
        Language::English => (ENGLISH, ""),
        Language::German => (GERMAN, "."),
    };
    let month =
        usize::from(date.month().unsigned_abs()).checked_sub(1).and_then(|at| months.get(at));
    format!("{}{point} {} {}", date.day(), month.unwrap_or(&""), date.year())
}

/// A count or measure, without meaningless zeros.
#[must_use]
pub fn decimal(value: Decimal, language: Language) -> String {
    grouped(&value.normalize().to_string(), language)
}

/// An amount with all the decimals of its currency: "1,234.50 USD".
#[must_use]
pub fn money(money: &Money, language: Language) -> String {
    price(money.amount, money.currency, language)
}

/// A price with all its decimals, but at least those of its currency: "0.00417 USD", "12.40 USD".
#[must_use]
pub fn price(amount: Decimal, currency: Currency, language: Language) -> String {
    let mut shown = amount.normalize();
    if shown.scale() < currency.minor_units() {
        shown.rescale(currency.minor_units());
    }
    format!("{}\u{a0}{currency}", grouped(&shown.to_string(), language))
}

/// A measure of a commitment: a quantity with its unit, or a number in the contract's currency.
#[must_use]
pub fn measure(measure: &Measure, language: Language) -> String {
    match measure {
        Measure::Quantity(of) => quantity(of, language),
        Measure::Value(value) => decimal(*value, language),
    }
}

/// "1 box", "12 boxes".
#[must_use]
pub fn quantity(quantity: &Quantity, language: Language) -> String {
    format!(
        "{}\u{a0}{}",
        decimal(quantity.value, language),
        counted_unit_name(quantity.unit, quantity.value, language)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn groups_and_decimals_are_those_of_the_language() {
        assert_eq!(grouped("1234567.5", Language::English), "1,234,567.5");
        assert_eq!(grouped("1234567.5", Language::German), "1.234.567,5");
        assert_eq!(grouped("-123", Language::English), "−123");
        assert_eq!(grouped("999", Language::German), "999");
    }

    #[test]
    fn a_day_is_written_as_the_language_writes_it() {
        let date = jiff::civil::date(2026, 3, 5);
        assert_eq!(
            [day(date, Language::English), day(date, Language::German)],
            ["5 March 2026", "5. März 2026"]
        );
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency_and_a_price_keeps_more() {
        let usd = Currency::parse("USD").unwrap();
        let jpy = Currency::parse("JPY").unwrap();
        assert_eq!(price(dec("12.4"), usd, Language::English), "12.40\u{a0}USD");
        assert_eq!(price(dec("0.00417"), usd, Language::English), "0.00417\u{a0}USD");
        assert_eq!(price(dec("12.5000"), usd, Language::German), "12,50\u{a0}USD");
        assert_eq!(price(dec("1200"), jpy, Language::English), "1,200\u{a0}JPY");
    }

    #[test]
    fn a_quantity_drops_meaningless_zeros() {
        assert_eq!(decimal(dec("12.500"), Language::English), "12.5");
        assert_eq!(decimal(dec("100"), Language::English), "100");
    }
}
