//! The rules of the sites' time zones, which a release carries. The day and the cut-off of a site
//! are then the same on every device, whatever time zones its system or browser knows.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::limits::{TIME_ZONE_BYTES, TIME_ZONES};

/// The rules of time zones, by IANA name.
pub type ZoneRules = BTreeMap<String, Rules>;

/// The rules of one time zone, in the compiled form of the IANA database: TZif (RFC 9636).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules(pub Vec<u8>);

/// Why a zone's rules are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// There are more zones than [`TIME_ZONES`].
    #[error("it has the rules of more than {TIME_ZONES} time zones")]
    TooMany,
    /// The rules cannot be read, or have more bytes than [`TIME_ZONE_BYTES`].
    #[error("the rules of the time zone {0:?} cannot be read")]
    Unreadable(String),
}

impl Rules {
    /// Reads the rules as a time zone with this name.
    ///
    /// # Errors
    /// [`ZoneError::Unreadable`] when the rules cannot be read or are too long.
    pub fn zone(&self, name: &str) -> Result<TimeZone, ZoneError> {
        let unreadable = || ZoneError::Unreadable(name.to_owned());
        if self.0.len() > TIME_ZONE_BYTES {
            return Err(unreadable());
        }
        TimeZone::tzif(name, &self.0).map_err(|_| unreadable())
    }
}

/// Reads the rules of all zones.
pub(crate) fn read(rules: ZoneRules) -> Result<BTreeMap<String, (TimeZone, Rules)>, ZoneError> {
    if rules.len() > TIME_ZONES {
        return Err(ZoneError::TooMany);
    }
    rules.into_iter().map(|(name, rules)| Ok((name.clone(), (rules.zone(&name)?, rules)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rules_is_refused_by_the_zones_name() {
        let unreadable = Err(ZoneError::Unreadable("Europe/London".to_owned()));
        let read = |bytes: &[u8]| Rules(bytes.to_vec()).zone("Europe/London");
        assert_eq!(read(b"TZif"), unreadable);
        assert_eq!(read(&[0; TIME_ZONE_BYTES + 1]), unreadable);
        let many = (0..=TIME_ZONES).map(|n| (format!("Zone/{n}"), Rules(Vec::new()))).collect();
        assert_eq!(super::read(many).err(), Some(ZoneError::TooMany));
    }
}
