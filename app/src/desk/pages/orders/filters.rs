//! The controls for site, supplier and period.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::order::OrderStage;
use calloff_core::wire::{Choice, OrderFilter, OrderFilterChoices};
use leptos::prelude::*;

use super::stage_text;
use crate::api::stage_name;
use crate::desk::model::orders_query::{OrdersQuery, parse_stage};
use crate::desk::pages::filter_fields::{ChoiceFilter, ClearFilters, PeriodFilter, offered};
use crate::i18n::{Text, use_i18n};

type Choices = Memo<Option<Arc<OrderFilterChoices>>>;

/// The controls over the table. Each one writes into the address through `turn_to`.
#[component]
pub fn Filters(
    query: Memo<OrdersQuery>,
    choices: Choices,
    turn_to: Callback<OrdersQuery>,
    clear: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let change = move |change: &dyn Fn(&mut OrderFilter)| {
        // The browser may report a change of a field while the page goes away.
        if let Some(query) = query.try_get_untracked() {
            turn_to.run(query.with_filter(change));
        }
    };
    let stages = Signal::derive(move || {
        let sent =
            [OrderStage::OnHold, OrderStage::Refused, OrderStage::Submitted, OrderStage::Accepted];
        let choice = |stage| {
            Some(Choice { id: stage_name(stage)?, name: i18n.t(stage_text(stage).1)().to_owned() })
        };
        sent.into_iter().filter_map(choice).collect::<Vec<_>>()
    });
    let day = move |of: fn(&OrderFilter) -> Option<Date>| {
        Signal::derive(move || query.with(|query| of(&query.filter)))
    };
    view! {
        <section class="filters" aria-label=i18n.t(Text::Filters)>
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
                id="filter-stage"
                label=Text::State
                none=Text::FilterAllStages
                choices=stages
                value=Signal::derive(move || query.with(|query| query.filter.stage.and_then(stage_name)))
                on_choose=Callback::new(move |name: Option<String>| {
                    change(&|filter| filter.stage = name.as_deref().and_then(parse_stage));
                })
            />
            <PeriodFilter
                from_label=Text::FilterFrom
                to_label=Text::FilterTo
                from=day(|filter| filter.from)
                to=day(|filter| filter.to)
                on_from=Callback::new(move |day| change(&|filter| filter.from = day))
                on_to=Callback::new(move |day| change(&|filter| filter.to = day))
            />
            <ClearFilters is_filtered=Signal::derive(move || query.with(OrdersQuery::is_filtered)) clear />
        </section>
    }
}
