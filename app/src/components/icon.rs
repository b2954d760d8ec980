//! The icons of the app, drawn with strokes in the colour of the text beside them.

use leptos::prelude::*;

/// An icon. Each one is beside a word or on a control that has a name. No icon carries a meaning
/// alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IconName {
    Back,
    Check,
    ChevronDown,
    Clock,
    Cross,
    Dot,
    Home,
    Info,
    List,
    Offline,
    Online,
    Search,
    Settings,
    SortAscending,
    SortDescending,
    SortNone,
    Warning,
}

impl IconName {
    /// The SVG path on a grid of 16 × 16.
    fn path(self) -> &'static str {
        match self {
            Self::Back => "M9.5 3.5 5 8l4.5 4.5",
            Self::Check => "m3 8.5 3.3 3.3L13 4.8",
            Self::ChevronDown => "m4 6 4 4 4-4",
            Self::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6",
            Self::Cross => "m4 4 8 8m0-8-8 8",
            Self::Dot => "M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z",
            Self::Home => "M2 7.5 8 2.5l6 5M3.8 6.5v7h8.4v-7",
            Self::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-6.5v3.7M8 4.9v.2",
            Self::List => "M6 4h8M6 8h8M6 12h8M2.5 4h.6m-.6 4h.6m-.6 4h.6",
            Self::Offline => {
                "M2 2l12 12M4.7 8.6a5 5 0 0 1 2-1.2m2.9.1a5 5 0 0 1 1.7 1.1M2.2 6a8.6 8.6 0 0 1 2.3-1.5m3-.8a8.6 8.6 0 0 1 6.3 2.3M8 12.3v.2"
            }
            Self::Online => "M4.7 8.6a4.8 4.8 0 0 1 6.6 0M2.2 6a8.6 8.6 0 0 1 11.6 0M8 12.3v.2",
            Self::Search => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.7-1.3L14 14",
            Self::Settings => {
                "M2 5h6.5m3.5 0h2M2 11h2m3.5 0H14M8.5 5a1.75 1.75 0 1 0 3.5 0 1.75 1.75 0 0 0-3.5 0ZM4 11a1.75 1.75 0 1 0 3.5 0A1.75 1.75 0 0 0 4 11Z"
            }
            Self::SortAscending => "M8 13V3M4 7l4-4 4 4",
            Self::SortDescending => "M8 3v10M4 9l4 4 4-4",
            Self::SortNone => "M5 6.5 8 3.5l3 3m-6 3 3 3 3-3",
            Self::Warning => "M8 2.3 1.7 13.4h12.6L8 2.3Zm0 4.4v3.1m0 1.8v.1",
        }
    }
}

/// Draws an icon. It is hidden from screen readers, which read the word beside it.
#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=name.path() />
        </svg>
    }
}
