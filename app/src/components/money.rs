//! Amounts of money, exact, with their currency and all decimals.

use calloff_core::decimal::divide_exactly;
use calloff_core::money::{Currency, Money};
use calloff_core::quantity::Quantity;
use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::i18n::{self, I18n, unit_name, use_i18n};

/// An amount of money in the reader's notation.
#[component]
pub fn MoneyText(money: Money) -> impl IntoView {
    let i18n = use_i18n();
    view! { <data class="money" value=money.to_string()>{move || i18n::money(&money, i18n.language())}</data> }
}

/// A unit price with all its decimals, and the quantity that it buys: "12.40 USD / 100 pieces".
#[component]
pub fn PriceText(amount: Decimal, currency: Currency, buys: Quantity) -> impl IntoView {
    let i18n = use_i18n();
    let (amount, buys) = per_one_at_least(amount, buys);
    view! {
        <data class="money" value=format!("{amount} {currency} / {buys}")>
            {move || i18n::price(amount, currency, i18n.language())}
        </data>
        <span class="price-buys">"\u{a0}/ "{move || bought_words(i18n, &buys)}</span>
    }
}

/// A unit price in words, for the middle of a sentence.
#[must_use]
pub fn written_price(i18n: I18n, amount: Decimal, currency: Currency, buys: Quantity) -> String {
    let (amount, buys) = per_one_at_least(amount, buys);
    format!(
        "{}\u{a0}/ {}",
        i18n::price(amount, currency, i18n.language()),
        bought_words(i18n, &buys)
    )
}

/// The quantity that a price buys, in words: "crate", "100 pieces".
fn bought_words(i18n: I18n, buys: &Quantity) -> String {
    if buys.value == Decimal::ONE {
        unit_name(buys.unit, i18n.language())
    } else {
        i18n::quantity(buys, i18n.language())
    }
}

/// Turns a price for a part of a unit into the price of one unit, because nobody says "5.19 per 0.1
/// case". A price that would not be exact stays as it is.
fn per_one_at_least(amount: Decimal, buys: Quantity) -> (Decimal, Quantity) {
    match divide_exactly(amount, buys.value).filter(|_| buys.value < Decimal::ONE) {
        Some(price) => (price, Quantity::new(Decimal::ONE, buys.unit)),
        None => (amount, buys),
    }
}

/// One amount for each currency, one under the other. Amounts of different currencies are never
/// added.
#[component]
pub fn TotalsText(totals: Vec<Money>) -> impl IntoView {
    if totals.is_empty() {
        return view! { <span class="muted">"–"</span> }.into_any();
    }
    let amounts = totals.into_iter().map(|money| view! { <MoneyText money /> }).collect_view();
    view! { <span class="totals">{amounts}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use calloff_core::unit::Unit;

    use super::*;

    #[test]
    fn a_price_for_a_part_is_said_for_one() {
        let price = |amount: i64, buys: &str| {
            let buys = Quantity::new(buys.parse().unwrap(), Unit::parse("XCS").unwrap());
            let (amount, buys) = per_one_at_least(Decimal::new(amount, 2), buys);
            (amount.to_string(), buys.value.to_string())
        };
        assert_eq!(price(519, "0.1"), ("51.9".into(), "1".into()));
        assert_eq!(price(1240, "100"), ("12.40".into(), "100".into()));
        assert_eq!(
            price(100, "0.3"),
            ("1.00".into(), "0.3".into()),
            "a third comes out in no decimal"
        );
    }
}
