use std::collections::BTreeMap;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Weekday};

/// On which days a supplier delivers, and until when an order makes the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliverySchedule {
    /// The weekdays of delivery, by ISO number (1 = Monday … 7 = Sunday).
    pub weekdays: Vec<i8>,
    /// An order after this site-local time counts as of the next day.
    #[serde(default)]
    pub cut_off: Option<Time>,
    /// Days without delivery and the day that takes each one's place, if any.
    #[serde(default)]
    pub holidays: BTreeMap<Date, Option<Date>>,
}

impl DeliverySchedule {
    /// How far ahead a delivery day is looked for: a year and a day.
    const HORIZON_DAYS: i32 = 366;

    /// The first delivery on or after `earliest`; `None` where the schedule has no day within a
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

    /// Whether there is a delivery on a day.
    #[must_use]
    pub fn delivers_on(&self, day: Date) -> bool {
        if self.holidays.values().any(|instead| *instead == Some(day)) {
            return true;
        }
        !self.holidays.contains_key(&day) && self.weekdays.contains(&weekday_number(day.weekday()))
    }
}

/// ISO number: Monday 1 … Sunday 7.
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
