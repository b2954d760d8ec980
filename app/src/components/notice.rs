//! A message beside the content it is about.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

use super::icon::Icon;
use super::tone::Tone;

/// A message. Screen readers read an urgent message at once, and other messages when they pause.
#[component]
pub fn NoticeBox(
    tone: Tone,
    #[prop(into)] message: TextProp,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div class="notice" data-tone=tone.name() data-testid=test_id role=if tone.is_urgent() { "alert" } else { "status" }>
            <Icon name=tone.icon() />
            <p class="grow">{move || message.get()}</p>
        </div>
    }
}
