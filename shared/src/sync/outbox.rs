//! The data that a tablet stores on disk.

use serde::{Deserialize, Serialize};

use crate::document::AnyIntent;
use crate::ids::DocumentId;
use crate::wire::{Blob, DocumentKind, Heads, PushRefusal};

/// An intent that, as far as this tablet knows, the server does not have yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// The position in the order of the tablet's intents.
    pub sequence: u64,
    /// The intent. Its `id` is the key of the entry on disk.
    pub intent: AnyIntent,
    /// The hash of the change that carries the intent, 64 hex digits. The entry is done when the
    /// server's heads contain this change.
    pub change: String,
    /// The values that the person overwrote; with a conflict, all of them. After a refusal the
    /// intent is applied again only when these values are still there.
    pub seen: Vec<String>,
}

/// A document as the tablet stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    /// The identifier of the document. It is the key on disk.
    pub id: DocumentId,
    /// The kind of the document.
    pub kind: DocumentKind,
    /// The saved Automerge document.
    pub document: Blob,
    /// The heads of the server's copy, as far as this tablet knows.
    pub server_heads: Heads,
    /// How many times the server's copy replaced the tablet's copy. It is a part of the actor with
    /// which the tablet writes.
    pub epoch: u32,
    /// How many pushes of the document were refused in a row.
    pub refused: u32,
    /// Why the document is not pushed until somebody edits it again. Empty while it is pushed.
    pub held_back: Vec<PushRefusal>,
    /// Whether the server was restored from a backup and lacks changes of others that this tablet
    /// has. The document is then offered to head office, not pushed.
    #[serde(default)]
    pub is_lost: bool,
}

/// Everything that a tablet stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The documents, in any order.
    pub documents: Vec<StoredDocument>,
    /// The outbox, in any order.
    pub outbox: Vec<OutboxEntry>,
    /// The position at which the last pull ended.
    pub cursor: Option<String>,
}
