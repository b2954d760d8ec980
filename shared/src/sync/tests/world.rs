use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::catalogue::Catalogue;
use crate::document;
use crate::document::{AnyIntent, AnyRefusal};
use crate::ids::{DeviceId, DocumentId, IntentId, LocationId, OrderLineId};
use crate::intent::Intent;
use crate::order::accept::{NamedRelease, Reason, verify};
use crate::order::basket::basket;
use crate::order::{Command, OrderRefusal, OrderState, PurchaseOrder, ResolvedFor};
use crate::sample::builder::{day, decimal, id};
use crate::sample::small;
use crate::site::{self, SiteState};
use crate::sync::{
    Batch, Effect, Replica, ReplicaError, Stored, StoredDocument, SyncNotice, incarnation_of, merge,
};
use crate::wire::{
    Blob, DocumentAnswer, DocumentOutcome, PullRequest, PullResponse, PulledDocument, PushRequest,
    PushResponse,
};

pub(super) const TODAY: &str = "2026-03-02";
pub(super) const RELEASE: u64 = 7;

/// A tablet with its disk.
pub(super) struct Tablet {
    pub(super) name: String,
    pub(super) replica: Replica,
    pub(super) clock: i64,
    pub(super) notices: Vec<SyncNotice>,
    disk: Disk,
    random: u64,
    /// A source of random bytes, used instead of counting.
    drawn: Option<Box<dyn FnMut() -> [u8; 10]>>,
}

#[derive(Clone, Default)]
pub(super) struct Disk {
    documents: BTreeMap<DocumentId, StoredDocument>,
    outbox: BTreeMap<IntentId, crate::sync::OutboxEntry>,
    cursor: Option<String>,
}

fn bytes(counter: u64, salt: u8) -> [u8; 10] {
    let mut bytes = [salt; 10];
    bytes[..8].copy_from_slice(&counter.to_be_bytes());
    bytes
}

impl Tablet {
    pub(super) fn new(name: &str) -> Self {
        let salt = name.bytes().next().unwrap();
        let device = DeviceId::mint(0, bytes(0, salt));
        Self {
            name: name.to_owned(),
            replica: Replica::new(device),
            clock: 1_000_000 + i64::from(salt),
            notices: Vec::new(),
            disk: Disk::default(),
            random: u64::from(salt) << 32,
            drawn: None,
        }
    }

    pub(super) fn drawn_from(&mut self, random: Box<dyn FnMut() -> [u8; 10]>) {
        self.drawn = Some(random);
    }

    /// No two calls of any tablet give the same bytes, which is random enough.
    fn random(&mut self) -> [u8; 10] {
        if let Some(drawn) = &mut self.drawn {
            return drawn();
        }
        self.random += 1;
        bytes(self.random, self.name.bytes().next().unwrap())
    }

    pub(super) fn intent<C>(&mut self, document: DocumentId, command: C) -> Intent<C> {
        self.clock += 1_000;
        let id = IntentId::mint(self.clock, self.random());
        Intent {
            id,
            document,
            command,
            by: self.name.clone(),
            device: self.replica.device(),
            at: self.clock,
        }
    }

    pub(super) fn attempt<C>(
        &mut self,
        document: DocumentId,
        command: C,
    ) -> Result<(), ReplicaError>
    where
        Intent<C>: Into<AnyIntent>,
    {
        let intent = self.intent(document, command);
        let effects = self.replica.dispatch(intent)?;
        self.carry_out(effects);
        Ok(())
    }

    pub(super) fn begin(&mut self) -> DocumentId {
        let document = DocumentId::mint(self.clock, self.random());
        self.attempt(document, Command::CreateOrder { site: id("school") }).unwrap();
        document
    }

    pub(super) fn add(&mut self, document: DocumentId, line: &str, item: &str, quantity: &str) {
        let (line, item, quantity) = (id(line), id(item), decimal(quantity));
        self.attempt(document, Command::AddLine { line, item, quantity, unit: None }).unwrap();
    }

    pub(super) fn set(&mut self, document: DocumentId, line: &str, quantity: &str) {
        self.attempt(
            document,
            Command::SetQuantity { line: id(line), quantity: decimal(quantity) },
        )
        .unwrap();
    }

    pub(super) fn submit(&mut self, document: DocumentId, catalogue: &Catalogue) {
        let locked_prices =
            basket(self.order(document), catalogue, resolved_for()).locked_prices().unwrap();
        self.attempt(document, Command::Submit { locked_prices }).unwrap();
    }

    pub(super) fn order(&self, document: DocumentId) -> &OrderState {
        self.replica.order(document).unwrap()
    }

    pub(super) fn lines(&self, document: DocumentId) -> Vec<String> {
        self.order(document).ordered_lines().map(|(line, _)| line.to_string()).collect()
    }

    /// Changes a setting of the tablet's site.
    pub(super) fn say(&mut self, command: site::Command) {
        self.attempt(settings(), command).unwrap();
    }

    pub(super) fn settings(&self) -> &SiteState {
        self.replica.site(settings()).unwrap()
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Persist(persist) => {
                    for id in &persist.done {
                        self.disk.outbox.remove(id);
                    }
                    self.disk
                        .outbox
                        .extend(persist.outbox.into_iter().map(|entry| (entry.intent.id(), entry)));
                    self.disk.documents.extend(
                        persist.documents.into_iter().map(|document| (document.id, document)),
                    );
                    self.disk.cursor = persist.cursor.or(self.disk.cursor.take());
                }
                Effect::Forget { document } => {
                    self.disk.documents.remove(&document);
                }
                Effect::Notice(notice) => self.notices.push(notice),
            }
        }
    }

    /// Loads the page again: only the disk is left.
    pub(super) fn reload(&mut self) {
        self.reload_as(self.replica.device());
    }

    /// Enrols the tablet again; it keeps its disk.
    pub(super) fn enrol_anew(&mut self) {
        let device = DeviceId::mint(self.clock, self.random());
        self.reload_as(device);
    }

    pub(super) fn try_again(&mut self, document: DocumentId) {
        let effects = self.replica.try_again(document);
        self.carry_out(effects);
    }

    pub(super) fn take_over(&mut self) {
        self.answer(Replica::take_over);
    }

    fn reload_as(&mut self, device: DeviceId) {
        let stored = Stored {
            documents: self.disk.documents.values().cloned().collect(),
            outbox: self.disk.outbox.values().cloned().collect(),
            cursor: self.disk.cursor.clone(),
        };
        let json = serde_json::to_string(&stored).unwrap();
        let (replica, notices) = Replica::load(device, serde_json::from_str(&json).unwrap());
        self.replica = replica;
        self.notices.extend(notices);
    }

    /// A copy of the disk, for [`Tablet::put_back`].
    pub(super) fn backup(&self) -> Disk {
        self.disk.clone()
    }

    /// Restores the disk from a copy and loads the page again.
    pub(super) fn put_back(&mut self, backup: Disk) {
        self.disk = backup;
        self.reload();
    }

    pub(super) fn damage(&mut self, document: DocumentId) {
        self.disk.documents.get_mut(&document).unwrap().document = Blob(b"damaged".to_vec());
    }

    pub(super) fn request(&self) -> Option<PushRequest> {
        self.replica.push_request("0.1.0")
    }

    pub(super) fn hear(&mut self, response: PushResponse) {
        self.answer(|replica| replica.on_push_response(response));
    }

    fn answer(&mut self, react: impl FnOnce(&mut Replica) -> Vec<Effect>) {
        let effects = react(&mut self.replica);
        self.carry_out(effects);
    }

    pub(super) fn push(&mut self, server: &mut Server) {
        while let Some(request) = self.request() {
            let response = server.push(self, request);
            self.hear(response);
        }
    }

    pub(super) fn pull(&mut self, server: &Server) {
        self.hear_pull(server.pull(&self.replica.pull_request()));
    }

    pub(super) fn hear_pull(&mut self, response: PullResponse) {
        self.answer(|replica| replica.on_pull_response(response));
    }

    /// Syncs until both have everything.
    pub(super) fn sync(&mut self, server: &mut Server) {
        self.push(server);
        self.pull(server);
    }
}

/// The document of the settings of the site of these tablets.
pub(super) fn settings() -> DocumentId {
    DocumentId::of_site(&id("school"))
}

pub(super) fn resolved_for() -> ResolvedFor {
    ResolvedFor {
        release: RELEASE,
        order_date: day(TODAY),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 1_000_000,
    }
}

pub(super) fn catalogue() -> Catalogue {
    Catalogue::build(small()).unwrap()
}

/// A server without storage and HTTP, around the same pure steps.
pub(super) struct Server {
    pub(super) catalogue: Catalogue,
    pub(super) documents: BTreeMap<DocumentId, Vec<u8>>,
    pub(super) site: LocationId,
    pub(super) received_on: Date,
    pub(super) new_changes: usize,
    /// The incarnation of its database.
    pub(super) incarnation: &'static str,
    pub(super) numbers: u32,
}

impl Server {
    pub(super) fn new() -> Self {
        Self {
            catalogue: catalogue(),
            documents: BTreeMap::new(),
            site: id("school"),
            received_on: day(TODAY),
            new_changes: 0,
            incarnation: "w",
            numbers: 0,
        }
    }

    pub(super) fn push(&mut self, tablet: &Tablet, request: PushRequest) -> PushResponse {
        let device = tablet.replica.device();
        let incarnation = self.incarnation.to_owned();
        let answers = request.documents.into_iter().map(|push| {
            let stored = self.documents.get(&push.id).map(Vec::as_slice);
            let batch = Batch {
                document: push.id,
                kind: push.kind,
                device,
                site: &self.site,
                stored,
                changes: &push.changes.0,
            };
            let merged = merge(batch).and_then(|merged| {
                self.new_changes += merged.new_changes;
                let verdict = merged.submitted().cloned().map(|order| self.verdict(&order));
                match verdict {
                    Some(verdict) => merged.answer(verdict, 2_000_000)?.seal(),
                    None => merged.seal(),
                }
            });
            let outcome = match merged {
                Ok(validated) => {
                    self.documents.insert(push.id, validated.bytes.clone());
                    let changes = Blob(validated.lacked_by_tablet(&push.heads));
                    DocumentOutcome::Accepted { heads: validated.heads, changes }
                }
                Err(refusals) => {
                    let document = self.documents.get(&push.id).cloned().map(Blob);
                    DocumentOutcome::Refused { refusals, document }
                }
            };
            DocumentAnswer { id: push.id, outcome }
        });
        PushResponse { incarnation, documents: answers.collect() }
    }

    fn verdict(&mut self, order: &OrderState) -> Result<Vec<PurchaseOrder>, Vec<Reason>> {
        let named = NamedRelease {
            number: RELEASE,
            catalogue: &self.catalogue,
            in_force_from: Some(Date::MIN),
            successor_effective_from: None,
        };
        let cut = verify(order, named, self.received_on.at(8, 0, 0, 0))?;
        let numbered = cut.into_iter().map(|order| {
            self.numbers += 1;
            order.numbered(format!("PO-{}", self.numbers))
        });
        Ok(numbered.collect())
    }

    pub(super) fn pull(&self, request: &PullRequest) -> PullResponse {
        let of_another =
            request.cursor.as_deref().filter(|cursor| incarnation_of(cursor) != self.incarnation);
        if of_another.is_some() {
            return PullResponse {
                cursor: self.incarnation.to_owned(),
                more: true,
                ..PullResponse::default()
            };
        }
        let lacking = self.documents.iter().filter(|(_, bytes)| {
            !request.has_all_of(&document::heads(&document::load(bytes).unwrap()))
        });
        let documents =
            lacking.map(|(id, bytes)| PulledDocument { id: *id, document: Blob(bytes.clone()) });
        PullResponse {
            cursor: format!("{}.1", self.incarnation),
            documents: documents.collect(),
            forgotten: Vec::new(),
            allotments: Vec::new(),
            release: Some(RELEASE),
            more: false,
        }
    }

    pub(super) fn order(&self, id: DocumentId) -> OrderState {
        document::read_order(id, &document::load(&self.documents[&id]).unwrap()).0.unwrap()
    }
}

/// The error of a command that a rule forbids.
pub(super) fn by_rule(rule: impl Into<AnyRefusal>) -> ReplicaError {
    ReplicaError::Refused(rule.into())
}

/// The commands for orders that were not applied, and the rules.
pub(super) fn not_applied(notices: &[SyncNotice]) -> Vec<(&Command, &OrderRefusal)> {
    let told = notices.iter().filter_map(|notice| match notice {
        SyncNotice::NotApplied(told) => told.order(),
        _ => None,
    });
    told.map(|(intent, refusal)| (&intent.command, refusal)).collect()
}

pub(super) fn line(text: &str) -> OrderLineId {
    id(text)
}
