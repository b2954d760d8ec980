//! An enrolled tablet at work: everything that its pages need, in one context.

use std::sync::Arc;

use calloff_core::document::AnyIntent;
use calloff_core::ids::DocumentId;
use calloff_core::intent::Intent;
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
use super::dispatch_error::{DispatchError, Undone};
use super::hints;
use super::people::People;
use super::releases::Releases;
use super::seen_prices::SeenPrices;
use super::session::{self, Enrolment, Found, SessionError};
use super::sync_loop::SyncLoop;
use super::sync_status::Connection;
use super::tabs::{Said, Tabs};
use super::told::Telling;
use super::workspace::Workspace;
use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::i18n::{self, Text};
use crate::platform::connectivity::{self, Change};
use crate::platform::kv_store::{IndexedDbStore, KvError};
use crate::platform::moment::Moment;
use crate::platform::second_tap::Tap;
use crate::platform::server_time::ClockState;
use crate::platform::zone::SiteZone;
use crate::platform::{activity, clock, page, storage};
use crate::tablet::failures::dispatch_error;
use crate::tablet::state::replica_store;

/// How often times such as "5 minutes ago" are updated.
const TICK_MS: u32 = 10_000;
/// If the time moved by more than this between two ticks, the server is asked at once.
const LEAP_MS: u64 = 60_000;

/// Whether the browser promises to keep the storage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    #[default]
    Unknown,
    Promised,
    /// The browser keeps the storage as long as the device has room.
    AsLongAsThereIsRoom,
}

/// An enrolled tablet.
#[derive(Clone, Copy)]
pub struct ThisTablet {
    enrolment: StoredValue<Arc<Enrolment>>,
    pub workspace: Workspace,
    pub catalogue: CatalogueSignal,
    pub allotments: Allotments,
    /// The counts on the shelves.
    pub counts: Counts,
    pub notices: Notices,
    pub people: People,
    tabs: Tabs,
    telling: Telling,
    pub connection: RwSignal<Connection>,
    /// The present time in milliseconds since the Unix epoch, updated every ten seconds.
    pub now: RwSignal<i64>,
    pub keeping: RwSignal<Keeping>,
    /// The order that a person has open, or had open last. The search adds items to it.
    pub open_order: RwSignal<Option<DocumentId>>,
    /// The last tap that removed or settled something.
    took_away: StoredValue<Option<Tap>>,
    /// The prices that people saw on drafts.
    pub seen_prices: SeenPrices,
    /// The typed search, while the app goes to the page of an order that its first item began.
    carried_search: StoredValue<Option<String>>,
    /// Whether the browser was asked to keep the storage. Some browsers ask the person, so once in
    /// a start is enough.
    asked_to_keep: StoredValue<bool>,
}

/// Lets a button act only once, however fast a person presses it.
#[derive(Debug, Clone, Copy)]
pub struct Press(StoredValue<bool>);

impl Default for Press {
    fn default() -> Self {
        Self(StoredValue::new(false))
    }
}

impl Press {
    /// Starts an action. True if no action of the button was running.
    #[must_use]
    pub fn begin(self) -> bool {
        // If the page is gone, so is its button.
        self.0.try_update_value(|is_busy| !std::mem::replace(is_busy, true)).unwrap_or(true)
    }

    /// Ends the action, done or not done.
    pub fn end(self) {
        // If the page is gone, nobody presses the button any more.
        let _ = self.0.try_set_value(false);
    }
}

/// Whether this tab leads, see [`super::tabs`].
#[derive(Debug)]
pub enum Lead {
    Now,
    /// Another tab leads. The receiver gets a message when this tab leads.
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

impl ThisTablet {
    /// Reads the tablet's data and starts the tablet. The leading tab talks to the server. Another
    /// tab follows it until `lead` says that this tab leads.
    ///
    /// # Errors
    /// The storage cannot be read, or the organisation's key is damaged.
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
                ShownNotice::new(
                    Tone::Negative,
                    if loaded.unreadable == 1 {
                        Text::RecordUnreadable
                    } else {
                        Text::RecordsUnreadable
                    },
                )
                .with("count", loaded.unreadable),
            );
        }
        let (wake, wakes) = mpsc::unbounded();
        let (tabs, said) = Tabs::join(matches!(lead, Lead::Now), notices);
        let people =
            People::new(enrolment.granted.staff.clone(), hints::person().as_ref(), Moment::now());
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
            took_away: StoredValue::new(None),
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
        tablet.tick(wake.clone());
        let waker = wake.clone();
        connectivity::subscribe(move |change| match change {
            // The receiving loop ends only with the page.
            Change::Online | Change::Shown => drop(wake.unbounded_send(())),
            Change::Offline | Change::Hidden => {}
        })
        .forever();
        // After a sleep, a tap may come before the next tick.
        activity::subscribe(move || {
            let now = Moment::now();
            people.look_after(now);
            people.touch(now);
        })
        .forever();
        spawn_local(tablet.hear(said, releases.clone()));
        spawn_local(async move {
            releases.take_up_kept().await;
            // These messages come after the catalogue, because they need its names. Messages that
            // cannot be read now come at the next start.
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

    /// Takes the lead after the leading tab was closed: reads its stored data, and does the actions
    /// that it had not answered, before anything else.
    async fn take_the_lead(self, releases: &Releases) {
        self.read_again(&Said::Stored, releases).await;
        self.read_again(&Said::Enrolment, releases).await;
        self.tabs.lead();
        for intents in self.tabs.unanswered() {
            let Some((first, document)) =
                intents.first().map(|intent| (intent.id(), intent.document()))
            else {
                continue;
            };
            let outcome = self.workspace.carry_out_handed_over(intents).await;
            let outcome = outcome.map_err(|error| self.undone(&error, Some(document)));
            self.tabs.on_answer(first, outcome);
        }
    }

    /// Receives the messages of other tabs until the page is closed.
    async fn hear(self, mut said: UnboundedReceiver<Said>, releases: Releases) {
        while let Some(said) = said.next().await {
            if self.tabs.leads() {
                self.serve(said).await;
            } else {
                self.follow(said, &releases).await;
            }
        }
    }

    /// Serves the other tabs, as the tab that leads.
    async fn serve(self, said: Said) {
        match said {
            Said::Do { intents } => {
                let Some((first, document)) =
                    intents.first().map(|intent| (intent.id(), intent.document()))
                else {
                    return;
                };
                let outcome = self
                    .workspace
                    .carry_out_handed_over(intents)
                    .await
                    .map_err(|error| self.undone(&error, Some(document)));
                self.tabs.say(&Said::Answer { first, outcome });
            }
            // If the disk does not store it, the order and its button stay as they are.
            Said::TryAgain { document } => drop(self.workspace.try_again(document).await),
            Said::Opened => {
                self.tabs.say(&Said::Connected { connection: self.connection.get_untracked() })
            }
            Said::EnrolledAnew => page::reload(),
            Said::TakenAway { key } => self.notices.withdraw_kept(&key),
            // These messages come from a tab that led before.
            Said::Leading
            | Said::Answer { .. }
            | Said::Stored
            | Said::Enrolment
            | Said::Released
            | Said::Connected { .. }
            | Said::Told { .. } => {}
        }
    }

    /// Follows the messages of the leading tab.
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

    /// Reads from the disk the data that another tab changed.
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
            self.notices.show(
                ShownNotice::new(Tone::Negative, Text::NotRead).with_sentence("reason", &error),
            );
        }
    }

    /// Keeps the typed text for the next search page.
    pub fn carry_search(self, typed: String) {
        self.carried_search.set_value(Some(typed));
    }

    /// The text that the last search page kept. It is given out once.
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

    fn tick(self, wake: mpsc::UnboundedSender<()>) {
        let tick = move || {
            let before = self.now.get_untracked();
            let now = clock::now_ms();
            self.now.set(now);
            // The device slept, or a person set its clock. The server's time tells which.
            if now.abs_diff(before) > LEAP_MS {
                drop(wake.unbounded_send(()));
            }
            self.people.look_after(Moment::now());
        };
        gloo_timers::callback::Interval::new(TICK_MS, tick).forget();
    }

    /// The tablet's identity.
    #[must_use]
    pub fn enrolment(self) -> Arc<Enrolment> {
        self.enrolment.get_value()
    }

    /// Takes another identity and loads every tab again. Work that was not sent under the earlier
    /// identity is sent under the new one.
    ///
    /// # Errors
    /// The storage does not keep the new identity. Then the earlier one stays.
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

    /// The release and the moment with which lines resolve now, by the site's clock.
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

    /// Whether the catalogue in use has this tablet's site. A site that left the organisation's
    /// tree is not in any later release.
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

    /// The site's time zone, also before the catalogue is open.
    #[must_use]
    pub fn site_zone(self) -> SiteZone {
        self.catalogue.release().map_or_else(
            || SiteZone::kept(hints::zone(), hints::zone_rules()),
            |release| self.zone(&release),
        )
    }

    /// How right this device's clock is.
    #[must_use]
    pub fn clock(self) -> ClockState {
        self.now.track();
        self.connection.track();
        clock::state()
    }

    /// What the site may still order under each hard maximum commitment: its allotments, less all
    /// its orders that this tablet knows.
    #[must_use]
    pub fn remaining(self, release: &Release) -> Remaining {
        if release.catalogue.caps().is_empty() {
            return Remaining::default();
        }
        let (granted, orders) = (self.allotments.granted(), self.workspace.orders());
        let orders = orders.values().map(|order| &*order.state);
        caps::remaining(&release.catalogue, &self.enrolment().granted.site, &granted, orders)
    }

    /// Asks head office for a larger allotment of a hard maximum, and shows the result.
    pub fn top_up(self, short: Spending) {
        let credential = self.enrolment().granted.credential.clone();
        spawn_local(async move {
            let notice = match self.allotments.top_up(&credential, &short).await {
                Ok(given) if given.is_zero() => ShownNotice::new(Tone::Caution, Text::TopUpNothing),
                Ok(given) => ShownNotice::new(Tone::Informative, Text::TopUpGiven)
                    .with("given", i18n::decimal(given, i18n::chosen::language())),
                Err(TopUpError::Http(error)) => ShownNotice::new(Tone::Negative, Text::TopUpFailed)
                    .with_sentence("reason", &error),
                Err(TopUpError::Local(error)) => return self.tell_failure(&error),
            };
            self.notices.show(notice);
        });
    }

    /// Carries out a person's commands. `done` runs when they are on the disk. A failure is shown.
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

    /// As [`Self::dispatch`], for a button that must not act twice. Until the action is on the
    /// disk, another press does nothing.
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
                Err(error) => self.tell(self.undone(&error, Some(document))),
            }
        });
    }

    /// Whether a press that removes or settles something is meant for its target. The next button
    /// comes to the place of the pressed one, or gets its focus, and may have the same words. Then
    /// [`second_tap::ignore`](crate::platform::second_tap::ignore) cannot tell them apart.
    #[must_use]
    pub fn is_other_tap(self) -> bool {
        let Some(tap) = Tap::current() else { return true };
        let is_other = !self.took_away.get_value().is_some_and(|before| tap.repeats(before));
        if is_other {
            self.took_away.set_value(Some(tap));
        }
        is_other
    }

    /// Sends an order again that head office did not take.
    pub fn try_again(self, order: DocumentId) {
        spawn_local(async move {
            if let Err(error) = self.workspace.try_again(order).await {
                self.tell_failure(&error);
            }
        });
    }

    /// The name of the person at the tablet. Empty if nobody is there.
    #[must_use]
    pub fn person_name(self) -> String {
        self.people.here().map(|person| person.name).unwrap_or_default()
    }

    /// Carries out a person's commands on the site's settings.
    pub fn say(self, commands: Vec<site::Command>) {
        self.dispatch(DocumentId::of_site(&self.enrolment().granted.site), commands, || ());
    }

    /// Shows why something was not done.
    pub fn tell_failure(self, error: &DispatchError) {
        self.tell(self.undone(error, None));
    }

    fn tell(self, Undone { is_not_saved, reason }: Undone) {
        let text = if is_not_saved { Text::NotSaved } else { Text::NotDone };
        self.notices.show(ShownNotice::new(Tone::Negative, text).with_sentence("reason", reason));
    }

    /// Why something was not done to a document. Items have the names of the catalogue in use.
    fn undone(self, error: &DispatchError, document: Option<DocumentId>) -> Undone {
        let order = document.and_then(|document| self.workspace.order_untracked(document));
        let order = order.as_ref().map(|order| &*order.state);
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
        Undone { is_not_saved, reason: dispatch_error(error, order, &names) }
    }

    /// Asks the browser to keep the storage, once there is something to keep. Some browsers ask the
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

/// The tablet of this page. Panics outside of the tablet workspace, which provides it.
#[must_use]
pub fn use_tablet() -> ThisTablet {
    expect_context()
}
