//! The controls for supplier, state and end.

use calloff_core::wire::{Choice, ContractFilter, ContractPage, ContractState};
use leptos::prelude::*;

use crate::desk::model::contract_query::{ContractsQuery, DAYS_WITHIN};
use crate::desk::model::contract_rows::state_text;
use crate::desk::pages::filter_fields::{ChoiceFilter, ClearFilters};
use crate::desk::state::live::Answer;
use crate::i18n::{Text, use_i18n};

/// The controls over the table. Each one writes into the address through `turn_to`.
#[component]
pub fn Filters(
    query: Memo<ContractsQuery>,
    page: Memo<Option<Answer<ContractPage>>>,
    turn_to: Callback<ContractsQuery>,
    clear: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let change = move |change: &dyn Fn(&mut ContractFilter)| {
        // The browser may report a change of a field while the page goes away.
        if let Some(query) = query.try_get_untracked() {
            turn_to.run(query.with_filter(change));
        }
    };
    // Every answer has all suppliers. They stay while the next answer is fetched.
    let suppliers = Memo::new(move |before: Option<&Vec<Choice>>| {
        let now = page.with(|page| page.as_ref().map(|page| page.0.suppliers.clone()));
        now.or_else(|| before.cloned()).unwrap_or_default()
    });
    let states = Signal::derive(move || {
        let choice = |state: ContractState| Choice {
            id: state.name().to_owned(),
            name: i18n.t(state_text(state).1)().to_owned(),
        };
        ContractState::ALL.map(choice).to_vec()
    });
    let days = Signal::derive(move || {
        // An address may name another number of days.
        let asked = query.with(|query| query.filter.within);
        let mut all = DAYS_WITHIN.to_vec();
        all.extend(asked.filter(|days| !DAYS_WITHIN.contains(days)));
        let choice = |days: u16| Choice {
            id: days.to_string(),
            name: i18n.fill(Text::DaysMany, &[("count", &days.to_string())]),
        };
        all.into_iter().map(choice).collect()
    });
    view! {
        <section class="filters contract-filters" aria-label=i18n.t(Text::Filters)>
            <ChoiceFilter
                id="filter-supplier"
                label=Text::Supplier
                none=Text::FilterAllSuppliers
                choices=suppliers
                value=Signal::derive(move || query.with(|query| query.filter.supplier.as_ref().map(ToString::to_string)))
                on_choose=Callback::new(move |id: Option<String>| {
                    change(&|filter| filter.supplier = id.as_ref().and_then(|id| id.parse().ok()));
                })
            />
            <ChoiceFilter
                id="filter-state"
                label=Text::State
                none=Text::FilterAllStages
                choices=states
                value=Signal::derive(move || query.with(|query| query.filter.state.map(|state| state.name().to_owned())))
                on_choose=Callback::new(move |name: Option<String>| {
                    change(&|filter| filter.state = name.as_deref().and_then(ContractState::named));
                })
            />
            <ChoiceFilter
                id="filter-within"
                label=Text::ContractEndsWithin
                none=Text::ContractEndsAnyTime
                choices=days
                value=Signal::derive(move || query.with(|query| query.filter.within.map(|days| days.to_string())))
                on_choose=Callback::new(move |days: Option<String>| {
                    change(&|filter| filter.within = days.as_ref().and_then(|days| days.parse().ok()));
                })
            />
            <ClearFilters is_filtered=Signal::derive(move || query.with(ContractsQuery::is_filtered)) clear />
        </section>
    }
}
