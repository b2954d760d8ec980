//! Finds traces of spreadsheets and programs in a file of contracts, as in price lists. A file has
//! no doubtful rows, so new traces are refused. Traces that are already stored stay.

use std::collections::{HashMap, HashSet};

use calloff_core::contract::Contract;
use calloff_core::ids::ItemId;
use calloff_core::publish::check::shared_gtins;

use super::source::ReadFile;
use super::{ContractsFile, Path};
use crate::exchange::cell::without_noise;
use crate::exchange::spelling::{REPLACEMENT, is_error, is_invisible};

pub(super) fn check(stored: &ContractsFile, found: &ReadFile<'_>) {
    let file = &found.file;
    let known: HashSet<&str> =
        stored.locations.iter().map(|location| location.id.as_str()).collect();
    let list = Path::Root.field("locations");
    for (place, location) in
        file.locations.iter().enumerate().filter(|(_, new)| !known.contains(new.id.as_str()))
    {
        identifier(location.id.as_str(), &list.place(place).field("id"), found);
        text(&location.name, &list.place(place).field("name"), found);
    }
    let known: HashSet<&str> =
        stored.suppliers.iter().map(|supplier| supplier.id.as_str()).collect();
    let list = Path::Root.field("suppliers");
    for (place, supplier) in
        file.suppliers.iter().enumerate().filter(|(_, new)| !known.contains(new.id.as_str()))
    {
        identifier(supplier.id.as_str(), &list.place(place).field("id"), found);
        text(&supplier.name, &list.place(place).field("name"), found);
    }
    let known: HashSet<&str> = stored.items.iter().map(|item| item.id.as_str()).collect();
    let list = Path::Root.field("items");
    for (place, item) in
        file.items.iter().enumerate().filter(|(_, new)| !known.contains(new.id.as_str()))
    {
        identifier(item.id.as_str(), &list.place(place).field("id"), found);
        text(&item.description, &list.place(place).field("description"), found);
    }
    let known: HashSet<_> =
        stored.contracts.iter().map(|contract| (&contract.id, contract.version)).collect();
    let list = Path::Root.field("contracts");
    for (place, contract) in file.contracts.iter().enumerate() {
        if !known.contains(&(&contract.id, contract.version)) {
            new_version(contract, &list.place(place), found);
        }
    }
    gtins(stored, found);
}

fn new_version(contract: &Contract, path: &Path<'_>, found: &ReadFile<'_>) {
    identifier(contract.id.as_str(), &path.field("id"), found);
    let lines = path.field("lines");
    for (place, line) in contract.lines.iter().enumerate() {
        let path = lines.place(place);
        identifier(line.id.as_str(), &path.field("id"), found);
        if let Some(number) = &line.supplier_item_number {
            identifier(number, &path.field("supplier_item_number"), found);
        }
        let tiers = path.field("tiers");
        for (place, tier) in line.tiers.iter().enumerate() {
            if let Some(meant) = without_noise(tier.price.amount) {
                let reason = format!(
                    "{} has the noise of a program's binary fractions: write \"{meant}\"",
                    tier.price.amount
                );
                found.wrong(&tiers.place(place).field("price").field("amount"), reason);
            }
        }
    }
}

fn identifier(id: &str, path: &Path<'_>, found: &ReadFile<'_>) {
    if let Some(hidden) = id.chars().find(|c| is_invisible(*c)) {
        found
            .wrong(path, format!("has U+{:04X}, an invisible character: remove it", hidden as u32));
    }
    text(id, path, found);
}

fn text(text: &str, path: &Path<'_>, found: &ReadFile<'_>) {
    if is_error(text) {
        found
            .wrong(path, format!("{text:?} is an error of a spreadsheet, not a value: correct it"));
    } else if text.contains(REPLACEMENT) {
        found.wrong(path, "has U+FFFD, which replaces a lost character: correct it");
    }
}

/// Checks that a trade item number is on one item only, in the file and the store.
fn gtins(stored: &ContractsFile, found: &ReadFile<'_>) {
    let items = &found.file.items;
    let places: HashMap<&ItemId, usize> =
        items.iter().enumerate().map(|(place, item)| (&item.id, place)).collect();
    // An item in the file replaces the stored item.
    let all: Vec<_> =
        stored.items.iter().filter(|item| !places.contains_key(&item.id)).chain(items).collect();
    let list = Path::Root.field("items");
    for (gtin, first, item) in shared_gtins(all.iter().copied()) {
        let place = places.get(&item.id).or_else(|| places.get(&first.id));
        if let Some(place) = place {
            let reason = format!(
                "GTIN {} is on item {} and on item {}, in the same or another length: take it from \
                 one of them",
                gtin.as_str(),
                first.id,
                item.id
            );
            found.wrong(&list.place(*place).field("gtins"), reason);
        }
    }
}
