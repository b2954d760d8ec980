//! The words on purchase orders, in the languages of suppliers.

use std::collections::BTreeMap;

use calloff_core::calendar::{Date, IsoWeekday};
use calloff_core::supplier::OrderLanguage;
use rust_decimal::Decimal;

/// Name in the templates, English, German.
const WORDS: [(&str, &str, &str); 36] = [
    ("purchase_order", "Purchase order", "Bestellung"),
    ("revision", "Revision", "Fassung"),
    ("copy", "copy", "Kopie"),
    (
        "same_order",
        "If you get a second message with this number and this revision, it is the same order. \
         Please deliver once.",
        "Wenn Sie eine zweite Nachricht mit dieser Nummer und dieser Fassung erhalten, ist es \
         dieselbe Bestellung. Bitte liefern Sie einmal.",
    ),
    (
        "sent_again",
        "This order was sent before. It is sent again because we do not know whether it arrived.",
        "Diese Bestellung wurde schon einmal gesendet. Wir senden sie noch einmal, weil wir nicht \
         wissen, ob sie angekommen ist.",
    ),
    ("delivery", "Delivery", "Lieferung"),
    ("delivery_day", "Delivery day", "Liefertag"),
    ("deliver_to", "Deliver to", "Lieferadresse"),
    ("hours", "Goods are taken in", "Warenannahme"),
    ("instructions", "For the driver", "Für den Fahrer"),
    ("contact", "Contact", "Ansprechpartner"),
    ("account", "Customer number", "Kundennummer"),
    ("buyer", "Buyer", "Besteller"),
    ("supplier", "Supplier", "Lieferant"),
    ("ordered", "Ordered", "Bestellt"),
    ("by", "by", "von"),
    ("note", "Note", "Bemerkung"),
    ("line", "Line", "Pos."),
    ("your_number", "Your number", "Ihre Nummer"),
    ("item", "Item", "Artikel"),
    ("our_number", "our number", "unsere Nummer"),
    ("quantity", "Quantity", "Menge"),
    ("price", "Price", "Preis"),
    ("per", "per", "je"),
    ("amount", "Amount", "Betrag"),
    ("contract", "Contract", "Vertrag"),
    ("contracts", "Contracts", "Verträge"),
    ("version", "version", "Fassung"),
    ("charge", "Charge", "Zuschlag"),
    ("allowance", "Allowance", "Abzug"),
    ("sum_of_lines", "Sum of the lines", "Summe der Positionen"),
    ("payable", "Total before taxes", "Gesamtbetrag ohne Steuern"),
    (
        "fixed",
        "The prices are those of the contract. If you cannot deliver as ordered, please answer \
         this message or call us before the delivery day.",
        "Die Preise sind die des Vertrags. Wenn Sie nicht wie bestellt liefern können, antworten \
         Sie bitte auf diese Nachricht oder rufen Sie uns vor dem Liefertag an.",
    ),
    ("gln", "GLN", "GLN"),
    ("content", "Content of one unit", "Inhalt einer Einheit"),
    ("page", "Page {n} of {m}", "Seite {n} von {m}"),
];

const WEEKDAYS: [[&str; 7]; 2] =
    [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]];

const MONTHS: [[&str; 12]; 2] = [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
];

/// All words in a language, by their names in the templates.
pub(super) fn words(language: OrderLanguage) -> BTreeMap<&'static str, &'static str> {
    let words = WORDS.iter().map(|(name, english, german)| match language {
        OrderLanguage::En => (*name, *english),
        OrderLanguage::De => (*name, *german),
    });
    words.collect()
}

/// A date with its day of the week: "Fri 6 Mar 2026", "Fr 6. März 2026".
pub(super) fn day(date: Date, language: OrderLanguage) -> String {
    let weekday = usize::from(IsoWeekday::of(date).number() - 1);
    let month = usize::from(date.month().unsigned_abs() - 1);
    let (of, dot) = match language {
        OrderLanguage::En => (0, ""),
        OrderLanguage::De => (1, "."),
    };
    let (weekday, month) = (WEEKDAYS[of][weekday], MONTHS[of][month]);
    format!("{weekday} {}{dot} {month} {}", date.day(), date.year())
}

/// A number with the decimal sign of the language. Thousands are not grouped, because a group sign
/// of one country is the decimal sign of another.
pub(super) fn number(number: Decimal, language: OrderLanguage) -> String {
    let text = number.to_string();
    match language {
        OrderLanguage::En => text,
        OrderLanguage::De => text.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_numbers_are_written_as_in_the_language() {
        let friday = date(2026, 3, 6);
        assert_eq!(day(friday, OrderLanguage::En), "Fri 6 Mar 2026");
        assert_eq!(day(friday, OrderLanguage::De), "Fr 6. März 2026");
        let price = Decimal::new(1_234_560, 3);
        assert_eq!(number(price, OrderLanguage::En), "1234.560");
        assert_eq!(number(price, OrderLanguage::De), "1234,560");
    }

    #[test]
    fn every_word_of_the_templates_is_there_in_each_language() {
        for template in [super::super::page::HTML, super::super::page::PLAIN] {
            let used = template.split("w.").skip(1).map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                &rest[..end.unwrap_or(rest.len())]
            });
            for word in used {
                for language in [OrderLanguage::En, OrderLanguage::De] {
                    assert!(words(language).contains_key(word), "{word:?}");
                }
            }
        }
    }
}
