//! The basket: a draft as it would be ordered now, by supplier and delivery date.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{OrderState, Pin, ResolvedFor};
use crate::calendar::Date;
use crate::catalogue::Catalogue;
use crate::decimal::divide_exactly;
use crate::ids::{ItemId, OrderLineId, SupplierId};
use crate::money::{Currency, Money};
use crate::resolve::{Adjustment, NoSource, Outcome, Remaining, Request, Spending, select};

/// A draft, resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basket {
    /// What can be ordered: one group for each purchase order it would become, in the order in which they are cut.
    pub groups: Vec<Group>,
    /// Lines whose quantity a person must change first, by line.
    pub adjustments: BTreeMap<OrderLineId, NeededAdjustment>,
    /// Lines that no contract supplies, by line.
    pub without_source: BTreeMap<OrderLineId, Missing>,
}

/// What one purchase order would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Who delivers.
    pub supplier: SupplierId,
    /// The supplier's name.
    pub supplier_name: Option<String>,
    /// When.
    pub delivery_date: Date,
    /// The sum of the lines; `None` where it does not fit a decimal.
    pub total: Option<Money>,
    /// The highest minimum order value among its lines' terms.
    pub minimum_order_value: Option<Money>,
    /// The lines, by identifier.
    pub lines: BTreeMap<OrderLineId, Pin>,
}

impl Group {
    /// How much is missing to the minimum order value; `None` when nothing is.
    #[must_use]
    pub fn shortfall(&self) -> Option<Money> {
        let (total, minimum) = (self.total?, self.minimum_order_value?);
        let missing = minimum.amount.checked_sub(total.amount)?;
        (missing > Decimal::ZERO).then_some(Money { amount: missing, currency: minimum.currency })
    }
}

/// A line that can be ordered, but not in this quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededAdjustment {
    /// What would be ordered, once the quantity is accepted.
    pub offer: Pin,
    /// Why, and how much, in orderable units.
    pub adjustment: Adjustment,
    /// The quantity to set on the line to accept it, in the line's own unit; `None` where that is no exact decimal.
    pub set_quantity_to: Option<Decimal>,
}

/// A line that no contract supplies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The item.
    pub item: ItemId,
    /// Why.
    pub why: NoSource,
}

impl Basket {
    /// What submission pins; `None` while a line needs adjustment or has no source, or there is nothing to send.
    #[must_use]
    pub fn pins(&self) -> Option<BTreeMap<OrderLineId, Pin>> {
        let is_complete = self.adjustments.is_empty() && self.without_source.is_empty() && !self.groups.is_empty();
        is_complete.then(|| self.groups.iter().flat_map(|group| group.lines.clone()).collect())
    }

    /// The sum of all groups by currency; a currency whose sum does not fit a decimal is left out.
    #[must_use]
    pub fn totals(&self) -> Vec<Money> {
        let mut totals: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
        for group in &self.groups {
            let Some(currency) = group.lines.values().next().map(Pin::currency) else { continue };
            let total = totals.entry(currency).or_insert_with(|| Some(Money::zero(currency)));
            *total = total.zip(group.total).and_then(|(sum, total)| sum.checked_add(&total).ok());
        }
        totals.into_values().flatten().collect()
    }
}

/// Resolves every ordered line of a draft at a site that has used nothing yet of what the release gave it.
#[must_use]
pub fn basket(order: &OrderState, catalogue: &Catalogue, resolved: ResolvedFor) -> Basket {
    basket_within(order, catalogue, resolved, Remaining::granted(catalogue, &order.site))
}

/// Resolves every ordered line of a draft, one after the other: what a line uses of a cap, the lines after it have not.
#[must_use]
pub fn basket_within(
    order: &OrderState,
    catalogue: &Catalogue,
    resolved: ResolvedFor,
    mut remaining: Remaining,
) -> Basket {
    let mut basket = Basket::default();
    let mut groups: BTreeMap<(SupplierId, Currency, Date), BTreeMap<OrderLineId, Pin>> = BTreeMap::new();
    for (line_id, line) in order.ordered_lines() {
        let request = Request {
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
        if let Some(spending) = outcome.selected().and_then(|selected| Spending::of(catalogue, selected)) {
            remaining.spend(&spending.commitment, spending.amount);
        }
        match outcome {
            Outcome::Selected(selected) => {
                let pin = Pin::from_selected(&selected, resolved);
                let key = (pin.supplier.clone(), pin.currency(), pin.delivery_date);
                groups.entry(key).or_default().insert(line_id.clone(), pin);
            }
            Outcome::AdjustmentNeeded(selected, adjustment) => {
                let needed = NeededAdjustment {
                    offer: Pin::from_selected(&selected, resolved),
                    adjustment,
                    set_quantity_to: in_line_unit(line.quantity.value, &adjustment),
                };
                basket.adjustments.insert(line_id.clone(), needed);
            }
            Outcome::NoSource(why) => {
                basket.without_source.insert(line_id.clone(), Missing { item: line.item.clone(), why });
            }
        }
    }
    let groups =
        groups.into_iter().map(|((supplier, currency, date), lines)| group(catalogue, supplier, currency, date, lines));
    basket.groups = groups.collect();
    basket
}

fn group(
    catalogue: &Catalogue,
    supplier: SupplierId,
    currency: Currency,
    delivery_date: Date,
    lines: BTreeMap<OrderLineId, Pin>,
) -> Group {
    let total = lines.values().try_fold(Money::zero(currency), |sum, pin| sum.checked_add(&pin.amount).ok());
    let minimum = lines.values().filter_map(|pin| minimum_order_value(catalogue, pin)).max();
    Group {
        supplier_name: catalogue.supplier(&supplier).map(|supplier| supplier.name.clone()),
        supplier,
        delivery_date,
        total,
        minimum_order_value: minimum.map(|amount| Money { amount, currency }),
        lines,
    }
}

fn minimum_order_value(catalogue: &Catalogue, pin: &Pin) -> Option<Decimal> {
    let contract = catalogue.contract(&pin.contract, pin.version)?;
    contract.terms_of(contract.line(&pin.line)?).minimum_order_value
}

/// The adjusted quantity in the line's unit: requested and adjusted are in orderable units, so their ratio carries over.
fn in_line_unit(line_quantity: Decimal, adjustment: &Adjustment) -> Option<Decimal> {
    if line_quantity == adjustment.requested {
        return Some(adjustment.adjust_to);
    }
    divide_exactly(adjustment.adjust_to.checked_mul(line_quantity)?, adjustment.requested)
}
