//! Names of units for people; the codes stay in the data.

use calloff_core::unit::Unit;

use super::Language;

/// Code, English, German; abbreviated where price lists abbreviate.
const NAMES: [(&str, &str, &str); 44] = [
    ("EA", "each", "Stück"),
    ("C62", "piece", "Stück"),
    ("H87", "piece", "Stück"),
    ("PR", "pair", "Paar"),
    ("DZN", "dozen", "Dutzend"),
    ("GRO", "gross", "Gros"),
    ("CEN", "hundred", "Hundert"),
    ("MIL", "thousand", "Tausend"),
    ("SET", "set", "Satz"),
    ("MGM", "mg", "mg"),
    ("GRM", "g", "g"),
    ("KGM", "kg", "kg"),
    ("TNE", "t", "t"),
    ("LBR", "lb", "lb"),
    ("ONZ", "oz", "oz"),
    ("MLT", "ml", "ml"),
    ("CLT", "cl", "cl"),
    ("DLT", "dl", "dl"),
    ("LTR", "l", "l"),
    ("GLL", "gal", "gal"),
    ("OZA", "fl oz", "fl oz"),
    ("MTR", "m", "m"),
    ("CMT", "cm", "cm"),
    ("MMT", "mm", "mm"),
    ("INH", "in", "in"),
    ("FOT", "ft", "ft"),
    ("MTK", "m²", "m²"),
    ("HUR", "hour", "Stunde"),
    ("DAY", "day", "Tag"),
    ("XBX", "box", "Schachtel"),
    ("XCS", "case", "Karton"),
    ("XCT", "carton", "Faltschachtel"),
    ("XPK", "pack", "Packung"),
    ("XBG", "bag", "Beutel"),
    ("XBO", "bottle", "Flasche"),
    ("XRO", "roll", "Rolle"),
    ("XPX", "pallet", "Palette"),
    ("XSA", "sack", "Sack"),
    ("XCR", "crate", "Kiste"),
    ("XDR", "drum", "Fass"),
    ("XJC", "canister", "Kanister"),
    ("XPL", "pail", "Eimer"),
    ("XTB", "tub", "Becher"),
    ("XTN", "tin", "Dose"),
];

/// What people call a unit; its code where the table has no name for it.
#[must_use]
pub fn unit_name(unit: Unit, language: Language) -> String {
    let named = NAMES.iter().find(|(code, ..)| *code == unit.as_str());
    named
        .map_or(unit.as_str(), |(_, english, german)| match language {
            Language::English => english,
            Language::German => german,
        })
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_code_is_a_unit_and_others_keep_their_code() {
        for (code, ..) in NAMES {
            assert!(Unit::parse(code).is_ok(), "{code}");
        }
        assert_eq!(unit_name(Unit::parse("XCS").unwrap(), Language::German), "Karton");
        assert_eq!(unit_name(Unit::parse("XZZ").unwrap(), Language::English), "XZZ");
    }
}
