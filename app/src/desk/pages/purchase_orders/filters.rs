//! The controls for number, site, supplier, state and period.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::wire::{Choice, OrderFilterChoices, PurchaseOrderFilter, PurchaseOrderState};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use crate::components::{Button, ButtonKind, Combobox, Field, FieldKind};
use crate::desk::model::purchase_order_rows::state_text;
use crate::desk::model::purchase_orders_query::{PurchaseOrdersQuery, typed_number};
use crate::i18n::{Text, use_i18n};

/// The pause after which typing counts as done, in milliseconds, so that not every letter causes a
/// request and an entry in the browser's history.
const TYPING_MS: u32 = 400;

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
    let offered = move |of: fn(&OrderFilterChoices) -> &Vec<Choice>| {
        Signal::derive(move || {
            choices.with(|choices| {
                choices.as_deref().map(|choices| of(choices).clone()).unwrap_or_default()
            })
        })
    };
    let states = Signal::derive(move || {
        let choice = |state: PurchaseOrderState| Choice {
            id: state.name().to_owned(),
            name: i18n.t(state_text(state).1)().to_owned(),
        };
        PurchaseOrderState::ALL.map(choice).to_vec()
    });
    let day = move |of: fn(&PurchaseOrderFilter) -> Option<Date>| {
        Signal::derive(move || query.with(|query| of(&query.filter)).map(|day| day.to_string()))
    };
    let (from, to) = (day(|filter| filter.from), day(|filter| filter.to));
    let text = |day: Signal<Option<String>>| Signal::derive(move || day.get().unwrap_or_default());
    let backwards = Signal::derive(move || {
        let is_backwards = query.with(|query| {
            query.filter.from.zip(query.filter.to).is_some_and(|(from, to)| to < from)
        });
        is_backwards.then(|| i18n.fill(Text::FilterPeriodBackwards, &[]))
    });
    view! {
        <section class="filters purchase-filters" aria-label=i18n.t(Text::Filters)>
            <NumberFilter query turn_to />
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
                id="filter-state"
                label=i18n.t(Text::State)
                none=i18n.t(Text::FilterAllStages)
                no_match=i18n.t(Text::FilterNoMatch)
                more=i18n.t(Text::FilterMore)
                choices=states
                value=Signal::derive(move || query.with(|query| query.filter.state.map(|state| state.name().to_owned())))
                on_choose=Callback::new(move |name: Option<String>| {
                    change(&|filter| filter.state = name.as_deref().and_then(PurchaseOrderState::named));
                })
                test_id="filter-state"
            />
            <Field
                id="filter-from"
                label=i18n.t(Text::FilterDeliveryFrom)
                kind=FieldKind::Date
                value=text(from)
                max=to
                on_input=Callback::new(move |day: String| change(&|filter| filter.from = day.parse().ok()))
                test_id="filter-from"
            />
            <Field
                id="filter-to"
                label=i18n.t(Text::FilterDeliveryTo)
                kind=FieldKind::Date
                value=text(to)
                min=from
                error=backwards
                on_input=Callback::new(move |day: String| change(&|filter| filter.to = day.parse().ok()))
                test_id="filter-to"
            />
            <Show when=move || query.with(PurchaseOrdersQuery::is_filtered)>
                <Button label=i18n.t(Text::FilterClear) kind=ButtonKind::Quiet on_press=clear test_id="filter-clear" />
            </Show>
        </section>
    }
}

/// The field for a part of the number. It shows what a person types, and the address follows when
/// they pause.
#[component]
fn NumberFilter(
    query: Memo<PurchaseOrdersQuery>,
    turn_to: Callback<PurchaseOrdersQuery>,
) -> impl IntoView {
    let i18n = use_i18n();
    let known = Memo::new(move |_| query.with(|query| query.filter.number.clone()));
    let typed = RwSignal::new(String::new());
    let pause = StoredValue::new_local(None::<Timeout>);
    on_cleanup(move || pause.set_value(None));
    Effect::new(move |_| {
        let known = known.get();
        if typed.with_untracked(|typed| typed_number(typed)) != known {
            typed.set(known.unwrap_or_default());
        }
    });
    let on_input = Callback::new(move |text: String| {
        typed.set(text);
        pause.set_value(Some(Timeout::new(TYPING_MS, move || {
            let (Some(query), Some(typed)) = (query.try_get_untracked(), typed.try_get_untracked())
            else {
                return;
            };
            let number = typed_number(&typed);
            if query.filter.number != number {
                turn_to.run(query.with_filter(|filter| filter.number = number));
            }
        })));
    });
    view! {
        <Field
            id="filter-number"
            label=i18n.t(Text::FilterNumber)
            value=typed
            on_input
            autocomplete="off"
            test_id="filter-number"
        />
    }
}
