//! Drafts of contracts: what waits to be published, what it changes, and taking it back.

use calloff_core::calendar::Date;
use calloff_core::contract::{Contract, ContractStatus};
use calloff_core::ids::ContractId;
use calloff_core::wire::AuditAct;
use serde::Serialize;

use crate::exchange::difference::{Conflict, Difference, conflicts};
use crate::publishing::withdraw::as_draft;
use crate::storage::audit::{self, Act, Doing};
use crate::storage::contracts::{StoredVersion, mark_seen, put_version, set_status};
use crate::storage::{StorageError, Store};

/// Why nothing was done with drafts.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// There is no such draft.
    #[error("contract {0} has no such draft: calloff draft list shows the drafts")]
    Unknown(ContractId),
    /// Several drafts of one contract.
    #[error("contract {0} has several drafts, versions {1}: say which with --number")]
    Several(ContractId, String),
    /// Nothing to bring back.
    #[error(
        "contract {0} has no version {1} that was discarded or withdrawn: calloff draft list --withdrawn shows them"
    )]
    NotWithdrawn(ContractId, u32),
    /// The contract has a draft from that day already.
    #[error("contract {0} has another draft from the same day: discard that one first")]
    Taken(ContractId),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A version that waits, or that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// Of which contract.
    pub contract: ContractId,
    /// Its number.
    pub version: u32,
    /// With whom.
    pub supplier: String,
    /// From when it holds; `None` for a contract that begins, from its own first day.
    pub effective_from: Option<Date>,
    /// Why it was made; empty for a contract that begins.
    pub rationale: String,
    /// Whether somebody looked at it as it now is.
    pub is_seen: bool,
    /// The version that it changes.
    pub amends: Option<u32>,
    /// What it changes.
    pub difference: Difference,
    /// What later versions of the contract take back.
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

/// Which drafts are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those of these contracts, each of which has one.
    Of(Vec<ContractId>),
    /// One version.
    One(ContractId, u32),
}

/// The versions of a status, by contract and number, with what they change.
///
/// # Errors
/// The database failed.
pub async fn versions_with(
    store: &Store,
    status: ContractStatus,
) -> Result<Vec<Draft>, StorageError> {
    let mut found = Vec::new();
    for versions in store.contract_versions().await?.values() {
        let of_status = versions.iter().filter(|version| version.contract.status == status);
        found.extend(of_status.map(|version| Draft::new(version, versions)));
    }
    Ok(found)
}

/// Drafts with what they change; each is noted as looked at.
///
/// # Errors
/// There is no such draft, or the database failed.
pub async fn show(store: &Store, which: &Which, at: i64) -> Result<Vec<Draft>, DraftError> {
    let as_of = store.as_of().await?;
    let drafts = meant(store, which).await?;
    let mut write = store.write_as_of(as_of).await?;
    for draft in &drafts {
        mark_seen(&mut write, &draft.contract, draft.version, at).await?;
    }
    write.commit().await.map_err(StorageError::from)?;
    Ok(drafts)
}

/// Discards drafts. They are kept aside as withdrawn, and [`restore`] brings them back.
///
/// # Errors
/// There is no such draft, or the database failed; nothing was changed.
pub async fn discard(
    store: &Store,
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
    write.commit().await.map_err(StorageError::from)?;
    Ok(drafts)
}

/// Brings a version back that was discarded or withdrawn, as a draft under the contract's next
/// number.
///
/// # Errors
/// There is no such version, or the contract has a draft from its day; nothing was changed.
pub async fn restore(
    store: &Store,
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
    write.commit().await.map_err(StorageError::from)?;
    Ok(draft.version)
}

async fn meant(store: &Store, which: &Which) -> Result<Vec<Draft>, DraftError> {
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
