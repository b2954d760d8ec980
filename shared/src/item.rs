//! Items: what is bought.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::ItemId;
use crate::unit::Unit;

/// Something that sites order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// The organisation's own number.
    pub id: ItemId,
    /// What it is (UBL `Item/Description`).
    pub description: String,
    /// Its trade name (UBL `Item/BrandName`).
    #[serde(default)]
    pub brand_name: Option<String>,
    /// The unit that prices are compared in.
    pub base_unit: Unit,
    /// Its class.
    #[serde(default)]
    pub category: Option<Category>,
    /// Its GTINs, check digits verified.
    #[serde(default)]
    pub gtins: Vec<Gtin>,
    /// Approved substitutes, best first; directed: the other way round is another approval.
    #[serde(default)]
    pub substitutes: Vec<ItemId>,
}

/// A class of items in a scheme (UBL `CommodityClassification`: UNSPSC `TST`, CPV `STI`, or an own scheme).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Category {
    /// The scheme.
    pub scheme: Arc<str>,
    /// The code in it.
    pub code: Arc<str>,
}

/// A GS1 trade item number of 8, 12, 13 or 14 digits with a right check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = r"^(\d{8}|\d{12,14})$")))]
#[serde(try_from = "String", into = "String")]
pub struct Gtin(String);

/// Why a text is no GTIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a GTIN: 8, 12, 13 or 14 digits, the last a check digit")]
pub struct GtinError(String);

impl Gtin {
    /// Reads a GTIN and verifies its check digit (GS1 General Specifications, section 7.9).
    ///
    /// # Errors
    /// [`GtinError`].
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        let is_gtin = matches!(text.len(), 8 | 12 | 13 | 14)
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && check_sum(text).is_multiple_of(10);
        if is_gtin { Ok(Self(text.to_owned())) } else { Err(GtinError(text.to_owned())) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Weights 1, 3, 1, 3 … from the right, the check digit included: a multiple of ten for a valid number.
fn check_sum(digits: &str) -> u32 {
    let weighted = digits.bytes().rev().zip([1, 3].into_iter().cycle());
    weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum()
}

impl TryFrom<String> for Gtin {
    type Error = GtinError;
    fn try_from(text: String) -> Result<Self, GtinError> {
        Self::parse(&text)
    }
}

impl From<Gtin> for String {
    fn from(gtin: Gtin) -> String {
        gtin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_verified() {
        assert!(Gtin::parse("4006381333931").is_ok());
        assert!(Gtin::parse("00012345600012").is_ok());
        assert!(Gtin::parse("4006381333932").is_err());
        assert!(Gtin::parse("40063813339").is_err());
        assert!(Gtin::parse("400638133393a").is_err());
    }
}
