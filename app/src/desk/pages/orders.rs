//! Merged orders of all sites. The address holds the filter, and the page follows the server's
//! changes.

mod filters;
mod summary;
mod table;

use calloff_core::ids::DocumentId;
use calloff_core::order::OrderStage;
use calloff_core::wire::OrderFilter;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::problem::{problem, stage};
use crate::api;
use crate::components::{AsyncView, Button, NoticeBox, StatusBadge, Tone, written_instant};
use crate::desk::model::orders_query::OrdersQuery;
use crate::desk::routes::Page;
use crate::desk::state::live::{Answer, Live, Shown};
use crate::desk::state::session::{Line, use_desk};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;
use filters::Filters;
use summary::Summary;
use table::OrderTable;

/// The most orders listed at once: 1,000 rows are about 400 KB before compression. The totals count
/// all orders.
const LISTED: u32 = 1_000;

/// The table with its filters and totals.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let query = use_orders_query();
    let filter = Memo::new(move |_| query.with(|query| query.filter.clone()));
    let orders = Live::new(desk, filter, |filter: OrderFilter| {
        Box::pin(async move { api::orders(&filter, LISTED).await })
    });
    let choices = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::order_filters()));
    let choices = Memo::new(move |_| choices.shown.get().value);
    let turn_to = use_turn_to();

    let stage =
        Signal::derive(move || orders.shown.with(|shown| stage(shown, |page| page.count == 0)));
    let page = Memo::new(move |_| orders.shown.get().value.map(Answer));
    let words = move || {
        orders.shown.with(|shown| {
            shown.problem.as_ref().map(|error| {
                problem(
                    i18n,
                    error,
                    (Text::OrdersNone, Text::OrdersNoneAdvice),
                    Text::OrdersReaders,
                )
            })
        })
    };
    let is_queue =
        Memo::new(move |_| query.with(|query| query.filter == OrdersQuery::waiting().filter));
    let heading = move || i18n.t(if is_queue.get() { Text::Exceptions } else { Text::Orders })();
    let empty_words = move |plain: Text, filtered: Text, queue: Text| {
        move || {
            let text = match (is_queue.get(), query.with(OrdersQuery::is_filtered)) {
                (true, _) => queue,
                (false, true) => filtered,
                (false, false) => plain,
            };
            i18n.t(text)()
        }
    };
    let clear = Callback::new(move |()| {
        turn_to.run(OrdersQuery { filter: OrderFilter::default(), ..query.get_untracked() })
    });
    let clear_button = move || {
        query
            .with(OrdersQuery::is_filtered)
            .then(|| view! { <Button label=i18n.t(Text::FilterClear) on_press=clear /> })
    };
    view! {
        <div class="page-head"><h1>{heading}</h1></div>
        <Filters query choices turn_to clear />
        <StaleNotice shown=orders.shown />
        <AsyncView
            stage
            loading=i18n.t(Text::OrdersLoading)
            empty_title=empty_words(Text::OrdersNone, Text::OrdersNoMatch, Text::ExceptionsNone)
            empty_advice=empty_words(Text::OrdersNoneAdvice, Text::OrdersNoMatchAdvice, Text::ExceptionsNoneAdvice)
            empty_action=clear_button
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| orders.request())
            busy=orders.is_busy
        >
            <Summary query choices page />
            <OrderTable query turn_to page />
        </AsyncView>
    }
}

/// Says that the data is older, while the server is away.
#[component]
pub fn StaleNotice<T: Send + Sync + 'static>(shown: Memo<Shown<T>>) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let since = Memo::new(move |_| {
        let is_lost = desk.line() == Line::Lost;
        shown.with(|shown| {
            (shown.value.is_some() && (is_lost || shown.problem.is_some())).then_some(shown.as_of)
        })
    });
    move || {
        since.get().map(|at| {
            let message = move || {
                i18n.fill(Text::ShownAsOf, &[("time", &written_instant(i18n, at, Style::DateTime))])
            };
            view! { <NoticeBox tone=Tone::Caution message test_id="stale" /> }
        })
    }
}

/// The stage of an order in head office's words.
#[component]
pub fn StageBadge(stage: OrderStage) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = stage_text(stage);
    view! { <StatusBadge tone label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
}

fn stage_text(stage: OrderStage) -> (Tone, Text) {
    match stage {
        OrderStage::Draft => (Tone::Neutral, Text::StateDraft),
        OrderStage::Submitted => (Tone::Informative, Text::StateChecking),
        OrderStage::OnHold => (Tone::Caution, Text::StateException),
        OrderStage::Accepted => (Tone::Positive, Text::StateAccepted),
        OrderStage::Refused => (Tone::Negative, Text::StateRefused),
    }
}

/// The filter and the sorting in the address of the table, or of an order opened from the table.
pub fn use_orders_query() -> Memo<OrdersQuery> {
    let search = use_location().search;
    Memo::new(move |_| search.with(|search| OrdersQuery::parse(search)))
}

/// The address of the table with its filter and sorting.
pub fn table_address(query: &OrdersQuery) -> String {
    Page::Orders.path() + &query.to_search()
}

/// The address of an order. It keeps the filter and sorting, so that the way back leads to the same
/// table.
pub fn order_address(document: DocumentId, query: &OrdersQuery) -> String {
    Page::Order(document).path() + &query.to_search()
}

/// Writes filter and sorting into the address. The page follows the address.
fn use_turn_to() -> Callback<OrdersQuery> {
    let navigate = use_navigate();
    Callback::new(move |query: OrdersQuery| {
        navigate(&table_address(&query), NavigateOptions { scroll: false, ..Default::default() });
    })
}
