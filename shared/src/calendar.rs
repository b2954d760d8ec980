//! Calendar dates. Every validity is a pair of dates, **both inclusive**, in the time zone of the
//! location.
//!
//! The core never gets an instant where a date is meant. The server and the app convert the current
//! time to the site's local date.
//! date.

use serde::{Deserialize, Serialize};

pub use jiff::civil::{Date, DateTime, Weekday};

/// The first and the last day on which something holds, both inclusive. Without `end` it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Validity {
    /// The first day.
    pub start: Date,
    /// The last day. Absent means that there is no end. Never a special date like 9999-12-31.
    #[serde(default)]
    pub end: Option<Date>,
}

impl Validity {
    /// A validity from `start` to `end`, both inclusive.
    #[must_use]
    pub fn new(start: Date, end: Option<Date>) -> Self {
        Self { start, end }
    }

    /// Whether `date` is in the validity, including the first and the last day.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        self.start <= date && self.end.is_none_or(|end| date <= end)
    }

    /// The days that both validities share; `None` when they share none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let start = self.start.max(other.start);
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (end, None) | (None, end) => end,
        };
        end.is_none_or(|end| start <= end).then_some(Self { start, end })
    }

    /// Whether every day of `self` is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.intersection(other) == Some(*self)
    }

    /// Whether the end is before the start. Such a validity holds on no day and is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| end < self.start)
    }
}

impl std::fmt::Display for Validity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A validity from the beginning of the calendar has no first day.
        match (self.start == Date::MIN, self.end) {
            (false, Some(end)) => write!(f, "{} to {end}", self.start),
            (false, None) => write!(f, "from {}", self.start),
            (true, Some(end)) => write!(f, "to {end}"),
            (true, None) => f.write_str("all days"),
        }
    }
}

/// Whether other systems write this last day for "never": any day of 2099 (`2099-12-31`,
/// `2099-11-30`), or a day in a year for which nobody plans (`2999-12-31`, `9999-12-31`).
#[must_use]
pub fn is_sentinel_end(date: Date) -> bool {
    date.year() == 2099 || date.year() > 2200
}

/// The number of days since 1970-01-01. The index compares dates by this number.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. Years
/// begin in March, so that the leap day is the last day of its year. An era is 400 years of 146,097
/// days, and era 0 begins 719,468 days before 1970.
#[must_use]
pub fn day_number(date: Date) -> i32 {
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day number (`civil_from_days` of the same source). `None` when the year is outside
/// the range of [`Date`].
#[must_use]
pub fn date_of_day(day: i32) -> Option<Date> {
    let day = day.checked_add(719_468)?;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day_of_month.try_into().ok()?).ok()
}

/// A day of the week, by its ISO 8601 number: 1 = Monday … 7 = Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct IsoWeekday(u8);

/// A number is not a day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day of the week is 1 (Monday) to 7 (Sunday)")]
pub struct NoWeekday;

impl IsoWeekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] = [Self(1), Self(2), Self(3), Self(4), Self(5), Self(6), Self(7)];

    /// The day of the week of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self(date.weekday().to_monday_one_offset().unsigned_abs())
    }

    /// The ISO number: 1 = Monday … 7 = Sunday.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for IsoWeekday {
    type Error = NoWeekday;
    fn try_from(number: u8) -> Result<Self, NoWeekday> {
        if (1..=7).contains(&number) { Ok(Self(number)) } else { Err(NoWeekday) }
    }
}

impl From<IsoWeekday> for u8 {
    fn from(weekday: IsoWeekday) -> u8 {
        weekday.0
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn case_07_first_and_last_day_count() {
        let june = Validity::new(date(2025, 6, 1), Some(date(2025, 6, 30)));
        assert!(june.contains(date(2025, 6, 1)) && june.contains(date(2025, 6, 30)));
        assert!(!june.contains(date(2025, 5, 31)) && !june.contains(date(2025, 7, 1)));
        assert!(Validity::new(date(2024, 2, 29), None).contains(date(2400, 2, 29)));
    }

    #[test]
    fn intersections_share_the_touching_day() {
        let a = Validity::new(date(2025, 1, 1), Some(date(2025, 3, 31)));
        let b = Validity::new(date(2025, 3, 31), None);
        assert_eq!(
            a.intersection(&b),
            Some(Validity::new(date(2025, 3, 31), Some(date(2025, 3, 31))))
        );
        assert_eq!(a.intersection(&Validity::new(date(2025, 4, 1), None)), None);
    }

    #[test]
    fn weekdays_count_from_monday() {
        assert_eq!(IsoWeekday::of(date(2026, 3, 2)).number(), 1);
        assert_eq!(IsoWeekday::of(date(2026, 3, 8)).number(), 7);
        assert_eq!(
            (IsoWeekday::try_from(0), IsoWeekday::try_from(8)),
            (Err(NoWeekday), Err(NoWeekday))
        );
    }

    #[test]
    fn day_numbers_count_days() {
        assert_eq!(day_number(date(1970, 1, 1)), 0);
        assert_eq!(day_number(date(1969, 12, 31)), -1);
        assert_eq!(day_number(date(2024, 3, 1)) - day_number(date(2024, 2, 28)), 2);
        // Every day of jiff's calendar has a number, one after the other.
        let mut day = Date::MIN;
        let mut number = day_number(day);
        while let Ok(next) = day.tomorrow() {
            assert_eq!((date_of_day(number), day_number(next)), (Some(day), number + 1));
            (day, number) = (next, number + 1);
        }
        assert_eq!((day, date_of_day(number)), (Date::MAX, Some(Date::MAX)));
        assert_eq!(date_of_day(day_number(Date::MAX) + 1), None);
        assert_eq!(date_of_day(i32::MAX), None);
    }

    #[test]
    fn case_17_sentinel_ends_are_known() {
        for never in [
            date(9999, 12, 31),
            date(9999, 1, 1),
            date(2999, 12, 31),
            date(2099, 12, 31),
            date(2099, 11, 30),
        ] {
            assert!(is_sentinel_end(never), "{never}");
        }
        assert!(!is_sentinel_end(date(2098, 12, 31)) && !is_sentinel_end(date(2150, 6, 30)));
    }
}
