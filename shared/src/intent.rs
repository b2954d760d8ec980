//! Intents: what a person did to a document.

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, DocumentId, IntentId};

/// One thing that a person did. The tablet keeps it in its outbox until the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent<C> {
    /// The identifier of the intent, made on the tablet. A repeated intent counts once.
    pub id: IntentId,
    /// The document to change.
    pub document: DocumentId,
    /// The change.
    pub command: C,
    /// The display name of the person who did it.
    pub by: String,
    /// The tablet on which the person did it.
    pub device: DeviceId,
    /// The time, by the tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
}
