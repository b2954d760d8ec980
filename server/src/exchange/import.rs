//! Imports: a file and a mapping change the store in one transaction, or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use calloff_core::calendar::Date;
use calloff_core::catalogue::ExchangeRates;
use calloff_core::ids::{ContractId, ItemId, LocationId, PersonId, SupplierId};
use calloff_core::location::{Location, Site};
use calloff_core::money::Currency;
use calloff_core::supplier::{OrderChannel, Supplier};
use calloff_core::wire::AuditAct;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::amend::{Change, Missing, Occasion, Plan, odd_moves, plan};
use super::difference::{Alike, Described, Thing, described};
use super::items::changed_items;
use super::leaving::{self, Leaving};
use super::mapping::{PriceListMapping, SitesMapping};
use super::price_list::{self, ListedContract, PriceList};
use super::report::{Finding, ImportReport};
use super::sites::{self, SiteTree};
use super::{ImportError, Obstacles, sites::SitesError};
use crate::publishing::in_release;
use crate::storage::audit::{Act, Doing, record};
use crate::storage::contracts::{StoredVersion, put_draft};
use crate::storage::hanging::end_codes_of_left_sites;
use crate::storage::imports::{ImportRecord, log_import};
use crate::storage::organisation::{put_exchange_rates, put_item, put_supplier, replace_locations};
use crate::storage::{ServerStore, StorageError, WriteTransaction, hex};

/// The most bytes of a file. The real list has 4 MB for 21,160 rows. A list ten times as large
/// needs less than 300 MB of memory while it is read and decoded.
const FILE_BYTES: u64 = 48 * 1024 * 1024;

/// The options of an import.
#[derive(Debug, Clone)]
pub struct Options {
    /// The person who imports, for the audit log.
    pub doing: Doing,
    /// The day of the import, at the site where the day begins first.
    pub today: Date,
    /// Import the rows that can be read, although others cannot.
    pub skip_bad_rows: bool,
    /// Write nothing. Only say what would be written.
    pub dry_run: bool,
}

/// What a person decides about the import of a price list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// The first day of amendments. Without it, they hold as soon as they are published.
    pub effective_from: Option<Date>,
    /// The new owner of the contracts.
    pub owner: Option<PersonId>,
    /// What happens to lines that the list leaves out.
    pub missing: Missing,
    /// Whether contracts may move to another supplier.
    pub may_change_supplier: bool,
    /// Whether the list of another supplier may give items new descriptions.
    pub may_describe_items: bool,
}

/// The result of an import.
#[derive(Debug, Clone, Serialize)]
pub struct Imported<S> {
    /// The result in numbers.
    pub summary: S,
    /// The remarks about rows.
    #[serde(flatten)]
    pub report: ImportReport,
}

/// The result of importing a price list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PriceListSummary {
    /// The number of lines in the list.
    pub lines: usize,
    /// The number of contracts in the list.
    pub contracts: usize,
    /// The number of suppliers in the list.
    pub suppliers: usize,
    /// The number of items in the list.
    pub items: usize,
    /// The number of new contracts.
    pub new_contracts: usize,
    /// The number of contracts that got a draft of an amendment.
    pub amended_contracts: usize,
    /// The number of contracts that did not change.
    pub unchanged_contracts: usize,
    /// The number of stored contracts that the list does not have. They stay.
    pub unmentioned_contracts: usize,
    /// What happens to each contract that changes, or of which the list leaves lines out.
    pub plans: Vec<Plan>,
    /// The items whose description changes.
    pub items_described: Vec<Described>,
    /// Whether this was a dry run that wrote nothing.
    pub dry_run: bool,
}

/// The result of importing a site list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SitesSummary {
    /// The nodes that leave the tree, with everything that belongs to them.
    pub leaving: Vec<Leaving>,
    /// The number of sites that the list leaves out and that stay, as the person chose.
    pub kept_sites: usize,
    /// Whether this was a dry run that wrote nothing.
    pub dry_run: bool,
    /// The number of sites in the list.
    pub sites: usize,
    /// The number of nodes in the tree, including the organisation and its groups.
    pub locations: usize,
    /// The number of new sites.
    pub new_sites: usize,
    /// The number of sites that left.
    pub removed_sites: usize,
    /// The number of nodes whose name, group, time zone or other facts change.
    pub changed_locations: usize,
    /// The changes of these nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub described: Vec<Described>,
}

/// Imports a price list as drafts of new contracts and amendments, which can then be published. It
/// passes what it will write to `say` before it writes anything.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_price_list(
    store: &ServerStore,
    file: &Path,
    mapping: &PriceListMapping,
    options: &Options,
    list_options: &ListOptions,
    say: impl FnOnce(&Imported<PriceListSummary>),
) -> Result<Imported<PriceListSummary>, ImportError> {
    let bytes = read_file(file)?;
    let file_hash = Sha256::digest(&bytes).into();
    let (list, mut report) = price_list::read(&bytes, mapping)?;
    drop(bytes);
    let as_of = store.as_of().await?;
    price_list::check_location(mapping, &store.locations().await?)?;
    accept(&report, options)?;
    if list_options.missing == Missing::End && report.refused().next().is_some() {
        return Err(ImportError::Conflict(
            "rows were refused, and with --missing end their lines would end too: correct the rows, or leave --missing end out"
                .to_owned(),
        ));
    }

    let stored = store.contract_versions().await?;
    let file_name = file_name(file);
    let occasion = Occasion {
        today: options.today,
        effective_from: list_options.effective_from,
        rationale: format!("Imported from {file_name} on {}", options.today),
        owner: list_options.owner.clone(),
        missing: list_options.missing,
        may_change_supplier: list_options.may_change_supplier,
        knows_unit: mapping.columns.unit.is_some(),
        knows_content: mapping.columns.content.is_some(),
    };
    let mut summary = PriceListSummary {
        lines: list.contracts.values().map(|contract| contract.lines.len()).sum(),
        contracts: list.contracts.len(),
        items: list.items.len(),
        unmentioned_contracts: stored.keys().filter(|id| !list.contracts.contains_key(*id)).count(),
        dry_run: options.dry_run,
        ..PriceListSummary::default()
    };
    let mut obstacles = Obstacles::default();
    for (id, listed) in &list.contracts {
        let versions = stored.get(id).map_or(&[][..], Vec::as_slice);
        match plan(id, listed, versions, &occasion) {
            Ok(plan) => {
                match plan.change {
                    Change::None => summary.unchanged_contracts += 1,
                    Change::New => summary.new_contracts += 1,
                    Change::Amendment | Change::Redraft => summary.amended_contracts += 1,
                }
                doubt_moves(listed, versions, &plan, &mut report);
                if plan.change != Change::None || !plan.left_out.is_empty() {
                    summary.plans.push(plan);
                }
            }
            Err(found) => obstacles.contracts.extend(found),
        }
    }
    let suppliers = suppliers(&list);
    summary.suppliers = suppliers.len();
    let items = store.items().await?;
    let known: BTreeSet<_> =
        store.suppliers().await?.into_iter().map(|supplier| supplier.id).collect();
    let given = suppliers.iter().map(|supplier| supplier.id.as_str());
    doubt_alike(
        Alike::find(Thing::Supplier, given, known.iter().map(SupplierId::as_str)),
        &mut report,
    );
    let given = list.items.keys().map(ItemId::as_str);
    let items_known = items.iter().map(|item| item.id.as_str());
    doubt_alike(Alike::find(Thing::Item, given, items_known), &mut report);
    let given = list.contracts.keys().map(ContractId::as_str);
    let contracts_known = stored.keys().map(ContractId::as_str);
    doubt_alike(Alike::find(Thing::Contract, given, contracts_known), &mut report);
    report.sort();
    let changed = changed_items(&list, items, &stored, list_options.may_describe_items);
    obstacles.items = changed.obstacles;
    if !obstacles.is_empty() {
        return Err(ImportError::Obstacles(Box::new(obstacles)));
    }
    summary.items_described = changed.described;
    let rates = store.exchange_rates().await?;
    let imported = Imported { summary, report };
    say(&imported);
    if options.dry_run {
        return Ok(imported);
    }

    let mut write = store.write_as_of(as_of).await?;
    set_currency(&mut write, rates, mapping.constants.currency).await?;
    for supplier in suppliers.iter().filter(|supplier| !known.contains(&supplier.id)) {
        put_supplier(&mut write, supplier).await?;
    }
    for item in &changed.items {
        put_item(&mut write, item).await?;
    }
    for draft in imported.summary.plans.iter().filter_map(|plan| plan.draft.as_ref()) {
        put_draft(&mut write, draft).await?;
    }
    log(
        &mut write,
        "price-list",
        &file_name,
        file_hash,
        (options.today, &options.doing),
        &imported.summary.figures(),
    )
    .await?;
    write.commit().await?;
    Ok(imported)
}

impl PriceListSummary {
    /// Only the numbers, for the log. The drafts have the changes.
    fn figures(&self) -> Self {
        Self { plans: Vec::new(), items_described: Vec::new(), ..self.clone() }
    }
}

impl SitesSummary {
    /// The summary without the changed fields, for the log.
    fn figures(&self) -> Self {
        Self { described: Vec::new(), ..self.clone() }
    }
}

/// Imports the sites: the location tree becomes that of the list. If the list leaves sites out, a
/// person has to decide whether they stay ([`Missing::Keep`]) or leave ([`Missing::End`]). It
/// passes what it will write to `say` before it writes anything.
///
/// # Errors
/// [`ImportError`]; nothing was changed.
pub async fn import_sites(
    store: &ServerStore,
    file: &Path,
    mapping: &SitesMapping,
    options: &Options,
    missing: Option<Missing>,
    say: impl FnOnce(&Imported<SitesSummary>),
) -> Result<Imported<SitesSummary>, ImportError> {
    let bytes = read_file(file)?;
    let (mut tree, mut report) = sites::read(&bytes, mapping)?;
    accept(&report, options)?;
    if tree.sites == 0 {
        return Err(SitesError::NoSites.into());
    }
    let as_of = store.as_of().await?;
    let before = store.locations().await?;
    check_root(&before, mapping)?;
    let given = tree.locations.iter().map(|location| location.id.as_str());
    let known = before.iter().map(|location| location.id.as_str());
    doubt_alike(Alike::find(Thing::Location, given, known), &mut report);
    let kept_sites =
        if missing == Some(Missing::Keep) { leaving::keep(&mut tree, &before)? } else { 0 };
    keep_site_details(&mut tree, &before);
    let leaving = leaving::find(store, &before, &tree, options.doing.at).await?;
    if missing.is_none() && !leaving.is_empty() {
        return Err(ImportError::SitesLeave(leaving));
    }
    check_references(store, &tree, options.today).await?;

    let is_site = |location: &&Location| location.site.is_some();
    let ids = |locations: &[Location]| -> HashSet<LocationId> {
        locations.iter().filter(is_site).map(|location| location.id.clone()).collect()
    };
    let (old, new) = (ids(&before), ids(&tree.locations));
    let described =
        described(Thing::Location, &before, &tree.locations, |location| location.id.as_str());
    let summary = SitesSummary {
        sites: tree.sites,
        locations: tree.locations.len(),
        new_sites: new.difference(&old).count(),
        removed_sites: old.difference(&new).count(),
        leaving,
        kept_sites,
        changed_locations: described.len(),
        described,
        dry_run: options.dry_run,
    };
    let rates = store.exchange_rates().await?;
    let imported = Imported { summary, report };
    say(&imported);
    if options.dry_run {
        return Ok(imported);
    }
    let mut write = store.write_as_of(as_of).await?;
    set_currency(&mut write, rates, mapping.site.currency).await?;
    replace_locations(&mut write, &tree.locations).await?;
    end_codes_of_left_sites(&mut write).await?;
    let file_hash = Sha256::digest(&bytes).into();
    let doing = (options.today, &options.doing);
    let figures = imported.summary.figures();
    log(&mut write, "sites", &file_name(file), file_hash, doing, &figures).await?;
    write.commit().await?;
    Ok(imported)
}

fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let error = |source| ImportError::File { path: path.display().to_string(), source };
    let bytes = std::fs::metadata(path).map_err(error)?.len();
    if bytes > FILE_BYTES {
        return Err(ImportError::TooLarge {
            path: path.display().to_string(),
            bytes,
            limit: FILE_BYTES,
        });
    }
    std::fs::read(path).map_err(error)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn accept(report: &ImportReport, options: &Options) -> Result<(), ImportError> {
    if report.refused().next().is_some() && !options.skip_bad_rows {
        return Err(ImportError::RowsRefused(Box::new(report.clone())));
    }
    Ok(())
}

/// Adds remarks about identifiers that look like stored identifiers. Those that look alike within
/// the file already have remarks with their rows.
fn doubt_alike(alike: Vec<Alike<'_>>, report: &mut ImportReport) {
    for alike in alike.into_iter().filter(|alike| alike.is_stored) {
        report.doubt_whole(Finding::LooksAlike, alike.to_string());
    }
}

/// Adds remarks about prices that differ strongly from those of the previous version.
fn doubt_moves(
    listed: &ListedContract,
    versions: &[StoredVersion],
    plan: &Plan,
    report: &mut ImportReport,
) {
    let Some(draft) = &plan.draft else { return };
    let earlier = versions
        .iter()
        .filter(|version| version.is_live() && version.contract.version != draft.version);
    let earlier = earlier.filter(|version| version.place_in_time() < draft.place_in_time());
    let Some(before) = earlier.max_by_key(|version| version.place_in_time()) else { return };
    for (line, then, now) in odd_moves(&before.contract, draft) {
        let row = listed.rows.get(line).copied().unwrap_or(listed.first_row);
        let reason = format!(
            "the price of line {line} of contract {} was {then} and is now {now}",
            draft.id
        );
        report.doubt(row, Finding::OddPrice, None, reason);
    }
}

/// The suppliers of a list. The list has only their names.
fn suppliers(list: &PriceList) -> Vec<Supplier> {
    let names: std::collections::BTreeSet<_> =
        list.contracts.values().map(|contract| &contract.supplier).collect();
    let supplier = |id: &calloff_core::ids::SupplierId| Supplier {
        id: id.clone(),
        name: id.to_string(),
        order_channel: OrderChannel::default(),
        currency: None,
    };
    names.into_iter().map(supplier).collect()
}

/// The first import decides in which currency prices are compared.
async fn set_currency(
    write: &mut WriteTransaction,
    rates: Option<ExchangeRates>,
    currency: Currency,
) -> Result<(), StorageError> {
    match rates {
        Some(_) => Ok(()),
        None => put_exchange_rates(write, &ExchangeRates::single(currency)).await,
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

/// A list of sites has no addresses, so the addresses that people entered stay.
fn keep_site_details(tree: &mut SiteTree, before: &[Location]) {
    let before: HashMap<&LocationId, &Site> = before
        .iter()
        .filter_map(|location| Some((&location.id, location.site.as_ref()?)))
        .collect();
    for location in &mut tree.locations {
        if let (Some(site), Some(before)) = (&mut location.site, before.get(&location.id)) {
            site.gln.clone_from(&before.gln);
            site.address.clone_from(&before.address);
            site.delivery_instructions.clone_from(&before.delivery_instructions);
        }
    }
}

/// Contracts and sourcing rules name nodes of the tree, and these nodes must stay. A contract or
/// rule that has ended may name a node that no longer exists.
async fn check_references(
    store: &ServerStore,
    tree: &SiteTree,
    today: Date,
) -> Result<(), ImportError> {
    let nodes: HashSet<&LocationId> = tree.locations.iter().map(|location| &location.id).collect();
    let mut missing: BTreeMap<String, BTreeSet<LocationId>> = BTreeMap::new();
    for versions in store.contract_versions().await?.into_values() {
        // A version that was published for a later day comes back when its release is published
        // again.
        let announced = versions
            .iter()
            .filter(|version| version.released_from.is_some_and(|from| from > today));
        let announced: Vec<_> = announced
            .filter(|version| version.is_live())
            .map(|version| version.contract.clone())
            .collect();
        for contract in in_release(versions, None, today).into_iter().chain(announced) {
            let territories = contract.lines.iter().filter_map(|line| line.territory.as_deref());
            let scopes = std::iter::once(&contract.scope).chain(territories);
            let named = scopes.flat_map(|scope| scope.included.iter().chain(&scope.excluded));
            let gone: Vec<_> = named.filter(|node| !nodes.contains(node)).cloned().collect();
            if !gone.is_empty() {
                missing.entry(format!("contract {}", contract.id)).or_default().extend(gone);
            }
        }
    }
    for rule in
        store.sourcing_rules().await?.into_iter().filter(|rule| !nodes.contains(&rule.location))
    {
        missing.entry("a sourcing rule".to_owned()).or_default().insert(rule.location);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let sentence = |(by, nodes): (&String, &BTreeSet<LocationId>)| {
        let nodes: Vec<_> = nodes.iter().map(LocationId::as_str).collect();
        format!(
            "{by} names the location {}, which the new list does not have: keep it in the list, or amend {by} first",
            nodes.join(", ")
        )
    };
    Err(ImportError::Conflict(missing.iter().map(sentence).collect::<Vec<_>>().join("\n")))
}

/// Records an import, and records in the audit log who did it.
pub(super) async fn log(
    write: &mut WriteTransaction,
    kind: &str,
    file_name: &str,
    file_hash: [u8; 32],
    (today, doing): (Date, &Doing),
    summary: &impl Serialize,
) -> Result<(), StorageError> {
    let summary = serde_json::to_string(summary)?;
    let act =
        Act::new(AuditAct::Imported, file_name).with("kind", kind).with("sha256", hex(&file_hash));
    record(write, doing, &act.with("summary", &summary)).await?;
    log_import(write, &ImportRecord { kind, file_name, file_hash, imported_on: today, summary })
        .await
}
