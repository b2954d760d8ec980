//! The suppliers: how purchase orders reach each of them.

mod accounts;
mod channels;
mod contacts;
mod rows;
mod supplier;

use std::sync::Arc;

use calloff_core::wire::SupplierRow;
use leptos::prelude::*;

use super::live_list::{ListSearch, ListWords, LiveList};
use crate::api;
use crate::components::{Column, DataTable, Direction, Sort, StatusBadge, Tone};
use crate::desk::model::purchase_order_acts::is_sent_by_server;
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::model::supplier_rows::{SupplierColumn, matching, sorted};
use crate::desk::pages::purchase_orders::list_address;
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, channel_words, use_i18n};

pub use supplier::SupplierPage;

const COLUMNS: [(SupplierColumn, Text, &str); 6] = [
    (SupplierColumn::Name, Text::SupplierName, "supplier-name"),
    (SupplierColumn::Channel, Text::SupplierChannel, "supplier-channel"),
    (SupplierColumn::Phone, Text::Telephone, "supplier-phone"),
    (SupplierColumn::Contracts, Text::Contracts, "supplier-count numeric"),
    (SupplierColumn::Sites, Text::SupplierSites, "supplier-count numeric"),
    (SupplierColumn::ToSend, Text::SupplierToSend, "supplier-to-send numeric"),
];

const WORDS: ListWords = ListWords {
    loading: Text::SuppliersLoading,
    none: (Text::SuppliersNone, Text::SuppliersNoneAdvice),
    readers: Text::SuppliersReaders,
};

#[component]
pub fn SuppliersPage() -> impl IntoView {
    let i18n = use_i18n();
    let suppliers = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::suppliers()));
    let typed = RwSignal::new(String::new());
    let sort =
        RwSignal::new(Sort { column: SupplierColumn::Name, direction: Direction::Ascending });
    let rows = Memo::new(move |_| {
        let rows = suppliers.shown.get().value;
        let found = rows.map(|rows| typed.with(|typed| matching(&rows, typed)));
        Arc::new(sorted(found.unwrap_or_default(), sort.get()))
    });
    let columns =
        COLUMNS.map(|(id, text, class)| Column { id, label: i18n.t(text).into(), class }).to_vec();
    let search = ListSearch {
        label: Text::SuppliersSearch,
        typed,
        is_without_match: Signal::derive(move || rows.with(|rows| rows.is_empty())),
        id: "suppliers-search",
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Suppliers)}</h1></div>
        <LiveList list=suppliers is_empty=|rows| rows.is_empty() words=WORDS search>
            <DataTable
                caption=i18n.t(Text::Suppliers)
                columns=columns.clone()
                sort
                on_sort=Callback::new(move |column| sort.update(|sort| *sort = sort.pressed(column)))
                rows
                key=|row: &SupplierRow| row.supplier.to_string()
                draw=|row| view! { <Cells row /> }
                row_attribute="data-supplier"
                test_id="suppliers-table"
            />
        </LiveList>
    }
}

#[component]
fn Cells(row: SupplierRow) -> impl IntoView {
    let i18n = use_i18n();
    let path = Page::Supplier(row.supplier.clone()).path();
    let channel = match row.channel.filter(is_sent_by_server) {
        Some(channel) => {
            let words = Signal::derive(move || channel_words(&channel, i18n.language()));
            view! { <span title=words>{words}</span> }.into_any()
        }
        None => {
            let label = Signal::derive(move || i18n.t(Text::ChannelByHand)().to_owned());
            view! { <StatusBadge tone=Tone::Neutral label /> }.into_any()
        }
    };
    let waiting = PurchaseOrdersQuery::default()
        .with_filter(|filter| filter.supplier = Some(row.supplier.clone()))
        .by_hand();
    let to_send = match row.to_send {
        0 => "0".into_any(),
        count => {
            let label = Signal::derive(move || count.to_string());
            view! {
                <a class="over-row" href=list_address(&waiting) data-testid="supplier-to-send">
                    <span class="visually-hidden">{i18n.t(Text::SupplierToSend)}": "</span>
                    <StatusBadge tone=Tone::Caution label />
                </a>
            }
            .into_any()
        }
    };
    view! {
        <th scope="row" class="supplier-name"><a class="row-link two-lines" href=path data-testid="supplier-link">{row.name}</a></th>
        <td class="supplier-channel">{channel}</td>
        <td class="supplier-phone">{row.phone}</td>
        <td class="supplier-count numeric">{row.contracts}</td>
        <td class="supplier-count numeric">{row.sites}</td>
        <td class="supplier-to-send numeric">{to_send}</td>
    }
}
