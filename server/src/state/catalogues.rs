use std::sync::Arc;

use calloff_core::catalogue::Catalogue;
use ed25519_dalek::VerifyingKey;
use tokio::sync::Mutex;

use crate::error::ServiceError;
use crate::publishing::opened::OpenedRelease;
use crate::storage::ServerStore;

/// The number of releases that are kept ready: the one in force, the previous one that offline
/// tablets still use, and two more. The real list of 21,160 lines takes some 30 MB for each.
const KEPT: usize = 4;

/// Releases in the order of their last use, the latest at the end. Releases never change, so none
/// is ever outdated.
#[derive(Default)]
pub struct Catalogues(Mutex<Vec<(u64, Arc<Catalogue>)>>);

impl Catalogues {
    /// A release, from memory or built from its chunks.
    pub async fn get(
        &self,
        store: &ServerStore,
        key: &VerifyingKey,
        number: u64,
    ) -> Result<Option<Arc<Catalogue>>, ServiceError> {
        // The lock is held while a release is built. Another request for it waits, and does not
        // build it again.
        let mut kept = self.0.lock().await;
        let found =
            kept.iter().position(|(kept, _)| *kept == number).map(|place| kept.remove(place));
        let entry = match found {
            Some(entry) => entry,
            None => match build(store, key, number).await? {
                Some(catalogue) => (number, Arc::new(catalogue)),
                None => return Ok(None),
            },
        };
        let catalogue = Arc::clone(&entry.1);
        kept.push(entry);
        if kept.len() > KEPT {
            kept.remove(0);
        }
        Ok(Some(catalogue))
    }
}

async fn build(
    store: &ServerStore,
    key: &VerifyingKey,
    number: u64,
) -> Result<Option<Catalogue>, ServiceError> {
    let Some(release) = store.release(number).await? else { return Ok(None) };
    let broken = |error: &dyn std::fmt::Display| {
        ServiceError::Internal(format!("release {number}: {error}"))
    };
    let opened = OpenedRelease::open(store, key, &release).await.map_err(|error| broken(&error))?;
    let built = tokio::task::spawn_blocking(move || {
        let content = opened.content().map_err(|error| error.to_string())?;
        Catalogue::build(content).map_err(|error| error.to_string())
    });
    Ok(Some(built.await?.map_err(|error| broken(&error))?))
}
