//! Names of people and tablets, as others read them on a screen, in a log and on the command line.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::limits::NAME_BYTES;

/// Why a text is not a name. The message continues a sentence about the owner: "a tablet's name …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty or too long.
    #[error("has 1 to {NAME_BYTES} bytes")]
    Length,
    /// The text has characters that would change how the text around it looks.
    #[error(
        "has no line ends, control characters, or characters that change the direction of writing"
    )]
    Unclean,
}

/// The name without white space at its ends.
///
/// # Errors
/// [`NameError`] when the text is not a name.
pub fn plain_name(name: &str) -> Result<&str, NameError> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES {
        Err(NameError::Length)
    } else if name.chars().any(is_unclean) {
        Err(NameError::Unclean)
    } else {
        Ok(name)
    }
}

/// Whether a character must not be in a name: a control character, a line or paragraph separator,
/// or a mark that changes the direction of writing (UAX #9). After such a character, other text
/// looks like something that nobody wrote. Scripts from right to left need none of them.
#[must_use]
pub fn is_unclean(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value to print on the command line. Unclean characters are printed as escapes (`\u{202e}`).
#[must_use]
pub fn printable(value: &str) -> Cow<'_, str> {
    escaped(value, is_unclean)
}

/// A text to print on the command line. Like [`printable`], but line ends and tabs stay.
#[must_use]
pub fn printable_text(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_unclean(c) && !matches!(c, '\n' | '\t'))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut printed = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) {
            // Writing to a string does not fail.
            let _ = write!(printed, "{}", c.escape_unicode());
        } else {
            printed.push(c);
        }
    }
    Cow::Owned(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_taken_and_those_that_rewrite_their_surroundings_are_not() {
        for name in ["Ana", "  Küche 2 ", "מטבח", "مطبخ", "O’Brien", "厨房", "e\u{301}", "👩‍🍳"]
        {
            assert_eq!(plain_name(name), Ok(name.trim()));
        }
        for name in [
            "A\nB",
            "A\u{1b}[2J",
            "A\u{0}",
            "admin\u{202e}x",
            "\u{2066}A",
            "A\u{200f}B",
            "A\u{2028}B",
            "\u{85}A\u{9b}",
        ] {
            assert_eq!(plain_name(name), Err(NameError::Unclean), "{name:?}");
        }
        for name in ["", " \t ", &"x".repeat(NAME_BYTES + 1)] {
            assert_eq!(plain_name(name), Err(NameError::Length));
        }
    }

    #[test]
    fn what_is_printed_moves_no_cursor_and_turns_no_line_around() {
        assert_eq!(printable_text("a\tb\nä"), "a\tb\nä");
        assert_eq!(printable("a\tb\nä"), "a\\u{9}b\\u{a}ä");
        assert_eq!(printable_text("\u{1b}[2Jx\u{202e}y\r"), "\\u{1b}[2Jx\\u{202e}y\\u{d}");
    }
}
