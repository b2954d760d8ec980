//! Builds the index of a release.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{
    Bounds, Cap, Catalogue, ContractEntry, Days, ItemEntry, ItemNumber, LineCap, LineEntry,
    RuleEntry, RuleSubject, ScopeEntry, TierEntry, TierTerms,
};
use crate::calendar::{Validity, day_number};
use crate::catalogue::zones::{self, ZoneError};
use crate::catalogue::{CatalogueContent, TieDecision, chunk};
use crate::contract::{CatalogueLine, CommitmentId, Contract, Scope, SourcingRule, Subject};
use crate::ids::{ContractId, ItemId, LineId, LocationId, SupplierId};
use crate::location::{LocationError, LocationTree};
use crate::money::Currency;
use crate::unit::Unit;

/// Why a content cannot become an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The locations do not form a tree.
    #[error(transparent)]
    Locations(#[from] LocationError),
    /// Two items, suppliers, contract versions or lines have the same identifier.
    #[error("{0} appears twice")]
    Duplicate(String),
    /// A contract names a supplier that does not exist.
    #[error("contract {0} names the supplier {1}, which does not exist")]
    UnknownSupplier(ContractId, SupplierId),
    /// A line names an item that does not exist.
    #[error("contract {0}, line {1} names the item {2}, which does not exist")]
    UnknownItem(ContractId, LineId, ItemId),
    /// An item names a substitute that does not exist.
    #[error("item {0} names the substitute {1}, which does not exist")]
    UnknownSubstitute(ItemId, ItemId),
    /// A scope, a territory or a sourcing rule names a node that does not exist.
    #[error("{0} names the location {1}, which does not exist")]
    UnknownLocation(String, LocationId),
    /// A sourcing rule names an item or supplier that does not exist.
    #[error("a sourcing rule names {0}, which does not exist")]
    UnknownInRule(String),
    /// A contract's currency has no comparison rate.
    #[error("contract {0} is in {1}, for which there is no comparison rate")]
    NoRate(ContractId, Currency),
    /// The price cannot be compared. The content is missing, the base quantity is in another unit,
    /// or the digits do not fit.
    #[error(
        "contract {0}, line {1}: the price per base unit of the item cannot be computed exactly \
         (check content and base quantity)"
    )]
    IncomparablePrice(ContractId, LineId),
    /// A commitment cannot count one of its lines exactly.
    #[error(
        "contract {0}, line {1} is counted by a commitment in {2}, but its orderable unit does not \
         convert to {2} exactly"
    )]
    CommitmentUnit(ContractId, LineId, Unit),
    /// Two versions of a contract measure one hard maximum in different units.
    #[error(
        "the hard maximum of {0} is measured differently in two versions of the contract: use one \
         unit, or end one contract and begin another"
    )]
    CommitmentMeasure(CommitmentId),
    /// The rules of a time zone cannot be read.
    #[error(transparent)]
    TimeZone(#[from] ZoneError),
    /// The tie decisions contradict each other.
    #[error("the decisions about ties contradict each other in a circle through contract {0}")]
    TieCycle(ContractId),
}

pub(super) type Numbers<K> = FxHashMap<K, u32>;

/// The nodes of the location tree and their numbers.
struct Nodes {
    numbers: Numbers<LocationId>,
    root: Option<u32>,
}

impl Nodes {
    fn new(tree: &LocationTree) -> Result<Self, CatalogueError> {
        let numbers = number(tree.iter().map(|node| node.id.clone()), "location")?;
        let root = tree.iter().find(|node| node.parent.is_none()).map(|node| numbers[&node.id]);
        Ok(Self { numbers, root })
    }
}

pub fn build(content: CatalogueContent) -> Result<Catalogue, CatalogueError> {
    let content = chunk::canonical(content);
    let tree = LocationTree::new(content.locations)?;
    let nodes = Nodes::new(&tree)?;
    let supplier_numbers =
        number(content.suppliers.iter().map(|supplier| supplier.id.clone()), "supplier")?;
    let item_ids = number(content.items.iter().map(|item| item.id.clone()), "item")?;
    check_unique_versions(&content.contracts)?;

    let mut categories = FxHashMap::default();
    for category in content.items.iter().filter_map(|item| item.category.as_ref()) {
        let next = u32::try_from(categories.len()).unwrap_or(u32::MAX);
        categories.entry(category.clone()).or_insert(next);
    }
    let ties = tie_places(&content.tie_decisions)?;
    let contract_entries = content
        .contracts
        .iter()
        .enumerate()
        .map(|(at, contract)| {
            // The versions of a contract are neighbours here. The version that follows in time
            // supersedes this one; its number may be smaller.
            let is_version = |other: &&Contract| other.id == contract.id;
            let smaller = content.contracts[..at].iter().rev().take_while(is_version);
            let greater = content.contracts[at + 1..].iter().take_while(is_version);
            let later = smaller
                .chain(greater)
                .filter(|other| other.place_in_time() > contract.place_in_time());
            let next = later.min_by_key(|other| other.place_in_time());
            contract_entry(contract, next, &supplier_numbers, &nodes, &ties)
        })
        .collect::<Result<Vec<_>, _>>()?;

    let mut catalogue = Catalogue {
        sites: site_paths(&tree, &nodes),
        item_numbers: FxHashMap::default(),
        item_entries: Vec::new(),
        line_entries: Vec::new(),
        tier_entries: Vec::new(),
        contract_entries,
        has_rules: !content.sourcing_rules.is_empty(),
        time_zones: zones::read(content.time_zones)?,
        rules: Default::default(),
        categories,
        supplier_numbers,
        tree,
        suppliers: content.suppliers,
        items: content.items,
        contracts: content.contracts,
        exchange_rates: content.exchange_rates,
        caps: Vec::new(),
    };
    catalogue.caps = Cap::all(&catalogue.contracts, &content.allotments, &nodes.numbers)?;
    add_lines(&mut catalogue, &item_ids, &nodes)?;
    add_item_numbers(&mut catalogue);
    for rule in &content.sourcing_rules {
        add_rule(&mut catalogue, rule, &item_ids, &nodes)?;
    }
    Ok(catalogue)
}

fn number<K: std::hash::Hash + Eq + Clone + std::fmt::Display>(
    ids: impl Iterator<Item = K>,
    what: &str,
) -> Result<Numbers<K>, CatalogueError> {
    let mut numbers = Numbers::default();
    for (id, n) in ids.zip(0..) {
        if numbers.insert(id.clone(), n).is_some() {
            return Err(CatalogueError::Duplicate(format!("{what} {id}")));
        }
    }
    Ok(numbers)
}

/// Versions and lines are sorted here, so two equal identifiers are neighbours.
fn check_unique_versions(contracts: &[Contract]) -> Result<(), CatalogueError> {
    for pair in contracts.windows(2) {
        if (&pair[0].id, pair[0].version) == (&pair[1].id, pair[1].version) {
            let twin = format!("contract {} version {}", pair[0].id, pair[0].version);
            return Err(CatalogueError::Duplicate(twin));
        }
    }
    for contract in contracts {
        if let Some(pair) = contract.lines.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(CatalogueError::Duplicate(format!(
                "contract {}, line {}",
                contract.id, pair[0].id
            )));
        }
    }
    Ok(())
}

fn site_paths(tree: &LocationTree, nodes: &Nodes) -> FxHashMap<LocationId, super::SitePath> {
    let path = |id: &LocationId| tree.path(id).iter().map(|node| nodes.numbers[&node.id]).collect();
    tree.sites().map(|site| (site.id.clone(), path(&site.id))).collect()
}

fn days(validity: Validity) -> Days {
    Days { first: day_number(validity.start), last: validity.end.map_or(i32::MAX, day_number) }
}

fn scope_entry(
    scope: &Scope,
    nodes: &Nodes,
    holder: impl Fn() -> String,
) -> Result<ScopeEntry, CatalogueError> {
    let numbers = |ids: &[LocationId]| {
        let found = ids.iter().map(|id| {
            nodes
                .numbers
                .get(id)
                .copied()
                .ok_or_else(|| CatalogueError::UnknownLocation(holder(), id.clone()))
        });
        let mut numbers = found.collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        Ok::<_, CatalogueError>(numbers.into_boxed_slice())
    };
    let (included, excluded) = (numbers(&scope.included)?, numbers(&scope.excluded)?);
    let is_everyone = excluded.is_empty() && nodes.root.is_some_and(|root| *included == [root]);
    Ok(ScopeEntry { included, excluded, is_everyone })
}

fn contract_entry(
    contract: &Contract,
    next: Option<&Contract>,
    suppliers: &Numbers<SupplierId>,
    nodes: &Nodes,
    ties: &BTreeMap<&ContractId, u32>,
) -> Result<ContractEntry, CatalogueError> {
    let supplier = suppliers.get(&contract.supplier).ok_or_else(|| {
        CatalogueError::UnknownSupplier(contract.id.clone(), contract.supplier.clone())
    })?;
    let validity = days(contract.validity);
    Ok(ContractEntry {
        status: contract.status,
        validity: Days {
            first: validity.first.max(day_number(contract.effective_from())),
            ..validity
        },
        superseded: next.map(|next| (day_number(next.effective_from()), next.version)),
        basis: contract.price_date_basis,
        scope: scope_entry(&contract.scope, nodes, || format!("contract {}", contract.id))?,
        supplier: *supplier,
        currency: contract.currency,
        priority: contract.priority.unwrap_or(u32::MAX),
        tie: ties.get(&contract.id).copied().unwrap_or(u32::MAX),
    })
}

/// The position of each contract in one order that follows all tie decisions. Winners go before
/// losers. Among contracts without a decision, the smaller identifier goes first. This is Kahn's
/// algorithm (topological sort) over a sorted set.
fn tie_places(decisions: &[TieDecision]) -> Result<BTreeMap<&ContractId, u32>, CatalogueError> {
    let mut losers: BTreeMap<&ContractId, BTreeSet<&ContractId>> = BTreeMap::new();
    for decision in decisions {
        losers.entry(&decision.winner).or_default().insert(&decision.loser);
        losers.entry(&decision.loser).or_default();
    }
    let mut beaten_by: BTreeMap<&ContractId, usize> = losers.keys().map(|id| (*id, 0)).collect();
    for loser in losers.values().flatten() {
        *beaten_by.entry(loser).or_default() += 1;
    }
    let mut free: BTreeSet<&ContractId> =
        beaten_by.iter().filter(|(_, winners)| **winners == 0).map(|(id, _)| *id).collect();
    let mut places = BTreeMap::new();
    while let Some(contract) = free.pop_first() {
        places.insert(contract, u32::try_from(places.len()).unwrap_or(u32::MAX));
        for loser in &losers[contract] {
            let winners = beaten_by.entry(loser).or_default();
            *winners -= 1;
            if *winners == 0 {
                free.insert(loser);
            }
        }
    }
    match losers.keys().find(|contract| !places.contains_key(*contract)) {
        Some(contract) => Err(CatalogueError::TieCycle((*contract).clone())),
        None => Ok(places),
    }
}

fn add_lines(
    catalogue: &mut Catalogue,
    item_ids: &Numbers<ItemId>,
    nodes: &Nodes,
) -> Result<(), CatalogueError> {
    // Contracts and their lines are sorted, so the lines of each item come in the order of
    // contract, version and line.
    let lines = catalogue.contracts.iter().map(|contract| contract.lines.len());
    let mut by_item = Vec::with_capacity(lines.sum());
    let mut tiers = 0;
    for (contract, contract_number) in catalogue.contracts.iter().zip(0..) {
        for (line, line_number) in contract.lines.iter().zip(0..) {
            let item = item_ids.get(&line.item).ok_or_else(|| {
                CatalogueError::UnknownItem(contract.id.clone(), line.id.clone(), line.item.clone())
            })?;
            by_item.push((*item, contract_number, line_number));
            tiers += line.tiers.len();
        }
    }
    by_item.sort_unstable();
    catalogue.line_entries.reserve_exact(by_item.len());
    catalogue.tier_entries.reserve_exact(tiers);
    catalogue.item_entries.reserve_exact(catalogue.items.len());
    let mut by_item = by_item.into_iter().peekable();
    let mut shared = SharedTerms::default();
    for (item, number) in catalogue.items.iter().zip(0..) {
        let first = catalogue.line_entries.len();
        while let Some((_, contract_number, line_number)) =
            by_item.next_if(|(of, ..)| *of == number)
        {
            let contract = &catalogue.contracts[contract_number as usize];
            let line = &contract.lines[line_number as usize];
            let rate = catalogue
                .exchange_rates
                .rate(contract.currency)
                .ok_or_else(|| CatalogueError::NoRate(contract.id.clone(), contract.currency))?;
            let terms = contract.terms_of(line);
            let first_tier = catalogue.tier_entries.len();
            for tier in tier_entries(line, item.base_unit, rate, &mut shared).ok_or_else(|| {
                CatalogueError::IncomparablePrice(contract.id.clone(), line.id.clone())
            })? {
                catalogue.tier_entries.push(tier);
            }
            let tiers = range(first_tier, catalogue.tier_entries.len());
            let territory = line.territory.as_ref().map(|territory| {
                scope_entry(territory, nodes, || {
                    format!("contract {}, line {}", contract.id, line.id)
                })
                .map(Box::new)
            });
            catalogue.line_entries.push(LineEntry {
                contract: contract_number,
                line: line_number,
                validity: line.validity.map_or(Days::ALL, days),
                territory: territory.transpose()?,
                lead_time_days: terms.lead_time_days.unwrap_or(0),
                has_schedule: terms.delivery_schedule.is_some(),
                orderable_unit: line.orderable_unit,
                is_whole: line.order_quantity_increment.is_none() && !line.is_divisible(),
                tiers,
                bounds: bounds(catalogue, contract, line, item.base_unit)?,
            });
        }
        let substitutes = item
            .substitutes
            .iter()
            .map(|substitute| {
                let unknown =
                    || CatalogueError::UnknownSubstitute(item.id.clone(), substitute.clone());
                item_ids.get(substitute).copied().ok_or_else(unknown)
            })
            .collect::<Result<_, _>>()?;
        catalogue.item_entries.push(ItemEntry {
            lines: range(first, catalogue.line_entries.len()),
            substitutes,
            category: item.category.as_ref().map(|category| catalogue.categories[category]),
        });
    }
    Ok(())
}

fn range(start: usize, end: usize) -> std::ops::Range<u32> {
    u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
}

fn bounds(
    catalogue: &Catalogue,
    contract: &Contract,
    line: &CatalogueLine,
    item_base_unit: Unit,
) -> Result<Option<Box<Bounds>>, CatalogueError> {
    let bounds = Bounds {
        minimum: line.minimum_order_quantity,
        maximum: line.maximum_order_quantity,
        increment: line.order_quantity_increment,
        cap: LineCap::of(&catalogue.caps, contract, line, item_base_unit)?,
    };
    let any =
        bounds.minimum.or(bounds.maximum).or(bounds.increment).is_some() || bounds.cap.is_some();
    Ok(any.then(|| Box::new(bounds)))
}

/// The terms of the tiers so far, each once. The keys are bytes, because 1 and 1.0 are equal
/// decimals, and each line keeps its own form.
#[derive(Default)]
struct SharedTerms(FxHashMap<[[u8; 16]; 2], Arc<TierTerms>>);

impl SharedTerms {
    fn get(&mut self, terms: TierTerms) -> Arc<TierTerms> {
        let key = [terms.threshold.serialize(), terms.base_quantity.serialize()];
        Arc::clone(self.0.entry(key).or_insert_with(|| Arc::new(terms)))
    }
}

/// The net price of each tier: the price of one base unit of the item, in the comparison currency.
/// It is amount × rate ÷ (base quantity × content), to 28 significant digits. Equal quotients round
/// equally, so two equal prices never differ here.
fn tier_entries(
    line: &CatalogueLine,
    item_base_unit: Unit,
    rate: Decimal,
    shared: &mut SharedTerms,
) -> Option<Vec<TierEntry>> {
    if line.content <= Decimal::ZERO {
        return None;
    }
    let mut entry = |tier: &crate::contract::PriceTier| {
        let base_quantity = line.base_in_orderable_units(&tier.price, item_base_unit)?;
        if base_quantity <= Decimal::ZERO {
            return None;
        }
        let base_units = base_quantity.checked_mul(line.content)?;
        let net_price = tier.price.amount.checked_mul(rate)?.checked_div(base_units)?.normalize();
        Some(TierEntry {
            terms: shared.get(TierTerms { threshold: tier.threshold, base_quantity }),
            validity: tier.validity.map_or(Days::ALL, days),
            amount: tier.price.amount,
            net_price,
        })
    };
    line.tiers.iter().map(&mut entry).collect()
}

/// Fills the look-up of item numbers. A text may be several kinds of number: an item's own number
/// wins, then a GTIN (in every length), then a supplier's number. A supplier's number that several
/// items share is marked as ambiguous.
fn add_item_numbers(catalogue: &mut Catalogue) {
    let mut numbers: FxHashMap<Arc<str>, ItemNumber> = FxHashMap::default();
    for (entry, item) in catalogue.item_entries.iter().zip(0..) {
        for line in catalogue.entries(entry.lines.clone()) {
            let Some(number) = &catalogue.line_of(line).1.supplier_item_number else { continue };
            let meant = numbers.entry(number.clone()).or_insert(ItemNumber::Item(item));
            if *meant != ItemNumber::Item(item) {
                *meant = ItemNumber::Ambiguous;
            }
        }
    }
    for (item, n) in catalogue.items.iter().zip(0..) {
        for gtin in &item.gtins {
            numbers.extend(gtin.spellings().map(|spelling| (spelling.into(), ItemNumber::Item(n))));
        }
    }
    for (item, n) in catalogue.items.iter().zip(0..) {
        numbers.insert(item.id.clone().into(), ItemNumber::Item(n));
    }
    catalogue.item_numbers = numbers;
}

fn add_rule(
    catalogue: &mut Catalogue,
    rule: &SourcingRule,
    item_ids: &Numbers<ItemId>,
    nodes: &Nodes,
) -> Result<(), CatalogueError> {
    let unknown = |what: String| CatalogueError::UnknownInRule(what);
    let supplier = *catalogue
        .supplier_numbers
        .get(&rule.supplier)
        .ok_or_else(|| unknown(format!("the supplier {}", rule.supplier)))?;
    let location = *nodes.numbers.get(&rule.location).ok_or_else(|| {
        CatalogueError::UnknownLocation("a sourcing rule".into(), rule.location.clone())
    })?;
    let subject = match &rule.subject {
        Subject::Item(id) => {
            RuleSubject::Item(*item_ids.get(id).ok_or_else(|| unknown(format!("the item {id}")))?)
        }
        // A rule for a category without items has no effect.
        Subject::Category(category) => match catalogue.categories.get(category) {
            Some(number) => RuleSubject::Category(*number),
            None => return Ok(()),
        },
    };
    let entry = RuleEntry { location, validity: days(rule.validity), preference: rule.preference };
    catalogue.rules.entry((subject, supplier)).or_default().push(entry);
    Ok(())
}
