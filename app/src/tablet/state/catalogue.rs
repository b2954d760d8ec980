//! The release in use: index and search, shared by reference. Nothing ever copies a catalogue.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::release::Manifest;
use calloff_core::catalogue::search::SearchIndex;
use leptos::prelude::*;

use super::release_store::Progress;
use crate::i18n::Sentence;

/// A release, ready to search and to resolve against.
#[derive(Debug)]
pub struct Release {
    pub number: u64,
    pub effective_from: Date,
    pub catalogue: Catalogue,
    /// Entry `n` is `catalogue.items()[n]`.
    search: SearchIndex,
}

impl Release {
    /// Lays out the search over a catalogue.
    #[must_use]
    pub fn new(manifest: &Manifest, catalogue: Catalogue) -> Self {
        let search = catalogue.search_index();
        Self { number: manifest.number, effective_from: manifest.effective_from, catalogue, search }
    }

    /// The best items for what was typed so far, best first.
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

/// Where the catalogue stands.
#[derive(Debug, Clone, Default)]
pub enum CatalogueState {
    /// Being read from the disk.
    #[default]
    Loading,
    /// None is here yet; it comes from the server, as far as this.
    Fetching(Progress),
    /// None is here, and none is to be had: why, and what was announced for later.
    Missing(Sentence),
    /// In use.
    Ready(Arc<Release>),
}

/// The catalogue of this tablet, for views.
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

    /// The release in use; a view that asks is drawn again when another takes its place.
    #[must_use]
    pub fn release(self) -> Option<Arc<Release>> {
        self.0.with(CatalogueState::release)
    }

    /// The release in use, for an event handler.
    #[must_use]
    pub fn release_untracked(self) -> Option<Arc<Release>> {
        self.0.with_untracked(CatalogueState::release)
    }

    pub fn set(self, state: CatalogueState) {
        self.0.set(state);
    }

    /// Says that nothing is here, unless there is something: the last good release stays in use.
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
        Release::new(&manifest, Catalogue::build(sample::small()).unwrap())
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
