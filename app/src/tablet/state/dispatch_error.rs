//! Why a command of a person was not carried out.

use calloff_core::ids::IdError;
use calloff_core::sync::ReplicaError;
use serde::{Deserialize, Serialize};

use crate::i18n::{Language, Sentence};
use crate::platform::ids::NoRandomness;
use crate::platform::kv_store::KvError;

/// Why a command was not carried out. Nothing changed, neither on the screen nor on the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    #[error(transparent)]
    Refused(#[from] ReplicaError),
    /// The disk did not store it, so it was not done.
    #[error(transparent)]
    NotSaved(#[from] KvError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    BadId(#[from] IdError),
    /// The leading tab did not do it.
    #[error("{}", .0.reason.in_language(Language::English))]
    InLeadingTab(Undone),
    /// Nobody has said who is at the tablet.
    #[error("choose who is ordering first")]
    NobodyOrders,
}

/// Why the leading tab did not do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// True if the disk did not store it. False if it was not done for another reason, for example
    /// a rule.
    pub is_not_saved: bool,
    pub reason: Sentence,
}
