//! Writes bytes as their difference from other bytes that the reader already has. A tablet with one
//! release fetches the next release in this form.
//!
//! A difference is a list of steps. Each step says: take `n` new bytes, then copy `m` bytes from
//! this place of the base. The idea is that of VCDIFF (RFC 3284). The steps are written column by
//! column in postcard's encoding, then compressed to a raw DEFLATE stream.
//!
//! The reader compares the result with the signed hashes. So a difference is only a shorter form of
//! the same chunks, and is trusted no more than they are.

use serde::{Deserialize, Serialize};

use super::chunk::{ChunkError, deflate, inflate};
use crate::limits::{DIFFERENCE_BYTES, DIFFERENCE_INFLATED_BYTES};

/// Step `n` takes `taken[n]` new bytes. It moves by `moved[n]` from the place in the base where the
/// last copy ended, and copies `copied[n]` bytes from there. The new bytes that no step takes go to
/// the end.
#[derive(Default, Serialize, Deserialize)]
struct Steps {
    taken: Vec<u32>,
    moved: Vec<i64>,
    copied: Vec<u32>,
    new: Vec<u8>,
}

/// Writes `target` as its difference from `base`.
///
/// # Errors
/// [`ChunkError::TooLarge`] when no reader would accept the difference. Whole chunks are shorter
/// then.
pub fn write(base: &[u8], target: &[u8]) -> Result<Vec<u8>, ChunkError> {
    let steps = steps(base, target).ok_or(ChunkError::TooLarge)?;
    let steps = postcard::to_allocvec(&steps).map_err(|_| ChunkError::Unencodable)?;
    if steps.len() > DIFFERENCE_INFLATED_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let difference = deflate(&steps);
    if difference.len() > DIFFERENCE_BYTES { Err(ChunkError::TooLarge) } else { Ok(difference) }
}

/// Makes the target from the base and a difference. `length` is the length of the target, from a
/// signed source. Nothing longer is ever allocated.
///
/// # Errors
/// The difference is cut, damaged, or belongs to another base. The caller still has to compare the
/// hash of a result without an error.
pub fn apply(base: &[u8], difference: &[u8], length: usize) -> Result<Vec<u8>, ChunkError> {
    if difference.len() > DIFFERENCE_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let steps = inflate(difference, DIFFERENCE_INFLATED_BYTES)?;
    let steps: Steps = postcard::from_bytes(&steps).map_err(|_| ChunkError::Unreadable)?;
    steps.run(base, length).ok_or(ChunkError::Unreadable)
}

impl Steps {
    fn run(&self, base: &[u8], length: usize) -> Option<Vec<u8>> {
        if (self.moved.len(), self.copied.len()) != (self.taken.len(), self.taken.len()) {
            return None;
        }
        let mut target = Vec::with_capacity(length);
        let mut append = |bytes: &[u8]| {
            let fits = target.len() + bytes.len() <= length;
            fits.then(|| target.extend_from_slice(bytes))
        };
        let mut new = self.new.as_slice();
        let mut place = 0_i64;
        for ((taken, moved), copied) in self.taken.iter().zip(&self.moved).zip(&self.copied) {
            let (now, later) = new.split_at_checked(usize::try_from(*taken).ok()?)?;
            new = later;
            append(now)?;
            let from = place.checked_add(*moved)?;
            place = from.checked_add(i64::from(*copied))?;
            append(base.get(usize::try_from(from).ok()?..usize::try_from(place).ok()?)?)?;
        }
        append(new)?;
        (target.len() == length).then_some(target)
    }

    fn push(&mut self, new: &[u8], moved: i64, copied: usize) -> Option<()> {
        self.taken.push(u32::try_from(new.len()).ok()?);
        self.moved.push(moved);
        self.copied.push(u32::try_from(copied).ok()?);
        self.new.extend_from_slice(new);
        Some(())
    }
}

/// The number of equal bytes from which a copy is shorter than new bytes.
const WINDOW: usize = 8;

/// Every fourth place of the base is indexed. Any eleven equal bytes contain one indexed window.
const STRIDE: usize = 4;

/// A greedy search. At each place it takes the longer of two copies. The first continues in the
/// base after as many bytes as are new, because most edits keep the length. The second is the place
/// that the index finds.
fn steps(base: &[u8], target: &[u8]) -> Option<Steps> {
    let index = Index::new(base)?;
    let mut steps = Steps::default();
    // Where the new bytes begin that are not written yet, and where the last copy in the base
    // ended.
    let (mut new_from, mut ended) = (0, 0);
    let mut at = 0;
    while let Some(window) = window(target, at) {
        let beside = ended + (at - new_from);
        let equal_after =
            |place: usize| common(base.get(place..).unwrap_or_default(), &target[at..]);
        let known = index.find(window).unwrap_or(beside);
        let (length, place) = (equal_after(beside), beside).max((equal_after(known), known));
        if length < WINDOW {
            at += 1;
            continue;
        }
        let before = base[..place].iter().rev().zip(target[new_from..at].iter().rev());
        let before = before.take_while(|(a, b)| a == b).count();
        let from = place - before;
        steps.push(&target[new_from..at - before], from as i64 - ended as i64, before + length)?;
        at += length;
        (new_from, ended) = (at, place + length);
    }
    steps.new.extend_from_slice(&target[new_from..]);
    Some(steps)
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn window(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + WINDOW)?.try_into().ok().map(u64::from_le_bytes)
}

/// The places of a base by the window of bytes at each place. Of equal windows, the last counts.
struct Index {
    /// Indexed by the leading bits of a window's product. `u32::MAX` means empty.
    places: Vec<u32>,
    shift: u32,
}

impl Index {
    /// `None` for a base of 4 GiB or more.
    fn new(base: &[u8]) -> Option<Self> {
        let _ = u32::try_from(base.len()).ok().filter(|length| *length < u32::MAX)?;
        let bits = (base.len() / STRIDE).next_power_of_two().ilog2() + 1;
        let mut index = Self { places: vec![u32::MAX; 1 << bits], shift: 64 - bits };
        for place in (0..base.len()).step_by(STRIDE) {
            if let Some(window) = window(base, place) {
                let slot = index.slot(window);
                index.places[slot] = u32::try_from(place).ok()?;
            }
        }
        Some(index)
    }

    /// Fibonacci hashing (Knuth, TAOCP 3, section 6.4): the leading bits of the product with 2⁶⁴ ÷
    /// φ.
    fn slot(&self, window: u64) -> usize {
        (window.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    fn find(&self, window: u64) -> Option<usize> {
        let place = self.places[self.slot(window)];
        (place != u32::MAX).then_some(place as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows that look like a column of prices.
    fn prices(count: u32) -> Vec<u8> {
        (0..count).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 12).to_le_bytes()).collect()
    }

    #[test]
    fn a_few_changed_bytes_cost_a_few_bytes() {
        let base = prices(10_000);
        let mut target = base.clone();
        for at in (0..100).map(|n| n * 397 + 5) {
            target[at] ^= 0x55;
        }
        let difference = write(&base, &target).unwrap();
        assert!(difference.len() < 700, "{} bytes for 100 changes", difference.len());
        assert_eq!(apply(&base, &difference, target.len()), Ok(target));
    }

    #[test]
    fn what_was_inserted_removed_or_moved_is_found_again() {
        let base = prices(10_000);
        let mut target = base.clone();
        target.splice(20_000..20_001, *b"three");
        target.drain(30_000..30_500);
        target.rotate_left(8_000);
        let difference = write(&base, &target).unwrap();
        assert!(difference.len() < 100, "{} bytes", difference.len());
        assert_eq!(apply(&base, &difference, target.len()), Ok(target));
    }

    #[test]
    fn a_cut_or_flipped_difference_is_refused_or_gives_other_bytes_and_never_more_of_them() {
        let base = prices(300);
        let mut target = base.clone();
        target[500] = 7;
        target.splice(900..900, *b"inserted");
        let difference = write(&base, &target).unwrap();
        for length in 0..difference.len() {
            assert!(apply(&base, &difference[..length], target.len()).is_err(), "cut to {length}");
        }
        for at in 0..difference.len() * 8 {
            let mut flipped = difference.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            if let Ok(bytes) = apply(&base, &flipped, target.len()) {
                assert_eq!(bytes.len(), target.len(), "bit {at}");
            }
        }
        assert_eq!(apply(&base, &difference, target.len() - 1), Err(ChunkError::Unreadable));
        assert_eq!(apply(&base[..400], &difference, target.len()), Err(ChunkError::Unreadable));
    }

    #[test]
    fn bombs_stop_at_the_length_that_was_signed() {
        let inflating =
            miniz_oxide::deflate::compress_to_vec(&vec![0; 2 * DIFFERENCE_INFLATED_BYTES], 9);
        assert_eq!(apply(&[], &inflating, 1_000), Err(ChunkError::Damaged));
        let base = vec![7; 1_000];
        let copies = |moved| Steps {
            taken: vec![0; 100_000],
            moved: vec![moved; 100_000],
            copied: vec![1_000; 100_000],
            new: Vec::new(),
        };
        let written = |steps: &Steps| deflate(&postcard::to_allocvec(steps).unwrap());
        assert_eq!(apply(&base, &written(&copies(-1_000)), 1_500), Err(ChunkError::Unreadable));
        assert_eq!(apply(&base, &written(&copies(i64::MAX)), 1_500), Err(ChunkError::Unreadable));
        let uneven = Steps { moved: Vec::new(), ..copies(0) };
        assert_eq!(apply(&base, &written(&uneven), 1_500), Err(ChunkError::Unreadable));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(base: Vec<u8>, target: Vec<u8>, keep in 0..64_usize) {
            let target = [&base[base.len().min(keep)..], &target, &base].concat();
            let difference = write(&base, &target).unwrap();
            prop_assert_eq!(apply(&base, &difference, target.len()), Ok(target));
        }

        #[test]
        fn any_bytes_for_a_difference_are_refused_or_as_long_as_was_signed(base: Vec<u8>, steps: Vec<u8>, length in 0..200_usize) {
            for difference in [steps.clone(), deflate(&steps)] {
                if let Ok(bytes) = apply(&base, &difference, length) {
                    prop_assert_eq!(bytes.len(), length);
                }
            }
        }
    }
}
