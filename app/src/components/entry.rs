//! The content of a quantity field: a number that was there before, or the text exactly as a person
//! typed it.

use calloff_core::decimal::round_down_to_multiple;
use calloff_core::numeral::{self, Read};
use rust_decimal::Decimal;

use crate::i18n::{self, Language};

/// A key of the number pad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Digit(u8),
    Point,
    Backspace,
    Less,
    More,
}

/// The values to which − and + lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// The value to which − leads below `least`: zero, or `least` again.
    pub floor: Decimal,
    pub least: Decimal,
    /// The step, above zero.
    pub step: Decimal,
    pub most: Option<Decimal>,
}

impl Steps {
    /// The steps for counting on a shelf: zero, one, two, without an upper bound.
    pub const COUNT: Self =
        Self { floor: Decimal::ZERO, least: Decimal::ONE, step: Decimal::ONE, most: None };

    /// The next value: below `value` for [`Key::Less`], above it for every other key.
    #[must_use]
    pub fn next(self, value: Decimal, key: Key) -> Decimal {
        if key == Key::Less { self.below(value) } else { self.above(value) }
    }

    fn above(self, value: Decimal) -> Decimal {
        let next =
            round_down_to_multiple(value, self.step).and_then(|below| below.checked_add(self.step));
        let next = next.unwrap_or(value).max(self.least);
        self.most.map_or(next, |most| next.min(most))
    }

    fn below(self, value: Decimal) -> Decimal {
        let multiple = round_down_to_multiple(value, self.step).unwrap_or(value);
        let next = if multiple == value { value.saturating_sub(self.step) } else { multiple };
        if next < self.least { self.floor.min(value) } else { next }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// The number was there before, or a step led to it.
    Number(Decimal),
    /// A person typed or pasted the text. It is kept exactly until the person corrects it.
    Text(String),
}

/// A quantity that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    content: Content,
    /// Whether the next digit replaces the content.
    is_fresh: bool,
}

impl Entry {
    /// Begins with a number that the first digit replaces. With `None` the field is empty.
    #[must_use]
    pub fn new(start: Option<Decimal>) -> Self {
        Self {
            content: start.map_or_else(|| Content::Text(String::new()), Content::Number),
            is_fresh: true,
        }
    }

    /// Text that a person typed or pasted into the field. It need not be a number.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self { content: Content::Text(text.to_owned()), is_fresh: false }
    }

    /// The text in the field.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match &self.content {
            Content::Number(number) => i18n::decimal(*number, language),
            Content::Text(text) => text.clone(),
        }
    }

    /// The meaning of the text.
    #[must_use]
    pub fn read(&self, language: Language) -> Read {
        match &self.content {
            Content::Number(number) => Read::Number(*number),
            Content::Text(text) => numeral::read(text, i18n::notation(language)),
        }
    }

    /// The number, or `None` if the text is not a number.
    #[must_use]
    pub fn number(&self, language: Language) -> Option<Decimal> {
        self.read(language).number()
    }

    /// The content after a press of `key`. − and + do not change a text that is not a number.
    #[must_use]
    pub fn press(&self, key: Key, language: Language, steps: Steps) -> Self {
        let point = i18n::notation(language).point;
        match key {
            Key::Digit(digit) => self.appended(char::from(b'0' + digit.min(9)), language),
            Key::Point if self.is_fresh || self.text(language).is_empty() => {
                Self::typed(&format!("0{point}"))
            }
            Key::Point if self.text(language).contains(point) => self.clone(),
            Key::Point => self.appended(point, language),
            Key::Backspace => {
                let mut text = self.text(language);
                text.pop();
                Self::typed(&text)
            }
            Key::Less | Key::More => match (self.read(language), key) {
                (Read::Number(number), _) => Self::new(Some(steps.next(number, key))),
                (Read::Nothing, Key::Less) => Self::new(Some(steps.floor)),
                (Read::Nothing, _) => Self::new(Some(steps.least)),
                (Read::Question(_) | Read::Unreadable(_), _) => self.clone(),
            },
        }
    }

    fn appended(&self, character: char, language: Language) -> Self {
        let text = if self.is_fresh { String::new() } else { self.text(language) };
        let text = if text == "0" && character.is_ascii_digit() { String::new() } else { text };
        Self::typed(&format!("{text}{character}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: Steps = Steps {
        floor: Decimal::ZERO,
        least: Decimal::from_parts(4, 0, 0, false, 0),
        step: Decimal::TWO,
        most: None,
    };

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn after(start: &str, keys: &[Key], steps: Steps) -> Entry {
        let start = Entry::new(start.parse().ok());
        keys.iter().fold(start, |entry, key| entry.press(*key, Language::English, steps))
    }

    fn text(start: &str, keys: &[Key]) -> String {
        after(start, keys, Steps::COUNT).text(Language::English)
    }

    #[test]
    fn the_first_digit_replaces_what_was_there_and_later_ones_follow() {
        assert_eq!(text("5", &[Key::Digit(1), Key::Digit(2)]), "12");
        assert_eq!(text("5", &[Key::Backspace, Key::Digit(7)]), "7");
        assert_eq!(text("24", &[Key::Backspace]), "2");
        assert_eq!(text("", &[Key::Digit(0), Key::Digit(3)]), "3");
    }

    #[test]
    fn a_point_is_typed_once_as_the_language_writes_it() {
        let entry =
            after("1", &[Key::Digit(2), Key::Point, Key::Point, Key::Digit(5)], Steps::COUNT);
        assert_eq!(
            (entry.text(Language::English).as_str(), entry.number(Language::English)),
            ("2.5", Some(dec("2.5")))
        );
        assert_eq!(text("1", &[Key::Point, Key::Digit(5)]), "0.5");
        let german = Entry::new(None).press(Key::Digit(2), Language::German, Steps::COUNT);
        let german = german.press(Key::Point, Language::German, Steps::COUNT);
        assert_eq!(
            (german.text(Language::German).as_str(), german.number(Language::German)),
            ("2,", Some(dec("2")))
        );
    }

    #[test]
    fn a_count_that_nobody_made_is_not_zero_and_steps_never_go_below_it() {
        assert_eq!(Entry::new(None).read(Language::English), Read::Nothing);
        assert_eq!(text("", &[Key::Less]), "0");
        assert_eq!(text("", &[Key::More]), "1");
        assert_eq!(text("1", &[Key::Less, Key::Less]), "0");
        assert_eq!(text("2.5", &[Key::More]), "3");
        assert_eq!(text("2.5", &[Key::Less]), "2");
        assert_eq!(text("5", &[Key::Backspace]), "", "an emptied field is nothing, not zero");
    }

    #[test]
    fn steps_go_by_what_can_be_ordered() {
        let of = |start: &str, key: Key| {
            after(start, &[key], PAIRS).number(Language::English).unwrap().to_string()
        };
        assert_eq!([of("4", Key::More), of("5", Key::More), of("1", Key::More)], ["6", "6", "4"]);
        assert_eq!([of("6", Key::Less), of("7", Key::Less), of("4", Key::Less)], ["4", "6", "0"]);
        let new = Steps { floor: PAIRS.least, most: Some(dec("6")), ..PAIRS };
        let of = |start: &str, key: Key| {
            after(start, &[key], new).number(Language::English).unwrap().to_string()
        };
        assert_eq!([of("4", Key::Less), of("6", Key::More), of("2", Key::Less)], ["4", "6", "2"]);
    }

    #[test]
    fn what_cannot_be_read_stays_as_it_was_typed() {
        for typed in ["3x12", "12 cases", "abc", "-5", "1_000"] {
            let entry = Entry::typed(typed);
            assert_eq!(
                (entry.text(Language::German).as_str(), entry.number(Language::German)),
                (typed, None)
            );
            assert_eq!(entry.press(Key::More, Language::German, Steps::COUNT), entry);
        }
        let thousand = Entry::typed("1,000");
        assert_eq!(thousand.number(Language::English), Some(dec("1000")));
        assert_eq!(thousand.read(Language::German), Read::Question(vec![dec("1"), dec("1000")]));
    }

    #[test]
    fn a_number_that_was_there_is_no_question_however_it_is_written() {
        let entry = Entry::new(Some(dec("1.125")));
        assert_eq!(
            (entry.text(Language::English).as_str(), entry.number(Language::English)),
            ("1.125", Some(dec("1.125")))
        );
    }
}
