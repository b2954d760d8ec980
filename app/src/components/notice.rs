//! A message beside the content it is about, or floating above the page.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

use super::button::{Button, ButtonKind};
use super::icon::{Icon, IconName};
use super::tone::Tone;

/// A message. An urgent one is read out at once, others when the reader pauses.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(into)] message: TextProp,
    /// Label of the one thing to do about it.
    #[prop(optional, into)]
    action: Option<TextProp>,
    #[prop(optional)] on_action: Option<Callback<()>>,
    /// Name of the button that takes the message away; without it the message stays.
    #[prop(optional, into)]
    dismiss: Option<TextProp>,
    #[prop(optional)] on_dismiss: Option<Callback<()>>,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    let act = action.zip(on_action).map(|(label, on_press)| view! { <Button label kind=ButtonKind::Quiet on_press /> });
    let close = dismiss.zip(on_dismiss).map(|(label, on_dismiss)| {
        view! {
            <button type="button" class="notice-close" aria-label=move || label.get() on:click=move |_| on_dismiss.run(())>
                <Icon name=IconName::Cross />
            </button>
        }
    });
    view! {
        <div class="notice" data-tone=tone.name() data-testid=test_id role=if tone.is_urgent() { "alert" } else { "status" }>
            <Icon name=tone.icon() />
            <p class="grow">{move || message.get()}</p>
            {act}
            {close}
        </div>
    }
}
