//! The index: a content, checked and laid out so that a resolution is two hash look-ups and a walk
//! over one item's lines.

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

/// What an item number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemNumber {
    Item(u32),
    /// A supplier's number that means more than one item.
    Ambiguous,
}

/// From the root to the site: numbers of the nodes.
pub(crate) type SitePath = Box<[u32]>;

#[derive(Debug)]
pub(crate) struct ItemEntry {
    /// Its lines: a range of `line_entries`.
    pub lines: std::ops::Range<u32>,
    pub substitutes: Box<[u32]>,
    category: Option<u32>,
}

/// First and last day, as day numbers; open is `i32::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    pub first: i32,
    pub last: i32,
}

impl Days {
    pub fn contain(self, day: i32) -> bool {
        self.first <= day && day <= self.last
    }
}

#[derive(Debug)]
pub(crate) struct ContractEntry {
    pub status: ContractStatus,
    pub validity: Days,
    /// The first day of the version that supersedes this one, and its number.
    pub superseded: Option<(i32, u32)>,
    pub basis: PriceDateBasis,
    pub scope: ScopeEntry,
    pub supplier: u32,
    pub currency: Currency,
    pub priority: u32,
    /// Its place among the settled ties; smaller wins.
    pub tie: u32,
}

/// A scope by node numbers, sorted.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScopeEntry {
    included: Box<[u32]>,
    excluded: Box<[u32]>,
    /// The root is included and nothing else is mentioned: most contracts are for everyone.
    is_everyone: bool,
}

impl ScopeEntry {
    /// The depth of the deepest node of the path that is mentioned, if it is included. See
    /// [`crate::contract::Scope::admits`].
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
    pub validity: Option<Days>,
    pub territory: Option<Box<ScopeEntry>>,
    pub lead_time_days: u16,
    pub has_schedule: bool,
    pub orderable_unit: Unit,
    /// Whether only whole orderable units can be ordered: it is not divisible, and its bounds name
    /// no increment. Here and not in `bounds`, which most lines do not need.
    pub is_whole: bool,
    /// Its tiers: a range of `tier_entries`.
    pub tiers: std::ops::Range<u32>,
    pub bounds: Option<Box<Bounds>>,
}

/// Which quantities can be ordered, in orderable units, and what they count towards.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub minimum: Option<Decimal>,
    pub maximum: Option<Decimal>,
    pub increment: Option<Decimal>,
    pub cap: Option<LineCap>,
}

#[derive(Debug)]
pub(crate) struct TierEntry {
    pub threshold: Decimal,
    pub validity: Option<Days>,
    /// The price, in the contract's currency: here, so that a resolution need not look into the
    /// line for it.
    pub amount: Decimal,
    /// How many orderable units the price buys.
    pub base_quantity: Decimal,
    /// Per base unit of the item, in the comparison currency.
    pub net_price: Decimal,
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
    /// What orderable quantities are multiples of; `None` where any will do. See
    /// [`CatalogueLine::quantity_step`].
    pub fn step(&self) -> Option<Decimal> {
        let increment = self.bounds.as_ref().and_then(|bounds| bounds.increment);
        increment.or_else(|| self.is_whole.then_some(Decimal::ONE))
    }
}

impl Catalogue {
    /// Checks the references of a content and lays it out.
    ///
    /// # Errors
    /// The first reference that leads nowhere or number that cannot be computed with, named.
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

    /// All items by number.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// An item by its own number.
    #[must_use]
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.binary_search_by(|item| item.id.cmp(id)).ok().map(|at| &self.items[at])
    }

    /// All suppliers by number.
    #[must_use]
    pub fn suppliers(&self) -> &[Supplier] {
        &self.suppliers
    }

    /// A supplier.
    #[must_use]
    pub fn supplier(&self, id: &SupplierId) -> Option<&Supplier> {
        self.supplier_numbers.get(id).map(|number| &self.suppliers[*number as usize])
    }

    /// All contract versions by number and version.
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

    /// The time zone of a site, by the rules that travel with the release; `None` where there is no
    /// such site, or the release is from before they did.
    #[must_use]
    pub fn time_zone(&self, site: &LocationId) -> Option<&TimeZone> {
        let site = self.location(site)?.site.as_ref()?;
        self.time_zones.get(&site.time_zone).map(|(zone, _)| zone)
    }

    /// The rules of a site's time zone, to be kept for the time before the catalogue is read.
    #[must_use]
    pub fn time_zone_rules(&self, site: &LocationId) -> Option<&Rules> {
        let site = self.location(site)?.site.as_ref()?;
        self.time_zones.get(&site.time_zone).map(|(_, rules)| rules)
    }

    /// At which rates prices are compared.
    #[must_use]
    pub fn exchange_rates(&self) -> &ExchangeRates {
        &self.exchange_rates
    }

    /// All lines of an item, with the contract version each stands on.
    pub fn lines_of(&self, id: &ItemId) -> impl Iterator<Item = (&Contract, &CatalogueLine)> {
        let at = self.items.binary_search_by(|item| item.id.cmp(id)).ok();
        let range = at.map_or(0..0, |at| self.item_entries[at].lines.clone());
        self.entries(range).iter().map(|entry| self.line_of(entry))
    }

    /// A search over all items, each by its description and brand, its own number, its GTINs and
    /// its suppliers' numbers; behind those by who sells it and how the price lists describe its
    /// packages. Entry `n` is `items()[n]`.
    #[must_use]
    pub fn search_index(&self) -> SearchIndex {
        SearchIndex::build(self.items.iter().map(|item| {
            let text = std::iter::once(item.description.as_str())
                .chain(item.brand_name.as_deref())
                .collect();
            // As it is written, which people type from its beginning, and in 14 digits, of which
            // each shorter form is an end.
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
            for (contract, line) in self.lines_of(&item.id) {
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

    /// What a number means; else what the GTIN means in a text that a scanner read.
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

    /// When the supplier of a line delivers, by the line's terms or its contract's.
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

    /// The days of every sourcing rule for a supplier that concerns an item.
    pub(crate) fn rule_days(&self, item: u32, supplier: u32) -> impl Iterator<Item = Days> {
        let category = self.item_entries[item as usize].category.map(RuleSubject::Category);
        let subjects = std::iter::once(RuleSubject::Item(item)).chain(category);
        subjects
            .filter_map(move |subject| self.rules.get(&(subject, supplier)))
            .flatten()
            .map(|rule| rule.validity)
    }

    /// How a supplier stands for an item at a site on a day: the deepest node on the path with a
    /// rule decides, there the item's own rule before its category's. Of several rules that say
    /// different things there the strictest holds; publishing refuses such a pair.
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

/// What a package holds, as people type it ("25kg"), where it is measured and not counted.
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
