//! Counts for each entry which words of the query it has, how well, and in which order. Then picks
//! the best entries.

use super::{Fit, Hit, MAX_TERMS};

/// Positions in a field beyond this one count as equally far from its start.
const MAX_START: u8 = 15;
/// The cost of a word whose position is before that of the previous query word. 7 × 16 + 15 fits 7
/// bits.
const OUT_OF_ORDER: u8 = 16;
/// The number of characters of a description that count in the ranking; 12 bits.
const MAX_LENGTH: u16 = 4_095;

// The packing of `Hit::rank`: missing 3 bits, cost 8, order 7, length 12.
const _: () = assert!(MAX_TERMS == 8);
const _: () = assert!(MOST_COST as usize * MAX_TERMS < 1 << 8);
const _: () = assert!(OUT_OF_ORDER as usize * (MAX_TERMS - 1) + (MAX_START as usize) < 1 << 7);
// The number of bytes for each entry that the documentation of the search promises.
const _: () = assert!(size_of::<Standing>() == 8);

/// The state of one entry. The last two fields belong to the word that is being matched.
#[derive(Clone, Copy, Default)]
struct Standing {
    matched: u8,
    cost: u8,
    order: u8,
    last_position: Option<u8>,
    worst: Option<Fit>,
    offered: Option<(Fit, u8)>,
}

pub(super) struct Tally {
    standings: Vec<Standing>,
    terms: u8,
}

/// The position of a match in a code, because codes have no order.
const NOWHERE: u8 = u8::MAX;
/// The position of every word that is not in the name.
pub(super) const ASIDE: u8 = u8::MAX - 1;
/// The extra cost of such a word. Without a typing error, it ranks behind every word of the name
/// that has none. With one error, it ranks behind every word of the name that has one.
const ASIDE_COST: u8 = 11;
const _: () = assert!(Fit::Infix.cost() + ASIDE_COST < Fit::Typo.cost());
const _: () = assert!(Fit::TypoInPrefix.cost() < Fit::Typo.cost() + ASIDE_COST);
/// No word costs more than this.
const MOST_COST: u8 = Fit::TwoTyposInPrefix.cost();

impl Tally {
    pub(super) fn new(entries: usize) -> Self {
        Self { standings: vec![Standing::default(); entries], terms: 0 }
    }

    /// Notes that `entry` has the current word. The best match counts, then the earliest position.
    pub(super) fn offer(&mut self, entry: u32, fit: Fit, position: Option<u8>) {
        let offer = (fit, position.unwrap_or(NOWHERE));
        let offered = &mut self.standings[entry as usize].offered;
        if offered.is_none_or(|best| offer < best) {
            *offered = Some(offer);
        }
    }

    /// Goes on to the next word of the query. Called at most [`MAX_TERMS`] times.
    pub(super) fn close_term(&mut self) {
        self.terms += 1;
        for standing in &mut self.standings {
            let Some((fit, position)) = standing.offered.take() else {
                continue;
            };
            standing.matched += 1;
            let extra = if position == ASIDE { ASIDE_COST } else { 0 };
            standing.cost += (fit.cost() + extra).min(MOST_COST);
            standing.worst = standing.worst.max(Some(fit));
            if position < ASIDE {
                standing.order += match standing.last_position {
                    None => position.min(MAX_START),
                    Some(last) if position < last => OUT_OF_ORDER,
                    Some(_) => 0,
                };
                standing.last_position = Some(position);
            }
        }
    }

    /// The number of entries that have every word.
    pub(super) fn complete(&self) -> usize {
        (self.standings.iter()).filter(|standing| standing.matched == self.terms).count()
    }

    /// The best entries: those with every word, otherwise those with the most words, if these are
    /// at least half. A missing pair of words (a number and its unit) counts as one missing word;
    /// there are `pairs` of them.
    pub(super) fn best(&self, lengths: &[u16], limit: usize, pairs: u8) -> Vec<Hit> {
        let most = self.standings.iter().map(|standing| standing.matched).max().unwrap_or(0);
        let missing = self.terms - most;
        if most < missing.saturating_sub(pairs) || most == 0 {
            return Vec::new();
        }
        let mut keys: Vec<u64> = (0_u64..)
            .zip(self.standings.iter().zip(lengths))
            .filter(|(_, (standing, _))| standing.matched == most)
            .map(|(entry, (standing, &length))| {
                u64::from(standing.rank(missing, length)) << 32 | entry
            })
            .collect();
        if keys.len() > limit {
            keys.select_nth_unstable(limit);
            keys.truncate(limit);
        }
        keys.sort_unstable();
        (keys.into_iter())
            .filter_map(|key| {
                // Both halves had 32 bits when they were joined.
                let (rank, entry) = ((key >> 32) as u32, key as u32);
                let kind = self.standings[entry as usize].worst?.kind();
                Some(Hit { entry, kind, missing, rank })
            })
            .collect()
    }
}

impl Standing {
    fn rank(&self, missing: u8, length: u16) -> u32 {
        let fields = [(missing, 8), (self.cost, 7), (self.order, 12)];
        let high = fields
            .iter()
            .fold(0, |rank, &(field, next_bits)| (rank | u32::from(field)) << next_bits);
        high | u32::from(length.min(MAX_LENGTH))
    }
}
