//! A tablet's documents and outbox. Without clock, randomness and I/O: the edge passes the first two in and carries out the
//! [`Effect`]s.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ChangeHash};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{OutboxEntry, Stored, StoredDocument};
use crate::document::{self, Anomaly, DocumentError, genesis, write};
use crate::ids::{DeviceId, DocumentId, IntentId, OrderLineId};
use crate::order::{Command, Intent, OrderState, Refusal, decide};
use crate::wire::{Blob, DocumentKind, PushRefusal};

/// More than the refusals that a document meets in the life of a tablet's storage; 65,535 losses fit into an epoch's 32 bits.
const EPOCHS_UNTIL_LOST: u32 = 1 << 16;

/// What the edge has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Store all of it in one transaction; only then is it *saved*.
    Persist(Box<Persist>),
    /// Drop a stored document.
    Forget {
        /// Which.
        document: DocumentId,
    },
    /// Tell the person.
    Notice(Notice),
}

/// What is stored in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Persist {
    /// Documents to be put, by their id.
    pub documents: Vec<StoredDocument>,
    /// Outbox entries to be put, by their intent's id.
    pub outbox: Vec<OutboxEntry>,
    /// Outbox entries to be removed: the server has them, or their fate is told in a notice.
    pub done: Vec<IntentId>,
    /// Where the last pull ended, if that changed.
    pub cursor: Option<String>,
}

/// Something that a person must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The order was frozen or full before these lines reached the server; they stand on a new draft.
    MovedToNewDraft {
        /// The order they were put on.
        from: DocumentId,
        /// The new draft.
        to: DocumentId,
        /// The lines.
        lines: Vec<OrderLineId>,
    },
    /// Something that was done here does not hold with what others did.
    NotApplied {
        /// What.
        intent: Box<Intent>,
        /// Why.
        refusal: Refusal,
    },
    /// The server refuses this document as it is. It stays here, and is sent again when somebody edits it.
    HeldBack {
        /// Which.
        document: DocumentId,
        /// Why.
        refusals: Vec<PushRefusal>,
    },
    /// A document, stored or received, that cannot be read.
    Unreadable {
        /// Which.
        document: DocumentId,
        /// Why.
        detail: String,
    },
}

/// Why an intent was not carried out; nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The document could not be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Where new identifiers come from.
pub struct Minting<'m> {
    /// The tablet's clock, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Random bytes, fresh at each call.
    pub random: &'m mut dyn FnMut() -> [u8; 10],
}

/// A tablet's documents and outbox.
pub struct Replica {
    pub(super) device: DeviceId,
    pub(super) documents: BTreeMap<DocumentId, Held>,
    /// By sequence: the order in which people did things.
    pub(super) outbox: BTreeMap<u64, OutboxEntry>,
    pub(super) cursor: Option<String>,
    /// Epochs of documents whose stored bytes were unreadable, until the server's copy comes.
    pub(super) lost: BTreeMap<DocumentId, u32>,
    /// Under which epoch documents begin here.
    pub(super) first_epoch: u32,
    /// Whether a pulled document could not be taken in since the start.
    pub(super) misses_something: bool,
}

/// A document in memory.
pub(super) struct Held {
    pub(super) document: Automerge,
    pub(super) state: Option<OrderState>,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) server_heads: Vec<ChangeHash>,
    pub(super) epoch: u32,
    pub(super) refused: u32,
    pub(super) held_back: Vec<PushRefusal>,
}

impl Held {
    pub(super) fn new(id: DocumentId, document: Automerge, server_heads: Vec<ChangeHash>, epoch: u32) -> Self {
        let (state, anomalies) = document::read(id, &document);
        Self { document, state, anomalies, server_heads, epoch, refused: 0, held_back: Vec::new() }
    }

    /// A document that was just begun on this tablet.
    pub(super) fn begun(id: DocumentId, epoch: u32) -> Result<Self, DocumentError> {
        Ok(Self::new(id, genesis::order()?, vec![genesis::order_hash()], epoch))
    }

    pub(super) fn read_again(&mut self, id: DocumentId) {
        (self.state, self.anomalies) = document::read(id, &self.document);
    }

    /// The changes that the server lacks, for all the tablet knows.
    pub(super) fn unsent(&self) -> Vec<automerge::Change> {
        let mut server_heads = self.server_heads.clone();
        server_heads.sort_unstable();
        if self.document.get_heads() == server_heads {
            Vec::new()
        } else {
            self.document.get_changes(&self.server_heads)
        }
    }

    pub(super) fn to_stored(&self, id: DocumentId) -> StoredDocument {
        StoredDocument {
            id,
            kind: DocumentKind::Order,
            document: Blob(self.document.save()),
            server_heads: self.server_heads.iter().map(ToString::to_string).collect(),
            epoch: self.epoch,
            refused: self.refused,
            held_back: self.held_back.clone(),
        }
    }

    /// All values of a line's quantity.
    fn quantities(&self, line: &OrderLineId) -> Vec<Decimal> {
        let line = self.state.as_ref().and_then(|order| order.lines.get(line));
        line.map_or_else(Vec::new, |line| {
            let conflicts = line.quantity.conflicts.iter().map(|other| other.value);
            if line.quantity.is_conflicted() { conflicts.collect() } else { vec![line.quantity.value] }
        })
    }

    /// What an intent meets before it is carried out, to be compared when it is applied again.
    pub(super) fn seen_by(&self, intent: &Intent) -> Vec<Decimal> {
        match &intent.command {
            Command::SetQuantity { line, .. } => self.quantities(line),
            _ => Vec::new(),
        }
    }

    /// Decides an intent and writes it as one change; `None` when the document says so already.
    pub(super) fn carry_out(&mut self, device: &DeviceId, intent: &Intent) -> Result<Option<ChangeHash>, ReplicaError> {
        decide(self.state.as_ref(), intent)?;
        let actor = document::actor(device, &intent.document, self.epoch);
        let change = write::apply(&mut self.document, actor, intent)?;
        match (&intent.command, &mut self.state) {
            (Command::AddLine { line, .. } | Command::SetQuantity { line, .. }, Some(order)) => {
                document::read::read_line_again(&self.document, order, line);
            }
            _ => self.read_again(intent.document),
        }
        Ok(change)
    }
}

/// Effects of one call, gathered so that all that is stored is stored at once.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) changed: BTreeSet<DocumentId>,
    pub(super) outbox: BTreeMap<u64, OutboxEntry>,
    pub(super) done: Vec<IntentId>,
    pub(super) cursor: Option<String>,
    pub(super) forgotten: Vec<DocumentId>,
    pub(super) notices: Vec<Notice>,
}

impl Replica {
    /// A tablet that has nothing yet.
    #[must_use]
    pub fn new(device: DeviceId) -> Self {
        Self {
            device,
            documents: BTreeMap::new(),
            outbox: BTreeMap::new(),
            cursor: None,
            lost: BTreeMap::new(),
            first_epoch: 0,
            misses_something: false,
        }
    }

    /// A tablet as it was stored. A document that cannot be read is told; what the server had of it comes back with the next
    /// pull, which starts over, and what is in the outbox is applied to it again.
    #[must_use]
    pub fn load(device: DeviceId, stored: Stored) -> (Self, Vec<Notice>) {
        let mut replica = Self::new(device);
        replica.cursor = stored.cursor;
        replica.outbox = stored.outbox.into_iter().map(|entry| (entry.sequence, entry)).collect();
        let mut notices = Vec::new();
        for document in stored.documents {
            match document::load(&document.document.0) {
                Ok(loaded) => {
                    let heads = document::parse_heads(&document.server_heads);
                    let mut held = Held::new(document.id, loaded, heads, document.epoch);
                    held.refused = document.refused;
                    held.held_back = document.held_back;
                    replica.documents.insert(document.id, held);
                }
                Err(error) => {
                    replica.cursor = None;
                    replica.lost.insert(document.id, document.epoch);
                    replica.begin_again(document.id, document.epoch + 1);
                    notices.push(Notice::Unreadable { document: document.id, detail: error.to_string() });
                }
            }
        }
        (replica, notices)
    }

    /// Says how often this tablet's storage was lost. What it writes from now on to documents that are new to it is told apart from
    /// all that it wrote before and no longer knows of: nothing that arrives late is taken for it, or locks it out.
    #[must_use]
    pub fn after_losses(mut self, losses: u32) -> Self {
        self.first_epoch = losses.saturating_mul(EPOCHS_UNTIL_LOST);
        self
    }

    /// All of it, to be stored once more where the storage was lost under a running tablet.
    #[must_use]
    pub fn to_stored(&self) -> Stored {
        Stored {
            documents: self.documents.iter().map(|(id, held)| held.to_stored(*id)).collect(),
            outbox: self.outbox.values().cloned().collect(),
            cursor: self.cursor.clone().filter(|_| !self.misses_something),
        }
    }

    /// An unreadable document that was begun here and that the server may never have seen: all of it is in the outbox, and is
    /// done once more. Should the server have it after all, its copy comes as the answer to the next push.
    fn begin_again(&mut self, id: DocumentId, epoch: u32) {
        let mut entries: Vec<&mut OutboxEntry> =
            self.outbox.values_mut().filter(|entry| entry.intent.document == id).collect();
        let is_whole = entries.first().is_some_and(|first| matches!(first.intent.command, Command::CreateOrder { .. }));
        let Some(mut held) = is_whole.then(|| Held::begun(id, epoch).ok()).flatten() else { return };
        for entry in &mut entries {
            if let Ok(Some(change)) = held.carry_out(&self.device, &entry.intent) {
                entry.change = change.to_string();
            }
        }
        self.documents.insert(id, held);
    }

    /// Carries out what a person did: decided, written, put in the outbox. A repeated intent changes nothing.
    ///
    /// # Errors
    /// The rule that forbids it; nothing changed.
    pub fn dispatch(&mut self, intent: Intent) -> Result<Vec<Effect>, ReplicaError> {
        let mut gathered = Gathered::default();
        self.dispatch_into(intent, &mut gathered)?;
        Ok(self.effects(gathered))
    }

    pub(super) fn dispatch_into(&mut self, intent: Intent, gathered: &mut Gathered) -> Result<(), ReplicaError> {
        if self.outbox.values().any(|entry| entry.intent.id == intent.id) {
            return Ok(());
        }
        let id = intent.document;
        let begun = if self.documents.contains_key(&id) { None } else { Some(Held::begun(id, self.first_epoch)?) };
        let is_begun = begun.is_some();
        let held = match begun {
            Some(held) => self.documents.entry(id).or_insert(held),
            None => self.documents.get_mut(&id).ok_or(Refusal::NoSuchOrder)?,
        };
        let seen = held.seen_by(&intent);
        match held.carry_out(&self.device, &intent) {
            Ok(Some(change)) => {
                held.held_back.clear();
                held.refused = 0;
                let sequence = self.outbox.last_key_value().map_or(1, |(last, _)| last + 1);
                let entry = OutboxEntry { sequence, intent, change: change.to_string(), seen };
                self.outbox.insert(sequence, entry.clone());
                gathered.outbox.insert(sequence, entry);
                gathered.changed.insert(id);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                if is_begun {
                    self.documents.remove(&id);
                }
                Err(error)
            }
        }
    }

    pub(super) fn effects(&self, gathered: Gathered) -> Vec<Effect> {
        let documents = gathered.changed.iter().filter_map(|id| Some(self.documents.get(id)?.to_stored(*id)));
        let persist = Persist {
            documents: documents.collect(),
            outbox: gathered.outbox.into_values().collect(),
            done: gathered.done,
            cursor: gathered.cursor,
        };
        let persist = (persist != Persist::default()).then(|| Effect::Persist(Box::new(persist)));
        let forgotten = gathered.forgotten.into_iter().map(|document| Effect::Forget { document });
        let notices = gathered.notices.into_iter().map(Effect::Notice);
        persist.into_iter().chain(forgotten).chain(notices).collect()
    }

    /// Which tablet this is.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// All orders on this tablet, oldest first.
    pub fn orders(&self) -> impl Iterator<Item = &OrderState> {
        self.documents.values().filter_map(|held| held.state.as_ref())
    }

    /// One order.
    #[must_use]
    pub fn order(&self, id: DocumentId) -> Option<&OrderState> {
        self.documents.get(&id)?.state.as_ref()
    }

    /// What looked odd when an order was read.
    #[must_use]
    pub fn anomalies(&self, id: DocumentId) -> &[Anomaly] {
        self.documents.get(&id).map_or(&[], |held| &held.anomalies)
    }

    /// Why an order is not sent until somebody edits it again; empty while it is.
    #[must_use]
    pub fn held_back(&self, id: DocumentId) -> &[PushRefusal] {
        self.documents.get(&id).map_or(&[], |held| &held.held_back)
    }

    /// Whether an intent was carried out already, here or by what came from the server.
    #[must_use]
    pub fn knows(&self, document: DocumentId, intent: IntentId) -> bool {
        let is_unsent = self.outbox.values().any(|entry| entry.intent.id == intent);
        is_unsent
            || self.documents.get(&document).is_some_and(|held| document::intents(&held.document).contains(&intent))
    }

    /// The intents that the server does not have yet, in the order in which they were done.
    pub fn unsent(&self) -> impl Iterator<Item = &Intent> {
        self.outbox.values().map(|entry| &entry.intent)
    }

    /// Whether anything of an order waits to be sent.
    #[must_use]
    pub fn is_unsent(&self, id: DocumentId) -> bool {
        self.unsent().any(|intent| intent.document == id)
    }

    /// When the oldest unsent intent was done, by the tablet's clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn oldest_unsent_at(&self) -> Option<i64> {
        self.unsent().map(|intent| intent.at).min()
    }

    /// Where the last pull ended: the `cursor` of the next.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}
