//! What a change of page means to people who do not see it: the title of the window says where they
//! are, and the focus moves to the heading of the page, which is read out.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::app::{Role, use_roles};
use crate::i18n::{Text, use_i18n};
use crate::routes::{DeskPage, Page};
use crate::state::desk::{Who, use_desk};

/// Keeps title and focus with the page.
pub fn follow(page: Memo<Option<Page>>) {
    let i18n = use_i18n();
    let (roles, desk) = (use_roles(), use_desk());
    let title = Memo::new(move |_| match (page.get(), roles.role()) {
        (None, _) => Text::PageNotFound,
        (Some(Page::Enrol), _) => Text::EnrolTitle,
        (Some(Page::Desk(page)), _) => match desk.who() {
            Who::Person(_) => desk_title(page),
            Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => Text::SignInTitle,
        },
        (Some(page), Role::Tablet(tablet)) => match tablet.people.here() {
            None if page != Page::Settings => Text::WhoOrders,
            _ => tablet_title(page),
        },
        (Some(_), Role::Opening | Role::Nobody) => Text::WelcomeTitle,
        (Some(_), Role::Broken(_)) => Text::StorageBrokenTitle,
    });
    Effect::new(move |_| document().set_title(&format!("{} · Calloff", i18n.t(title.get())())));
    Effect::new(move |was: Option<(Option<Page>, Text)>| {
        let now = (page.get(), title.get());
        // On the first page the browser reads out the title.
        if was.is_some_and(|was| was != now) {
            // Once the page is drawn.
            request_animation_frame(|| request_animation_frame(focus_heading));
        }
        now
    });
}

fn tablet_title(page: Page) -> Text {
    match page {
        Page::Home | Page::Enrol | Page::Desk(_) => Text::NavHome,
        Page::Find { .. } => Text::NavFind,
        Page::Order(_) => Text::Order,
        Page::Guide => Text::NavGuide,
        Page::Site => Text::SiteLink,
        Page::Settings => Text::NavSettings,
    }
}

fn desk_title(page: DeskPage) -> Text {
    match page {
        DeskPage::SignIn | DeskPage::Orders => Text::Orders,
        DeskPage::Order(_) => Text::Order,
        DeskPage::Tablets => Text::Tablets,
        DeskPage::Quarantine => Text::Quarantine,
        DeskPage::Audit => Text::Audit,
    }
}

/// Moves the focus to the heading, unless the page has put it somewhere itself (the search box, a
/// PIN).
fn focus_heading() {
    let Some(main) = document().get_element_by_id("main") else { return };
    let is_within = |element: web_sys::Element| {
        main.contains(Some(&element)) || element.closest("dialog").ok().flatten().is_some()
    };
    if document().active_element().is_some_and(is_within) {
        return;
    }
    let heading = main.query_selector("h1").ok().flatten().unwrap_or(main);
    // Neither fails: the name is an attribute's, and headings can be focused once they have a place
    // in no order of tabs.
    let _ = heading.set_attribute("tabindex", "-1");
    if let Some(heading) = heading.dyn_ref::<web_sys::HtmlElement>() {
        let _ = heading.focus();
    }
}
