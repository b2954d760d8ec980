//! Items: the goods that sites order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::ItemId;
use crate::unit::Unit;

/// Something that sites order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// The organisation's own number for the item.
    pub id: ItemId,
    /// The description (UBL `Item/Description`).
    pub description: String,
    /// The trade name (UBL `Item/BrandName`).
    #[serde(default)]
    pub brand_name: Option<String>,
    /// The unit in which prices are compared.
    pub base_unit: Unit,
    /// The class of the item.
    #[serde(default)]
    pub category: Option<Category>,
    /// The trade item numbers, with verified check digits.
    #[serde(default)]
    pub gtins: Vec<Gtin>,
    /// The approved substitutes, the best first. An approval has a direction: it does not approve
    /// the opposite substitution.
    #[serde(default)]
    pub substitutes: Vec<ItemId>,
}

/// A class of items in a classification scheme (UBL `CommodityClassification`: UNSPSC `TST`, CPV
/// `STI`, or an own scheme).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Category {
    /// The identifier of the scheme.
    pub scheme: Arc<str>,
    /// The code in the scheme.
    pub code: Arc<str>,
}

/// A GS1 trade item number (GTIN) of 8, 12, 13 or 14 digits with a correct check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("pattern" = r"^(\d{8}|\d{12,14})$")))]
#[serde(try_from = "String", into = "String")]
pub struct Gtin(String);

/// A text is not a GTIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a GTIN: 8, 12, 13 or 14 digits, the last a check digit")]
pub struct GtinError(String);

impl Gtin {
    /// Reads a GTIN and verifies its check digit (GS1 General Specifications, section 7.9).
    ///
    /// # Errors
    /// [`GtinError`] when the text has another length, other characters or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        let is_gtin = matches!(text.len(), 8 | 12 | 13 | 14)
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && check_sum(text).is_multiple_of(10);
        if is_gtin { Ok(Self(text.to_owned())) } else { Err(GtinError(text.to_owned())) }
    }

    /// The digits as they were read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number in 14 digits, with zeros in front. `036000291452`, `0036000291452` and
    /// `00036000291452` are one number. Labels, suppliers and scanners write it in different
    /// lengths.
    #[must_use]
    pub fn digits(&self) -> String {
        format!("{:0>14}", self.0)
    }

    /// Every length in which the number can be written, the longest first.
    pub fn spellings(&self) -> impl Iterator<Item = String> {
        let digits = self.digits();
        [14, 13, 12, 8].into_iter().filter_map(move |length| {
            let (zeros, rest) = digits.split_at(digits.len() - length);
            zeros.bytes().all(|byte| byte == b'0').then(|| rest.to_owned())
        })
    }
}

/// Finds the GTIN in the text of a scanned GS1 barcode, or in the text below a barcode. The text
/// may be `(01)04006381333931(17)261231`, `]C10104006381333931…`, `0104006381333931` with
/// separators (FNC1, sent as the control character GS) or without, or a GS1 Digital Link
/// (`https://id.example/01/04006381333931`). `None` for every other text; also for a number alone.
///
/// GS1 General Specifications, sections 3.2 (application identifiers), 5.10 (the separator) and 7.8
/// (element strings).
#[must_use]
pub fn gs1_gtin(text: &str) -> Option<Gtin> {
    /// The symbologies with GS1 element strings: GS1-128, DataBar, DataMatrix, QR, DotCode.
    const SYMBOLOGIES: [&str; 5] = ["]C1", "]e0", "]d2", "]Q3", "]J1"];
    /// The symbologies with a number alone, which a scanner may name: EAN and UPC, EAN-8, ITF-14
    /// without and with a check digit.
    const NUMBERS: [&str; 4] = ["]E0", "]E4", "]I0", "]I1"];
    /// The separator after element strings of variable length.
    const SEPARATOR: char = '\u{1d}';
    let text = text.trim();
    let fourteen = |rest: &str| rest.get(..14).and_then(|digits| Gtin::parse(digits).ok());
    if let Some((_, rest)) = text.split_once("(01)") {
        return fourteen(rest.trim_start());
    }
    if text.contains("://") {
        let (_, rest) = text.split_once("/01/")?;
        let digits = rest.split(['/', '?', '#']).next()?;
        return Gtin::parse(digits).ok();
    }
    if let Some(number) = NUMBERS.iter().find_map(|symbology| text.strip_prefix(symbology)) {
        return Gtin::parse(number).ok();
    }
    let elements =
        SYMBOLOGIES.iter().find_map(|symbology| text.strip_prefix(symbology)).unwrap_or(text);
    elements.split(SEPARATOR).find_map(|mut rest| {
        loop {
            match fixed_length(rest) {
                Some(("01", _)) => return fourteen(&rest[2..]),
                Some((_, length)) => rest = rest.get(length..)?,
                None => return None,
            }
        }
    })
}

/// An application identifier whose element string has a fixed length, and that length, including
/// the two digits of the identifier.
fn fixed_length(elements: &str) -> Option<(&str, usize)> {
    let identifier = elements.get(..2)?;
    let length = match identifier {
        "00" => 20,
        "01" | "02" => 16,
        "11" | "12" | "13" | "15" | "16" | "17" => 8,
        "20" => 4,
        _ => return None,
    };
    Some((identifier, length))
}

/// The weighted sum of the digits: weights 1, 3, 1, 3 … from the right, including the check digit.
/// It is a multiple of ten for a valid number.
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

    #[test]
    fn a_number_is_the_same_in_every_length() {
        let spellings = |text: &str| Gtin::parse(text).unwrap().spellings().collect::<Vec<_>>();
        let of_twelve = ["00036000291452", "0036000291452", "036000291452"];
        for text in of_twelve {
            assert_eq!(spellings(text), of_twelve, "{text}");
        }
        assert_eq!(spellings("4006381333931"), ["04006381333931", "4006381333931"]);
        assert_eq!(
            spellings("96385074"),
            ["00000096385074", "0000096385074", "000096385074", "96385074"]
        );
    }

    #[test]
    fn the_number_is_found_in_what_scanners_send() {
        for text in [
            "(01)04006381333931",
            "(01) 04006381333931 (10) A1",
            "(10)LOT(01)04006381333931",
            "0104006381333931",
            "]C10104006381333931",
            "]d20104006381333931171231311021A",
            "]E04006381333931",
            "]I104006381333931",
            "1726123101040063813339311021A",
            "10LOT-7\u{1d}0104006381333931",
            "\u{1d}0104006381333931\u{1d}10LOT",
            "https://id.example/01/04006381333931/10/A1?17=261231",
            "https://id.example/some/path/01/4006381333931",
        ] {
            assert_eq!(
                gs1_gtin(text).map(|gtin| gtin.digits()).as_deref(),
                Some("04006381333931"),
                "{text}"
            );
        }
        assert_eq!(
            gs1_gtin("]E00036000291452").map(|gtin| gtin.digits()).as_deref(),
            Some("00036000291452")
        );
        // A wrong check digit, a number alone, another application identifier, and other texts.
        for text in [
            "(01)04006381333932",
            "4006381333931",
            "0204006381333931",
            "10LOT",
            "",
            "01",
            "milk (01) 1 l",
            "日本",
        ] {
            assert_eq!(gs1_gtin(text), None, "{text}");
        }
    }
}
