//! A simple reference: a loop over all lines, written from `docs/resolution.md` with plain dates
//! and lists. It uses neither the index nor the core's arithmetic. It is slow on purpose.

use std::cmp::Ordering;

use calloff_core::calendar::{Date, Validity};
use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    CatalogueLine, CommitmentId, Contract, ContractStatus, DeliverySchedule, Measure, Preference,
    PriceDateBasis, PriceTier, Scope, Strength, Subject,
};
use calloff_core::ids::{ContractId, LocationId};
use calloff_core::item::Item;
use calloff_core::resolve::ResolutionRequest;
use calloff_core::unit::Unit;
use jiff::ToSpan;
use rust_decimal::{Decimal, RoundingStrategy};

/// Contract, version and line.
pub type Name = (String, u32, String);

/// All candidates: the eligible lines, the best first, then the rejected lines with their reasons,
/// ordered by identifier. Or the reason why there are none.
pub type Answer<Reason = &'static str> = Result<(Vec<(Name, Offer)>, Vec<(Name, Reason)>), Reason>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub tier: usize,
    pub unit_price: Decimal,
    pub quantity: Decimal,
    /// The reason and the remainder.
    pub adjustment: Option<(&'static str, Decimal)>,
    pub amount: Decimal,
    pub delivery: Date,
}

pub fn answer(content: &CatalogueContent, request: &ResolutionRequest<'_>) -> Answer {
    if request.quantity <= Decimal::ZERO {
        return Err("QuantityNotPositive");
    }
    let item = find_item(content, request.item)?;
    if content.locations.iter().all(|place| place.id != *request.site || place.site.is_none()) {
        return Err("UnknownSite");
    }
    let mut eligible = Vec::new();
    let mut rejected = Vec::new();
    for (position, id) in std::iter::once(&item.id).chain(&item.substitutes).enumerate() {
        let item = content.items.iter().find(|item| item.id == *id).unwrap();
        for contract in &content.contracts {
            for line in contract.lines.iter().filter(|line| line.item == *id) {
                let name = (contract.id.to_string(), contract.version, line.id.to_string());
                match (Candidate { content, request, item, contract, line }).examine(position) {
                    Ok((key, offer)) => eligible.push((key, name, offer)),
                    Err(reason) => rejected.push((name, reason)),
                }
            }
        }
    }
    if eligible.is_empty() && rejected.is_empty() {
        return Err("NotOnContract");
    }
    eligible
        .sort_by(|(a, a_name, _), (b, b_name, _)| a.compare(b).then_with(|| a_name.cmp(b_name)));
    rejected.sort();
    Ok((eligible.into_iter().map(|(_, name, offer)| (name, offer)).collect(), rejected))
}

/// The item by its own number, else by a GTIN, else by a supplier's number that means one item.
fn find_item<'c>(content: &'c CatalogueContent, number: &str) -> Result<&'c Item, &'static str> {
    let own = content.items.iter().find(|item| item.id.as_str() == number);
    let gtin =
        || content.items.iter().find(|item| item.gtins.iter().any(|gtin| gtin.as_str() == number));
    if let Some(item) = own.or_else(gtin) {
        return Ok(item);
    }
    let lines = content.contracts.iter().flat_map(|contract| &contract.lines);
    let mut meant: Vec<_> = lines
        .filter(|line| line.supplier_item_number.as_deref() == Some(number))
        .map(|line| &line.item)
        .collect();
    meant.sort();
    meant.dedup();
    match meant[..] {
        [] => Err("UnknownItem"),
        [id] => Ok(content.items.iter().find(|item| item.id == *id).unwrap()),
        _ => Err("AmbiguousItemNumber"),
    }
}

struct Key {
    position: usize,
    preference: Preference,
    depth: usize,
    priority: u32,
    /// Amount × rate, and the number of base units for it. They are compared as fractions.
    price: (Decimal, Decimal),
    lead: u16,
    settled: usize,
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        let before_price =
            |key: &Self| (key.position, key.preference, usize::MAX - key.depth, key.priority);
        let after_price = |key: &Self| (key.lead, key.settled);
        before_price(self)
            .cmp(&before_price(other))
            .then_with(|| compare_fractions(self.price, other.price))
            .then_with(|| after_price(self).cmp(&after_price(other)))
    }
}

/// Compares by cross-multiplication. It divides only when a product does not fit a decimal.
fn compare_fractions(a: (Decimal, Decimal), b: (Decimal, Decimal)) -> Ordering {
    match (a.0.checked_mul(b.1), b.0.checked_mul(a.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => (a.0 / a.1).cmp(&(b.0 / b.1)),
    }
}

struct Candidate<'a> {
    content: &'a CatalogueContent,
    request: &'a ResolutionRequest<'a>,
    item: &'a Item,
    contract: &'a Contract,
    line: &'a CatalogueLine,
}

impl Candidate<'_> {
    fn examine(&self, position: usize) -> Result<(Key, Offer), &'static str> {
        let Self { content, request, contract, line, .. } = self;
        let own = line.terms.as_ref();
        let lead =
            own.and_then(|own| own.lead_time_days).or(contract.terms.lead_time_days).unwrap_or(0);
        let schedule = own.and_then(|own| own.delivery_schedule.as_ref());
        let schedule = schedule.or(contract.terms.delivery_schedule.as_ref());
        let delivery = delivery_date(request, lead, schedule).ok_or("NoDelivery")?;
        let tested = match contract.price_date_basis {
            PriceDateBasis::OrderDate => request.order_date,
            PriceDateBasis::RequestedDeliveryDate => delivery,
        };
        match contract.status {
            ContractStatus::Published => {}
            ContractStatus::Suspended => return Err("Suspended"),
            ContractStatus::Draft | ContractStatus::Ended | ContractStatus::Withdrawn => {
                return Err("NotPublished");
            }
        }
        let mut versions = content.contracts.iter().filter(|other| other.id == contract.id);
        if versions.any(|other| is_later(other, contract) && first_day(other) <= tested) {
            return Err("Superseded");
        }
        if tested < first_day(contract) || !holds(Some(contract.validity), tested) {
            return Err("OutsideContractValidity");
        }
        if !holds(line.validity, tested) {
            return Err("OutsideLineValidity");
        }
        let path = path(content, request.site);
        let mut depth = deepest(&contract.scope, &path).ok_or("OutOfScope")?;
        if let Some(territory) = &line.territory {
            depth = depth.max(deepest(territory, &path).ok_or("OutOfScope")?);
        }
        let preference = self.preference(&path, tested);
        if preference == Preference::Blocked {
            return Err("Blocked");
        }
        let wanted = self.in_base_units()?;
        let (mut quantity, mut reason) = orderable(line, wanted).ok_or("NoOrderableQuantity")?;
        self.tier(quantity, tested).ok_or("NoPriceAtDate")?;
        let fitting = self.within_the_cap(quantity, tested)?;
        if fitting != quantity {
            reason = Some("AboveAllotment");
            quantity = fitting;
        }
        let adjustment =
            reason.map(|reason| (reason, (wanted - quantity * line.content).max(Decimal::ZERO)));
        let (tier, priced) = self.tier(quantity, tested).unwrap();
        let amount = self.amount(quantity, tested).ok_or("NotComputable")?;
        let rate = content.exchange_rates.rate(contract.currency).unwrap();
        let base = self.base_quantity(priced);
        let price = &priced.price;
        let key = Key {
            position,
            preference,
            depth,
            priority: contract.priority.unwrap_or(u32::MAX),
            price: (price.amount * rate, base * line.content),
            lead,
            settled: settled_place(content, &contract.id),
        };
        Ok((key, Offer { tier, unit_price: price.amount, quantity, adjustment, amount, delivery }))
    }

    /// The index of a tier in the line, and the tier.
    fn tier(&self, quantity: Decimal, tested: Date) -> Option<(usize, &PriceTier)> {
        let tiers =
            self.line.tiers.iter().enumerate().filter(|(_, tier)| tier.threshold <= quantity);
        tiers
            .filter(|(_, tier)| holds(tier.validity, tested))
            .max_by_key(|(_, tier)| tier.threshold)
    }

    /// The number of orderable units for a price.
    fn base_quantity(&self, tier: &PriceTier) -> Decimal {
        let base = tier.price.base_quantity;
        if base.unit == self.line.orderable_unit {
            base.value
        } else {
            base.value / self.line.content
        }
    }

    fn amount(&self, quantity: Decimal, tested: Date) -> Option<Decimal> {
        let (_, tier) = self.tier(quantity, tested)?;
        let amount = tier.price.amount.checked_mul(quantity)? / self.base_quantity(tier);
        let digits = if self.contract.currency.to_string() == "JPY" { 0 } else { 2 };
        Some(amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven))
    }

    /// The quantity, when the rest of the allotment is enough. Otherwise the largest smaller
    /// multiple that fits, found by trying one after the other.
    fn within_the_cap(&self, quantity: Decimal, tested: Date) -> Result<Decimal, &'static str> {
        let own = self.line.terms.as_ref().and_then(|own| own.maximum_commitment);
        let Some(commitment) = own.or(self.contract.terms.maximum_commitment) else {
            return Ok(quantity);
        };
        if commitment.strength == Strength::Soft {
            return Ok(quantity);
        }
        let holder = CommitmentId {
            contract: self.contract.id.clone(),
            line: own.map(|_| self.line.id.clone()),
        };
        let given = self.content.allotments.iter().find(|given| {
            (&given.contract, &given.line, &given.site)
                == (&holder.contract, &holder.line, self.request.site)
        });
        let left = self.request.remaining.and_then(|remaining| remaining.left(&holder));
        let left = left.unwrap_or(given.map_or(Decimal::ZERO, |given| given.amount));
        let used = |quantity: Decimal| match commitment.measure {
            // The odd catalogues count in the item's base unit.
            Measure::Quantity(_) => Some(quantity * self.line.content),
            Measure::Value(_) => self.amount(quantity, tested),
        };
        if used(quantity).ok_or("NotComputable")? <= left {
            return Ok(quantity);
        }
        let step = self.line.order_quantity_increment.unwrap_or(Decimal::ONE);
        let mut fitting = quantity - quantity % step;
        while fitting > Decimal::ZERO
            && fitting >= self.line.minimum_order_quantity.unwrap_or_default()
        {
            if fitting < quantity
                && used(fitting).is_some_and(|used| used <= left)
                && self.tier(fitting, tested).is_some()
            {
                return Ok(fitting);
            }
            fitting -= step;
        }
        Err("CapExhausted")
    }

    /// From the deepest node upwards. At one node, the item's rules go before its category's rules.
    /// Of several rules, the strictest one decides.
    fn preference(&self, path: &[LocationId], day: Date) -> Preference {
        let category = self.item.category.clone().map(Subject::Category);
        for node in path.iter().rev() {
            for subject in
                std::iter::once(Subject::Item(self.item.id.clone())).chain(category.clone())
            {
                let rules = self.content.sourcing_rules.iter().filter(|rule| {
                    rule.location == *node
                        && rule.supplier == self.contract.supplier
                        && rule.subject == subject
                        && holds(Some(rule.validity), day)
                });
                if let Some(strictest) = rules.map(|rule| rule.preference).max() {
                    return strictest;
                }
            }
        }
        Preference::Allowed
    }

    /// Refuses a unit of another dimension. Also refuses a quantity that is not an exact number of
    /// orderable units, when the line has no step.
    fn in_base_units(&self) -> Result<Decimal, &'static str> {
        let asked = match self.request.unit {
            Some(unit) if unit != self.line.orderable_unit => unit,
            _ => return Ok(self.request.quantity * self.line.content),
        };
        let failed = "UnitNotConvertible";
        let (kind, size) = measure(asked).ok_or(failed)?;
        let (base_kind, base_size) = measure(self.item.base_unit).ok_or(failed)?;
        if kind != base_kind {
            return Err(failed);
        }
        // The sizes here divide each other, and so does the content, except for a remainder.
        let in_smallest = self.request.quantity * size;
        let one = base_size * self.line.content;
        let quantity = in_smallest / one;
        let is_exact = quantity.scale() <= 12 && quantity * one == in_smallest;
        if is_exact || step(self.line).is_some() {
            Ok(in_smallest / base_size)
        } else {
            Err(failed)
        }
    }
}

/// The increment. Without one, it is one whole unit for counted or packed units that the line does
/// not call divisible.
fn step(line: &CatalogueLine) -> Option<Decimal> {
    let measured = matches!(line.orderable_unit.as_str(), "KGM" | "LTR");
    line.order_quantity_increment.or((!line.divisible.unwrap_or(measured)).then_some(Decimal::ONE))
}

/// The dimension of a unit, and its size in the smallest unit of that dimension.
fn measure(unit: Unit) -> Option<(&'static str, Decimal)> {
    let (kind, size) = match unit.as_str() {
        "EA" => ("count", 1),
        "DZN" => ("count", 12),
        "GRM" => ("mass", 1),
        "KGM" => ("mass", 1000),
        "MLT" => ("volume", 1),
        "LTR" => ("volume", 1000),
        _ => return None,
    };
    Some((kind, Decimal::from(size)))
}

fn first_day(contract: &Contract) -> Date {
    contract
        .amendment
        .as_ref()
        .map_or(contract.validity.start, |amendment| amendment.effective_from)
}

/// Whether a version begins after another version, or on the same day with a greater number. The
/// first agreement has no amendment.
fn is_later(version: &Contract, than: &Contract) -> bool {
    match (&version.amendment, &than.amendment) {
        (None, None) => version.version > than.version,
        (None, Some(_)) => false,
        (Some(_), None) => true,
        (Some(_), Some(_)) => {
            (first_day(version), version.version) > (first_day(than), than.version)
        }
    }
}

fn holds(validity: Option<Validity>, day: Date) -> bool {
    validity.is_none_or(|days| day >= days.start && days.end.is_none_or(|end| day <= end))
}

/// Tries day by day, for at most a year and a day.
fn delivery_date(
    request: &ResolutionRequest<'_>,
    lead: u16,
    schedule: Option<&DeliverySchedule>,
) -> Option<Date> {
    let mut earliest = request.order_date.checked_add(i64::from(lead).days()).ok()?;
    let cut_off = schedule.and_then(|schedule| schedule.cut_off);
    if let (Some(cut_off), Some(time)) = (cut_off, request.order_time)
        && time > cut_off
    {
        earliest = earliest.checked_add(1.day()).ok()?;
    }
    let mut day = earliest.max(request.requested_delivery_date.unwrap_or(earliest));
    let Some(schedule) = schedule else { return Some(day) };
    for _ in 0..366 {
        let is_instead = schedule.holidays.values().flatten().any(|instead| *instead == day);
        let is_weekday = schedule.weekdays.contains(&day.weekday().to_monday_one_offset());
        if is_instead || (is_weekday && !schedule.holidays.contains_key(&day)) {
            return Some(day);
        }
        day = day.checked_add(1.day()).ok()?;
    }
    None
}

fn path(content: &CatalogueContent, site: &LocationId) -> Vec<LocationId> {
    let mut path = vec![site.clone()];
    while let Some(parent) =
        content.locations.iter().find(|l| l.id == path[0]).and_then(|l| l.parent.clone())
    {
        path.insert(0, parent);
    }
    path
}

fn deepest(scope: &Scope, path: &[LocationId]) -> Option<usize> {
    let mentioned =
        |node: &LocationId| scope.included.contains(node) || scope.excluded.contains(node);
    let depth = path.iter().rposition(mentioned)?;
    (!scope.excluded.contains(&path[depth])).then_some(depth)
}

/// Counts up in steps, as a person would, until the wanted number of base units is reached.
fn orderable(line: &CatalogueLine, wanted: Decimal) -> Option<(Decimal, Option<&'static str>)> {
    let minimum = line.minimum_order_quantity.unwrap_or_default();
    let maximum = line.maximum_order_quantity;
    let is_orderable = |quantity: Decimal| {
        quantity >= minimum && maximum.is_none_or(|maximum| quantity <= maximum)
    };
    let quantity = match step(line) {
        Some(step) => {
            let mut quantity = step;
            let mut fits = None;
            while maximum.is_none_or(|maximum| quantity <= maximum) {
                if is_orderable(quantity) {
                    fits = Some(quantity);
                    if quantity * line.content >= wanted {
                        break;
                    }
                }
                quantity += step;
            }
            fits?
        }
        None => {
            let next = (wanted / line.content).max(minimum);
            Some(maximum.map_or(next, |maximum| next.min(maximum)))
                .filter(|quantity| is_orderable(*quantity))?
        }
    };
    if quantity * line.content == wanted {
        return Some((quantity, None));
    }
    let reason = if wanted < minimum * line.content {
        "BelowMinimum"
    } else if maximum.is_some_and(|maximum| wanted > maximum * line.content) {
        "AboveMaximum"
    } else {
        "NotOnIncrement"
    };
    Some((quantity, Some(reason)))
}

/// Orders the contracts that decisions name. It takes again and again the smallest identifier that
/// no remaining contract beats.
fn settled_place(content: &CatalogueContent, contract: &ContractId) -> usize {
    let mut left: Vec<&ContractId> = content
        .tie_decisions
        .iter()
        .flat_map(|decision| [&decision.winner, &decision.loser])
        .collect();
    left.sort();
    left.dedup();
    let mut place = 0;
    while !left.is_empty() {
        let is_beaten = |id: &ContractId| {
            content
                .tie_decisions
                .iter()
                .any(|tie| tie.loser == *id && left.iter().any(|other| **other == tie.winner))
        };
        let next = left.iter().position(|id| !is_beaten(id)).unwrap();
        if left.remove(next) == contract {
            return place;
        }
        place += 1;
    }
    usize::MAX
}
