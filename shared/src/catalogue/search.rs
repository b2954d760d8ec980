//! Item search as you type: from what a person types to entries in order of relevance.
//!
//! A tablet builds the index on cold start from the items of its release and then asks it once per
//! keystroke, offline. Pure: no clock, no randomness; the same entries and query give the same
//! hits, in the same order, on every platform.
//!
//! # What people may expect
//! - **Every word typed must match** (in any order, in the description, the brand or a code). When
//!   no entry has all of them, the entries with the most are given, at least half; [`Hit::missing`]
//!   says so.
//! - A word matches **exactly**, also in its plural ("tomato", "tomatoes"), or **by its beginning**
//!   ("ibu" finds ibuprofen), finished or not.
//! - When fewer than [`WIDEN_BELOW`] entries match so, words are also sought **inside** words
//!   ("cillin") and **with typing errors**: one in a word of 4 letters, two from 8 (a letter
//!   missing, extra, wrong, or two neighbours swapped); from 5 letters the word still being typed
//!   also as a beginning. Not sooner: "prednisone" must not list prednisolone among plenty of
//!   prednisone.
//! - **Numbers are never corrected**: "10mg" is not "20mg". A number matches only a whole number
//!   ("10 tab" not 100mg), except at the end of the query, where it may still be growing.
//!   "10 mg", "10-mg" and "10mg" are the same, as are ".5", "0.5" and "0,5", "5,000" and "5000".
//! - **Codes** (item numbers, suppliers' numbers, GTINs) match by their beginning, or by an ending
//!   of [`MIN_CODE_SUFFIX`] characters, whatever dashes and spaces either side has.
//! - Case, accents and vowel points of any script, full width, apostrophes, kinds of dash, quote
//!   and space make no difference.
//! - What an entry is found by beside its name (who sells it, what its package holds) ranks behind
//!   the name.
//!
//! # Order
//! Fewest words missing; best match (sum over the words: exact, beginning, inside, one error, two);
//! words in the order of the description and near its start; shorter description; entry number. The
//! last makes the order total. All but the last are packed into [`Hit::rank`], most significant
//! first.
//!
//! # How
//! Distinct words are kept sorted, each with its entries (an inverted index in compressed-row
//! form), so an exact word or a beginning is a bisection. Typing errors are found by a scan over
//! the distinct words, of which a list of 20,000 items has under 10,000: a 64-bit set of each
//! word's letters refuses nearly all in two instructions (an edit changes at most one member of the
//! set), the rest pay for a banded edit distance with swaps ("optimal string alignment": Ukkonen
//! 1985, *Algorithms for approximate string matching*; Navarro 2001, *A guided tour to approximate
//! string matching*, §5.2 for letter counting as a filter). Codes are few and short: a scan.
//! Looking for errors only when plain matches are few is Typesense's `typo_tokens_threshold`.
//!
//! # Limits
//! Work per search is bounded: [`MAX_QUERY_CHARS`] characters, [`MAX_TERMS`] words, [`MAX_HITS`]
//! hits; 8 bytes of scratch per entry.
//!
//! Measured on the real list (15,507 items of 57 characters, a busy two-core machine, WASM in V8):
//! 1 MiB; built in 13 ms native, 50 ms in WASM before V8 has optimised it; a keystroke takes 0.2 ms
//! native and 0.4 ms in WASM at the median, under 6 ms at the 99th percentile.

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

/// Characters of a query that are read; the longest real description is 109 with its brand.
pub const MAX_QUERY_CHARS: usize = 120;
/// Words of a query that are read. The packing of [`Hit::rank`] counts on 8.
pub const MAX_TERMS: usize = 8;
/// Hits returned at most, whatever limit is asked for.
pub const MAX_HITS: usize = 1_000;
/// With fewer plain matches than this, insides of words and typing errors are tried too.
pub const WIDEN_BELOW: usize = 10;
/// Characters of a code's ending that suffice to find it: the last block of a barcode read aloud.
pub const MIN_CODE_SUFFIX: usize = 4;

/// What one entry can be found by. Entries are numbered from 0 in the order given.
#[derive(Clone, Debug)]
pub struct SearchEntry<'a> {
    /// Fields of words. The first is the description, whose length and word order count in the
    /// ranking.
    pub text: Vec<&'a str>,
    /// Fields of words that rank behind those: who sells it, what a package holds.
    pub aside: Vec<Cow<'a, str>>,
    /// Item number, suppliers' item numbers, GTINs.
    pub codes: Vec<Cow<'a, str>>,
}

/// How the least well matching word of the query matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// The whole word or code.
    Exact,
    /// The beginning of a word or code.
    Prefix,
    /// The middle or end of a word, the end of a code.
    Infix,
    /// With typing errors.
    Typo,
}

/// One entry that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hit {
    /// Number of the entry, in the order they were given to [`SearchIndex::build`].
    pub entry: u32,
    /// How its least well matching word matched.
    pub kind: MatchKind,
    /// Words of the query that this entry does not have; 0 unless no entry has all.
    pub missing: u8,
    /// Relevance, smaller is better; comparable within one search only.
    pub rank: u32,
}

/// Finds entries by words, codes and their beginnings, tolerating typing errors.
#[derive(Clone, Debug)]
pub struct SearchIndex {
    vocabulary: Vocabulary,
    codes: Codes,
    /// Characters of each entry's description, saturating.
    lengths: Vec<u16>,
}

impl SearchIndex {
    /// Reads every entry once; time and memory grow with the characters given.
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

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is nothing to find.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Bytes held on the heap: lets a tablet account for its memory.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.vocabulary.heap_bytes() + self.codes.heap_bytes() + self.lengths.capacity() * 2
    }

    /// The best `limit` entries for what has been typed so far, best first. A query without a
    /// letter or digit finds nothing.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        let query = Query::parse(query);
        let limit = limit.min(MAX_HITS);
        if query.terms.is_empty() || limit == 0 {
            return Vec::new();
        }
        let plain = self.tally(&query, Reach::Plain);
        let enough = limit.min(WIDEN_BELOW);
        // A number and its unit that nothing has are one thing that is missing.
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
                if cover.terms.contains(&number) {
                    words.extend(matches);
                }
            }
            for found in words {
                for posting in self.vocabulary.postings(found.word) {
                    tally.offer(posting.entry, found.fit, Some(posting.position));
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
    /// Exact words, beginnings, codes.
    Plain,
    /// Insides of words and typing errors too.
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
    /// Summed over the words of a query: eight beginnings (16) still stand before one typing error
    /// (17). Eight of the worst (248) fit 8 bits.
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
