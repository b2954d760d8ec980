//! The typed text, as words and as the codes that they may spell.

use std::ops::Range;

use super::fold::{Words, squeeze};
use super::{MAX_QUERY_CHARS, MAX_TERMS};
use crate::item::gs1_gtin;

/// A word to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The folded word.
    pub(super) word: String,
    /// Whether more text follows, so that the word will not grow.
    pub(super) is_finished: bool,
}

/// A number and its unit that were typed as two words. An entry may write them as one word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) term: Term,
    /// The query words that a match covers.
    pub(super) terms: Range<usize>,
}

/// Words that together may be a code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) squeezed: String,
    /// The query words that a match covers.
    pub(super) terms: Range<usize>,
}

/// A query, cut to its limits.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
    pub(super) joined: Vec<Joined>,
    /// Each stretch without a space, and the whole text, because a code may be typed in blocks.
    pub(super) codes: Vec<Code>,
}

impl Query {
    pub(super) fn parse(typed: &str) -> Self {
        if let Some(gtin) = gs1_gtin(typed) {
            // A scanned code. The person means nothing else, and the code will not grow.
            return Self::parse(&format!("{} ", gtin.digits()));
        }
        let typed = match typed.char_indices().nth(MAX_QUERY_CHARS) {
            Some((end, _)) => &typed[..end],
            None => typed,
        };
        let mut words = Words::default();
        let mut codes = Vec::new();
        for chunk in typed.split_whitespace() {
            let start = words.len();
            words.push_text(chunk);
            let terms = start..words.len().min(MAX_TERMS);
            if !terms.is_empty() {
                codes.push(Code { squeezed: squeezed(chunk), terms });
            }
        }
        let count = words.len().min(MAX_TERMS);
        if codes.len() > 1 {
            codes.push(Code { squeezed: squeezed(typed), terms: 0..count });
        }
        // "0." and "5," are beginnings of 0.5 and 5,000.
        let is_growing =
            typed.ends_with(|char: char| char.is_alphanumeric() || matches!(char, '.' | ','));
        let is_finished = |number: usize| number + 1 < words.len() || !is_growing;
        let joined: Vec<_> = (words.quantities())
            .filter(|(number, _)| number + 1 < count)
            .map(|(number, word)| Joined {
                term: Term { word: word.to_owned(), is_finished: is_finished(number + 1) },
                terms: number..number + 2,
            })
            .collect();
        // A number with a unit is a quantity, and not the beginning of a code.
        let is_quantity = |code: &Code| {
            let alone =
                |joined: &Joined| code.terms == (joined.terms.start..joined.terms.start + 1);
            joined.iter().any(alone)
        };
        codes.retain(|code| !is_quantity(code));
        Self {
            terms: (words.iter().take(count).enumerate())
                .map(|(number, word)| Term {
                    word: word.to_owned(),
                    is_finished: is_finished(number),
                })
                .collect(),
            joined,
            codes,
        }
    }
}

fn squeezed(text: &str) -> String {
    let mut out = String::new();
    squeeze(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &Query) -> Vec<(&str, bool)> {
        (query.terms.iter()).map(|term| (term.word.as_str(), term.is_finished)).collect()
    }

    #[test]
    fn only_the_last_word_grows_and_only_until_a_space() {
        let query = Query::parse("Ibu 10");
        assert_eq!(words(&query), [("ibu", true), ("10", false)]);
        assert_eq!(words(&Query::parse("ibu ")), [("ibu", true)]);
        assert_eq!(words(&Query::parse("0.")), [("0", false)]);
    }

    #[test]
    fn each_stretch_and_the_whole_may_be_a_code() {
        let query = Query::parse("57962-0007 12");
        let codes: Vec<_> =
            (query.codes.iter()).map(|code| (code.squeezed.as_str(), code.terms.clone())).collect();
        assert_eq!(codes, [("579620007", 0..2), ("12", 2..3), ("57962000712", 0..3)]);
    }

    #[test]
    fn a_number_and_its_unit_may_be_one_word() {
        let query = Query::parse("x 10 mg");
        let term = Term { word: "10mg".into(), is_finished: false };
        assert_eq!(query.joined, [Joined { term, terms: 1..3 }]);
    }

    #[test]
    fn long_queries_are_cut() {
        let query = Query::parse(&"a1 ".repeat(1_000));
        assert_eq!(query.terms.len(), MAX_TERMS);
        assert!(query.codes.iter().all(|code| code.terms.end <= MAX_TERMS));
        assert!(query.codes.last().unwrap().squeezed.len() <= MAX_QUERY_CHARS);
    }
}
