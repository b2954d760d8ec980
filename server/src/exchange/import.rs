//! Imports: a file and a mapping change the store in one transaction, or not at all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use calloff_core::calendar::Date;
use calloff_core::catalogue::ExchangeRates;
use calloff_core::contract::Contract;
use calloff_core::ids::{ContractId, LocationId, PersonId};
use calloff_core::item::Item;
use calloff_core::location::{Location, Site};
use calloff_core::money::Currency;
use calloff_core::supplier::{OrderChannel, Supplier};
use calloff_core::wire::AuditAct;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use super::amend::{Change, Occasion, change, odd_moves};
use super::mapping::{PriceListMapping, SitesMapping};
use super::price_list::{self, ListedContract, PriceList};
use super::report::{Finding, Report};
use super::sites::{self, SiteTree};
use super::{ImportError, sites::SitesError};
use crate::storage::audit::{Act, Doing, record};
use crate::storage::contracts::put_draft;
use crate::storage::imports::{ImportRecord, log_import};
use crate::storage::organisation::{put_exchange_rates, put_item, put_supplier, replace_locations};
use crate::storage::{StorageError, Store};

/// Bytes of a file. The real list has 4 MB for 21,160 rows; ten times that, read and decoded, stays below 300 MB of memory.
const FILE_BYTES: u64 = 48 * 1024 * 1024;

/// How an import is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who imports, for the audit log.
    pub doing: Doing,
    /// The day of the import (UTC).
    pub today: Date,
    /// The first day of amendments.
    pub effective_from: Date,
    /// Who becomes accountable for the contracts.
    pub owner: Option<PersonId>,
    /// Import the rows that can be read although others cannot.
    pub skip_bad_rows: bool,
}

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct Imported<S> {
    /// In numbers.
    pub summary: S,
    /// Row by row.
    #[serde(flatten)]
    pub report: Report,
}

/// What the import of a price list did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PriceListSummary {
    /// Lines read.
    pub lines: usize,
    /// Contracts read.
    pub contracts: usize,
    /// Suppliers read.
    pub suppliers: usize,
    /// Items read.
    pub items: usize,
    /// Contracts that were new.
    pub new_contracts: usize,
    /// Contracts that have an amendment now, to be published.
    pub amended_contracts: usize,
    /// Contracts that are as they were.
    pub unchanged_contracts: usize,
    /// Contracts in the store that the list does not mention: they stay.
    pub unmentioned_contracts: usize,
}

/// What the import of a site list did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SitesSummary {
    /// Sites read.
    pub sites: usize,
    /// Nodes of the tree, with the organisation and its groups.
    pub locations: usize,
    /// Sites that were new.
    pub new_sites: usize,
    /// Sites that were there before and are no more.
    pub removed_sites: usize,
}

/// Imports a price list: drafts of new contracts and amendments, to be published.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_price_list(
    store: &Store,
    file: &Path,
    mapping: &PriceListMapping,
    options: &Options,
) -> Result<Imported<PriceListSummary>, ImportError> {
    let bytes = read_file(file)?;
    let file_hash = Sha256::digest(&bytes).into();
    let (list, mut report) = price_list::read(&bytes, mapping)?;
    drop(bytes);
    price_list::check_location(mapping, &store.locations().await?)?;
    accept(&report, options)?;

    let stored = stored_contracts(store).await?;
    let file_name = file_name(file);
    let occasion = Occasion {
        effective_from: options.effective_from,
        rationale: format!("Imported from {file_name} on {}", options.today),
        owner: options.owner.clone(),
    };
    let mut summary = PriceListSummary {
        lines: list.contracts.values().map(|contract| contract.lines.len()).sum(),
        contracts: list.contracts.len(),
        items: list.items.len(),
        unmentioned_contracts: stored.keys().filter(|id| !list.contracts.contains_key(*id)).count(),
        ..PriceListSummary::default()
    };
    let mut drafts = Vec::new();
    for (id, listed) in &list.contracts {
        let versions = stored.get(id).map_or(&[][..], Vec::as_slice);
        match change(id, listed, versions, &occasion) {
            Change::None => summary.unchanged_contracts += 1,
            Change::New(draft) => {
                summary.new_contracts += 1;
                drafts.push(draft);
            }
            Change::Amendment(draft) => {
                summary.amended_contracts += 1;
                doubt_moves(listed, versions, &draft, &mut report);
                drafts.push(draft);
            }
        }
    }
    report.sort();
    let suppliers = suppliers(&list);
    summary.suppliers = suppliers.len();
    let changed_items = changed_items(&list, store.items().await?)?;
    let known: HashSet<_> = store.suppliers().await?.into_iter().map(|supplier| supplier.id).collect();
    let rates = store.exchange_rates().await?;

    let mut write = store.write().await?;
    set_currency(&mut write, rates, mapping.constants.currency).await?;
    for supplier in suppliers.iter().filter(|supplier| !known.contains(&supplier.id)) {
        put_supplier(&mut write, supplier).await?;
    }
    for item in &changed_items {
        put_item(&mut write, item).await?;
    }
    for draft in &drafts {
        put_draft(&mut write, draft).await?;
    }
    log(&mut write, "price-list", &file_name, file_hash, (options.today, &options.doing), &summary).await?;
    write.commit().await.map_err(StorageError::from)?;
    Ok(Imported { summary, report })
}

/// Imports the sites: the location tree becomes what the list says.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_sites(
    store: &Store,
    file: &Path,
    mapping: &SitesMapping,
    options: &Options,
) -> Result<Imported<SitesSummary>, ImportError> {
    let bytes = read_file(file)?;
    let (mut tree, report) = sites::read(&bytes, mapping)?;
    accept(&report, options)?;
    if tree.sites == 0 {
        return Err(SitesError::NoSites.into());
    }
    let before = store.locations().await?;
    check_root(&before, mapping)?;
    keep_site_details(&mut tree, &before);
    check_references(store, &tree).await?;

    let is_site = |location: &&Location| location.site.is_some();
    let ids = |locations: &[Location]| -> HashSet<LocationId> {
        locations.iter().filter(is_site).map(|location| location.id.clone()).collect()
    };
    let (old, new) = (ids(&before), ids(&tree.locations));
    let summary = SitesSummary {
        sites: tree.sites,
        locations: tree.locations.len(),
        new_sites: new.difference(&old).count(),
        removed_sites: old.difference(&new).count(),
    };
    let rates = store.exchange_rates().await?;
    let mut write = store.write().await?;
    set_currency(&mut write, rates, mapping.site.currency).await?;
    replace_locations(&mut write, &tree.locations).await?;
    let file_hash = Sha256::digest(&bytes).into();
    log(&mut write, "sites", &file_name(file), file_hash, (options.today, &options.doing), &summary).await?;
    write.commit().await.map_err(StorageError::from)?;
    Ok(Imported { summary, report })
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let error = |source| ImportError::File { path: path.display().to_string(), source };
    let bytes = std::fs::metadata(path).map_err(error)?.len();
    if bytes > FILE_BYTES {
        return Err(ImportError::TooLarge { path: path.display().to_string(), bytes, limit: FILE_BYTES });
    }
    std::fs::read(path).map_err(error)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn accept(report: &Report, options: &Options) -> Result<(), ImportError> {
    if report.refused().next().is_some() && !options.skip_bad_rows {
        return Err(ImportError::RowsRefused(Box::new(report.clone())));
    }
    Ok(())
}

async fn stored_contracts(store: &Store) -> Result<BTreeMap<ContractId, Vec<Contract>>, StorageError> {
    let mut stored: BTreeMap<ContractId, Vec<Contract>> = BTreeMap::new();
    for contract in store.contracts().await? {
        stored.entry(contract.id.clone()).or_default().push(contract);
    }
    Ok(stored)
}

/// Remarks prices far from those of the version before.
fn doubt_moves(listed: &ListedContract, versions: &[Contract], draft: &Contract, report: &mut Report) {
    let Some(before) = versions.iter().rev().find(|version| version.version < draft.version) else { return };
    for (line, then, now) in odd_moves(before, draft) {
        let row = listed.rows.get(line).copied().unwrap_or(listed.first_row);
        let reason = format!("the price of line {line} of contract {} was {then} and is now {now}", draft.id);
        report.doubt(row, Finding::OddPrice, None, reason);
    }
}

/// The suppliers of a list; it knows no more of them than the name.
fn suppliers(list: &PriceList) -> Vec<Supplier> {
    let names: std::collections::BTreeSet<_> = list.contracts.values().map(|contract| &contract.supplier).collect();
    let supplier = |id: &calloff_core::ids::SupplierId| Supplier {
        id: id.clone(),
        name: id.to_string(),
        order_channel: OrderChannel::default(),
        currency: None,
    };
    names.into_iter().map(supplier).collect()
}

/// The items that are new or described anew. What the list does not know (GTINs, substitutes) stays.
fn changed_items(list: &PriceList, stored: Vec<Item>) -> Result<Vec<Item>, ImportError> {
    let stored: HashMap<_, _> = stored.into_iter().map(|item| (item.id.clone(), item)).collect();
    let mut changed = Vec::new();
    for item in list.items.values() {
        let Some(before) = stored.get(&item.id) else {
            changed.push(item.clone());
            continue;
        };
        if before.base_unit != item.base_unit {
            return Err(ImportError::Conflict(format!(
                "item {} is counted in {} and the list counts it in {}: give the mapping the unit and the content that \
                 convert between them",
                item.id, before.base_unit, item.base_unit
            )));
        }
        let item = Item { gtins: before.gtins.clone(), substitutes: before.substitutes.clone(), ..item.clone() };
        if item != *before {
            changed.push(item);
        }
    }
    Ok(changed)
}

/// The first import settles in which currency prices are compared.
async fn set_currency(
    connection: &mut SqliteConnection,
    rates: Option<ExchangeRates>,
    currency: Currency,
) -> Result<(), StorageError> {
    match rates {
        Some(_) => Ok(()),
        None => put_exchange_rates(connection, &ExchangeRates::single(currency)).await,
    }
}

fn check_root(before: &[Location], mapping: &SitesMapping) -> Result<(), ImportError> {
    match before.iter().find(|location| location.parent.is_none()) {
        Some(root) if root.id != mapping.root.id => Err(ImportError::Conflict(format!(
            "this data folder belongs to the organisation {} ({}), the mapping is for {}: use another --data folder",
            root.id, root.name, mapping.root.id
        ))),
        _ => Ok(()),
    }
}

/// A list of sites knows no addresses: what people entered stays.
fn keep_site_details(tree: &mut SiteTree, before: &[Location]) {
    let before: HashMap<&LocationId, &Site> =
        before.iter().filter_map(|location| Some((&location.id, location.site.as_ref()?))).collect();
    for location in &mut tree.locations {
        if let (Some(site), Some(before)) = (&mut location.site, before.get(&location.id)) {
            site.gln.clone_from(&before.gln);
            site.address.clone_from(&before.address);
            site.delivery_instructions.clone_from(&before.delivery_instructions);
        }
    }
}

/// Contracts and the source list name nodes of the tree, which must stay.
async fn check_references(store: &Store, tree: &SiteTree) -> Result<(), ImportError> {
    let nodes: HashSet<&LocationId> = tree.locations.iter().map(|location| &location.id).collect();
    let contracts = store.contracts().await?;
    let rules = store.sourcing_rules().await?;
    let named_by_contracts = contracts.iter().flat_map(|contract| {
        let territories = contract.lines.iter().filter_map(|line| line.territory.as_deref());
        let scopes = std::iter::once(&contract.scope).chain(territories);
        let named = scopes.flat_map(|scope| scope.included.iter().chain(&scope.excluded));
        named.map(|node| (node, format!("contract {}", contract.id)))
    });
    let named_by_rules = rules.iter().map(|rule| (&rule.location, "a sourcing rule".to_owned()));
    match named_by_contracts.chain(named_by_rules).find(|(node, _)| !nodes.contains(node)) {
        Some((node, by)) => Err(ImportError::Conflict(format!(
            "{by} names the location {node}, which the new list does not have: keep it in the list, or amend {by} first"
        ))),
        None => Ok(()),
    }
}

/// Writes an import down, and in the audit log that somebody did it.
pub(super) async fn log(
    connection: &mut SqliteConnection,
    kind: &str,
    file_name: &str,
    file_hash: [u8; 32],
    (today, doing): (Date, &Doing),
    summary: &impl Serialize,
) -> Result<(), StorageError> {
    let summary = serde_json::to_string(summary)?;
    let hash: String = file_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let act = Act::new(AuditAct::Imported, file_name).with("kind", kind).with("sha256", hash);
    record(connection, doing, &act.with("summary", &summary)).await?;
    log_import(connection, &ImportRecord { kind, file_name, file_hash, imported_on: today, summary }).await
}
