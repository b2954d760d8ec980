//! A tablet: its disk, its tabs, and the actions of its person.

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::document::AnyIntent;
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::intent::Intent;
use calloff_core::sample::Seed;
use calloff_core::site::SiteState;
use calloff_core::sync::{
    Effect, OutboxEntry, Persist, Replica, Rounds, Stored, StoredDocument, SyncNotice,
};

use crate::person::{self, Thought};

/// How often, in percent, a person acts on the site's settings rather than on an order.
const SETTINGS: u64 = 30;

/// The content of a tablet's storage. A transaction is written as a whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    pub documents: BTreeMap<DocumentId, StoredDocument>,
    pub outbox: BTreeMap<IntentId, OutboxEntry>,
    pub cursor: Option<String>,
}

impl Disk {
    pub fn write(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Persist(persist) => self.persist(persist),
                Effect::Forget { document } => drop(self.documents.remove(document)),
                Effect::Notice(_) => {}
            }
        }
    }

    fn persist(&mut self, persist: &Persist) {
        for id in &persist.done {
            self.outbox.remove(id);
        }
        self.outbox.extend(persist.outbox.iter().map(|entry| (entry.intent.id(), entry.clone())));
        self.documents
            .extend(persist.documents.iter().map(|document| (document.id, document.clone())));
        self.cursor = persist.cursor.clone().or(self.cursor.take());
    }

    fn stored(&self) -> Stored {
        Stored {
            documents: self.documents.values().cloned().collect(),
            outbox: self.outbox.values().cloned().collect(),
            cursor: self.cursor.clone(),
        }
    }
}

/// An open page of the app.
pub struct Tab {
    pub id: u64,
    pub replica: Replica,
    pub rounds: Rounds,
    /// The number of the request whose answer the tab waits for.
    pub waiting: Option<u64>,
    /// The number of the next step. Steps that were planned before somebody woke the tab have a
    /// smaller number and do nothing.
    pub step: u64,
    /// Whether somebody woke the tab while it waited for an answer.
    pub is_woken: bool,
}

pub struct SimulatedTablet {
    pub device: DeviceId,
    pub site: LocationId,
    pub disk: Disk,
    /// An earlier state of the disk, for a tablet that is restored from a backup.
    pub backup: Option<Disk>,
    /// The first tab leads. There is a second one only if the lock between tabs is sabotaged.
    pub tabs: Vec<Tab>,
    /// How far the tablet's clock is off, in milliseconds.
    pub clock_offset: i64,
    pub is_old: bool,
    pub is_revoked: bool,
    /// Until this time, all requests of the tablet are lost.
    pub offline_until: i64,
    pub seed: Seed,
}

/// An action that a person tried.
pub struct Act {
    pub intent: AnyIntent,
    /// The site's settings as the person saw them before the action.
    pub seen: SiteState,
    /// The effects of the action, or the reason why the rules on the tablet refused it.
    pub result: Result<Vec<Effect>, String>,
}

impl SimulatedTablet {
    pub fn new(device: DeviceId, site: LocationId, seed: Seed, tab: u64) -> Self {
        let mut tablet = Self {
            device,
            site,
            disk: Disk::default(),
            backup: None,
            tabs: Vec::new(),
            clock_offset: 0,
            is_old: false,
            is_revoked: false,
            offline_until: 0,
            seed,
        };
        tablet.tabs.push(tablet.opened(tab).0);
        tablet
    }

    /// Opens a tab. It has only the content of the disk.
    pub fn opened(&self, id: u64) -> (Tab, Vec<SyncNotice>) {
        let (replica, notices) = Replica::load(self.device, self.disk.stored());
        let rounds = Rounds::default();
        (Tab { id, replica, rounds, waiting: None, step: 0, is_woken: false }, notices)
    }

    /// Ten random bytes for an identifier.
    pub fn random(&mut self) -> [u8; 10] {
        random(&mut self.seed)
    }

    /// Lets a tab's replica take in an answer.
    pub fn take_in(
        &mut self,
        tab: usize,
        answer: impl FnOnce(&mut Replica) -> Vec<Effect>,
    ) -> Vec<Effect> {
        answer(&mut self.tabs[tab].replica)
    }

    /// The next action of the person. `None` if the person does nothing.
    pub fn act(
        &mut self,
        tab: usize,
        now: i64,
        catalogue: &Catalogue,
        release: u64,
    ) -> Option<Act> {
        let at = now + self.clock_offset;
        let settings = DocumentId::of_site(&self.site);
        let seen = self.tabs[tab]
            .replica
            .site(settings)
            .cloned()
            .unwrap_or_else(|| SiteState::empty(settings));
        let thought = if self.seed.percent(SETTINGS) {
            Thought::Settings(person::of_settings(&seen, at, &mut self.seed))
        } else {
            person::of_orders(
                &self.tabs[tab].replica,
                &self.site,
                at,
                (catalogue, release),
                &mut self.seed,
            )?
        };
        let id = IntentId::mint(at, self.random());
        let by = if self.seed.percent(80) { "Ana" } else { "Ben" }.to_owned();
        let device = self.device;
        let intent: AnyIntent = match thought {
            Thought::Order(document, command) => {
                Intent { id, document, command, by, device, at }.into()
            }
            Thought::Settings(command) => {
                Intent { id, document: settings, command, by, device, at }.into()
            }
        };
        let result =
            self.tabs[tab].replica.dispatch(intent.clone()).map_err(|error| error.to_string());
        Some(Act { intent, seen, result })
    }
}

/// Ten random bytes.
pub fn random(seed: &mut Seed) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&seed.bits().to_be_bytes());
    bytes[8..].copy_from_slice(&seed.bits().to_be_bytes()[..2]);
    bytes
}
