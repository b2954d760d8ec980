//! Builds the index from entries: numbers the distinct words as they come, then sorts the words and
//! lays out their postings.

use rustc_hash::FxHashMap;

use super::codes::Codes;
use super::fold::Words;
use super::tally::ASIDE;
use super::vocabulary::Vocabulary;
use super::{SearchEntry, SearchIndex};

#[derive(Default)]
pub(super) struct Builder {
    /// A fast hash is safe here: the words come from the organisation's own signed release, so
    /// nobody can choose keys that collide.
    numbers: FxHashMap<Box<str>, u32>,
    /// For each word, in the order of its first occurrence.
    words: Vec<Seen>,
    /// For each word of each entry, entry by entry: the number of the word and its position. Two
    /// columns, because there are many.
    occurrences: Vec<u32>,
    positions: Vec<u8>,
    /// The index of each entry's first occurrence.
    starts: Vec<usize>,
    codes: Codes,
    lengths: Vec<u16>,
    folded: Words,
}

/// The facts about a word while the index is built.
struct Seen {
    /// The number of entries that have the word.
    count: u32,
    /// The index of its last occurrence. An entry counts once, whatever the number of occurrences.
    last: usize,
}

impl Builder {
    /// Adds an entry. Entries must come in the order of their numbers.
    pub(super) fn add(&mut self, entry: u32, given: &SearchEntry<'_>) {
        self.starts.push(self.occurrences.len());
        let description = given.text.first().copied().unwrap_or_default();
        let length = description.chars().take(usize::from(u16::MAX)).count();
        self.lengths.push(length as u16); // taken up to its maximum
        for field in &given.text {
            self.add_field(field, |position| position.min(usize::from(ASIDE - 1)) as u8);
        }
        for field in &given.aside {
            self.add_field(field, |_| ASIDE);
        }
        for code in &given.codes {
            self.codes.add(entry, code);
        }
    }

    fn add_field(&mut self, field: &str, place: impl Fn(usize) -> u8) {
        let mut folded = std::mem::take(&mut self.folded);
        folded.clear();
        folded.push_text(field);
        for (position, word) in folded.iter().enumerate().chain(folded.quantities()) {
            self.add_word(place(position), word);
        }
        self.folded = folded;
    }

    fn add_word(&mut self, position: u8, word: &str) {
        let fresh = self.occurrences.len();
        let number = match self.numbers.get(word) {
            Some(&number) => number,
            None => {
                let number = self.words.len() as u32;
                self.numbers.insert(word.into(), number);
                self.words.push(Seen { count: 0, last: usize::MAX });
                number
            }
        };
        let seen = &mut self.words[number as usize];
        match self.positions.get_mut(seen.last) {
            Some(first) if self.starts.last().is_some_and(|start| *start <= seen.last) => {
                *first = position.min(*first)
            }
            _ => {
                seen.count += 1;
                seen.last = fresh;
                self.occurrences.push(number);
                self.positions.push(position);
            }
        }
    }

    pub(super) fn finish(mut self) -> SearchIndex {
        let mut sorted: Vec<(&str, u32)> =
            self.numbers.iter().map(|(word, &number)| (&**word, number)).collect();
        sorted.sort_unstable();
        // A counting sort: each word's postings start where those of the previous word end.
        let mut next = vec![0; self.words.len()];
        let mut start = 0;
        for &(_, number) in &sorted {
            next[number as usize] = start;
            start += self.words[number as usize].count as usize;
        }
        let mut entries = vec![0; self.occurrences.len()];
        let mut positions = vec![0; self.occurrences.len()];
        let ends = self.starts.iter().skip(1).copied().chain([self.occurrences.len()]);
        for (entry, (start, end)) in (0..).zip(self.starts.iter().zip(ends)) {
            for occurrence in *start..end {
                let place = &mut next[self.occurrences[occurrence] as usize];
                entries[*place] = entry;
                positions[*place] = self.positions[occurrence];
                *place += 1;
            }
        }
        self.codes.shrink_to_fit();
        self.lengths.shrink_to_fit();
        SearchIndex {
            vocabulary: Vocabulary::new(
                sorted.iter().map(|&(word, _)| word),
                sorted.iter().map(|&(_, number)| self.words[number as usize].count),
                entries,
                positions,
            ),
            codes: self.codes,
            lengths: self.lengths,
        }
    }
}
