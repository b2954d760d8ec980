//! Where something stands, in a word with its sign.

use leptos::prelude::*;

use super::icon::{Icon, IconName};
pub use super::tone::Tone;

/// A badge: sign, word and ground say the same.
#[component]
pub fn StatusBadge(
    tone: Tone,
    #[prop(into)] label: Signal<String>,
    /// Another sign than the tone's own.
    #[prop(optional)]
    icon: Option<IconName>,
) -> impl IntoView {
    view! {
        <span class="status" data-tone=tone.name()>
            <Icon name=icon.unwrap_or(tone.icon()) />
            <span>{label}</span>
        </span>
    }
}
