//! What procurement reads before it honours an order: the locked price beside today's price, and
//! the days that are still possible.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::OrderLineId;
use calloff_core::order::LockedPrice;
use calloff_core::wire::{OrderDetail, PriceToday};

/// The lines that one supplier should have delivered on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The supplier's name.
    pub supplier: String,
    /// The locked day.
    pub locked_day: Date,
    /// Whether this day is no longer possible, so that procurement must choose a new one.
    pub is_missed: bool,
    /// The next days on which all lines can be delivered.
    pub days: Vec<Date>,
    /// Its lines.
    pub lines: Vec<LineToday>,
}

/// One line at its locked price and at today's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineToday {
    /// The identifier of the order line.
    pub line: OrderLineId,
    /// The item's name.
    pub item: String,
    /// The locked price.
    pub locked: LockedPrice,
    /// The price and terms of today. `None` if no contract supplies the line as it was asked for.
    pub today: Option<PriceToday>,
}

/// The deliveries of an order on hold, by day and supplier. Empty for an order that is not on hold
/// or cannot be honoured.
#[must_use]
pub fn deliveries(detail: &OrderDetail) -> Vec<Delivery> {
    let mut deliveries: BTreeMap<(Date, String), Delivery> = BTreeMap::new();
    for found in &detail.to_decide {
        let Some(locked) =
            detail.order.lines.get(&found.line).and_then(|line| line.locked.as_ref())
        else {
            continue;
        };
        let supplier = found.supplier_name.clone();
        let delivery =
            deliveries.entry((locked.delivery_date, supplier.clone())).or_insert_with(|| {
                Delivery {
                    supplier,
                    locked_day: locked.delivery_date,
                    is_missed: false,
                    days: found.days.clone(),
                    lines: Vec::new(),
                }
            });
        delivery.is_missed |= found.is_missed;
        delivery.days.retain(|day| found.days.contains(day));
        let item = detail
            .descriptions
            .get(&locked.item)
            .cloned()
            .unwrap_or_else(|| locked.item.to_string());
        delivery.lines.push(LineToday {
            line: found.line.clone(),
            item,
            locked: locked.clone(),
            today: found.today.clone(),
        });
    }
    deliveries.into_values().collect()
}

/// The new day of each line. `chosen` holds the chosen day of a delivery under its place in
/// `deliveries`. Only deliveries whose locked day was missed get a new day.
///
/// # Errors
/// The places of the missed deliveries for which no day was chosen.
pub fn new_days(
    deliveries: &[Delivery],
    chosen: &BTreeMap<usize, Date>,
) -> Result<BTreeMap<OrderLineId, Date>, Vec<usize>> {
    let is_lacking =
        |(at, delivery): &(usize, &Delivery)| delivery.is_missed && !chosen.contains_key(at);
    let lacking: Vec<usize> =
        deliveries.iter().enumerate().filter(is_lacking).map(|(at, _)| at).collect();
    if !lacking.is_empty() {
        return Err(lacking);
    }
    let of_delivery = |(at, delivery): (usize, &Delivery)| {
        let day = chosen.get(&at).copied().filter(|_| delivery.is_missed);
        let lines: Vec<_> = delivery.lines.iter().map(|line| line.line.clone()).collect();
        day.into_iter().flat_map(move |day| lines.clone().into_iter().map(move |line| (line, day)))
    };
    Ok(deliveries.iter().enumerate().flat_map(of_delivery).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn delivery(is_missed: bool) -> Delivery {
        Delivery {
            supplier: "Mill".to_owned(),
            locked_day: day("2026-03-06"),
            is_missed,
            days: vec![day("2026-03-24")],
            lines: Vec::new(),
        }
    }

    #[test]
    fn a_delivery_that_was_missed_asks_for_a_day_and_another_does_not() {
        let deliveries = [delivery(true), delivery(false), delivery(true)];
        assert_eq!(new_days(&deliveries, &BTreeMap::new()), Err(vec![0, 2]));
        let one = BTreeMap::from([(0, day("2026-03-24"))]);
        assert_eq!(new_days(&deliveries, &one), Err(vec![2]));
        assert_eq!(new_days(&[delivery(false)], &BTreeMap::new()), Ok(BTreeMap::new()));
    }
}
