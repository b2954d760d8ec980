//! What the sites of the demo organisation wanted in the past weeks. The code that builds the
//! demo's history sends each wish through the real code, from the tablet's document to the accepted
//! order.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::goods::department_of;
use super::people::{StaffMember, staff};
use super::seed::Seed;
use crate::calendar::{Date, Validity};
use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Contract, ContractStatus, Preference, Subject};
use crate::ids::{ItemId, LocationId, PersonId};
use crate::item::Item;
use crate::location::{Location, LocationTree};

/// One basket of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastOrder {
    /// The site that ordered.
    pub site: LocationId,
    /// The person of that site who ordered.
    pub by: PersonId,
    /// The time, by the clock at the site.
    pub created: DateTime,
    /// The items, with their quantities in the orderable unit of the winning line.
    pub lines: Vec<(ItemId, Decimal)>,
}

/// Three baskets a week: the weekday (0 = the first of the week), and the first and last department
/// from which it takes items.
const BASKETS: [(i64, usize, usize); 3] = [(0, 0, 3), (2, 4, 6), (4, 7, 10)];
/// The number of items that a site orders regularly.
const GUIDE_ITEMS: usize = 90;

/// Some weeks of baskets, the oldest first: about three for each site and week, with 5 to 20 lines.
/// The site can order each item on every day of these weeks, and every line that could win accepts
/// the quantity without an adjustment. The last basket is from yesterday.
#[must_use]
pub fn past_orders(
    seed: u64,
    content: &CatalogueContent,
    today: Date,
    weeks: u16,
) -> Vec<PastOrder> {
    let Ok(tree) = LocationTree::new(content.locations.iter().cloned()) else { return Vec::new() };
    let days = i64::from(weeks) * 7;
    let first = today.saturating_sub(days.days());
    let period = Validity::new(first, Some(today));
    let people = staff(seed, content);
    let mut seed = Seed::fork(seed, "past orders");
    let mut orders = Vec::new();
    for site in tree.sites() {
        let orderable = Orderable::at(content, &tree, site, period);
        let guide = orderable.guide(&mut seed);
        let team: Vec<&StaffMember> =
            people.iter().filter(|person| person.site.as_ref() == Some(&site.id)).collect();
        if team.is_empty() {
            continue;
        }
        for week in 0..i64::from(weeks) {
            for (weekday, low, high) in BASKETS {
                let lines = basket(&mut seed, &guide, low..=high);
                let day = first.saturating_add((week * 7 + weekday + seed.between(0, 2)).days());
                if !lines.is_empty() {
                    let by = seed.pick(&team).id.clone();
                    let created = day.at(hour(&mut seed), minute(&mut seed), 0, 0);
                    orders.push(PastOrder { site: site.id.clone(), by, created, lines });
                }
            }
        }
    }
    orders.sort_by(|a, b| (a.created, &a.site).cmp(&(b.created, &b.site)));
    orders
}

/// An item that a site orders regularly, its department, and how its quantities are counted.
struct Guided<'c> {
    item: &'c ItemId,
    department: usize,
    counted: Counted,
}

/// Quantities that every possible line accepts: multiples of `step`, from `least` to `most`.
#[derive(Debug, Clone, Copy)]
struct Counted {
    step: i64,
    least: Decimal,
    most: Decimal,
}

impl Counted {
    /// Any whole number from one on.
    const FREE: Self = Self { step: 1, least: Decimal::ONE, most: Decimal::ONE_HUNDRED };
    /// The largest step that is tried. Nobody orders in larger steps.
    const LARGEST_STEP: i64 = 60;

    /// The quantities that this line accepts, too; `None` when no quantity suits all lines.
    fn and(self, line: &CatalogueLine) -> Option<Self> {
        let increment = line.order_quantity_increment.unwrap_or(Decimal::ONE);
        // An increment below one divides the whole numbers that are ordered here.
        let step = (1..=Self::LARGEST_STEP / self.step)
            .map(|times| times * self.step)
            .find(|step| (Decimal::from(*step) % increment).is_zero())?;
        let least = self.least.max(line.minimum_order_quantity.unwrap_or(Decimal::ONE));
        let most = self.most.min(line.maximum_order_quantity.unwrap_or(Decimal::ONE_HUNDRED));
        Some(Self { step, least, most })
    }

    fn draw(self, seed: &mut Seed) -> Option<Decimal> {
        let step = Decimal::from(self.step);
        let first = (self.least / step).ceil().max(Decimal::ONE);
        let wanted = (first + Decimal::from(seed.between(0, 4))) * step;
        let quantity = if wanted <= self.most { wanted } else { first * step };
        (quantity <= self.most).then_some(quantity)
    }
}

/// What one site can order on every day of a period, and in which quantities.
struct Orderable<'c>(BTreeMap<&'c ItemId, (bool, Option<Counted>)>);

impl<'c> Orderable<'c> {
    fn at(
        content: &'c CatalogueContent,
        tree: &LocationTree,
        site: &Location,
        period: Validity,
    ) -> Self {
        let path: Vec<&LocationId> = tree.path(&site.id).iter().map(|node| &node.id).collect();
        let items: BTreeMap<&ItemId, &Item> =
            content.items.iter().map(|item| (&item.id, item)).collect();
        let mut orderable = BTreeMap::new();
        let within = |contract: &&Contract| {
            contract.status == ContractStatus::Published
                && contract.validity.intersection(&period).is_some()
                && contract.effective_from() <= period.end.unwrap_or(period.start)
                && contract.scope.admits(path.iter().copied()).is_some()
        };
        for contract in content.contracts.iter().filter(within) {
            for line in &contract.lines {
                let is_here = line
                    .territory
                    .as_ref()
                    .is_none_or(|scope| scope.admits(path.iter().copied()).is_some());
                let days = line.validity.unwrap_or(contract.validity);
                if !is_here || days.intersection(&period).is_none() {
                    continue;
                }
                let is_steady = period.is_within(&days)
                    && period.is_within(&contract.validity)
                    && !may_be_blocked(content, contract, items.get(&line.item).copied(), &path);
                let entry = orderable.entry(&line.item).or_insert((false, Some(Counted::FREE)));
                entry.0 |= is_steady;
                entry.1 = entry.1.and_then(|counted| counted.and(line));
            }
        }
        Self(orderable)
    }

    /// What the site orders regularly: a random choice of what it can order.
    fn guide(&self, seed: &mut Seed) -> Vec<Guided<'c>> {
        let known = self.0.iter().filter_map(|(item, (is_steady, counted))| {
            let (department, counted) = (department_of(item)?, (*counted)?);
            is_steady.then_some(Guided { item, department, counted })
        });
        let mut guide: Vec<Guided<'c>> = known.collect();
        seed.shuffle(&mut guide);
        guide.truncate(GUIDE_ITEMS);
        guide
    }
}

/// Whether any sourcing rule on the site's path blocks the supplier for the item, even if a deeper
/// rule overrules it.
fn may_be_blocked(
    content: &CatalogueContent,
    contract: &Contract,
    item: Option<&Item>,
    path: &[&LocationId],
) -> bool {
    content.sourcing_rules.iter().any(|rule| {
        rule.preference == Preference::Blocked
            && rule.supplier == contract.supplier
            && path.contains(&&rule.location)
            && item.is_some_and(|item| match &rule.subject {
                Subject::Item(id) => *id == item.id,
                Subject::Category(category) => item.category.as_ref() == Some(category),
            })
    })
}

fn basket(
    seed: &mut Seed,
    guide: &[Guided<'_>],
    departments: std::ops::RangeInclusive<usize>,
) -> Vec<(ItemId, Decimal)> {
    let mut wanted: Vec<&Guided<'_>> =
        guide.iter().filter(|guided| departments.contains(&guided.department)).collect();
    seed.shuffle(&mut wanted);
    wanted.truncate(5 + seed.place(16));
    let lines = wanted
        .into_iter()
        .filter_map(|guided| Some((guided.item.clone(), guided.counted.draw(seed)?)));
    lines.collect()
}

/// Between six in the morning and four in the afternoon, when kitchens order.
fn hour(seed: &mut Seed) -> i8 {
    seed.pick(&[6, 7, 8, 9, 10, 13, 14, 15])
}

fn minute(seed: &mut Seed) -> i8 {
    i8::try_from(seed.between(0, 59)).unwrap_or(0)
}
