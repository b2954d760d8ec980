//! A file changes the store in one transaction, or not at all.

use std::path::Path;

use calloff_core::calendar::Date;
use sha2::{Digest, Sha256};

use super::change::{Changes, Summary, VersionChange, changes};
use super::{ContractsFile, Found, meaning};
use crate::exchange::ImportError;
use crate::exchange::import::{file_name, log, read_file};
use crate::exchange::json::{self, Findings, Problems};
use crate::exchange::text::{self, Charset};
use crate::storage::audit::Doing;
use crate::storage::contracts::{put_draft, put_version, replace_sourcing_rules, replace_tie_decision, set_status};
use crate::storage::organisation::{put_exchange_rates, put_item, put_location, put_supplier};
use crate::storage::{StorageError, Store, WriteTransaction};

/// Imports a file of contracts: new versions become drafts, to be published.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_contracts(store: &Store, file: &Path, today: Date, doing: &Doing) -> Result<Summary, ImportError> {
    let bytes = read_file(file)?;
    let file_hash = Sha256::digest(&bytes).into();
    let text = text::read(&bytes, Charset::Utf8)?.text;
    let stored = ContractsFile::stored(store).await?;
    let changes = read(&text, &stored).map_err(|problems| ImportError::Refused(Box::new(problems)))?;

    let mut write = store.write().await?;
    apply(&mut write, &changes).await?;
    log(&mut write, "contracts", &file_name(file), file_hash, (today, doing), &changes.summary).await?;
    write.commit().await.map_err(StorageError::from)?;
    Ok(changes.summary)
}

/// What a text changes. All that is wrong with its form is found at once, then all that is wrong with its meaning.
pub(super) fn read(text: &str, stored: &ContractsFile) -> Result<Changes, Problems> {
    let findings = Findings::new(text);
    let root = json::parse(text, &findings);
    let file: Option<ContractsFile> = root.as_ref().and_then(|root| json::read(root, &findings));
    let (Some(root), Some(file)) = (root, file) else { return Err(findings.into_problems()) };
    let found = Found { root: &root, findings: &findings };
    meaning::check(&file, stored, found);
    let changes = changes(&file, stored, found);
    if findings.is_empty() { Ok(changes) } else { Err(findings.into_problems()) }
}

async fn apply(write: &mut WriteTransaction, changes: &Changes) -> Result<(), StorageError> {
    if let Some(rates) = &changes.exchange_rates {
        put_exchange_rates(write, rates).await?;
    }
    for location in &changes.locations {
        put_location(write, location).await?;
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
            VersionChange::SetStatus(id, version, status) => set_status(write, id, *version, *status).await?,
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
