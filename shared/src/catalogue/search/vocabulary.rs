//! The distinct words of all entries, sorted, each with the entries that have the word.

use std::ops::Range;

use super::Fit;
use super::fold::is_number;
use super::query::Term;
use super::typo::{LetterSet, Letters, edits, forgiven};

/// The number of bytes from which a word is also searched inside other words: three Latin letters,
/// or one or two letters of other scripts.
const MIN_INFIX_BYTES: usize = 3;

/// The number of letters from which a word may have a plural ending. With fewer letters, too many
/// other words begin with it ("ham", "hams", but "tea", "teas").
const MIN_SINGULAR_LETTERS: usize = 3;

/// The number of letters from which a word that is still being typed is corrected to a beginning.
/// Four letters have too many neighbours among the beginnings of all words ("ibru" would also be
/// ibuprofen), and the next keystroke brings the fifth.
const MIN_GROWING_LETTERS: usize = 5;

/// An entry that has a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    pub(super) entry: u32,
    /// The position of the word in its field, at most 255.
    pub(super) position: u8,
}

/// A word of the vocabulary that fits a word of the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordMatch {
    pub(super) word: u32,
    pub(super) fit: Fit,
}

/// Sorted words and their postings. They are columns of equal length, so that a scan reads only the
/// column that it tests.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    text: String,
    /// The end of each word in `text`. The word starts where the previous word ends.
    ends: Vec<u32>,
    /// Set for words that have only letters.
    letters: Vec<Option<LetterSet>>,
    /// The end of each word's postings.
    posting_ends: Vec<u32>,
    entries: Vec<u32>,
    positions: Vec<u8>,
}

impl Vocabulary {
    /// Builds the vocabulary from sorted, distinct `words`. `entries` lists the entries of the
    /// words, and their positions, in the order of the words; `counts` says how many belong to each
    /// word.
    pub(super) fn new<'a>(
        words: impl ExactSizeIterator<Item = &'a str>,
        counts: impl Iterator<Item = u32>,
        entries: Vec<u32>,
        positions: Vec<u8>,
    ) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(words.len());
        let mut letters = Vec::with_capacity(words.len());
        for word in words {
            text.push_str(word);
            ends.push(text.len() as u32);
            letters.push(LetterSet::of(word));
        }
        text.shrink_to_fit();
        let mut end = 0;
        let posting_ends = counts.map(|count| {
            end += count;
            end
        });
        Self { text, ends, letters, posting_ends: posting_ends.collect(), entries, positions }
    }

    pub(super) fn postings(&self, word: u32) -> impl Iterator<Item = Posting> {
        let range = span(&self.posting_ends, word as usize);
        let (entries, positions) = (&self.entries[range.clone()], &self.positions[range]);
        (entries.iter().zip(positions)).map(|(&entry, &position)| Posting { entry, position })
    }

    /// The words that are equal to the term or begin with it. A whole number with more digits after
    /// it is another number, unless the person is still typing it.
    pub(super) fn plain(&self, term: &Term) -> Vec<WordMatch> {
        let whole_number = term.is_finished && is_number(&term.word);
        self.beginning_with(&term.word)
            .filter_map(|word| {
                let rest = &self.word(word)[term.word.len()..];
                let fit = match rest.bytes().next() {
                    None => Fit::Exact,
                    Some(_) if is_plural(&term.word, rest) => Fit::Exact,
                    Some(b'0'..=b'9' | b'.') if whole_number => return None,
                    Some(_) => Fit::Prefix,
                };
                Some(WordMatch { word: word as u32, fit })
            })
            .collect()
    }

    /// Adds the words that contain the term, or are the term with typing errors. It looks only at
    /// words of letters, never at numbers.
    pub(super) fn wide(&self, term: &Term, found: &mut Vec<WordMatch>) {
        let Some(typed) = LetterSet::of(&term.word) else {
            return;
        };
        let letters = Letters::of(&term.word);
        let limit = forgiven(letters.len());
        let as_whole = term.is_finished || letters.len() < MIN_GROWING_LETTERS;
        if limit == 0 && term.word.len() < MIN_INFIX_BYTES {
            return;
        }
        for (number, of_word) in self.letters.iter().enumerate() {
            let Some(of_word) = *of_word else { continue };
            if typed.lacking_in(of_word) > limit {
                continue;
            }
            let word = self.word(number);
            let is_inside = typed.lacking_in(of_word) == 0
                && term.word.len() >= MIN_INFIX_BYTES
                && word.contains(&term.word);
            let fit = if is_inside {
                Some(Fit::Infix)
            } else if !as_whole || of_word.lacking_in(typed) <= limit {
                corrected(&letters, word, limit, as_whole)
            } else {
                None
            };
            if let Some(fit) = fit {
                found.push(WordMatch { word: number as u32, fit });
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.text.capacity()
            + (self.ends.capacity() + self.posting_ends.capacity() + self.entries.capacity()) * 4
            + self.letters.capacity() * size_of::<Option<LetterSet>>()
            + self.positions.capacity()
    }

    fn word(&self, number: usize) -> &str {
        &self.text[span(&self.ends, number)]
    }

    /// The words that begin with `prefix`. They are neighbours in the sorted order.
    fn beginning_with(&self, prefix: &str) -> Range<usize> {
        let start = self.bisect(|word| word < prefix);
        let end = self.bisect(|word| word < prefix || word.starts_with(prefix));
        start..end
    }

    fn bisect(&self, is_before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(self.word(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// How `typed` matches `word` with errors. With `as_whole`, beginnings of `word` do not count.
fn corrected(typed: &Letters, word: &str, limit: u8, as_whole: bool) -> Option<Fit> {
    let edits = edits(typed, &Letters::of(word), limit)?;
    match (edits.whole, edits.prefix) {
        (0..=1, _) => Some(Fit::Typo),
        (_, 0..=1) if !as_whole => Some(Fit::TypoInPrefix),
        (2, _) if limit == 2 => Some(Fit::TwoTypos),
        (_, 2) if limit == 2 && !as_whole => Some(Fit::TwoTyposInPrefix),
        _ => None,
    }
}

/// Whether `rest` makes a plural of a word, in English or German: "onion" and "onions", "tomato"
/// and "tomatoes", "Zwiebel" and "Zwiebeln".
fn is_plural(word: &str, rest: &str) -> bool {
    matches!(rest, "s" | "es" | "n" | "en")
        && word.len() >= MIN_SINGULAR_LETTERS
        && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The range of element `number`. Each element starts at the end of the previous one.
pub(super) fn span(ends: &[u32], number: usize) -> Range<usize> {
    let start = match number {
        0 => 0,
        _ => ends[number - 1],
    };
    start as usize..ends[number] as usize
}
