//! The release in use: index and search. All readers share it by reference, so a catalogue is never
//! copied.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::release::Manifest;
use calloff_core::catalogue::search::SearchIndex;
use calloff_core::ids::LocationId;
use leptos::prelude::*;

use super::release_store::Progress;
use crate::i18n::Sentence;

/// A release that is ready for searching and resolving.
#[derive(Debug)]
pub struct Release {
    pub number: u64,
    pub effective_from: Date,
    pub catalogue: Catalogue,
    /// The search. Its entry `n` is `catalogue.items()[n]`.
    search: SearchIndex,
}

impl Release {
    /// Builds the search over a catalogue, for the tablet's site.
    #[must_use]
    pub fn new(manifest: &Manifest, catalogue: Catalogue, site: &LocationId) -> Self {
        let search = catalogue.search_index_at(site);
        Self { number: manifest.number, effective_from: manifest.effective_from, catalogue, search }
    }

    /// The best items for the text typed so far, the best first.
    pub fn find<'c>(
        &'c self,
        typed: &str,
        limit: usize,
    ) -> impl Iterator<Item = &'c calloff_core::item::Item> + use<'c> {
        let items = self.catalogue.items();
        self.search
            .search(typed, limit)
            .into_iter()
            .filter_map(|hit| items.get(usize::try_from(hit.entry).ok()?))
    }
}

/// The state of the catalogue.
#[derive(Debug, Clone, Default)]
pub enum CatalogueState {
    /// The catalogue is being read from the disk.
    #[default]
    Loading,
    /// The tablet has no catalogue yet. It comes from the server, with this progress.
    Fetching(Progress),
    /// The tablet has no catalogue and cannot get one. The sentence says why, or from which day
    /// there is one.
    Missing(Sentence),
    /// The catalogue is in use.
    Ready(Arc<Release>),
}

/// The state of this tablet's catalogue, for views.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueSignal(RwSignal<CatalogueState>);

impl Default for CatalogueSignal {
    fn default() -> Self {
        Self(RwSignal::new(CatalogueState::default()))
    }
}

impl CatalogueSignal {
    #[must_use]
    pub fn state(self) -> CatalogueState {
        self.0.get()
    }

    /// The release in use. A view that calls this is drawn again when another release takes its
    /// place.
    #[must_use]
    pub fn release(self) -> Option<Arc<Release>> {
        self.0.with(CatalogueState::release)
    }

    /// As [`Self::release`], for an event handler: it does not run again when the release changes.
    #[must_use]
    pub fn release_untracked(self) -> Option<Arc<Release>> {
        self.0.with_untracked(CatalogueState::release)
    }

    pub fn set(self, state: CatalogueState) {
        self.0.set(state);
    }

    /// Sets the state, unless a release is in use. The last good release stays in use.
    pub fn set_unless_ready(self, state: CatalogueState) {
        if self.release_untracked().is_none() {
            self.0.set(state);
        }
    }
}

impl CatalogueState {
    fn release(&self) -> Option<Arc<Release>> {
        match self {
            Self::Ready(release) => Some(Arc::clone(release)),
            Self::Loading | Self::Fetching(_) | Self::Missing(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::catalogue::release::{MANIFEST_FORMAT, Manifest};
    use calloff_core::sample;

    use super::*;

    fn release() -> Release {
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            number: 1,
            previous: None,
            issued_at: 0,
            effective_from: jiff::civil::date(2025, 1, 1),
            publisher: "pat".parse().unwrap(),
            reason: "first".into(),
            chunks: Vec::new(),
        };
        let catalogue = Catalogue::build(sample::small()).unwrap();
        Release::new(&manifest, catalogue, &"no-such-site".parse().unwrap())
    }

    #[test]
    fn every_item_is_found_by_its_number_and_by_its_description() {
        let release = release();
        for item in release.catalogue.items() {
            let by_number: Vec<_> =
                release.find(item.id.as_str(), 20).map(|found| &found.id).collect();
            assert!(by_number.contains(&&item.id), "{}", item.id);
            let by_words: Vec<_> =
                release.find(&item.description, 50).map(|found| &found.id).collect();
            assert!(by_words.contains(&&item.id), "{}", item.description);
        }
    }
}
