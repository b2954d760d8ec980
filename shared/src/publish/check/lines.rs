//! What a contract and its lines say about themselves: dates, prices, packages, quantities, rates
//! and sourcing rules.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{ContentRefusal, LineName, contract_name, rule_name, subject_name};
use crate::calendar::{Date, Validity};
use crate::catalogue::{CatalogueContent, ExchangeRates};
use crate::contract::{CatalogueLine, Contract, ContractStatus, PriceTier, SourcingRule};
use crate::decimal::{round_down_to_multiple, round_up_to_multiple};
use crate::ids::{ItemId, LocationId};
use crate::limits::{LOCKED_UNIT_PRICE, ORDER_QUANTITY, ORDER_QUANTITY_SCALE};
use crate::location::LocationTree;
use crate::money::line_amount;
use crate::order::most_of_a_line;
use crate::unit::Unit;

/// The year that other systems write for "never".
const NEVER: i16 = 9999;

pub fn refusals(content: &CatalogueContent) -> Vec<ContentRefusal> {
    let mut found = Vec::new();
    rates(&content.exchange_rates, &mut found);
    let sites = site_paths(content);
    let base_units: HashMap<&ItemId, Unit> =
        content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
    for contract in &content.contracts {
        of_contract(content, contract, sites.as_deref(), &mut found);
        for line in &contract.lines {
            let name = || LineName::new(contract, line);
            of_line(line, name, &mut found);
            if let Some(base_unit) = base_units.get(&line.item) {
                prices(contract, line, *base_unit, name, &mut found);
            }
        }
    }
    rules(&content.sourcing_rules, &mut found);
    found
}

fn rates(rates: &ExchangeRates, found: &mut Vec<ContentRefusal>) {
    let is_bad = |currency, rate: Decimal| {
        rate <= Decimal::ZERO || currency == rates.comparison_currency && rate != Decimal::ONE
    };
    let bad = rates.rates.iter().filter(|(currency, rate)| is_bad(**currency, **rate));
    found.extend(bad.map(|(currency, rate)| ContentRefusal::BadRate(*currency, *rate)));
}

/// The paths from the root to each site. `None` when the locations are not a tree, which is a
/// finding of its own.
fn site_paths(content: &CatalogueContent) -> Option<Vec<Vec<LocationId>>> {
    let tree = LocationTree::new(content.locations.iter().cloned()).ok()?;
    Some(
        tree.sites()
            .map(|site| tree.path(&site.id).iter().map(|node| node.id.clone()).collect())
            .collect(),
    )
}

fn of_contract(
    content: &CatalogueContent,
    contract: &Contract,
    sites: Option<&[Vec<LocationId>]>,
    found: &mut Vec<ContentRefusal>,
) {
    if contract.owner.is_none() {
        found.push(ContentRefusal::NoOwner(contract.id.clone()));
    }
    let reaches_a_site = sites
        .is_none_or(|sites| sites.iter().any(|path| contract.scope.admits(path.iter()).is_some()));
    if contract.status != ContractStatus::Ended && !reaches_a_site {
        found.push(ContentRefusal::EmptyScope(contract.id.clone()));
    }
    dates(&contract.validity, || contract_name(contract), found);
    if let Some(amendment) = &contract.amendment {
        let from = Validity::new(amendment.effective_from, None);
        dates(&from, || format!("{}, its amendment", contract_name(contract)), found);
    }
    if content.exchange_rates.rate(contract.currency).is_none() {
        found.push(ContentRefusal::NoRate(contract.id.clone(), contract.currency));
    }
}

fn dates(validity: &Validity, holder: impl Fn() -> String, found: &mut Vec<ContentRefusal>) {
    if validity.is_empty() {
        found.push(ContentRefusal::EndBeforeStart(holder(), *validity));
    }
    let sentinel = |date: &Date| date.year() == NEVER;
    if let Some(date) = validity.end.iter().chain([&validity.start]).find(|date| sentinel(date)) {
        found.push(ContentRefusal::SentinelDate(holder(), *date));
    }
}

fn of_line(line: &CatalogueLine, name: impl Fn() -> LineName, found: &mut Vec<ContentRefusal>) {
    for validity in
        line.validity.iter().chain(line.tiers.iter().filter_map(|tier| tier.validity.as_ref()))
    {
        dates(validity, || name().to_string(), found);
    }
    if line.tiers.is_empty() {
        found.push(ContentRefusal::NoPrice(name()));
    }
    let below_zero = |tier: &&PriceTier| tier.price.amount < Decimal::ZERO;
    found.extend(
        line.tiers
            .iter()
            .filter(below_zero)
            .map(|tier| ContentRefusal::NegativePrice(name(), tier.price.amount)),
    );
    if line.content <= Decimal::ZERO {
        found.push(ContentRefusal::NoContent(name()));
    }
    for (at, tier) in line.tiers.iter().enumerate() {
        let twins = line.tiers[..at].iter().filter(|other| other.threshold == tier.threshold);
        for shared in twins.filter_map(|other| shared_days(tier, other, line)) {
            found.push(ContentRefusal::OverlappingTiers(name(), tier.threshold, shared));
        }
    }
    quantities(line, name, found);
}

fn shared_days(a: &PriceTier, b: &PriceTier, line: &CatalogueLine) -> Option<Validity> {
    let always = line.validity.unwrap_or(Validity::new(Date::MIN, None));
    a.validity.unwrap_or(always).intersection(&b.validity.unwrap_or(always))
}

fn quantities(line: &CatalogueLine, name: impl Fn() -> LineName, found: &mut Vec<ContentRefusal>) {
    let bounds = [
        ("minimum order quantity", line.minimum_order_quantity),
        ("maximum order quantity", line.maximum_order_quantity),
        ("order quantity increment", line.order_quantity_increment),
    ];
    let bounds = bounds.into_iter().filter_map(|(what, value)| Some((what, value?)));
    let thresholds = line.tiers.iter().map(|tier| ("tier threshold", tier.threshold));
    let is_bad =
        |value: Decimal| value < Decimal::ZERO || value.normalize().scale() > ORDER_QUANTITY_SCALE;
    let bad = bounds.chain(thresholds).filter(|(_, value)| is_bad(*value));
    let before = found.len();
    if line.divisible == Some(false)
        && let Some(increment) =
            line.order_quantity_increment.filter(|increment| !increment.fract().is_zero())
    {
        found.push(ContentRefusal::PartOfWhole(name(), increment));
    }
    found.extend(bad.map(|(what, value)| ContentRefusal::BadQuantity {
        line: name(),
        what,
        value,
    }));
    if found.len() == before && largest_order(line).is_none() {
        found.push(ContentRefusal::NoOrderableQuantity(name()));
    }
}

/// The largest quantity of one order line. `None` when minimum, maximum and increment allow no
/// quantity.
fn largest_order(line: &CatalogueLine) -> Option<Decimal> {
    let most =
        line.maximum_order_quantity.unwrap_or(Decimal::MAX).min(Decimal::from(ORDER_QUANTITY));
    let least = line.minimum_order_quantity.unwrap_or(Decimal::ZERO);
    let (least, most) = match line.quantity_step() {
        Some(increment) => (
            round_up_to_multiple(least, increment)?.max(increment),
            round_down_to_multiple(most, increment)?,
        ),
        None => (least, most),
    };
    (most > Decimal::ZERO && least <= most).then_some(most)
}

/// The smallest quantity of one order line, as far as its bounds and its step say it. One unit of
/// a line that has neither.
pub fn smallest_order(line: &CatalogueLine) -> Decimal {
    let least = line.minimum_order_quantity.unwrap_or(Decimal::ZERO);
    let smallest = match line.quantity_step() {
        Some(step) => round_up_to_multiple(least, step).map(|least| least.max(step)),
        None => Some(least),
    };
    smallest.filter(|smallest| *smallest > Decimal::ZERO).unwrap_or(Decimal::ONE)
}

fn prices(
    contract: &Contract,
    line: &CatalogueLine,
    base_unit: Unit,
    name: impl Fn() -> LineName,
    found: &mut Vec<ContentRefusal>,
) {
    if line.content <= Decimal::ZERO {
        return;
    }
    if let Some(size) = line.orderable_unit.convert(Decimal::ONE, base_unit)
        && size != line.content
    {
        let (unit, content) = (line.orderable_unit, line.content);
        found.push(ContentRefusal::ContentContradictsUnit {
            line: name(),
            unit,
            size,
            base_unit,
            content,
        });
    }
    let largest = largest_order(line).unwrap_or(Decimal::ONE);
    let smallest = smallest_order(line);
    let most = most_of_a_line(contract.currency).amount;
    for tier in &line.tiers {
        let base = line
            .base_in_orderable_units(&tier.price, base_unit)
            .filter(|base| *base > Decimal::ZERO);
        match base {
            None => found.push(ContentRefusal::IncomparablePrice(name())),
            Some(base)
                if line_amount(tier.price.amount, base, largest, contract.currency).is_err() =>
            {
                found.push(ContentRefusal::AmountTooLarge(name(), largest, tier.price.amount));
            }
            Some(_) if tier.price.amount > Decimal::from(LOCKED_UNIT_PRICE) => {
                found.push(ContentRefusal::PriceTooLarge(name(), tier.price.amount));
            }
            Some(base)
                if line_amount(
                    tier.price.amount,
                    base,
                    smallest.max(tier.threshold),
                    contract.currency,
                )
                .is_ok_and(|amount| amount.amount > most) =>
            {
                let smallest = smallest.max(tier.threshold);
                found.push(ContentRefusal::NeverAffordable(name(), smallest, most));
            }
            Some(_) => {}
        }
    }
}

fn rules(rules: &[SourcingRule], found: &mut Vec<ContentRefusal>) {
    let mut by_subject: HashMap<_, Vec<&SourcingRule>> = HashMap::new();
    for rule in rules {
        dates(&rule.validity, || rule_name(rule), found);
        let same = by_subject.entry((&rule.subject, &rule.supplier, &rule.location)).or_default();
        let others = same.iter().filter(|other| other.preference != rule.preference);
        for (other, dates) in
            others.filter_map(|other| Some((other, other.validity.intersection(&rule.validity)?)))
        {
            found.push(ContentRefusal::ContradictoryRules {
                subject: subject_name(&rule.subject),
                supplier: rule.supplier.clone(),
                location: rule.location.clone(),
                first: format!("{:?}", other.preference),
                second: format!("{:?}", rule.preference),
                dates,
            });
        }
        same.push(rule);
    }
}
