//! The root of the tablet's app. It opens the storage, finds out what this browser is for, and
//! draws the page at the address.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::components::frame::Frame;
use crate::components::not_found::NotFound;
use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::components::written_instant;
use crate::i18n::{I18n, Sentence, Text, chosen, use_i18n};
use crate::platform::clock::Style;
use crate::platform::kv_store::IndexedDbStore;
use crate::platform::locks::{self, Leadership};
use crate::platform::turn;
use crate::tablet::pages::TabletWorkspace;
use crate::tablet::pages::enrol::Enrol;
use crate::tablet::pages::welcome::Welcome;
use crate::tablet::routes::Page;
use crate::tablet::state::hints;
use crate::tablet::state::session::{self, Enrolment, Found};
use crate::tablet::state::tablet::{Lead, StartError, ThisTablet};
use crate::tablet::state::updates::Updates;
use crate::tablet::titles;

/// The name of the database at this address.
const DATABASE: &str = "calloff";
/// The name of the lock that the leading tab holds. Only this tab writes.
const LEAD: &str = "calloff-tablet";
/// The time to wait for the lead. A free lead comes at the next tick.
const LEAD_MS: u32 = 200;

/// What this browser is used for.
#[derive(Clone)]
pub enum BrowserUse {
    /// The storage is not open yet, so the role is unknown.
    Opening,
    /// This browser is not enrolled as a tablet.
    Nobody,
    Tablet(Box<ThisTablet>),
    /// The browser's storage cannot be used.
    Broken(Sentence),
}

impl BrowserUse {
    /// Why nothing can be stored at the moment.
    #[must_use]
    pub fn not_open(&self) -> Sentence {
        match self {
            Self::Broken(reason) => reason.clone(),
            Self::Opening | Self::Nobody | Self::Tablet(_) => Text::FailedNotOpen.into(),
        }
    }
}

/// The role of this browser, and the means to change it.
#[derive(Clone, Copy)]
pub struct Roles {
    role: RwSignal<BrowserUse>,
    store: StoredValue<Option<IndexedDbStore>, LocalStorage>,
    lead: StoredValue<Option<Leadership>, LocalStorage>,
    notices: Notices,
}

impl Roles {
    fn new(notices: Notices) -> Self {
        Self {
            role: RwSignal::new(BrowserUse::Opening),
            store: StoredValue::new_local(None),
            lead: StoredValue::new_local(None),
            notices,
        }
    }

    #[must_use]
    pub fn role(self) -> BrowserUse {
        self.role.get()
    }

    /// The storage. `None` until it is open.
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
                if let BrowserUse::Tablet(tablet) = self.role.get_untracked() {
                    tablet.ask_to_keep().await;
                }
            }
            Ok(Found::Nobody) => self.role.set(BrowserUse::Nobody),
            Err(reason) => self.role.set(BrowserUse::Broken(reason)),
        }
    }

    async fn stand_for_lead(self) -> Lead {
        let (lead_taken, lead) = oneshot::channel();
        let leadership = locks::stand_for(LEAD, move || {
            // If the page is gone, nobody waits for the message.
            let _ = lead_taken.send(());
        });
        match leadership {
            Ok(leadership) => self.lead.set_value(Some(leadership)),
            Err(error) => {
                // Without locks, two tabs may both lead. A single tab works as usual.
                leptos::logging::warn!("{error}");
                return Lead::Now;
            }
        }
        match select(lead, TimeoutFuture::new(LEAD_MS)).await {
            Either::Left(_) => Lead::Now,
            Either::Right(((), lead)) => Lead::Later(lead),
        }
    }

    /// Tells people that the browser deleted the storage. Only the work that was not sent is lost.
    fn tell_loss(self, i18n: I18n) {
        let lost = hints::unsent();
        self.notices.show(match lost.oldest_at {
            Some(at) if lost.count > 0 => ShownNotice::new(Tone::Negative, Text::StorageLost)
                .with("count", lost.count)
                .with("time", written_instant(i18n, at, Style::DateTime)),
            _ => ShownNotice::new(Tone::Caution, Text::StorageLostNothing),
        });
    }

    /// Starts the tablet in this tab, as the leader or as a follower.
    pub async fn start_tablet(self, enrolment: Enrolment) {
        let lead = self.stand_for_lead().await;
        let Some(store) = self.store() else { return };
        match start(enrolment, store, self.notices, lead).await {
            Ok(tablet) => self.role.set(BrowserUse::Tablet(Box::new(tablet))),
            Err(error) => self.role.set(BrowserUse::Broken((&error).into())),
        }
    }
}

async fn start(
    enrolment: Enrolment,
    store: IndexedDbStore,
    notices: Notices,
    lead: Lead,
) -> Result<ThisTablet, StartError> {
    // Only one tab writes. Two tabs that a person opens at the same time would overwrite each
    // other.
    let enrolment = match lead {
        Lead::Now => {
            let settled = session::settle(&store, enrolment).await?;
            session::keep_copy(&settled)?;
            settled
        }
        Lead::Later(_) => enrolment,
    };
    ThisTablet::start(enrolment, store, notices, lead).await
}

/// The role of this browser. Panics outside of the app, which provides it at its root.
#[must_use]
pub fn use_roles() -> Roles {
    expect_context()
}

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    let i18n = I18n::new(chosen::language());
    let notices = Notices::default();
    let roles = Roles::new(notices);
    let updates = Updates::new(notices);
    provide_context(notices);
    provide_context(roles);
    provide_context(updates);
    spawn_local(roles.open(i18n));
    spawn_local(updates.begin());
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
    let roles = use_roles();
    let path = use_location().pathname;
    let page = Memo::new(move |_| Page::parse(&path.get()));
    let place = titles::place(page);
    turn::follow(place, move || i18n.t(place.get().1)());
    move || match page.get() {
        None => view! { <Nowhere /> }.into_any(),
        Some(Page::Enrol) => view! { <Enrol /> }.into_any(),
        Some(
            Page::Home
            | Page::Find { .. }
            | Page::Order(_)
            | Page::Guide
            | Page::Site
            | Page::Settings,
        ) => match roles.role() {
            BrowserUse::Opening => ().into_any(),
            BrowserUse::Nobody => view! { <Welcome /> }.into_any(),
            BrowserUse::Broken(reason) => view! { <Broken reason /> }.into_any(),
            BrowserUse::Tablet(tablet) => {
                view! { <TabletWorkspace tablet=*tablet page /> }.into_any()
            }
        },
    }
}

#[component]
fn Nowhere() -> impl IntoView {
    view! { <NotFound home=Page::Home.path() /> }
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
