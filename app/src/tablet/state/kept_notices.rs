//! The notices that are on the disk until a person dismisses them.

use calloff_core::sync::SyncNotice;

use crate::platform::kv_store::{KvError, KvStore, StoreName};

/// The beginning of each key in [`StoreName::Meta`].
const PREFIX: &str = "told.";

/// The key under which a notice is kept. `None` for a notice that comes again by itself as long as
/// it holds.
#[must_use]
pub fn key(notice: &SyncNotice) -> Option<String> {
    let of = match notice {
        SyncNotice::MovedToNewDraft { to, .. } => to.to_string(),
        SyncNotice::NotApplied(told) => told.intent.id().to_string(),
        SyncNotice::ServerRestored { .. } => "restored".to_owned(),
        SyncNotice::HeldBack { .. }
        | SyncNotice::Unreadable { .. }
        | SyncNotice::UpdateNeeded { .. } => return None,
    };
    Some(format!("{PREFIX}{of}"))
}

/// All kept notices that nobody dismissed. Notices that cannot be read are left out.
///
/// # Errors
/// The storage cannot be read.
pub async fn kept(store: &impl KvStore) -> Result<Vec<SyncNotice>, KvError> {
    let kept = store.list(StoreName::Meta, PREFIX).await?;
    Ok(kept.into_iter().filter_map(|(_, bytes)| serde_json::from_slice(&bytes).ok()).collect())
}
