//! The root of the desk's app: draws the page at the address.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::components::frame::Frame;
use crate::components::not_found::NotFound;
use crate::components::notices::Notices;
use crate::desk::pages::{DeskWorkspace, WelcomePage};
use crate::desk::routes::Page;
use crate::desk::state::session::{Desk, Who, use_desk};
use crate::i18n::{I18n, Text, chosen, use_i18n};
use crate::platform::turn;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    let i18n = I18n::new(chosen::language());
    let notices = Notices::default();
    provide_context(notices);
    provide_context(Desk::default());
    view! {
        <Frame i18n notices>
            <Router>
                // One route takes all addresses, because only `routes::Page` knows what they mean.
                <FlatRoutes fallback=Nowhere>
                    <Route path=path!("/*any") view=CurrentPage />
                </FlatRoutes>
            </Router>
        </Frame>
    }
}

#[component]
fn CurrentPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let path = use_location().pathname;
    let found = Memo::new(move |_| Page::parse(&path.get()));
    let place = Memo::new(move |_| {
        let title = match (found.get(), desk.who()) {
            (None, _) => Text::PageNotFound,
            (Some(Page::Welcome), _) => Text::WelcomePage,
            (Some(page), Who::Person(_)) => title(&page),
            (Some(_), Who::Checking | Who::Nobody { .. } | Who::Unknown(_)) => Text::SignInTitle,
        };
        (found.get(), title)
    });
    turn::follow(place, move || i18n.t(place.get().1)());
    // The frame stays while a person goes from one page of the desk to another.
    let page = Memo::new(move |before: Option<&Page>| match (found.get(), before) {
        (Some(page), _) => page,
        (None, before) => before.cloned().unwrap_or(Page::Orders),
    });
    let is_found = Memo::new(move |_| found.get().is_some());
    let is_welcome = Memo::new(move |_| found.get() == Some(Page::Welcome));
    move || match (is_found.get(), is_welcome.get()) {
        (true, true) => view! { <WelcomePage /> }.into_any(),
        (true, false) => view! { <DeskWorkspace page /> }.into_any(),
        (false, _) => view! { <Nowhere /> }.into_any(),
    }
}

#[component]
fn Nowhere() -> impl IntoView {
    view! { <NotFound home=Page::Orders.path() /> }
}

fn title(page: &Page) -> Text {
    match page {
        Page::SignIn | Page::Orders => Text::Orders,
        Page::Order(_) => Text::Order,
        Page::PurchaseOrders => Text::PurchaseOrders,
        Page::PurchaseOrder(_) => Text::PurchaseOrderTitle,
        Page::Contracts => Text::Contracts,
        Page::Contract(_) => Text::Contract,
        Page::Suppliers => Text::Suppliers,
        Page::Supplier(_) => Text::Supplier,
        Page::Tablets => Text::Tablets,
        Page::People | Page::Person(_) => Text::People,
        Page::NewPerson => Text::PersonAdd,
        Page::Places => Text::Places,
        Page::Welcome => Text::WelcomePage,
        Page::Quarantine => Text::Quarantine,
        Page::Audit => Text::Audit,
        Page::Jobs => Text::Jobs,
    }
}
