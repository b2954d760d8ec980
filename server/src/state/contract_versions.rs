use std::collections::BTreeMap;
use std::sync::Arc;

use calloff_core::contract::{Contract, PriceHistory, PricesSince};
use calloff_core::ids::{ContractId, LineId};
use tokio::sync::Mutex;

use crate::error::ServiceError;
use crate::storage::ServerStore;
use crate::storage::contracts::VersionHeader;

/// The number of versions that are kept ready. A version of 20,000 lines takes some 20 MB.
const KEPT: usize = 4;

/// A version of a contract with its lines.
#[derive(Debug)]
pub struct ReadVersion {
    /// The version. Its status may be outdated, because the status changes without the content.
    pub contract: Contract,
    /// Since when each line has its prices, by line.
    pub prices: BTreeMap<LineId, PricesSince>,
}

/// A version with those before it: the contract, and the versions by number, the last in time
/// first.
type Key = (ContractId, Vec<u32>);

/// Published versions in the order of their last use, the latest at the end. The content of a
/// published version never changes.
#[derive(Default)]
pub struct ContractVersions(Mutex<Vec<(Key, Arc<ReadVersion>)>>);

impl ContractVersions {
    /// A version, from memory or from the store. `chain` has its header and then those of the
    /// published versions before it, the last in time first. `None` if the store has no such
    /// version.
    pub async fn get(
        &self,
        store: &ServerStore,
        chain: &[&VersionHeader],
    ) -> Result<Option<Arc<ReadVersion>>, ServiceError> {
        let Some(header) = chain.first() else { return Ok(None) };
        if header.stored.is_draft() {
            return Ok(read(store, chain).await?.map(Arc::new));
        }
        let numbers = chain.iter().map(|header| header.stored.contract.version).collect();
        let key: Key = (header.stored.contract.id.clone(), numbers);
        // The lock is held while a version is read. Another request for it waits, and does not read
        // it again.
        let mut kept = self.0.lock().await;
        let found = kept.iter().position(|(kept, _)| *kept == key).map(|place| kept.remove(place));
        let entry = match found {
            Some(entry) => entry,
            None => match read(store, chain).await? {
                Some(version) => (key, Arc::new(version)),
                None => return Ok(None),
            },
        };
        let version = Arc::clone(&entry.1);
        kept.push(entry);
        if kept.len() > KEPT {
            kept.remove(0);
        }
        Ok(Some(version))
    }
}

async fn read(
    store: &ServerStore,
    chain: &[&VersionHeader],
) -> Result<Option<ReadVersion>, ServiceError> {
    let Some((header, earlier)) = chain.split_first() else { return Ok(None) };
    let Contract { id, version, .. } = &header.stored.contract;
    let Some(contract) = store.contract(id, *version).await? else { return Ok(None) };
    let mut history = PriceHistory::new(&contract.lines, header.first_day());
    for before in earlier {
        if history.is_complete() {
            break;
        }
        let Contract { id, version, .. } = &before.stored.contract;
        if let Some(contract) = store.contract(id, *version).await? {
            history.go_back(&contract.lines, before.first_day());
        }
    }
    let prices = history.finish();
    Ok(Some(ReadVersion { contract, prices }))
}
