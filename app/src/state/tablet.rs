//! An enrolled tablet at work: everything its pages need, in one context.

use std::sync::Arc;

use calloff_core::ids::DocumentId;
use calloff_core::order::{Command, ResolvedFor, caps};
use calloff_core::resolve::{Remaining, Spending};
use futures_channel::mpsc;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::allotments::Allotments;
use super::catalogue::{CatalogueSignal, Release};
use super::hints;
use super::notices::{Notice, Notices, Tone};
use super::people::People;
use super::releases::Releases;
use super::session::Enrolment;
use super::sync_loop::{SyncLoop, worded};
use super::sync_status::Connection;
use super::workspace::{DispatchError, Workspace};
use crate::i18n::{self, Text};
use crate::platform::connectivity::{self, Change};
use crate::platform::kv_store::{IndexedDbStore, KvError};
use crate::platform::{activity, clock, storage};
use crate::state::replica_store;

/// How often "5 minutes ago" is looked at again.
const TICK_MS: u32 = 10_000;

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
    pub notices: Notices,
    pub people: People,
    pub connection: RwSignal<Connection>,
    /// The device's clock, every ten seconds, in milliseconds since the epoch.
    pub now: RwSignal<i64>,
    pub keeping: RwSignal<Keeping>,
    /// What was being searched for while the first item of an order made a page for that order.
    carried_search: StoredValue<Option<String>>,
    /// Some browsers ask the person: once a start is enough.
    asked_to_keep: StoredValue<bool>,
}

/// Why an enrolled tablet does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error("the organisation's key is damaged on this tablet ({0}); enrol it again with a new code")]
    BadKey(#[from] calloff_core::catalogue::release::ReleaseError),
}

impl Tablet {
    /// Reads what the tablet kept and starts talking to the server. Only the tab that leads may call it: two would write
    /// under the same name.
    ///
    /// # Errors
    /// Storage that cannot be read, a damaged key.
    pub async fn start(enrolment: Enrolment, store: IndexedDbStore, notices: Notices) -> Result<Self, StartError> {
        let key = enrolment.pinned_key()?;
        let loaded = replica_store::load(&store, enrolment.granted.device).await?;
        let replica = loaded.replica.after_losses(enrolment.losses);
        for notice in loaded.notices {
            notices.show(worded(notice));
        }
        if loaded.unreadable > 0 {
            notices.show(Notice::new(Tone::Negative, Text::RecordsUnreadable).with("count", loaded.unreadable));
        }
        let (wake, wakes) = mpsc::unbounded();
        let people = People::new(enrolment.granted.staff.clone(), hints::person().as_ref(), clock::now_ms());
        let site = enrolment.granted.site.clone();
        let enrolment = StoredValue::new(Arc::new(enrolment));
        let releases =
            Releases { store: store.clone(), enrolment, key, site, catalogue: CatalogueSignal::default(), notices };
        let tablet = Self {
            allotments: Allotments::load(store.clone()).await?,
            workspace: Workspace::new(replica, store, enrolment, wake.clone()),
            catalogue: releases.catalogue,
            notices,
            people,
            connection: RwSignal::new(Connection { last_contact: hints::last_contact(), ..Connection::default() }),
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
        spawn_local(async move {
            releases.take_up_kept().await;
            tablet.sync_loop(releases, waker).run(wakes).await;
        });
        spawn_local(async move { tablet.keeping.set(keeping(storage::is_persisted().await)) });
        Ok(tablet)
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

    /// The moment for which lines are resolved now: the site's date and wall clock.
    #[must_use]
    pub fn resolved_for(self, release: &Release) -> ResolvedFor {
        let now = self.now.get();
        let site =
            release.catalogue.location(&self.enrolment().granted.site).and_then(|location| location.site.as_ref());
        let zone = site.map_or_else(clock::device_zone, |site| site.time_zone.clone());
        let wall =
            clock::civil_date_time(now, &zone).or_else(|_| clock::civil_date_time(now, "UTC")).unwrap_or_default();
        ResolvedFor {
            release: release.number,
            order_date: wall.date(),
            order_time: Some(wall.time()),
            requested_delivery_date: None,
            resolved_at: now,
        }
    }

    /// What the site has left of hard maximum commitments: what it was given, less all of its orders that this tablet knows.
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
                    .with("given", i18n::decimal(given, hints::language())),
                Err(error) => Notice::new(Tone::Negative, Text::TopUpFailed).with("reason", error),
            };
            self.notices.show(notice);
        });
    }

    /// Carries out what the person did; `done` runs when it is on the disk. What stands in the way is shown.
    pub fn dispatch(self, document: DocumentId, commands: Vec<Command>, done: impl FnOnce() + 'static) {
        let Some(person) = self.people.here_untracked() else {
            self.tell_failure(&DispatchError::NobodyOrders);
            return;
        };
        spawn_local(async move {
            match self.workspace.dispatch(&person.name, document, commands).await {
                Ok(()) => {
                    self.now.set(clock::now_ms());
                    done();
                    self.ask_to_keep().await;
                }
                Err(error) => self.tell_failure(&error),
            }
        });
    }

    /// Shows why something was not done.
    pub fn tell_failure(self, error: &DispatchError) {
        let text = match error {
            DispatchError::NotSaved(_) => Text::NotSaved,
            DispatchError::Refused(_)
            | DispatchError::NoRandomness(_)
            | DispatchError::BadId(_)
            | DispatchError::NobodyOrders => Text::NotDone,
        };
        self.notices.show(Notice::new(Tone::Negative, text).with("reason", error));
    }

    /// Asks the browser to keep what is stored, once there is something to keep; some ask the person.
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
