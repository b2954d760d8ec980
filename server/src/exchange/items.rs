//! What a price list changes about items: it brings new ones, and may describe those of its own
//! suppliers anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calloff_core::ids::{ContractId, ItemId, SupplierId};
use calloff_core::item::Item;
use calloff_core::supplier::folded_name;
use calloff_core::unit::Unit;
use serde::Serialize;

use super::difference::FieldChange;
use super::price_list::PriceList;
use crate::storage::contracts::StoredVersion;

/// What a list does to the items.
#[derive(Debug, Default)]
pub struct ChangedItems {
    /// To be stored.
    pub items: Vec<Item>,
    /// Of those, the ones that were known and are described otherwise.
    pub described: Vec<ItemChange>,
    /// What a list must not do by itself.
    pub obstacles: Vec<ItemObstacle>,
}

/// An item that is described otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemChange {
    /// Which.
    pub item: ItemId,
    /// What about it.
    pub fields: Vec<FieldChange>,
}

/// Why a list's item cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ItemObstacle {
    /// The number is that of another thing, as another supplier sells it.
    #[error(
        "row {row}: item {item} is {stored:?} (from {stored_suppliers}), and here {listed:?} (from {listed_suppliers}): give the list's \
         item a number of its own, or --describe-items if both are one thing and the list describes it better"
    )]
    Described {
        /// The first row with it.
        row: u64,
        /// The item.
        item: ItemId,
        /// How it is described.
        stored: String,
        /// How the list describes it.
        listed: String,
        /// Who sells it.
        stored_suppliers: String,
        /// Who sells it by the list.
        listed_suppliers: String,
    },
    /// It is counted in another unit.
    #[error(
        "item {item} is counted in {stored}, and the list counts it in {listed}: give the mapping the unit and the content that convert \
         between them"
    )]
    Unit {
        /// The item.
        item: ItemId,
        /// In which unit it is counted.
        stored: Unit,
        /// In which the list counts it.
        listed: Unit,
    },
}

/// The items that are new or described anew. What the list does not know (GTINs, substitutes, and a
/// brand or a class where its cells are empty) stays.
#[must_use]
pub fn changed_items(
    list: &PriceList,
    stored: Vec<Item>,
    versions: &BTreeMap<ContractId, Vec<StoredVersion>>,
    may_describe: bool,
) -> ChangedItems {
    let stored: HashMap<_, _> = stored.into_iter().map(|item| (item.id.clone(), item)).collect();
    let sellers = Sellers::new(list, versions);
    let mut found = ChangedItems::default();
    for item in list.items.values() {
        let Some(before) = stored.get(&item.id) else {
            found.items.push(item.clone());
            continue;
        };
        if before.base_unit != item.base_unit {
            let (stored, listed) = (before.base_unit, item.base_unit);
            found.obstacles.push(ItemObstacle::Unit { item: item.id.clone(), stored, listed });
            continue;
        }
        let wanted = Item {
            description: item.description.clone(),
            brand_name: item.brand_name.clone().or_else(|| before.brand_name.clone()),
            category: item.category.clone().or_else(|| before.category.clone()),
            ..before.clone()
        };
        if wanted == *before {
            continue;
        }
        if sellers.is_anothers(&item.id) && !may_describe {
            // Two suppliers spell one thing differently: what is known stays.
            if folded_name(&wanted.description) != folded_name(&before.description) {
                found.obstacles.push(sellers.obstacle(before, item));
            }
            continue;
        }
        found.described.push(ItemChange { item: item.id.clone(), fields: fields(before, &wanted) });
        found.items.push(wanted);
    }
    found
}

/// Who sells an item, as stored and by the list.
#[derive(Default)]
struct Sellers<'l> {
    stored: HashMap<&'l ItemId, BTreeSet<&'l SupplierId>>,
    listed: HashMap<&'l ItemId, (u64, BTreeSet<&'l SupplierId>)>,
}

impl<'l> Sellers<'l> {
    fn new(list: &'l PriceList, versions: &'l BTreeMap<ContractId, Vec<StoredVersion>>) -> Self {
        let mut sellers = Self::default();
        for version in versions.values().flatten().filter(|version| version.is_live()) {
            for line in &version.contract.lines {
                sellers.stored.entry(&line.item).or_default().insert(&version.contract.supplier);
            }
        }
        for contract in list.contracts.values() {
            for line in contract.lines.values() {
                let row = contract.rows.get(&line.id).copied().unwrap_or(contract.first_row);
                let (first, suppliers) =
                    sellers.listed.entry(&line.item).or_insert((row, BTreeSet::new()));
                *first = row.min(*first);
                suppliers.insert(&contract.supplier);
            }
        }
        sellers
    }

    /// Whether somebody sells it, and nobody of the list does.
    fn is_anothers(&self, item: &ItemId) -> bool {
        let listed = self.listed.get(item).map(|(_, suppliers)| suppliers);
        self.stored
            .get(item)
            .is_some_and(|stored| listed.is_none_or(|listed| stored.is_disjoint(listed)))
    }

    fn obstacle(&self, before: &Item, listed: &Item) -> ItemObstacle {
        let names = |suppliers: Option<&BTreeSet<&SupplierId>>| {
            suppliers
                .into_iter()
                .flatten()
                .map(|supplier| supplier.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let listed_by = self.listed.get(&before.id);
        ItemObstacle::Described {
            row: listed_by.map_or(0, |(row, _)| *row),
            item: before.id.clone(),
            stored: before.description.clone(),
            listed: listed.description.clone(),
            stored_suppliers: names(self.stored.get(&before.id)),
            listed_suppliers: names(listed_by.map(|(_, suppliers)| suppliers)),
        }
    }
}

fn fields(before: &Item, after: &Item) -> Vec<FieldChange> {
    let category = |item: &Item| {
        item.category.as_ref().map_or_else(String::new, |category| category.code.to_string())
    };
    let brand = |item: &Item| item.brand_name.clone().unwrap_or_default();
    let pairs = [
        ("description", before.description.clone(), after.description.clone()),
        ("brand", brand(before), brand(after)),
        ("category", category(before), category(after)),
    ];
    let changed = pairs.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| FieldChange { field: field.to_owned(), from, to }).collect()
}
