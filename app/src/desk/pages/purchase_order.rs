//! One purchase order: what the supplier reads, and its way there.

mod acts;
mod dispatches;
mod facts;
mod lines;
mod papers;

use calloff_core::supplier::SupplierContact;
use calloff_core::wire::{PurchaseOrderDetail, PurchaseOrderText};
use leptos::prelude::*;

use super::live_list::{ListWords, LiveOne};
use super::orders::StaleNotice;
use super::purchase_orders::{PurchaseOrderBadge, list_address, use_purchase_orders_query};
use crate::api;
use crate::components::{Icon, IconName, MoneyText, NoticeBox, Tone, written_instant};
use crate::desk::model::supplier_rows::{dialling, writing};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;
use acts::Way;
use dispatches::Dispatches;
use facts::Facts;
use lines::Lines;
use papers::Papers;

/// A purchase order that stays up to date, by its number.
type LiveOrder = Live<String, PurchaseOrderDetail>;

const WORDS: ListWords = ListWords {
    loading: Text::PurchaseOrderLoading,
    none: (Text::PurchaseOrderUnknown, Text::PurchaseOrderUnknownAdvice),
    readers: Text::OrdersReaders,
};

/// The page of one purchase order. It follows the server's changes.
#[component]
pub fn PurchaseOrderPage(number: String) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_purchase_orders_query();
    let order: LiveOrder =
        Live::new(use_desk(), Memo::new(move |_| number.clone()), |number: String| {
            Box::pin(async move { api::purchase_order(&number).await })
        });
    // A part of the page is drawn again only when its own facts changed, so that what is open stays
    // open.
    let detail = Memo::new(move |_| order.shown.get().value.map(|detail| (*detail).clone()));
    view! {
        <a class="back-link" href=move || query.with(list_address) data-testid="back">
            <Icon name=IconName::Back />
            <span>{i18n.t(Text::PurchaseOrders)}</span>
        </a>
        <StaleNotice shown=order.shown />
        <LiveOne one=order words=WORDS>
            <Whole detail order />
        </LiveOne>
    }
}

#[component]
fn Whole(detail: Memo<Option<PurchaseOrderDetail>>, order: LiveOrder) -> impl IntoView {
    let i18n = use_i18n();
    let row = Memo::new(move |_| detail.with(|detail| Some(detail.as_ref()?.row.clone())));
    let text = Memo::new(move |_| detail.with(|detail| detail.as_ref()?.text.clone()));
    let contacts = Memo::new(move |_| {
        detail.with(|detail| detail.as_ref().map(|detail| detail.contacts.clone()))
    });
    let dispatches = Memo::new(move |_| {
        detail.with(|detail| detail.as_ref().map(|detail| detail.dispatches.clone()))
    });
    let head = move || {
        row.get().map(|row| {
            let number = row.number;
            let title = move || i18n.fill(Text::PurchaseOrderTitled, &[("number", &number)]);
            let since = row.state_since.map(|at| {
                let words = move || {
                    let time = written_instant(i18n, at, Style::DateTime);
                    i18n.fill(Text::StateSince, &[("time", &time)])
                };
                view! { <small class="muted">{words}</small> }
            });
            view! {
                <header class="page-head">
                    <div class="cluster">
                        <h1>{title}</h1>
                        <span data-testid="purchase-order-state"><PurchaseOrderBadge state=row.state /></span>
                        {since}
                    </div>
                    <div class="order-sum">
                        <strong class="summary-figure" data-testid="purchase-order-total"><MoneyText money=row.total /></strong>
                        <small class="muted">{i18n.t(Text::TotalWithoutCharges)}</small>
                    </div>
                </header>
            }
        })
    };
    let facts = move || row.get().map(|row| view! { <Facts row text=text.get() /> });
    let lines = move || {
        match text.get() {
        Some(text) => view! { <Ordered text /> }.into_any(),
        None => view! {
            <NoticeBox tone=Tone::Caution message=i18n.t(Text::PurchaseOrderTextGone) test_id="text-gone" />
        }
        .into_any(),
    }
    };
    let people = move || contacts.get().map(|contacts| view! { <People contacts /> });
    // Only what its links need: the panel stays open when something else changes.
    let papers = Memo::new(move |_| {
        detail.with(|detail| {
            let detail = detail.as_ref().filter(|detail| detail.text.is_some())?;
            Some((detail.row.number.clone(), detail.ubl_gaps.clone()))
        })
    });
    let papers = move || papers.get().map(|(number, gaps)| view! { <Papers number gaps /> });
    let sent = move || dispatches.get().map(|dispatches| view! { <Dispatches dispatches /> });
    view! {
        <article class="order-detail" data-testid="purchase-order-detail">
            {head}
            <Way detail order />
            {people}
            {facts}
            {lines}
            {papers}
            {sent}
        </article>
    }
}

#[component]
fn Ordered(text: PurchaseOrderText) -> impl IntoView {
    let i18n = use_i18n();
    let note = (!text.note.is_empty()).then(|| {
        view! {
            <section class="panel">
                <h2>{i18n.t(Text::Note)}</h2>
                <p class="typed-text" data-testid="purchase-order-note">{text.note.clone()}</p>
            </section>
        }
    });
    view! { <Lines text /> {note} }
}

/// The people at the supplier, with what reaches them.
#[component]
fn People(contacts: Vec<SupplierContact>) -> impl IntoView {
    let i18n = use_i18n();
    let content = if contacts.is_empty() {
        view! { <p class="muted">{i18n.t(Text::PeopleToCallNone)}</p> }.into_any()
    } else {
        view! { <ContactList contacts /> }.into_any()
    };
    view! {
        <section class="panel" data-testid="people-to-call">
            <h2>{i18n.t(Text::PeopleToCall)}</h2>
            {content}
        </section>
    }
}

/// Contacts, each with links that call and write.
#[component]
pub fn ContactList(contacts: Vec<SupplierContact>) -> impl IntoView {
    let i18n = use_i18n();
    let link = move |path: String, shown: String, text: Text, name: String| {
        let label = move || format!("{}: {shown}", i18n.fill(text, &[("name", &name)]));
        (path, label)
    };
    let one = move |contact: SupplierContact| {
        let SupplierContact { name, role, phone, email } = contact;
        let call = (!phone.is_empty()).then(|| {
            let (path, label) =
                link(dialling(&phone), phone.clone(), Text::CallNamed, name.clone());
            view! { <a href=path aria-label=label>{phone}</a> }
        });
        let write = (!email.is_empty()).then(|| {
            let (path, label) =
                link(writing(&email), email.clone(), Text::WriteNamed, name.clone());
            view! { <a href=path aria-label=label>{email}</a> }
        });
        view! {
            <li class="contact" data-testid="supplier-contact">
                <span><strong>{name}</strong>" "<span class="muted">{role}</span></span>
                {call}
                {write}
            </li>
        }
    };
    view! { <ul role="list" class="contact-list">{contacts.into_iter().map(one).collect_view()}</ul> }
}
