//! Buttons.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// How strongly a button stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// What most people do next. A page shows at most one at a time.
    Primary,
    #[default]
    Secondary,
    /// A button without a border, beside others.
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

/// How much room a button takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonSize {
    #[default]
    Normal,
    /// Higher, for the step that people do with gloves and in a hurry.
    Large,
    /// As wide as what is around it.
    Wide,
    LargeAndWide,
}

impl ButtonSize {
    fn class(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Large => " button-large",
            Self::Wide => " button-wide",
            Self::LargeAndWide => " button-large button-wide",
        }
    }
}

/// A button with a word on it. While it is busy it stays focused and ignores presses.
#[component]
pub fn Button(
    #[prop(into)] label: TextProp,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: ButtonSize,
    /// Whether the button sends the form around it. Then `on_press` is not called.
    #[prop(optional)]
    submits: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    /// Whether the button has the focus when it appears. Only in a dialog.
    #[prop(optional)]
    autofocus: bool,
    /// The value of `data-testid`, for tests.
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
            class=format!("{}{}", kind.class(), size.class())
            data-testid=test_id
            disabled=disabled
            autofocus=autofocus
            aria-busy=move || busy.get().then_some("true")
            on:click=press
        >
            {move || label.get()}
        </button>
    }
}
