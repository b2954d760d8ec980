//! Ties: pairs of lines that have equal merit for some site and day, see `docs/resolution.md`.
//!
//! The search is complete. Two lines can only tie when they share priority, lead time, a net price,
//! and a site at one scope depth. These are compared first. For the remaining pairs, [`days`] finds
//! the orders, and [`quantity`] finds the quantities at which the prices are equal, in every range
//! of days in which nothing changes.
//!
//! The search is sound. A tie is reported only when the engine itself gives both lines equal merit
//! for that order.
//!
//! The use of allotments changes all the time, so the search ignores it.

mod days;
mod quantity;

pub(super) use days::{Calendar, regions, window};
pub(super) use quantity::{Stretch, stretches};

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::ground::{Ground, SiteSet};
use super::{LineName, Tie};
use crate::calendar::{Validity, date_of_day};
use crate::catalogue::index::{Days, LineEntry};
use crate::catalogue::{Catalogue, TieDecision};
use crate::ids::{ContractId, LocationId};
use crate::resolve::{Pair, ResolutionRequest};
use crate::unit::Unit;
use days::{Occasion, occasions};
use quantity::Asking;

/// A tie, and whether an order would show it.
pub enum Found {
    /// Publishing refuses the tie.
    Ambiguous(Tie),
    /// An order looks the same with either line.
    Redundant(Tie),
}

/// Every tie that no decision settles, ordered by item and lines.
pub fn ties(ground: &mut Ground<'_>, settled: &Settled<'_>) -> Vec<Found> {
    let catalogue = ground.catalogue;
    let mut found = Vec::new();
    for item in 0..u32::try_from(catalogue.items().len()).unwrap_or(u32::MAX) {
        let entries = catalogue.entries(catalogue.item_entries[item as usize].lines.clone());
        let pairs = equally_priced(ground, entries);
        if pairs.is_empty() {
            continue;
        }
        let reaches: Vec<_> = entries.iter().map(|entry| ground.reach(entry)).collect();
        for (a, b) in pairs {
            if !reaches[a].meets_at_one_depth(&reaches[b])
                || settled.covers(catalogue, &entries[a], &entries[b])
            {
                continue;
            }
            let sites = reaches[a].at_one_depth(&reaches[b]);
            found.extend(PairOfLines { ground, item, a: &entries[a], b: &entries[b], sites }.tie());
        }
    }
    found
}

/// Pairs of indexes of lines that are in force on some day and share priority, lead time and one
/// net price. In ascending order.
fn equally_priced(ground: &Ground<'_>, entries: &[LineEntry]) -> Vec<(usize, usize)> {
    let catalogue = ground.catalogue;
    let mut priced: Vec<(u32, u16, Decimal, usize)> = Vec::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| ground.in_force(entry)) {
        let priority = catalogue.contract_entries[entry.contract as usize].priority;
        let tiers = catalogue.tiers_of(entry).iter();
        priced.extend(tiers.map(|tier| (priority, entry.lead_time_days, tier.net_price, at)));
    }
    priced.sort_unstable();
    priced.dedup();
    let mut pairs = Vec::new();
    for group in priced.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)) {
        for (at, (.., a)) in group.iter().enumerate() {
            pairs.extend(group[at + 1..].iter().map(|(.., b)| (*a, *b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Which contract wins over which by a person's decision, directly or through other contracts.
pub struct Settled<'d> {
    beats: BTreeMap<&'d ContractId, BTreeSet<&'d ContractId>>,
}

impl<'d> Settled<'d> {
    pub fn new(decisions: &'d [TieDecision]) -> Self {
        let mut beats: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for decision in decisions {
            beats.entry(&decision.winner).or_default().insert(&decision.loser);
        }
        Self { beats }
    }

    pub fn wins(&self, winner: &ContractId, loser: &ContractId) -> bool {
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

struct PairOfLines<'g, 'c> {
    ground: &'g Ground<'c>,
    item: u32,
    a: &'c LineEntry,
    b: &'c LineEntry,
    /// The sites where both lines hold at the same scope depth.
    sites: SiteSet,
}

/// An order for which both lines have the same net price.
struct Meeting {
    occasion: Occasion,
    quantity: Decimal,
    unit: Option<Unit>,
    /// Whether the order would show more differences than the line identifier.
    shows_difference: bool,
}

impl<'c> PairOfLines<'_, 'c> {
    fn tie(&self) -> Option<Found> {
        let mut redundant = None;
        for meeting in self.meetings() {
            if redundant.is_some() && !meeting.shows_difference {
                continue;
            }
            let Some(site) = self.site_of(&meeting) else { continue };
            let tie = self.describe(&meeting, site)?;
            if meeting.shows_difference {
                return Some(Found::Ambiguous(tie));
            }
            redundant = Some(Found::Redundant(tie));
        }
        redundant
    }

    /// One meeting for every pair of day ranges and tiers with equal net prices.
    fn meetings(&self) -> Vec<Meeting> {
        let catalogue = self.ground.catalogue;
        let prices_a = self.prices(self.a);
        let prices_b = self.prices(self.b);
        let calendars = (Calendar::new(catalogue, self.a), Calendar::new(catalogue, self.b));
        let askings =
            Asking::all(catalogue, self.a, self.b, catalogue.item_at(self.item).base_unit);
        let differ = self.lines_differ();
        let mut found = Vec::new();
        for (days_a, stretches_a) in &prices_a {
            for (days_b, stretches_b) in &prices_b {
                for occasion in occasions(&calendars.0, &calendars.1, *days_a, *days_b) {
                    for asking in &askings {
                        for (a, b) in equal(stretches_a, stretches_b) {
                            let shared = asking.shared(a, b);
                            found.extend(shared.map(|(quantity, unit)| Meeting {
                                occasion,
                                quantity,
                                unit,
                                shows_difference: differ || self.prices_differ(a, b),
                            }));
                        }
                    }
                }
            }
        }
        found
    }

    /// The prices of a line, by ranges of days.
    fn prices(&self, entry: &LineEntry) -> Vec<(Days, Vec<Stretch>)> {
        let catalogue = self.ground.catalogue;
        let supplier = catalogue.contract_entries[entry.contract as usize].supplier;
        let tiers = catalogue.tiers_of(entry).iter().map(|tier| tier.validity);
        let Some(window) = window(catalogue, entry) else { return Vec::new() };
        let regions = regions(window, tiers.chain(catalogue.rule_days(self.item, supplier)));
        regions.into_iter().map(|days| (days, stretches(catalogue, entry, days.first))).collect()
    }

    /// The first site, in the order of identifiers, where the engine gives both lines equal merit.
    /// When no sourcing rule concerns the item and the suppliers, one site represents all sites.
    fn site_of(&self, meeting: &Meeting) -> Option<&'c LocationId> {
        let catalogue = self.ground.catalogue;
        let supplier =
            |entry: &LineEntry| catalogue.contract_entries[entry.contract as usize].supplier;
        let ruled = [self.a, self.b].into_iter().any(|entry| {
            let mut rules = catalogue.rule_days(self.item, supplier(entry));
            rules.next().is_some()
        });
        let sites = self.sites.iter().take(if ruled { usize::MAX } else { 1 });
        let mut sites = sites.map(|at| self.ground.sites[at].0);
        let Occasion { order_day, order_time, requested_day, .. } = meeting.occasion;
        let order_date = date_of_day(order_day)?;
        sites.find(|site| {
            let request = ResolutionRequest {
                item: catalogue.item_at(self.item).id.as_str(),
                quantity: meeting.quantity,
                unit: meeting.unit,
                site,
                order_date,
                order_time,
                requested_delivery_date: requested_day.and_then(date_of_day),
                remaining: Some(&self.ground.uncapped),
            };
            Pair::examine(catalogue, &request, self.item, self.a, self.b)
                .is_some_and(|pair| pair.is_tie())
        })
    }

    fn describe(&self, meeting: &Meeting, site: &LocationId) -> Option<Tie> {
        let catalogue = self.ground.catalogue;
        let (a, b) = (window(catalogue, self.a)?, window(catalogue, self.b)?);
        let shared = Days { first: a.first.max(b.first), last: a.last.min(b.last) };
        // One order can make two lines test different days. If the lines share no day, the finding
        // names the days that they test.
        let tested = meeting.occasion.tested;
        let apart = Days { first: tested.0.min(tested.1), last: tested.0.max(tested.1) };
        let days = if shared.first <= shared.last { shared } else { apart };
        let end = if days.last == i32::MAX { None } else { date_of_day(days.last) };
        Some(Tie {
            item: catalogue.item_at(self.item).id.clone(),
            a: LineName::of(catalogue, self.a),
            b: LineName::of(catalogue, self.b),
            dates: Validity::new(date_of_day(days.first)?, end),
            site: site.clone(),
        })
    }

    /// Whether an order would show another supplier, package, item number or other terms, for every
    /// tier.
    fn lines_differ(&self) -> bool {
        let (contract_a, a) = self.ground.catalogue.line_of(self.a);
        let (contract_b, b) = self.ground.catalogue.line_of(self.b);
        (&contract_a.id, contract_a.version) != (&contract_b.id, contract_b.version)
            || (a.orderable_unit, a.content) != (b.orderable_unit, b.content)
            || (a.minimum_order_quantity, a.maximum_order_quantity, a.quantity_step())
                != (b.minimum_order_quantity, b.maximum_order_quantity, b.quantity_step())
            || a.supplier_item_number != b.supplier_item_number
            || contract_a.terms_of(a) != contract_b.terms_of(b)
    }

    /// Whether an order would show another price.
    fn prices_differ(&self, a: &Stretch, b: &Stretch) -> bool {
        let catalogue = self.ground.catalogue;
        let shown = |entry: &LineEntry, tier: u32| {
            let amount = catalogue.line_of(entry).1.tiers[tier as usize].price.amount;
            (amount, catalogue.tiers_of(entry)[tier as usize].terms.base_quantity)
        };
        shown(self.a, a.tier) != shown(self.b, b.tier)
    }
}

/// The pairs of stretches with the same net price.
fn equal<'s>(
    a: &'s [Stretch],
    b: &'s [Stretch],
) -> impl Iterator<Item = (&'s Stretch, &'s Stretch)> {
    a.iter().flat_map(|a| b.iter().filter(|b| a.net_price == b.net_price).map(move |b| (a, b)))
}
