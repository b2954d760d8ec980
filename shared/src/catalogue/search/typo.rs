//! Typing errors: counts the edits between the typed text and a word. A cheap test refuses most
//! words before any counting.

use super::fold::MAX_WORD_CHARS;

/// The largest number of edits that the search looks for.
pub(super) const MAX_EDITS: u8 = 2;

/// The number of edits that are forgiven in a word with this number of letters. Short words have
/// too many neighbours: "tab" is one letter from "tub", "cap" from "cup".
pub(super) const fn forgiven(letters: usize) -> u8 {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => MAX_EDITS,
    }
}

/// The letters of a word as a set of 64 members: `a`–`z`, each of them a second time for its second
/// occurrence, and other letters by remainder.
///
/// One edit removes at most one occurrence of a letter, so at most one member of the set. In the
/// same way it adds at most one member. So a word is refused when more members differ than edits
/// are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LetterSet(u64);

impl LetterSet {
    /// `None` for a word that has other characters than letters. Such words are never corrected.
    pub(super) fn of(word: &str) -> Option<Self> {
        word.chars().try_fold(Self(0), |set, char| {
            let bit = match char {
                'a'..='z' => u64::from(char) - u64::from('a'),
                _ if char.is_alphabetic() => 52 + u64::from(char) % 12,
                _ => return None,
            };
            let first = 1 << bit;
            let second = if bit < 26 { first << 26 } else { 0 };
            Some(Self(set.0 | if set.0 & first == 0 { first } else { second }))
        })
    }

    /// The number of members that `other` does not have.
    pub(super) const fn lacking_in(self, other: Self) -> u8 {
        // At most 64.
        (self.0 & !other.0).count_ones() as u8
    }
}

/// A word as an array of letters.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    chars: [char; MAX_WORD_CHARS],
    len: usize,
}

impl Letters {
    pub(super) fn of(word: &str) -> Self {
        let mut letters = Self { chars: ['\0'; MAX_WORD_CHARS], len: 0 };
        for (slot, char) in letters.chars.iter_mut().zip(word.chars()) {
            *slot = char;
            letters.len += 1;
        }
        letters
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn as_slice(&self) -> &[char] {
        &self.chars[..self.len]
    }
}

/// The edits between two words, and between the first word and the nearest beginning of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edits {
    /// Edits to the whole word. Larger than the limit when they exceed it.
    pub(super) whole: u8,
    /// Edits to the nearest beginning of the word; never more than `whole`.
    pub(super) prefix: u8,
}

/// Counts letters that are missing, extra, wrong, or swapped with their neighbour, up to `limit` ≤
/// [`MAX_EDITS`]. Each letter is edited once ("optimal string alignment"). `None` when both counts
/// exceed `limit`.
///
/// Only cells within `limit` of the diagonal can hold a count within `limit`, so one row costs 2 ×
/// limit + 1 cells.
/// limit + 1.
pub(super) fn edits(typed: &Letters, word: &Letters, limit: u8) -> Option<Edits> {
    let (typed, word) = (typed.as_slice(), word.as_slice());
    let (beyond, band) = (limit + 1, usize::from(limit));
    // Rows of the distance table. Row i is stored in rows[i % 3].
    let mut rows = [[beyond; MAX_WORD_CHARS + 1]; 3];
    for (column, cell) in rows[0].iter_mut().enumerate().take(band + 1) {
        *cell = column as u8; // ≤ band ≤ 2
    }
    for i in 1..=typed.len() {
        let (first, last) = (i.saturating_sub(band), (i + band).min(word.len()));
        let mut row = [beyond; MAX_WORD_CHARS + 1];
        let (above, above2) = (&rows[(i + 2) % 3], &rows[(i + 1) % 3]);
        let mut least = beyond;
        for j in first..=last {
            let mut cell = above[j] + 1;
            if j > 0 {
                let wrong = u8::from(typed[i - 1] != word[j - 1]);
                cell = cell.min(row[j - 1] + 1).min(above[j - 1] + wrong);
                let swapped =
                    i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1];
                if swapped {
                    cell = cell.min(above2[j - 2] + 1);
                }
            }
            row[j] = cell.min(beyond);
            least = least.min(row[j]);
        }
        if least == beyond {
            return None;
        }
        rows[i % 3] = row;
    }
    let end = &rows[typed.len() % 3][..=word.len()];
    let found =
        Edits { whole: end[word.len()], prefix: end.iter().copied().min().unwrap_or(beyond) };
    (found.prefix <= limit).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn between(typed: &str, word: &str, limit: u8) -> Option<(u8, u8)> {
        edits(&Letters::of(typed), &Letters::of(word), limit)
            .map(|found| (found.whole, found.prefix))
    }

    /// The textbook table, complete and without a limit.
    fn reference(typed: &[char], word: &[char]) -> usize {
        let mut table = vec![vec![0; word.len() + 1]; typed.len() + 1];
        for i in 0..=typed.len() {
            for j in 0..=word.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let wrong = usize::from(typed[i - 1] != word[j - 1]);
                    let plain = (table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                        .min(table[i - 1][j - 1] + wrong);
                    let swapped = i > 1
                        && j > 1
                        && typed[i - 1] == word[j - 2]
                        && typed[i - 2] == word[j - 1];
                    if swapped { plain.min(table[i - 2][j - 2] + 1) } else { plain }
                };
            }
        }
        table[typed.len()][word.len()]
    }

    #[test]
    fn counts_each_kind_of_error_once() {
        assert_eq!(between("ibuprofen", "ibuprofen", 2), Some((0, 0)));
        assert_eq!(between("ibuprfen", "ibuprofen", 2), Some((1, 1)));
        assert_eq!(between("ibupprofen", "ibuprofen", 2), Some((1, 1)));
        assert_eq!(between("ibuqrofen", "ibuprofen", 2), Some((1, 1)));
        assert_eq!(between("ibupröfen", "ibuprofen", 2), Some((1, 1)));
        assert_eq!(between("ibuporfen", "ibuprofen", 1), Some((1, 1)));
        assert_eq!(between("naproxen", "ibuprofen", 2), None);
    }

    #[test]
    fn a_beginning_is_compared_with_the_beginning() {
        assert_eq!(between("ibpu", "ibuprofen", 1), Some((2, 1)));
        assert_eq!(between("iburpo", "ibuprofen", 2), Some((3, 1)));
    }

    proptest! {
        #[test]
        fn agrees_with_the_textbook_table(typed in "[abcé]{1,9}", word in "[abcé]{1,9}", limit in 1_u8..=2) {
            let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
            let cap = |count: usize| count.min(usize::from(limit) + 1) as u8;
            let whole = cap(reference(&a, &b));
            let prefix = (0..=b.len()).map(|end| cap(reference(&a, &b[..end]))).min().unwrap();
            let expected = (prefix <= limit).then_some((whole, prefix));
            prop_assert_eq!(between(&typed, &word, limit), expected);
        }

        #[test]
        fn letter_sets_never_refuse_a_word_within_reach(typed in "[a-fя]{1,9}", word in "[a-fя]{1,9}") {
            let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
            let (typed, word) = (LetterSet::of(&typed).unwrap(), LetterSet::of(&word).unwrap());
            let distance = reference(&a, &b);
            prop_assert!(usize::from(typed.lacking_in(word)) <= distance);
            prop_assert!(usize::from(word.lacking_in(typed)) <= distance);
        }
    }
}
