//! Ties: pairs of lines that reach step (g) of the rank undecided, for some site and day.
//!
//! Complete: two lines can only tie when they share days, sites, priority, lead time and a net price, which is looked up
//! first; what remains is asked of the engine itself, at every site that both admit and at every day and quantity where
//! anything changes. Sound: a tie is reported only when the engine ranked both lines equal for a request that is at hand.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{LineName, Tie};
use crate::calendar::{Date, Validity, date_of_day};
use crate::catalogue::index::{Days, LineEntry};
use crate::catalogue::{Catalogue, TieDecision};
use crate::contract::PriceDateBasis;
use crate::ids::{ContractId, LocationId};
use crate::resolve::{Pair, Remaining, Request};
use crate::unit::Unit;

/// Days until a weekly schedule comes round.
const WEEK: i32 = 7;

/// A tie, and what it is.
pub enum Found {
    /// Publishing refuses it.
    Ambiguous(Tie),
    /// An order shows no difference.
    Redundant(Tie),
}

/// Every tie that no decision settles, by item and lines.
pub fn ties(catalogue: &Catalogue, decisions: &[TieDecision]) -> Vec<Found> {
    let settled = Settled::new(decisions);
    let mut found = Vec::new();
    for (item, number) in catalogue.items().iter().zip(0..) {
        let entries = catalogue.entries(catalogue.item_entries[number as usize].lines.clone());
        for (at, a) in entries.iter().enumerate() {
            for b in &entries[at + 1..] {
                if settled.covers(catalogue, a, b) {
                    continue;
                }
                let pair = PairOfLines { catalogue, item: item.id.as_str(), number, a, b };
                found.extend(pair.tie());
            }
        }
    }
    found
}

/// Which contract was decided to win over which, also by way of others.
struct Settled<'d> {
    beats: BTreeMap<&'d ContractId, BTreeSet<&'d ContractId>>,
}

impl<'d> Settled<'d> {
    fn new(decisions: &'d [TieDecision]) -> Self {
        let mut beats: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for decision in decisions {
            beats.entry(&decision.winner).or_default().insert(&decision.loser);
        }
        Self { beats }
    }

    fn wins(&self, winner: &ContractId, loser: &ContractId) -> bool {
        let mut seen = BTreeSet::from([winner]);
        let mut open = vec![winner];
        while let Some(contract) = open.pop() {
            for beaten in self.beats.get(contract).into_iter().flatten() {
                if *beaten == loser {
                    return true;
                }
                if seen.insert(beaten) {
                    open.push(beaten);
                }
            }
        }
        false
    }

    fn covers(&self, catalogue: &Catalogue, a: &LineEntry, b: &LineEntry) -> bool {
        let (a, b) = (&catalogue.line_of(a).0.id, &catalogue.line_of(b).0.id);
        !self.beats.is_empty() && (self.wins(a, b) || self.wins(b, a))
    }
}

struct PairOfLines<'c> {
    catalogue: &'c Catalogue,
    item: &'c str,
    number: u32,
    a: &'c LineEntry,
    b: &'c LineEntry,
}

impl<'c> PairOfLines<'c> {
    fn tie(&self) -> Option<Found> {
        let dates = self.shared_days()?;
        if !self.may_tie() {
            return None;
        }
        let (pair, site) = self.witness(dates)?;
        let name = |entry| {
            let (contract, line) = self.catalogue.line_of(entry);
            LineName { contract: contract.id.clone(), line: line.id.clone() }
        };
        let end = if dates.last == i32::MAX { None } else { date_of_day(dates.last) };
        let tie = Tie {
            item: self.catalogue.item_at(self.number).id.clone(),
            a: name(self.a),
            b: name(self.b),
            dates: Validity::new(date_of_day(dates.first)?, end),
            site: site.clone(),
        };
        Some(if self.shows_no_difference(&pair) { Found::Redundant(tie) } else { Found::Ambiguous(tie) })
    }

    /// The days on which both can be ordered, as far as dates go. Where one tests the order date and the other the delivery
    /// date, which may lie as far apart as a person likes, the days of the later one.
    fn shared_days(&self) -> Option<Days> {
        let (a, b) = (self.window(self.a), self.window(self.b));
        let basis = |entry: &LineEntry| self.catalogue.contract_entries[entry.contract as usize].basis;
        let first = a.first.max(b.first);
        let last = match (basis(self.a), basis(self.b)) {
            (PriceDateBasis::OrderDate, PriceDateBasis::RequestedDeliveryDate) if a.first <= b.last => b.last,
            (PriceDateBasis::RequestedDeliveryDate, PriceDateBasis::OrderDate) if b.first <= a.last => a.last,
            _ => a.last.min(b.last),
        };
        (first <= last).then_some(Days { first, last })
    }

    fn window(&self, entry: &LineEntry) -> Days {
        let contract = &self.catalogue.contract_entries[entry.contract as usize];
        let mut window = contract.validity;
        if let Some((from, _)) = contract.superseded {
            window.last = window.last.min(from.saturating_sub(1));
        }
        if let Some(days) = entry.validity {
            window = Days { first: window.first.max(days.first), last: window.last.min(days.last) };
        }
        window
    }

    /// What can be told without a request.
    fn may_tie(&self) -> bool {
        let terms = |entry: &LineEntry| &self.catalogue.contract_entries[entry.contract as usize];
        let prices = |entry| self.catalogue.tiers_of(entry).iter().map(|tier| tier.net_price);
        terms(self.a).priority == terms(self.b).priority
            && self.a.lead_time_days == self.b.lead_time_days
            && prices(self.a).any(|price| prices(self.b).any(|other| price == other))
    }

    /// A request that ranks both equal.
    fn witness(&self, dates: Days) -> Option<(Pair<'c>, &'c LocationId)> {
        let dates = self.dates(dates);
        let quantities = self.quantities();
        // A tie is one whatever a site has left.
        let uncapped = Remaining::unlimited(self.catalogue);
        let admitted = self.sites().filter(|(_, path)| self.catalogue.admits_pair(self.a, self.b, path));
        for (site, _) in admitted {
            for (order_date, requested_delivery_date) in &dates {
                for (quantity, unit) in &quantities {
                    let request = Request {
                        item: self.item,
                        quantity: *quantity,
                        unit: *unit,
                        site,
                        order_date: *order_date,
                        order_time: None,
                        requested_delivery_date: *requested_delivery_date,
                        remaining: Some(&uncapped),
                    };
                    let pair = Pair::examine(self.catalogue, &request, self.number, self.a, self.b);
                    if let Some(pair) = pair.filter(Pair::is_tie) {
                        return Some((pair, site));
                    }
                }
            }
        }
        None
    }

    /// Sites in the order of their identifiers, so that the same one is named every time.
    fn sites(&self) -> impl Iterator<Item = (&'c LocationId, &'c [u32])> {
        let catalogue = self.catalogue;
        catalogue.locations().sites().filter_map(|site| Some((&site.id, &**catalogue.sites.get(&site.id)?)))
    }

    /// Order dates and, where either line tests the delivery date, dates asked for: the first shared day and every later one
    /// on which something changes.
    fn dates(&self, shared: Days) -> Vec<(Date, Option<Date>)> {
        let basis = |entry: &LineEntry| self.catalogue.contract_entries[entry.contract as usize].basis;
        if [self.a, self.b].into_iter().all(|entry| basis(entry) == PriceDateBasis::OrderDate) {
            let days = self.changes(shared, [shared.first]).into_iter();
            return days.filter_map(date_of_day).map(|day| (day, None)).collect();
        }
        // A delivery moves on to the next day of its schedule, a week away at most but for holidays.
        let (a, b) = (self.window(self.a), self.window(self.b));
        let wider = Days { first: a.first.min(b.first), last: a.last.max(b.last) };
        let days = self.changes(wider, [a.first, a.last, b.first, b.last]);
        let requested: BTreeSet<i32> =
            days.iter().flat_map(|day| (0..=WEEK).map(|later| day.saturating_add(later))).collect();
        let lead = i32::from(self.a.lead_time_days);
        let ordered = days.iter().flat_map(|day| [*day, day.saturating_sub(lead + WEEK)]);
        let ordered: BTreeSet<Date> = ordered.filter_map(date_of_day).collect();
        let requested: Vec<Date> = requested.into_iter().filter_map(date_of_day).collect();
        let pairs = ordered.iter().flat_map(|order| requested.iter().map(|requested| (*order, Some(*requested))));
        pairs.collect()
    }

    /// The days given and every one within on which a tier or a sourcing rule begins or has just ended.
    fn changes(&self, within: Days, given: impl IntoIterator<Item = i32>) -> BTreeSet<i32> {
        let tiers = |entry| self.catalogue.tiers_of(entry).iter().filter_map(|tier| tier.validity);
        let changes = tiers(self.a)
            .chain(tiers(self.b))
            .chain(self.catalogue.rule_days())
            .flat_map(|days| [days.first, days.last.saturating_add(1)]);
        changes.filter(|day| within.contain(*day)).chain(given).collect()
    }

    /// Every quantity at which a tier or a bound begins, and one between each two, in each line's own unit and in the
    /// item's base unit.
    fn quantities(&self) -> Vec<(Decimal, Option<Unit>)> {
        let mut own = BTreeSet::from([Decimal::ONE]);
        let mut base = BTreeSet::new();
        for entry in [self.a, self.b] {
            let content = self.catalogue.line_of(entry).1.content;
            let tiers = self.catalogue.tiers_of(entry).iter().map(|tier| tier.threshold);
            let bounds = entry.bounds.iter().flat_map(|bounds| [bounds.minimum, bounds.maximum, bounds.increment]);
            for quantity in tiers.chain(bounds.flatten()).filter(|quantity| *quantity > Decimal::ZERO) {
                own.insert(quantity);
                base.extend(quantity.checked_mul(content));
            }
            base.insert(content);
        }
        let base_unit = self.catalogue.item_at(self.number).base_unit;
        let own = with_midpoints(own).into_iter().map(|quantity| (quantity, None));
        own.chain(with_midpoints(base).into_iter().map(|quantity| (quantity, Some(base_unit)))).collect()
    }

    /// Whether an order would show the same supplier, price and terms with either line.
    fn shows_no_difference(&self, pair: &Pair<'_>) -> bool {
        let (contract_a, a) = self.catalogue.line_of(self.a);
        let (contract_b, b) = self.catalogue.line_of(self.b);
        contract_a.id == contract_b.id
            && contract_a.version == contract_b.version
            && pair.shows_same_price()
            && a.terms == b.terms
            && (a.orderable_unit, a.content) == (b.orderable_unit, b.content)
            && (a.minimum_order_quantity, a.maximum_order_quantity, a.order_quantity_increment)
                == (b.minimum_order_quantity, b.maximum_order_quantity, b.order_quantity_increment)
    }
}

fn with_midpoints(points: BTreeSet<Decimal>) -> Vec<Decimal> {
    let points: Vec<Decimal> = points.into_iter().collect();
    let between = points.windows(2).filter_map(|pair| pair[0].checked_add(pair[1])?.checked_div(Decimal::TWO));
    let beyond = points.last().and_then(|last| last.checked_add(Decimal::ONE));
    let extra: Vec<Decimal> = between.chain(beyond).collect();
    points.into_iter().chain(extra).collect()
}
