use axum::body::Bytes;
use calloff_core::catalogue::release::ReleaseError;
use ed25519_dalek::VerifyingKey;
use tokio::sync::Mutex;

use crate::error::ServiceError;
use crate::publishing::opened::{OpenError, OpenedRelease};
use crate::storage::ServerStore;

/// The number of differences that are kept ready, some kilobytes each: from the last few releases,
/// which tablets have, to the newest ones.
const KEPT: usize = 16;

/// Differences between releases in the order of their last use, the latest at the end. Releases
/// never change, so none is ever outdated.
#[derive(Default)]
pub struct Differences(Mutex<Vec<Kept>>);

struct Kept {
    /// The new release, and the base.
    between: (u64, u64),
    /// `None` when whole chunks are shorter.
    difference: Option<Bytes>,
}

impl Differences {
    /// The difference that a tablet with release `base` fetches of release `number`.
    pub async fn get(
        &self,
        store: &ServerStore,
        key: &VerifyingKey,
        number: u64,
        base: u64,
    ) -> Result<Option<Bytes>, ServiceError> {
        // The lock is held while a difference is made. After a release every tablet asks for the
        // same one, and it is made once.
        let mut kept = self.0.lock().await;
        let between = (number, base);
        let found =
            kept.iter().position(|kept| kept.between == between).map(|place| kept.remove(place));
        let entry = match found {
            Some(entry) => entry,
            None => Kept { between, difference: make(store, key, number, base).await? },
        };
        let difference = entry.difference.clone();
        kept.push(entry);
        if kept.len() > KEPT {
            kept.remove(0);
        }
        Ok(difference)
    }
}

async fn make(
    store: &ServerStore,
    key: &VerifyingKey,
    number: u64,
    base: u64,
) -> Result<Option<Bytes>, ServiceError> {
    let (Some(next), Some(base)) = (store.release(number).await?, store.release(base).await?)
    else {
        return Ok(None);
    };
    let open = async |release| match OpenedRelease::open(store, key, release).await {
        Ok(opened) => Ok(Some(opened)),
        // Nothing can be made from a release in an older format.
        Err(OpenError::Release(ReleaseError::OldFormat(_))) => Ok(None),
        Err(error) => {
            Err(ServiceError::Internal(format!("release {}: {error}", release.issue.number)))
        }
    };
    let (Some(next), Some(base)) = (open(&next).await?, open(&base).await?) else {
        return Ok(None);
    };
    let made = tokio::task::spawn_blocking(move || next.difference_from(&base)).await?;
    match made {
        Ok(difference) => Ok(Some(difference.into())),
        Err(ReleaseError::Difference(..)) => Ok(None),
        Err(error) => Err(ServiceError::Internal(format!("release {number}: {error}"))),
    }
}
