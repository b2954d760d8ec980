//! What all checks look up: the sites that a line reaches, and the depth at which it reaches them.

use std::collections::HashMap;
use std::rc::Rc;

use super::ambiguity::window;
use crate::catalogue::Catalogue;
use crate::catalogue::index::{LineEntry, ScopeEntry};
use crate::contract::ContractStatus;
use crate::ids::LocationId;
use crate::resolve::Remaining;

/// The catalogue with its sites numbered, and the reach of every scope that was computed so far.
pub struct Ground<'c> {
    pub catalogue: &'c Catalogue,
    /// Ordered by identifier, so that every run names the same site.
    pub sites: Vec<(&'c LocationId, &'c [u32])>,
    /// Allotments without a limit, because the check ignores what sites have used.
    pub uncapped: Remaining,
    reaches: HashMap<(&'c ScopeEntry, Option<&'c ScopeEntry>), Rc<Reach>>,
}

/// The sites of a line, grouped by the depth of the scope or territory node that includes them.
#[derive(Debug)]
pub struct Reach(Vec<(u32, SiteSet)>);

/// A set of sites: one bit for each site number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteSet(Vec<u64>);

impl<'c> Ground<'c> {
    pub fn new(catalogue: &'c Catalogue) -> Self {
        let sites = catalogue.locations().sites();
        let sites =
            sites.filter_map(|site| Some((&site.id, &**catalogue.sites.get(&site.id)?))).collect();
        Self {
            catalogue,
            sites,
            uncapped: Remaining::unlimited(catalogue),
            reaches: HashMap::new(),
        }
    }

    /// Whether a line can be ordered on some day, by the state and the dates of its contract.
    pub fn in_force(&self, entry: &LineEntry) -> bool {
        let contract = &self.catalogue.contract_entries[entry.contract as usize];
        contract.status == ContractStatus::Published && window(self.catalogue, entry).is_some()
    }

    pub fn reach(&mut self, entry: &'c LineEntry) -> Rc<Reach> {
        let scope = &self.catalogue.contract_entries[entry.contract as usize].scope;
        let territory = entry.territory.as_deref();
        let sites = &self.sites;
        Rc::clone(
            self.reaches
                .entry((scope, territory))
                .or_insert_with(|| Rc::new(Reach::new(sites, scope, territory))),
        )
    }
}

impl Reach {
    fn new(
        sites: &[(&LocationId, &[u32])],
        scope: &ScopeEntry,
        territory: Option<&ScopeEntry>,
    ) -> Self {
        let mut found: Vec<(u32, SiteSet)> = Vec::new();
        for (at, (_, path)) in sites.iter().enumerate() {
            let narrowed = |depth: u32| match territory {
                Some(territory) => territory.admits(path).map(|deeper| deeper.max(depth)),
                None => Some(depth),
            };
            let Some(depth) = scope.admits(path).and_then(narrowed) else { continue };
            let place = found.iter().position(|(known, _)| *known == depth).unwrap_or_else(|| {
                found.push((depth, SiteSet(vec![0; sites.len().div_ceil(64)])));
                found.len() - 1
            });
            found[place].1.0[at / 64] |= 1 << (at % 64);
        }
        Self(found)
    }

    /// Whether both include a site at the same depth. This runs for every pair with equal prices,
    /// so it allocates nothing.
    pub fn meets_at_one_depth(&self, other: &Self) -> bool {
        let alike = self.0.iter().flat_map(|(depth, sites)| {
            other
                .0
                .iter()
                .filter(move |(theirs, _)| theirs == depth)
                .map(move |(_, others)| (sites, others))
        });
        let mut words = alike.flat_map(|(sites, others)| sites.0.iter().zip(&others.0));
        words.any(|(a, b)| a & b != 0)
    }

    /// The sites that both include at the same depth.
    pub fn at_one_depth(&self, other: &Self) -> SiteSet {
        let mut shared = SiteSet::default();
        for (depth, sites) in &self.0 {
            for (_, others) in other.0.iter().filter(|(theirs, _)| theirs == depth) {
                shared.extend(sites.0.iter().zip(&others.0).map(|(a, b)| a & b));
            }
        }
        shared
    }

    /// All sites, at any depth.
    pub fn sites(&self) -> SiteSet {
        let mut all = SiteSet::default();
        self.0.iter().for_each(|(_, sites)| all.extend(sites.0.iter().copied()));
        all
    }

    /// Whether this includes every site of `other`, at the same depth or deeper.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(depth, sites)| {
            let as_deep = |at: usize| {
                let deep = self.0.iter().filter(|(ours, _)| ours >= depth);
                deep.filter_map(|(_, ours)| ours.0.get(at)).fold(0, |all, word| all | word)
            };
            sites.0.iter().enumerate().all(|(at, word)| *word == 0 || word & !as_deep(at) == 0)
        })
    }
}

impl SiteSet {
    fn extend(&mut self, words: impl ExactSizeIterator<Item = u64>) {
        self.0.resize(self.0.len().max(words.len()), 0);
        self.0.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn contains(&self, site: usize) -> bool {
        self.0.get(site / 64).is_some_and(|word| word >> (site % 64) & 1 == 1)
    }

    pub fn add(&mut self, other: &Self) {
        self.extend(other.0.iter().copied());
    }

    pub fn remove(&mut self, site: usize) {
        if let Some(word) = self.0.get_mut(site / 64) {
            *word &= !(1 << (site % 64));
        }
    }

    /// The numbers of the sites, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}
