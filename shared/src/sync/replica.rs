//! The documents and the outbox of a tablet. It has no clock, no randomness and no I/O: the edge
//! passes time and random bytes in, and carries out the [`Effect`]s.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::{OutboxEntry, Stored, StoredDocument, incarnation_of};
use crate::document::{self, Anomaly, AnyIntent, AnyRefusal, DocumentError, NotApplied, genesis};
use crate::ids::{DeviceId, DocumentId, IntentId, OrderLineId};
use crate::order::OrderState;
use crate::site::SiteState;
use crate::wire::PushRefusal;

/// More than the refusals of a document in the life of a tablet's storage. An epoch has 32 bits, so
/// there is room for 65,535 losses of the storage.
const EPOCHS_UNTIL_LOST: u32 = 1 << 16;

/// What the edge has to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Store everything in one transaction. Only then the screen may say *saved*.
    Persist(Box<Persist>),
    /// Delete a stored document.
    Forget {
        /// The document to delete.
        document: DocumentId,
    },
    /// Show this message to the person.
    Notice(SyncNotice),
}

/// The data to store in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Persist {
    /// The documents to put, by their identifier.
    pub documents: Vec<StoredDocument>,
    /// The outbox entries to put, by the identifier of their intent.
    pub outbox: Vec<OutboxEntry>,
    /// The outbox entries to remove. The server has them, or a notice says what happened to them.
    pub done: Vec<IntentId>,
    /// The position at which the last pull ended, if it changed.
    pub cursor: Option<String>,
}

/// A message that a person must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum SyncNotice {
    /// The order was closed or full before these lines reached the server. They are now on a new
    /// draft.
    MovedToNewDraft {
        /// The order on which the lines were put.
        from: DocumentId,
        /// The new draft with the lines.
        to: DocumentId,
        /// The lines that were moved.
        lines: Vec<OrderLineId>,
    },
    /// Something that was done here is not allowed after what others did.
    // Tablets of an older version kept notices about settings under this name.
    #[serde(alias = "setting_not_applied")]
    NotApplied(NotApplied),
    /// The server refuses the document in its present state. It stays on the tablet. It is sent
    /// again when somebody edits it or asks to send it.
    HeldBack {
        /// The refused document.
        document: DocumentId,
        /// Why the server refuses it.
        refusals: Vec<PushRefusal>,
    },
    /// A stored or received document cannot be read.
    Unreadable {
        /// The document.
        document: DocumentId,
        /// Why it cannot be read.
        detail: String,
    },
    /// A newer version of the app began the document. It is fetched again after the app is updated.
    UpdateNeeded {
        /// The document.
        document: DocumentId,
    },
    /// The server's database was restored from a backup and lacks changes that it had acknowledged.
    ServerRestored {
        /// The number of documents that only this tablet wrote. They are sent again.
        again: usize,
        /// The number of documents in which others wrote or which the server had answered. They are
        /// offered to head office.
        offered: usize,
    },
}

/// Why an intent was not carried out. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] AnyRefusal),
    /// The document could not be written.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// The documents and the outbox of a tablet.
pub struct Replica {
    pub(super) device: DeviceId,
    pub(super) documents: BTreeMap<DocumentId, Held>,
    /// By sequence number, which is the order in which people did things.
    pub(super) outbox: BTreeMap<u64, OutboxEntry>,
    pub(super) cursor: Option<String>,
    /// The epochs of documents whose stored bytes cannot be read, until the server's copy arrives.
    pub(super) lost: BTreeMap<DocumentId, u32>,
    /// The epoch with which new documents begin on this tablet.
    pub(super) first_epoch: u32,
    /// Whether a pulled document could not be taken in since the start.
    pub(super) misses_something: bool,
    /// The documents about which an answer to a push said what the server has, since the last pull.
    /// When the next pull starts over, these are all documents. This is not stored: after a restart
    /// the next pull is only longer.
    pub(super) told: BTreeSet<DocumentId>,
    /// The documents that the server showed during a recheck. `None` without a recheck.
    pub(super) recheck: Option<BTreeSet<DocumentId>>,
}

/// The effects of one call, collected so that everything is stored in one transaction.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) changed: BTreeSet<DocumentId>,
    pub(super) outbox: BTreeMap<u64, OutboxEntry>,
    pub(super) done: Vec<IntentId>,
    pub(super) cursor: Option<String>,
    pub(super) forgotten: Vec<DocumentId>,
    pub(super) notices: Vec<SyncNotice>,
}

impl Replica {
    /// A tablet without documents.
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

    /// Loads a tablet from its storage. A document that cannot be read becomes a notice. The next
    /// pull then starts over and brings the server's copy, and the outbox is applied to it again.
    #[must_use]
    pub fn load(device: DeviceId, stored: Stored) -> (Self, Vec<SyncNotice>) {
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
                DocumentError::NewerSchema { .. } => {
                    SyncNotice::UpdateNeeded { document: document.id }
                }
                error => {
                    replica.begin_again(&document);
                    SyncNotice::Unreadable { document: document.id, detail: error.to_string() }
                }
            });
        }
        if replica.cursor.as_deref().is_none_or(|cursor| incarnation_of(cursor) == cursor) {
            replica.told = replica.documents.keys().copied().collect();
        }
        (replica, notices)
    }

    /// The next pull starts from the beginning of the same database.
    pub(super) fn start_over(&mut self) {
        self.cursor = self.cursor.take().map(|cursor| incarnation_of(&cursor).to_owned());
    }

    /// Records how many times the storage of this tablet was lost. From then on the tablet writes
    /// new documents with another actor than before a loss. So late copies of its old changes are
    /// not mistaken for new ones, and do not lock the tablet out.
    #[must_use]
    pub fn after_losses(mut self, losses: u32) -> Self {
        self.first_epoch = losses.saturating_mul(EPOCHS_UNTIL_LOST);
        self
    }

    /// Everything to store again, after the storage was lost while the tablet was running.
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

    /// Begins an unreadable document again that was begun here and that the server may never have
    /// seen. All of it is in the outbox and is applied once more. If the server has the document
    /// after all, its copy comes with the answer to the next push.
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

    /// Carries out an intent: decides it, writes it, and puts it into the outbox. A repeated intent
    /// changes nothing.
    ///
    /// # Errors
    /// The rule that forbids the intent; nothing changed.
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
            // A new document would use an actor that already wrote other changes.
            false if self.lost.contains_key(&id) => return Err(DocumentError::Lost.into()),
            false => Some(Held::begun(id, intent.kind(), self.first_epoch)?),
        };
        let is_begun = begun.is_some();
        let held = match begun {
            Some(held) => self.documents.entry(id).or_insert(held),
            None => self.documents.get_mut(&id).ok_or(DocumentError::Lost)?,
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

    /// Sends a document again that the server refused, because a person wants it. It goes unchanged
    /// with the next push.
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

    /// The identifier of this tablet.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// All orders on this tablet, the oldest first.
    pub fn orders(&self) -> impl Iterator<Item = &OrderState> {
        self.documents.values().filter_map(|held| held.state.as_ref()?.order())
    }

    /// The order in this document.
    #[must_use]
    pub fn order(&self, id: DocumentId) -> Option<&OrderState> {
        self.documents.get(&id)?.state.as_ref()?.order()
    }

    /// The settings in a site's document. `None` when, as far as this tablet knows, nobody has
    /// written any.
    #[must_use]
    pub fn site(&self, id: DocumentId) -> Option<&SiteState> {
        self.documents.get(&id)?.state.as_ref()?.site()
    }

    /// The anomalies that were found when the document was read.
    #[must_use]
    pub fn anomalies(&self, id: DocumentId) -> &[Anomaly] {
        self.documents.get(&id).map_or(&[], |held| &held.anomalies)
    }

    /// Why a document is not sent until somebody edits it again. Empty while it is sent.
    #[must_use]
    pub fn held_back(&self, id: DocumentId) -> &[PushRefusal] {
        self.documents.get(&id).map_or(&[], |held| &held.held_back)
    }

    /// Whether an intent was already carried out, here or in what came from the server.
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

    /// Whether any change of a document is unsent.
    #[must_use]
    pub fn is_unsent(&self, id: DocumentId) -> bool {
        self.unsent().any(|intent| intent.document() == id)
    }

    /// The time of the oldest unsent intent, by the tablet's clock, in milliseconds since the Unix
    /// epoch.
    #[must_use]
    pub fn oldest_unsent_at(&self) -> Option<i64> {
        self.unsent().map(AnyIntent::at).min()
    }

    /// The position at which the last pull ended.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{order, site};

    #[test]
    fn notices_that_an_older_version_kept_are_read() {
        let document = DocumentId::mint(1, [2; 10]);
        let kept = |notice: &str, command: serde_json::Value, refusal: serde_json::Value| {
            let intent = json!({
                "id": IntentId::mint(1, [1; 10]),
                "document": document,
                "command": command,
                "by": "Ana",
                "device": DeviceId::mint(1, [3; 10]),
                "at": 1,
            });
            let kept = json!({"notice": notice, "intent": intent, "refusal": refusal});
            match serde_json::from_value(kept) {
                Ok(SyncNotice::NotApplied(told)) => told,
                other => panic!("{other:?}"),
            }
        };
        let note = order::Command::SetNote { note: "ring twice".to_owned() };
        let refusal = order::OrderRefusal::NoteChangedMeanwhile;
        let told = kept("not_applied", json!(note), json!(refusal));
        assert_eq!(told.order().map(|(told, why)| (&told.command, why)), Some((&note, &refusal)));

        let instructions = "ring twice".to_owned();
        let set = site::Command::SetDeliveryInstructions { instructions };
        let refusal = site::SiteRefusal::ChangedMeanwhile;
        let told = kept("setting_not_applied", json!(set), json!(refusal));
        assert_eq!(told.site().map(|(told, why)| (&told.command, why)), Some((&set, &refusal)));
    }
}
