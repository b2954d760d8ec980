//! Names of units in the language of the person.

use calloff_core::supplier::OrderLanguage;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::Language;

/// The name of one of a unit. If the core has no name for the unit, its code.
#[must_use]
pub fn unit_name(unit: Unit, language: Language) -> String {
    unit.name(written(language))
}

/// The name of a unit after a number: "1 crate", "2 crates", "0.5 crate", "0 crates".
#[must_use]
pub fn counted_unit_name(unit: Unit, count: Decimal, language: Language) -> String {
    unit.counted_name(count, written(language))
}

/// The same language, as the core names it.
fn written(language: Language) -> OrderLanguage {
    match language {
        Language::English => OrderLanguage::En,
        Language::German => OrderLanguage::De,
    }
}
