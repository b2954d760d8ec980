use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity};
use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Contract, ContractStatus};
use crate::ids::{ContractId, ItemId, LineId};
use crate::location::LocationTree;
use crate::supplier::folded_name;

/// A price that moved more than this, either way, is worth a look.
const PRICE_MOVE: Decimal = Decimal::from_parts(20, 0, 0, false, 2);

/// A contract that ends within so many days without a successor is worth a look.
const EXPIRY_DAYS: i32 = 30;

/// What is worth a look before a release goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Warning {
    /// Two lines of one contract between which an order shows no difference.
    #[error("{0}: they stand on one contract at the same price, one of them is not needed")]
    Redundant(Tie),
    /// A price moved by more than a fifth since the version before.
    #[error("{line}: the price moved from {before} to {after}")]
    PriceMoved {
        /// The line.
        line: LineName,
        /// The price of its first tier before.
        before: Decimal,
        /// The price of its first tier now.
        after: Decimal,
    },
    /// A price that is meant to hold on days on which its contract does not.
    #[error("{line}: its price window {window} reaches outside the contract's {contract}")]
    WindowOutsideContract {
        /// The line.
        line: LineName,
        /// The line's days.
        window: Validity,
        /// The contract's days.
        contract: Validity,
    },
    /// A contract ends soon, and no other supplies what it does.
    #[error("contract {contract} ends on {end}, and {items} of its items have no other contract after that")]
    ExpiringWithoutSuccessor {
        /// The contract.
        contract: ContractId,
        /// Its last day.
        end: Date,
        /// How many of its items have no later source.
        items: usize,
    },
    /// An item that could be ordered somewhere and no longer can.
    #[error("item {item} loses its last source at {sites} sites")]
    LosesLastSource {
        /// The item.
        item: ItemId,
        /// At how many sites.
        sites: usize,
    },
    /// Two suppliers that are probably one.
    #[error("suppliers {0:?} and {1:?} differ only by case or punctuation: are they one?")]
    SupplierNamesAlike(String, String),
}

/// Every warning that needs no other release and no index.
pub fn warnings(content: &CatalogueContent, effective_from: Date) -> Vec<Warning> {
    let mut found = Vec::new();
    for contract in &content.contracts {
        found.extend(contract.lines.iter().filter_map(|line| window_outside(contract, line)));
    }
    found.extend(expiring(content, effective_from));
    found.extend(names_alike(content));
    found
}

fn window_outside(contract: &Contract, line: &CatalogueLine) -> Option<Warning> {
    let window = line.validity.filter(|window| !window.is_within(&contract.validity))?;
    let line = LineName { contract: contract.id.clone(), line: line.id.clone() };
    Some(Warning::WindowOutsideContract { line, window, contract: contract.validity })
}

/// The days on which a line can be ordered, as far as dates go.
fn days_of(contract: &Contract, line: &CatalogueLine) -> Option<Validity> {
    match line.validity {
        Some(window) => window.intersection(&contract.validity),
        None => Some(contract.validity),
    }
}

fn expiring(content: &CatalogueContent, effective_from: Date) -> Vec<Warning> {
    let last_day = |days: Validity| days.end.unwrap_or(Date::MAX);
    let mut last_source: HashMap<&ItemId, Date> = HashMap::new();
    for contract in content.contracts.iter().filter(|contract| contract.status == ContractStatus::Published) {
        for line in &contract.lines {
            if let Some(days) = days_of(contract, line) {
                let last = last_source.entry(&line.item).or_insert(Date::MIN);
                *last = (*last).max(last_day(days));
            }
        }
    }
    let soon = effective_from.checked_add(jiff::Span::new().days(EXPIRY_DAYS)).unwrap_or(Date::MAX);
    let ends_soon = |contract: &&Contract| {
        contract.validity.end.is_some_and(|end| (effective_from..=soon).contains(&end))
            && contract.status == ContractStatus::Published
    };
    let warn = |contract: &Contract| {
        let end = contract.validity.end?;
        let items: HashSet<_> = contract.lines.iter().map(|line| &line.item).collect();
        let items = items.into_iter().filter(|item| last_source.get(item).is_some_and(|last| *last <= end)).count();
        (items > 0).then(|| Warning::ExpiringWithoutSuccessor { contract: contract.id.clone(), end, items })
    };
    content.contracts.iter().filter(ends_soon).filter_map(warn).collect()
}

fn names_alike(content: &CatalogueContent) -> Vec<Warning> {
    let mut by_folded: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for supplier in &content.suppliers {
        by_folded.entry(folded_name(&supplier.name)).or_default().push(&supplier.name);
    }
    let mut found = Vec::new();
    for mut names in by_folded.into_values() {
        names.sort_unstable();
        let pairs = names.windows(2).filter(|pair| pair[0] != pair[1]);
        found.extend(pairs.map(|pair| Warning::SupplierNamesAlike(pair[0].to_owned(), pair[1].to_owned())));
    }
    found
}

/// Every warning about what changed since the release before.
pub fn changes(content: &CatalogueContent, previous: &CatalogueContent, effective_from: Date) -> Vec<Warning> {
    let mut found = prices_moved(content, previous);
    found.extend(lost_sources(content, previous, effective_from));
    found
}

fn prices_moved(content: &CatalogueContent, previous: &CatalogueContent) -> Vec<Warning> {
    let prices_before: HashMap<(&ContractId, &LineId), Decimal> = previous
        .contracts
        .iter()
        .flat_map(|contract| contract.lines.iter().map(move |line| (contract, line)))
        .filter_map(|(contract, line)| Some(((&contract.id, &line.id), line.tiers.first()?.price.amount)))
        .collect();
    let moved = |contract: &Contract, line: &CatalogueLine| {
        let after = line.tiers.first()?.price.amount;
        let before = *prices_before.get(&(&contract.id, &line.id))?;
        let allowed = before.abs().checked_mul(PRICE_MOVE)?;
        let line = LineName { contract: contract.id.clone(), line: line.id.clone() };
        (after.checked_sub(before)?.abs() > allowed).then_some(Warning::PriceMoved { line, before, after })
    };
    let lines = content.contracts.iter().flat_map(|contract| contract.lines.iter().map(move |line| (contract, line)));
    lines.filter_map(|(contract, line)| moved(contract, line)).collect()
}

/// For each item, at how many sites it had a source before and has none now.
fn lost_sources(content: &CatalogueContent, previous: &CatalogueContent, effective_from: Date) -> Vec<Warning> {
    let Ok(tree) = LocationTree::new(content.locations.iter().cloned()) else { return Vec::new() };
    let sites: Vec<Vec<_>> =
        tree.sites().map(|site| tree.path(&site.id).iter().map(|node| node.id.clone()).collect()).collect();
    let before = sources(previous, &sites, effective_from);
    let after = sources(content, &sites, effective_from);
    let nowhere = HashSet::new();
    let mut found: Vec<_> = before
        .iter()
        .map(|(item, had)| (*item, had.difference(after.get(item).unwrap_or(&nowhere)).count()))
        .filter(|(_, sites)| *sites > 0)
        .map(|(item, sites)| (item.clone(), sites))
        .collect();
    found.sort();
    found.into_iter().map(|(item, sites)| Warning::LosesLastSource { item, sites }).collect()
}

/// The sites (by place in `sites`) at which each item can be ordered on a day.
fn sources<'c>(
    content: &'c CatalogueContent,
    sites: &[Vec<crate::ids::LocationId>],
    day: Date,
) -> HashMap<&'c ItemId, HashSet<usize>> {
    let mut found: HashMap<&ItemId, HashSet<usize>> = HashMap::new();
    for contract in content.contracts.iter().filter(|contract| contract.status == ContractStatus::Published) {
        let admitted: Vec<usize> =
            (0..sites.len()).filter(|site| contract.scope.admits(sites[*site].iter()).is_some()).collect();
        for line in &contract.lines {
            if !days_of(contract, line).is_some_and(|days| days.contains(day)) {
                continue;
            }
            let here = admitted.iter().copied().filter(|site| {
                line.territory.as_ref().is_none_or(|territory| territory.admits(sites[*site].iter()).is_some())
            });
            found.entry(&line.item).or_default().extend(here);
        }
    }
    found
}
