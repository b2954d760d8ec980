//! What spreadsheets, keyboards and copying leave in cells: error values, formulas, lost digits and
//! characters, invisible characters, and different identifiers that look alike.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

/// The character that replaces a lost character.
pub const REPLACEMENT: char = '\u{fffd}';

/// The number of significant digits that a spreadsheet keeps. It writes zeros for all later digits.
const SPREADSHEET_DIGITS: usize = 15;

/// The error values of spreadsheets that do not end in a sign, in English and German.
const ERRORS: [&str; 4] = ["#N/A", "#NV", "#GETTING_DATA", "#DIV/0"];

/// The words that programs write for a missing value.
const NOTHING: [&str; 6] = ["null", "nan", "none", "nil", "undefined", "(blank)"];

/// The short names of months in spreadsheets, in English and German.
const MONTHS: [&str; 17] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mrz",
    "mär", "mai", "okt", "dez",
];

/// Whether a cell is an error value of a spreadsheet: `#N/A`, `#REF!`, or the `########` of a
/// narrow column.
#[must_use]
pub fn is_error(cell: &str) -> bool {
    let cell = cell.trim();
    if let Some(number) = cell.strip_prefix("Err:") {
        return number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    }
    let Some(rest) = cell.strip_prefix('#') else { return false };
    let is_narrow = rest.len() >= 2 && rest.bytes().all(|byte| byte == b'#');
    let name = rest.strip_suffix(['!', '?']);
    let is_named = name.is_some_and(|name| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '/' | '_'))
    });
    is_narrow || is_named || ERRORS.contains(&cell)
}

/// Whether a character is invisible: spaces without width, joiners, soft hyphens, byte-order marks,
/// marks of direction.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character may be removed from a text for people. These are the characters of
/// [`is_invisible`], except the two that some scripts need.
#[must_use]
pub fn is_invisible_in_text(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// An identifier without the differences that a reader does not see: case, composed and decomposed
/// letters, full-width forms, kinds of dash and space, invisible characters, and letters of the
/// Cyrillic and Greek scripts that look like Latin ones. Two identifiers with the same folded form
/// look alike.
#[must_use]
pub fn folded(identifier: &str) -> String {
    let visible = identifier.nfkc().filter(|c| !is_invisible(*c)).map(|c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    visible
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
        .nfkc()
        .map(latin)
        .collect()
}

/// The Latin letter that a small letter of another script looks like, as a small or as a capital
/// letter: Cyrillic `А`, Greek `Α`. From Unicode's list of confusable characters (UTS #39), only
/// whole letters of the two scripts that keyboards in Europe have.
fn latin(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'н' | 'η' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'υ' => 'y',
        'ζ' => 'z',
        other => other,
    }
}

/// The identifiers in `new` that look like another one, each with the first such one in `others`.
/// Two identifiers look alike when they have the same `form`, for example by [`folded`].
pub fn look_alikes<'i>(
    new: &[&'i str],
    others: impl IntoIterator<Item = &'i str>,
    form: impl Fn(&str) -> String,
) -> Vec<(&'i str, &'i str)> {
    // The others are many. Only those are kept that look like a new one.
    let mut first: HashMap<String, Option<&str>> =
        new.iter().map(|identifier| (form(identifier), None)).collect();
    for other in others {
        if let Some(first @ None) = first.get_mut(&form(other)) {
            *first = Some(other);
        }
    }
    let alike = |identifier: &&'i str| {
        let other = first.get(&form(identifier)).copied().flatten()?;
        (other != *identifier).then_some((*identifier, other))
    };
    new.iter().filter_map(alike).collect()
}

/// Why a cell cannot be trusted as an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Spoiled {
    /// `4.00638E+12`.
    #[error(
        "is a number that a spreadsheet shortened: its last digits are lost; give the column the format \"text\" and fill it again"
    )]
    Shortened,
    /// U+FFFD.
    #[error(
        "has U+FFFD, which replaces a lost character: save the file as UTF-8 in the program that made it"
    )]
    LostCharacter,
}

/// What was corrected in an identifier, or what looks changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// It had invisible characters, which were removed.
    Invisible(String),
    /// It was written as a spreadsheet formula, and the value was taken out of it.
    Wrapped(String),
    /// A spreadsheet or a program seems to have changed it.
    Changed(&'static str),
}

/// The identifier that was meant, and what is odd about the cell.
///
/// # Errors
/// [`Spoiled`] when nobody can tell any more which identifier was meant.
pub fn identifier(cell: &str) -> Result<(String, Vec<Odd>), Spoiled> {
    let mut odd = Vec::new();
    let mut text = cell.trim().to_owned();
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        let inner = inner.trim().to_owned();
        odd.push(Odd::Wrapped(inner.clone()));
        text = inner;
    } else if let Some(inner) = text.strip_prefix('\'')
        && inner.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '=' | '+' | '-' | '@'))
    {
        let inner = inner.to_owned();
        odd.push(Odd::Wrapped(inner.clone()));
        text = inner;
    }
    if text.contains(REPLACEMENT) {
        return Err(Spoiled::LostCharacter);
    }
    if is_shortened(&text) {
        return Err(Spoiled::Shortened);
    }
    if text.contains(is_invisible) {
        let codes: Vec<_> = text
            .chars()
            .filter(|c| is_invisible(*c))
            .map(|c| format!("U+{:04X}", c as u32))
            .collect();
        odd.push(Odd::Invisible(codes.join(", ")));
        text = text.replace(is_invisible, "").trim().to_owned();
    }
    odd.extend(changed(&text).map(Odd::Changed));
    Ok((text, odd))
}

/// Whether a text is a number in scientific notation: `4.00638E+12`.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
}

fn changed(text: &str) -> Option<&'static str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(text)
        && text.len() > SPREADSHEET_DIGITS
        && text[SPREADSHEET_DIGITS..].bytes().all(|byte| byte == b'0')
    {
        return Some(
            "has more than 15 digits, and zeros from the 16th on: perhaps a spreadsheet lost the last ones",
        );
    }
    if text.strip_suffix(".0").is_some_and(digits) {
        return Some("ends in .0: perhaps a program took the number for an amount");
    }
    if NOTHING.contains(&text.to_lowercase().as_str()) {
        return Some("is what programs write for nothing");
    }
    let is_month =
        |text: &str| MONTHS.contains(&text.trim().trim_end_matches('.').to_lowercase().as_str());
    let is_day = |text: &str| digits(text) && text.len() <= 2;
    let parts = text.split_once(['-', '.', ' ', '/']);
    if parts.is_some_and(|(a, b)| is_day(a) && is_month(b) || is_month(a) && is_day(b)) {
        return Some("is a date: perhaps a spreadsheet made it from a number such as 2-10");
    }
    if is_written_date(text) {
        return Some("is a date: perhaps a spreadsheet made it from a number such as 5-1-26");
    }
    if text.starts_with('=') {
        return Some("begins like a formula of a spreadsheet");
    }
    None
}

/// Whether a text is a whole date: `2026-01-05`, `05.01.2026`, `1/5/2026`.
fn is_written_date(text: &str) -> bool {
    let written_with = |sign: char| {
        let parts: Vec<&str> = text.split(sign).collect();
        let [a, b, c] = parts[..] else { return false };
        let number = |part: &str, length: std::ops::RangeInclusive<usize>| {
            let is_one =
                length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            is_one.then(|| part.parse::<u32>().ok()).flatten()
        };
        let (year, first, second) = if a.len() == 4 { (a, b, c) } else { (c, a, b) };
        let year = number(year, 4..=4).is_some_and(|year| (1900..=2100).contains(&year));
        let (first, second) = (number(first, 1..=2), number(second, 1..=2));
        let (Some(first), Some(second)) = (first, second) else { return false };
        let is_day_and_month =
            |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
        year && (is_day_and_month(first, second) || is_day_and_month(second, first))
    };
    ['-', '.', '/'].into_iter().any(written_with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_no_values() {
        for cell in [
            "#N/A",
            "#REF!",
            " #VALUE! ",
            "#DIV/0!",
            "#NAME?",
            "#NV",
            "#BEZUG!",
            "#ÜBERLAUF!",
            "########",
            "###",
            "Err:502",
        ] {
            assert!(is_error(cell), "{cell}");
        }
        for cell in ["", "#", "#1", "#12 screws", "# !", "Error", "Err:x", "No. #7!", "#!"] {
            assert!(!is_error(cell), "{cell}");
        }
    }

    #[test]
    fn what_looks_like_another_identifier_is_named_with_the_first_of_those() {
        let new = ["A-1", "b", "c", "C", "e"];
        let stored = ["a\u{2011}1", "B ", "a-1", "d"];
        let of_stored = [("A-1", "a\u{2011}1"), ("b", "B ")];
        assert_eq!(look_alikes(&new, stored, folded), of_stored);
        let with_itself = stored.into_iter().chain(new);
        assert_eq!(
            look_alikes(&new, with_itself, folded),
            [of_stored[0], of_stored[1], ("C", "c")]
        );
    }

    #[test]
    fn identifiers_that_look_alike_fold_to_one() {
        for alike in [
            "4711",
            "4711\u{200b}",
            "\u{feff}4711",
            "47\u{ad}11",
            "\u{202a}4711\u{202c}",
            "４７１１",
        ] {
            assert_eq!(folded(alike), "4711", "{alike:?}");
        }
        assert_eq!(folded("CAF\u{c9}-1"), folded("cafe\u{301}\u{2011}1"));
        assert_eq!(folded("A\u{a0}1 "), folded("a\u{2003}1"));
        // Cyrillic and Greek letters that look like Latin ones.
        assert_eq!(folded("\u{410}1"), folded("A1"));
        assert_eq!(folded("\u{391}\u{392}1"), folded("ab1"));
        assert_ne!(folded("Я1"), folded("R1"));
        for (a, b) in [("4711", "47-11"), ("0042", "42"), ("A1", "A 1"), ("é", "e")] {
            assert_ne!(folded(a), folded(b));
        }
    }

    #[test]
    fn what_can_be_told_is_mended_and_said_and_the_rest_refused() {
        let read = |cell: &str| identifier(cell).map(|(text, odd)| (text, odd.len()));
        assert_eq!(read("00123"), Ok(("00123".to_owned(), 0)));
        assert_eq!(read("=\"00123\""), Ok(("00123".to_owned(), 1)));
        assert_eq!(read("'00124"), Ok(("00124".to_owned(), 1)));
        assert_eq!(read("'t Hooft"), Ok(("'t Hooft".to_owned(), 0)));
        assert_eq!(read("47\u{ad}11\u{2060}"), Ok(("4711".to_owned(), 1)));
        for cell in
            ["123456789012345000", "12345.0", "NULL", "nan", "10-Feb", "Feb-10", "3. Mai", "=A1"]
                .into_iter()
                .chain(["2026-01-05", "05.01.2026", "1/5/2026"])
        {
            assert_eq!(read(cell), Ok((cell.to_owned(), 1)), "{cell}");
        }
        for cell in [
            "12345678901234",
            "900719925474099312",
            "1E5",
            "E-7",
            "10-Fab",
            "3.5",
            "2-10",
            "December",
            "00001-0001-01",
            "2026-13-32",
            "4711-01-05",
            "12-05-77",
        ] {
            assert_eq!(read(cell), Ok((cell.to_owned(), 0)), "{cell}");
        }
        for cell in ["4.00638E+12", "4,01E+12", "4E+12", "1.5e-3"] {
            assert_eq!(read(cell), Err(Spoiled::Shortened), "{cell}");
        }
        assert_eq!(read("Bachelor\u{fffd}s"), Err(Spoiled::LostCharacter));
    }
}
