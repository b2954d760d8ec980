//! One order as head office has it: the people, the times, and every locked price.

mod comparison;
mod exception;
mod facts;
mod lines;

use std::collections::BTreeMap;
use std::sync::Arc;

use calloff_core::ids::DocumentId;
use calloff_core::money::Money;
use calloff_core::order::accept::Reason;
use calloff_core::order::basket::{Charge, with_charges};
use calloff_core::order::{PurchaseOrder, PurchaseOrderProgress, ServerStatus};
use calloff_core::wire::OrderDetail;
use leptos::prelude::*;

use super::live_list::{ListWords, LiveOne};
use super::orders::{StageBadge, StaleNotice, table_address, use_orders_query};
use super::purchase_orders::PurchaseOrderBadge;
use crate::api;
use crate::components::{DateText, Icon, IconName, MoneyText, TotalsText};
use crate::desk::model::order_rows::{shown_totals, totals_with_charges};
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{self, I18n, Text, use_i18n};
use exception::{Deciding, Exception};
use facts::Facts;
use lines::Lines;

const WORDS: ListWords = ListWords {
    loading: Text::OrderLoading,
    none: (Text::OrderUnknown, Text::OrderUnknownAdvice),
    readers: Text::OrdersReaders,
};

/// The page of one order. It follows the server's changes.
#[component]
pub fn OrderPage(document: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_orders_query();
    let order = Live::new(use_desk(), Memo::new(move |_| document), |document| {
        Box::pin(api::order(document))
    });
    // What a person writes about the order stays while the app asks for the order again. The page
    // is drawn anew only when the order differs.
    let deciding = Deciding::new(Callback::new(move |()| order.request()));
    let detail = Memo::new(move |_| order.shown.get().value);
    let content =
        move || detail.get().map(|detail| view! { <Whole detail=(*detail).clone() deciding /> });
    view! {
        <a class="back-link" href=move || query.with(table_address) data-testid="back">
            <Icon name=IconName::Back />
            {i18n.t(Text::BackToOrders)}
        </a>
        <StaleNotice shown=order.shown />
        <LiveOne one=order words=WORDS>
            {content}
        </LiveOne>
    }
}

#[component]
fn Whole(detail: OrderDetail, deciding: Deciding) -> impl IntoView {
    let i18n = use_i18n();
    let row = detail.row.clone();
    let with_charges = totals_with_charges(&detail.order.server.purchase_orders);
    let totals = shown_totals(&row).to_vec();
    view! {
        <article class="order-detail" data-testid="order-detail" data-document=row.document.to_string()>
            <header class="page-head">
                <div class="cluster">
                    <h1 data-testid="order-site">{row.site_name}</h1>
                    <span data-testid="order-state"><StageBadge stage=row.stage /></span>
                </div>
                <div class="order-sum">
                    <strong class="summary-figure" data-testid="order-total"><TotalsText totals /></strong>
                    {(!with_charges.is_empty()).then(|| view! {
                        <small class="muted" data-testid="order-total-with-charges">
                            {i18n.t(Text::WithoutCharges)}" "<TotalsText totals=with_charges />
                        </small>
                    })}
                </div>
            </header>
            <Refusal detail=detail.clone() />
            <Exception detail=detail.clone() deciding />
            <Facts detail=detail.clone() />
            <Lines detail=detail.clone() />
            <PurchaseOrders
                orders=detail.order.server.purchase_orders progress=detail.order.server.progress />
        </article>
    }
}

/// The reasons why the server refused the submission. Draws nothing for an order that was not
/// refused.
#[component]
fn Refusal(detail: OrderDetail) -> impl IntoView {
    let i18n = use_i18n();
    let Some(ServerStatus::Refused { reasons, .. }) = detail.order.server.status.clone() else {
        return ().into_any();
    };
    let reasons = reasons_list(&detail, reasons);
    view! {
        <section class="panel" data-tone="negative" data-testid="refusal">
            <h2>{i18n.t(Text::RefusalTitle)}</h2>
            <ul class="reasons">{reasons}</ul>
            <p class="muted">{i18n.t(Text::RefusalAdvice)}</p>
        </section>
    }
    .into_any()
}

/// Reasons in the reader's language, with the names of items.
fn reasons_list(detail: &OrderDetail, reasons: Vec<Reason>) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let detail = Arc::new(detail.clone());
    let one = |reason: Reason| {
        let detail = Arc::clone(&detail);
        view! { <li>{move || i18n::reason(&reason, &detail.order, i18n.language(), &*detail)}</li> }
    };
    reasons.into_iter().map(one).collect_view()
}

/// The purchase orders of this order: supplier, day and amount of each.
#[component]
fn PurchaseOrders(
    orders: Vec<PurchaseOrder>,
    progress: BTreeMap<String, PurchaseOrderProgress>,
) -> impl IntoView {
    let i18n = use_i18n();
    let content = if orders.is_empty() {
        view! { <p class="muted">{i18n.t(Text::PurchaseOrdersNone)}</p> }.into_any()
    } else {
        let has_charges = orders.iter().any(|order| !order.charges.is_empty());
        let rows = orders.into_iter().map(move |order| {
            let number = order.number.clone();
            let state = progress.get(&number).map(|at| view! { <PurchaseOrderBadge state=at.state /> });
            let path = Page::PurchaseOrder(number.clone()).path();
            let supplier = order.supplier_name.unwrap_or_else(|| order.supplier.to_string());
            view! {
                <tr data-testid="purchase-order" data-number=number>
                    <th scope="row"><a href=path data-testid="purchase-order-link">{order.number}</a></th>
                    <td>{supplier}</td>
                    <td><DateText date=order.delivery_date /></td>
                    <td data-testid="on-its-way">{state}</td>
                    <td class="numeric">{order.lines.len()}</td>
                    <td class="numeric"><MoneyText money=order.total /></td>
                    {has_charges.then(|| charged(i18n, order.total, order.charges))}
                </tr>
            }
        });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::PurchaseOrders)>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::PurchaseOrder)}</th>
                            <th scope="col">{i18n.t(Text::Supplier)}</th>
                            <th scope="col">{i18n.t(Text::Delivery)}</th>
                            <th scope="col">{i18n.t(Text::State)}</th>
                            <th scope="col" class="numeric">{i18n.t(Text::ColumnLines)}</th>
                            <th scope="col" class="numeric">{i18n.t(if has_charges { Text::TotalWithoutCharges } else { Text::Total })}</th>
                            {has_charges.then(|| view! {
                                <th scope="col" class="numeric">{i18n.t(Text::TotalWithCharges)}</th>
                            })}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::PurchaseOrders)}</h2>
            {content}
        </section>
    }
}

/// The total of a purchase order with its charges and allowances, and each of them.
fn charged(i18n: I18n, total: Money, charges: Vec<Charge>) -> impl IntoView {
    let sum = with_charges(total, &charges).map(|money| view! { <MoneyText money /> });
    let each = charges.into_iter().map(|charge| {
        let reason = charge.reason.clone();
        let plain = if charge.amount.amount.is_sign_negative() {
            Text::Allowance
        } else {
            Text::Charge
        };
        let words = move || reason.clone().unwrap_or_else(|| i18n.t(plain)().to_owned());
        view! { <small class="muted" data-testid="charge">{words}" "<MoneyText money=charge.amount /></small> }
    });
    view! { <td class="numeric cell-stack" data-testid="with-charges"><strong>{sum}</strong>{each.collect_view()}</td> }
}
