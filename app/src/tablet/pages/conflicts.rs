//! Different values that two tablets wrote. All are shown in place, and a tap chooses one.

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::{Command, OrderLine};
use calloff_core::quantity::Quantity;
use calloff_core::register::{Concurrent, Register};
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::item_sheet::read;
use super::site_time::SiteTime;
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::tablet::model::sheet::{Subject, counting};
use crate::tablet::state::tablet::{ThisTablet, use_tablet};

/// The values of a register from which a person must choose. Each is in words, with the person and
/// the time. Draws nothing while there is one value.
#[component]
pub fn Conflict<T>(
    of: Register<T>,
    /// The name of the value. `None` if the page shows it beside the values.
    #[prop(optional, into)]
    about: Option<Signal<String>>,
    /// Puts a value in words, in the present language.
    words: Callback<T, String>,
    /// Puts a value in the form that tests look for.
    #[prop(optional)]
    key: Option<fn(&T) -> String>,
    /// Called with the chosen value.
    on_choose: Callback<T>,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
{
    let i18n = use_i18n();
    let tablet = use_tablet();
    of.is_conflicted().then(|| {
        let choice = move |choice: Concurrent<T>| {
            let shown = choice.value.clone();
            let value = choice.value;
            let key = key.map(|key| key(&value));
            view! {
                <button type="button" class="conflict-choice" data-testid="conflict-choice" data-value=key
                    on:click=move |_| if tablet.is_other_tap() { on_choose.run(value.clone()) }>
                    <strong>{move || words.run(shown.clone())}</strong>
                    <small>{choice.by}" "<SiteTime at_ms=choice.at style=Style::Time /></small>
                </button>
            }
        };
        view! {
            <div class="conflict" role="group" aria-label=i18n.t(Text::ConflictTitle) data-testid="conflict">
                <p>
                    <span aria-hidden="true">"▲ "</span>
                    {about.map(|about| view! { <strong>{about}": "</strong> })}
                    {i18n.t(Text::ConflictTitle)}
                </p>
                <div class="cluster gap-3">{of.conflicts.into_iter().map(choice).collect_view()}</div>
            </div>
        }
    })
}

/// The quantities of a line from which a person must choose.
#[component]
pub fn QuantityConflict(order: DocumentId, line: OrderLineId, of: OrderLine) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let about = Subject::of_line(&line, &of);
    let words = Callback::new(move |value: Decimal| {
        if value.is_zero() {
            i18n.t(Text::Removed)().to_owned()
        } else {
            in_packs(tablet, &about, value, i18n)
        }
    });
    let settle = Callback::new(move |quantity| {
        tablet.dispatch(order, vec![Command::SetQuantity { line: line.clone(), quantity }], || ());
    });
    let key = |value: &Decimal| value.normalize().to_string();
    view! { <Conflict of=of.quantity words key on_choose=settle /> }
}

/// A quantity of a line as the order shows it: in packs, with their unit. If the packs are unknown,
/// the plain number.
#[must_use]
pub fn in_packs(tablet: ThisTablet, about: &Subject, quantity: Decimal, i18n: I18n) -> String {
    let about = Subject { quantity, ..about.clone() };
    let counting = read(tablet, |reading| counting(&about, reading)).flatten();
    let shown = counting.map(|counting| Quantity::new(counting.start, counting.unit));
    shown.map_or_else(
        || i18n::decimal(quantity, i18n.language()),
        |shown| i18n::quantity(&shown, i18n.language()),
    )
}

/// The notes from which a person must choose.
#[component]
pub fn NoteConflict(order: DocumentId, note: Register<String>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let words =
        Callback::new(
            move |note: String| {
                if note.is_empty() { i18n.t(Text::NoNote)().to_owned() } else { note }
            },
        );
    let settle = Callback::new(move |note: String| {
        tablet.dispatch(order, vec![Command::SetNote { note }], || ())
    });
    view! { <Conflict of=note words on_choose=settle /> }
}
