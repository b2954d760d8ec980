//! One contract: what was agreed, where it holds, its versions and their differences, and its
//! lines. The address holds which part is shown.

mod difference;
mod facts;
mod lines;
mod pager;
mod prices;
mod versions;

use calloff_core::ids::ContractId;
use calloff_core::wire::{ContractDetail, ContractRow};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::contracts::{ContractBadge, contract_address, list_address};
use super::live_list::{ListWords, LiveOne};
use super::orders::StaleNotice;
use super::purchase_orders;
use crate::api;
use crate::components::{Icon, IconName};
use crate::desk::model::contract_query::ContractQuery;
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, use_i18n};
use difference::Differences;
use facts::{Facts, Scope, Terms};
use lines::Lines;
use versions::Versions;

const WORDS: ListWords = ListWords {
    loading: Text::ContractLoading,
    none: (Text::ContractUnknown, Text::ContractUnknownAdvice),
    readers: Text::ContractsReaders,
};

/// Which part of a contract is shown, and how to show another one.
#[derive(Clone, Copy)]
struct Turning {
    query: Memo<ContractQuery>,
    turn_to: Callback<ContractQuery>,
}

impl Turning {
    /// The parts of a contract's page, by its address.
    fn new(contract: &ContractId) -> Self {
        let page = Page::Contract(contract.clone());
        let search = use_location().search;
        let navigate = use_navigate();
        let turn_to = Callback::new(move |query: ContractQuery| {
            let options = NavigateOptions { scroll: false, ..Default::default() };
            navigate(&contract_address(&page, &query), options);
        });
        let query = Memo::new(move |_| search.with(|search| ContractQuery::parse(search)));
        Self { query, turn_to }
    }

    /// Shows another part.
    fn to(self, change: impl FnOnce(&mut ContractQuery)) {
        // The browser may report a change of a field while the page goes away.
        if let Some(mut query) = self.query.try_get_untracked() {
            change(&mut query);
            self.turn_to.run(query);
        }
    }
}

/// The page of one contract. It follows the server's changes.
#[component]
pub fn ContractPage(contract: ContractId) -> impl IntoView {
    let i18n = use_i18n();
    let turning = Turning::new(&contract);
    let asked = contract.clone();
    let live = Live::new(use_desk(), Memo::new(move |_| asked.clone()), |contract: ContractId| {
        Box::pin(async move { api::contract(&contract).await })
    });
    // A part of the page is drawn again only when its own facts changed.
    let detail = Memo::new(move |_| live.shown.get().value.map(|detail| (*detail).clone()));
    let back = move || turning.query.with(|query| list_address(&query.table));
    view! {
        <a class="back-link" href=back data-testid="back">
            <Icon name=IconName::Back />
            <span>{i18n.t(Text::Contracts)}</span>
        </a>
        <StaleNotice shown=live.shown />
        <LiveOne one=live words=WORDS>
            <Whole detail contract=contract.clone() turning />
        </LiveOne>
    }
}

#[component]
fn Whole(
    detail: Memo<Option<ContractDetail>>,
    contract: ContractId,
    turning: Turning,
) -> impl IntoView {
    let row = Memo::new(move |_| detail.with(|detail| Some(detail.as_ref()?.row.clone())));
    let header = Memo::new(move |_| detail.with(|detail| Some(detail.as_ref()?.header.clone())));
    let versions = Memo::new(move |_| {
        let versions = detail.with(|detail| Some(detail.as_ref()?.versions.clone()));
        versions.unwrap_or_default()
    });
    // The page asks for lines only when it knows the version.
    let version = Memo::new(move |_| {
        let shown = row.with(|row| Some(row.as_ref()?.version))?;
        Some(turning.query.with(|query| query.version).unwrap_or(shown))
    });
    let shown = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.version)));
    let currency = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| row.currency)));
    let (of_lines, of_difference) = (contract.clone(), contract);
    let lines = move || {
        let (version, currency) = (version.get()?, currency.get()?);
        let contract = of_lines.clone();
        Some(view! { <Lines contract version currency turning /> })
    };
    let is_compared = Memo::new(move |_| turning.query.with(|query| query.comparison.is_some()));
    let difference = move || {
        let contract = of_difference.clone();
        is_compared.get().then(|| view! { <Differences contract turning /> })
    };
    view! {
        <article class="order-detail" data-testid="contract-detail">
            {move || row.get().map(|row| view! { <Head row /> })}
            {move || row.get().map(|row| view! { <Facts row /> })}
            {move || header.get().map(|header| view! { <Terms header /> })}
            {move || header.get().map(|header| view! { <Scope header /> })}
            <Versions versions shown version turning />
            {difference}
            {lines}
        </article>
    }
}

/// Title, number and state, and the way to the orders.
#[component]
fn Head(row: ContractRow) -> impl IntoView {
    let i18n = use_i18n();
    let orders = PurchaseOrdersQuery::default()
        .with_filter(|filter| filter.supplier = Some(row.supplier.clone()));
    let orders = purchase_orders::list_address(&orders);
    view! {
        <header class="page-head">
            <div class="cluster">
                <h1>{row.title}</h1>
                <span data-testid="contract-state"><ContractBadge state=row.state /></span>
            </div>
            <p class="order-sum"><a href=orders data-testid="contract-orders">{i18n.t(Text::SupplierOrders)}</a></p>
        </header>
    }
}
