//! The settings of this tablet: unsent work, storage, language and colours.

use leptos::prelude::*;

use super::clock_notice::{ClockNotice, clock_compared};
use super::home::CatalogueStatus;
use super::sync_chip::{age_words, state_text};
use crate::components::{Button, ButtonKind, DateText, Moment};
use crate::i18n::{Language, Text, chosen, use_i18n};
use crate::platform::clock::Style;
use crate::platform::theme::{self, Theme};
use crate::tablet::routes::Page;
use crate::tablet::state::sync_status::{Blocked, Contact, age, chip_state};
use crate::tablet::state::tablet::{Keeping, use_tablet};
use crate::tablet::state::updates::use_updates;

#[component]
pub fn Settings() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    view! {
        <div class="page-head"><h1>{i18n.t(Text::NavSettings)}</h1></div>
        <div class="stack gap-6">
            <SyncDetails />
            <section class="card">
                <h2 class="card-title">{move || i18n.fill(Text::SiteTitle, &[("site", &tablet.enrolment().granted.site_name)])}</h2>
                <a class="button" data-testid="site-link" href=Page::Site.path()>{i18n.t(Text::SiteLink)}</a>
            </section>
            <ThisTablet />
            <Appearance />
        </div>
    }
}

#[component]
fn SyncDetails() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let state = move || {
        i18n.t(state_text(chip_state(tablet.connection.get(), tablet.workspace.unsent().count)))()
    };
    let unsent = move || {
        let unsent = tablet.workspace.unsent();
        if unsent.count == 0 {
            return i18n.t(Text::UnsentNone)().to_owned();
        }
        let waiting = i18n.count(unsent.count, Text::UnsentOne, Text::UnsentMany);
        match unsent.oldest_at {
            Some(at) => format!("{waiting} · {}", age_words(i18n, age(at, tablet.now.get()))),
            None => waiting,
        }
    };
    let advice = move || match tablet.connection.get().contact {
        Contact::Refused(Blocked::Credential) => Some(Text::AdviceCredential),
        Contact::Refused(Blocked::TooOld) => Some(Text::AdviceTooOld),
        Contact::Refused(Blocked::Error) => Some(Text::AdviceError),
        Contact::Unreachable => Some(Text::AdviceOffline),
        Contact::Unknown | Contact::Reached => None,
    };
    let is_blocked = move |by| tablet.connection.get().contact == Contact::Refused(by);
    let last = move || match tablet.connection.get().last_contact {
        Some(at_ms) => view! { <Moment at_ms /> }.into_any(),
        None => i18n.t(Text::Never).into_any(),
    };
    view! {
        <section class="card stack gap-3">
            <h2 class="card-title">{i18n.t(Text::SyncTitle)}</h2>
            <dl class="facts">
                <div><dt>{i18n.t(Text::State)}</dt><dd>{state}</dd></div>
                <div><dt>{i18n.t(Text::Waiting)}</dt><dd>{unsent}</dd></div>
                <div><dt>{i18n.t(Text::LastContactLabel)}</dt><dd>{last}</dd></div>
                <div><dt>{i18n.t(Text::ClockLabel)}</dt><dd data-testid="clock">{move || clock_compared(i18n, tablet)}</dd></div>
            </dl>
            <ClockNotice />
            {move || advice().map(|text| view! { <p class="callout" data-tone="caution">{i18n.t(text)}</p> })}
            <Show when=move || is_blocked(Blocked::TooOld)><UpdateButton /></Show>
            <Show when=move || is_blocked(Blocked::Credential)>
                <a class="button button-primary" data-testid="enrol-again" href=Page::Enrol.path()>{i18n.t(Text::EnrolAgain)}</a>
            </Show>
        </section>
    }
}

/// The button for updates. It starts a new version that waits, or else looks for one.
#[component]
fn UpdateButton() -> impl IntoView {
    let i18n = use_i18n();
    let updates = use_updates();
    let press =
        move |()| if untrack(|| updates.is_waiting()) { updates.apply() } else { updates.look() };
    let words =
        move || i18n.t(if updates.is_waiting() { Text::UpdateNow } else { Text::LookForUpdate })();
    view! { <Button label=words kind=ButtonKind::Primary on_press=press test_id="update" /> }
}

#[component]
fn ThisTablet() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let enrolment = tablet.enrolment();
    let keeping = move || {
        i18n.t(match tablet.keeping.get() {
            Keeping::Promised => Text::KeepingPromised,
            Keeping::AsLongAsThereIsRoom => Text::KeepingWhileRoom,
            Keeping::Unknown => Text::KeepingUnknown,
        })()
    };
    let release = move || {
        tablet.catalogue.release().map(|release| {
            let (number, items) = (release.number, release.catalogue.items().len());
            view! {
                {move || i18n.fill(Text::ReleaseNumber, &[("number", &number.to_string())])}" · "
                <DateText date=release.effective_from style=Style::Date />" · "
                {move || i18n.count(items, Text::ItemOne, Text::ItemMany)}
            }
        })
    };
    view! {
        <section class="card">
            <h2 class="card-title">{i18n.t(Text::ThisTablet)}</h2>
            <dl class="facts">
                <div><dt>{i18n.t(Text::EnrolName)}</dt><dd>{enrolment.device_name.clone()}</dd></div>
                <div><dt>{i18n.t(Text::Site)}</dt><dd>{enrolment.granted.site_name.clone()}</dd></div>
                <div><dt>{i18n.t(Text::Organisation)}</dt><dd>{enrolment.granted.organisation_name.clone()}</dd></div>
                <div><dt>{i18n.t(Text::Catalogue)}</dt><dd data-testid="release">{release}</dd></div>
                <div><dt>{i18n.t(Text::Storage)}</dt><dd data-testid="keeping">{keeping}</dd></div>
            </dl>
            <CatalogueStatus />
        </section>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let i18n = use_i18n();
    let shown = RwSignal::new(theme::chosen());
    let language = move |one: Language| {
        let choose = move |_| chosen::choose(i18n, one);
        view! {
            <button type="button" lang=one.tag() data-testid=format!("language-{}", one.tag())
                aria-pressed=move || (i18n.language() == one).to_string() on:click=choose>{one.own_name()}</button>
        }
    };
    let colours = move |one: Theme, text: Text| {
        let choose = move |_| {
            theme::choose(one);
            shown.set(one);
        };
        view! {
            <button type="button" aria-pressed=move || (shown.get() == one).to_string() on:click=choose>{i18n.t(text)}</button>
        }
    };
    view! {
        <section class="card stack">
            <h2 class="card-title">{i18n.t(Text::Appearance)}</h2>
            <div role="group" aria-label=i18n.t(Text::LanguageLabel) class="segments">{Language::ALL.map(language).collect_view()}</div>
            <div role="group" aria-label=i18n.t(Text::Colours) class="segments">
                {colours(Theme::Device, Text::ThemeDevice)}
                {colours(Theme::Light, Text::ThemeLight)}
                {colours(Theme::Dark, Text::ThemeDark)}
            </div>
        </section>
    }
}
