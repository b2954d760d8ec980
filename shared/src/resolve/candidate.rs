//! The steps of resolution: from a request to the candidates and the answer.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{
    Adjustment, AdjustmentReason, Candidate, CandidateVerdict, Merit, NoSource, Offer, Outcome,
    RankKey, Rejection, Resolution, ResolutionRequest, Selected,
};
use crate::calendar::{Date, Validity, date_of_day, day_number};
use crate::catalogue::Catalogue;
use crate::catalogue::index::{Bounds, Delivery, ItemNumber, LineEntry, TierEntry};
use crate::contract::{CatalogueLine, Contract, ContractStatus, Preference, PriceDateBasis};
use crate::decimal::{divide_exactly, round_down_to_multiple, round_up_to_multiple};
use crate::item::Item;
use crate::money::{Money, line_amount};
use crate::quantity::Quantity;
use crate::unit::Unit;

/// Answers a request, with every candidate and the reason for its rank or rejection.
///
/// It is total: it has an answer for every request and every catalogue.
#[must_use]
pub fn resolve<'c>(catalogue: &'c Catalogue, request: &ResolutionRequest<'_>) -> Resolution<'c> {
    let query = match Query::new(catalogue, request) {
        Ok(query) => query,
        Err(no_source) => {
            return Resolution { outcome: Outcome::NoSource(no_source), candidates: Vec::new() };
        }
    };
    let mut eligible = Vec::new();
    let mut rejected = Vec::new();
    for (substitute, item, entry) in query.lines() {
        match query.examine(substitute, item, entry).and_then(|found| Ok((found.amount()?, found)))
        {
            Ok((amount, found)) => eligible.push((found, amount)),
            Err(rejection) => rejected.push((entry, rejection)),
        }
    }
    eligible.sort_by_key(|(found, _)| found.rank());
    let outcome = match eligible.first() {
        Some((best, amount)) => best.outcome(*amount),
        None if rejected.is_empty() => Outcome::NoSource(NoSource::NotOnContract),
        None => Outcome::NoSource(NoSource::AllRejected),
    };
    let ranked = eligible.into_iter().zip(1..).map(|((found, amount), rank)| {
        found.on().candidate(CandidateVerdict::Eligible {
            rank,
            key: found.key(),
            offer: found.offer(amount),
        })
    });
    // The index numbers contracts and lines in the order of their identifiers.
    rejected.sort_by_key(|(entry, _): &(&LineEntry, _)| (entry.contract, entry.line));
    let out = rejected.into_iter().map(|(entry, rejection)| {
        let (contract, line) = catalogue.line_of(entry);
        OnContract { contract, line }.candidate(CandidateVerdict::Rejected(rejection))
    });
    Resolution { outcome, candidates: ranked.chain(out).collect() }
}

/// Gives the answer of [`resolve`] without the candidates.
#[must_use]
pub fn select<'c>(catalogue: &'c Catalogue, request: &ResolutionRequest<'_>) -> Outcome<'c> {
    let query = match Query::new(catalogue, request) {
        Ok(query) => query,
        Err(no_source) => return Outcome::NoSource(no_source),
    };
    let mut best: Option<Eligible<'c>> = None;
    let mut any = false;
    for (substitute, item, entry) in query.lines() {
        any = true;
        if let Ok(found) = query.examine(substitute, item, entry)
            && best.as_ref().is_none_or(|best| found.rank() < best.rank())
        {
            best = Some(found);
        }
    }
    match best {
        // An amount beyond 28 digits rejects the line. That is so rare that the full resolution may
        // run.
        Some(best) => match best.amount() {
            Ok(amount) => best.outcome(amount),
            Err(_) => resolve(catalogue, request).outcome,
        },
        None if any => Outcome::NoSource(NoSource::AllRejected),
        None => Outcome::NoSource(NoSource::NotOnContract),
    }
}

/// A request, with everything already looked up that is the same for every line.
pub(super) struct Query<'c, 'r> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) request: &'r ResolutionRequest<'r>,
    item: u32,
    pub(super) path: &'c [u32],
    delivery: Delivery,
}

/// A line with its contract version.
#[derive(Clone, Copy)]
struct OnContract<'c> {
    contract: &'c Contract,
    line: &'c CatalogueLine,
}

impl<'c> OnContract<'c> {
    fn candidate(self, verdict: CandidateVerdict<'c>) -> Candidate<'c> {
        Candidate {
            contract: &self.contract.id,
            version: self.contract.version,
            line: &self.line.id,
            supplier: &self.contract.supplier,
            item: &self.line.item,
            verdict,
        }
    }
}

/// A line that passed every step. It keeps numbers of the index; names are looked up only for the
/// lines that are returned.
struct Eligible<'c> {
    catalogue: &'c Catalogue,
    entry: &'c LineEntry,
    merit: Merit,
    /// The position of the contract among the ties that a person settled; `u32::MAX` without one.
    settled: u32,
    tier: u32,
    price: &'c TierEntry,
    quantity: Decimal,
    adjustment: Option<Adjustment>,
    delivery_day: i32,
}

impl<'c, 'r> Query<'c, 'r> {
    fn new(catalogue: &'c Catalogue, request: &'r ResolutionRequest<'r>) -> Result<Self, NoSource> {
        if request.quantity <= Decimal::ZERO {
            return Err(NoSource::QuantityNotPositive);
        }
        let item = match catalogue.item_number(request.item) {
            Some(ItemNumber::Item(number)) => number,
            Some(ItemNumber::Ambiguous) => return Err(NoSource::AmbiguousItemNumber),
            None => return Err(NoSource::UnknownItem),
        };
        let path = catalogue.sites.get(request.site).ok_or(NoSource::UnknownSite)?;
        let delivery = Delivery {
            order_day: day_number(request.order_date),
            order_time: request.order_time,
            requested_day: request.requested_delivery_date.map(day_number),
        };
        Ok(Self { catalogue, request, item, path, delivery })
    }

    /// Every line for the item (position 0) or for one of its substitutes (positions from 1).
    fn lines(&self) -> impl Iterator<Item = (u32, u32, &'c LineEntry)> {
        let catalogue = self.catalogue;
        let substitutes = catalogue.item_entries[self.item as usize].substitutes.iter().copied();
        (0..).zip(std::iter::once(self.item).chain(substitutes)).flat_map(
            move |(position, item)| {
                let lines = catalogue.item_entries[item as usize].lines.clone();
                catalogue.entries(lines).iter().map(move |entry| (position, item, entry))
            },
        )
    }

    /// Runs the steps of `docs/resolution.md` in their order. The error is the first step that
    /// fails.
    fn examine(
        &self,
        substitute: u32,
        item: u32,
        entry: &'c LineEntry,
    ) -> Result<Eligible<'c>, Rejection> {
        let catalogue = self.catalogue;
        let terms = &catalogue.contract_entries[entry.contract as usize];
        let contract = || catalogue.line_of(entry).0;
        let line = || catalogue.line_of(entry).1;
        let schedule = if entry.has_schedule { catalogue.schedule_of(entry) } else { None };
        let delivery_day =
            self.delivery.day(entry.lead_time_days, schedule).ok_or(Rejection::NoDelivery)?;
        let tested = match terms.basis {
            PriceDateBasis::OrderDate => self.delivery.order_day,
            PriceDateBasis::RequestedDeliveryDate => delivery_day,
        };

        // 1. The version in force.
        match terms.status {
            ContractStatus::Published => {}
            ContractStatus::Suspended => return Err(Rejection::Suspended),
            status
            @ (ContractStatus::Draft | ContractStatus::Ended | ContractStatus::Withdrawn) => {
                return Err(Rejection::NotPublished(status));
            }
        }
        if let Some((from, by_version)) = terms.superseded
            && tested >= from
        {
            return Err(Rejection::Superseded { by_version });
        }
        // 2. The days of the contract, then the days of the line.
        if !terms.validity.contain(tested) {
            let contract = contract();
            let validity = Validity::new(
                contract.effective_from().max(contract.validity.start),
                contract.validity.end,
            );
            return Err(Rejection::OutsideContractValidity { validity, tested: date(tested)? });
        }
        if !entry.validity.contain(tested)
            && let Some(validity) = line().validity
        {
            return Err(Rejection::OutsideLineValidity { validity, tested: date(tested)? });
        }
        // 3. The scope of the contract and the territory of the line.
        let scope_depth = terms.scope.admits(self.path).ok_or(Rejection::OutOfScope)?;
        let scope_depth = match &entry.territory {
            Some(territory) => {
                territory.admits(self.path).ok_or(Rejection::OutOfScope)?.max(scope_depth)
            }
            None => scope_depth,
        };
        // 4. The sourcing rules.
        let preference = catalogue.preference(item, terms.supplier, self.path, tested);
        if preference == Preference::Blocked {
            return Err(Rejection::Blocked);
        }
        // 5. The unit.
        let asked = match self.request.unit {
            None => Asked::exactly(self.request.quantity),
            Some(unit) => Asked::of(
                self.request.quantity,
                unit,
                line(),
                catalogue.item_at(item),
                entry.step(),
            )?,
        };
        // 6. The quantity. A wrong quantity is adjusted; it does not reject the line.
        let adjusted = match &entry.bounds {
            Some(bounds) => adjust(&asked, Some(bounds), entry.step(), line)?,
            None if entry.is_whole && !asked.is_whole() => {
                adjust(&asked, None, entry.step(), line)?
            }
            None => None,
        };
        let quantity = adjusted.map_or(asked.quantity, |(_, quantity)| quantity);
        // 7. The tier.
        let (tier, price) =
            self.tier(entry, quantity, tested).ok_or_else(|| match date(tested) {
                Ok(tested) => Rejection::NoPriceAtDate { tested },
                Err(rejection) => rejection,
            })?;
        // 8. The site's allotment. A smaller quantity may fall into another price tier.
        let (adjusted, quantity, tier, price) =
            match entry.bounds.as_ref().and_then(|bounds| bounds.cap) {
                None => (adjusted, quantity, tier, price),
                Some(cap) => {
                    let fitted = self.fit(entry, cap, quantity, (tier, price), tested)?;
                    let cut = (AdjustmentReason::AboveAllotment, fitted.quantity);
                    let adjusted = if fitted.quantity == quantity { adjusted } else { Some(cut) };
                    (adjusted, fitted.quantity, fitted.tier, fitted.price)
                }
            };
        let adjustment = match adjusted {
            None => None,
            Some((reason, adjust_to)) => Some(Adjustment {
                reason,
                requested: Quantity::new(
                    self.request.quantity,
                    self.request.unit.unwrap_or(entry.orderable_unit),
                ),
                adjust_to,
                remainder: Quantity::new(
                    asked.beyond(adjust_to, line())?,
                    catalogue.item_at(item).base_unit,
                ),
            }),
        };
        let merit = Merit {
            substitute,
            preference,
            scope_depth,
            priority: Some(terms.priority).filter(|priority| *priority != u32::MAX),
            net_price: price.net_price,
            lead_time_days: entry.lead_time_days,
        };
        Ok(Eligible {
            catalogue,
            entry,
            merit,
            settled: terms.tie,
            tier,
            price,
            quantity,
            adjustment,
            delivery_day,
        })
    }
}

impl<'c> Query<'c, '_> {
    /// Step 7: the price tier. Of the tiers that hold on the tested day, the tier with the highest
    /// threshold at or below `quantity` prices the line.
    pub(super) fn tier(
        &self,
        entry: &LineEntry,
        quantity: Decimal,
        tested: i32,
    ) -> Option<(u32, &'c TierEntry)> {
        (self.catalogue.tiers_of(entry).iter())
            .zip(0..)
            .filter(|(tier, _)| tier.terms.threshold <= quantity && tier.validity.contain(tested))
            .map(|(tier, number)| (number, tier))
            .reduce(
                |best, next| {
                    if next.1.terms.threshold > best.1.terms.threshold { next } else { best }
                },
            )
    }
}

/// Step 5: the requested quantity, in the line's orderable unit.
struct Asked {
    /// The number of orderable units. When the request is not an exact number of them (10 pieces of
    /// a case of 12), this is the next higher multiple of the line's step.
    quantity: Decimal,
    /// The requested quantity in the item's base unit, when `quantity` was rounded up. `None` when
    /// `quantity` is exact.
    between: Option<Decimal>,
}

impl Asked {
    fn exactly(quantity: Decimal) -> Self {
        Self { quantity, between: None }
    }

    /// Converts `quantity` of the unit `from`. A quantity that does not convert exactly is rounded
    /// up to the line's step. Without a step, the line is rejected.
    fn of(
        quantity: Decimal,
        from: Unit,
        line: &CatalogueLine,
        item: &Item,
        step: Option<Decimal>,
    ) -> Result<Self, Rejection> {
        if from == line.orderable_unit {
            return Ok(Self::exactly(quantity));
        }
        let failed = || Rejection::UnitNotConvertible { from, to: line.orderable_unit };
        let in_base_units = from.convert(quantity, item.base_unit).ok_or_else(failed)?;
        if let Some(exact) = divide_exactly(in_base_units, line.content) {
            return Ok(Self::exactly(exact));
        }
        let step_in_base_units =
            step.and_then(|step| step.checked_mul(line.content)).ok_or_else(failed)?;
        let above = round_up_to_multiple(in_base_units, step_in_base_units);
        let quantity =
            above.and_then(|above| divide_exactly(above, line.content)).ok_or_else(failed)?;
        Ok(Self { quantity, between: Some(in_base_units) })
    }

    fn is_whole(&self) -> bool {
        self.between.is_none() && (self.quantity.scale() == 0 || self.quantity.fract().is_zero())
    }

    /// Compares the requested quantity with `quantity` orderable units.
    fn compare(&self, quantity: Decimal, line: &CatalogueLine) -> Ordering {
        match self.between {
            None => self.quantity.cmp(&quantity),
            // A product too large for a decimal is larger than every requested quantity.
            Some(between) => quantity
                .checked_mul(line.content)
                .map_or(Ordering::Less, |other| between.cmp(&other)),
        }
    }

    /// The part of the request above `quantity` orderable units, in the item's base unit.
    fn beyond(&self, quantity: Decimal, line: &CatalogueLine) -> Result<Decimal, Rejection> {
        let beyond = match self.between {
            None => (self.quantity - quantity).max(Decimal::ZERO).checked_mul(line.content),
            Some(between) => quantity
                .checked_mul(line.content)
                .map(|covered| (between - covered).max(Decimal::ZERO)),
        };
        beyond.map(|beyond| beyond.normalize()).ok_or(Rejection::NotComputable)
    }
}

fn date(day: i32) -> Result<Date, Rejection> {
    date_of_day(day).ok_or(Rejection::NotComputable)
}

/// Two lines of one item that are both eligible for one request. The check for ties uses it.
pub(crate) struct Pair<'c>(Eligible<'c>, Eligible<'c>);

impl<'c> Pair<'c> {
    /// Both lines, or `None` when one of them is not eligible.
    pub fn examine(
        catalogue: &'c Catalogue,
        request: &ResolutionRequest<'_>,
        item: u32,
        a: &'c LineEntry,
        b: &'c LineEntry,
    ) -> Option<Self> {
        let query = Query::new(catalogue, request).ok()?;
        let examine = |entry| query.examine(0, item, entry).ok();
        Some(Self(examine(a)?, examine(b)?))
    }

    /// Whether the two lines have equal merit. A settled tie or the identifiers then decide.
    pub fn is_tie(&self) -> bool {
        self.0.merit.cmp(&self.1.merit).is_eq()
    }
}

/// Step 6: the quantity that can be ordered instead of the requested quantity, and why it is
/// needed. `None` when the requested quantity can be ordered.
fn adjust<'c>(
    asked: &Asked,
    bounds: Option<&Bounds>,
    step: Option<Decimal>,
    line: impl Fn() -> &'c CatalogueLine,
) -> Result<Option<(AdjustmentReason, Decimal)>, Rejection> {
    let up = |value| match step {
        Some(step) => round_up_to_multiple(value, step).ok_or(Rejection::NotComputable),
        None => Ok(value),
    };
    let down = |value| match step {
        Some(step) => round_down_to_multiple(value, step).ok_or(Rejection::NotComputable),
        None => Ok(value),
    };
    let minimum = bounds.and_then(|bounds| bounds.minimum).unwrap_or(Decimal::ZERO);
    let next = up(asked.quantity.max(minimum))?;
    if let Some(maximum) = bounds.and_then(|bounds| bounds.maximum)
        && next > maximum
    {
        let most = down(maximum)?;
        if most <= Decimal::ZERO || most < minimum {
            return Err(Rejection::NoOrderableQuantity);
        }
        let reason = if asked.compare(minimum, line()).is_lt() {
            AdjustmentReason::BelowMinimum
        } else if asked.compare(maximum, line()).is_gt() {
            AdjustmentReason::AboveMaximum
        } else {
            AdjustmentReason::NotOnIncrement
        };
        return Ok(Some((reason, most)));
    }
    if next == asked.quantity && asked.between.is_none() {
        return Ok(None);
    }
    let is_below = asked.compare(minimum, line()).is_lt();
    let reason =
        if is_below { AdjustmentReason::BelowMinimum } else { AdjustmentReason::NotOnIncrement };
    Ok(Some((reason, next)))
}

impl<'c> Eligible<'c> {
    fn on(&self) -> OnContract<'c> {
        let (contract, line) = self.catalogue.line_of(self.entry);
        OnContract { contract, line }
    }

    /// The rank: the merit, then the settled tie, then the numbers of contract version and line.
    /// Their order is that of the identifiers, so the rank is a total order.
    fn rank(&self) -> (Merit, u32, u32, u32) {
        (self.merit, self.settled, self.entry.contract, self.entry.line)
    }

    fn key(&self) -> RankKey<'c> {
        let OnContract { contract, line } = self.on();
        RankKey {
            merit: self.merit,
            settled: Some(self.settled).filter(|place| *place != u32::MAX),
            contract: &contract.id,
            version: contract.version,
            line: &line.id,
        }
    }

    fn amount(&self) -> Result<Money, Rejection> {
        let base_quantity = self.price.terms.base_quantity;
        let currency = self.catalogue.contract_entries[self.entry.contract as usize].currency;
        line_amount(self.price.amount, base_quantity, self.quantity, currency)
            .map_err(|_| Rejection::NotComputable)
    }

    /// The delivery day as a date. [`Delivery::day`] returns only days that are valid dates.
    fn delivery_date(&self) -> Date {
        date_of_day(self.delivery_day).unwrap_or(Date::MAX)
    }

    fn offer(&self, amount: Money) -> Offer {
        Offer {
            tier: self.tier,
            unit_price: self.price.amount,
            base_quantity: self.price.terms.base_quantity,
            currency: amount.currency,
            quantity: Quantity::new(self.quantity, self.entry.orderable_unit),
            amount,
            delivery_date: self.delivery_date(),
            adjustment: self.adjustment,
        }
    }

    fn outcome(&self, amount: Money) -> Outcome<'c> {
        let OnContract { contract, line } = self.on();
        let selected = Selected {
            contract: &contract.id,
            version: contract.version,
            line: &line.id,
            supplier: &contract.supplier,
            item: &line.item,
            is_substitute: self.merit.substitute > 0,
            tier: self.tier,
            unit_price: self.price.amount,
            base_quantity: self.price.terms.base_quantity,
            currency: amount.currency,
            quantity: Quantity::new(self.quantity, self.entry.orderable_unit),
            delivery_date: self.delivery_date(),
            amount,
        };
        match self.adjustment {
            None => Outcome::Selected(selected),
            Some(adjustment) => Outcome::AdjustmentNeeded(selected, adjustment),
        }
    }
}
