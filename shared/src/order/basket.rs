//! The basket: what a draft would order now, grouped by supplier and delivery date.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{LockedPrice, OrderState, ResolvedFor};
use crate::calendar::Date;
use crate::catalogue::Catalogue;
use crate::contract::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue, Terms,
};
use crate::ids::{ContractId, ItemId, OrderLineId, SupplierId};
use crate::money::{self, Currency, Money};
use crate::resolve::{
    Adjustment, NoSource, Outcome, Remaining, ResolutionRequest, Spending, select,
};

/// A draft, with every line resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basket {
    /// The lines that can be ordered, in one group for each purchase order that the draft would
    /// become. The groups are in the order in which purchase orders are made.
    pub groups: Vec<Group>,
    /// The lines whose quantity a person must change first.
    pub adjustments: BTreeMap<OrderLineId, NeededAdjustment>,
    /// The lines that no contract supplies.
    pub without_source: BTreeMap<OrderLineId, Missing>,
}

/// The content of one future purchase order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The supplier that delivers.
    pub supplier: SupplierId,
    /// The supplier's name; `None` when the release does not have the supplier.
    pub supplier_name: Option<String>,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The sum of the line amounts; `None` when it does not fit a decimal.
    pub total: Option<Money>,
    /// The highest minimum order value in the terms of the lines.
    pub minimum_order_value: Option<Money>,
    /// What the contracts add to the line amounts or subtract from them, for example freight for
    /// each order. It is not part of `total`.
    pub charges: Vec<Charge>,
    /// The last moment, by the site's clock, to order for this delivery date. `None` when no
    /// schedule has a cut-off.
    pub order_by: Option<DateTime>,
    /// The lines, by identifier, with the prices that would be locked.
    pub lines: BTreeMap<OrderLineId, LockedPrice>,
}

/// An amount that is added to a purchase order or subtracted from it (UBL `AllowanceCharge`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The reason, in the contract's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The amount; negative when it is subtracted.
    pub amount: Money,
}

/// A total with all charges and allowances; `None` when it does not fit a decimal.
#[must_use]
pub fn with_charges(total: Money, charges: &[Charge]) -> Option<Money> {
    charges.iter().try_fold(total, |sum, charge| sum.checked_add(&charge.amount).ok())
}

/// A line that can be ordered, but only in another quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededAdjustment {
    /// What would be ordered after a person accepts the other quantity.
    pub offer: LockedPrice,
    /// Why another quantity is needed, and which one, in orderable units.
    pub adjustment: Adjustment,
    /// The quantity to set on the line to accept it, in the line's own unit. `None` when it is not
    /// an exact decimal in that unit.
    pub set_quantity_to: Option<Decimal>,
}

/// A line that no contract supplies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The item of the line.
    pub item: ItemId,
    /// Why no contract supplies it.
    pub why: NoSource,
}

impl Basket {
    /// The prices that a submission locks. `None` while a line needs another quantity or has no
    /// source, or when the order is empty.
    #[must_use]
    pub fn locked_prices(&self) -> Option<BTreeMap<OrderLineId, LockedPrice>> {
        let is_complete = self.adjustments.is_empty()
            && self.without_source.is_empty()
            && !self.groups.is_empty();
        is_complete.then(|| self.groups.iter().flat_map(|group| group.lines.clone()).collect())
    }

    /// The sum of all groups in each currency. A currency whose sum does not fit a decimal is left
    /// out.
    #[must_use]
    pub fn totals(&self) -> Vec<Money> {
        let mut totals: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
        for group in &self.groups {
            let Some(currency) = group.lines.values().next().map(LockedPrice::currency) else {
                continue;
            };
            let total = totals.entry(currency).or_insert_with(|| Some(Money::zero(currency)));
            *total = total.zip(group.total).and_then(|(sum, total)| sum.checked_add(&total).ok());
        }
        totals.into_values().flatten().collect()
    }
}

/// Resolves every ordered line of a draft, as if the site had used nothing of the allotments in the
/// release.
#[must_use]
pub fn basket(order: &OrderState, catalogue: &Catalogue, resolved: ResolvedFor) -> Basket {
    basket_within(order, catalogue, resolved, Remaining::granted(catalogue, &order.site))
}

/// Resolves every ordered line of a draft, one after the other. What one line uses of an allotment
/// is no longer available to the next lines.
#[must_use]
pub fn basket_within(
    order: &OrderState,
    catalogue: &Catalogue,
    resolved: ResolvedFor,
    mut remaining: Remaining,
) -> Basket {
    let mut basket = Basket::default();
    let mut groups: BTreeMap<(SupplierId, Currency, Date), BTreeMap<OrderLineId, LockedPrice>> =
        BTreeMap::new();
    for (line_id, line) in order.ordered_lines() {
        let request = ResolutionRequest {
            item: line.item.as_str(),
            quantity: line.quantity.value,
            unit: line.unit,
            site: &order.site,
            order_date: resolved.order_date,
            order_time: resolved.order_time,
            requested_delivery_date: resolved.requested_delivery_date,
            remaining: Some(&remaining),
        };
        let outcome = select(catalogue, &request);
        if let Some(spending) =
            outcome.selected().and_then(|selected| Spending::of(catalogue, selected))
        {
            remaining.spend(&spending.commitment, spending.amount);
        }
        match outcome {
            Outcome::Selected(selected) => {
                let locked = LockedPrice::from_selected(&selected, resolved);
                let key = (locked.supplier.clone(), locked.currency(), locked.delivery_date);
                groups.entry(key).or_default().insert(line_id.clone(), locked);
            }
            Outcome::AdjustmentNeeded(selected, adjustment) => {
                let needed = NeededAdjustment {
                    offer: LockedPrice::from_selected(&selected, resolved),
                    adjustment,
                    set_quantity_to: adjustment.in_unit_asked(catalogue, &selected),
                };
                basket.adjustments.insert(line_id.clone(), needed);
            }
            Outcome::NoSource(why) => {
                basket
                    .without_source
                    .insert(line_id.clone(), Missing { item: line.item.clone(), why });
            }
        }
    }
    let groups = groups.into_iter().map(|((supplier, currency, date), lines)| {
        group(catalogue, supplier, currency, date, lines)
    });
    basket.groups = groups.collect();
    basket
}

fn group(
    catalogue: &Catalogue,
    supplier: SupplierId,
    currency: Currency,
    delivery_date: Date,
    lines: BTreeMap<OrderLineId, LockedPrice>,
) -> Group {
    let total = lines
        .values()
        .try_fold(Money::zero(currency), |sum, locked| sum.checked_add(&locked.amount).ok());
    Group {
        supplier_name: catalogue.supplier(&supplier).map(|supplier| supplier.name.clone()),
        supplier,
        delivery_date,
        total,
        minimum_order_value: minimum_order_value(catalogue, lines.values(), currency),
        charges: charges(catalogue, lines.values(), currency),
        order_by: lines
            .values()
            .filter_map(|locked| order_by(&*terms(catalogue, locked)?, locked.delivery_date))
            .min(),
        lines,
    }
}

/// The highest minimum order value in the terms of the lines of one purchase order. `None` if none
/// of them has one.
#[must_use]
pub fn minimum_order_value<'l>(
    catalogue: &Catalogue,
    lines: impl IntoIterator<Item = &'l LockedPrice>,
    currency: Currency,
) -> Option<Money> {
    let values =
        lines.into_iter().filter_map(|locked| terms(catalogue, locked)?.minimum_order_value);
    values.max().map(|amount| Money { amount, currency })
}

/// The amount that `total` lacks to reach `minimum`. `None` if it is reached.
#[must_use]
pub fn shortfall(total: Money, minimum: Money) -> Option<Money> {
    let missing = minimum.amount.checked_sub(total.amount)?;
    (missing > Decimal::ZERO).then_some(Money { amount: missing, currency: minimum.currency })
}

fn terms<'c>(catalogue: &'c Catalogue, locked: &LockedPrice) -> Option<Cow<'c, Terms>> {
    let contract = catalogue.contract(&locked.contract, locked.version)?;
    Some(contract.terms_of(contract.line(&locked.line)?))
}

/// The last moment, by the site's clock, to order for a delivery date under the terms of a line:
/// the cut-off of the schedule, as many days before as the lead time. `None` when there is no
/// cut-off.
#[must_use]
pub fn order_by(terms: &Terms, delivery_date: Date) -> Option<DateTime> {
    let cut_off = terms.delivery_schedule.as_ref()?.cut_off?;
    let lead = i64::from(terms.lead_time_days.unwrap_or(0)).days();
    Some(delivery_date.checked_sub(lead).ok()?.to_datetime(cut_off))
}

/// What the contracts of a purchase order's lines add or subtract. A charge for each order counts
/// once, even when several lines have it; its percentage applies to the sum of those lines. A
/// charge that does not fit a decimal is left out.
#[must_use]
pub fn charges<'p>(
    catalogue: &Catalogue,
    lines: impl IntoIterator<Item = &'p LockedPrice>,
    currency: Currency,
) -> Vec<Charge> {
    let mut sums: Vec<((&ContractId, AllowanceCharge), u32, Option<Decimal>)> = Vec::new();
    for locked in lines {
        let terms = terms(catalogue, locked);
        for charge in terms.iter().filter_map(|terms| terms.allowance_charges.as_ref()).flatten() {
            let key = (&locked.contract, charge.clone());
            let place = sums.iter().position(|(other, ..)| *other == key).unwrap_or_else(|| {
                sums.push((key, 0, Some(Decimal::ZERO)));
                sums.len() - 1
            });
            if let Some((_, count, sum)) = sums.get_mut(place) {
                *count += 1;
                *sum = sum.and_then(|sum| sum.checked_add(locked.amount.amount));
            }
        }
    }
    let charge =
        |((_, charge), count, sum): ((&ContractId, AllowanceCharge), u32, Option<Decimal>)| {
            let times = match charge.per {
                AllowanceChargeBasis::Order => Decimal::ONE,
                AllowanceChargeBasis::Line => Decimal::from(count),
            };
            let amount = match charge.value {
                AllowanceChargeValue::Amount(amount) => amount.checked_mul(times)?,
                AllowanceChargeValue::Percentage(part) => {
                    sum?.checked_mul(part.value())?.checked_div(Decimal::ONE_HUNDRED)?
                }
            };
            let amount = money::round(amount, currency);
            let amount = match charge.kind {
                AllowanceChargeKind::Allowance => -amount,
                AllowanceChargeKind::Charge => amount,
            };
            Some(Charge { reason: charge.reason, amount: Money { amount, currency } })
        };
    sums.into_iter().filter_map(charge).collect()
}
