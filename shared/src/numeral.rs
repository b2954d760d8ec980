//! Numbers as people type and paste them. A text is read by the rules of a language. It is a
//! number, or a question to the person, or not a number, with the reason.
//!
//! A quantity that is read as too small is ordered before anybody notices. So nothing is guessed.
//! `1,000` is a thousand in a language where the comma separates groups. It is a question in a
//! language where the comma begins the decimals. A text with a word in it is not a number.

use rust_decimal::Decimal;

use crate::limits::{ORDER_QUANTITY, ORDER_QUANTITY_SCALE};

/// The way in which a language writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// The character before the decimals.
    pub point: char,
    /// The character between groups of three digits.
    pub group: char,
}

impl Notation {
    /// Numbers like "1,234.5".
    pub const POINT: Self = Self { point: '.', group: ',' };
    /// Numbers like "1.234,5".
    pub const COMMA: Self = Self { point: ',', group: '.' };
}

/// The meaning of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The text is empty. This is not the same as zero.
    Nothing,
    /// The text is a quantity.
    Number(Decimal),
    /// The text may mean one of these numbers. A single number is in the list when it is written as
    /// in another language. The person must choose.
    Question(Vec<Decimal>),
    /// The text is not a quantity.
    Unreadable(Unreadable),
}

/// Why a text is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The text has something else than one number.
    NoNumber,
    /// The number is below zero.
    Negative,
    /// The number is larger than [`ORDER_QUANTITY`].
    TooMuch,
    /// The number has more decimal places than [`ORDER_QUANTITY_SCALE`].
    TooFine,
}

impl Read {
    /// The number; `None` when the text is not exactly one number.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Nothing | Self::Question(_) | Self::Unreadable(_) => None,
        }
    }

    /// The numbers among which the person must choose. Empty when there is no question.
    pub fn into_choices(self) -> impl Iterator<Item = Decimal> {
        let choices = if let Self::Question(choices) = self { choices } else { Vec::new() };
        choices.into_iter()
    }
}

/// Reads a quantity. Digits of other scripts count as well. Spaces and
/// apostrophes separate groups in every language.
#[must_use]
pub fn read(text: &str, notation: Notation) -> Read {
    let plain = plain(text);
    if plain.is_empty() {
        return Read::Nothing;
    }
    if let Some(rest) = plain.strip_prefix('-') {
        let is_number = !matches!(read_plain(rest.trim_start(), notation), Meaning::None);
        return Read::Unreadable(if is_number {
            Unreadable::Negative
        } else {
            Unreadable::NoNumber
        });
    }
    match read_plain(&plain, notation) {
        Meaning::None => Read::Unreadable(Unreadable::NoNumber),
        Meaning::One(number) => bounded(&number).map_or_else(Read::Unreadable, Read::Number),
        Meaning::Unsure(numbers) => {
            let bounded: Vec<Result<Decimal, Unreadable>> =
                numbers.iter().map(|number| bounded(number)).collect();
            let possible: Vec<Decimal> = bounded.iter().filter_map(|number| number.ok()).collect();
            match bounded.into_iter().find_map(Result::err) {
                Some(why) if possible.is_empty() => Read::Unreadable(why),
                _ => Read::Question(possible),
            }
        }
    }
}

/// The possible meanings of a text, each as digits with a point.
enum Meaning {
    None,
    One(String),
    Unsure(Vec<String>),
}

fn read_plain(plain: &str, notation: Notation) -> Meaning {
    if !plain.chars().all(|character| character.is_ascii_digit() || is_mark(character)) {
        return Meaning::None;
    }
    let marks: Vec<char> = plain.chars().filter(|character| is_mark(*character)).collect();
    let parts: Vec<&str> = plain.split(is_mark).collect();
    let (Some((&last_mark, first_marks)), Some((&last, whole))) =
        (marks.split_last(), parts.split_last())
    else {
        return Meaning::One(plain.to_owned());
    };
    let is_point = |mark: char| mark == '.' || mark == ',';
    // ".5" is read with a zero in front.
    let decimals = || format!("{:0>1}.{last}", whole.concat());
    let grouped = || groups(&parts).then(|| parts.concat());
    if first_marks.iter().all(|mark| *mark == last_mark) {
        // All marks are the same: they separate groups, or the only mark begins the decimals.
        let is_decimal = first_marks.is_empty() && is_point(last_mark) && plain.len() > 1;
        let decimal = is_decimal.then(decimals);
        return match (grouped(), decimal) {
            (Some(groups), Some(decimal)) if last_mark == notation.point => {
                Meaning::Unsure(vec![decimal, groups])
            }
            (None, Some(decimal)) if last_mark == notation.point => Meaning::One(decimal),
            (Some(groups), None) if last_mark == notation.point => Meaning::Unsure(vec![groups]),
            (Some(groups), _) => Meaning::One(groups),
            // "2,5", in a language where the comma separates groups. "5," may be a group that is
            // still being typed.
            (None, Some(decimal)) if !last.is_empty() => Meaning::Unsure(vec![decimal]),
            (None, _) => Meaning::None,
        };
    }
    // First groups, then decimals.
    let sets_apart = first_marks[0];
    let is_written_so =
        first_marks.iter().all(|mark| *mark == sets_apart) && is_point(last_mark) && groups(whole);
    let is_usual = last_mark == notation.point && sets_apart != notation.point;
    match is_written_so {
        true if is_usual => Meaning::One(decimals()),
        true => Meaning::Unsure(vec![decimals()]),
        false => Meaning::None,
    }
}

/// Whether the parts of a number are groups: one to three digits that do not begin with zero, then
/// three digits in each part.
fn groups(parts: &[&str]) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && rest.iter().all(|group| group.len() == 3)
}

/// Checks the bounds of a quantity that an order line, a count or a par may have.
fn bounded(number: &str) -> Result<Decimal, Unreadable> {
    // `number` has digits and a point. A number that does not fit has too many digits before or
    // after the point.
    let whole = number.split('.').next().unwrap_or_default().trim_start_matches('0');
    if whole.len() > ORDER_QUANTITY.to_string().len() {
        return Err(Unreadable::TooMuch);
    }
    let value = Decimal::from_str_exact(number.trim_end_matches('.'))
        .map_err(|_| Unreadable::TooFine)?
        .normalize();
    if value > Decimal::from(ORDER_QUANTITY) {
        Err(Unreadable::TooMuch)
    } else if value.scale() > ORDER_QUANTITY_SCALE {
        Err(Unreadable::TooFine)
    } else {
        Ok(value)
    }
}

fn is_mark(character: char) -> bool {
    matches!(character, '.' | ',' | ' ' | '\'')
}

/// The zeros of the scripts whose digits people type today: Arabic, Persian, Devanagari, Bengali,
/// Thai, full width.
const ZEROS: [char; 6] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}', '\u{ff10}'];

/// The text in ASCII digits and marks, without invisible characters.
fn plain(text: &str) -> String {
    let plain = |character: char| -> Option<char> {
        if let Some(digit) = ZEROS.iter().find_map(|zero| digit(character, *zero)) {
            return Some(digit);
        }
        match character {
            // Marks of direction and of zero width, which come with pasted text.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => None,
            '\u{66b}' => Some(','),
            '\u{66c}' | '\u{2019}' => Some('\''),
            '\u{ff0c}' => Some(','),
            '\u{ff0e}' => Some('.'),
            '\u{2212}' | '\u{2013}' | '\u{2014}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
            other if other.is_whitespace() => Some(' '),
            other => Some(other),
        }
    };
    text.chars().filter_map(plain).collect::<String>().trim().to_owned()
}

fn digit(character: char, zero: char) -> Option<char> {
    let value = u32::from(character).checked_sub(u32::from(zero))?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// The meaning of a text in one notation: a number, candidates with question marks, nothing, or
    /// the reason.
    fn said(text: &str, notation: Notation) -> String {
        match read(text, notation) {
            Read::Nothing => "nothing".to_owned(),
            Read::Number(number) => number.to_string(),
            Read::Question(of) => {
                of.iter().map(|number| format!("{number}?")).collect::<Vec<_>>().join(" ")
            }
            Read::Unreadable(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn a_number_is_read_by_the_rules_of_the_language() {
        for (text, point, comma) in [
            ("12", "12", "12"),
            (" 12 ", "12", "12"),
            ("007", "7", "7"),
            ("1,000", "1000", "1? 1000?"),
            ("1.000", "1? 1000?", "1000"),
            ("12,500", "12500", "12.5? 12500?"),
            ("2.5", "2.5", "2.5?"),
            ("2,5", "2.5?", "2.5"),
            ("0,125", "0.125?", "0.125"),
            ("0.125", "0.125", "0.125?"),
            ("1,234,567", "TooMuch", "TooMuch"),
            ("1,000,000", "1000000", "1000000?"),
            ("999.999", "999.999? 999999?", "999999"),
            ("1,250.5", "1250.5", "1250.5?"),
            ("1.250,5", "1250.5?", "1250.5"),
            ("1 000", "1000", "1000"),
            ("1\u{a0}000", "1000", "1000"),
            ("1\u{202f}000,5", "1000.5?", "1000.5"),
            ("1'000", "1000", "1000"),
            ("1\u{2019}000.5", "1000.5", "1000.5?"),
            (".5", "0.5", "0.5?"),
            ("5.", "5", "NoNumber"),
            ("5,", "NoNumber", "5"),
            ("1.2345", "1.2345", "1.2345?"),
        ] {
            assert_eq!(
                (said(text, Notation::POINT).as_str(), said(text, Notation::COMMA).as_str()),
                (point, comma),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_more_than_a_number_is_none() {
        for text in [
            "abc",
            "12 cases",
            "cases 12",
            "3x12",
            "2 × 6",
            "10-12",
            "10–12",
            "1_000",
            "2e3",
            "1E6",
            "0x10",
            "1/2",
            "½",
            "+5",
            "12%",
            "1,,000",
            "1,00,000",
            "1 00",
            "10 12",
            "1.2.3",
            "1,000.000.0",
            ".",
            ",",
            "'",
            "..",
            "--5",
            "- -5",
            "∞",
            "NaN",
            "١٢ كرتون",
        ] {
            for notation in [Notation::POINT, Notation::COMMA] {
                assert_eq!(
                    read(text, notation),
                    Read::Unreadable(Unreadable::NoNumber),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_typed_is_not_zero() {
        for text in ["", "  ", "\u{a0}", "\u{feff}"] {
            assert_eq!(read(text, Notation::POINT), Read::Nothing, "{text:?}");
        }
        assert_eq!(read("0", Notation::POINT), Read::Number(Decimal::ZERO));
    }

    #[test]
    fn below_zero_too_much_and_too_fine_are_named() {
        for text in ["-5", "\u{2212}5", "- 5", "-1,000", "-0.5"] {
            assert_eq!(
                read(text, Notation::POINT),
                Read::Unreadable(Unreadable::Negative),
                "{text:?}"
            );
        }
        for text in ["1000001", "99999999999999", "1000000.5", &"9".repeat(60)] {
            assert_eq!(
                read(text, Notation::POINT),
                Read::Unreadable(Unreadable::TooMuch),
                "{text:?}"
            );
        }
        for text in ["0.0000001", "1.23456789", &format!("0.{}", "1".repeat(60))] {
            assert_eq!(
                read(text, Notation::POINT),
                Read::Unreadable(Unreadable::TooFine),
                "{text:?}"
            );
        }
        assert_eq!(read("0.123456000", Notation::POINT), Read::Number(number("0.123456")));
    }

    #[test]
    fn digits_of_other_scripts_and_what_pasting_brings_along_are_read_alike() {
        for (text, expected) in [
            ("\u{ff11}\u{ff12}", "12"),
            ("\u{ff11}\u{ff0c}\u{ff10}\u{ff10}\u{ff10}", "1000"),
            ("\u{661}\u{662}", "12"),
            ("\u{6f1}\u{6f2}", "12"),
            ("\u{661}\u{66c}\u{660}\u{660}\u{660}", "1000"),
            ("\u{967}\u{968}", "12"),
            ("\u{200e}12\u{200b}", "12"),
            ("12\r\n", "12"),
        ] {
            assert_eq!(read(text, Notation::POINT), Read::Number(number(expected)), "{text:?}");
        }
    }

    #[test]
    fn what_a_language_writes_is_never_read_as_another_number() {
        // Every quantity is written as both languages write it, with groups. It is read as itself,
        // or it becomes a question with itself among the answers.
        for notation in [Notation::POINT, Notation::COMMA] {
            for value in [
                "1", "12", "999", "1000", "12345", "999999", "0.5", "2.25", "1234.5", "1000.125",
                "12.345",
            ] {
                let (whole, decimals) =
                    value.split_once('.').map_or((value, ""), |(whole, rest)| (whole, rest));
                let mut written = String::new();
                for (at, digit) in whole.chars().enumerate() {
                    if at > 0 && (whole.len() - at).is_multiple_of(3) {
                        written.push(notation.group);
                    }
                    written.push(digit);
                }
                if !decimals.is_empty() {
                    written.push(notation.point);
                    written.push_str(decimals);
                }
                match read(&written, notation) {
                    Read::Number(read) => assert_eq!(read, number(value), "{written}"),
                    Read::Question(candidates) => {
                        assert!(candidates.contains(&number(value)), "{written}")
                    }
                    other => panic!("{written} is {other:?}"),
                }
            }
        }
    }
}
