//! Names of units for people. The data keeps the codes.

use rust_decimal::Decimal;

use super::Unit;
use crate::supplier::OrderLanguage;

/// The singular and the plural.
type Forms = [&'static str; 2];

/// Code, English names, German names. Names are abbreviated where price lists abbreviate them.
const NAMES: [(&str, Forms, Forms); 44] = [
    ("EA", ["piece", "pieces"], ["Stück", "Stück"]),
    ("C62", ["piece", "pieces"], ["Stück", "Stück"]),
    ("H87", ["piece", "pieces"], ["Stück", "Stück"]),
    ("PR", ["pair", "pairs"], ["Paar", "Paar"]),
    ("DZN", ["dozen", "dozen"], ["Dutzend", "Dutzend"]),
    ("GRO", ["gross", "gross"], ["Gros", "Gros"]),
    ("CEN", ["hundred", "hundred"], ["Hundert", "Hundert"]),
    ("MIL", ["thousand", "thousand"], ["Tausend", "Tausend"]),
    ("SET", ["set", "sets"], ["Satz", "Sätze"]),
    ("MGM", ["mg", "mg"], ["mg", "mg"]),
    ("GRM", ["g", "g"], ["g", "g"]),
    ("KGM", ["kg", "kg"], ["kg", "kg"]),
    ("TNE", ["t", "t"], ["t", "t"]),
    ("LBR", ["lb", "lb"], ["lb", "lb"]),
    ("ONZ", ["oz", "oz"], ["oz", "oz"]),
    ("MLT", ["ml", "ml"], ["ml", "ml"]),
    ("CLT", ["cl", "cl"], ["cl", "cl"]),
    ("DLT", ["dl", "dl"], ["dl", "dl"]),
    ("LTR", ["l", "l"], ["l", "l"]),
    ("GLL", ["gal", "gal"], ["gal", "gal"]),
    ("OZA", ["fl oz", "fl oz"], ["fl oz", "fl oz"]),
    ("MTR", ["m", "m"], ["m", "m"]),
    ("CMT", ["cm", "cm"], ["cm", "cm"]),
    ("MMT", ["mm", "mm"], ["mm", "mm"]),
    ("INH", ["in", "in"], ["in", "in"]),
    ("FOT", ["ft", "ft"], ["ft", "ft"]),
    ("MTK", ["m²", "m²"], ["m²", "m²"]),
    ("HUR", ["hour", "hours"], ["Stunde", "Stunden"]),
    ("DAY", ["day", "days"], ["Tag", "Tage"]),
    ("XBX", ["box", "boxes"], ["Schachtel", "Schachteln"]),
    ("XCS", ["case", "cases"], ["Gebinde", "Gebinde"]),
    ("XCT", ["carton", "cartons"], ["Karton", "Kartons"]),
    ("XPK", ["pack", "packs"], ["Packung", "Packungen"]),
    ("XBG", ["bag", "bags"], ["Sack", "Säcke"]),
    ("XBO", ["bottle", "bottles"], ["Flasche", "Flaschen"]),
    ("XRO", ["roll", "rolls"], ["Rolle", "Rollen"]),
    ("XPX", ["pallet", "pallets"], ["Palette", "Paletten"]),
    ("XSA", ["sack", "sacks"], ["Sack", "Säcke"]),
    ("XCR", ["crate", "crates"], ["Kiste", "Kisten"]),
    ("XDR", ["drum", "drums"], ["Fass", "Fässer"]),
    ("XJC", ["canister", "canisters"], ["Kanister", "Kanister"]),
    ("XPL", ["pail", "pails"], ["Eimer", "Eimer"]),
    ("XTB", ["tub", "tubs"], ["Eimer", "Eimer"]),
    ("XTN", ["tin", "tins"], ["Dose", "Dosen"]),
];

impl Unit {
    /// The name of one of the unit. If the table has no name for the unit, its code.
    #[must_use]
    pub fn name(self, language: OrderLanguage) -> String {
        self.named(language, 0)
    }

    /// The name of the unit after a number: "1 crate", "2 crates", "0.5 crate", "0 crates".
    #[must_use]
    pub fn counted_name(self, count: Decimal, language: OrderLanguage) -> String {
        self.named(language, usize::from(count > Decimal::ONE || count.is_zero()))
    }

    fn named(self, language: OrderLanguage, form: usize) -> String {
        let known = NAMES.iter().find(|(code, ..)| *code == self.as_str());
        let forms = known.map(|(_, english, german)| match language {
            OrderLanguage::En => english,
            OrderLanguage::De => german,
        });
        forms.map_or(self.as_str(), |forms| forms[form]).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_code_is_a_unit_and_others_keep_their_code() {
        for (code, ..) in NAMES {
            assert!(Unit::parse(code).is_ok(), "{code}");
        }
        assert_eq!(Unit::parse("XCT").unwrap().name(OrderLanguage::De), "Karton");
        assert_eq!(Unit::parse("XZZ").unwrap().name(OrderLanguage::En), "XZZ");
        let crates = |count: i64| {
            Unit::parse("XCR").unwrap().counted_name(Decimal::new(count, 1), OrderLanguage::En)
        };
        assert_eq!(
            [crates(0), crates(5), crates(10), crates(20)],
            ["crates", "crate", "crate", "crates"]
        );
    }
}
