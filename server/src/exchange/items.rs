//! Plans what a price list changes in the items. It adds new items, and may give items of its own
//! suppliers new descriptions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calloff_core::ids::{ContractId, ItemId, SupplierId};
use calloff_core::item::Item;
use calloff_core::supplier::folded_name;
use calloff_core::unit::Unit;
use serde::Serialize;

use super::difference::{Described, Thing};
use super::price_list::PriceList;
use crate::storage::contracts::StoredVersion;

/// What a list does to the items.
#[derive(Debug, Default)]
pub struct ChangedItems {
    /// The items to store.
    pub items: Vec<Item>,
    /// The known items among them whose description changes.
    pub described: Vec<Described>,
    /// Changes that need a person's consent.
    pub obstacles: Vec<ItemObstacle>,
}

/// Why an item of a list cannot be imported unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ItemObstacle {
    /// The number already belongs to another item, which another supplier sells.
    #[error(
        "row {row}: item {item} is {stored:?} (from {stored_suppliers}), and here {listed:?} (from {listed_suppliers}): give the list's \
         item another number, or give --describe-items if both are the same item and the list describes it better"
    )]
    Described {
        /// The first row with it.
        row: u64,
        /// The item.
        item: ItemId,
        /// The stored description.
        stored: String,
        /// The description in the list.
        listed: String,
        /// The stored suppliers of the item.
        stored_suppliers: String,
        /// The suppliers of the item in the list.
        listed_suppliers: String,
    },
    /// The item has another base unit.
    #[error(
        "item {item} is counted in {stored}, but the list counts it in {listed}: give the mapping the unit and the content that convert \
         between them"
    )]
    Unit {
        /// The item.
        item: ItemId,
        /// The stored base unit.
        stored: Unit,
        /// The unit in the list.
        listed: Unit,
    },
}

/// The items that are new or get a new description. What the list does not have stays: GTINs,
/// substitutes, and a brand or class whose cell is empty.
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
            // Two suppliers may spell the same name differently. The stored one stays.
            if folded_name(&wanted.description) != folded_name(&before.description) {
                found.obstacles.push(sellers.obstacle(before, item));
            }
            continue;
        }
        found.described.push(Described::between(Thing::Item, item.id.as_str(), before, &wanted));
        found.items.push(wanted);
    }
    found
}

/// The suppliers of each item, as stored and in the list.
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

    /// Whether the item has suppliers, and none of them is in the list.
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
