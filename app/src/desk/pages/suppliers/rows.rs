//! What the rows of a supplier's form share: their errors, and the buttons that move and remove
//! them.

use leptos::prelude::*;

use crate::components::{Icon, IconName};
use crate::desk::model::supplier_form::{Fault, Spot, Step, SupplierForm};
use crate::i18n::{I18n, Text, profile_refusal, use_i18n};
use crate::platform::page;

/// The form while a person types in it.
#[derive(Clone, Copy)]
pub struct Editing {
    pub form: RwSignal<SupplierForm>,
    /// What is wrong with it. Empty until the person saves for the first time.
    pub faults: Memo<Vec<Fault>>,
}

impl Editing {
    /// The words for the fault at a place of the form.
    pub fn error(self, i18n: I18n, spot: Spot) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.faults.with(|faults| {
                let fault = faults.iter().find(|fault| fault.spot == spot)?;
                Some(profile_refusal(&fault.why, i18n.language()))
            })
        })
    }
}

/// Puts the focus on an element by its `id`, once it is drawn.
pub fn focus_soon(id: String) {
    request_animation_frame(move || page::focus_first(&format!("#{id}")));
}

/// The buttons that move a row.
#[component]
pub fn Moves(
    #[prop(into)] is_first: Signal<bool>,
    #[prop(into)] is_last: Signal<bool>,
    /// The name of the row, for people who do not see where the buttons are.
    #[prop(into)]
    name: Signal<String>,
    on_move: Callback<Step>,
) -> impl IntoView {
    let i18n = use_i18n();
    let button = move |icon: IconName, text: Text, step: Step, at_end: Signal<bool>| {
        view! {
            <button type="button" class="row-button" disabled=at_end
                data-testid=if step == Step::Up { "up" } else { "down" }
                aria-label=move || i18n.fill(text, &[("name", &name.get())])
                on:click=move |_| on_move.run(step)>
                <Icon name=icon />
            </button>
        }
    };
    view! {
        {button(IconName::SortAscending, Text::MoveUp, Step::Up, is_first)}
        {button(IconName::SortDescending, Text::MoveDown, Step::Down, is_last)}
    }
}

/// The button that removes a row. It does not ask first, because nothing is saved yet.
#[component]
pub fn RemoveRow(#[prop(into)] name: Signal<String>, on_remove: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <button type="button" class="row-button" data-testid="remove"
            aria-label=move || i18n.fill(Text::RemoveNamed, &[("name", &name.get())])
            on:click=move |_| on_remove.run(())>
            <Icon name=IconName::Cross />
        </button>
    }
}
