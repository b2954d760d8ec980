//! A tablet's documents and outbox. Without clock, randomness and I/O: the edge passes the first
//! two in and carries out the [`Effect`]s.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::{OutboxEntry, Stored, StoredDocument, incarnation_of};
use crate::document::{self, Anomaly, DocumentError, genesis};
use crate::ids::{DeviceId, DocumentId, IntentId, OrderLineId};
use crate::intent::AnyIntent;
use crate::order::{self, OrderState};
use crate::site::{self, SiteState};
use crate::wire::PushRefusal;

/// More than the refusals that a document meets in the life of a tablet's storage; 65,535 losses
/// fit into an epoch's 32 bits.
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
    /// The order was frozen or full before these lines reached the server; they stand on a new
    /// draft.
    MovedToNewDraft {
        /// The order they were put on.
        from: DocumentId,
        /// The new draft.
        to: DocumentId,
        /// The lines.
        lines: Vec<OrderLineId>,
    },
    /// Something that was done here to an order does not hold with what others did.
    NotApplied {
        /// What.
        intent: Box<order::Intent>,
        /// Why.
        refusal: order::Refusal,
    },
    /// Something that was done here to the site's settings does not hold with what others did.
    SettingNotApplied {
        /// What.
        intent: Box<site::Intent>,
        /// Why.
        refusal: site::Refusal,
    },
    /// The server refuses this document as it is. It stays here, and is sent again when somebody
    /// edits it or asks for it.
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
    /// A document that a newer version of the app began. It is fetched again once the app is
    /// updated.
    UpdateNeeded {
        /// Which.
        document: DocumentId,
    },
    /// The server's database was restored from a backup and lacks what it had acknowledged.
    ServerRestored {
        /// So many documents of this tablet alone are sent again.
        again: usize,
        /// So many in which others wrote, or that the server had answered, are offered to head
        /// office.
        offered: usize,
    },
}

/// Why an intent was not carried out; nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// A rule of orders forbids it.
    #[error(transparent)]
    Refused(#[from] order::Refusal),
    /// A rule of sites' settings forbids it.
    #[error(transparent)]
    SettingRefused(#[from] site::Refusal),
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
    /// Documents of which an answer to a push said what the server has, since the last pull; all,
    /// where the next one starts over. Known only until the page is closed: the next pull is longer
    /// without it, and no other.
    pub(super) told: BTreeSet<DocumentId>,
    /// While everything is compared with a server that may lack what it acknowledged: the documents
    /// that it showed.
    pub(super) recheck: Option<BTreeSet<DocumentId>>,
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
            told: BTreeSet::new(),
            recheck: None,
        }
    }

    /// A tablet as it was stored. A document that cannot be read is told; what the server had of it
    /// comes back with the next pull, which starts over, and what is in the outbox is applied to it
    /// again.
    #[must_use]
    pub fn load(device: DeviceId, stored: Stored) -> (Self, Vec<Notice>) {
        let mut replica = Self::new(device);
        replica.cursor = stored.cursor;
        replica.outbox = stored.outbox.into_iter().map(|entry| (entry.sequence, entry)).collect();
        let mut notices = Vec::new();
        for document in stored.documents {
            let error = match Held::load(&document) {
                Ok(held) => {
                    replica.documents.insert(document.id, held);
                    continue;
                }
                Err(error) => error,
            };
            replica.start_over();
            replica.lost.insert(document.id, document.epoch);
            notices.push(match error {
                DocumentError::NewerSchema { .. } => Notice::UpdateNeeded { document: document.id },
                error => {
                    replica.begin_again(&document);
                    Notice::Unreadable { document: document.id, detail: error.to_string() }
                }
            });
        }
        if replica.cursor.as_deref().is_none_or(|cursor| incarnation_of(cursor) == cursor) {
            replica.told = replica.documents.keys().copied().collect();
        }
        (replica, notices)
    }

    /// The next pull begins at the beginning, of the same database.
    pub(super) fn start_over(&mut self) {
        self.cursor = self.cursor.take().map(|cursor| incarnation_of(&cursor).to_owned());
    }

    /// Says how often this tablet's storage was lost. What it writes from now on to documents that
    /// are new to it is told apart from all that it wrote before and no longer knows of: nothing
    /// that arrives late is taken for it, or locks it out.
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
            cursor: self
                .cursor
                .clone()
                .filter(|_| !self.misses_something && self.recheck.is_none()),
        }
    }

    /// An unreadable document that was begun here and that the server may never have seen: all of
    /// it is in the outbox, and is done once more. Should the server have it after all, its copy
    /// comes as the answer to the next push.
    fn begin_again(&mut self, stored: &StoredDocument) {
        let id = stored.id;
        let is_whole = stored.server_heads == [genesis::hash(stored.kind).to_string()];
        let mut entries: Vec<&mut OutboxEntry> =
            self.outbox.values_mut().filter(|entry| entry.intent.document() == id).collect();
        if !is_whole || entries.is_empty() {
            return;
        }
        let Ok(mut held) = Held::begun(id, stored.kind, stored.epoch + 1) else { return };
        for entry in &mut entries {
            if let Ok(Some(change)) = held.carry_out(&self.device, &entry.intent) {
                entry.change = change.to_string();
            }
        }
        self.documents.insert(id, held);
    }

    /// Carries out what a person did: decided, written, put in the outbox. A repeated intent
    /// changes nothing.
    ///
    /// # Errors
    /// The rule that forbids it; nothing changed.
    pub fn dispatch(&mut self, intent: impl Into<AnyIntent>) -> Result<Vec<Effect>, ReplicaError> {
        let mut gathered = Gathered::default();
        self.dispatch_into(intent.into(), &mut gathered)?;
        Ok(self.effects(gathered))
    }

    pub(super) fn dispatch_into(
        &mut self,
        intent: AnyIntent,
        gathered: &mut Gathered,
    ) -> Result<(), ReplicaError> {
        if self.outbox.values().any(|entry| entry.intent.id() == intent.id()) {
            return Ok(());
        }
        let id = intent.document();
        let begun = match self.documents.contains_key(&id) {
            true => None,
            // Begun anew it would be written under an actor that wrote other things before.
            false if self.lost.contains_key(&id) => return Err(DocumentError::Lost.into()),
            false => Some(Held::begun(id, intent.kind(), self.first_epoch)?),
        };
        let is_begun = begun.is_some();
        let held = match begun {
            Some(held) => self.documents.entry(id).or_insert(held),
            None => self.documents.get_mut(&id).ok_or(order::Refusal::NoSuchOrder)?,
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

    /// A person wants a document sent again that the server did not take: it goes along with the
    /// next push as it is.
    pub fn try_again(&mut self, id: DocumentId) -> Vec<Effect> {
        let mut gathered = Gathered::default();
        if let Some(held) = self.documents.get_mut(&id).filter(|held| !held.held_back.is_empty()) {
            held.held_back.clear();
            held.refused = 0;
            gathered.changed.insert(id);
        }
        self.effects(gathered)
    }

    pub(super) fn effects(&self, gathered: Gathered) -> Vec<Effect> {
        let documents =
            gathered.changed.iter().filter_map(|id| Some(self.documents.get(id)?.to_stored(*id)));
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
        self.documents.values().filter_map(|held| held.state.as_ref()?.order())
    }

    /// One order.
    #[must_use]
    pub fn order(&self, id: DocumentId) -> Option<&OrderState> {
        self.documents.get(&id)?.state.as_ref()?.order()
    }

    /// The settings in a site's document; `None` where nobody said anything yet, for all this
    /// tablet knows.
    #[must_use]
    pub fn site(&self, id: DocumentId) -> Option<&SiteState> {
        self.documents.get(&id)?.state.as_ref()?.site()
    }

    /// What looked odd when a document was read.
    #[must_use]
    pub fn anomalies(&self, id: DocumentId) -> &[Anomaly] {
        self.documents.get(&id).map_or(&[], |held| &held.anomalies)
    }

    /// Why a document is not sent until somebody edits it again; empty while it is.
    #[must_use]
    pub fn held_back(&self, id: DocumentId) -> &[PushRefusal] {
        self.documents.get(&id).map_or(&[], |held| &held.held_back)
    }

    /// Whether an intent was carried out already, here or by what came from the server.
    #[must_use]
    pub fn knows(&self, document: DocumentId, intent: IntentId) -> bool {
        let is_unsent = self.outbox.values().any(|entry| entry.intent.id() == intent);
        is_unsent
            || self
                .documents
                .get(&document)
                .is_some_and(|held| document::intents(&held.document).contains(&intent))
    }

    /// The intents that the server does not have yet, in the order in which they were done.
    pub fn unsent(&self) -> impl Iterator<Item = &AnyIntent> {
        self.outbox.values().map(|entry| &entry.intent)
    }

    /// Whether anything of a document waits to be sent.
    #[must_use]
    pub fn is_unsent(&self, id: DocumentId) -> bool {
        self.unsent().any(|intent| intent.document() == id)
    }

    /// When the oldest unsent intent was done, by the tablet's clock, in milliseconds since the
    /// Unix epoch.
    #[must_use]
    pub fn oldest_unsent_at(&self) -> Option<i64> {
        self.unsent().map(AnyIntent::at).min()
    }

    /// Where the last pull ended.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}
