use std::collections::BTreeMap;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Weekday};

/// The days on which a supplier delivers, and the time until which an order counts for today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliverySchedule {
    /// The weekdays of delivery, by ISO number (1 = Monday … 7 = Sunday).
    pub weekdays: Vec<i8>,
    /// The cut-off: an order after this site-local time counts as an order of the next day.
    #[serde(default)]
    pub cut_off: Option<Time>,
    /// Days without delivery. Each may name another day on which the supplier delivers instead.
    #[serde(default)]
    pub holidays: BTreeMap<Date, Option<Date>>,
}

impl DeliverySchedule {
    /// How many days ahead a delivery day is searched: a year and a day.
    const HORIZON_DAYS: i32 = 366;

    /// The first delivery day on or after `earliest`. `None` when the schedule has no day within a
    /// year.
    #[must_use]
    pub fn first_on_or_after(&self, earliest: Date) -> Option<Date> {
        let mut day = earliest;
        for _ in 0..Self::HORIZON_DAYS {
            if self.delivers_on(day) {
                return Some(day);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Whether the supplier delivers on `day`.
    #[must_use]
    pub fn delivers_on(&self, day: Date) -> bool {
        if self.holidays.values().any(|instead| *instead == Some(day)) {
            return true;
        }
        !self.holidays.contains_key(&day) && self.weekdays.contains(&weekday_number(day.weekday()))
    }
}

/// The ISO number of a weekday: 1 = Monday … 7 = Sunday.
fn weekday_number(weekday: Weekday) -> i8 {
    weekday.to_monday_one_offset()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn deliveries_skip_holidays_and_use_the_day_instead() {
        let schedule = DeliverySchedule {
            weekdays: vec![1, 4],
            cut_off: None,
            holidays: BTreeMap::from([
                (date(2025, 12, 25), Some(date(2025, 12, 24))),
                (date(2026, 1, 1), None),
            ]),
        };
        assert_eq!(schedule.first_on_or_after(date(2025, 12, 23)), Some(date(2025, 12, 24)));
        assert_eq!(schedule.first_on_or_after(date(2025, 12, 25)), Some(date(2025, 12, 29)));
        assert_eq!(schedule.first_on_or_after(date(2025, 12, 30)), Some(date(2026, 1, 5)));
    }

    #[test]
    fn a_schedule_without_days_never_delivers() {
        let schedule =
            DeliverySchedule { weekdays: vec![], cut_off: None, holidays: BTreeMap::new() };
        assert_eq!(schedule.first_on_or_after(date(2025, 1, 1)), None);
    }
}
