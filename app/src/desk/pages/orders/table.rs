//! The rows of the order table.

use std::sync::Arc;

use calloff_core::wire::{OrderPage, OrderRow};
use leptos::prelude::*;

use super::{StageBadge, order_address};
use crate::components::{Column, DataTable, SiteMoment, TotalsText};
use crate::desk::model::order_rows::{OrderColumn, clocks_differ, shown_totals, sorted};
use crate::desk::model::orders_query::OrdersQuery;
use crate::desk::state::live::Answer;
use crate::i18n::{Text, use_i18n};

/// The table. A press on a header sorts by it, through the address.
#[component]
pub fn OrderTable(
    query: Memo<OrdersQuery>,
    turn_to: Callback<OrdersQuery>,
    page: Memo<Option<Answer<OrderPage>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let sort = Memo::new(move |_| query.with(|query| query.sort));
    let rows = Memo::new(move |_| {
        let orders =
            page.with(|page| page.as_ref().map(|page| page.0.orders.clone())).unwrap_or_default();
        Arc::new(sorted(orders, sort.get()))
    });
    let shows_offset = Memo::new(move |_| {
        page.with(|page| page.as_ref().is_some_and(|page| clocks_differ(&page.0.orders)))
    });
    let columns = OrderColumn::ALL
        .map(|id| Column { id, label: i18n.t(header(id)).into(), class: class(id) })
        .to_vec();
    view! {
        <DataTable
            caption=i18n.t(Text::OrdersCaption)
            columns
            sort
            on_sort=Callback::new(move |column| turn_to.run(query.get_untracked().sorted_by(column)))
            rows
            key=|row: &OrderRow| row.document.to_string()
            draw=move |row| view! { <Cells row query shows_offset /> }
            row_attribute="data-document"
            test_id="orders-table"
        />
    }
}

fn header(column: OrderColumn) -> Text {
    match column {
        OrderColumn::Received => Text::ColumnReceived,
        OrderColumn::Submitted => Text::ColumnSubmitted,
        OrderColumn::Site => Text::Site,
        OrderColumn::Person => Text::ColumnPerson,
        OrderColumn::Tablet => Text::ColumnTablet,
        OrderColumn::Suppliers => Text::ColumnSuppliers,
        OrderColumn::Lines => Text::ColumnLines,
        OrderColumn::State => Text::State,
        OrderColumn::Total => Text::Total,
    }
}

fn class(column: OrderColumn) -> &'static str {
    match column {
        OrderColumn::Received => "column-received",
        OrderColumn::Submitted => "column-submitted",
        OrderColumn::Site => "column-site",
        OrderColumn::Person => "column-by",
        OrderColumn::Tablet => "column-tablet",
        OrderColumn::Suppliers => "column-suppliers",
        OrderColumn::Lines => "column-lines numeric",
        OrderColumn::State => "column-state",
        OrderColumn::Total => "column-total numeric",
    }
}

#[component]
fn Cells(row: OrderRow, query: Memo<OrdersQuery>, shows_offset: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let (document, site_name) = (row.document, row.site_name.clone());
    let totals = shown_totals(&row).to_vec();
    let address = move || query.with(|query| order_address(document, query));
    let unknown = row.unknown_names.contains(&row.submitted_by).then(|| {
        view! { <small class="muted" data-testid="name-unknown">" ("{i18n.t(Text::NameUnknown)}")"</small> }
    });
    let all_suppliers = row.suppliers.join(", ");
    let suppliers = {
        let (first, others) =
            (row.suppliers.first().cloned(), row.suppliers.len().saturating_sub(1));
        move || match (&first, others) {
            (None, _) => "–".to_owned(),
            (Some(first), 0) => first.clone(),
            (Some(first), others) => {
                i18n.fill(Text::SuppliersMore, &[("first", first), ("count", &others.to_string())])
            }
        }
    };
    view! {
        <td class="column-received"><a class="row-link" href=address data-testid="order-link"><SiteMoment at_ms=row.received_at local=row.received_local zone=row.time_zone.clone() shows_offset /></a></td>
        <td class="column-submitted"><SiteMoment at_ms=row.submitted_at local=row.submitted_local zone=row.time_zone shows_offset /></td>
        <th scope="row" class="column-site" title=site_name><span class="two-lines">{row.site_name}</span></th>
        <td class="column-by"><span class="two-lines">{row.submitted_by}{unknown}</span></td>
        <td class="column-tablet">{row.device_name}</td>
        <td class="column-suppliers" title=all_suppliers><span class="two-lines">{suppliers}</span></td>
        <td class="column-lines numeric">{row.lines}</td>
        <td class="column-state"><StageBadge stage=row.stage /></td>
        <td class="column-total numeric" data-testid="row-total"><TotalsText totals /></td>
    }
}
