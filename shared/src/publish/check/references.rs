//! References: identifiers that occur twice, names of things that do not exist, and circles.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use super::{ContentRefusal, LineName, contract_name, rule_name};
use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Contract, Scope, SourcingRule, Subject};
use crate::ids::{ItemId, LocationId, SupplierId};
use crate::item::{Gtin, Item};
use crate::location::LocationTree;

/// The identifiers that exist.
struct Known<'c> {
    locations: HashSet<&'c LocationId>,
    suppliers: HashSet<&'c SupplierId>,
    items: HashSet<&'c ItemId>,
}

pub fn refusals(content: &CatalogueContent) -> Vec<ContentRefusal> {
    let mut found = Vec::new();
    duplicates(content, &mut found);
    if let Err(error) = LocationTree::new(content.locations.iter().cloned()) {
        found.push(ContentRefusal::Locations(error.to_string()));
    }
    let known = Known {
        locations: content.locations.iter().map(|location| &location.id).collect(),
        suppliers: content.suppliers.iter().map(|supplier| &supplier.id).collect(),
        items: content.items.iter().map(|item| &item.id).collect(),
    };
    for item in &content.items {
        for substitute in
            item.substitutes.iter().filter(|substitute| !known.items.contains(substitute))
        {
            found.push(unknown(format!("item {}", item.id), "item", substitute));
        }
    }
    for contract in &content.contracts {
        contract_names(contract, &known, &mut found);
    }
    for rule in &content.sourcing_rules {
        rule_names(rule, &known, &mut found);
    }
    circles(content, &mut found);
    found
}

fn unknown(holder: String, kind: &'static str, name: &impl Display) -> ContentRefusal {
    ContentRefusal::Unknown { holder, kind, name: name.to_string() }
}

fn duplicates(content: &CatalogueContent, found: &mut Vec<ContentRefusal>) {
    twice(
        content.locations.iter().map(|location| &location.id),
        |id| format!("location {id}"),
        found,
    );
    twice(
        content.suppliers.iter().map(|supplier| &supplier.id),
        |id| format!("supplier {id}"),
        found,
    );
    twice(content.items.iter().map(|item| &item.id), |id| format!("item {id}"), found);
    let versions = content.contracts.iter().map(|contract| (&contract.id, contract.version));
    twice(versions, |(id, version)| format!("contract {id} version {version}"), found);
    for contract in &content.contracts {
        twice(
            contract.lines.iter().map(|line| &line.id),
            |id| format!("{}, line {id}", contract_name(contract)),
            found,
        );
    }
    found.extend(shared_gtins(&content.items).into_iter().map(|(gtin, first, item)| {
        ContentRefusal::SharedGtin(gtin.as_str().to_owned(), first.id.clone(), item.id.clone())
    }));
}

/// GTINs that belong to two items, in any length. An item's own number that is a GTIN counts, too.
#[must_use]
pub fn shared_gtins<'i>(
    items: impl IntoIterator<Item = &'i Item> + Clone,
) -> Vec<(Gtin, &'i Item, &'i Item)> {
    let own = items
        .clone()
        .into_iter()
        .filter_map(|item| Some((Gtin::parse(item.id.as_str()).ok()?, item)));
    let own: HashMap<String, &Item> = own.map(|(gtin, item)| (gtin.digits(), item)).collect();
    let mut first: HashMap<String, &Item> = HashMap::new();
    let mut found = Vec::new();
    for item in items {
        for gtin in &item.gtins {
            let digits = gtin.digits();
            let other = own.get(&digits).filter(|other| other.id != item.id);
            let other =
                other.or_else(|| first.get(&digits).filter(|other| other.id != item.id)).copied();
            if let Some(other) = other {
                found.push((gtin.clone(), other, item));
            }
            first.entry(digits).or_insert(item);
        }
    }
    found
}

fn twice<K: Eq + Hash + Copy>(
    keys: impl Iterator<Item = K>,
    name: impl Fn(K) -> String,
    found: &mut Vec<ContentRefusal>,
) {
    let mut seen = HashSet::new();
    let again = keys.filter(|key| !seen.insert(*key));
    found.extend(again.map(|key| ContentRefusal::Duplicate(name(key))));
}

fn contract_names(contract: &Contract, known: &Known<'_>, found: &mut Vec<ContentRefusal>) {
    if !known.suppliers.contains(&contract.supplier) {
        found.push(unknown(contract_name(contract), "supplier", &contract.supplier));
    }
    scope_names(&contract.scope, known, || contract_name(contract), found);
    for line in &contract.lines {
        let name = || LineName::new(contract, line).to_string();
        if !known.items.contains(&line.item) {
            found.push(unknown(name(), "item", &line.item));
        }
        if let Some(territory) = &line.territory {
            scope_names(territory, known, name, found);
        }
    }
}

fn scope_names(
    scope: &Scope,
    known: &Known<'_>,
    holder: impl Fn() -> String,
    found: &mut Vec<ContentRefusal>,
) {
    let named = scope.included.iter().chain(&scope.excluded);
    let missing = named.filter(|node| !known.locations.contains(node));
    found.extend(missing.map(|node| unknown(holder(), "location", node)));
}

fn rule_names(rule: &SourcingRule, known: &Known<'_>, found: &mut Vec<ContentRefusal>) {
    let holder = || rule_name(rule);
    if !known.suppliers.contains(&rule.supplier) {
        found.push(unknown(holder(), "supplier", &rule.supplier));
    }
    if !known.locations.contains(&rule.location) {
        found.push(unknown(holder(), "location", &rule.location));
    }
    if let Subject::Item(item) = &rule.subject
        && !known.items.contains(item)
    {
        found.push(unknown(holder(), "item", item));
    }
}

fn circles(content: &CatalogueContent, found: &mut Vec<ContentRefusal>) {
    let substitutes =
        content.items.iter().map(|item| (&item.id, item.substitutes.iter().collect())).collect();
    found.extend(circles_of(&substitutes).into_iter().map(ContentRefusal::CircularSubstitutes));
    for contract in &content.contracts {
        let replaced = |line: &CatalogueLine| Some((line.id.clone(), line.replaces.clone()?));
        let replaced: Vec<_> = contract.lines.iter().filter_map(replaced).collect();
        let replaced = replaced.iter().map(|(line, replaced)| (line, vec![replaced])).collect();
        let circles = circles_of(&replaced).into_iter();
        found.extend(
            circles.map(|lines| ContentRefusal::CircularReplacement(contract.id.clone(), lines)),
        );
    }
    let mut losers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for decision in &content.tie_decisions {
        losers.entry(&decision.winner).or_default().push(&decision.loser);
    }
    found.extend(circles_of(&losers).into_iter().map(ContentRefusal::CircularDecisions));
}

/// Finds circles, each with its smallest member first. It finds at least one circle in every
/// strongly connected part. This is a depth-first search with its own stack: an edge back to a node
/// on the current path closes a circle.
fn circles_of<K: Ord + Clone>(edges: &BTreeMap<&K, Vec<&K>>) -> Vec<Vec<K>> {
    let mut found = BTreeSet::new();
    let mut done: BTreeSet<&K> = BTreeSet::new();
    for start in edges.keys() {
        let mut path: Vec<(&K, usize)> = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let edge = edges.get(node).and_then(|nodes| nodes.get(*next)).copied();
            *next += 1;
            match edge {
                Some(to) => match path.iter().position(|(on_path, _)| *on_path == to) {
                    Some(begin) => {
                        found.insert(smallest_first(
                            path[begin..].iter().map(|(node, _)| (*node).clone()).collect(),
                        ));
                    }
                    None if done.contains(to) => {}
                    None => path.push((to, 0)),
                },
                None => {
                    done.insert(node);
                    path.pop();
                }
            }
        }
    }
    found.into_iter().collect()
}

fn smallest_first<K: Ord>(mut circle: Vec<K>) -> Vec<K> {
    let smallest = circle.iter().enumerate().min_by(|a, b| a.1.cmp(b.1)).map_or(0, |(at, _)| at);
    circle.rotate_left(smallest);
    circle
}
