//! The frame of the tablet workspace: the header with the sync chip, the navigation, and the page.

use calloff_core::ids::DocumentId;
use leptos::prelude::*;

use super::find::Find;
use super::guide::Guide;
use super::home::Home;
use super::order::OrderPage;
use super::people::PersonPicker;
use super::prices::PriceNotes;
use super::settings::Settings;
use super::site::SitePage;
use super::sync_chip::SyncChip;
use crate::components::not_found::NothingHere;
use crate::components::{Icon, IconName};
use crate::i18n::{Text, use_i18n};
use crate::tablet::routes::Page;
use crate::tablet::state::sync_status::{Blocked, Contact};
use crate::tablet::state::tablet::ThisTablet;
use crate::tablet::state::updates::use_updates;

/// The workspace at one of its pages. Before anything else, a person says who is ordering.
#[component]
pub fn TabletWorkspace(tablet: ThisTablet, page: Memo<Option<Page>>) -> impl IntoView {
    let i18n = use_i18n();
    provide_context(tablet);
    let updates = use_updates();
    let is_outdated =
        Memo::new(move |_| tablet.connection.get().contact == Contact::Refused(Blocked::TooOld));
    Effect::new(move |_| {
        if is_outdated.get() {
            updates.look();
        }
    });
    let content = move || match (tablet.people.here(), page.get()) {
        (_, Some(Page::Settings)) => view! { <Settings /> }.into_any(),
        (None, _) => view! { <PersonPicker /> }.into_any(),
        (Some(_), Some(Page::Home)) => view! { <Home /> }.into_any(),
        (Some(_), Some(Page::Find { order })) => view! { <Find order /> }.into_any(),
        (Some(_), Some(Page::Guide)) => view! { <Guide /> }.into_any(),
        (Some(_), Some(Page::Site)) => view! { <SitePage /> }.into_any(),
        (Some(_), Some(Page::Order(order))) => view! { <OrderPage order /> }.into_any(),
        (Some(_), Some(Page::Enrol) | None) => {
            view! { <NothingHere home=Page::Home.path() /> }.into_any()
        }
    };
    PriceNotes::of(tablet).keep();
    let find = Memo::new(move |_| Page::Find { order: order_at_hand(tablet, page.get()) });
    let link = move |to: Signal<Page>, sign: IconName, text: Text, is_current: fn(Page) -> bool| {
        let current = move || page.get().is_some_and(is_current).then_some("page");
        view! {
            <li>
                <a href=move || to.get().path() aria-current=current>
                    <span class="nav-sign"><Icon name=sign /></span>
                    {i18n.t(text)}
                </a>
            </li>
        }
    };
    view! {
        <header class="app-header">
            <a class="app-brand" href=Page::Home.path()>"Calloff"</a>
            <span class="app-site truncate muted">{tablet.enrolment().granted.site_name.clone()}</span>
            <div class="app-header-end">
                <PersonButton tablet />
                <SyncChip tablet />
            </div>
        </header>
        <div class="workspace">
            <nav class="app-nav" aria-label=i18n.t(Text::Navigation)>
                <ul role="list">
                    {link(Page::Home.into(), IconName::Home, Text::NavHome, |page| matches!(page, Page::Home | Page::Order(_)))}
                    {link(Page::Guide.into(), IconName::List, Text::NavGuide, |page| matches!(page, Page::Guide | Page::Site))}
                    {link(find.into(), IconName::Search, Text::NavFind, |page| matches!(page, Page::Find { .. }))}
                    {link(Page::Settings.into(), IconName::Settings, Text::NavSettings, |page| matches!(page, Page::Settings))}
                </ul>
            </nav>
            <main id="main" class="page" tabindex="-1">
                <SiteHasLeft tablet />
                {content}
            </main>
        </div>
    }
}

/// The order for which a search from this page is: the open order if it is a draft, or else the
/// draft that was open last, if it belongs to the person at the tablet.
fn order_at_hand(tablet: ThisTablet, page: Option<Page>) -> Option<DocumentId> {
    let is_draft = |id: &DocumentId, is_own: bool| {
        let person = tablet.person_name();
        tablet.workspace.order(*id).get().is_some_and(|order| {
            order.state.is_editable()
                && !order.state.is_discarded()
                && (!is_own || order.state.held_by() == person)
        })
    };
    match page {
        Some(Page::Order(order) | Page::Find { order: Some(order) }) => {
            Some(order).filter(|order| is_draft(order, false))
        }
        _ => tablet.open_order.get().filter(|order| is_draft(order, true)),
    }
}

/// Shown on every page while the catalogue no longer has the tablet's site. Then nothing can be
/// ordered, and everything can be read.
#[component]
fn SiteHasLeft(tablet: ThisTablet) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let release = tablet.catalogue.release().filter(|_| !tablet.has_its_site())?;
        let names = move |text: Text| {
            let enrolment = tablet.enrolment();
            let number = release.number.to_string();
            let site = enrolment.granted.site_name.as_str();
            i18n.fill(
                text,
                &[
                    ("site", site),
                    ("organisation", &enrolment.granted.organisation_name),
                    ("release", &number),
                ],
            )
        };
        let title = names(Text::SiteHasLeft);
        Some(view! {
            <section class="notice" data-tone="caution" data-testid="site-has-left" role="status">
                <div class="stack gap-2">
                    <h2>{title}</h2>
                    <p>{i18n.t(Text::SiteHasLeftDetail)}</p>
                </div>
            </section>
        })
    }
}

/// The person who is ordering. A tap lets another person take over.
#[component]
fn PersonButton(tablet: ThisTablet) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        tablet.people.here().map(|person| {
            view! {
                <button type="button" class="person-button" data-testid="current-person"
                    on:click=move |_| tablet.people.leave()>
                    <span class="person-initial" aria-hidden="true">{person.name.chars().next().map(String::from)}</span>
                    <span class="truncate">{person.name}</span>
                    <span class="visually-hidden">", "{i18n.t(Text::ChangePerson)}</span>
                </button>
            }
        })
    }
}
