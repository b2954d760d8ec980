//! Quantities with their unit.

use calloff_core::quantity::Quantity;
use leptos::prelude::*;

use crate::i18n::{self, use_i18n};

/// A quantity with the name of its unit.
#[component]
pub fn QuantityText(quantity: Quantity) -> impl IntoView {
    let i18n = use_i18n();
    view! { <data class="quantity" value=quantity.to_string()>{move || i18n::quantity(&quantity, i18n.language())}</data> }
}
