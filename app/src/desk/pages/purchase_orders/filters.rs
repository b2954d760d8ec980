//! The controls for number, site, supplier, state and period.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::order::PurchaseOrderState;
use calloff_core::wire::{Choice, OrderFilterChoices, PurchaseOrderFilter};
use leptos::prelude::*;

use crate::desk::model::purchase_order_rows::state_text;
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::pages::filter_fields::{
    ChoiceFilter, ClearFilters, PeriodFilter, TypedFilter, offered,
};
use crate::i18n::{Text, use_i18n};

/// The controls over the table. Each one writes into the address through `turn_to`.
#[component]
pub fn Filters(
    query: Memo<PurchaseOrdersQuery>,
    choices: Memo<Option<Arc<OrderFilterChoices>>>,
    turn_to: Callback<PurchaseOrdersQuery>,
    clear: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let change = move |change: &dyn Fn(&mut PurchaseOrderFilter)| {
        // The browser may report a change of a field while the page goes away.
        if let Some(query) = query.try_get_untracked() {
            turn_to.run(query.with_filter(change));
        }
    };
    let states = Signal::derive(move || {
        let choice = |state: PurchaseOrderState| Choice {
            id: state.name().to_owned(),
            name: i18n.t(state_text(state).1)().to_owned(),
        };
        PurchaseOrderState::ALL.map(choice).to_vec()
    });
    let day = move |of: fn(&PurchaseOrderFilter) -> Option<Date>| {
        Signal::derive(move || query.with(|query| of(&query.filter)))
    };
    view! {
        <section class="filters purchase-filters" aria-label=i18n.t(Text::Filters)>
            <TypedFilter
                id="filter-number"
                label=Text::FilterNumber
                known=Signal::derive(move || query.with(|query| query.filter.number.clone()))
                on_typed=Callback::new(move |number: Option<String>| change(&|filter| filter.number = number.clone()))
            />
            <ChoiceFilter
                id="filter-supplier"
                label=Text::Supplier
                none=Text::FilterAllSuppliers
                choices=offered(choices, |choices| &choices.suppliers)
                value=Signal::derive(move || query.with(|query| query.filter.supplier.as_ref().map(ToString::to_string)))
                on_choose=Callback::new(move |id: Option<String>| {
                    change(&|filter| filter.supplier = id.as_ref().and_then(|id| id.parse().ok()));
                })
            />
            <ChoiceFilter
                id="filter-site"
                label=Text::Site
                none=Text::FilterAllSites
                choices=offered(choices, |choices| &choices.sites)
                value=Signal::derive(move || query.with(|query| query.filter.site.as_ref().map(ToString::to_string)))
                on_choose=Callback::new(move |id: Option<String>| {
                    change(&|filter| filter.site = id.as_ref().and_then(|id| id.parse().ok()));
                })
            />
            <ChoiceFilter
                id="filter-state"
                label=Text::State
                none=Text::FilterAllStages
                choices=states
                value=Signal::derive(move || query.with(|query| query.filter.state.map(|state| state.name().to_owned())))
                on_choose=Callback::new(move |name: Option<String>| {
                    change(&|filter| filter.state = name.as_deref().and_then(PurchaseOrderState::named));
                })
            />
            <PeriodFilter
                from_label=Text::FilterDeliveryFrom
                to_label=Text::FilterDeliveryTo
                from=day(|filter| filter.from)
                to=day(|filter| filter.to)
                on_from=Callback::new(move |day| change(&|filter| filter.from = day))
                on_to=Callback::new(move |day| change(&|filter| filter.to = day))
            />
            <ClearFilters is_filtered=Signal::derive(move || query.with(PurchaseOrdersQuery::is_filtered)) clear />
        </section>
    }
}
