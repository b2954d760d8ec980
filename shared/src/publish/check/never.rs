//! Lines that can never be ordered, and lines that can never win. Only certain findings are
//! reported: a line can never win when one other line can be ordered for the same sites, days,
//! units and quantities, and always goes before it.

use std::rc::Rc;

use super::ambiguity::{Calendar, Settled, Stretch, regions, stretches, window};
use super::ground::{Ground, Reach};
use super::{LineName, Warning, WhyNever};
use crate::catalogue::Catalogue;
use crate::catalogue::index::{Days, LineEntry};
use crate::contract::ContractStatus;

pub fn warnings(ground: &mut Ground<'_>, settled: &Settled<'_>) -> Vec<Warning> {
    let catalogue = ground.catalogue;
    let mut found = Vec::new();
    for item in 0..u32::try_from(catalogue.items().len()).unwrap_or(u32::MAX) {
        let entries = catalogue.entries(catalogue.item_entries[item as usize].lines.clone());
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            match Line::new(ground, item, entry) {
                Ok(line) => lines.extend(line),
                Err(why) => {
                    found.push(Warning::NeverOrdered { line: LineName::of(catalogue, entry), why })
                }
            }
        }
        for line in &lines {
            if let Some(by) = lines.iter().find(|other| other.dominates(line, catalogue, settled)) {
                let [line, by] = [line, by].map(|line| LineName::of(catalogue, line.entry));
                found.push(Warning::NeverWins { line, by });
            }
        }
    }
    found
}

/// A line, with everything that the comparison needs.
struct Line<'c> {
    entry: &'c LineEntry,
    window: Days,
    reach: Rc<Reach>,
    calendar: Calendar<'c>,
    supplier: u32,
    priority: u32,
    /// Whether a sourcing rule concerns the line.
    is_ruled: bool,
    /// Whether a site's allotment can limit the line.
    is_capped: bool,
    /// The prices of the line, by ranges of days.
    prices: Vec<(Days, Vec<Stretch>)>,
}

impl<'c> Line<'c> {
    /// `Ok(None)` when the contract is not in force, because that is intended. An error when the
    /// contract is in force and no order can reach the line.
    fn new(
        ground: &mut Ground<'c>,
        item: u32,
        entry: &'c LineEntry,
    ) -> Result<Option<Self>, WhyNever> {
        let catalogue = ground.catalogue;
        let terms = &catalogue.contract_entries[entry.contract as usize];
        if terms.status != ContractStatus::Published || terms.validity.first > terms.validity.last {
            return Ok(None);
        }
        let Some(window) = window(catalogue, entry) else {
            let before_successor =
                terms.superseded.is_none_or(|(from, _)| terms.validity.first < from);
            return if before_successor { Err(WhyNever::NoDay) } else { Ok(None) };
        };
        let reach = ground.reach(entry);
        if reach.sites().is_empty() {
            // A contract without a site is refused by a finding of its own.
            return if entry.territory.is_some() { Err(WhyNever::NoSite) } else { Ok(None) };
        }
        let calendar = Calendar::new(catalogue, entry);
        if !calendar.ever_delivers() {
            return Err(WhyNever::NoDelivery);
        }
        let tiers = catalogue.tiers_of(entry).iter().map(|tier| tier.validity);
        let prices = regions(window, tiers)
            .into_iter()
            .map(|days| (days, stretches(catalogue, entry, days.first)));
        let prices: Vec<_> = prices.collect();
        if prices.iter().all(|(_, stretches)| stretches.is_empty()) {
            return Err(WhyNever::NoPrice);
        }
        Ok(Some(Self {
            entry,
            window,
            reach,
            calendar,
            supplier: terms.supplier,
            priority: terms.priority,
            is_ruled: catalogue.rule_days(item, terms.supplier).next().is_some(),
            is_capped: entry.bounds.as_ref().is_some_and(|bounds| bounds.cap.is_some()),
            prices,
        }))
    }

    /// Whether this line goes before `other` in every order that `other` can supply.
    fn dominates(&self, other: &Self, catalogue: &Catalogue, settled: &Settled<'_>) -> bool {
        !std::ptr::eq(self.entry, other.entry)
            && self.window.first <= other.window.first
            && other.window.last <= self.window.last
            && self.priority <= other.priority
            && !self.is_capped
            && (self.supplier == other.supplier || !self.is_ruled && !other.is_ruled)
            && self.packs_as(other, catalogue)
            && self.calendar.tests_as(&other.calendar)
            && (self.calendar.always_delivers() || self.calendar.delivers_as(&other.calendar))
            && self.reach.covers(&other.reach)
            && self.is_cheaper(other, catalogue, settled)
    }

    /// Whether every request that converts for `other` converts for this line to the same quantity.
    /// With a step, a request that is not an exact number of the unit converts, too, because it is
    /// rounded up.
    fn packs_as(&self, other: &Self, catalogue: &Catalogue) -> bool {
        let pack =
            |line: &Self| (line.entry.orderable_unit, catalogue.line_of(line.entry).1.content);
        pack(self) == pack(other) && (self.entry.step().is_some() || other.entry.step().is_none())
    }

    /// Whether this line goes before `other` at every quantity on every day of `other`, by price
    /// and the later parts of the rank. When priority or depth already decide, any price will do.
    fn is_cheaper(&self, other: &Self, catalogue: &Catalogue, settled: &Settled<'_>) -> bool {
        let price_decides =
            self.priority == other.priority && self.reach.meets_at_one_depth(&other.reach);
        let wins_tie = || {
            let contract = |line: &Self| &catalogue.line_of(line.entry).0.id;
            settled.wins(contract(self), contract(other))
        };
        let goes_before = |own: &Stretch, theirs: &Stretch| {
            let key =
                |stretch: &Stretch, line: &Self| (stretch.net_price, line.entry.lead_time_days);
            match key(own, self).cmp(&key(theirs, other)) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => wins_tie(),
                std::cmp::Ordering::Greater => false,
            }
        };
        let overlap = |a: &Days, b: &Days| a.first <= b.last && b.first <= a.last;
        other.prices.iter().all(|(days, theirs)| {
            self.prices.iter().filter(|(own_days, _)| overlap(own_days, days)).all(|(_, own)| {
                theirs.iter().all(|theirs| {
                    own.first().is_some_and(|first| first.from <= theirs.from)
                        && (!price_decides
                            || own
                                .iter()
                                .filter(|own| own.overlaps(theirs))
                                .all(|own| goes_before(own, theirs)))
                })
            })
        })
    }
}
