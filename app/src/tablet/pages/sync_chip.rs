//! The sync chip. It is on every page, and says whether head office has the work of this tablet.

use leptos::prelude::*;

use super::clock_notice::clock_in_short;
use crate::i18n::{I18n, Text, use_i18n};
use crate::tablet::routes::Page;
use crate::tablet::state::sync_status::{Age, ChipState, age, chip_state};
use crate::tablet::state::tablet::ThisTablet;

/// The chip: a link to the details. Screen readers read it when its state changes.
#[component]
pub fn SyncChip(tablet: ThisTablet) -> impl IntoView {
    let i18n = use_i18n();
    let state =
        Memo::new(move |_| chip_state(tablet.connection.get(), tablet.workspace.unsent().count));
    let words = move || i18n.t(state_text(state.get()))();
    let detail = move || {
        if let Some(clock) = clock_in_short(i18n, tablet) {
            return clock;
        }
        let unsent = tablet.workspace.unsent();
        let now = tablet.now.get();
        match (unsent.count, unsent.oldest_at, tablet.connection.get().last_contact) {
            (0, _, None) => String::new(),
            (0, _, Some(at)) => {
                i18n.fill(Text::LastContact, &[("age", &age_words(i18n, age(at, now)))])
            }
            (_, oldest, _) => {
                let waiting = match unsent.orders {
                    0 => i18n.t(Text::ChipChanges)().to_owned(),
                    orders => i18n.count(orders, Text::ChipOrdersOne, Text::ChipOrdersMany),
                };
                match oldest {
                    Some(at) => format!("{waiting} · {}", age_words(i18n, age(at, now))),
                    None => waiting,
                }
            }
        }
    };
    view! {
        <a class="sync-chip" href=Page::Settings.path() data-testid="sync-chip"
            data-state=move || state.get().name()
            data-unsent=move || tablet.workspace.unsent().count.to_string()>
            <span class="sync-chip-sign" aria-hidden="true">{move || sign(state.get())}</span>
            <span class="sync-chip-words">
                <span role="status">{words}</span>
                <small>{detail}</small>
            </span>
        </a>
    }
}

fn sign(state: ChipState) -> &'static str {
    match state {
        ChipState::Connecting => "…",
        ChipState::Synced => "✓",
        ChipState::Sending => "↑",
        ChipState::Unsent => "●",
        ChipState::Offline => "⊘",
        ChipState::Attention | ChipState::Outdated => "!",
    }
}

/// The state in words.
#[must_use]
pub fn state_text(state: ChipState) -> Text {
    match state {
        ChipState::Connecting => Text::SyncConnecting,
        ChipState::Synced => Text::SyncSynced,
        ChipState::Sending => Text::SyncSending,
        ChipState::Unsent => Text::SyncUnsent,
        ChipState::Offline => Text::SyncOffline,
        ChipState::Attention => Text::SyncAttention,
        ChipState::Outdated => Text::SyncOutdated,
    }
}

/// An age in words: "5 min ago".
#[must_use]
pub fn age_words(i18n: I18n, age: Age) -> String {
    let (text, count) = match age {
        Age::JustNow => (Text::AgeNow, 0),
        Age::Minutes(count) => (Text::AgeMinutes, count),
        Age::Hours(count) => (Text::AgeHours, count),
        Age::Days(count) => (Text::AgeDays, count),
    };
    i18n.fill(text, &[("count", &count.to_string())])
}
