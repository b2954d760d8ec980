//! The date and time at a site, by the rules that came with the catalogue. Without them, by the
//! browser's rules.

use calloff_core::catalogue::zones::Rules;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::clock;

/// A site's time zone, as far as this device knows it.
#[derive(Debug, Clone, Default)]
pub struct SiteZone {
    /// The zone's IANA name. `None` before the first catalogue.
    pub name: Option<String>,
    /// The zone's rules, from the catalogue. `None` if the catalogue has none for the zone.
    pub rules: Option<TimeZone>,
}

/// The zone that gave a date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// The site's zone.
    Site,
    /// The zone to which the device is set, because neither catalogue nor browser knows the site's.
    Device,
}

impl SiteZone {
    /// A zone from the name and the catalogue's rules that the tablet kept.
    #[must_use]
    pub fn kept(name: Option<String>, rules: Option<Vec<u8>>) -> Self {
        let rules =
            name.as_deref().zip(rules).and_then(|(name, rules)| Rules(rules).zone(name).ok());
        Self { name, rules }
    }

    /// The site's date and time at an instant. If the site's zone is unknown, the device's zone
    /// counts, because the device is at the site. UTC would show another day there for hours.
    #[must_use]
    pub fn wall(&self, at_ms: i64) -> (DateTime, Followed) {
        let by_rules = self
            .rules
            .as_ref()
            .and_then(|rules| Some(rules.to_datetime(Timestamp::from_millisecond(at_ms).ok()?)));
        let by_browser =
            || self.name.as_deref().and_then(|name| clock::civil_date_time(at_ms, name).ok());
        match by_rules.or_else(by_browser) {
            Some(wall) => (wall, Followed::Site),
            None => (clock::device_wall(at_ms), Followed::Device),
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use jiff::civil::date;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn a_zone_that_nobody_knows_is_the_devices_and_never_utc_in_silence() {
        let unknown = SiteZone { name: Some("Mars/Olympus".to_owned()), rules: None };
        let (wall, followed) = unknown.wall(0);
        assert_eq!((wall, followed), (clock::device_wall(0), Followed::Device));
    }

    #[wasm_bindgen_test]
    fn the_catalogues_rules_are_followed_whatever_the_browser_knows() {
        let rules = TimeZone::fixed(jiff::tz::offset(14));
        let zone = SiteZone { name: Some("Mars/Olympus".to_owned()), rules: Some(rules) };
        assert_eq!(zone.wall(0), (date(1970, 1, 1).at(14, 0, 0, 0), Followed::Site));
    }
}
