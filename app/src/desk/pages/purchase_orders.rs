//! The purchase orders of all sites, and how far each is on its way to the supplier. The address
//! holds the filter, and the page follows the server's changes.

mod filters;
mod table;

use calloff_core::order::PurchaseOrderState;
use calloff_core::wire::{PurchaseOrderFilter, PurchaseOrderPage as Listed};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::orders::StaleNotice;
use super::problem::{problem, stage};
use crate::api;
use crate::components::{AsyncView, Button, StatusBadge};
use crate::desk::model::purchase_order_rows::state_text;
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::routes::Page;
use crate::desk::state::live::{Answer, Live};
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, grouped, use_i18n};
use filters::Filters;
use table::PurchaseOrderTable;

/// The most purchase orders listed at once, as in the list of orders.
const LISTED: u32 = 1_000;

/// The table with its filters.
#[component]
pub fn PurchaseOrdersPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let query = use_purchase_orders_query();
    let filter = Memo::new(move |_| query.with(|query| query.filter.clone()));
    let orders = Live::new(desk, filter, |filter: PurchaseOrderFilter| {
        Box::pin(async move { api::purchase_orders(&filter, LISTED).await })
    });
    let choices = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::order_filters()));
    let choices = Memo::new(move |_| choices.shown.get().value);
    let turn_to = use_turn_to();
    let stage = Signal::derive(move || {
        orders.shown.with(|shown| stage(shown, |page: &Listed| page.count == 0))
    });
    let page = Memo::new(move |_| orders.shown.get().value.map(Answer));
    let words = move || {
        let none = (Text::PurchaseOrdersNoneYet, Text::PurchaseOrdersNoneYetAdvice);
        orders.shown.with(|shown| {
            shown.problem.as_ref().map(|error| problem(i18n, error, none, Text::OrdersReaders))
        })
    };
    let empty_words = move |plain: Text, filtered: Text, by_hand: Text| {
        move || {
            let is_by_hand = query.with(is_by_hand);
            let text = match (is_by_hand, query.with(PurchaseOrdersQuery::is_filtered)) {
                (true, _) => by_hand,
                (false, true) => filtered,
                (false, false) => plain,
            };
            i18n.t(text)()
        }
    };
    let clear = Callback::new(move |()| {
        let filter = PurchaseOrderFilter::default();
        turn_to.run(PurchaseOrdersQuery { filter, ..query.get_untracked() })
    });
    let clear_button = move || {
        query
            .with(PurchaseOrdersQuery::is_filtered)
            .then(|| view! { <Button label=i18n.t(Text::FilterClear) on_press=clear /> })
    };
    view! {
        <div class="page-head">
            <h1>{i18n.t(Text::PurchaseOrders)}</h1>
            <ByHand query />
        </div>
        <Filters query choices turn_to clear />
        <StaleNotice shown=orders.shown />
        <AsyncView
            stage
            loading=i18n.t(Text::PurchaseOrdersLoading)
            empty_title=empty_words(Text::PurchaseOrdersNoneYet, Text::PurchaseOrdersNoMatch, Text::PurchaseOrdersNoneByHand)
            empty_advice=empty_words(Text::PurchaseOrdersNoneYetAdvice, Text::PurchaseOrdersNoMatchAdvice, Text::PurchaseOrdersNoneByHandAdvice)
            empty_action=clear_button
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| orders.request())
            busy=orders.is_busy
        >
            <Count page />
            <PurchaseOrderTable query turn_to page />
        </AsyncView>
    }
}

/// Whether the query lists only what a person must send.
fn is_by_hand(query: &PurchaseOrdersQuery) -> bool {
    query.filter.state == Some(PurchaseOrderState::NeedsPerson)
}

/// The link to the purchase orders that a person must send, with their number. The other filters
/// stay.
#[component]
fn ByHand(query: Memo<PurchaseOrdersQuery>) -> impl IntoView {
    let i18n = use_i18n();
    let filter = Memo::new(move |_| query.get().by_hand().filter);
    // One row is enough, because the answer has the number of all.
    let waiting = Live::new(use_desk(), filter, |filter: PurchaseOrderFilter| {
        Box::pin(async move { api::purchase_orders(&filter, 1).await })
    });
    let count = Memo::new(move |_| waiting.shown.get().value.map(|page| page.count));
    let address = move || list_address(&query.get().by_hand());
    let current = move || query.with(is_by_hand).then_some("true");
    move || {
        count.get().map(|count| {
            let words = move || {
                let count = grouped(&count.to_string(), i18n.language());
                i18n.fill(Text::PurchaseOrdersByHand, &[("count", &count)])
            };
            view! {
                <a class="button" href=address aria-current=current data-testid="by-hand" data-count=count.to_string()>
                    {words}
                </a>
            }
        })
    }
}

/// The number of purchase orders, and whether the table lists all of them.
#[component]
fn Count(page: Memo<Option<Answer<Listed>>>) -> impl IntoView {
    let i18n = use_i18n();
    let count = move || page.with(|page| page.as_ref().map_or(0, |page| page.0.count));
    let number = move |count: u64| grouped(&count.to_string(), i18n.language());
    let counted = move || {
        let text = if count() == 1 { Text::PurchaseOrdersOne } else { Text::PurchaseOrdersMany };
        i18n.fill(text, &[("count", &number(count()))])
    };
    let cut = move || {
        let shown =
            page.with(|page| page.as_ref().map_or(0, |page| page.0.purchase_orders.len() as u64));
        (shown < count()).then(|| {
            let words = i18n.fill(Text::PurchaseOrdersCut, &[("shown", &number(shown))]);
            view! { " "<span class="summary-cut">{words}</span> }
        })
    };
    view! {
        <p class="list-count" aria-live="polite">
            <strong data-testid="purchase-orders-count" data-count=move || count().to_string()>{counted}</strong>
            {cut}
        </p>
    }
}

/// How far a purchase order is, in words.
#[component]
pub fn PurchaseOrderBadge(state: PurchaseOrderState) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = state_text(state);
    view! { <StatusBadge tone label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
}

/// The filter and the sorting in the address of the table, or of a purchase order opened from it.
pub fn use_purchase_orders_query() -> Memo<PurchaseOrdersQuery> {
    let search = use_location().search;
    Memo::new(move |_| search.with(|search| PurchaseOrdersQuery::parse(search)))
}

/// The address of the table with its filter and sorting.
pub fn list_address(query: &PurchaseOrdersQuery) -> String {
    Page::PurchaseOrders.path() + &query.to_search()
}

/// The address of a purchase order. It keeps the filter and sorting, so that the way back leads to
/// the same table.
fn purchase_order_address(number: &str, query: &PurchaseOrdersQuery) -> String {
    Page::PurchaseOrder(number.to_owned()).path() + &query.to_search()
}

/// Writes filter and sorting into the address. The page follows the address.
fn use_turn_to() -> Callback<PurchaseOrdersQuery> {
    let navigate = use_navigate();
    Callback::new(move |query: PurchaseOrdersQuery| {
        navigate(&list_address(&query), NavigateOptions { scroll: false, ..Default::default() });
    })
}
