//! Item search while a person types: from the typed text to entries in order of relevance.
//!
//! A tablet builds the index at its start, from the items of its release. Then it asks the index
//! once for each keystroke, offline. The search is pure: the same entries and query give the same
//! hits, in the same order, on every platform.
//!
//! # What people may expect
//! - **Every typed word must match**, in any order, in the description, the brand or a code. When
//!   no entry has all words, the search returns the entries with the most words, if these are at
//!   least half; [`Hit::missing`] counts the missing words.
//! - A word matches **exactly**, also in its plural ("tomato", "tomatoes"), or **by its beginning**
//!   ("ibu" finds ibuprofen), finished or not.
//! - When fewer than [`WIDEN_BELOW`] entries match in these ways, the search also looks for words
//!   **inside** words ("cillin") and for words **with typing errors**. It forgives one error in a
//!   word of 4 letters, and two from 8 letters. An error is a letter that is missing, extra or
//!   wrong, or two swapped neighbours. From 5 letters on, the word that is still being typed may
//!   also be the beginning of a word with errors. With enough plain matches none of this happens:
//!   "prednisone" must not list prednisolone among plenty of prednisone.
//! - **Numbers are never corrected**: "10mg" is not "20mg". A number matches only a whole number
//!   ("10 tab" does not match 100mg). Only a number at the end of the query may still grow. "10
//!   mg", "10-mg" and "10mg" are the same; so are ".5", "0.5" and "0,5", and "5,000" and "5000".
//! - **Codes** (item numbers, suppliers' numbers, GTINs) match by their beginning, or by an ending
//!   of at least [`MIN_CODE_SUFFIX`] characters. Dashes and spaces in the code or in the query do
//!   not count.
//! - Case, accents and vowel points of any script, full width, apostrophes, kinds of dash, quote
//!   and space make no difference.
//! - An entry is also found by facts beside its name: its supplier, or the content of its package.
//!   Such matches rank behind matches of the name. A number and its unit count as one match.
//!
//! # Order
//! Entries rank by these rules, the most important first: the fewest missing words; the best match
//! (summed over the words: exact, beginning, inside, one error, two errors); the words in the order
//! of the description and near its start; the shorter description; the smaller entry number. The
//! entry number makes the order total. The other rules are packed into [`Hit::rank`], the most
//! important in the highest bits.
//!
//! # How
//! The distinct words are kept sorted, each with its entries (an inverted index in compressed-row
//! form). So a bisection finds an exact word or a beginning.
//!
//! A scan over the distinct words finds typing errors. A list of 20,000 items has fewer than 10,000
//! distinct words. A 64-bit set of each word's letters refuses nearly all of them in two
//! instructions, because one edit changes at most one member of the set. The other words need a
//! banded edit distance with swaps ("optimal string alignment": Ukkonen 1985, *Algorithms for
//! approximate string matching*; Navarro 2001, *A guided tour to approximate string matching*, §5.2
//! for letter counting as a filter).
//!
//! Codes are few and short, so a scan finds them, too. The rule to look for errors only when plain
//! matches are few is Typesense's `typo_tokens_threshold`.
//!
//! # Limits
//! The work of one search is bounded: [`MAX_QUERY_CHARS`] characters, [`MAX_TERMS`] words,
//! [`MAX_HITS`] hits, and 8 bytes of temporary memory for each entry.
//!
//! Measured on the real list (15,507 items of 57 characters, a busy two-core machine, WASM in V8):
//! 1 MiB of memory. Building takes 13 ms native, and 50 ms in WASM before V8 has optimised it. A
//! keystroke takes 0.2 ms native and 0.4 ms in WASM at the median, and less than 6 ms at the 99th
//! percentile.

mod build;
mod codes;
mod fold;
mod query;
mod tally;
mod typo;
mod vocabulary;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use build::Builder;
use codes::Codes;
use query::Query;
use tally::Tally;
use vocabulary::Vocabulary;

/// The number of characters of a query that are read. The longest real description has 109
/// characters with its brand.
pub const MAX_QUERY_CHARS: usize = 120;
/// The number of words of a query that are read. The packing of [`Hit::rank`] relies on 8.
pub const MAX_TERMS: usize = 8;
/// The largest number of hits, whatever limit the caller asks for.
pub const MAX_HITS: usize = 1_000;
/// With fewer plain matches than this, the search also tries insides of words and typing errors.
pub const WIDEN_BELOW: usize = 10;
/// The shortest ending of a code that finds it: the last block of a barcode that is read aloud.
pub const MIN_CODE_SUFFIX: usize = 4;

/// The texts by which one entry can be found. Entries are numbered from 0 in the given order.
#[derive(Clone, Debug)]
pub struct SearchEntry<'a> {
    /// Fields of words. The first field is the description. Its length and the order of its words
    /// count in the ranking.
    pub text: Vec<&'a str>,
    /// Fields of words that rank behind `text`: the suppliers, the content of a package.
    pub aside: Vec<Cow<'a, str>>,
    /// The item number, the suppliers' item numbers and the GTINs.
    pub codes: Vec<Cow<'a, str>>,
}

/// How the worst matching word of the query matches an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// The whole word or code.
    Exact,
    /// The beginning of a word or code.
    Prefix,
    /// The middle or the end of a word, or the end of a code.
    Infix,
    /// A word with typing errors.
    Typo,
}

/// One entry that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The number of the entry, in the order in which [`SearchIndex::build`] got the entries.
    pub entry: u32,
    /// How the worst matching word of the query matches the entry.
    pub kind: MatchKind,
    /// The number of query words that this entry does not have. 0 unless no entry has all words.
    pub missing: u8,
    /// The relevance: smaller is better. It is comparable within one search only.
    pub rank: u32,
}

/// Finds entries by words, codes and their beginnings, tolerating typing errors.
#[derive(Clone, Debug)]
pub struct SearchIndex {
    vocabulary: Vocabulary,
    codes: Codes,
    /// The number of characters of each entry's description, at most `u16::MAX`.
    lengths: Vec<u16>,
}

impl SearchIndex {
    /// Reads every entry once. Time and memory grow with the number of characters.
    ///
    /// Entries beyond `u32::MAX` cannot be numbered and are left out.
    #[must_use]
    pub fn build<'a>(entries: impl IntoIterator<Item = SearchEntry<'a>>) -> Self {
        let mut builder = Builder::default();
        for (number, entry) in (0..u32::MAX).zip(entries) {
            builder.add(number, &entry);
        }
        builder.finish()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether the index has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The number of bytes on the heap, so that a tablet can account for its memory.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.vocabulary.heap_bytes() + self.codes.heap_bytes() + self.lengths.capacity() * 2
    }

    /// The best `limit` entries for the text typed so far, the best first. A query without a letter
    /// or a digit finds nothing.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        let query = Query::parse(query);
        let limit = limit.min(MAX_HITS);
        if query.terms.is_empty() || limit == 0 {
            return Vec::new();
        }
        let plain = self.tally(&query, Reach::Plain);
        let enough = limit.min(WIDEN_BELOW);
        // A number and its unit count as one missing word when no entry has them.
        let pairs = query.joined.len() as u8; // at most MAX_TERMS
        if plain.complete() >= enough {
            return plain.best(&self.lengths, limit, pairs);
        }
        self.tally(&query, Reach::Wide).best(&self.lengths, limit, pairs)
    }

    fn tally(&self, query: &Query, reach: Reach) -> Tally {
        let mut tally = Tally::new(self.len());
        let joined: Vec<_> = (query.joined.iter())
            .map(|joined| (joined, self.vocabulary.plain(&joined.term)))
            .collect();
        let codes: Vec<_> =
            (query.codes.iter()).map(|code| (code, self.codes.matches(&code.squeezed))).collect();
        for (number, term) in query.terms.iter().enumerate() {
            let mut words = self.vocabulary.plain(term);
            if reach == Reach::Wide {
                self.vocabulary.wide(term, &mut words);
            }
            for (cover, matches) in &joined {
                if cover.terms.start == number {
                    words.extend(matches);
                }
            }
            for found in words {
                for posting in self.vocabulary.postings(found.word) {
                    tally.offer(posting.entry, found.fit, Some(posting.position));
                }
            }
            for (cover, matches) in &joined {
                // The number has brought the cost of this word. Its unit costs nothing more.
                if cover.terms.start < number && cover.terms.contains(&number) {
                    for posting in
                        matches.iter().flat_map(|found| self.vocabulary.postings(found.word))
                    {
                        tally.offer(posting.entry, Fit::Exact, None);
                    }
                }
            }
            for (cover, matches) in &codes {
                if cover.terms.contains(&number) {
                    for found in matches {
                        tally.offer(found.entry, found.fit, None);
                    }
                }
            }
            tally.close_term();
        }
        tally
    }
}

/// How far a search goes to match a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Exact words, beginnings and codes.
    Plain,
    /// Also insides of words and typing errors.
    Wide,
}

/// How one word of a query fits one word or code of an entry, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    Prefix,
    CodePrefix,
    Infix,
    Typo,
    TypoInPrefix,
    TwoTypos,
    TwoTyposInPrefix,
}

impl Fit {
    /// Costs are summed over the words of a query. Eight beginnings (16) rank before one typing
    /// error (17). Eight of the worst matches (248) fit 8 bits.
    const fn cost(self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::Prefix => 2,
            Self::CodePrefix => 3,
            Self::Infix => 5,
            Self::Typo => 17,
            Self::TypoInPrefix => 19,
            Self::TwoTypos => 29,
            Self::TwoTyposInPrefix => 31,
        }
    }

    const fn kind(self) -> MatchKind {
        match self {
            Self::Exact => MatchKind::Exact,
            Self::Prefix | Self::CodePrefix => MatchKind::Prefix,
            Self::Infix => MatchKind::Infix,
            Self::Typo | Self::TypoInPrefix | Self::TwoTypos | Self::TwoTyposInPrefix => {
                MatchKind::Typo
            }
        }
    }
}
