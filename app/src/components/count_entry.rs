//! What the number pad has been told so far.

use rust_decimal::Decimal;

/// The longest that is read: a million with six decimals, and the point.
const LONGEST: usize = 14;

/// A key of the pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Digit(u8),
    Point,
    Backspace,
    Clear,
    Less,
    More,
}

/// A count as it is being typed, always written with a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountEntry {
    typed: String,
    /// The next digit starts anew: the number was there before the first key.
    is_fresh: bool,
}

impl CountEntry {
    /// Begins with a number that the first digit replaces.
    #[must_use]
    pub fn new(start: Decimal) -> Self {
        Self { typed: start.normalize().to_string(), is_fresh: true }
    }

    /// What was typed, for the display.
    #[must_use]
    pub fn typed(&self) -> &str {
        if self.typed.is_empty() { "0" } else { &self.typed }
    }

    /// The number; zero while nothing is typed.
    #[must_use]
    pub fn value(&self) -> Decimal {
        self.typed.trim_end_matches('.').parse().unwrap_or_default()
    }

    /// What the display says after a key.
    #[must_use]
    pub fn press(&self, key: Key) -> Self {
        match key {
            Key::Digit(digit) => self.appended(char::from(b'0' + digit.min(9))),
            Key::Point if self.is_fresh || self.typed.is_empty() => Self { typed: "0.".into(), is_fresh: false },
            Key::Point if self.typed.contains('.') => self.clone(),
            Key::Point => self.appended('.'),
            Key::Backspace => {
                let mut typed = self.typed.clone();
                typed.pop();
                Self { typed, is_fresh: false }
            }
            Key::Clear => Self { typed: String::new(), is_fresh: false },
            Key::Less => self.stepped(self.value().checked_sub(Decimal::ONE)),
            Key::More => self.stepped(self.value().checked_add(Decimal::ONE)),
        }
    }

    /// What a keyboard typed into the field, kept as far as it is a number.
    #[must_use]
    pub fn replaced(text: &str) -> Self {
        let typed = text.trim().replace(',', ".");
        let is_number = typed.is_empty()
            || typed.trim_end_matches('.').parse::<Decimal>().is_ok_and(|value| !value.is_sign_negative());
        let typed = if is_number { typed.chars().take(LONGEST).collect() } else { String::new() };
        Self { typed, is_fresh: false }
    }

    fn appended(&self, character: char) -> Self {
        let mut typed =
            if self.is_fresh || self.typed == "0" && character != '.' { String::new() } else { self.typed.clone() };
        if typed.len() < LONGEST {
            typed.push(character);
        }
        Self { typed, is_fresh: false }
    }

    fn stepped(&self, value: Option<Decimal>) -> Self {
        let value = value.unwrap_or_default().max(Decimal::ZERO);
        Self { typed: value.normalize().to_string(), is_fresh: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: &str, keys: &[Key]) -> CountEntry {
        keys.iter().fold(CountEntry::new(start.parse().unwrap()), |entry, key| entry.press(*key))
    }

    #[test]
    fn the_first_digit_replaces_what_was_there_and_later_ones_follow() {
        assert_eq!(after("5", &[Key::Digit(1), Key::Digit(2)]).typed(), "12");
        assert_eq!(after("5", &[Key::Backspace, Key::Digit(7)]).typed(), "7");
        assert_eq!(after("24", &[Key::Backspace]).typed(), "2");
    }

    #[test]
    fn a_point_is_typed_once() {
        let entry = after("1", &[Key::Digit(2), Key::Point, Key::Point, Key::Digit(5)]);
        assert_eq!((entry.typed(), entry.value()), ("2.5", "2.5".parse().unwrap()));
        assert_eq!(after("1", &[Key::Point, Key::Digit(5)]).typed(), "0.5");
        assert_eq!(after("1", &[Key::Digit(2), Key::Point]).value(), Decimal::TWO);
    }

    #[test]
    fn steps_never_go_below_zero() {
        assert_eq!(after("1", &[Key::Less, Key::Less]).value(), Decimal::ZERO);
        assert_eq!(after("9", &[Key::More]).typed(), "10");
        assert_eq!(after("1.5", &[Key::Less]).typed(), "0.5");
    }

    #[test]
    fn nothing_typed_is_zero_and_leading_zeros_go() {
        assert_eq!(after("5", &[Key::Clear]).typed(), "0");
        assert_eq!(after("5", &[Key::Clear, Key::Digit(0), Key::Digit(3)]).typed(), "3");
    }

    #[test]
    fn a_keyboard_may_type_a_comma_and_nothing_but_numbers() {
        assert_eq!(CountEntry::replaced("2,5").value(), "2.5".parse().unwrap());
        assert_eq!(CountEntry::replaced("-3").value(), Decimal::ZERO);
        assert_eq!(CountEntry::replaced("abc").value(), Decimal::ZERO);
        assert!(CountEntry::replaced(&"9".repeat(40)).typed().len() <= LONGEST);
    }
}
