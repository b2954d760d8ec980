//! Orders and site settings as Automerge documents. Only this module knows the keys and object
//! identifiers. Each kind has a folder here, and `kinds` lists the kinds.
//!
//! A document begins with the [`genesis`] change of its kind, which has the same bytes on every
//! device. So two tablets share its root objects. Each intent is one change ([`mod@write`]). The
//! message and the time of the change say who made it and when. [`read()`] returns the state and a
//! list of anomalies. It never fails on what a merge left behind.

pub mod genesis;
mod kinds;
pub(crate) mod model;
mod order;
pub mod read;
#[cfg(test)]
mod saved;
mod schema;
mod site;
pub mod write;

pub use kinds::{AnyIntent, AnyRefusal, DocumentState, NotApplied};
pub use order::{read_order, record_answer, record_progress};
pub use read::{Anomaly, read};
pub use site::read_site;

use std::collections::HashSet;

use automerge::{ActorId, Automerge, ChangeHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{DeviceId, DocumentId, IntentId};
use crate::wire::{DocumentKind, Heads};
use schema::Schema;

/// Why bytes cannot be used as a document, or why a document cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Automerge cannot load the bytes.
    #[error("the document's bytes cannot be loaded: {0}")]
    Unreadable(String),
    /// The document does not begin with a genesis change.
    #[error("the document does not begin with a change that Calloff writes")]
    NotADocument,
    /// A newer version of the app began the document.
    #[error(
        "this {kind} was written by a newer version of the app (schema {version}): update the app \
         to open it"
    )]
    NewerSchema {
        /// The kind that the document says it has.
        kind: String,
        /// The version of its schema.
        version: u32,
    },
    /// The stored copy on this tablet is damaged, and the server's copy has not arrived yet.
    #[error("the copy on this tablet is damaged: head office sends it again at the next contact")]
    Lost,
    /// Automerge refused an operation.
    #[error("the document could not be written: {0}")]
    NotWritten(String),
}

/// Loads a document from the bytes of [`Automerge::save`].
///
/// # Errors
/// [`DocumentError::Unreadable`], [`DocumentError::NotADocument`], [`DocumentError::NewerSchema`].
pub fn load(bytes: &[u8]) -> Result<Automerge, DocumentError> {
    let document =
        Automerge::load(bytes).map_err(|error| DocumentError::Unreadable(error.to_string()))?;
    Schema::of(&document)?;
    Ok(document)
}

/// The kind of a document.
///
/// # Errors
/// [`DocumentError::NotADocument`], [`DocumentError::NewerSchema`].
pub fn kind(document: &Automerge) -> Result<DocumentKind, DocumentError> {
    Schema::of(document).map(|schema| schema.kind)
}

/// The number of bytes of an actor that identify the device and the document.
const ACTOR_PREFIX_BYTES: usize = 12;

/// The actor with which a device writes a document: 12 bytes of a hash over device and document,
/// then the epoch as 4 bytes, big-endian.
///
/// The epoch grows whenever the server's copy replaced the tablet's copy. Automerge numbers the
/// changes of an actor. With a new epoch, changes before and after the replacement never have the
/// same actor and number.
#[must_use]
pub fn actor(device: &DeviceId, document: &DocumentId, epoch: u32) -> ActorId {
    let mut bytes = actor_prefix(b"device", device.as_bytes(), document).to_vec();
    bytes.extend(epoch.to_be_bytes());
    ActorId::from(bytes)
}

/// The actor with which the server writes a document.
#[must_use]
pub fn server_actor(document: &DocumentId) -> ActorId {
    let mut bytes = actor_prefix(b"server", &[], document).to_vec();
    bytes.extend(0_u32.to_be_bytes());
    ActorId::from(bytes)
}

/// Whether an actor belongs to this device in this document, in any epoch.
#[must_use]
pub fn is_actor_of(actor: &ActorId, device: &DeviceId, document: &DocumentId) -> bool {
    let bytes = actor.to_bytes();
    bytes.len() == ACTOR_PREFIX_BYTES + 4
        && bytes.starts_with(&actor_prefix(b"device", device.as_bytes(), document))
}

fn actor_prefix(role: &[u8; 6], who: &[u8], document: &DocumentId) -> [u8; ACTOR_PREFIX_BYTES] {
    let digest = Sha256::new()
        .chain_update(role)
        .chain_update(who)
        .chain_update(document.as_bytes())
        .finalize();
    let mut prefix = [0; ACTOR_PREFIX_BYTES];
    prefix.copy_from_slice(&digest[..ACTOR_PREFIX_BYTES]);
    prefix
}

/// The message of a change, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNote {
    /// The intent that the change carries out.
    pub intent: IntentId,
    /// The display name of the person who made the change.
    pub by: String,
}

/// The intent that the message of a change names; `None` when it names none.
#[must_use]
pub fn intent_of(message: Option<&str>) -> Option<IntentId> {
    let note: ChangeNote = serde_json::from_str(message?).ok()?;
    Some(note.intent)
}

/// The intents of all changes in a document.
#[must_use]
pub fn intents(document: &Automerge) -> HashSet<IntentId> {
    let changes = document.get_changes_meta(&[]);
    changes.iter().filter_map(|change| intent_of(change.message.as_deref())).collect()
}

/// The heads of a document, as texts to send.
#[must_use]
pub fn heads(document: &Automerge) -> Heads {
    document.get_heads().iter().map(ToString::to_string).collect()
}

/// Reads heads. A text that is not a hash is left out. The other side then only sends more than
/// necessary.
#[must_use]
pub fn parse_heads(heads: &[String]) -> Vec<ChangeHash> {
    heads.iter().filter_map(|hash| hash.parse().ok()).collect()
}

/// Whether a document has a change.
#[must_use]
pub fn contains(document: &Automerge, change: &ChangeHash) -> bool {
    document.get_change_meta_by_hash(change).is_some()
}

/// Whether the `later` heads include every change that the `earlier` heads include. Both must be
/// heads of this document.
#[must_use]
pub fn has_all_of(document: &Automerge, earlier: &[ChangeHash], later: &[ChangeHash]) -> bool {
    let missing = document.get_changes_meta(later);
    !missing.iter().any(|change| earlier.contains(&change.hash))
}

#[cfg(test)]
mod tests;
