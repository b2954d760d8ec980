//! The controls for site, supplier and period.

use std::sync::Arc;

use calloff_core::order::OrderStage;
use calloff_core::wire::{Choice, OrderFilterChoices};
use leptos::prelude::*;

use super::stage_text;
use crate::api::stage_name;
use crate::components::{Button, ButtonKind, Combobox, Field, FieldKind};
use crate::desk::model::orders_query::{OrdersQuery, parse_stage};
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
    let change = move |change: &dyn Fn(&mut calloff_core::wire::OrderFilter)| {
        // The browser may report a change of a field while the page goes away.
        if let Some(query) = query.try_get_untracked() {
            turn_to.run(query.with_filter(change));
        }
    };
    let offered = move |of: fn(&OrderFilterChoices) -> &Vec<Choice>| {
        Signal::derive(move || {
            choices.with(|choices| {
                choices.as_deref().map(|choices| of(choices).clone()).unwrap_or_default()
            })
        })
    };
    let stages = Signal::derive(move || {
        let sent =
            [OrderStage::OnHold, OrderStage::Refused, OrderStage::Submitted, OrderStage::Accepted];
        let choice = |stage| {
            Some(Choice { id: stage_name(stage)?, name: i18n.t(stage_text(stage).1)().to_owned() })
        };
        sent.into_iter().filter_map(choice).collect::<Vec<_>>()
    });
    let day = move |of: fn(&OrdersQuery) -> Option<calloff_core::calendar::Date>| {
        Signal::derive(move || query.with(of).map(|day| day.to_string()))
    };
    let (from, to) = (day(|query| query.filter.from), day(|query| query.filter.to));
    let text = |day: Signal<Option<String>>| Signal::derive(move || day.get().unwrap_or_default());
    let backwards = Signal::derive(move || {
        let is_backwards = query.with(|query| {
            query.filter.from.zip(query.filter.to).is_some_and(|(from, to)| to < from)
        });
        is_backwards.then(|| i18n.fill(Text::FilterPeriodBackwards, &[]))
    });
    view! {
        <section class="filters" aria-label=i18n.t(Text::Filters)>
            <Combobox
                id="filter-site"
                label=i18n.t(Text::Site)
                none=i18n.t(Text::FilterAllSites)
                no_match=i18n.t(Text::FilterNoMatch)
                more=i18n.t(Text::FilterMore)
                choices=offered(|choices| &choices.sites)
                value=Signal::derive(move || query.with(|query| query.filter.site.as_ref().map(ToString::to_string)))
                on_choose=Callback::new(move |id: Option<String>| {
                    change(&|filter| filter.site = id.as_ref().and_then(|id| id.parse().ok()));
                })
                test_id="filter-site"
            />
            <Combobox
                id="filter-supplier"
                label=i18n.t(Text::Supplier)
                none=i18n.t(Text::FilterAllSuppliers)
                no_match=i18n.t(Text::FilterNoMatch)
                more=i18n.t(Text::FilterMore)
                choices=offered(|choices| &choices.suppliers)
                value=Signal::derive(move || query.with(|query| query.filter.supplier.as_ref().map(ToString::to_string)))
                on_choose=Callback::new(move |id: Option<String>| {
                    change(&|filter| filter.supplier = id.as_ref().and_then(|id| id.parse().ok()));
                })
                test_id="filter-supplier"
            />
            <Combobox
                id="filter-stage"
                label=i18n.t(Text::State)
                none=i18n.t(Text::FilterAllStages)
                no_match=i18n.t(Text::FilterNoMatch)
                more=i18n.t(Text::FilterMore)
                choices=stages
                value=Signal::derive(move || query.with(|query| query.filter.stage.and_then(stage_name)))
                on_choose=Callback::new(move |name: Option<String>| {
                    change(&|filter| filter.stage = name.as_deref().and_then(parse_stage));
                })
                test_id="filter-stage"
            />
            <Field
                id="filter-from"
                label=i18n.t(Text::FilterFrom)
                kind=FieldKind::Date
                value=text(from)
                max=to
                on_input=Callback::new(move |day: String| change(&|filter| filter.from = day.parse().ok()))
                test_id="filter-from"
            />
            <Field
                id="filter-to"
                label=i18n.t(Text::FilterTo)
                kind=FieldKind::Date
                value=text(to)
                min=from
                error=backwards
                on_input=Callback::new(move |day: String| change(&|filter| filter.to = day.parse().ok()))
                test_id="filter-to"
            />
            <Show when=move || query.with(OrdersQuery::is_filtered)>
                <Button label=i18n.t(Text::FilterClear) kind=ButtonKind::Quiet on_press=clear test_id="filter-clear" />
            </Show>
        </section>
    }
}
