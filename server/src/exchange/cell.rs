//! From cells to values: amounts, dates, text. What cannot be read exactly is refused, never guessed.

use std::str::FromStr;

use calloff_core::calendar::Date;
use rust_decimal::Decimal;

use super::mapping::Formats;

/// The years in which a contract's dates are believed; 9999 stands for "never".
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// The year that other systems write for "never".
const NEVER: i16 = 9999;

/// Why a cell is no value of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CellError {
    /// Nothing where a value is due.
    #[error("is empty")]
    Empty,
    /// Not a number as the mapping says numbers are written.
    #[error("is not a number as this mapping writes them (decimal sign {0:?}, thousands {1:?})")]
    NotANumber(char, char),
    /// More digits than are computed with exactly.
    #[error("has more digits than are kept exactly (28)")]
    TooPrecise,
    /// Not a date in any of the mapping's shapes.
    #[error("is not a date in any of these shapes: {0}")]
    NotADate(String),
    /// A date in a year that no contract is in.
    #[error("has the year {0}, which no contract is in")]
    UnlikelyYear(i16),
}

impl Formats {
    /// A cell without white space of any kind at its ends; `None` where it says nothing (`N/A`).
    #[must_use]
    pub fn filled<'c>(&self, cell: &'c str) -> Option<&'c str> {
        let cell = cell.trim();
        let says_nothing = cell.is_empty() || self.empty.iter().any(|empty| empty.eq_ignore_ascii_case(cell));
        (!says_nothing).then_some(cell)
    }

    /// Text for people: no-break and other odd spaces become plain ones.
    #[must_use]
    pub fn text(&self, cell: &str) -> Option<String> {
        let cell = self.filled(cell)?;
        Some(cell.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect())
    }

    /// An exact amount, with the scale it was given: `$98.24 ` is 98.24, `1,234.50` is 1234.50.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn decimal(&self, cell: &str) -> Result<Decimal, CellError> {
        let cell = self.filled(cell).ok_or(CellError::Empty)?;
        let without_symbol = self
            .currency_symbols
            .iter()
            .find_map(|symbol| cell.strip_prefix(symbol.as_str()).or_else(|| cell.strip_suffix(symbol.as_str())))
            .unwrap_or(cell);
        let plain = self
            .plain_number(without_symbol.trim())
            .ok_or(CellError::NotANumber(self.decimal_separator, self.thousands_separator))?;
        // 28 digits always fit; more are refused rather than rounded.
        if plain.bytes().filter(u8::is_ascii_digit).count() > 28 {
            return Err(CellError::TooPrecise);
        }
        Decimal::from_str(&plain).map_err(|_| CellError::TooPrecise)
    }

    /// The number with a point and without thousands, which must be groups of three.
    fn plain_number(&self, text: &str) -> Option<String> {
        let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, fraction) = match text.split_once(self.decimal_separator) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = whole.split(self.thousands_separator);
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let is_grouped = rest.iter().all(|group| group.len() == 3 && digits(group));
        let is_whole = digits(first) && is_grouped && (rest.is_empty() || first.len() <= 3);
        if !is_whole || !fraction.is_none_or(digits) {
            return None;
        }
        let whole = [first].into_iter().chain(rest).collect::<String>();
        Some(fraction.map_or_else(|| format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}")))
    }

    /// A date in the first of the mapping's shapes that fits. A time of midnight after it is no part of it.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn date(&self, cell: &str) -> Result<Date, CellError> {
        let cell = self.filled(cell).ok_or(CellError::Empty)?;
        let day = cell.strip_suffix(" 00:00:00").or_else(|| cell.strip_suffix("T00:00:00")).unwrap_or(cell);
        let date = self
            .dates
            .iter()
            .find_map(|shape| Date::strptime(shape, day).ok())
            .ok_or_else(|| CellError::NotADate(self.dates.join(", ")))?;
        let is_likely = YEARS.contains(&date.year()) || date.year() == NEVER;
        if is_likely { Ok(date) } else { Err(CellError::UnlikelyYear(date.year())) }
    }
}

/// Whether a cell holds a space that is not a plain one.
#[must_use]
pub fn has_odd_space(cell: &str) -> bool {
    cell.chars().any(|c| c.is_whitespace() && c != ' ' && c != '\n')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn formats() -> Formats {
        Formats { dates: ["%m/%d/%Y", "%d-%b-%y", "%Y-%m-%d"].map(str::to_owned).to_vec(), ..Formats::default() }
    }

    #[test]
    fn case_17_prices_are_exact_and_keep_their_scale() {
        let amount = |cell: &str| formats().decimal(cell).unwrap().to_string();
        assert_eq!(amount("$98.24 "), "98.24");
        assert_eq!(amount("\u{a0}3,246,231.10"), "3246231.10");
        assert_eq!(amount("0.00417"), "0.00417");
        assert_eq!(amount("-5"), "-5");
        let german = Formats { decimal_separator: ',', thousands_separator: '.', ..formats() };
        assert_eq!(german.decimal("1.234,50").unwrap().to_string(), "1234.50");
    }

    #[test]
    fn case_17_what_is_no_price_is_refused_not_guessed() {
        for cell in ["98,24", "1,2345.00", "1.234,50", "12.3.4", "1e5", "12 EA", ".5", "5.", "1,234,56", "--5"] {
            assert!(matches!(formats().decimal(cell), Err(CellError::NotANumber(..))), "{cell}");
        }
        for cell in ["", "N/A", " n/a ", "\u{a0}"] {
            assert_eq!(formats().decimal(cell), Err(CellError::Empty), "{cell}");
        }
        assert_eq!(formats().decimal(&"1".repeat(29)), Err(CellError::TooPrecise));
    }

    #[test]
    fn case_17_three_shapes_of_dates_are_read() {
        for cell in ["06/02/2006", "2-Jun-06", "2006-06-02", "6/2/2006", "2006-06-02 00:00:00"] {
            assert_eq!(formats().date(cell), Ok(date(2006, 6, 2)), "{cell}");
        }
        assert_eq!(formats().date("12/31/9999"), Ok(date(9999, 12, 31)));
    }

    #[test]
    fn case_17_impossible_and_unlikely_dates_are_refused() {
        for cell in ["13/01/2025", "02/29/2025", "Pre-PQ Process", "45658", "2025"] {
            assert!(matches!(formats().date(cell), Err(CellError::NotADate(_))), "{cell}");
        }
        // What a cut file leaves of 08/28/2025.
        assert_eq!(formats().date("08/28/20"), Err(CellError::UnlikelyYear(20)));
    }

    #[test]
    fn odd_spaces_in_text_become_plain_ones() {
        assert_eq!(formats().text("ANAVIP\u{a0}120MG ").as_deref(), Some("ANAVIP 120MG"));
        assert!(has_odd_space("a\u{a0}b") && !has_odd_space("a b"));
    }
}
