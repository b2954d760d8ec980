//! Terms: numbers that are not allowed, commitments that cannot be counted, and allotments that
//! exceed a hard maximum.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::{ContentRefusal, LineName, contract_name};
use crate::catalogue::CatalogueContent;
use crate::contract::{
    AllowanceChargeValue, CatalogueLine, CommitmentSide, Contract, DeliverySchedule, Measure,
    Strength, Terms,
};
use crate::ids::{ContractId, ItemId, LineId, LocationId};
use crate::unit::Unit;

const NOT_NEGATIVE: &str = "it must not be below zero";
const POSITIVE: &str = "it must be above zero";

pub fn refusals(content: &CatalogueContent) -> Vec<ContentRefusal> {
    let mut found = Vec::new();
    let base_units: HashMap<&ItemId, Unit> =
        content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    for contract in &content.contracts {
        numbers(&contract.terms, || contract_name(contract), &mut found);
        for line in &contract.lines {
            if let Some(terms) = &line.terms {
                numbers(terms, || LineName::new(contract, line).to_string(), &mut found);
            }
            let base_unit = base_units.get(&line.item);
            found.extend(base_unit.and_then(|base_unit| uncountable(contract, line, *base_unit)));
        }
    }
    caps_over_versions(&content.contracts, &mut found);
    allotments(content, &mut found);
    found
}

fn numbers(terms: &Terms, holder: impl Fn() -> String, found: &mut Vec<ContentRefusal>) {
    let mut bad = |what, value: String, rule| {
        found.push(ContentRefusal::BadTerm { holder: holder(), what, value, rule })
    };
    let mut not_negative = |what, value: Option<Decimal>| {
        if let Some(value) = value.filter(|value| *value < Decimal::ZERO) {
            bad(what, value.to_string(), NOT_NEGATIVE);
        }
    };
    not_negative("minimum order value", terms.minimum_order_value);
    not_negative(
        "invoice tolerance",
        terms.invoice_tolerance.and_then(|tolerance| tolerance.amount),
    );
    for charge in terms.allowance_charges.iter().flatten() {
        if let AllowanceChargeValue::Amount(amount) = charge.value {
            not_negative("allowance or charge", Some(amount));
        }
    }
    for (what, commitment) in [
        ("minimum commitment", terms.minimum_commitment),
        ("maximum commitment", terms.maximum_commitment),
    ] {
        if let Some(amount) = commitment.map(|commitment| commitment.measure.amount())
            && amount <= Decimal::ZERO
        {
            bad(what, amount.to_string(), POSITIVE);
        }
    }
    if let Some(schedule) = &terms.delivery_schedule {
        for day in schedule.weekdays.iter().filter(|day| !(1..=7).contains(*day)) {
            bad("delivery weekday", day.to_string(), "it must be from 1 (Monday) to 7 (Sunday)");
        }
        let instead = replaced_by_a_holiday(schedule);
        instead.for_each(|day| {
            bad("day instead of a holiday", day, "it must not be a holiday itself")
        });
    }
    if let (Some(minimum), Some(maximum)) = (terms.minimum_commitment, terms.maximum_commitment)
        && maximum.strength == Strength::Hard
        && is_same_kind(&minimum.measure, &maximum.measure)
        && minimum.measure.amount() > maximum.measure.amount()
    {
        let (minimum, maximum) = (minimum.measure.amount(), maximum.measure.amount());
        found.push(ContentRefusal::MinimumAboveMaximum(holder(), minimum, maximum));
    }
}

fn replaced_by_a_holiday(schedule: &DeliverySchedule) -> impl Iterator<Item = String> {
    let instead = schedule.holidays.values().flatten();
    instead.filter(|day| schedule.holidays.contains_key(day)).map(ToString::to_string)
}

fn is_same_kind(a: &Measure, b: &Measure) -> bool {
    match (a, b) {
        (Measure::Quantity(a), Measure::Quantity(b)) => a.unit == b.unit,
        (Measure::Value(_), Measure::Value(_)) => true,
        _ => false,
    }
}

/// The finding for a commitment that counts a line but cannot convert its unit.
fn uncountable(
    contract: &Contract,
    line: &CatalogueLine,
    base_unit: Unit,
) -> Option<ContentRefusal> {
    [CommitmentSide::Minimum, CommitmentSide::Maximum].into_iter().find_map(|side| {
        let (id, commitment) = contract.commitment_of(side, line)?;
        let Measure::Quantity(measure) = commitment.measure else { return None };
        let per = line.orderable_unit_in(measure.unit, base_unit);
        let (orderable, unit, holder) = (line.orderable_unit, measure.unit, id.to_string());
        let line = LineName::new(contract, line);
        per.is_none_or(|per| per <= Decimal::ZERO).then_some(ContentRefusal::CommitmentUnit {
            line,
            orderable,
            unit,
            holder,
        })
    })
}

/// The holder of a hard maximum: a contract, or one of its lines.
type CapHolder<'c> = (&'c ContractId, Option<&'c LineId>);

fn caps(contract: &Contract) -> impl Iterator<Item = (CapHolder<'_>, Measure)> {
    let cap = |terms: &Terms| {
        terms.maximum_commitment.filter(|maximum| maximum.strength == Strength::Hard)
    };
    let header = cap(&contract.terms).map(|maximum| ((&contract.id, None), maximum.measure));
    let of_lines = contract.lines.iter().filter_map(move |line| {
        Some(((&contract.id, Some(&line.id)), cap(line.terms.as_deref()?)?.measure))
    });
    header.into_iter().chain(of_lines)
}

fn holder_name((contract, line): CapHolder<'_>) -> String {
    match line {
        Some(line) => format!("contract {contract}, line {line}"),
        None => format!("contract {contract}"),
    }
}

/// A hard maximum counts over all versions, so all versions must use the same unit.
fn caps_over_versions(contracts: &[Contract], found: &mut Vec<ContentRefusal>) {
    let mut measures: BTreeMap<CapHolder<'_>, Measure> = BTreeMap::new();
    let mut versions: Vec<&Contract> = contracts.iter().collect();
    versions.sort_by_key(|contract| (&contract.id, contract.version));
    for (holder, measure) in versions.into_iter().flat_map(caps) {
        if let Some(before) = measures.insert(holder, measure)
            && !is_same_kind(&before, &measure)
        {
            found.push(ContentRefusal::CapChangesMeasure(holder_name(holder)));
        }
    }
}

fn allotments(content: &CatalogueContent, found: &mut Vec<ContentRefusal>) {
    let mut caps_now: BTreeMap<CapHolder<'_>, Decimal> = BTreeMap::new();
    for (holder, measure) in content.contracts.iter().flat_map(caps) {
        // The allotments must fit every version in the release.
        let cap = caps_now.entry(holder).or_insert(Decimal::MAX);
        *cap = (*cap).min(measure.amount());
    }
    let is_site: HashMap<&LocationId, bool> =
        content.locations.iter().map(|location| (&location.id, location.site.is_some())).collect();
    let mut allotted: BTreeMap<CapHolder<'_>, Decimal> = BTreeMap::new();
    let mut sites: BTreeMap<(CapHolder<'_>, &LocationId), usize> = BTreeMap::new();
    for allotment in &content.allotments {
        let holder = (&allotment.contract, allotment.line.as_ref());
        let seen = sites.entry((holder, &allotment.site)).or_default();
        *seen += 1;
        let problem = if !caps_now.contains_key(&holder) {
            Some("there is no hard maximum that it could be a part of: take the allotment back")
        } else if is_site.get(&allotment.site) != Some(&true) {
            Some("the location is not a site: correct it")
        } else if allotment.amount < Decimal::ZERO {
            Some("it is below zero: correct it")
        } else if *seen == 2 {
            Some("it appears twice: leave one out")
        } else {
            None
        };
        if let Some(problem) = problem {
            let (holder, site) = (holder_name(holder), allotment.site.clone());
            found.push(ContentRefusal::BadAllotment { holder, site, problem });
            continue;
        }
        let sum = allotted.entry(holder).or_default();
        *sum = sum.checked_add(allotment.amount).unwrap_or(Decimal::MAX);
    }
    for (holder, allotted) in allotted {
        if let Some(cap) = caps_now.get(&holder).filter(|cap| allotted > **cap) {
            found.push(ContentRefusal::AllotmentsBeyondCap {
                holder: holder_name(holder),
                allotted,
                cap: *cap,
            });
        }
    }
}
