//! A seeded source of numbers: the same seed gives the same organisation on every platform.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014):
/// 64 bits of state, and a Weyl sequence through a mixing function. It is good enough to vary a
/// demo. It must never be used for secrets.
#[derive(Debug, Clone)]
pub struct Seed(u64);

/// 2^64 ÷ golden ratio, odd: the step of the Weyl sequence.
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl Seed {
    /// Starts with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent source for one part of the organisation. A change in one part then leaves the
    /// others unchanged.
    #[must_use]
    pub fn fork(seed: u64, part: &str) -> Self {
        // FNV-1a spreads the part's name over the 64 bits.
        let name = part.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(seed ^ name)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included. The bias of the remainder is below 2^-40 for
    /// the small ranges used here.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low) + 1;
        low.saturating_add_unsigned(self.bits() % span)
    }

    /// An index into a list of `length` entries, which must not be empty.
    pub fn place(&mut self, length: usize) -> usize {
        // `usize` has 32 bits in the browser. The remainder is computed in 64 bits on both
        // platforms, and fits.
        usize::try_from(self.bits() % length.max(1) as u64).unwrap_or(0)
    }

    /// True in this percentage of the calls.
    pub fn percent(&mut self, share: u64) -> bool {
        self.bits() % 100 < share
    }

    /// An entry of a list, which must not be empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.place(list.len())]
    }

    /// Shuffles the list (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            let other = self.place(end + 1);
            list.swap(end, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for seed 0, as in the reference implementation
    /// (prng.di.unimi.it/splitmix64.c).
    #[test]
    fn the_sequence_is_the_published_one() {
        let mut seed = Seed::new(0);
        assert_eq!([seed.bits(), seed.bits()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn ranges_include_both_ends() {
        let mut seed = Seed::new(7);
        let drawn: std::collections::BTreeSet<i64> =
            (0..200).map(|_| seed.between(-1, 2)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
    }

    #[test]
    fn parts_do_not_share_a_sequence() {
        assert_ne!(Seed::fork(1, "items").bits(), Seed::fork(1, "contracts").bits());
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut list: Vec<u32> = (0..50).collect();
        Seed::new(3).shuffle(&mut list);
        assert_ne!(list, (0..50).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..50).collect::<Vec<_>>());
    }
}
