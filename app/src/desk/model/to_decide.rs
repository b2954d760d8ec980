//! What procurement looks at before it honours an order: the locked price beside today's, and which
//! days are still possible.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::OrderLineId;
use calloff_core::order::Pin;
use calloff_core::wire::{OrderDetail, PriceToday};

/// The lines that one supplier was to deliver on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The supplier's name.
    pub supplier: String,
    /// The day that was pinned.
    pub pinned: Date,
    /// Whether that day cannot be kept any more, so that a new one is needed.
    pub is_missed: bool,
    /// The next days on which all of it can be delivered.
    pub days: Vec<Date>,
    /// Its lines.
    pub lines: Vec<LineToday>,
}

/// One line, as it was pinned and as it would be ordered today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineToday {
    /// Which.
    pub line: OrderLineId,
    /// The item's name.
    pub item: String,
    /// As pinned.
    pub pin: Pin,
    /// What it would be today; `None` where no contract supplies it as asked.
    pub today: Option<PriceToday>,
}

/// The deliveries of an order that waits, by day and supplier; none of an order that does not wait
/// or cannot be honoured.
#[must_use]
pub fn deliveries(detail: &OrderDetail) -> Vec<Delivery> {
    let mut deliveries: BTreeMap<(Date, String), Delivery> = BTreeMap::new();
    for found in &detail.to_decide {
        let Some(pin) = detail.order.lines.get(&found.line).and_then(|line| line.pin.as_ref())
        else {
            continue;
        };
        let supplier = found.supplier_name.clone();
        let delivery =
            deliveries.entry((pin.delivery_date, supplier.clone())).or_insert_with(|| Delivery {
                supplier,
                pinned: pin.delivery_date,
                is_missed: false,
                days: found.days.clone(),
                lines: Vec::new(),
            });
        delivery.is_missed |= found.is_missed;
        delivery.days.retain(|day| found.days.contains(day));
        let item =
            detail.descriptions.get(&pin.item).cloned().unwrap_or_else(|| pin.item.to_string());
        delivery.lines.push(LineToday {
            line: found.line.clone(),
            item,
            pin: pin.clone(),
            today: found.today.clone(),
        });
    }
    deliveries.into_values().collect()
}

/// The new day of each line, where every delivery that needs one has one in `chosen`, by its place;
/// else the places that lack one.
///
/// # Errors
/// The deliveries for which no day was chosen.
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
            pinned: day("2026-03-06"),
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
