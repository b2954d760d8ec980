//! Buttons.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// What most people do next; at most one in sight.
    Primary,
    #[default]
    Secondary,
    /// Beside others, without a border.
    Quiet,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button with a word on it. While it is busy it stays focused and ignores presses.
#[component]
pub fn Button(
    #[prop(into)] label: TextProp,
    #[prop(optional)] kind: ButtonKind,
    /// Sends the form it stands in; `on_press` is not called.
    #[prop(optional)]
    submits: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] on_press: Option<Callback<()>>,
    /// For tests: `data-testid`.
    #[prop(optional)]
    test_id: Option<&'static str>,
) -> impl IntoView {
    let press = move |event: leptos::ev::MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submits { "submit" } else { "button" }
            class=kind.class()
            data-testid=test_id
            disabled=disabled
            aria-busy=move || busy.get().then_some("true")
            on:click=press
        >
            {move || label.get()}
        </button>
    }
}
