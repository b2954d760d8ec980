//! The prices of a line, and how they changed.

use calloff_core::contract::{PriceTier, tier_changes};
use calloff_core::money::{Currency, Price};
use calloff_core::quantity::Quantity;
use calloff_core::unit::Unit;
use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::components::{PriceText, written_price};
use crate::i18n::{self, I18n, Text, rise_words, use_i18n, validity_words};

/// The prices of a line, one under the other. A price that does not hold from one unit on says from
/// which quantity.
#[component]
pub fn Prices(tiers: Vec<PriceTier>, currency: Currency, unit: Unit) -> impl IntoView {
    let i18n = use_i18n();
    let is_alone = tiers.len() == 1;
    let tier = move |tier: PriceTier| {
        let starts = (!is_alone || tier.threshold > Decimal::ONE).then(|| {
            let words = move || threshold_words(i18n, tier.threshold, unit);
            view! { <small class="muted">{words}" "</small> }
        });
        let days = tier.validity.map(|days| {
            let words = move || validity_words(&days, i18n.language());
            view! { " "<small class="muted">{words}</small> }
        });
        let Price { amount, base_quantity } = tier.price;
        view! {
            <span class="price-tier">{starts}<PriceText amount currency buys=base_quantity />{days}</span>
        }
    };
    view! { {tiers.into_iter().map(tier).collect_view()} }
}

/// The changes of a line's prices, one under the other: "21.00 EUR / bag → 22.05 EUR / bag (+5 %)".
#[component]
pub fn PriceChanges(
    before: Vec<PriceTier>,
    after: Vec<PriceTier>,
    /// The currencies before and after.
    currencies: (Currency, Currency),
    unit: Unit,
) -> impl IntoView {
    let i18n = use_i18n();
    let (old, new) = currencies;
    let is_alone = before.len() <= 1 && after.len() <= 1;
    let changes = tier_changes(&before, &after).into_iter().map(move |change| {
        let starts = (!is_alone).then(|| {
            let words = move || threshold_words(i18n, change.threshold, unit);
            view! { <small class="muted">{words}" "</small> }
        });
        let days = change.validity.map(|days| {
            let words = move || validity_words(&days, i18n.language());
            view! { " "<small class="muted">{words}</small> }
        });
        let price = move |price: Option<Price>, currency: Currency| {
            move || match &price {
                Some(price) => written(i18n, price, currency),
                None => "–".to_owned(),
            }
        };
        let (from, to) = (price(change.from, old), price(change.to, new));
        let rise = change.percent.filter(|_| old == new).map(|percent| {
            let words = move || rise_words(percent, i18n.language());
            view! { " "<strong class="rise">{words}</strong> }
        });
        view! {
            <span class="price-tier" data-testid="price-change">{starts}{from}" → "{to}{rise}{days}</span>
        }
    });
    view! { {changes.collect_view()} }
}

/// A price in words, for the middle of a sentence.
pub fn written(i18n: I18n, price: &Price, currency: Currency) -> String {
    written_price(i18n, price.amount, currency, price.base_quantity)
}

/// From which quantity a price holds: "from 10 bags".
pub fn threshold_words(i18n: I18n, threshold: Decimal, unit: Unit) -> String {
    let quantity = i18n::quantity(&Quantity::new(threshold, unit), i18n.language());
    i18n.fill(Text::LineFromQuantity, &[("quantity", &quantity)])
}
