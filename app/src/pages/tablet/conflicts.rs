//! Two tablets wrote different values: both are shown in place, and a tap settles it.

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::{Command, OrderLine, Register};
use leptos::prelude::*;

use crate::components::Moment;
use crate::i18n::{self, Text, use_i18n};
use crate::platform::clock::Style;
use crate::state::tablet::use_tablet;

/// The quantities of a line that people must choose from.
#[component]
pub fn QuantityConflict(order: DocumentId, line: OrderLineId, of: OrderLine) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let choices = of.quantity.conflicts.into_iter().map(|choice| {
        let line = line.clone();
        let value = choice.value;
        let settle = move |_| {
            tablet.dispatch(order, vec![Command::SetQuantity { line: line.clone(), quantity: value }], || ());
        };
        let words = move || {
            if value.is_zero() { i18n.t(Text::Removed)().to_owned() } else { i18n::decimal(value, i18n.language()) }
        };
        view! {
            <button type="button" class="conflict-choice" data-testid="conflict-choice" data-value=value.normalize().to_string() on:click=settle>
                <strong>{words}</strong>
                <small>{choice.by}" "<Moment at_ms=choice.at style=Style::Time /></small>
            </button>
        }
    });
    view! {
        <div class="conflict" role="group" aria-label=i18n.t(Text::ConflictTitle) data-testid="conflict">
            <p><span aria-hidden="true">"▲ "</span>{i18n.t(Text::ConflictTitle)}</p>
            <div class="cluster">{choices.collect_view()}</div>
        </div>
    }
}

/// The notes that people must choose from.
#[component]
pub fn NoteConflict(order: DocumentId, note: Register<String>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let choices = note.conflicts.into_iter().map(|choice| {
        let note = choice.value.clone();
        let settle = move |_| tablet.dispatch(order, vec![Command::SetNote { note: note.clone() }], || ());
        let words = choice.value;
        view! {
            <button type="button" class="conflict-choice" data-testid="conflict-choice" on:click=settle>
                <span>{move || if words.is_empty() { i18n.t(Text::NoNote)().to_owned() } else { words.clone() }}</span>
                <small>{choice.by}" "<Moment at_ms=choice.at style=Style::Time /></small>
            </button>
        }
    });
    view! {
        <div class="conflict" role="group" aria-label=i18n.t(Text::ConflictTitle)>
            <p><span aria-hidden="true">"▲ "</span>{i18n.t(Text::ConflictTitle)}</p>
            <div class="cluster">{choices.collect_view()}</div>
        </div>
    }
}
