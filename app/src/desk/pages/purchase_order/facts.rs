//! Supplier, site, day and address, as names and values.

use calloff_core::wire::{PurchaseOrderRow, PurchaseOrderText};
use leptos::prelude::*;

use crate::components::{DateText, written_local};
use crate::desk::pages::facts::fact_in;
use crate::desk::pages::shell::may_see;
use crate::desk::routes::Page;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;

/// The facts of a purchase order. Those of its text are missing with it.
#[component]
pub fn Facts(row: PurchaseOrderRow, text: Option<PurchaseOrderText>) -> impl IntoView {
    let i18n = use_i18n();
    let fact = fact_in(i18n);
    let page = Page::Supplier(row.supplier.clone());
    let sees_supplier = match use_desk().who_untracked() {
        Who::Person(session) => may_see(&session, &page),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let supplier = if sees_supplier {
        view! { <a href=page.path()>{row.supplier_name}</a> }.into_any()
    } else {
        row.supplier_name.into_any()
    };
    let order = view! { <a href=Page::Order(row.order).path()>{i18n.t(Text::CutFromOpen)}</a> };
    let of_text = text.map(|text| {
        let account = match text.account {
            Some(account) => account.into_any(),
            None => {
                view! { <span class="muted">{i18n.t(Text::CustomerNumberNone)}</span> }.into_any()
            }
        };
        let ordered_at = text.ordered_at;
        let ordered = move || written_local(i18n, ordered_at, Style::DateTime);
        let lines = text.address.into_iter().map(|line| view! { <span>{line}</span> });
        let address = view! { <span class="address">{lines.collect_view()}</span> };
        let gln = text.gln.map(|gln| fact(Text::SiteGln, "site-gln", gln.into_any()));
        let hours = text.receiving_hours.map(|(from, to)| {
            fact(Text::ReceivingHours, "receiving-hours", format!("{from}–{to}").into_any())
        });
        let instructions = (!text.delivery_instructions.is_empty()).then(|| {
            fact(
                Text::DeliveryInstructions,
                "delivery-instructions",
                text.delivery_instructions.into_any(),
            )
        });
        let contacts = (!text.contacts.is_empty()).then(|| {
            let lines =
                text.contacts.iter().map(|contact| view! { <span>{contact.in_one_line()}</span> });
            let lines = view! { <span class="address">{lines.collect_view()}</span> };
            fact(Text::Contacts, "site-contacts", lines.into_any())
        });
        view! {
            {fact(Text::CustomerNumber, "customer-number", account)}
            {fact(Text::FactOrdered, "ordered-at", ordered.into_any())}
            {fact(Text::FactOrderedBy, "ordered-by", text.ordered_by.into_any())}
            {fact(Text::DeliveryAddress, "delivery-address", address.into_any())}
            {gln}
            {hours}
            {instructions}
            {contacts}
        }
    });
    view! {
        <section class="panel">
            <dl class="order-facts">
                {fact(Text::Supplier, "purchase-order-supplier", supplier)}
                {fact(Text::Site, "purchase-order-site", row.site_name.into_any())}
                {fact(Text::Delivery, "purchase-order-delivery", view! { <DateText date=row.delivery_date /> }.into_any())}
                {fact(Text::CutFrom, "purchase-order-order", order.into_any())}
                {of_text}
            </dl>
        </section>
    }
}
