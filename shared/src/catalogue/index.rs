//! The index of a release. It checks the content and lays it out, so that a resolution needs two
//! hash look-ups and one walk over the lines of an item.

mod build;
mod caps;
mod schedule;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

pub use build::CatalogueError;
pub use caps::Cap;
pub(crate) use caps::LineCap;
pub use schedule::Deliveries;
pub(crate) use schedule::Delivery;

use super::search::{SearchEntry, SearchIndex};
use super::zones::Rules;
use super::{CatalogueContent, ExchangeRates};
use crate::contract::{
    CatalogueLine, Contract, ContractStatus, DeliverySchedule, Preference, PriceDateBasis,
};
use crate::ids::{ContractId, ItemId, LocationId, SupplierId};
use crate::item::{Item, gs1_gtin};
use crate::location::{Location, LocationTree};
use crate::money::Currency;
use crate::supplier::Supplier;
use crate::unit::Unit;

/// A release, ready to resolve against.
#[derive(Debug)]
pub struct Catalogue {
    tree: LocationTree,
    suppliers: Vec<Supplier>,
    items: Vec<Item>,
    contracts: Vec<Contract>,
    exchange_rates: ExchangeRates,
    has_rules: bool,
    caps: Vec<Cap>,
    time_zones: BTreeMap<String, (TimeZone, Rules)>,

    pub(crate) item_numbers: FxHashMap<Arc<str>, ItemNumber>,
    pub(crate) sites: FxHashMap<LocationId, SitePath>,
    pub(crate) item_entries: Vec<ItemEntry>,
    pub(crate) line_entries: Vec<LineEntry>,
    pub(crate) tier_entries: Vec<TierEntry>,
    pub(crate) contract_entries: Vec<ContractEntry>,
    rules: FxHashMap<(RuleSubject, u32), Vec<RuleEntry>>,
    categories: FxHashMap<crate::item::Category, u32>,
    supplier_numbers: FxHashMap<SupplierId, u32>,
}

/// The item that an item number names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemNumber {
    Item(u32),
    /// A supplier's number that several items share.
    Ambiguous,
}

/// The numbers of the nodes on the path from the root to the site.
pub(crate) type SitePath = Box<[u32]>;

#[derive(Debug)]
pub(crate) struct ItemEntry {
    /// The lines of the item: a range of `line_entries`.
    pub lines: std::ops::Range<u32>,
    pub substitutes: Box<[u32]>,
    category: Option<u32>,
}

/// First and last day, as day numbers. Without an end, the last day is `i32::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    pub first: i32,
    pub last: i32,
}

impl Days {
    /// All days.
    pub const ALL: Self = Self { first: i32::MIN, last: i32::MAX };

    pub fn contain(self, day: i32) -> bool {
        self.first <= day && day <= self.last
    }
}

#[derive(Debug)]
pub(crate) struct ContractEntry {
    pub status: ContractStatus,
    pub validity: Days,
    /// The first day of the version that supersedes this one, and the number of that version.
    pub superseded: Option<(i32, u32)>,
    pub basis: PriceDateBasis,
    pub scope: ScopeEntry,
    pub supplier: u32,
    pub currency: Currency,
    pub priority: u32,
    /// The position among the settled ties. The smaller position wins.
    pub tie: u32,
}

/// A scope by node numbers, sorted.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScopeEntry {
    included: Box<[u32]>,
    excluded: Box<[u32]>,
    /// Whether the scope includes the root and mentions no other node. That is the case for most
    /// contracts.
    is_everyone: bool,
}

impl ScopeEntry {
    /// The depth of the deepest mentioned node on the path, when the scope includes it. `None` when
    /// the scope excludes the site. See [`crate::contract::Scope::admits`].
    pub fn admits(&self, path: &[u32]) -> Option<u32> {
        if self.is_everyone {
            return Some(0);
        }
        for (depth, node) in path.iter().enumerate().rev() {
            if self.excluded.binary_search(node).is_ok() {
                return None;
            }
            if self.included.binary_search(node).is_ok() {
                return u32::try_from(depth).ok();
            }
        }
        None
    }
}

#[derive(Debug)]
pub(crate) struct LineEntry {
    pub contract: u32,
    pub line: u32,
    pub validity: Days,
    pub territory: Option<Box<ScopeEntry>>,
    pub lead_time_days: u16,
    pub has_schedule: bool,
    pub orderable_unit: Unit,
    /// Whether only whole orderable units can be ordered: the line is not divisible and has no
    /// increment. It is not part of `bounds`, because most lines need no `bounds`.
    pub is_whole: bool,
    /// The tiers of the line: a range of `tier_entries`.
    pub tiers: std::ops::Range<u32>,
    pub bounds: Option<Box<Bounds>>,
}

/// The bounds of the quantity, in orderable units, and the hard maximum that counts the line.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub minimum: Option<Decimal>,
    pub maximum: Option<Decimal>,
    pub increment: Option<Decimal>,
    pub cap: Option<LineCap>,
}

#[derive(Debug)]
pub(crate) struct TierEntry {
    pub terms: Arc<TierTerms>,
    pub validity: Days,
    /// The price, in the contract's currency. It is copied here so that a resolution does not have
    /// to read the line.
    pub amount: Decimal,
    /// The price of one base unit of the item, in the comparison currency.
    pub net_price: Decimal,
}

/// The terms that most tiers of a catalogue share, so that they are kept once.
#[derive(Debug)]
pub(crate) struct TierTerms {
    pub threshold: Decimal,
    /// The number of orderable units that the price buys.
    pub base_quantity: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RuleSubject {
    Item(u32),
    Category(u32),
}

#[derive(Debug)]
struct RuleEntry {
    location: u32,
    validity: Days,
    preference: Preference,
}

impl LineEntry {
    /// The step: orderable quantities are multiples of it. `None` when any quantity can be ordered.
    /// See [`CatalogueLine::quantity_step`].
    pub fn step(&self) -> Option<Decimal> {
        let increment = self.bounds.as_ref().and_then(|bounds| bounds.increment);
        increment.or_else(|| self.is_whole.then_some(Decimal::ONE))
    }
}

impl Catalogue {
    /// Checks the references of a content and lays it out as an index.
    ///
    /// # Errors
    /// The first reference to something that does not exist, or the first number that cannot be
    /// computed exactly.
    pub fn build(content: CatalogueContent) -> Result<Self, CatalogueError> {
        build::build(content)
    }

    /// The location tree.
    #[must_use]
    pub fn locations(&self) -> &LocationTree {
        &self.tree
    }

    /// A node of the location tree.
    #[must_use]
    pub fn location(&self, id: &LocationId) -> Option<&Location> {
        self.tree.get(id)
    }

    /// All items, ordered by identifier.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item with this identifier.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.binary_search_by(|item| item.id.cmp(id)).ok().map(|at| &self.items[at])
    }

    /// All suppliers, ordered by identifier.
    #[must_use]
    pub fn suppliers(&self) -> &[Supplier] {
        &self.suppliers
    }

    /// A supplier.
    #[must_use]
    pub fn supplier(&self, id: &SupplierId) -> Option<&Supplier> {
        self.supplier_numbers.get(id).map(|number| &self.suppliers[*number as usize])
    }

    /// All contract versions, ordered by identifier and version.
    #[must_use]
    pub fn contracts(&self) -> &[Contract] {
        &self.contracts
    }

    /// A contract version.
    #[must_use]
    pub fn contract(&self, id: &ContractId, version: u32) -> Option<&Contract> {
        let at = self
            .contracts
            .binary_search_by(|contract| (&contract.id, contract.version).cmp(&(id, version)));
        at.ok().map(|at| &self.contracts[at])
    }

    /// The time zone of a site, by the rules in the release. `None` when the site does not exist,
    /// or the release is too old to carry rules.
    #[must_use]
    pub fn time_zone(&self, site: &LocationId) -> Option<&TimeZone> {
        let site = self.location(site)?.site.as_ref()?;
        self.time_zones.get(&site.time_zone).map(|(zone, _)| zone)
    }

    /// The rules of a site's time zone. A tablet stores them for the time before it has read the
    /// catalogue.
    #[must_use]
    pub fn time_zone_rules(&self, site: &LocationId) -> Option<&Rules> {
        let site = self.location(site)?.site.as_ref()?;
        self.time_zones.get(&site.time_zone).map(|(_, rules)| rules)
    }

    /// The rates at which prices are compared.
    #[must_use]
    pub fn exchange_rates(&self) -> &ExchangeRates {
        &self.exchange_rates
    }

    /// All lines of an item, each with its contract version.
    pub fn lines_of(&self, id: &ItemId) -> impl Iterator<Item = (&Contract, &CatalogueLine)> {
        let at = self.items.binary_search_by(|item| item.id.cmp(id)).ok();
        let range = at.map_or(0..0, |at| self.item_entries[at].lines.clone());
        self.entries(range).iter().map(|entry| self.line_of(entry))
    }

    /// A search over all items. It finds an item by its description, brand, own number, GTINs and
    /// suppliers' numbers. Its suppliers and the descriptions of its packages find it, too, but
    /// rank behind. Entry `n` is `items()[n]`.
    #[must_use]
    pub fn search_index(&self) -> SearchIndex {
        self.search_over(|_| true)
    }

    /// As [`Self::search_index`], but suppliers and packages find an item only if a contract sells
    /// it in this way at the site. At a site that the catalogue does not have, all of them do.
    #[must_use]
    pub fn search_index_at(&self, site: &LocationId) -> SearchIndex {
        let path = self.sites.get(site);
        self.search_over(|entry| {
            let admits = |scope: &ScopeEntry| path.is_none_or(|path| scope.admits(path).is_some());
            admits(&self.contract_entries[entry.contract as usize].scope)
                && entry.territory.as_deref().is_none_or(admits)
        })
    }

    fn search_over(&self, is_sold: impl Fn(&LineEntry) -> bool) -> SearchIndex {
        SearchIndex::build(self.items.iter().zip(&self.item_entries).map(|(item, indexed)| {
            let text = std::iter::once(item.description.as_str())
                .chain(item.brand_name.as_deref())
                .collect();
            // As it is written, because people type it from its beginning. Also in 14 digits,
            // because each shorter form is an ending of them.
            let gtins =
                item.gtins.iter().flat_map(|gtin| [gtin.as_str().to_owned(), gtin.digits()]);
            let suppliers = self
                .lines_of(&item.id)
                .filter_map(|(_, line)| line.supplier_item_number.as_deref());
            let own = std::iter::once(item.id.as_str()).chain(suppliers).map(Cow::Borrowed);
            let mut codes: Vec<Cow<'_, str>> = own.chain(gtins.map(Cow::Owned)).collect();
            codes.sort_unstable();
            codes.dedup();
            let mut aside: Vec<Cow<'_, str>> = Vec::new();
            let sold = self.entries(indexed.lines.clone()).iter().filter(|entry| is_sold(entry));
            for (contract, line) in sold.map(|entry| self.line_of(entry)) {
                aside.extend(
                    self.supplier(&contract.supplier).map(|supplier| supplier.name.as_str().into()),
                );
                aside.extend(line.package_description.as_deref().map(Cow::from));
                aside.extend(searched_content(line, item).map(Cow::from));
            }
            aside.sort_unstable();
            aside.dedup();
            SearchEntry { text, aside, codes }
        }))
    }

    /// The item that a text names: by a known number, else by the GTIN in a scanned GS1 barcode.
    pub(crate) fn item_number(&self, text: &str) -> Option<ItemNumber> {
        let known = |number: &str| self.item_numbers.get(number).copied();
        known(text).or_else(|| known(&gs1_gtin(text)?.digits()))
    }

    pub(crate) fn entries(&self, range: std::ops::Range<u32>) -> &[LineEntry] {
        &self.line_entries[range.start as usize..range.end as usize]
    }

    pub(crate) fn line_of(&self, entry: &LineEntry) -> (&Contract, &CatalogueLine) {
        let contract = &self.contracts[entry.contract as usize];
        (contract, &contract.lines[entry.line as usize])
    }

    /// The delivery schedule of a line: its own, else that of its contract.
    pub(crate) fn schedule_of(&self, entry: &LineEntry) -> Option<&DeliverySchedule> {
        let (contract, line) = self.line_of(entry);
        let own = line.terms.as_ref().and_then(|terms| terms.delivery_schedule.as_ref());
        own.or(contract.terms.delivery_schedule.as_ref())
    }

    pub(crate) fn tiers_of(&self, entry: &LineEntry) -> &[TierEntry] {
        &self.tier_entries[entry.tiers.start as usize..entry.tiers.end as usize]
    }

    pub(crate) fn item_at(&self, number: u32) -> &Item {
        &self.items[number as usize]
    }

    /// The days of every sourcing rule that concerns this item and supplier.
    pub(crate) fn rule_days(&self, item: u32, supplier: u32) -> impl Iterator<Item = Days> {
        let category = self.item_entries[item as usize].category.map(RuleSubject::Category);
        let subjects = std::iter::once(RuleSubject::Item(item)).chain(category);
        subjects
            .filter_map(move |subject| self.rules.get(&(subject, supplier)))
            .flatten()
            .map(|rule| rule.validity)
    }

    /// What the sourcing rules say of a supplier for an item at a site on a day. The deepest node
    /// on the path with a rule decides. At one node, a rule for the item goes before a rule for its
    /// category. If several rules still disagree, the strictest one holds; publishing refuses such
    /// rules.
    pub(crate) fn preference(
        &self,
        item: u32,
        supplier: u32,
        path: &[u32],
        day: i32,
    ) -> Preference {
        if !self.has_rules {
            return Preference::Allowed;
        }
        let of = |subject| self.rules.get(&(subject, supplier)).map_or(&[][..], Vec::as_slice);
        let category = self.item_entries[item as usize].category;
        let subjects = [
            of(RuleSubject::Item(item)),
            category.map_or(&[][..], |number| of(RuleSubject::Category(number))),
        ];
        for node in path.iter().rev() {
            for rules in subjects {
                let here = rules
                    .iter()
                    .filter(|rule| rule.location == *node && rule.validity.contain(day));
                if let Some(preference) = here.map(|rule| rule.preference).max() {
                    return preference;
                }
            }
        }
        Preference::Allowed
    }
}

/// The content of a package as people type it ("25kg"). Only for items that are measured, not
/// counted.
fn searched_content(line: &CatalogueLine, item: &Item) -> Option<String> {
    let symbol = match item.base_unit.as_str() {
        "KGM" => "kg",
        "GRM" => "g",
        "LTR" => "l",
        "MLT" => "ml",
        _ => return None,
    };
    Some(format!("{}{symbol}", line.content.normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::builder::{
        catalogue, contract, id, item, packed_line, supplier, tier, unit,
    };

    #[test]
    fn only_suppliers_and_packages_of_a_site_find_an_item_there() {
        let flour = |number, content| {
            packed_line(number, "flour", "BG", content, vec![tier("1", "9", "BG")])
        };
        let mut content = catalogue(vec![
            contract("C-1", "mill", "site-1", vec![flour("10", "25")]),
            contract("C-2", "other", "site-2", vec![flour("10", "16")]),
        ]);
        content.items = vec![Item { base_unit: unit("KGM"), ..item("flour") }];
        content.suppliers = vec![supplier("mill"), supplier("other")];
        let catalogue = Catalogue::build(content).unwrap();
        let finds = |index: SearchIndex| {
            ["flour 25 kg", "flour 16 kg", "mill", "other"]
                .map(|typed| index.search(typed, 9).iter().any(|hit| hit.missing == 0))
        };
        assert_eq!(finds(catalogue.search_index()), [true; 4]);
        assert_eq!(finds(catalogue.search_index_at(&id("site-1"))), [true, false, true, false]);
        assert_eq!(finds(catalogue.search_index_at(&id("elsewhere"))), [true; 4]);
    }
}
