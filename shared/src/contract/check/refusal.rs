use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{LineName, Tie};
use crate::calendar::Validity;
use crate::catalogue::CatalogueContent;
use crate::contract::{CatalogueLine, Contract, ContractStatus, PriceTier};
use crate::ids::{ContractId, ItemId};
use crate::money::Currency;
use crate::unit::Unit;

/// Why a content is not published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Refusal {
    /// Two lines tie, and nobody said which wins.
    #[error("{0}: give one contract a priority, or settle the tie")]
    Ambiguous(Tie),
    /// A contract without an accountable person.
    #[error("contract {0} has no owner: name the person who answers for it")]
    NoOwner(ContractId),
    /// A contract that no site may order from.
    #[error("contract {0} has an empty scope: include at least one location")]
    EmptyScope(ContractId),
    /// Something ends before it starts.
    #[error("{0}: it ends before it starts ({1})")]
    EndBeforeStart(String, Validity),
    /// A line without a price.
    #[error("{0} has no price")]
    NoPrice(LineName),
    /// A price below nothing.
    #[error("{0} has the price {1}, which is below zero")]
    NegativePrice(LineName, Decimal),
    /// A package of unknown or impossible size.
    #[error("{0}: its orderable unit has no content (how many base units of the item it holds)")]
    NoContent(LineName),
    /// A price that does not come out exactly per base unit.
    #[error("{0}: its price does not come out exactly per base unit of the item: check content and base quantity")]
    IncomparablePrice(LineName),
    /// No comparison rate for a contract's currency.
    #[error("contract {0} is in {1}, for which there is no comparison rate")]
    NoRate(ContractId, Currency),
    /// Two tiers of a line hold for one quantity on one day.
    #[error("{0} has two tiers from {1} on that share the days {2}")]
    OverlappingTiers(LineName, Decimal, Validity),
    /// Minimum, maximum and increment leave nothing.
    #[error("{0}: its minimum, maximum and increment leave no quantity to order")]
    NoOrderableQuantity(LineName),
    /// A reference that leads nowhere, or two of what must be one.
    #[error("{0}")]
    Broken(String),
}

/// Every refusal but the ties.
pub fn refusals(content: &CatalogueContent) -> Vec<Refusal> {
    let mut found = Vec::new();
    let base_units = content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    for contract in &content.contracts {
        contract_refusals(content, &base_units, contract, &mut found);
    }
    for rule in &content.sourcing_rules {
        if rule.validity.is_empty() {
            let holder = format!("sourcing rule for {} at {}", rule.supplier, rule.location);
            found.push(Refusal::EndBeforeStart(holder, rule.validity));
        }
    }
    found
}

fn contract_refusals(
    content: &CatalogueContent,
    base_units: &HashMap<&ItemId, Unit>,
    contract: &Contract,
    found: &mut Vec<Refusal>,
) {
    let id = || contract.id.clone();
    if contract.owner.is_none() {
        found.push(Refusal::NoOwner(id()));
    }
    if contract.scope.included.is_empty() && contract.status != ContractStatus::Ended {
        found.push(Refusal::EmptyScope(id()));
    }
    if contract.validity.is_empty() {
        found.push(Refusal::EndBeforeStart(format!("contract {}", contract.id), contract.validity));
    }
    if content.exchange_rates.rate(contract.currency).is_none() {
        found.push(Refusal::NoRate(id(), contract.currency));
    }
    for line in &contract.lines {
        let name = || LineName { contract: id(), line: line.id.clone() };
        line_refusals(line, name, found);
        let Some(base_unit) = base_units.get(&line.item) else { continue };
        let comparable = |tier: &PriceTier| {
            line.base_in_orderable_units(&tier.price, *base_unit).is_some_and(|base| base > Decimal::ZERO)
        };
        if line.content > Decimal::ZERO && !line.tiers.iter().all(comparable) {
            found.push(Refusal::IncomparablePrice(name()));
        }
    }
}

fn line_refusals(line: &CatalogueLine, name: impl Fn() -> LineName, found: &mut Vec<Refusal>) {
    let validities = line.validity.iter().chain(line.tiers.iter().filter_map(|tier| tier.validity.as_ref()));
    for validity in validities.filter(|validity| validity.is_empty()) {
        found.push(Refusal::EndBeforeStart(name().to_string(), *validity));
    }
    if line.tiers.is_empty() {
        found.push(Refusal::NoPrice(name()));
    }
    for tier in line.tiers.iter().filter(|tier| tier.price.amount.is_sign_negative() && !tier.price.amount.is_zero()) {
        found.push(Refusal::NegativePrice(name(), tier.price.amount));
    }
    if line.content <= Decimal::ZERO {
        found.push(Refusal::NoContent(name()));
    }
    for (at, tier) in line.tiers.iter().enumerate() {
        let twins = line.tiers[..at].iter().filter(|other| other.threshold == tier.threshold);
        for shared in twins.filter_map(|other| shared_days(tier, other, line)) {
            found.push(Refusal::OverlappingTiers(name(), tier.threshold, shared));
        }
    }
    if !has_orderable_quantity(line) {
        found.push(Refusal::NoOrderableQuantity(name()));
    }
}

fn shared_days(a: &PriceTier, b: &PriceTier, line: &CatalogueLine) -> Option<Validity> {
    let always = line.validity.unwrap_or(Validity::new(crate::calendar::Date::MIN, None));
    a.validity.unwrap_or(always).intersection(&b.validity.unwrap_or(always))
}

fn has_orderable_quantity(line: &CatalogueLine) -> bool {
    let least = line.minimum_order_quantity.unwrap_or(Decimal::ZERO);
    let first = match line.order_quantity_increment {
        Some(increment) => match crate::decimal::round_up_to_multiple(least, increment) {
            Some(first) => first.max(increment),
            None => return false,
        },
        None => least,
    };
    line.maximum_order_quantity.is_none_or(|maximum| maximum > Decimal::ZERO && first <= maximum)
}
