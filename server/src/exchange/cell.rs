//! Reads cells: amounts, dates and text. A cell that cannot be read exactly is refused, never
//! guessed.

use std::str::FromStr;

use calloff_core::calendar::Date;
use calloff_core::money::Currency;
use rust_decimal::{Decimal, RoundingStrategy};

use super::mapping::Formats;
use super::spelling::is_invisible_in_text;

/// The first year that is accepted in a contract's dates. There is no last year, because years far
/// in the future mean "never".
const FIRST_YEAR: i16 = 1900;

/// The signs of currencies, and the currencies that use each sign.
const SYMBOLS: [(&str, &[&str]); 15] = [
    ("€", &["EUR"]),
    (
        "$",
        &[
            "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU",
            "BSD", "BBD", "BMD", "BZD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD",
            "TTD", "XCD",
        ],
    ),
    ("US$", &["USD"]),
    ("£", &["GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("₹", &["INR"]),
    ("₩", &["KRW", "KPW"]),
    ("₽", &["RUB"]),
    ("₺", &["TRY"]),
    ("₴", &["UAH"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("kr", &["DKK", "ISK", "NOK", "SEK"]),
    ("Fr.", &["CHF"]),
];

/// Why a cell has no value of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CellError {
    /// The cell is empty, but a value is required.
    #[error("is empty")]
    Empty,
    /// The cell is not a number in the format of the mapping.
    #[error("is not a number as this mapping writes them (decimal sign {0:?}, thousands {1:?})")]
    NotANumber(char, char),
    /// A zero comes before the sign that should separate thousands. The sign is probably the
    /// decimal sign.
    #[error(
        "has a zero before {0:?}, which separates thousands in this mapping: if {0:?} is the \
         file's decimal sign, say so in `formats`"
    )]
    ZeroGroup(char),
    /// The cell has groups of thousands, but other cells of the file use that sign for decimals.
    #[error(
        "may be a decimal as well as thousands: row {row} shows that this file writes decimals \
         with {sign:?}"
    )]
    ThousandsOrDecimals {
        /// The sign between the groups.
        sign: char,
        /// A row that can be read only with the sign as decimal sign.
        row: u64,
    },
    /// The cell has the sign or code of another currency than the mapping.
    #[error("is in another currency ({symbol}) than this mapping's prices, {expected}")]
    OtherCurrency {
        /// The sign or code in the cell.
        symbol: String,
        /// The currency of the mapping.
        expected: Currency,
    },
    /// The number has more digits than can be stored exactly.
    #[error("has more digits than can be stored exactly (28)")]
    TooPrecise,
    /// The cell is not a date in any format of the mapping.
    #[error("is not a date in any of these shapes: {0}")]
    NotADate(String),
    /// The date is in a year in which no contract is.
    #[error("has the year {0}, which no contract is in")]
    UnlikelyYear(i16),
}

/// A date, and a second way to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadDate {
    /// The date by the first format of the mapping that fits.
    pub date: Date,
    /// The index of that format, from 0.
    pub shape: usize,
    /// The date by another format of the mapping, and the index of that format.
    pub other: Option<(Date, usize)>,
}

impl Formats {
    /// The cell without white space at its ends. `None` when it is empty or means "no value"
    /// (`N/A`).
    #[must_use]
    pub fn filled<'c>(&self, cell: &'c str) -> Option<&'c str> {
        let cell = cell.trim();
        let says_nothing =
            cell.is_empty() || self.empty.iter().any(|empty| empty.eq_ignore_ascii_case(cell));
        (!says_nothing).then_some(cell)
    }

    /// Text for people. No-break and other odd spaces become plain spaces, and invisible characters
    /// are removed.
    #[must_use]
    pub fn text(&self, cell: &str) -> Option<String> {
        let cell = self.filled(cell)?;
        let visible = cell.chars().filter(|c| !is_invisible_in_text(*c));
        let text: String = visible.map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Reads an exact amount in a currency, and keeps its scale: `$98.24 ` is 98.24, `1,234.50` is
    /// 1234.50. A sign of the mapping may be before or after the number, if it belongs to the
    /// currency.
    ///
    /// # Errors
    /// [`CellError`] when the cell is not such an amount.
    pub fn amount(&self, cell: &str, currency: Currency) -> Result<Decimal, CellError> {
        let cell = self.filled(cell).ok_or(CellError::Empty)?;
        // The longer sign first: "US$" before "$".
        let mut symbols: Vec<&String> =
            self.currency_symbols.iter().filter(|symbol| !symbol.is_empty()).collect();
        symbols.sort_by_key(|symbol| std::cmp::Reverse(symbol.len()));
        let stripped = symbols.into_iter().find_map(|symbol| {
            let rest = cell
                .strip_prefix(symbol.as_str())
                .or_else(|| cell.strip_suffix(symbol.as_str()))?;
            Some((symbol, rest.trim()))
        });
        let Some((symbol, rest)) = stripped else { return self.decimal(cell) };
        if may_be(symbol, currency) {
            self.decimal(rest)
        } else {
            Err(CellError::OtherCurrency { symbol: symbol.clone(), expected: currency })
        }
    }

    /// Reads an exact number, and keeps its scale.
    ///
    /// # Errors
    /// [`CellError`] when the cell is not a number.
    pub fn decimal(&self, cell: &str) -> Result<Decimal, CellError> {
        let cell = self.filled(cell).ok_or(CellError::Empty)?;
        let plain = self.plain_number(cell).ok_or_else(|| self.no_number(cell))?;
        // 28 digits always fit. A longer number is refused, not rounded.
        if plain.bytes().filter(u8::is_ascii_digit).count() > 28 {
            return Err(CellError::TooPrecise);
        }
        Decimal::from_str(&plain).map_err(|_| CellError::TooPrecise)
    }

    /// Why a cell is not a number. A group that begins with zero is probably a decimal in a file
    /// with the other signs.
    fn no_number(&self, cell: &str) -> CellError {
        let unsigned = cell.strip_prefix('-').unwrap_or(cell);
        let zero = unsigned
            .split_once(self.thousands_separator)
            .is_some_and(|(first, _)| first.starts_with('0'));
        if zero && self.swapped().plain_number(cell).is_some() {
            CellError::ZeroGroup(self.thousands_separator)
        } else {
            CellError::NotANumber(self.decimal_separator, self.thousands_separator)
        }
    }

    /// The same formats with decimal sign and thousands sign exchanged.
    fn swapped(&self) -> Self {
        let (decimal_separator, thousands_separator) =
            (self.thousands_separator, self.decimal_separator);
        Self { decimal_separator, thousands_separator, ..self.clone() }
    }

    /// Whether an amount can be read only with decimal sign and thousands sign exchanged: `98,24`
    /// in a mapping with a decimal point.
    #[must_use]
    pub fn is_written_the_other_way(&self, cell: &str, currency: Currency) -> bool {
        self.amount(cell, currency).is_err() && self.swapped().amount(cell, currency).is_ok()
    }

    /// Whether an amount has groups of thousands and no decimals, so that it is a number in both
    /// formats: `1,250`.
    #[must_use]
    pub fn is_thousands_or_decimals(&self, cell: &str) -> bool {
        cell.contains(self.thousands_separator) && !cell.contains(self.decimal_separator)
    }

    /// The number with a decimal point and without thousands signs. Thousands must be groups of
    /// three digits, and the first group must not begin with zero.
    fn plain_number(&self, text: &str) -> Option<String> {
        let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, fraction) = match text.split_once(self.decimal_separator) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = whole.split(self.thousands_separator);
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let is_grouped = rest.iter().all(|group| group.len() == 3 && digits(group));
        let is_whole = digits(first)
            && is_grouped
            && (rest.is_empty() || first.len() <= 3 && !first.starts_with('0'));
        if !is_whole || !fraction.is_none_or(digits) {
            return None;
        }
        let whole = [first].into_iter().chain(rest).collect::<String>();
        Some(fraction.map_or_else(
            || format!("{sign}{whole}"),
            |fraction| format!("{sign}{whole}.{fraction}"),
        ))
    }

    /// Reads a date in the first format of the mapping that fits. A time of midnight after the date
    /// is ignored.
    ///
    /// # Errors
    /// [`CellError`] when the cell is not a date.
    pub fn date(&self, cell: &str) -> Result<ReadDate, CellError> {
        let cell = self.filled(cell).ok_or(CellError::Empty)?;
        let day = cell
            .strip_suffix(" 00:00:00")
            .or_else(|| cell.strip_suffix("T00:00:00"))
            .unwrap_or(cell);
        let fits = self
            .dates
            .iter()
            .zip(0..)
            .filter_map(|(shape, at)| Some((Date::strptime(shape, day).ok()?, at)));
        // `%Y` reads "15" as the year 15, although another format may read it as 2015.
        let mut likely = fits.clone().filter(|(date, _)| date.year() >= FIRST_YEAR);
        let Some((date, shape)) = likely.next() else {
            let unlikely = fits.map(|(date, _)| CellError::UnlikelyYear(date.year())).next();
            return Err(unlikely.unwrap_or_else(|| CellError::NotADate(self.dates.join(", "))));
        };
        Ok(ReadDate { date, shape, other: likely.find(|(other, _)| *other != date) })
    }
}

/// Whether a sign or code may mean a currency. An unknown sign is accepted, because the mapping
/// names it.
fn may_be(symbol: &str, currency: Currency) -> bool {
    let symbol = symbol.trim();
    match SYMBOLS.iter().find(|(known, _)| known.eq_ignore_ascii_case(symbol)) {
        Some((_, currencies)) => currencies.contains(&currency.as_str()),
        None => Currency::parse(&symbol.to_uppercase()).map_or(true, |other| other == currency),
    }
}

/// Whether a cell in a currency column names this currency, by its code or a sign.
#[must_use]
pub fn names_currency(cell: &str, currency: Currency) -> bool {
    let cell = cell.trim();
    let by_sign = SYMBOLS.iter().find(|(known, _)| *known == cell);
    cell.eq_ignore_ascii_case(currency.as_str())
        || by_sign.is_some_and(|(_, currencies)| currencies.contains(&currency.as_str()))
}

/// The number that was meant, when the cell has the noise of binary fractions: `19.990000000000002`
/// is 19.99. `None` without noise.
///
/// Binary floating point (IEEE 754) keeps 15 to 17 significant digits. A number with 14 or more
/// digits that has at most 8 digits after rounding to 12 was computed, not written by a person.
#[must_use]
pub fn without_noise(number: Decimal) -> Option<Decimal> {
    const COMPUTED: usize = 14;
    const KEPT: u32 = 12;
    const WRITTEN: usize = 8;
    let digits = |number: &Decimal| number.mantissa().unsigned_abs().to_string().len();
    if digits(&number) < COMPUTED || number.scale() == 0 {
        return None;
    }
    let rounded =
        number.round_sf_with_strategy(KEPT, RoundingStrategy::MidpointNearestEven)?.normalize();
    (rounded != number && !rounded.is_zero() && digits(&rounded) <= WRITTEN).then_some(rounded)
}

/// Whether a cell has a space that is not a plain space.
#[must_use]
pub fn has_odd_space(cell: &str) -> bool {
    cell.chars().any(|c| c.is_whitespace() && c != ' ' && c != '\n')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn formats() -> Formats {
        Formats {
            dates: ["%m/%d/%Y", "%d-%b-%y", "%Y-%m-%d"].map(str::to_owned).to_vec(),
            ..Formats::default()
        }
    }

    #[test]
    fn case_17_prices_are_exact_and_keep_their_scale() {
        let usd = Currency::parse("USD").unwrap();
        let amount = |cell: &str| formats().amount(cell, usd).unwrap().to_string();
        assert_eq!(amount("$98.24 "), "98.24");
        assert_eq!(amount("\u{a0}3,246,231.10"), "3246231.10");
        assert_eq!(amount("0.00417"), "0.00417");
        assert_eq!(amount("-5"), "-5");
        let german = Formats { decimal_separator: ',', thousands_separator: '.', ..formats() };
        assert_eq!(german.decimal("1.234,50").unwrap().to_string(), "1234.50");
    }

    #[test]
    fn case_17_what_is_no_price_is_refused_not_guessed() {
        for cell in [
            "98,24",
            "1,2345.00",
            "1.234,50",
            "12.3.4",
            "1e5",
            "1.2E+3",
            "12 EA",
            ".5",
            "5.",
            "1,234,56",
            "--5",
            "+5",
            "(5.00)",
            "5.00-",
            "1'234.50",
            "1 234.50",
            "１２",
            "٣",
            "1_000",
            "#N/A",
            "0x10",
        ] {
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
            assert_eq!(formats().date(cell).map(|read| read.date), Ok(date(2006, 6, 2)), "{cell}");
        }
        assert_eq!(formats().date("12/31/9999").map(|read| read.date), Ok(date(9999, 12, 31)));
        assert_eq!(formats().date("12/31/2999").map(|read| read.date), Ok(date(2999, 12, 31)));
    }

    #[test]
    fn a_date_that_two_shapes_read_differently_says_both_and_the_second_shape_may_fit() {
        let of = |shapes: &[&str], cell: &str| {
            let dates = shapes.iter().map(|shape| (*shape).to_owned()).collect();
            Formats { dates, ..Formats::default() }
                .date(cell)
                .map(|read| (read.date, read.shape, read.other))
        };
        let both = ["%m/%d/%Y", "%d/%m/%Y"];
        assert_eq!(of(&both, "05/06/2025"), Ok((date(2025, 5, 6), 0, Some((date(2025, 6, 5), 1)))));
        assert_eq!(of(&both, "05/05/2025"), Ok((date(2025, 5, 5), 0, None)));
        assert_eq!(of(&both, "31/12/2025"), Ok((date(2025, 12, 31), 1, None)));
        assert_eq!(of(&["%m/%d/%Y", "%m/%d/%y"], "5/6/15"), Ok((date(2015, 5, 6), 1, None)));
    }

    #[test]
    fn a_group_after_a_leading_zero_is_no_thousand_in_either_writing() {
        let german = Formats { decimal_separator: ',', thousands_separator: '.', ..formats() };
        for (formats, sign, cells) in [
            (formats(), ',', ["0,125", "-0,125", "00,125", "012,345"]),
            (german, '.', ["0.125", "-0.125", "00.125", "012.345"]),
        ] {
            for cell in cells {
                assert_eq!(formats.decimal(cell), Err(CellError::ZeroGroup(sign)), "{cell}");
            }
        }
        let usd = Currency::parse("USD").unwrap();
        for (cell, other_way) in
            [("0,125", true), ("98,24", true), ("1.234,50", true), ("1,250", false), ("9.5", false)]
        {
            assert_eq!(formats().is_written_the_other_way(cell, usd), other_way, "{cell}");
        }
    }

    #[test]
    fn the_sign_of_another_currency_is_refused() {
        let eur = Currency::parse("EUR").unwrap();
        let symbols = ["€", "$", "US$", "£", "EUR", "USD", "net"].map(str::to_owned).to_vec();
        let formats = Formats { currency_symbols: symbols, ..formats() };
        for cell in ["€ 1.20", "1.20€", "EUR 1.20", "1.20 EUR", "net 1.20", "1.20"] {
            assert_eq!(formats.amount(cell, eur).unwrap().to_string(), "1.20", "{cell}");
        }
        for cell in ["$1.20", "US$ 1.20", "1.20 £", "USD 1.20"] {
            assert!(
                matches!(formats.amount(cell, eur), Err(CellError::OtherCurrency { .. })),
                "{cell}"
            );
        }
        assert!(formats.amount("€ $1.20", eur).is_err());
        assert!(
            names_currency("eur", eur) && names_currency("€", eur) && !names_currency("USD", eur)
        );
    }

    #[test]
    fn the_noise_of_binary_fractions_is_told_from_digits_that_somebody_wrote() {
        let meant =
            |text: &str| without_noise(text.parse().unwrap()).map(|number| number.to_string());
        for (noisy, number) in [
            ("19.990000000000002", "19.99"),
            ("19.9899999999999", "19.99"),
            ("1.5000000000000002", "1.5"),
            ("0.30000000000000004", "0.3"),
            ("1234.1499999999999", "1234.15"),
        ] {
            assert_eq!(meant(noisy).as_deref(), Some(number), "{noisy}");
        }
        for written in [
            "19.99",
            "0.00417",
            "33.333333333333336",
            "12345678901234",
            "1.23456789012345",
            "0.0000000000001",
        ] {
            assert_eq!(meant(written), None, "{written}");
        }
    }

    #[test]
    fn case_17_impossible_and_unlikely_dates_are_refused() {
        for cell in ["13/01/2025", "02/29/2025", "Pre-PQ Process", "45658", "2025"] {
            assert!(matches!(formats().date(cell), Err(CellError::NotADate(_))), "{cell}");
        }
        // The rest of 08/28/2025 in a file that was cut.
        assert_eq!(formats().date("08/28/20"), Err(CellError::UnlikelyYear(20)));
    }

    #[test]
    fn odd_spaces_in_text_become_plain_ones() {
        assert_eq!(formats().text("ANAVIP\u{a0}120MG ").as_deref(), Some("ANAVIP 120MG"));
        assert_eq!(formats().text("\u{feff}soft\u{ad}ware\u{200b} ").as_deref(), Some("software"));
        assert_eq!(formats().text("\u{200b}"), None);
        assert!(has_odd_space("a\u{a0}b") && !has_odd_space("a b"));
    }
}
