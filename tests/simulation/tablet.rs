//! A tablet: its disk, its tab, and the person before it.

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId, OrderLineId};
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, ResolvedFor};
use calloff_core::sample::Seed;
use calloff_core::sample::builder::id;
use calloff_core::sync::{Effect, Minting, Notice, OutboxEntry, Persist, Replica, Rounds, Stored, StoredDocument};
use rust_decimal::Decimal;

/// What a tablet's storage holds: transactions go in whole or not at all.
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
        self.documents.extend(persist.documents.iter().map(|document| (document.id, document.clone())));
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
    /// The request whose answer it waits for.
    pub waiting: Option<u64>,
    /// Its next step is the one with this number; steps planned before it was woken are void.
    pub step: u64,
    /// Whether somebody woke it while it was busy.
    pub is_woken: bool,
}

pub struct Tablet {
    pub device: DeviceId,
    pub site: LocationId,
    pub disk: Disk,
    /// The disk as it was once, for a backup that is restored.
    pub backup: Option<Disk>,
    /// The first leads; there is a second only where the lock between tabs is sabotaged.
    pub tabs: Vec<Tab>,
    /// How far the tablet's clock is off, in milliseconds.
    pub clock_offset: i64,
    pub is_old: bool,
    pub is_revoked: bool,
    /// Requests fail at once until then.
    pub offline_until: i64,
    pub seed: Seed,
}

/// What a person tried.
pub struct Act {
    pub intent: Intent,
    /// What the rules said on the tablet.
    pub result: Result<Vec<Effect>, String>,
}

impl Tablet {
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

    /// A tab that was just opened: all that it has is the disk's.
    pub fn opened(&self, id: u64) -> (Tab, Vec<Notice>) {
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
        now: i64,
        answer: impl FnOnce(&mut Replica, &mut Minting<'_>) -> Vec<Effect>,
    ) -> Vec<Effect> {
        let seed = &mut self.seed;
        let mut random = || random(seed);
        let mut minting = Minting { now: now + self.clock_offset, random: &mut random };
        answer(&mut self.tabs[tab].replica, &mut minting)
    }

    /// What the person does next, if anything comes to mind.
    pub fn act(&mut self, tab: usize, now: i64, catalogue: &Catalogue, release: u64) -> Option<Act> {
        let at = now + self.clock_offset;
        let (document, command) = self.thought(tab, at, catalogue, release)?;
        let id = IntentId::mint(at, self.random());
        let by = if self.seed.percent(80) { "Ana" } else { "Ben" }.to_owned();
        let intent = Intent { id, document, command, by, device: self.device, at };
        let result = self.tabs[tab].replica.dispatch(intent.clone()).map_err(|error| error.to_string());
        Some(Act { intent, result })
    }

    fn thought(&mut self, tab: usize, at: i64, catalogue: &Catalogue, release: u64) -> Option<(DocumentId, Command)> {
        let orders = || self.tabs[tab].replica.orders();
        let editable: Vec<DocumentId> =
            orders().filter(|order| order.is_editable()).map(|order| order.document).collect();
        let all: Vec<DocumentId> = orders().map(|order| order.document).collect();
        let kind = self.seed.between(0, 99);
        if editable.is_empty() || (kind < 6 && editable.len() < 3) {
            let document = DocumentId::mint(at, self.random());
            return Some((document, Command::CreateOrder { site: self.site.clone() }));
        }
        // Now and then somebody touches an order that is frozen already: the rules refuse it.
        let document = if kind == 99 { self.seed.pick(&all) } else { self.seed.pick(&editable) };
        let order = self.tabs[tab].replica.order(document)?.clone();
        let lines: Vec<&OrderLineId> = order.lines.keys().collect();
        let command = match kind {
            ..45 => {
                let line = id(&IntentId::mint(at, self.random()).to_string());
                let item = id(self.seed.pick(&["flour", "sugar", "milk", "cups", "gloves"]));
                let quantity = Decimal::from(2 * self.seed.between(1, 9) + 2);
                Command::AddLine { line, item, quantity, unit: None }
            }
            45..72 | 99 if !lines.is_empty() => {
                let conflicted = order.lines.iter().find(|(_, line)| line.quantity.is_conflicted());
                let line = conflicted.map_or_else(|| self.seed.pick(&lines), |(line, _)| line).clone();
                let quantity = Decimal::from(if self.seed.percent(15) { 0 } else { 2 * self.seed.between(2, 9) });
                Command::SetQuantity { line, quantity }
            }
            72..78 => Command::SetNote { note: self.seed.pick(&["", "ring twice", "to the back door"]).to_owned() },
            _ => {
                let resolved = ResolvedFor {
                    release,
                    order_date: super::core_office::date(at),
                    order_time: None,
                    requested_delivery_date: None,
                    resolved_at: at,
                };
                Command::Submit { pins: basket(&order, catalogue, resolved).pins()? }
            }
        };
        Some((document, command))
    }
}

/// Ten random bytes.
pub fn random(seed: &mut Seed) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&seed.bits().to_be_bytes());
    bytes[8..].copy_from_slice(&seed.bits().to_be_bytes()[..2]);
    bytes
}
