//! What changed since the previous release: prices, sources, and contracts that were not in force.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::ambiguity::window;
use super::ground::{Ground, SiteSet};
use super::{LineName, Warning};
use crate::calendar::{Date, day_number};
use crate::catalogue::index::LineEntry;
use crate::catalogue::{Catalogue, CatalogueContent};
use crate::contract::{CatalogueLine, Contract, ContractStatus, Preference, PriceTier};
use crate::ids::{ContractId, ItemId, LocationId};
use crate::unit::Unit;

/// A price that moved by more than this, up or down, is worth a warning.
const PRICE_MOVE: Decimal = Decimal::from_parts(20, 0, 0, false, 2);

/// The changes of prices and of contract states, version by version.
pub fn versions(content: &CatalogueContent, previous: &CatalogueContent) -> Vec<Warning> {
    let base_units: HashMap<&ItemId, Unit> =
        content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    let mut by_contract: HashMap<&ContractId, Vec<(bool, &Contract)>> = HashMap::new();
    for (is_new, contracts) in [(false, &previous.contracts), (true, &content.contracts)] {
        contracts.iter().for_each(|contract| {
            by_contract.entry(&contract.id).or_default().push((is_new, contract))
        });
    }
    let mut found = Vec::new();
    let mut no_longer_in_parts = Vec::new();
    for contract in &content.contracts {
        let Some(before) = version_before(contract, &by_contract[&contract.id]) else { continue };
        let stood_still =
            matches!(before.status, ContractStatus::Suspended | ContractStatus::Ended);
        if stood_still
            && contract.status == ContractStatus::Published
            && before.place_in_time() < contract.place_in_time()
        {
            found.push(Warning::Revived {
                contract: contract.id.clone(),
                version: contract.version,
                version_before: before.version,
                before: before.status,
            });
        }
        let lines_before: HashMap<_, _> =
            before.lines.iter().map(|line| (&line.id, line)).collect();
        for line in &contract.lines {
            if let (Some(line_before), Some(base_unit)) =
                (lines_before.get(&line.id), base_units.get(&line.item))
            {
                let rate = |contract: &Contract| content.exchange_rates.rate(contract.currency);
                let [now, then] =
                    [(contract, line), (before, *line_before)].map(|(contract, line)| Priced {
                        contract,
                        line,
                        base_unit: *base_unit,
                        rate: rate(contract),
                    });
                prices_moved(&now, &then, &mut found);
                if line_before.quantity_step().is_none()
                    && line.quantity_step() == Some(Decimal::ONE)
                {
                    no_longer_in_parts.push(LineName::new(contract, line));
                }
            }
        }
    }
    let lines = no_longer_in_parts.len();
    let example = no_longer_in_parts.into_iter().next();
    found.extend(example.map(|example| Warning::NoLongerInParts { lines, example }));
    found
}

/// The version to compare with: the same version when it was released before, otherwise the version
/// before it in time, in its present state.
fn version_before<'c>(
    contract: &Contract,
    versions: &[(bool, &'c Contract)],
) -> Option<&'c Contract> {
    let released =
        versions.iter().find(|(is_new, other)| !is_new && other.version == contract.version);
    let earlier =
        versions.iter().filter(|(_, other)| other.place_in_time() < contract.place_in_time());
    let before =
        released.or_else(|| earlier.max_by_key(|(is_new, other)| (other.place_in_time(), *is_new)));
    before.map(|(_, contract)| *contract)
}

/// A line, with everything that makes its prices comparable.
struct Priced<'c> {
    contract: &'c Contract,
    line: &'c CatalogueLine,
    base_unit: Unit,
    rate: Option<Decimal>,
}

impl Priced<'_> {
    /// What the amount of a tier buys: its currency, package and base quantity.
    fn basis(&self, tier: &PriceTier) -> Option<(crate::money::Currency, Decimal, Decimal)> {
        let base_quantity = self.line.base_in_orderable_units(&tier.price, self.base_unit)?;
        Some((self.contract.currency, self.line.content, base_quantity))
    }

    /// The price of one base unit of the item, in the comparison currency.
    fn net(&self, tier: &PriceTier) -> Option<Decimal> {
        let (_, content, base_quantity) = self.basis(tier)?;
        let amount = tier.price.amount.checked_mul(self.rate?)?;
        Some(amount.checked_div(base_quantity.checked_mul(content)?)?.normalize())
    }
}

/// Compares each tier with the tier that priced its threshold before. If there were several, with
/// the one that held last.
fn prices_moved(now: &Priced<'_>, then: &Priced<'_>, found: &mut Vec<Warning>) {
    for tier in &now.line.tiers {
        let earlier = then.line.tiers.iter().filter(|before| before.threshold <= tier.threshold);
        let before =
            earlier.max_by_key(|before| (before.threshold, before.validity.map(|days| days.start)));
        let Some(before) = before.or_else(|| then.line.tiers.first()) else { continue };
        let moved = || {
            let is_same_basis = now.basis(tier)? == then.basis(before)?;
            let (price, price_before) = if is_same_basis {
                (tier.price.amount, before.price.amount)
            } else {
                (now.net(tier)?, then.net(before)?)
            };
            let allowed = price_before.abs().checked_mul(PRICE_MOVE)?;
            (price.checked_sub(price_before)?.abs() > allowed).then(|| Warning::PriceMoved {
                line: LineName::new(now.contract, now.line),
                threshold: tier.threshold,
                before: price_before,
                after: price,
            })
        };
        found.extend(moved());
    }
}

/// For each item, the number of sites that had a source on the day before and have none now.
pub fn lost_sources(now: &mut Ground<'_>, previous: &Catalogue, day: Date) -> Vec<Warning> {
    let day = day_number(day);
    let mut before = Ground::new(previous);
    let places: HashMap<&LocationId, usize> =
        now.sites.iter().zip(0..).map(|((id, _), at)| (*id, at)).collect();
    let mut found = Vec::new();
    for (item, number) in previous.items().iter().zip(0..) {
        let had = sources(&mut before, number, day);
        if had.is_empty() {
            continue;
        }
        let number_now =
            now.catalogue.items().binary_search_by(|other| other.id.cmp(&item.id)).ok();
        let number_now = number_now.and_then(|number| u32::try_from(number).ok());
        let has = number_now.map(|number| sources(now, number, day));
        let is_lost = |site: &usize| {
            let place = places.get(before.sites[*site].0);
            place.is_some_and(|place| has.as_ref().is_none_or(|has| !has.contains(*place)))
        };
        let lost: Vec<usize> = had.iter().filter(is_lost).collect();
        let Some(first) = lost.first().copied() else { continue };
        let Some(contract) = supplying(&mut before, number, first, day) else { continue };
        let (sites, example) = (lost.len(), before.sites[first].0.clone());
        found.push(Warning::LosesLastSource { item: item.id.clone(), sites, example, contract });
    }
    found
}

fn entries(catalogue: &Catalogue, item: u32) -> &[LineEntry] {
    catalogue.entries(catalogue.item_entries[item as usize].lines.clone())
}

/// The sites at which an item can be ordered on a day.
fn sources(ground: &mut Ground<'_>, item: u32, day: i32) -> SiteSet {
    let mut found = SiteSet::default();
    for entry in entries(ground.catalogue, item) {
        found.add(&sites_of(ground, item, entry, day));
    }
    found
}

fn supplying(ground: &mut Ground<'_>, item: u32, site: usize, day: i32) -> Option<ContractId> {
    let catalogue = ground.catalogue;
    let entry = entries(catalogue, item)
        .iter()
        .find(|entry| sites_of(ground, item, entry, day).contains(site))?;
    Some(catalogue.line_of(entry).0.id.clone())
}

/// The sites at which a line can be ordered on a day.
fn sites_of<'c>(ground: &mut Ground<'c>, item: u32, entry: &'c LineEntry, day: i32) -> SiteSet {
    let catalogue = ground.catalogue;
    let holds = ground.in_force(entry)
        && window(catalogue, entry).is_some_and(|days| days.contain(day))
        && catalogue.tiers_of(entry).iter().any(|tier| tier.validity.contain(day));
    if !holds {
        return SiteSet::default();
    }
    let mut sites = ground.reach(entry).sites();
    let supplier = catalogue.contract_entries[entry.contract as usize].supplier;
    if catalogue.rule_days(item, supplier).any(|days| days.contain(day)) {
        let is_blocked = |site: &usize| {
            catalogue.preference(item, supplier, ground.sites[*site].1, day) == Preference::Blocked
        };
        let blocked: Vec<usize> = sites.iter().filter(is_blocked).collect();
        blocked.into_iter().for_each(|site| sites.remove(site));
    }
    sites
}
