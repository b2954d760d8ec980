//! Which day it is for an organisation whose sites are in several time zones.

use std::collections::BTreeSet;

use calloff_core::calendar::Date;
use calloff_core::location::Location;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::storage::{ServerStore, StorageError};

/// A day, and a time zone in which it is that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// A time zone in which it is this day.
    pub zone: String,
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.date, self.zone)
    }
}

/// The earliest and the latest present day among an organisation's sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The earliest day. What holds from this day on holds at once at every site.
    pub earliest: Day,
    /// The latest day. What begins on a later day has not begun at any site.
    pub latest: Day,
}

impl Days {
    /// The days by the time zones of the sites; without sites, by UTC.
    #[must_use]
    pub fn at(now: Timestamp, locations: &[Location]) -> Self {
        let zones: BTreeSet<&str> = locations
            .iter()
            .filter_map(|location| Some(location.site.as_ref()?.time_zone.as_str()))
            .collect();
        let day = |name: &str, zone: TimeZone| Day {
            date: now.to_zoned(zone).date(),
            zone: name.to_owned(),
        };
        let days = zones.into_iter().filter_map(|name| Some(day(name, TimeZone::get(name).ok()?)));
        let mut days: Vec<Day> = days.collect();
        days.sort_by_key(|day| day.date);
        let utc = || day("UTC", TimeZone::UTC);
        Self {
            earliest: days.first().cloned().unwrap_or_else(utc),
            latest: days.pop().unwrap_or_else(utc),
        }
    }

    /// The days by the time zones of the stored sites.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(store: &ServerStore, now: Timestamp) -> Result<Self, StorageError> {
        Ok(Self::at(now, &store.locations().await?))
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::sample;

    use super::*;

    fn days(zones: &[&str], now: &str) -> (String, String) {
        let mut locations = sample::small().locations;
        let site = locations.iter().find(|location| location.site.is_some()).unwrap().clone();
        locations.clear();
        locations.extend(zones.iter().map(|zone| {
            let mut site = site.clone();
            site.site.as_mut().unwrap().time_zone = (*zone).to_owned();
            site
        }));
        let days = Days::at(now.parse().unwrap(), &locations);
        (days.earliest.to_string(), days.latest.to_string())
    }

    #[test]
    fn today_is_the_earliest_sites_day_with_its_zone() {
        let zones = ["Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles"];
        let (earliest, latest) = days(&zones, "2026-11-26T02:00:00Z");
        assert_eq!(earliest, "2026-11-25 (America/Los_Angeles)");
        assert_eq!(latest, "2026-11-26 (Pacific/Auckland)");
        assert_eq!(days(&[], "2026-11-26T02:00:00Z").0, "2026-11-26 (UTC)");
    }
}
