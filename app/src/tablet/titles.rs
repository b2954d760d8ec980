//! The title of the window.

use leptos::prelude::*;

use crate::i18n::Text;
use crate::tablet::app::{BrowserUse, use_roles};
use crate::tablet::routes::Page;

/// The page and its title.
#[must_use]
pub fn place(page: Memo<Option<Page>>) -> Memo<(Option<Page>, Text)> {
    let roles = use_roles();
    Memo::new(move |_| {
        let title = match (page.get(), roles.role()) {
            (None, _) => Text::PageNotFound,
            (Some(Page::Enrol), _) => Text::EnrolTitle,
            (Some(page), BrowserUse::Tablet(tablet)) => match tablet.people.here() {
                None if page != Page::Settings => Text::WhoOrders,
                _ => title(page),
            },
            (Some(_), BrowserUse::Opening | BrowserUse::Nobody) => Text::WelcomeTitle,
            (Some(_), BrowserUse::Broken(_)) => Text::StorageBrokenTitle,
        };
        (page.get(), title)
    })
}

fn title(page: Page) -> Text {
    match page {
        Page::Home | Page::Enrol => Text::NavHome,
        Page::Find { .. } => Text::NavFind,
        Page::Order(_) => Text::Order,
        Page::Guide => Text::NavGuide,
        Page::Site => Text::SiteLink,
        Page::Settings => Text::NavSettings,
    }
}
