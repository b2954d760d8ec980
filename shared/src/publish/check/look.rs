//! Warnings about one content: dates, ends, names and terms.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::ambiguity::window;
use super::ground::Ground;
use super::lines::smallest_order;
use super::{LineName, Warning, contract_name};
use crate::calendar::{Date, Validity, date_of_day, day_number};
use crate::catalogue::CatalogueContent;
use crate::contract::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue,
    CatalogueLine, Contract, ContractStatus, PriceTier, Scope, Terms,
};
use crate::ids::{ContractId, ItemId};
use crate::money::line_amount;
use crate::supplier::{Supplier, folded_name};
use crate::unit::Unit;

/// A source that ends within this number of days without a successor is worth a warning.
const EXPIRY_DAYS: i32 = 30;

/// A lead time of more days than this is worth a warning.
const LONG_LEAD_DAYS: u16 = 366;

/// Every warning that needs neither another release nor an index.
pub fn warnings(content: &CatalogueContent) -> Vec<Warning> {
    let mut found = Vec::new();
    let base_units: HashMap<&ItemId, Unit> =
        content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    for contract in &content.contracts {
        named_twice(&contract.scope, || contract_name(contract), &mut found);
        contradictions(&contract.terms, || contract_name(contract), &mut found);
        for line in &contract.lines {
            let name = || LineName::new(contract, line).to_string();
            windows_outside(contract, line, &mut found);
            if let Some(territory) = &line.territory {
                named_twice(territory, name, &mut found);
            }
            if let Some(terms) = &line.terms {
                contradictions(terms, name, &mut found);
            }
            if allowance_exceeds_line(contract, line, base_units.get(&line.item).copied()) {
                let problem = "an allowance is larger than the smallest order of the line, so that \
                               the total of an order can be below zero: correct the allowance, or \
                               give the line a larger minimum";
                found.push(Warning::Contradiction { holder: name(), problem });
            }
        }
    }
    found.extend(names_alike(&content.suppliers));
    found
}

fn windows_outside(contract: &Contract, line: &CatalogueLine, found: &mut Vec<Warning>) {
    let windows =
        line.validity.iter().chain(line.tiers.iter().filter_map(|tier| tier.validity.as_ref()));
    // An open end is the usual way to write a price. The price then ends with the contract.
    let ends_with_contract =
        |window: &Validity| Validity::new(window.start, window.end.or(contract.validity.end));
    let outside =
        windows.filter(|window| !ends_with_contract(window).is_within(&contract.validity));
    found.extend(outside.map(|window| Warning::WindowOutsideContract {
        line: LineName::new(contract, line),
        window: *window,
        contract: contract.validity,
    }));
}

/// Whether the fixed allowances of a line come to more than its smallest order costs.
fn allowance_exceeds_line(
    contract: &Contract,
    line: &CatalogueLine,
    base_unit: Option<Unit>,
) -> bool {
    let allowance = |charge: &AllowanceCharge| match (charge.kind, charge.value) {
        (AllowanceChargeKind::Allowance, AllowanceChargeValue::Amount(amount)) => Some(amount),
        _ => None,
    };
    let terms = contract.terms_of(line);
    let allowances = terms.allowance_charges.iter().flatten();
    // An allowance of the whole order is compared with the smallest order that the supplier takes.
    let (per_order, per_line): (Vec<_>, Vec<_>) =
        allowances.partition(|charge| charge.per == AllowanceChargeBasis::Order);
    let sum = |charges: &[&AllowanceCharge]| {
        let amounts = charges.iter().filter_map(|charge| allowance(charge));
        amounts.fold(Decimal::ZERO, Decimal::saturating_add)
    };
    let (per_order, per_line) = (sum(&per_order), sum(&per_line));
    if per_order.is_zero() && per_line.is_zero() {
        return false;
    }
    let smallest = smallest_order(line);
    let reached = line.tiers.iter().filter(|tier| tier.threshold <= smallest);
    let lowest = reached.filter_map(|tier| {
        let base = line.base_in_orderable_units(&tier.price, base_unit?)?;
        line_amount(tier.price.amount, base, smallest, contract.currency).ok()
    });
    let Some(cost) = lowest.map(|amount| amount.amount).min() else { return false };
    let order = terms.minimum_order_value.unwrap_or_default().max(cost);
    per_line > cost || per_line.saturating_add(per_order) > order
}

/// Contracts in force on a day with lines that have prices on other days, but not on this one.
pub fn without_price(content: &CatalogueContent, day: Date) -> Vec<Warning> {
    let mut in_force: BTreeMap<&ContractId, &Contract> = BTreeMap::new();
    let begun = |contract: &&Contract| contract.place_in_time().0.is_none_or(|from| from <= day);
    for contract in content.contracts.iter().filter(begun) {
        let last = in_force.entry(&contract.id).or_insert(contract);
        if last.place_in_time() < contract.place_in_time() {
            *last = contract;
        }
    }
    let holds = |days: Option<Validity>| days.is_none_or(|days| days.contains(day));
    let warning = |contract: &Contract| {
        // A line without a price on any of its days has a warning of its own.
        let is_without = |line: &&CatalogueLine| {
            let days = line.validity.unwrap_or(contract.validity);
            let is_priced = |tier: &PriceTier| {
                tier.validity.is_none_or(|own| own.intersection(&days).is_some())
            };
            holds(line.validity)
                && !line.tiers.iter().any(|tier| holds(tier.validity))
                && line.tiers.iter().any(is_priced)
        };
        let mut lines = contract.lines.iter().filter(is_without);
        let example = lines.next()?.id.clone();
        let (contract, lines) = (contract.id.clone(), lines.count() + 1);
        Some(Warning::NoPriceToday { contract, day, lines, example })
    };
    in_force
        .into_values()
        .filter(|contract| contract.status == ContractStatus::Published)
        .filter(|contract| contract.validity.contains(day))
        .filter_map(warning)
        .collect()
}

fn named_twice(scope: &Scope, holder: impl Fn() -> String, found: &mut Vec<Warning>) {
    let both = scope.included.iter().filter(|node| scope.excluded.contains(node));
    found.extend(both.map(|location| Warning::IncludedAndExcluded {
        holder: holder(),
        location: location.clone(),
    }));
}

fn contradictions(terms: &Terms, holder: impl Fn() -> String, found: &mut Vec<Warning>) {
    let mut say = |problem| found.push(Warning::Contradiction { holder: holder(), problem });
    if let Some(schedule) = &terms.delivery_schedule
        && schedule.weekdays.is_empty()
        && schedule.holidays.values().all(Option::is_none)
    {
        say("its delivery schedule has no day: name the weekdays of delivery");
    }
    if let Some(payment) = terms.payment
        && payment
            .settlement_discount
            .is_some_and(|discount| discount.within_days > payment.net_days)
    {
        say("its settlement discount runs longer than the payment is due: correct one of the two");
    }
    if terms.lead_time_days.is_some_and(|days| days > LONG_LEAD_DAYS) {
        say("its lead time is longer than a year: correct it");
    }
    if terms
        .invoice_tolerance
        .is_some_and(|tolerance| tolerance.percentage.is_none() && tolerance.amount.is_none())
    {
        say("its invoice tolerance names neither percentage nor amount, so that any difference \
             passes: give one of them");
    }
}

fn names_alike(suppliers: &[Supplier]) -> Vec<Warning> {
    let mut by_folded: BTreeMap<String, Vec<&Supplier>> = BTreeMap::new();
    for supplier in suppliers {
        by_folded.entry(folded_name(&supplier.name)).or_default().push(supplier);
    }
    let mut found = Vec::new();
    for mut alike in by_folded.into_values() {
        alike.sort_by_key(|supplier| &supplier.id);
        alike.dedup_by_key(|supplier| &supplier.id);
        found.extend(alike.windows(2).map(|pair| Warning::SupplierNamesAlike {
            a: pair[0].id.clone(),
            a_name: pair[0].name.clone(),
            b: pair[1].id.clone(),
            b_name: pair[1].name.clone(),
        }));
    }
    found
}

/// Items whose last line ends soon, grouped by the contract of that line.
pub fn expiring(ground: &Ground<'_>, effective_from: Date) -> Vec<Warning> {
    let catalogue = ground.catalogue;
    let first = day_number(effective_from);
    let mut ends: BTreeMap<(&ContractId, i32), (usize, &ItemId)> = BTreeMap::new();
    for (item, entry) in catalogue.items().iter().zip(&catalogue.item_entries) {
        let entries =
            catalogue.entries(entry.lines.clone()).iter().filter(|entry| ground.in_force(entry));
        let last_days = entries.filter_map(|entry| {
            Some((&catalogue.line_of(entry).0.id, window(catalogue, entry)?.last))
        });
        let mut last_days: Vec<_> = last_days.collect();
        last_days.dedup();
        let Some(last) = last_days.iter().map(|(_, last)| *last).max() else { continue };
        if (first..=first.saturating_add(EXPIRY_DAYS)).contains(&last) {
            for (contract, _) in last_days.into_iter().filter(|(_, day)| *day == last) {
                ends.entry((contract, last)).or_insert((0, &item.id)).0 += 1;
            }
        }
    }
    let warning = |((contract, end), (items, example)): ((&ContractId, i32), (usize, &ItemId))| {
        let (contract, example) = (contract.clone(), example.clone());
        Some(Warning::ExpiringWithoutSuccessor { contract, end: date_of_day(end)?, items, example })
    };
    ends.into_iter().filter_map(warning).collect()
}
