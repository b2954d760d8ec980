//! Barcodes of item numbers.

use barcoders::sym::code128::Code128;
use barcoders::sym::ean8::EAN8;
use barcoders::sym::ean13::EAN13;

/// The width of the thinnest bar, in points: 0.26 mm, which GS1 calls a magnification of 80 %.
pub const MODULE: f32 = 0.75;

/// The empty modules before and after the bars.
const QUIET: f32 = 10.0;

/// Code 128, code set B: letters and digits.
const SET_B: char = '\u{181}';

/// Code 128, code set C: pairs of digits.
const SET_C: char = '\u{106}';

/// Code 128, function 1: what follows begins with an application identifier of GS1.
const FNC1: char = '\u{179}';

/// The application identifier of a GTIN.
const GTIN: &str = "01";

/// The bars of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// The modules from left to right. `true` is black.
    modules: Vec<bool>,
}

impl Bars {
    /// The bars of a GTIN of 14 digits: as EAN-8 or EAN-13 when zeros begin it, as the label of
    /// the item does, otherwise as GS1-128. `None` if it is no GTIN.
    pub fn of_gtin(gtin: &str) -> Option<Self> {
        let modules = match (gtin.strip_prefix("000000"), gtin.strip_prefix('0')) {
            (Some(eight), _) => EAN8::new(eight).ok()?.encode(),
            (None, Some(thirteen)) => EAN13::new(thirteen).ok()?.encode(),
            (None, None) if gtin.len() == 14 => {
                Code128::new(format!("{SET_C}{FNC1}{GTIN}{gtin}")).ok()?.encode()
            }
            (None, None) => return None,
        };
        Some(Self::of_modules(&modules))
    }

    /// The bars of any number, as Code 128. `None` if it has characters that cannot be coded.
    pub fn of_number(number: &str) -> Option<Self> {
        let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let is_printable = number.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let set = if is_digits && number.len().is_multiple_of(2) { SET_C } else { SET_B };
        if number.is_empty() || !is_printable {
            return None;
        }
        Some(Self::of_modules(&Code128::new(format!("{set}{number}")).ok()?.encode()))
    }

    fn of_modules(modules: &[u8]) -> Self {
        Self { modules: modules.iter().map(|module| *module == 1).collect() }
    }

    /// The width with the empty space on both sides, in points.
    pub fn width(&self) -> f32 {
        self.black_width() + 2.0 * QUIET * MODULE
    }

    /// The width from the first bar to the last one, in points.
    pub fn black_width(&self) -> f32 {
        self.count() * MODULE
    }

    /// Each bar: where it begins after the empty space, and its width, in points.
    pub fn bars(&self) -> Vec<(f32, f32)> {
        let mut bars: Vec<(f32, f32)> = Vec::new();
        let mut x = 0.0;
        let mut was_black = false;
        for is_black in &self.modules {
            match bars.last_mut() {
                Some((_, width)) if was_black && *is_black => *width += MODULE,
                _ if *is_black => bars.push((x, MODULE)),
                _ => {}
            }
            was_black = *is_black;
            x += MODULE;
        }
        bars
    }

    fn count(&self) -> f32 {
        // At most some hundred modules: exact as f32.
        self.modules.iter().map(|_| 1.0_f32).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The widths of bars and gaps, in modules.
    fn widths(bars: &Bars) -> String {
        let mut widths = String::new();
        for run in bars.modules.chunk_by(|a, b| a == b) {
            widths.push_str(&run.len().to_string());
        }
        widths
    }

    #[test]
    fn the_bars_are_those_of_the_standards() {
        // EAN-13 5901234123457, as in the GS1 General Specifications: guards and 12 coded digits.
        let bars = Bars::of_gtin("05901234123457").unwrap();
        assert_eq!(bars.modules.len(), 95);
        assert!(widths(&bars).starts_with("111"));
        assert!(widths(&bars).ends_with("111"));
        // Start C, FNC1, 01 and 14 digits, check, stop: 11 modules each, the stop has 13.
        let case = Bars::of_gtin("19501101530003").unwrap();
        assert_eq!(case.modules.len(), 11 * 11 + 13);
        // Start C is 211232, FNC1 is 411131, stop is 2331112.
        assert!(widths(&case).starts_with("211232411131"), "{}", widths(&case));
        assert!(widths(&case).ends_with("2331112"), "{}", widths(&case));
        // Start B is 211214; A is 111323.
        assert!(widths(&Bars::of_number("A1").unwrap()).starts_with("211214111323"));
        assert_eq!(Bars::of_gtin("00000096385074").unwrap().modules.len(), 67);
    }

    #[test]
    fn what_cannot_be_coded_has_no_bars() {
        assert_eq!(Bars::of_number(""), None);
        assert_eq!(Bars::of_number("Ä1"), None);
        assert_eq!(Bars::of_gtin("123"), None);
        assert_eq!(Bars::of_gtin("05901234123450"), None, "a wrong check digit");
    }

    #[test]
    fn bars_that_touch_are_one_bar() {
        let bars = Bars { modules: vec![true, true, false, true] };
        assert_eq!(bars.bars(), [(0.0, 2.0 * MODULE), (3.0 * MODULE, MODULE)]);
    }
}
