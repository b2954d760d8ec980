//! The part of a content for which an index can be built, although other parts are refused.

use std::collections::HashSet;
use std::hash::Hash;

use rust_decimal::Decimal;

use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Scope, SourcingRule, Subject};

/// The content without second copies, without references to things that do not exist, without lines
/// that cannot be priced, and without maximum commitments. It also has no decisions about ties,
/// because they may contradict each other.
pub fn part(content: &CatalogueContent) -> CatalogueContent {
    let mut part = content.clone();
    part.tie_decisions.clear();
    part.allotments.clear();
    once(&mut part.suppliers, |supplier| supplier.id.clone());
    once(&mut part.items, |item| item.id.clone());
    once(&mut part.contracts, |contract| (contract.id.clone(), contract.version));
    let locations: HashSet<_> = part.locations.iter().map(|location| location.id.clone()).collect();
    let suppliers: HashSet<_> = part.suppliers.iter().map(|supplier| supplier.id.clone()).collect();
    let base_units: std::collections::HashMap<_, _> =
        part.items.iter().map(|item| (item.id.clone(), item.base_unit)).collect();
    for item in &mut part.items {
        item.substitutes.retain(|substitute| base_units.contains_key(substitute));
    }
    let known = |scope: &mut Scope| {
        scope.included.retain(|node| locations.contains(node));
        scope.excluded.retain(|node| locations.contains(node));
    };
    let rates = part.exchange_rates.clone();
    part.contracts.retain(|contract| {
        suppliers.contains(&contract.supplier) && rates.rate(contract.currency).is_some()
    });
    for contract in &mut part.contracts {
        known(&mut contract.scope);
        once(&mut contract.lines, |line| line.id.clone());
        contract.terms.maximum_commitment = None;
        contract
            .lines
            .iter_mut()
            .filter_map(|line| line.terms.as_mut())
            .for_each(|terms| terms.maximum_commitment = None);
        let rate = rates.rate(contract.currency);
        contract.lines.retain(|line| {
            let base_unit = base_units.get(&line.item);
            base_unit.zip(rate).is_some_and(|(base_unit, rate)| is_priced(line, *base_unit, rate))
        });
        contract.lines.iter_mut().filter_map(|line| line.territory.as_deref_mut()).for_each(known);
    }
    part.sourcing_rules.retain(|rule: &SourcingRule| {
        let is_item = match &rule.subject {
            Subject::Item(item) => base_units.contains_key(item),
            Subject::Category(_) => true,
        };
        is_item && suppliers.contains(&rule.supplier) && locations.contains(&rule.location)
    });
    part
}

fn once<T, K: Eq + Hash>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = HashSet::new();
    list.retain(|entry| seen.insert(key(entry)));
}

/// Whether every tier has a net price.
fn is_priced(line: &CatalogueLine, base_unit: crate::unit::Unit, rate: Decimal) -> bool {
    line.content > Decimal::ZERO
        && line.tiers.iter().all(|tier| {
            let base = line
                .base_in_orderable_units(&tier.price, base_unit)
                .filter(|base| *base > Decimal::ZERO);
            let per = base.and_then(|base| base.checked_mul(line.content));
            let amount = tier.price.amount.checked_mul(rate);
            amount.zip(per).and_then(|(amount, per)| amount.checked_div(per)).is_some()
        })
}
