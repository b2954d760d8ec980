//! What a tablet keeps on disk.

use serde::{Deserialize, Serialize};

use crate::ids::DocumentId;
use crate::intent::AnyIntent;
use crate::wire::{Blob, DocumentKind, Heads, PushRefusal};

/// An intent that the server does not have yet, for all the tablet knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Its place in the order of the tablet's intents.
    pub sequence: u64,
    /// What the person did. Its `id` is the entry's key on disk.
    pub intent: AnyIntent,
    /// The hash of the change that carries it, 64 hex digits: the entry is done when the server's
    /// heads contain it.
    pub change: String,
    /// What stood where the person wrote, all values of an open conflict: applied again after a
    /// refusal only where it is still so.
    pub seen: Vec<String>,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    /// Which; its key on disk.
    pub id: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// The document, saved.
    pub document: Blob,
    /// What the server has of it, for all the tablet knows.
    pub server_heads: Heads,
    /// How often the server's copy replaced the tablet's: part of the actor under which it writes.
    pub epoch: u32,
    /// How often in a row a push of it was refused.
    pub refused: u32,
    /// Why it is not pushed until somebody edits it again; empty while it is.
    pub held_back: Vec<PushRefusal>,
    /// Whether the server, restored from a backup, lacks what others wrote into it and this tablet
    /// has: it is offered to head office instead of pushed.
    #[serde(default)]
    pub is_lost: bool,
}

/// All that a tablet kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The documents, in any order.
    pub documents: Vec<StoredDocument>,
    /// The outbox, in any order.
    pub outbox: Vec<OutboxEntry>,
    /// Where the last pull ended.
    pub cursor: Option<String>,
}
