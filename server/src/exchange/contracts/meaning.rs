//! Checks the meaning of a file as a whole: nothing is in it twice, and every name is known.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use calloff_core::contract::{Contract, Scope, Subject};
use calloff_core::ids::{ContractId, ItemId, LocationId, SupplierId};
use calloff_core::location::{Location, LocationTree};
use calloff_core::unit::Unit;

use super::source::ReadFile;
use super::{ContractsFile, Path, odd};

/// Finds things that occur twice, and names that neither the file nor the store has.
pub(super) fn check(stored: &ContractsFile, found: &ReadFile<'_>) {
    let file = &found.file;
    check_twins(file, found);
    odd::check(stored, found);
    let names = Names::new(file, stored);
    check_tree(file, stored, &names, found);
    let units: HashMap<&ItemId, Unit> =
        stored.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    for (place, item) in file.items.iter().enumerate() {
        let items = Path::Root.field("items");
        let item_path = items.place(place);
        let substitutes = item_path.field("substitutes");
        for (place, substitute) in item.substitutes.iter().enumerate() {
            names.item(substitute, &substitutes.place(place), found);
        }
        let before = units.get(&item.id);
        if let Some(before) = before.filter(|before| **before != item.base_unit) {
            let (unit, was) = (item.base_unit, before);
            let reason = format!(
                "item {} is counted in {was}, and contracts rely on it: not in {unit}",
                item.id
            );
            found.wrong(&item_path.field("base_unit"), reason);
        }
    }
    for (place, contract) in file.contracts.iter().enumerate() {
        check_contract(contract, &Path::Root.field("contracts").place(place), &names, found);
    }
    check_policy(file, &names, found);
}

fn check_twins(file: &ContractsFile, found: &ReadFile<'_>) {
    let root = Path::Root;
    let list = root.field("locations");
    twins(file.locations.iter().map(|location| format!("location {}", location.id)), &list, found);
    let list = root.field("suppliers");
    twins(file.suppliers.iter().map(|supplier| format!("supplier {}", supplier.id)), &list, found);
    let list = root.field("items");
    twins(file.items.iter().map(|item| format!("item {}", item.id)), &list, found);
    let contracts = root.field("contracts");
    let version =
        |contract: &Contract| format!("version {} of contract {}", contract.version, contract.id);
    twins(file.contracts.iter().map(version), &contracts, found);
    for (place, contract) in file.contracts.iter().enumerate() {
        let contract_path = contracts.place(place);
        twins(
            contract.lines.iter().map(|line| format!("line {}", line.id)),
            &contract_path.field("lines"),
            found,
        );
    }
    let pairs = file.tie_decisions.iter().map(|tie| {
        let (a, b) =
            (tie.winner.clone().min(tie.loser.clone()), tie.winner.clone().max(tie.loser.clone()));
        format!("the decision between {a} and {b}")
    });
    twins(pairs, &root.field("tie_decisions"), found);
}

/// Elements with the same name. The second and all later ones are wrong.
fn twins<N: Display + Hash + Eq>(
    names: impl Iterator<Item = N>,
    list: &Path<'_>,
    found: &ReadFile<'_>,
) {
    let mut first: HashMap<N, usize> = HashMap::new();
    for (place, name) in names.enumerate() {
        if let Some(before) = first.get(&name) {
            let first = match list {
                Path::Field(Path::Root, list) => format!("on line {}", found.line(list, *before)),
                _ => format!("as {}", list.place(*before)),
            };
            found.wrong(
                &list.place(place),
                format!("{name} appears twice, first {first}: keep one"),
            );
        } else {
            first.insert(name, place);
        }
    }
}

/// Every name that the file may use.
struct Names<'f> {
    locations: HashSet<&'f LocationId>,
    suppliers: HashSet<&'f SupplierId>,
    items: HashSet<&'f ItemId>,
    contracts: HashSet<&'f ContractId>,
}

impl<'f> Names<'f> {
    fn new(file: &'f ContractsFile, stored: &'f ContractsFile) -> Self {
        let both = [file, stored];
        Self {
            locations: both
                .iter()
                .flat_map(|file| &file.locations)
                .map(|location| &location.id)
                .collect(),
            suppliers: both
                .iter()
                .flat_map(|file| &file.suppliers)
                .map(|supplier| &supplier.id)
                .collect(),
            items: both.iter().flat_map(|file| &file.items).map(|item| &item.id).collect(),
            contracts: both
                .iter()
                .flat_map(|file| &file.contracts)
                .map(|contract| &contract.id)
                .collect(),
        }
    }

    fn location(&self, id: &LocationId, path: &Path<'_>, found: &ReadFile<'_>) {
        self.known(self.locations.contains(id), "location", id, path, found);
    }

    fn supplier(&self, id: &SupplierId, path: &Path<'_>, found: &ReadFile<'_>) {
        self.known(self.suppliers.contains(id), "supplier", id, path, found);
    }

    fn item(&self, id: &ItemId, path: &Path<'_>, found: &ReadFile<'_>) {
        self.known(self.items.contains(id), "item", id, path, found);
    }

    fn contract(&self, id: &ContractId, path: &Path<'_>, found: &ReadFile<'_>) {
        self.known(self.contracts.contains(id), "contract", id, path, found);
    }

    fn known(
        &self,
        is_known: bool,
        what: &str,
        id: &impl Display,
        path: &Path<'_>,
        found: &ReadFile<'_>,
    ) {
        if !is_known {
            let reason = format!(
                "there is no {what} {id}, here or stored: add it under \"{what}s\", or correct it"
            );
            found.wrong(path, reason);
        }
    }

    fn scope(&self, scope: &Scope, path: &Path<'_>, found: &ReadFile<'_>) {
        for (name, nodes) in [("included", &scope.included), ("excluded", &scope.excluded)] {
            let nodes_path = path.field(name);
            for (place, node) in nodes.iter().enumerate() {
                self.location(node, &nodes_path.place(place), found);
            }
        }
    }
}

fn check_tree(
    file: &ContractsFile,
    stored: &ContractsFile,
    names: &Names<'_>,
    found: &ReadFile<'_>,
) {
    let list = Path::Root.field("locations");
    let mut is_complete = true;
    let root = stored.locations.iter().find(|location| location.parent.is_none());
    for (place, location) in file.locations.iter().enumerate() {
        let path = list.place(place);
        if location.parent.is_some() && root.is_some_and(|root| root.id == location.id) {
            let reason = format!(
                "{} is the root of the tree. Administrators have their role there, and nobody could \
                 administer another root: leave its parent out",
                location.id
            );
            found.wrong(&path.field("parent"), reason);
        }
        if let Some(parent) = &location.parent {
            is_complete &= names.locations.contains(parent);
            names.location(parent, &path.field("parent"), found);
        }
        if let Some(site) =
            location.site.as_ref().filter(|site| jiff::tz::TimeZone::get(&site.time_zone).is_err())
        {
            let reason = format!(
                "{:?} is not an IANA time zone such as \"America/New_York\"",
                site.time_zone
            );
            found.wrong(&path.field("site").field("time_zone"), reason);
        }
    }
    let merged: HashMap<&LocationId, &Location> = stored
        .locations
        .iter()
        .chain(&file.locations)
        .map(|location| (&location.id, location))
        .collect();
    if let Some(error) =
        LocationTree::new(merged.into_values().cloned()).err().filter(|_| is_complete)
    {
        found.wrong(
            &list,
            format!("together with the stored locations this is not a tree: {error}"),
        );
    }
}

fn check_contract(contract: &Contract, path: &Path<'_>, names: &Names<'_>, found: &ReadFile<'_>) {
    names.supplier(&contract.supplier, &path.field("supplier"), found);
    names.scope(&contract.scope, &path.field("scope"), found);
    let lines = path.field("lines");
    for (place, line) in contract.lines.iter().enumerate() {
        let line_path = lines.place(place);
        names.item(&line.item, &line_path.field("item"), found);
        if let Some(territory) = &line.territory {
            names.scope(territory, &line_path.field("territory"), found);
        }
    }
}

fn check_policy(file: &ContractsFile, names: &Names<'_>, found: &ReadFile<'_>) {
    let rules = Path::Root.field("sourcing_rules");
    for (place, rule) in file.sourcing_rules.iter().flatten().enumerate() {
        let path = rules.place(place);
        if let Subject::Item(item) = &rule.subject {
            names.item(item, &path.field("subject").field("item"), found);
        }
        names.supplier(&rule.supplier, &path.field("supplier"), found);
        names.location(&rule.location, &path.field("location"), found);
    }
    let ties = Path::Root.field("tie_decisions");
    for (place, tie) in file.tie_decisions.iter().enumerate() {
        let path = ties.place(place);
        names.contract(&tie.winner, &path.field("winner"), found);
        names.contract(&tie.loser, &path.field("loser"), found);
        if tie.winner == tie.loser {
            found.wrong(&path, format!("contract {} cannot win against itself", tie.winner));
        }
    }
}
