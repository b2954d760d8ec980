//! Computes the delivery date from the order date.

use jiff::civil::Time;

use crate::calendar::{Date, DateTime, date_of_day, day_number};
use crate::catalogue::Catalogue;
use crate::contract::DeliverySchedule;
use crate::ids::{ContractId, LineId};

/// When an order is placed and when its delivery is wanted. Days are day numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub order_day: i32,
    pub order_time: Option<Time>,
    pub requested_day: Option<i32>,
}

/// The number of the last day that a date can express.
const LAST_DAY: i32 = 2_932_896;

impl Delivery {
    /// The day of delivery. It is the requested day or the first day after the lead time, whichever
    /// is later, moved to the next day on which the supplier delivers. An order after the cut-off
    /// counts as an order of the next day. `None` when there is no such day.
    pub fn day(&self, lead_time_days: u16, schedule: Option<&DeliverySchedule>) -> Option<i32> {
        let late = schedule
            .and_then(|schedule| schedule.cut_off)
            .zip(self.order_time)
            .is_some_and(|(cut_off, time)| time > cut_off);
        let earliest = self.order_day + i32::from(late) + i32::from(lead_time_days);
        let wanted = self.requested_day.map_or(earliest, |requested| requested.max(earliest));
        match schedule {
            Some(schedule) => schedule.first_on_or_after(date_of_day(wanted)?).map(day_number),
            None => (wanted <= LAST_DAY).then_some(wanted),
        }
    }
}

/// The days on which a contract line can be delivered, by the terms of its contract version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    lead_time_days: u16,
    schedule: Option<DeliverySchedule>,
}

impl Deliveries {
    /// The first delivery day for an order that is placed at this site-local time. `None` when
    /// there is no such day.
    #[must_use]
    pub fn first(&self, placed: DateTime) -> Option<Date> {
        let order = Delivery {
            order_day: day_number(placed.date()),
            order_time: Some(placed.time()),
            requested_day: None,
        };
        order.day(self.lead_time_days, self.schedule.as_ref()).and_then(date_of_day)
    }

    /// The first `count` delivery days for an order that is placed at this site-local time. There
    /// may be fewer.
    #[must_use]
    pub fn next(&self, placed: DateTime, count: usize) -> Vec<Date> {
        let following = |day: &Date| {
            let next = day.tomorrow().ok()?;
            self.schedule.as_ref().map_or(Some(next), |schedule| schedule.first_on_or_after(next))
        };
        std::iter::successors(self.first(placed), following).take(count).collect()
    }

    /// Whether an order that is placed at this site-local time can be delivered on `day`.
    #[must_use]
    pub fn can_be_on(&self, day: Date, placed: DateTime) -> bool {
        self.first(placed).is_some_and(|first| first <= day)
            && self.schedule.as_ref().is_none_or(|schedule| schedule.delivers_on(day))
    }
}

impl Catalogue {
    /// The delivery days of a contract line. `None` when this release does not have the version or
    /// the line.
    #[must_use]
    pub fn deliveries(
        &self,
        contract: &ContractId,
        version: u32,
        line: &LineId,
    ) -> Option<Deliveries> {
        let contract = self.contract(contract, version)?;
        let terms = contract.terms_of(contract.line(line)?);
        Some(Deliveries {
            lead_time_days: terms.lead_time_days.unwrap_or(0),
            schedule: terms.delivery_schedule.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::calendar::Date;

    fn date_of(
        delivery: Delivery,
        lead_time_days: u16,
        schedule: Option<&DeliverySchedule>,
    ) -> Option<Date> {
        delivery.day(lead_time_days, schedule).and_then(date_of_day)
    }

    fn schedule() -> DeliverySchedule {
        DeliverySchedule {
            weekdays: vec![2, 5],
            cut_off: Some(time(14, 0, 0, 0)),
            holidays: Default::default(),
        }
    }

    fn delivery(order_time: Option<Time>, requested: Option<Date>) -> Delivery {
        // A Monday.
        let order_day = day_number(date(2025, 6, 2));
        Delivery { order_day, order_time, requested_day: requested.map(day_number) }
    }

    #[test]
    fn an_order_after_the_cut_off_counts_as_of_the_next_day() {
        let at = |hour, minute| {
            date_of(delivery(Some(time(hour, minute, 0, 0)), None), 1, Some(&schedule()))
        };
        assert_eq!(at(14, 0), Some(date(2025, 6, 3)));
        assert_eq!(at(14, 1), Some(date(2025, 6, 6)));
    }

    #[test]
    fn a_requested_day_moves_on_to_a_delivery_day_and_never_before_the_lead_time() {
        let on = |requested| date_of(delivery(None, Some(requested)), 2, Some(&schedule()));
        assert_eq!(on(date(2025, 6, 9)), Some(date(2025, 6, 10)));
        assert_eq!(on(date(2025, 6, 2)), Some(date(2025, 6, 6)));
    }

    #[test]
    fn the_days_to_choose_from_begin_with_the_first_that_is_still_possible() {
        let deliveries = Deliveries { lead_time_days: 1, schedule: Some(schedule()) };
        let monday = |hour, minute| date(2025, 6, 2).at(hour, minute, 0, 0);
        assert_eq!(
            deliveries.next(monday(14, 0), 3),
            [date(2025, 6, 3), date(2025, 6, 6), date(2025, 6, 10)]
        );
        assert_eq!(deliveries.next(monday(14, 1), 1), [date(2025, 6, 6)]);
        assert!(deliveries.can_be_on(date(2025, 6, 10), monday(14, 1)));
        assert!(!deliveries.can_be_on(date(2025, 6, 9), monday(9, 0)), "no day of delivery");
        assert!(!deliveries.can_be_on(date(2025, 6, 3), monday(14, 1)), "after the cut-off");
        let daily = Deliveries { lead_time_days: 0, schedule: None };
        assert_eq!(daily.next(monday(23, 59), 2), [date(2025, 6, 2), date(2025, 6, 3)]);
        let last = Deliveries { lead_time_days: 0, schedule: None };
        assert_eq!(last.next(Date::MAX.at(1, 0, 0, 0), 3), [Date::MAX]);
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        assert_eq!(day_number(Date::MAX), LAST_DAY);
        let last = Delivery { order_day: LAST_DAY, order_time: None, requested_day: None };
        assert_eq!(date_of(last, 0, None), Some(Date::MAX));
        assert_eq!(date_of(last, 1, None), None);
        assert_eq!(date_of(last, 1, Some(&schedule())), None);
    }
}
