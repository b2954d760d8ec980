//! The app's root: opens the storage, finds out what this browser is for, and draws the page at the
//! address.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::components::written_instant;
use crate::i18n::{I18n, Sentence, Text, use_i18n};
use crate::pages::desk::DeskWorkspace;
use crate::pages::enrol::Enrol;
use crate::pages::not_found::NotFound;
use crate::pages::tablet::TabletWorkspace;
use crate::pages::turn;
use crate::pages::welcome::Welcome;
use crate::platform::clock::Style;
use crate::platform::kv_store::IndexedDbStore;
use crate::platform::locks::{self, Leadership};
use crate::platform::translation;
use crate::routes::{DeskPage, Page};
use crate::state::desk::Desk;
use crate::state::hints;
use crate::state::notices::{Notice, Notices, Tone};
use crate::state::session::{self, Enrolment, Found};
use crate::state::tablet::{Lead, StartError, Tablet};
use crate::state::updates::Updates;

/// The database of this address.
const DATABASE: &str = "calloff";
/// The lock of the one tab that writes.
const LEAD: &str = "calloff-tablet";
/// A lead that nobody has is there at the next tick.
const LEAD_MS: u32 = 200;

/// What this browser is.
#[derive(Clone)]
pub enum Role {
    /// Not known yet.
    Opening,
    /// Neither enrolled nor anything else.
    Nobody,
    Tablet(Box<Tablet>),
    /// Its storage cannot be used.
    Broken(Sentence),
}

impl Role {
    /// Why nothing can be stored here at the moment.
    #[must_use]
    pub fn not_open(&self) -> Sentence {
        match self {
            Self::Broken(reason) => reason.clone(),
            Self::Opening | Self::Nobody | Self::Tablet(_) => Text::FailedNotOpen.into(),
        }
    }
}

/// The role of this browser, and what changes it.
#[derive(Clone, Copy)]
pub struct Roles {
    role: RwSignal<Role>,
    store: StoredValue<Option<IndexedDbStore>, LocalStorage>,
    lead: StoredValue<Option<Leadership>, LocalStorage>,
    notices: Notices,
}

impl Roles {
    fn new(notices: Notices) -> Self {
        Self {
            role: RwSignal::new(Role::Opening),
            store: StoredValue::new_local(None),
            lead: StoredValue::new_local(None),
            notices,
        }
    }

    #[must_use]
    pub fn role(self) -> Role {
        self.role.get()
    }

    /// The storage, once it is open.
    #[must_use]
    pub fn store(self) -> Option<IndexedDbStore> {
        self.store.get_value()
    }

    /// Opens the storage and starts the tablet, if this browser is one.
    async fn open(self, i18n: I18n) {
        let opened = match IndexedDbStore::open(DATABASE).await {
            Ok(store) => {
                self.store.set_value(Some(store.clone()));
                session::load(&store, hints::enrolment().as_deref())
                    .await
                    .map_err(|error| Sentence::from(&error))
            }
            Err(error) => Err(Sentence::from(&error)),
        };
        match opened {
            Ok(Found::Tablet(enrolment)) => self.start_tablet(enrolment).await,
            Ok(Found::Wiped(enrolment)) => {
                self.tell_loss(i18n);
                self.start_tablet(enrolment).await;
                if let Role::Tablet(tablet) = self.role.get_untracked() {
                    tablet.ask_to_keep().await;
                }
            }
            Ok(Found::Nobody) => self.role.set(Role::Nobody),
            Err(reason) => self.role.set(Role::Broken(reason)),
        }
    }

    async fn stand_for_lead(self) -> Lead {
        let (lead_taken, lead) = oneshot::channel();
        let leadership = locks::stand_for(LEAD, move || {
            // Nobody waits any more where the page is gone.
            let _ = lead_taken.send(());
        });
        match leadership {
            Ok(leadership) => self.lead.set_value(Some(leadership)),
            Err(error) => {
                // Without locks nothing keeps two tabs apart; one alone works as ever.
                leptos::logging::warn!("{error}");
                return Lead::Now;
            }
        }
        match select(lead, TimeoutFuture::new(LEAD_MS)).await {
            Either::Left(_) => Lead::Now,
            Either::Right(((), lead)) => Lead::Later(lead),
        }
    }

    /// Says what a browser has thrown away: what had not been sent, and nothing else.
    fn tell_loss(self, i18n: I18n) {
        let lost = hints::unsent();
        self.notices.show(match lost.oldest_at {
            Some(at) if lost.count > 0 => Notice::new(Tone::Negative, Text::StorageLost)
                .with("count", lost.count)
                .with("time", written_instant(i18n, at, Style::DateTime)),
            _ => Notice::new(Tone::Caution, Text::StorageLostNothing),
        });
    }

    /// Starts the tablet, as the tab that leads or behind it.
    pub async fn start_tablet(self, enrolment: Enrolment) {
        let lead = self.stand_for_lead().await;
        let Some(store) = self.store() else { return };
        match start(enrolment, store, self.notices, lead).await {
            Ok(tablet) => self.role.set(Role::Tablet(Box::new(tablet))),
            Err(error) => self.role.set(Role::Broken((&error).into())),
        }
    }
}

async fn start(
    enrolment: Enrolment,
    store: IndexedDbStore,
    notices: Notices,
    lead: Lead,
) -> Result<Tablet, StartError> {
    // One tab writes: two that are opened together would undo each other's.
    let enrolment = match lead {
        Lead::Now => {
            let settled = session::settle(&store, enrolment).await?;
            session::keep_copy(&settled)?;
            settled
        }
        Lead::Later(_) => enrolment,
    };
    Tablet::start(enrolment, store, notices, lead).await
}

/// The role of this browser. Panics outside of the app, which provides it at its root.
#[must_use]
pub fn use_roles() -> Roles {
    expect_context()
}

/// Everything on the page.
#[component]
pub fn App() -> impl IntoView {
    let i18n = I18n::new(hints::language());
    let notices = Notices::default();
    let roles = Roles::new(notices);
    provide_context(i18n);
    provide_context(notices);
    provide_context(roles);
    provide_context(Desk::default());
    let updates = Updates::new(notices);
    provide_context(updates);
    apply_theme(hints::theme());
    Effect::new(move |_| set_root_attribute("lang", Some(i18n.language().tag())));
    translation::keep_own_texts();
    spawn_local(roles.open(i18n));
    spawn_local(updates.begin());
    view! {
        <a class="skip-link" href="#main">{i18n.t(Text::SkipToContent)}</a>
        <Router>
            // One route for all addresses: `routes::Page` alone knows what they mean.
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/*any") view=CurrentPage />
            </FlatRoutes>
        </Router>
        <NoticeRegion />
    }
}

#[component]
fn CurrentPage() -> impl IntoView {
    let path = use_location().pathname;
    let page = Memo::new(move |_| Page::parse(&path.get()));
    // Walking between the desk's pages keeps its frame; this stays what it was while somebody
    // leaves the desk.
    let desk_page = Memo::new(move |before: Option<&DeskPage>| match page.get() {
        Some(Page::Desk(desk_page)) => desk_page,
        _ => before.copied().unwrap_or(DeskPage::Orders),
    });
    let is_desk = Memo::new(move |_| matches!(page.get(), Some(Page::Desk(_))));
    turn::follow(page);
    move || match is_desk.get() {
        true => view! { <DeskWorkspace page=desk_page /> }.into_any(),
        false => view! { <OtherPage page /> }.into_any(),
    }
}

/// A page of a tablet, or of a browser that is nothing yet.
#[component]
fn OtherPage(page: Memo<Option<Page>>) -> impl IntoView {
    let roles = use_roles();
    move || match page.get() {
        None | Some(Page::Desk(_)) => view! { <NotFound /> }.into_any(),
        Some(Page::Enrol) => view! { <Enrol /> }.into_any(),
        Some(
            Page::Home
            | Page::Find { .. }
            | Page::Order(_)
            | Page::Guide
            | Page::Site
            | Page::Settings,
        ) => match roles.role() {
            Role::Opening => ().into_any(),
            Role::Nobody => view! { <Welcome /> }.into_any(),
            Role::Broken(reason) => view! { <Broken reason /> }.into_any(),
            Role::Tablet(tablet) => view! { <TabletWorkspace tablet=*tablet page /> }.into_any(),
        },
    }
}

#[component]
fn Broken(reason: Sentence) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <main id="main" class="page page-reading stack" tabindex="-1" role="alert">
            <h1>{i18n.t(Text::StorageBrokenTitle)}</h1>
            <p>{move || reason.in_language(i18n.language()).to_owned()}</p>
        </main>
    }
}

/// Messages over the page, read out as they come.
#[component]
fn NoticeRegion() -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let one = move |(id, notice): (u64, Notice)| {
        let action = notice.action.map(|(label, run)| {
            let press = move |_| {
                notices.dismiss(id);
                run.run(());
            };
            view! { <button type="button" class="notice-action" data-testid="notice-action" on:click=press>{i18n.t(label)}</button> }
        });
        let link = notice.link.clone().map(|(label, path)| {
            view! { <a class="button notice-action" data-testid="notice-link" href=path on:click=move |_| notices.dismiss(id)>{i18n.t(label)}</a> }
        });
        let tone = notice.tone;
        let words = {
            let notice = Notice { action: None, ..notice };
            move || notice.words(i18n)
        };
        view! {
            <li class="notice" data-tone=tone.name()>
                <span class="notice-sign" aria-hidden="true">{tone.sign()}</span>
                <p class="grow">{words}</p>
                {action}
                {link}
                <button type="button" class="notice-dismiss" aria-label=i18n.t(Text::Dismiss) on:click=move |_| notices.dismiss(id)>
                    <span aria-hidden="true">"✕"</span>
                </button>
            </li>
        }
    };
    view! {
        <ul role="list" class="notices" aria-live="polite" aria-label=i18n.t(Text::Notices) data-testid="notices">
            <For each=move || notices.list() key=|(id, _)| *id children=one />
        </ul>
    }
}

/// Light, dark, or as the device is set.
pub fn apply_theme(theme: hints::Theme) {
    set_root_attribute("data-theme", theme.attribute());
}

fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    // Setting an attribute fails only for a name that is none.
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}
