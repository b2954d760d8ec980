//! Imports a file of contracts: it changes the store in one transaction, or not at all.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use calloff_core::calendar::Date;
use calloff_core::contract::{Contract, ContractStatus};
use calloff_core::ids::{ContractId, LocationId};
use calloff_core::location::{Location, LocationTree};
use sha2::{Digest, Sha256};

use super::change::{Changes, Summary, VersionChange, changes};
use super::source::{Source, read_file};
use super::{ContractsFile, meaning};
use crate::exchange::amend::{Change, Missing, Plan};
use crate::exchange::difference::{Described, Difference, Thing, conflicts};
use crate::exchange::import::{file_name, log};
use crate::exchange::json::Problems;
use crate::exchange::leaving::{self, Leaving};
use crate::exchange::{ImportError, text};
use crate::storage::audit::Doing;
use crate::storage::contracts::{
    StoredVersion, put_draft, put_version, replace_sourcing_rules, replace_tie_decision, set_status,
};
use crate::storage::hanging::end_codes_of_left_sites;
use crate::storage::organisation::{put_exchange_rates, put_item, put_location, put_supplier};
use crate::storage::{ServerStore, StorageError, WriteTransaction};

/// The options for importing a file of contracts.
#[derive(Debug, Clone)]
pub struct ContractsOptions {
    /// The day of the import, at the site where the day begins first.
    pub today: Date,
    /// The person who imports, for the audit log.
    pub doing: Doing,
    /// Write nothing. Only say what would be written.
    pub dry_run: bool,
    /// Whether contracts may move to another supplier.
    pub may_change_supplier: bool,
    /// What happens to sites that the file turns into groups. Without it, such a file is refused.
    pub missing: Option<Missing>,
}

/// Imports a file of contracts. New versions become drafts, which can then be published. It passes
/// the summary to `say` before it writes anything.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_contracts(
    store: &ServerStore,
    file: &Path,
    options: &ContractsOptions,
    say: impl FnOnce(&Summary),
) -> Result<Summary, ImportError> {
    let file_hash = hash(file)?;
    let as_of = store.as_of().await?;
    let mut stored = ContractsFile::stored_headers(store).await?;
    let whole = async |id: &ContractId, version: u32| store.contract(id, version).await;
    let changes = read(Source::File(file), &mut stored, options.may_change_supplier, whole).await?;
    let mut changes = changes.map_err(|problems| ImportError::Refused(Box::new(problems)))?;
    let (before, after) = (&stored.locations, &changes.locations);
    let groups = leaving::becoming_groups(store, before, after, options.doing.at).await?;
    settle_leaving(&mut changes, groups, before, options.missing)?;
    drop(stored);
    if !changes.versions.is_empty() {
        changes.summary.plans = plans(&changes.versions, store.contract_versions().await?);
    }
    changes.summary.dry_run = options.dry_run;
    say(&changes.summary);
    if options.dry_run {
        return Ok(changes.summary);
    }

    let mut write = store.write_as_of(as_of).await?;
    apply(&mut write, &changes).await?;
    let figures = changes.summary.figures();
    let doing = (options.today, &options.doing);
    log(&mut write, "contracts", &file_name(file), file_hash, doing, &figures).await?;
    write.commit().await?;
    Ok(changes.summary)
}

/// Decides about sites that would become groups: they do, or they stay as they are stored.
fn settle_leaving(
    changes: &mut Changes,
    leaving: Vec<Leaving>,
    stored: &[Location],
    missing: Option<Missing>,
) -> Result<(), ImportError> {
    if leaving.is_empty() {
        return Ok(());
    }
    match missing {
        None => Err(ImportError::SitesLeave(leaving)),
        Some(Missing::End) => {
            changes.summary.leaving = leaving;
            Ok(())
        }
        Some(Missing::Keep) => {
            let stays = |id: &str| leaving.iter().any(|leaving| leaving.location.as_str() == id);
            changes.locations.retain(|location| !stays(location.id.as_str()));
            let is_change =
                |change: &Described| change.kind != Thing::Location || !stays(&change.id);
            changes.summary.described.retain(is_change);
            changes.summary.locations.changed -= leaving.len();
            changes.summary.locations.unchanged += leaving.len();
            let given: HashMap<&LocationId, &Location> =
                changes.locations.iter().map(|location| (&location.id, location)).collect();
            let kept = stored.iter().filter(|location| !given.contains_key(&location.id));
            LocationTree::new(kept.chain(&changes.locations).cloned()).map_err(|error| {
                ImportError::Conflict(format!("{error}: with --missing keep, sites stay sites"))
            })?;
            Ok(())
        }
    }
}

/// The changes of the drafts in a file. Each is compared with the version before it in time, or
/// with the draft that it replaces.
fn plans(
    changes: &[VersionChange],
    mut stored: BTreeMap<ContractId, Vec<StoredVersion>>,
) -> Vec<Plan> {
    let mut drafts = Vec::new();
    for change in changes {
        let (VersionChange::Add(contract) | VersionChange::Redraft(contract)) = change else {
            continue;
        };
        let versions = stored.entry(contract.id.clone()).or_default();
        let place =
            versions.iter().position(|version| version.contract.version == contract.version);
        let before = place.map(|place| versions.remove(place).contract);
        versions.push(StoredVersion::new(contract.clone()));
        if contract.status == ContractStatus::Draft {
            drafts.push((contract, before));
        }
    }
    let plan = |(contract, before): (&Contract, Option<Contract>)| {
        let versions = &stored[&contract.id];
        let earlier = versions.iter().filter(|other| {
            other.is_live()
                && other.contract.version != contract.version
                && other.contract.place_in_time() < contract.place_in_time()
        });
        let change = if before.is_some() { Change::Redraft } else { Change::Amendment };
        let before = before
            .or_else(|| Some(earlier.max_by_key(|other| other.place_in_time())?.contract.clone()));
        Plan {
            contract: contract.id.clone(),
            change: if before.is_some() { change } else { Change::New },
            version: contract.version,
            effective_from: contract.amendment.as_ref().map(|amendment| amendment.effective_from),
            difference: Difference::between(before.as_ref(), contract),
            left_out: Vec::new(),
            missing: Missing::default(),
            conflicts: before
                .map(|before| conflicts(&before, contract, versions))
                .unwrap_or_default(),
            notes: Vec::new(),
            draft: None,
        }
    };
    drafts.into_iter().map(plan).collect()
}

/// The SHA-256 hash of a file, which is read in pieces.
fn hash(file: &Path) -> Result<[u8; 32], ImportError> {
    let failed = |source| ImportError::File { path: file.display().to_string(), source };
    let mut bytes = BufReader::new(File::open(file).map_err(failed)?);
    text::check_signature(bytes.fill_buf().map_err(failed)?)?;
    let mut digest = Sha256::new();
    loop {
        let piece = bytes.fill_buf().map_err(failed)?;
        if piece.is_empty() {
            return Ok(digest.finalize().into());
        }
        digest.update(piece);
        let length = piece.len();
        bytes.consume(length);
    }
}

/// What a file changes. All errors of form are found at once, then all errors of meaning.
pub(super) async fn read(
    source: Source<'_>,
    stored: &mut ContractsFile,
    may_change_supplier: bool,
    whole: impl AsyncFnMut(&ContractId, u32) -> Result<Option<Contract>, StorageError>,
) -> Result<Result<Changes, Problems>, ImportError> {
    let file = match read_file(source, stored, whole).await? {
        Ok(file) => file,
        Err(problems) => return Ok(Err(problems)),
    };
    meaning::check(stored, &file);
    let changes = changes(stored, may_change_supplier, &file);
    Ok(if file.is_right() { Ok(changes) } else { Err(file.into_problems()?) })
}

async fn apply(write: &mut WriteTransaction, changes: &Changes) -> Result<(), StorageError> {
    if let Some(rates) = &changes.exchange_rates {
        put_exchange_rates(write, rates).await?;
    }
    for location in &changes.locations {
        put_location(write, location).await?;
    }
    if !changes.summary.leaving.is_empty() {
        end_codes_of_left_sites(write).await?;
    }
    for supplier in &changes.suppliers {
        put_supplier(write, supplier).await?;
    }
    for item in &changes.items {
        put_item(write, item).await?;
    }
    for change in &changes.versions {
        match change {
            VersionChange::Add(contract) => put_version(write, contract).await?,
            VersionChange::Redraft(contract) => put_draft(write, contract).await?,
            VersionChange::SetStatus(id, version, status) => {
                set_status(write, id, *version, *status).await?
            }
        }
    }
    if let Some(rules) = &changes.sourcing_rules {
        replace_sourcing_rules(write, rules).await?;
    }
    for decision in &changes.tie_decisions {
        replace_tie_decision(write, decision).await?;
    }
    Ok(())
}
