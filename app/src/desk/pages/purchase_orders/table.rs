//! The rows of the table of purchase orders.

use std::sync::Arc;

use calloff_core::wire::{PurchaseOrderPage, PurchaseOrderRow};
use leptos::prelude::*;

use super::{PurchaseOrderBadge, purchase_order_address};
use crate::components::{Column, DataTable, DateText, MoneyText};
use crate::desk::model::purchase_order_rows::{PurchaseOrderColumn, sorted};
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::state::live::Answer;
use crate::i18n::{Text, use_i18n};

/// The table. A press on a header sorts by it, through the address.
#[component]
pub fn PurchaseOrderTable(
    query: Memo<PurchaseOrdersQuery>,
    turn_to: Callback<PurchaseOrdersQuery>,
    page: Memo<Option<Answer<PurchaseOrderPage>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let sort = Memo::new(move |_| query.with(|query| query.sort));
    let rows = Memo::new(move |_| {
        let orders = page.with(|page| page.as_ref().map(|page| page.0.purchase_orders.clone()));
        Arc::new(sorted(orders.unwrap_or_default(), sort.get()))
    });
    let columns = PurchaseOrderColumn::ALL
        .map(|id| Column { id, label: i18n.t(header(id)).into(), class: class(id) })
        .to_vec();
    view! {
        <DataTable
            caption=i18n.t(Text::PurchaseOrders)
            columns
            sort
            on_sort=Callback::new(move |column| turn_to.run(query.get_untracked().sorted_by(column)))
            rows
            key=|row: &PurchaseOrderRow| row.number.clone()
            draw=move |row| view! { <Cells row query /> }
            row_attribute="data-number"
            test_id="purchase-orders-table"
        />
    }
}

fn header(column: PurchaseOrderColumn) -> Text {
    match column {
        PurchaseOrderColumn::Number => Text::PurchaseOrder,
        PurchaseOrderColumn::Supplier => Text::Supplier,
        PurchaseOrderColumn::Site => Text::Site,
        PurchaseOrderColumn::Delivery => Text::Delivery,
        PurchaseOrderColumn::Lines => Text::ColumnLines,
        PurchaseOrderColumn::State => Text::State,
        PurchaseOrderColumn::Total => Text::Total,
    }
}

fn class(column: PurchaseOrderColumn) -> &'static str {
    match column {
        PurchaseOrderColumn::Number => "column-number",
        PurchaseOrderColumn::Supplier => "column-supplier",
        PurchaseOrderColumn::Site => "column-site",
        PurchaseOrderColumn::Delivery => "column-delivery",
        PurchaseOrderColumn::Lines => "column-lines numeric",
        PurchaseOrderColumn::State => "column-way",
        PurchaseOrderColumn::Total => "column-total numeric",
    }
}

#[component]
fn Cells(row: PurchaseOrderRow, query: Memo<PurchaseOrdersQuery>) -> impl IntoView {
    let number = row.number.clone();
    let address = move || query.with(|query| purchase_order_address(&number, query));
    let (supplier, site) = (row.supplier_name.clone(), row.site_name.clone());
    view! {
        <th scope="row" class="column-number"><a class="row-link" href=address data-testid="purchase-order-link">{row.number}</a></th>
        <td class="column-supplier" title=supplier><span class="two-lines">{row.supplier_name}</span></td>
        <td class="column-site" title=site><span class="two-lines">{row.site_name}</span></td>
        <td class="column-delivery"><DateText date=row.delivery_date /></td>
        <td class="column-lines numeric">{row.lines}</td>
        <td class="column-way"><PurchaseOrderBadge state=row.state /></td>
        <td class="column-total numeric"><MoneyText money=row.total /></td>
    }
}
