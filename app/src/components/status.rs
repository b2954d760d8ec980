//! A status in a word with its icon.

use leptos::prelude::*;

use super::icon::{Icon, IconName};
pub use super::tone::Tone;

/// A badge. Its icon, its word and its background colour say the same.
#[component]
pub fn StatusBadge(
    tone: Tone,
    #[prop(into)] label: Signal<String>,
    /// An icon instead of the tone's own.
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
