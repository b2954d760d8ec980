//! The contracts: which are in force, how long, and how much was ordered under them. The address
//! holds the filter, and the page follows the server's changes.

mod filters;
mod table;

use calloff_core::wire::{ContractFilter, ContractPage as Listed, ContractState};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::orders::StaleNotice;
use super::problem::{problem, stage};
use crate::api;
use crate::components::{AsyncView, Button, StatusBadge};
use crate::desk::model::contract_query::{ContractQuery, ContractsQuery};
use crate::desk::model::contract_rows::state_text;
use crate::desk::routes::Page;
use crate::desk::state::live::{Answer, Live};
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, grouped, use_i18n};
use filters::Filters;
use table::ContractTable;

pub use table::Soon;

/// The table with its filters.
#[component]
pub fn ContractsPage() -> impl IntoView {
    let i18n = use_i18n();
    let search = use_location().search;
    let query = Memo::new(move |_| search.with(|search| ContractsQuery::parse(search)));
    let filter = Memo::new(move |_| query.with(|query| query.filter.clone()));
    let contracts = Live::new(use_desk(), filter, |filter: ContractFilter| {
        Box::pin(async move { api::contracts(&filter).await })
    });
    let navigate = use_navigate();
    let turn_to = Callback::new(move |query: ContractsQuery| {
        navigate(&list_address(&query), NavigateOptions { scroll: false, ..Default::default() });
    });
    let stage = Signal::derive(move || {
        contracts.shown.with(|shown| stage(shown, |page: &Listed| page.count == 0))
    });
    let page = Memo::new(move |_| contracts.shown.get().value.map(Answer));
    let words = move || {
        let none = (Text::ContractsNoneYet, Text::ContractsNoneYetAdvice);
        contracts.shown.with(|shown| {
            let error = shown.problem.as_ref()?;
            Some(problem(i18n, error, none, Text::ContractsReaders))
        })
    };
    let empty_words = move |plain: Text, filtered: Text| {
        move || {
            let is_filtered = query.with(ContractsQuery::is_filtered);
            i18n.t(if is_filtered { filtered } else { plain })()
        }
    };
    let clear = Callback::new(move |()| {
        let filter = ContractFilter::default();
        turn_to.run(ContractsQuery { filter, ..query.get_untracked() });
    });
    let clear_button = move || {
        query
            .with(ContractsQuery::is_filtered)
            .then(|| view! { <Button label=i18n.t(Text::FilterClear) on_press=clear /> })
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Contracts)}</h1></div>
        <Filters query page turn_to clear />
        <StaleNotice shown=contracts.shown />
        <AsyncView
            stage
            loading=i18n.t(Text::ContractsLoading)
            empty_title=empty_words(Text::ContractsNoneYet, Text::ContractsNoMatch)
            empty_advice=empty_words(Text::ContractsNoneYetAdvice, Text::ContractsNoMatchAdvice)
            empty_action=clear_button
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| contracts.request())
            busy=contracts.is_busy
        >
            <Count page />
            <ContractTable query turn_to page />
        </AsyncView>
    }
}

/// The number of contracts, and whether the table lists all of them.
#[component]
fn Count(page: Memo<Option<Answer<Listed>>>) -> impl IntoView {
    let i18n = use_i18n();
    let count = move || page.with(|page| page.as_ref().map_or(0, |page| page.0.count));
    let counted = move || {
        let count = usize::try_from(count()).unwrap_or(usize::MAX);
        i18n.count(count, Text::ContractsCountOne, Text::ContractsCountMany)
    };
    let cut = move || {
        let shown = page.with(|page| page.as_ref().map_or(0, |page| page.0.contracts.len() as u64));
        (shown < count()).then(|| {
            let shown = grouped(&shown.to_string(), i18n.language());
            let words = i18n.fill(Text::ContractsCut, &[("shown", &shown)]);
            view! { " "<span class="summary-cut">{words}</span> }
        })
    };
    view! {
        <p class="list-count" aria-live="polite">
            <strong data-testid="contracts-count" data-count=move || count().to_string()>{counted}</strong>
            {cut}
        </p>
    }
}

/// What a contract is, in words.
#[component]
pub fn ContractBadge(state: ContractState) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = state_text(state);
    view! { <StatusBadge tone label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
}

/// The address of the table with its filter and sorting.
pub fn list_address(query: &ContractsQuery) -> String {
    Page::Contracts.path() + &query.to_search()
}

/// The address of a contract, with what of it is shown.
pub fn contract_address(page: &Page, query: &ContractQuery) -> String {
    page.path() + &query.to_search()
}
