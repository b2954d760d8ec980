//! Drafts of contracts: lists what waits to be published and what it changes, and discards or
//! restores it.

use calloff_core::calendar::Date;
use calloff_core::contract::{Contract, ContractStatus};
use calloff_core::ids::ContractId;
use calloff_core::wire::AuditAct;
use serde::Serialize;

use crate::exchange::difference::{Conflict, Difference, conflicts};
use crate::publishing::withdraw::as_draft;
use crate::storage::audit::{self, Act, Doing};
use crate::storage::contracts::{StoredVersion, mark_seen, put_version, set_status};
use crate::storage::{ServerStore, StorageError};

/// Why nothing was done with drafts.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The draft does not exist.
    #[error("contract {0} has no such draft: calloff draft list shows the drafts")]
    Unknown(ContractId),
    /// The contract has several drafts.
    #[error("contract {0} has several drafts, versions {1}: say which with --number")]
    Several(ContractId, String),
    /// The version cannot be brought back.
    #[error(
        "contract {0} has no version {1} that was discarded or withdrawn: calloff draft list \
         --withdrawn shows them"
    )]
    NotWithdrawn(ContractId, u32),
    /// The contract already has a draft with that first day.
    #[error("contract {0} has another draft from the same day: discard that one first")]
    Taken(ContractId),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A version that waits to be published, or that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The contract.
    pub contract: ContractId,
    /// The number of the version.
    pub version: u32,
    /// The name of the supplier.
    pub supplier: String,
    /// The first day of the version; `None` for the first version of a contract.
    pub effective_from: Option<Date>,
    /// The reason for the amendment. Empty for the first version of a contract.
    pub rationale: String,
    /// Whether somebody looked at it in its present form.
    pub is_seen: bool,
    /// The version that it changes; `None` for the first version of a contract.
    pub amends: Option<u32>,
    /// The differences from that version.
    pub difference: Difference,
    /// The changes that later versions of the contract do not have.
    pub conflicts: Vec<Conflict>,
}

impl Draft {
    fn new(version: &StoredVersion, versions: &[StoredVersion]) -> Self {
        let contract = &version.contract;
        let earlier = versions.iter().filter(|other| {
            other.is_live()
                && other.contract.version != contract.version
                && other.place_in_time() < version.place_in_time()
        });
        let before =
            earlier.max_by_key(|other| other.place_in_time()).map(|before| &before.contract);
        Self {
            contract: contract.id.clone(),
            version: contract.version,
            supplier: contract.supplier.to_string(),
            effective_from: contract.amendment.as_ref().map(|amendment| amendment.effective_from),
            rationale: contract
                .amendment
                .as_ref()
                .map(|amendment| amendment.rationale.clone())
                .unwrap_or_default(),
            is_seen: version.is_seen,
            amends: before.map(|before| before.version),
            difference: Difference::between(before, contract),
            conflicts: before
                .map(|before| conflicts(before, contract, versions))
                .unwrap_or_default(),
        }
    }
}

/// A choice of drafts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All drafts.
    All,
    /// The drafts of these contracts. Each contract must have exactly one.
    Of(Vec<ContractId>),
    /// One version of a contract.
    One(ContractId, u32),
}

/// The versions with a status, ordered by contract and number, with their differences.
///
/// # Errors
/// The database failed.
pub async fn versions_with(
    store: &ServerStore,
    status: ContractStatus,
) -> Result<Vec<Draft>, StorageError> {
    let mut found = Vec::new();
    for versions in store.contract_versions().await?.values() {
        let of_status = versions.iter().filter(|version| version.contract.status == status);
        found.extend(of_status.map(|version| Draft::new(version, versions)));
    }
    Ok(found)
}

/// The chosen drafts with their differences. Each is recorded as looked at.
///
/// # Errors
/// A draft does not exist, or the database failed.
pub async fn show(store: &ServerStore, which: &Which, at: i64) -> Result<Vec<Draft>, DraftError> {
    let as_of = store.as_of().await?;
    let drafts = meant(store, which).await?;
    let mut write = store.write_as_of(as_of).await?;
    for draft in &drafts {
        mark_seen(&mut write, &draft.contract, draft.version, at).await?;
    }
    write.commit().await?;
    Ok(drafts)
}

/// Discards the chosen drafts. They are kept as withdrawn versions, and [`restore`] brings them
/// back.
///
/// # Errors
/// A draft does not exist, or the database failed. Nothing was changed.
pub async fn discard(
    store: &ServerStore,
    which: &Which,
    doing: &Doing,
) -> Result<Vec<Draft>, DraftError> {
    let as_of = store.as_of().await?;
    let drafts = meant(store, which).await?;
    let mut write = store.write_as_of(as_of).await?;
    for Draft { contract, version, .. } in &drafts {
        set_status(&mut write, contract, *version, ContractStatus::Withdrawn).await?;
        let act = Act::new(AuditAct::DraftDiscarded, contract).with("version", version);
        audit::record(&mut write, doing, &act).await?;
    }
    write.commit().await?;
    Ok(drafts)
}

/// Brings back a version that was discarded or withdrawn, as a draft with the contract's next
/// number.
///
/// # Errors
/// The version does not exist, or the contract has a draft with its first day. Nothing was changed.
pub async fn restore(
    store: &ServerStore,
    contract: &ContractId,
    version: u32,
    doing: &Doing,
) -> Result<u32, DraftError> {
    let as_of = store.as_of().await?;
    let versions = store.contract_versions().await?;
    let versions = versions.get(contract).map_or(&[][..], Vec::as_slice);
    let found = versions.iter().find(|found| found.contract.version == version && !found.is_live());
    let terms =
        found.ok_or_else(|| DraftError::NotWithdrawn(contract.clone(), version))?.contract.clone();
    let draft: Contract =
        as_draft(versions, terms).ok_or_else(|| DraftError::Taken(contract.clone()))?;
    let mut write = store.write_as_of(as_of).await?;
    put_version(&mut write, &draft).await?;
    let act = Act::new(AuditAct::DraftRestored, contract)
        .with("version", version)
        .with("as", draft.version);
    audit::record(&mut write, doing, &act).await?;
    write.commit().await?;
    Ok(draft.version)
}

async fn meant(store: &ServerStore, which: &Which) -> Result<Vec<Draft>, DraftError> {
    let all = versions_with(store, ContractStatus::Draft).await?;
    let of = |contract: &ContractId| {
        all.iter().filter(|draft| draft.contract == *contract).cloned().collect::<Vec<_>>()
    };
    let unknown = |contract: &ContractId| DraftError::Unknown(contract.clone());
    match which {
        Which::All => Ok(all),
        Which::One(contract, version) => {
            let found = of(contract).into_iter().find(|draft| draft.version == *version);
            Ok(vec![found.ok_or_else(|| unknown(contract))?])
        }
        Which::Of(contracts) => {
            let mut meant = Vec::new();
            for contract in contracts {
                let mut found = of(contract);
                match found.len() {
                    0 => return Err(unknown(contract)),
                    1 => meant.append(&mut found),
                    _ => {
                        let versions: Vec<_> =
                            found.iter().map(|draft| draft.version.to_string()).collect();
                        return Err(DraftError::Several(contract.clone(), versions.join(", ")));
                    }
                }
            }
            Ok(meant)
        }
    }
}
