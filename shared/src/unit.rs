//! Units: UN/ECE Recommendation 20 codes, and Recommendation 21 package codes with the prefix `X`.
//!
//! A package has no size of its own. A catalogue line says what an orderable package contains.
//! Units of the same dimension convert by exact factors.

mod names;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Why a text is not a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text is neither a code that Calloff knows, nor a package code, nor an alias.
    #[error(
        "{0:?} is not a unit: use a UN/ECE Rec 20 code such as EA, KGM or LTR, or a package code \
         such as XBX"
    )]
    Unknown(String),
}

/// A unit code, such as `EA` (each), `KGM` (kilogram), `XBX` (box).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = r"^[A-Z0-9]{2,3}$")))]
#[serde(try_from = "String", into = "String")]
pub struct Unit([u8; 3]);

/// The dimension that a unit measures. Only units of one dimension convert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Count,
    Mass,
    Volume,
    Length,
    Area,
    Time,
}

/// The Rec 20 units in which goods are ordered: code, dimension, and exact size. The size is a
/// mantissa and a number of decimals, in the smallest unit of the dimension in this table (each,
/// milligram, microlitre, micrometre, square millimetre, second).
///
/// Source: UN/ECE Recommendation 20, revision 17, annex I.
const UNITS: [(&str, Dimension, i64, u32); 38] = [
    ("EA", Dimension::Count, 1, 0),
    ("C62", Dimension::Count, 1, 0),
    ("H87", Dimension::Count, 1, 0),
    ("PR", Dimension::Count, 2, 0),
    ("DZN", Dimension::Count, 12, 0),
    ("GRO", Dimension::Count, 144, 0),
    ("CEN", Dimension::Count, 100, 0),
    ("MIL", Dimension::Count, 1_000, 0),
    ("SET", Dimension::Count, 1, 0),
    ("MGM", Dimension::Mass, 1, 0),
    ("GRM", Dimension::Mass, 1_000, 0),
    ("DG", Dimension::Mass, 100, 0),
    ("HGM", Dimension::Mass, 100_000, 0),
    ("KGM", Dimension::Mass, 1_000_000, 0),
    ("TNE", Dimension::Mass, 1_000_000_000, 0),
    ("LBR", Dimension::Mass, 45_359_237, 2),
    ("ONZ", Dimension::Mass, 28_349_523_125, 6),
    ("MC", Dimension::Mass, 1, 3),
    ("4G", Dimension::Volume, 1, 0),
    ("MLT", Dimension::Volume, 1_000, 0),
    ("CLT", Dimension::Volume, 10_000, 0),
    ("DLT", Dimension::Volume, 100_000, 0),
    ("LTR", Dimension::Volume, 1_000_000, 0),
    ("HLT", Dimension::Volume, 100_000_000, 0),
    ("MTQ", Dimension::Volume, 1_000_000_000, 0),
    ("CMQ", Dimension::Volume, 1_000, 0),
    ("GLL", Dimension::Volume, 3_785_411_784, 3),
    ("OZA", Dimension::Volume, 295_735_295_625, 7),
    ("PTL", Dimension::Volume, 473_176_473, 3),
    ("MTR", Dimension::Length, 1_000_000, 0),
    ("CMT", Dimension::Length, 10_000, 0),
    ("MMT", Dimension::Length, 1_000, 0),
    ("INH", Dimension::Length, 25_400, 0),
    ("FOT", Dimension::Length, 304_800, 0),
    ("MTK", Dimension::Area, 1_000_000, 0),
    ("CMK", Dimension::Area, 100, 0),
    ("HUR", Dimension::Time, 3_600, 0),
    ("DAY", Dimension::Time, 86_400, 0),
];

/// The package codes of X12 and cXML, and the Rec 21 codes that they mean.
const ALIASES: [(&str, &str); 8] = [
    ("BX", "XBX"),
    ("CS", "XCS"),
    ("CT", "XCT"),
    ("PK", "XPK"),
    ("BG", "XBG"),
    ("BO", "XBO"),
    ("RL", "XRO"),
    ("PC", "H87"),
];

impl Unit {
    /// Each: the unit of counted things.
    pub const EACH: Self = Self(*b"EA ");

    /// Reads a code or an alias of a code.
    ///
    /// # Errors
    /// [`UnitError::Unknown`] for any other text.
    pub fn parse(code: &str) -> Result<Self, UnitError> {
        let code =
            ALIASES.iter().find(|(alias, _)| *alias == code).map_or(code, |(_, meant)| meant);
        let known = UNITS.iter().any(|(unit, ..)| *unit == code) || is_package(code);
        if !known {
            return Err(UnitError::Unknown(code.to_owned()));
        }
        let mut bytes = *b"   ";
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Ok(Self(bytes))
    }

    /// The code, without a trailing space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("?").trim_end()
    }

    /// Whether the unit is a package (`XBX`, `XCS`). A catalogue line says how much a package
    /// contains.
    #[must_use]
    pub fn is_package(&self) -> bool {
        is_package(self.as_str())
    }

    /// Whether a part of the unit can be ordered, when a catalogue line does not say it. Weighed,
    /// poured or measured units (`KGM`, `LTR`, `MTR`, `HUR`) are divisible. Counted units (`EA`,
    /// `C62`, `DZN`) and packages are not.
    #[must_use]
    pub fn is_divisible(&self) -> bool {
        self.size().is_some_and(|(dimension, _)| dimension != Dimension::Count)
    }

    /// Converts `value` of this unit to the unit `to`, exactly. `None` between dimensions, between
    /// packages of different kinds, and when the result is not an exact decimal.
    #[must_use]
    pub fn convert(&self, value: Decimal, to: Self) -> Option<Decimal> {
        if *self == to {
            return Some(value);
        }
        let (from, to) = (self.size()?, to.size()?);
        if from.0 != to.0 {
            return None;
        }
        crate::decimal::divide_exactly(value.checked_mul(from.1)?, to.1)
    }

    fn size(&self) -> Option<(Dimension, Decimal)> {
        let code = self.as_str();
        let (_, dimension, mantissa, scale) = UNITS.iter().find(|(unit, ..)| *unit == code)?;
        Some((*dimension, Decimal::new(*mantissa, *scale)))
    }
}

/// Whether a code is `X` and a Recommendation 21 code of two characters.
fn is_package(code: &str) -> bool {
    code.len() == 3
        && code.starts_with('X')
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl TryFrom<String> for Unit {
    type Error = UnitError;
    fn try_from(code: String) -> Result<Self, UnitError> {
        Self::parse(&code)
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> String {
        unit.as_str().to_owned()
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> Unit {
        Unit::parse(code).unwrap()
    }

    #[test]
    fn aliases_of_other_standards_become_package_codes() {
        assert_eq!(unit("BX"), unit("XBX"));
        assert_eq!(unit("CS").as_str(), "XCS");
        assert!(
            Unit::parse("BOXES").is_err()
                && Unit::parse("").is_err()
                && Unit::parse("xbx").is_err()
        );
    }

    #[test]
    fn conversions_are_exact_or_refused() {
        let convert =
            |value: i64, from: &str, to: &str| unit(from).convert(Decimal::from(value), unit(to));
        assert_eq!(convert(2, "KGM", "GRM"), Some(Decimal::from(2000)));
        assert_eq!(convert(1, "LBR", "KGM"), Some("0.45359237".parse().unwrap()));
        assert_eq!(convert(1, "OZA", "MLT"), Some("29.5735295625".parse().unwrap()));
        assert_eq!(convert(24, "EA", "DZN"), Some(Decimal::TWO));
        assert_eq!(convert(1, "EA", "DZN"), None, "a twelfth is no exact decimal");
        assert_eq!(convert(1, "KGM", "LTR"), None);
        assert_eq!(convert(1, "XBX", "XCS"), None);
        assert_eq!(convert(3, "XBX", "XBX"), Some(Decimal::from(3)));
    }

    #[test]
    fn what_is_counted_or_packed_is_whole_and_what_is_measured_is_not() {
        for code in ["EA", "C62", "H87", "DZN", "SET", "XCS", "XBX"] {
            assert!(!unit(code).is_divisible(), "{code}");
        }
        for code in ["KGM", "LTR", "MTR", "MTK", "HUR", "DAY"] {
            assert!(unit(code).is_divisible(), "{code}");
        }
    }

    /// Every code is active in the published list.
    #[test]
    #[ignore = "needs the real data"]
    fn the_table_agrees_with_recommendation_20() {
        let file = crate::sample::shared_data("codes/unece-rec20.csv").expect("the real data");
        let text = std::fs::read_to_string(file).unwrap();
        let active: std::collections::BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix(',')?.split(',').next()).collect();
        for (code, ..) in UNITS {
            assert!(active.contains(code), "{code}");
        }
    }
}
