//! An enrolled tablet at work: everything its pages need, in one context.

use std::sync::Arc;

use calloff_core::ids::DocumentId;
use calloff_core::intent::{AnyIntent, Intent};
use calloff_core::order::{ResolvedFor, caps};
use calloff_core::resolve::{Remaining, Spending};
use calloff_core::site;
use futures_channel::mpsc::{self, UnboundedReceiver};
use futures_channel::oneshot;
use futures_util::stream::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::allotments::{Allotments, TopUpError};
use super::catalogue::{CatalogueSignal, Release};
use super::counts::Counts;
use super::hints;
use super::people::People;
use super::releases::Releases;
use super::seen_prices::SeenPrices;
use super::session::{self, Enrolment, Found, SessionError};
use super::sync_loop::SyncLoop;
use super::sync_status::Connection;
use super::tabs::{Said, Tabs, Undone};
use super::told::Telling;
use super::workspace::{DispatchError, Workspace};
use crate::components::notices::{Notice, Notices, Tone};
use crate::i18n::{self, Text};
use crate::platform::connectivity::{self, Change};
use crate::platform::kv_store::{IndexedDbStore, KvError};
use crate::platform::server_time::ClockState;
use crate::platform::zone::SiteZone;
use crate::platform::{activity, clock, page, storage};
use crate::tablet::failures::dispatch_error;
use crate::tablet::state::replica_store;

/// How often "5 minutes ago" is looked at again.
const TICK_MS: u32 = 10_000;

/// Two taps of a hurried thumb are some 250 ms apart.
const SAME_TAP_MS: i64 = 600;

/// Whether the browser promises to keep what is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    #[default]
    Unknown,
    Promised,
    /// Kept as long as the device has room.
    AsLongAsThereIsRoom,
}

/// An enrolled tablet.
#[derive(Clone, Copy)]
pub struct Tablet {
    enrolment: StoredValue<Arc<Enrolment>>,
    pub workspace: Workspace,
    pub catalogue: CatalogueSignal,
    pub allotments: Allotments,
    /// What was counted on the shelves today.
    pub counts: Counts,
    pub notices: Notices,
    pub people: People,
    tabs: Tabs,
    telling: Telling,
    pub connection: RwSignal<Connection>,
    /// The time, every ten seconds, in milliseconds since the epoch.
    pub now: RwSignal<i64>,
    pub keeping: RwSignal<Keeping>,
    /// The order that somebody looks at, or looked at last: searching goes on for it.
    pub open_order: RwSignal<Option<DocumentId>>,
    /// When a tap last took something away, by the device's clock, in milliseconds since the epoch.
    took_away_at: StoredValue<i64>,
    /// What prices people saw on drafts.
    pub seen_prices: SeenPrices,
    /// What was being searched for while the first item of an order made a page for that order.
    carried_search: StoredValue<Option<String>>,
    /// Some browsers ask the person: once a start is enough.
    asked_to_keep: StoredValue<bool>,
}

/// A button that does something once, however fast it is pressed.
#[derive(Debug, Clone, Copy)]
pub struct Press(StoredValue<bool>);

impl Default for Press {
    fn default() -> Self {
        Self(StoredValue::new(false))
    }
}

impl Press {
    /// Whether nothing is under way yet; from now on it is.
    #[must_use]
    pub fn begin(self) -> bool {
        // A page that is gone takes its buttons along.
        self.0.try_update_value(|is_busy| !std::mem::replace(is_busy, true)).unwrap_or(true)
    }

    /// What it did is done, or was not done.
    pub fn end(self) {
        // Nobody presses it any more where its page is gone.
        let _ = self.0.try_set_value(false);
    }
}

/// Whether this tab leads, see [`super::tabs`].
#[derive(Debug)]
pub enum Lead {
    Now,
    /// Another one does; this says when it is gone.
    Later(oneshot::Receiver<()>),
}

/// Why an enrolled tablet does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(
        "the organisation's key is damaged on this tablet ({0}); enrol it again with a new code"
    )]
    BadKey(#[from] calloff_core::catalogue::release::ReleaseError),
}

impl Tablet {
    /// Reads what the tablet kept. The tab that leads starts talking to the server; another one
    /// follows it until `lead` says that this one leads.
    ///
    /// # Errors
    /// Storage that cannot be read, a damaged key.
    pub async fn start(
        enrolment: Enrolment,
        store: IndexedDbStore,
        notices: Notices,
        lead: Lead,
    ) -> Result<Self, StartError> {
        let key = enrolment.pinned_key()?;
        clock::recall(hints::server_time());
        let loaded = replica_store::load(&store, enrolment.granted.device).await?;
        let replica = loaded.replica.after_losses(enrolment.losses);
        if loaded.unreadable > 0 {
            notices.show(
                Notice::new(Tone::Negative, Text::RecordsUnreadable)
                    .with("count", loaded.unreadable),
            );
        }
        let (wake, wakes) = mpsc::unbounded();
        let (tabs, said) = Tabs::join(matches!(lead, Lead::Now), notices);
        let people =
            People::new(enrolment.granted.staff.clone(), hints::person().as_ref(), clock::now_ms());
        let site = enrolment.granted.site.clone();
        let enrolment = StoredValue::new(Arc::new(enrolment));
        let releases = Releases {
            store: store.clone(),
            enrolment,
            key,
            site,
            catalogue: CatalogueSignal::default(),
            notices,
        };
        let workspace = Workspace::new(replica, store.clone(), enrolment, wake.clone(), tabs);
        let catalogue = releases.catalogue;
        let telling = Telling {
            store: StoredValue::new_local(store.clone()),
            workspace,
            catalogue,
            notices,
            tabs,
        };
        loaded.notices.iter().for_each(|notice| telling.show(notice));
        let tablet = Self {
            allotments: Allotments::load(store.clone()).await?,
            counts: Counts::load(store.clone()).await?,
            seen_prices: SeenPrices::load(store).await?,
            open_order: RwSignal::new(None),
            took_away_at: StoredValue::new(0),
            workspace,
            telling,
            catalogue,
            notices,
            people,
            tabs,
            connection: RwSignal::new(Connection {
                last_contact: hints::last_contact(),
                ..Connection::default()
            }),
            now: RwSignal::new(clock::now_ms()),
            keeping: RwSignal::new(Keeping::Unknown),
            carried_search: StoredValue::new(None),
            asked_to_keep: StoredValue::new(false),
            enrolment,
        };
        tablet.tick();
        let waker = wake.clone();
        connectivity::subscribe(move |change| match change {
            // The loop that listens ends only with the page.
            Change::Online | Change::Shown => drop(wake.unbounded_send(())),
            Change::Offline | Change::Hidden => {}
        })
        .forever();
        activity::subscribe(move || people.touch(clock::now_ms())).forever();
        spawn_local(tablet.hear(said, releases.clone()));
        spawn_local(async move {
            releases.take_up_kept().await;
            // With the names that the catalogue gives. What is not read now is told at the next
            // start.
            drop(tablet.telling.show_kept().await);
            if let Lead::Later(lead) = lead {
                tabs.say(&Said::Opened);
                if lead.await.is_err() {
                    return;
                }
                tablet.take_the_lead(&releases).await;
            }
            tablet.sync_loop(releases, waker).run(wakes).await;
        });
        spawn_local(async move { tablet.keeping.set(keeping(storage::is_persisted().await)) });
        Ok(tablet)
    }

    /// Takes over from a tab that was closed: what it stored is read, and what it had not answered
    /// is done, before anything else.
    async fn take_the_lead(self, releases: &Releases) {
        self.read_again(&Said::Stored, releases).await;
        self.read_again(&Said::Enrolment, releases).await;
        self.tabs.lead();
        for intents in self.tabs.unanswered() {
            let Some(first) = intents.first().map(|intent| intent.id()) else { continue };
            let outcome = self.workspace.carry_out_handed_over(intents).await;
            self.tabs.on_answer(first, outcome.map_err(|error| self.undone(&error)));
        }
    }

    /// Listens to the other tabs until the page is closed.
    async fn hear(self, mut said: UnboundedReceiver<Said>, releases: Releases) {
        while let Some(said) = said.next().await {
            if self.tabs.leads() {
                self.serve(said).await;
            } else {
                self.follow(said, &releases).await;
            }
        }
    }

    /// What the tab that leads does for the others.
    async fn serve(self, said: Said) {
        match said {
            Said::Do { intents } => {
                let Some(first) = intents.first().map(|intent| intent.id()) else { return };
                let outcome = self
                    .workspace
                    .carry_out_handed_over(intents)
                    .await
                    .map_err(|error| self.undone(&error));
                self.tabs.say(&Said::Answer { first, outcome });
            }
            // Where the disk does not take it the order stays as it is, and its button with it.
            Said::TryAgain { document } => drop(self.workspace.try_again(document).await),
            Said::Opened => {
                self.tabs.say(&Said::Connected { connection: self.connection.get_untracked() })
            }
            Said::EnrolledAnew => page::reload(),
            Said::TakenAway { key } => self.notices.withdraw_kept(&key),
            // From a tab that led before.
            Said::Leading
            | Said::Answer { .. }
            | Said::Stored
            | Said::Enrolment
            | Said::Released
            | Said::Connected { .. }
            | Said::Told { .. } => {}
        }
    }

    /// What the others do with what the leading tab says.
    async fn follow(self, said: Said, releases: &Releases) {
        match said {
            Said::Leading => self.tabs.hand_over_again(),
            Said::Answer { first, outcome } => self.tabs.on_answer(first, outcome),
            Said::Connected { connection } => {
                clock::recall(connection.server_time);
                self.connection.set(connection);
            }
            Said::Told { notices } => notices.iter().for_each(|notice| self.telling.show(notice)),
            Said::TakenAway { key } => self.notices.withdraw_kept(&key),
            Said::Stored | Said::Enrolment | Said::Released => {
                self.read_again(&said, releases).await
            }
            Said::EnrolledAnew => page::reload(),
            Said::Opened | Said::Do { .. } | Said::TryAgain { .. } => {}
        }
    }

    /// Reads from the disk what another tab has changed there.
    async fn read_again(self, changed: &Said, releases: &Releases) {
        let read = match changed {
            Said::Stored => match self.workspace.read_again().await {
                Ok(()) => self.allotments.read_again().await,
                error => error,
            },
            Said::Enrolment => match session::load(&releases.store, None).await {
                Ok(Found::Tablet(enrolment)) => {
                    self.people.replace(enrolment.granted.staff.clone());
                    self.enrolment.set_value(Arc::new(enrolment));
                    Ok(())
                }
                Ok(Found::Nobody | Found::Wiped(_)) | Err(SessionError::Unreadable(_)) => Ok(()),
                Err(SessionError::Storage(error)) => Err(error),
            },
            Said::Released => {
                releases.take_up_kept().await;
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = read {
            self.notices
                .show(Notice::new(Tone::Negative, Text::NotRead).with_sentence("reason", &error));
        }
    }

    /// Keeps what was typed for the search page that comes next.
    pub fn carry_search(self, typed: String) {
        self.carried_search.set_value(Some(typed));
    }

    /// What the search page before was carrying, once.
    pub fn take_carried_search(self) -> String {
        self.carried_search.try_update_value(Option::take).flatten().unwrap_or_default()
    }

    fn sync_loop(self, releases: Releases, wake: mpsc::UnboundedSender<()>) -> SyncLoop {
        SyncLoop {
            workspace: self.workspace,
            allotments: self.allotments,
            enrolment: self.enrolment,
            releases,
            connection: self.connection,
            notices: self.notices,
            people: self.people,
            tabs: self.tabs,
            telling: self.telling,
            wake,
        }
    }

    fn tick(self) {
        let tick = move || {
            let now = clock::now_ms();
            self.now.set(now);
            self.people.look_after(now);
        };
        gloo_timers::callback::Interval::new(TICK_MS, tick).forget();
    }

    /// What enrolment handed over.
    #[must_use]
    pub fn enrolment(self) -> Arc<Enrolment> {
        self.enrolment.get_value()
    }

    /// Takes another identity, and starts every tab again with it: what was not sent under the one
    /// before goes out under this.
    ///
    /// # Errors
    /// Storage that does not keep it; then the one before is kept.
    pub async fn enrol_anew(
        self,
        store: &IndexedDbStore,
        enrolment: &Enrolment,
    ) -> Result<(), SessionError> {
        session::replace(store, &self.enrolment(), enrolment).await?;
        session::keep_copy(enrolment)?;
        self.tabs.say(&Said::EnrolledAnew);
        page::reload();
        Ok(())
    }

    /// The moment for which lines are resolved now: the site's date and wall clock.
    #[must_use]
    pub fn resolved_for(self, release: &Release) -> ResolvedFor {
        let now = self.now.get();
        let (wall, _) = self.zone(release).wall(now);
        ResolvedFor {
            release: release.number,
            order_date: wall.date(),
            order_time: Some(wall.time()),
            requested_delivery_date: None,
            resolved_at: now,
        }
    }

    /// Whether the catalogue in use knows this tablet's site; a site that left the organisation's
    /// tree is in none that is published after that.
    #[must_use]
    pub fn has_its_site(self) -> bool {
        let site = self.enrolment().granted.site.clone();
        self.catalogue.release().is_none_or(|release| release.catalogue.location(&site).is_some())
    }

    /// The site's time zone.
    #[must_use]
    pub fn zone(self, release: &Release) -> SiteZone {
        let site = &self.enrolment().granted.site;
        let name = release.catalogue.location(site).and_then(|location| location.site.as_ref());
        SiteZone {
            name: name.map(|site| site.time_zone.clone()),
            rules: release.catalogue.time_zone(site).cloned(),
        }
    }

    /// What there is to say of this device's clock.
    #[must_use]
    pub fn clock(self) -> ClockState {
        self.now.track();
        self.connection.track();
        clock::state()
    }

    /// What the site has left of hard maximum commitments: what it was given, less all of its
    /// orders that this tablet knows.
    #[must_use]
    pub fn remaining(self, release: &Release) -> Remaining {
        if release.catalogue.caps().is_empty() {
            return Remaining::default();
        }
        let (granted, orders) = (self.allotments.granted(), self.workspace.orders());
        let orders = orders.values().map(|order| &*order.state);
        caps::remaining(&release.catalogue, &self.enrolment().granted.site, &granted, orders)
    }

    /// Asks head office for more of a hard maximum, and says what came of it.
    pub fn top_up(self, short: Spending) {
        let credential = self.enrolment().granted.credential.clone();
        spawn_local(async move {
            let notice = match self.allotments.top_up(&credential, &short).await {
                Ok(given) if given.is_zero() => Notice::new(Tone::Caution, Text::TopUpNothing),
                Ok(given) => Notice::new(Tone::Informative, Text::TopUpGiven)
                    .with("given", i18n::decimal(given, i18n::chosen::language())),
                Err(TopUpError::Http(error)) => {
                    Notice::new(Tone::Negative, Text::TopUpFailed).with_sentence("reason", &error)
                }
                Err(TopUpError::Local(error)) => return self.tell_failure(&error),
            };
            self.notices.show(notice);
        });
    }

    /// Carries out what the person did; `done` runs when it is on the disk. What stands in the way
    /// is shown.
    pub fn dispatch<C: 'static>(
        self,
        document: DocumentId,
        commands: Vec<C>,
        done: impl FnOnce() + 'static,
    ) where
        Intent<C>: Into<AnyIntent>,
    {
        self.carry_out(None, document, commands, done);
    }

    /// The same, for a button that would do it again: while what a press does is not on the disk,
    /// another press of it does nothing.
    pub fn dispatch_once<C: 'static>(
        self,
        press: Press,
        document: DocumentId,
        commands: Vec<C>,
        done: impl FnOnce() + 'static,
    ) where
        Intent<C>: Into<AnyIntent>,
    {
        if press.begin() {
            self.carry_out(Some(press), document, commands, done);
        }
    }

    fn carry_out<C: 'static>(
        self,
        press: Option<Press>,
        document: DocumentId,
        commands: Vec<C>,
        done: impl FnOnce() + 'static,
    ) where
        Intent<C>: Into<AnyIntent>,
    {
        let person = self.people.here_untracked();
        spawn_local(async move {
            let outcome = match person {
                Some(person) => self.workspace.dispatch(&person.name, document, commands).await,
                None => Err(DispatchError::NobodyOrders),
            };
            if let Some(press) = press {
                press.end();
            }
            match outcome {
                Ok(()) => {
                    self.now.set(clock::now_ms());
                    done();
                    self.ask_to_keep().await;
                }
                Err(error) => self.tell_failure(&error),
            }
        });
    }

    /// Whether a tap that takes something off the page is meant for it. What stood below slides to
    /// its place: a second tap there so soon is meant for what is gone.
    #[must_use]
    pub fn is_other_tap(self) -> bool {
        let now = clock::now_ms();
        let is_other = !(0..SAME_TAP_MS).contains(&(now - self.took_away_at.get_value()));
        if is_other {
            self.took_away_at.set_value(now);
        }
        is_other
    }

    /// Sends an order once more that head office did not take.
    pub fn try_again(self, order: DocumentId) {
        spawn_local(async move {
            if let Err(error) = self.workspace.try_again(order).await {
                self.tell_failure(&error);
            }
        });
    }

    /// The name of whoever is at the tablet; empty while nobody is.
    #[must_use]
    pub fn person_name(self) -> String {
        self.people.here().map(|person| person.name).unwrap_or_default()
    }

    /// Carries out what the person did to the site's settings.
    pub fn say(self, commands: Vec<site::Command>) {
        self.dispatch(DocumentId::of_site(&self.enrolment().granted.site), commands, || ());
    }

    /// Shows why something was not done.
    pub fn tell_failure(self, error: &DispatchError) {
        let Undone { is_not_saved, reason } = self.undone(error);
        let text = if is_not_saved { Text::NotSaved } else { Text::NotDone };
        self.notices.show(Notice::new(Tone::Negative, text).with_sentence("reason", reason));
    }

    /// Why something was not done, with items named as the catalogue in use names them.
    fn undone(self, error: &DispatchError) -> Undone {
        let release = self.catalogue.release_untracked();
        let names = release.as_ref().map(|release| &release.catalogue);
        let is_not_saved = match error {
            DispatchError::NotSaved(_) => true,
            DispatchError::InLeadingTab(undone) => undone.is_not_saved,
            DispatchError::Refused(_)
            | DispatchError::NoRandomness(_)
            | DispatchError::BadId(_)
            | DispatchError::NobodyOrders => false,
        };
        Undone { is_not_saved, reason: dispatch_error(error, &names) }
    }

    /// Asks the browser to keep what is stored, once there is something to keep; some ask the
    /// person.
    pub async fn ask_to_keep(self) {
        if self.keeping.get_untracked() != Keeping::Promised && !self.asked_to_keep.get_value() {
            self.asked_to_keep.set_value(true);
            self.keeping.set(keeping(storage::persist().await));
        }
    }
}

fn keeping(answer: Result<bool, storage::StorageUnknown>) -> Keeping {
    match answer {
        Ok(true) => Keeping::Promised,
        Ok(false) => Keeping::AsLongAsThereIsRoom,
        Err(_) => Keeping::Unknown,
    }
}

/// The tablet that this page is on. Panics outside of the tablet workspace, which provides it.
#[must_use]
pub fn use_tablet() -> Tablet {
    expect_context()
}
