//! Warnings about one content: dates, ends, names and terms.

use std::collections::BTreeMap;

use super::ambiguity::window;
use super::ground::Ground;
use super::{LineName, Warning, contract_name};
use crate::calendar::{Date, Validity, date_of_day, day_number};
use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Contract, Scope, Terms};
use crate::ids::{ContractId, ItemId};
use crate::supplier::{Supplier, folded_name};

/// A source that ends within this number of days without a successor is worth a warning.
const EXPIRY_DAYS: i32 = 30;

/// Every warning that needs neither another release nor an index.
pub fn warnings(content: &CatalogueContent) -> Vec<Warning> {
    let mut found = Vec::new();
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
