//! Amounts: exact, with their currency, all decimals shown.

use calloff_core::money::{Currency, Money};
use calloff_core::quantity::Quantity;
use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::i18n::{self, unit_name, use_i18n};

/// An amount of money in the reader's notation.
#[component]
pub fn MoneyText(money: Money) -> impl IntoView {
    let i18n = use_i18n();
    view! { <data class="money" value=money.to_string()>{move || i18n::money(&money, i18n.language())}</data> }
}

/// A unit price at the scale it was given, and what it buys: "12.40 USD / 100 each".
#[component]
pub fn PriceText(amount: Decimal, currency: Currency, buys: Quantity) -> impl IntoView {
    let i18n = use_i18n();
    let what = move || {
        if buys.value == Decimal::ONE {
            unit_name(buys.unit, i18n.language())
        } else {
            i18n::quantity(&buys, i18n.language())
        }
    };
    view! {
        <data class="money" value=format!("{amount} {currency} / {buys}")>
            {move || i18n::price(amount, currency, i18n.language())}
        </data>
        <span class="price-buys">"\u{a0}/ "{what}</span>
    }
}

/// One amount for each currency, one under the other: amounts of different currencies are never added.
#[component]
pub fn TotalsText(totals: Vec<Money>) -> impl IntoView {
    if totals.is_empty() {
        return view! { <span class="muted">"–"</span> }.into_any();
    }
    let amounts = totals.into_iter().map(|money| view! { <MoneyText money /> }).collect_view();
    view! { <span class="totals">{amounts}</span> }.into_any()
}
