//! Orders and sites' settings as Automerge documents. The only place that knows a key or an object
//! id.
//!
//! A document starts from its kind's byte-identical [`genesis`] change, so that two tablets share
//! its root objects. Each intent is one change ([`mod@write`]); who and when stand in the change's
//! message and time. [`read()`] gives the state and what looked odd, and never fails on what a
//! merge left behind.

pub mod genesis;
pub mod read;
#[cfg(test)]
mod saved;
pub(crate) mod schema;
pub mod write;

pub use read::{Anomaly, read, read_order, read_site};

use std::collections::HashSet;

use automerge::{ActorId, Automerge, ChangeHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{DeviceId, DocumentId, IntentId};
use crate::order::OrderState;
use crate::site::SiteState;
use crate::wire::{DocumentKind, Heads};
use schema::Schema;

/// Why bytes are no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Automerge cannot load them.
    #[error("the document's bytes cannot be loaded: {0}")]
    Unreadable(String),
    /// They do not start from a genesis change.
    #[error("the document does not start from a first change that Calloff writes")]
    NotADocument,
    /// A later version of the app began it.
    #[error(
        "this {kind} was written by a newer version of the app (schema {version}): update the app to open it"
    )]
    NewerSchema {
        /// What it says it is.
        kind: String,
        /// The version of its schema.
        version: u32,
    },
    /// Its stored copy is damaged, and the server's has not come yet.
    #[error(
        "the copy on this tablet is damaged; it comes back with the next contact to head office"
    )]
    Lost,
    /// Automerge refused an operation.
    #[error("the document could not be written: {0}")]
    NotWritten(String),
}

/// The state of a document, by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// Of an order.
    Order(Box<OrderState>),
    /// Of a site's settings.
    Site(SiteState),
}

impl DocumentState {
    /// The order, where it is one.
    #[must_use]
    pub fn order(&self) -> Option<&OrderState> {
        match self {
            Self::Order(order) => Some(order),
            Self::Site(_) => None,
        }
    }

    /// A site's settings, where it is those.
    #[must_use]
    pub fn site(&self) -> Option<&SiteState> {
        match self {
            Self::Site(site) => Some(site),
            Self::Order(_) => None,
        }
    }
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

/// What a document is.
///
/// # Errors
/// [`DocumentError::NotADocument`], [`DocumentError::NewerSchema`].
pub fn kind(document: &Automerge) -> Result<DocumentKind, DocumentError> {
    Schema::of(document).map(Schema::kind)
}

/// Bytes of an actor that name device and document.
const ACTOR_PREFIX_BYTES: usize = 12;

/// The actor under which a device writes a document: 12 bytes of a hash of both, and the epoch,
/// big-endian.
///
/// The epoch grows whenever the tablet's copy was replaced by the server's: what it wrote before
/// under the same sequence numbers never meets what it writes after.
#[must_use]
pub fn actor(device: &DeviceId, document: &DocumentId, epoch: u32) -> ActorId {
    let mut bytes = actor_prefix(b"device", device.as_bytes(), document).to_vec();
    bytes.extend(epoch.to_be_bytes());
    ActorId::from(bytes)
}

/// The actor under which the server writes a document.
#[must_use]
pub fn server_actor(document: &DocumentId) -> ActorId {
    let mut bytes = actor_prefix(b"server", &[], document).to_vec();
    bytes.extend(0_u32.to_be_bytes());
    ActorId::from(bytes)
}

/// Whether an actor is of this device in this document, in whatever epoch.
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

/// What a change's message says, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNote {
    /// The intent that it carries out.
    pub intent: IntentId,
    /// Who: the display name.
    pub by: String,
}

/// The intent that a change's message names, if it names one.
#[must_use]
pub fn intent_of(message: Option<&str>) -> Option<IntentId> {
    let note: ChangeNote = serde_json::from_str(message?).ok()?;
    Some(note.intent)
}

/// The intents that the changes of a document carry.
#[must_use]
pub fn intents(document: &Automerge) -> HashSet<IntentId> {
    let changes = document.get_changes_meta(&[]);
    changes.iter().filter_map(|change| intent_of(change.message.as_deref())).collect()
}

/// The heads of a document, as they travel.
#[must_use]
pub fn heads(document: &Automerge) -> Heads {
    document.get_heads().iter().map(ToString::to_string).collect()
}

/// Reads heads; what is no hash is left out, which only makes the other side send more.
#[must_use]
pub fn parse_heads(heads: &[String]) -> Vec<ChangeHash> {
    heads.iter().filter_map(|hash| hash.parse().ok()).collect()
}

/// Whether a document holds a change.
#[must_use]
pub fn contains(document: &Automerge, change: &ChangeHash) -> bool {
    document.get_change_meta_by_hash(change).is_some()
}

/// Whether `later` heads contain everything that `earlier` heads contain; both are of this
/// document.
#[must_use]
pub fn has_all_of(document: &Automerge, earlier: &[ChangeHash], later: &[ChangeHash]) -> bool {
    let missing = document.get_changes_meta(later);
    !missing.iter().any(|change| earlier.contains(&change.hash))
}

#[cfg(test)]
mod tests;
