//! The fields of the filters over a table.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::wire::{Choice, OrderFilterChoices};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use crate::components::{Button, ButtonKind, Combobox, Field, FieldKind};
use crate::desk::model::address::typed_text;
use crate::i18n::{Text, use_i18n};

/// The sites or the suppliers from which a filter can choose. Empty until the server has answered.
pub fn offered(
    choices: Memo<Option<Arc<OrderFilterChoices>>>,
    of: fn(&OrderFilterChoices) -> &Vec<Choice>,
) -> Signal<Vec<Choice>> {
    Signal::derive(move || {
        choices.with(|choices| {
            choices.as_deref().map(|choices| of(choices).clone()).unwrap_or_default()
        })
    })
}

/// A field that takes one of `choices`, found by typing.
#[component]
pub fn ChoiceFilter(
    /// The element's `id`, unique on the page, also in tests.
    id: &'static str,
    label: Text,
    /// The words of the field while nothing is chosen.
    none: Text,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    #[prop(into)] value: Signal<Option<String>>,
    on_choose: Callback<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Combobox
            id
            label=i18n.t(label)
            none=i18n.t(none)
            no_match=i18n.t(Text::FilterNoMatch)
            more=i18n.t(Text::FilterMore)
            choices
            value
            on_choose
            test_id=id
        />
    }
}

/// The pause after which typing counts as done, in milliseconds, so that not every letter causes a
/// request and an entry in the browser's history.
const TYPING_MS: u32 = 400;

/// A field for a text. It shows what a person types, and the address follows when they pause.
#[component]
pub fn TypedFilter(
    /// The element's `id`, unique on the page, also in tests.
    id: &'static str,
    label: Text,
    /// The text in the address.
    #[prop(into)]
    known: Signal<Option<String>>,
    /// Called with the text after a pause, if it differs from the one in the address.
    on_typed: Callback<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let known = Memo::new(move |_| known.get());
    let typed = RwSignal::new(String::new());
    let pause = StoredValue::new_local(None::<Timeout>);
    on_cleanup(move || pause.set_value(None));
    Effect::new(move |_| {
        let known = known.get();
        if typed.with_untracked(|typed| typed_text(typed)) != known {
            typed.set(known.unwrap_or_default());
        }
    });
    let on_input = Callback::new(move |text: String| {
        typed.set(text);
        pause.set_value(Some(Timeout::new(TYPING_MS, move || {
            let (Some(known), Some(typed)) = (known.try_get_untracked(), typed.try_get_untracked())
            else {
                return;
            };
            let text = typed_text(&typed);
            if known != text {
                on_typed.run(text);
            }
        })));
    });
    view! {
        <Field id label=i18n.t(label) value=typed on_input autocomplete="off" test_id=id />
    }
}

/// The first and the last day of a period. Either may be open.
#[component]
pub fn PeriodFilter(
    from_label: Text,
    to_label: Text,
    #[prop(into)] from: Signal<Option<Date>>,
    #[prop(into)] to: Signal<Option<Date>>,
    on_from: Callback<Option<Date>>,
    on_to: Callback<Option<Date>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let bound =
        |day: Signal<Option<Date>>| Signal::derive(move || day.get().map(|day| day.to_string()));
    let text = |day: Signal<Option<Date>>| {
        Signal::derive(move || day.get().map(|day| day.to_string()).unwrap_or_default())
    };
    let backwards = Signal::derive(move || {
        let is_backwards = from.get().zip(to.get()).is_some_and(|(from, to)| to < from);
        is_backwards.then(|| i18n.fill(Text::FilterPeriodBackwards, &[]))
    });
    view! {
        <Field
            id="filter-from"
            label=i18n.t(from_label)
            kind=FieldKind::Date
            value=text(from)
            max=bound(to)
            on_input=Callback::new(move |day: String| on_from.run(day.parse().ok()))
            test_id="filter-from"
        />
        <Field
            id="filter-to"
            label=i18n.t(to_label)
            kind=FieldKind::Date
            value=text(to)
            min=bound(from)
            error=backwards
            on_input=Callback::new(move |day: String| on_to.run(day.parse().ok()))
            test_id="filter-to"
        />
    }
}

/// The button that takes all filters away, while there are any.
#[component]
pub fn ClearFilters(is_filtered: Signal<bool>, clear: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Show when=move || is_filtered.get()>
            <Button label=i18n.t(Text::FilterClear) kind=ButtonKind::Quiet on_press=clear test_id="filter-clear" />
        </Show>
    }
}
