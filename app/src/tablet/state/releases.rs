//! Puts releases into use: from the disk at the start and at midnight, and from the server when it
//! offers another one.
//!
//! After any failure, the last good release stays in use. A release that the organisation did not
//! sign is refused, and people get a message.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::catalogue::release::{ChunkHash, Manifest, ReleaseError, SignedManifest};
use calloff_core::ids::LocationId;
use calloff_core::wire::ReleaseResponse;
use ed25519_dalek::VerifyingKey;
use leptos::prelude::*;

use super::catalogue::{CatalogueSignal, CatalogueState, Release};
use super::hints;
use super::release_store::{self, CatalogueError, Verified};
use super::session::Enrolment;
use crate::api;
use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::i18n::{self, Sentence, Text};
use crate::platform::http::HttpError;
use crate::platform::kv_store::IndexedDbStore;
use crate::platform::zone::SiteZone;
use crate::platform::{clock, performance};

/// Everything that putting releases into use needs.
#[derive(Clone)]
pub struct Releases {
    pub store: IndexedDbStore,
    pub enrolment: StoredValue<Arc<Enrolment>>,
    pub key: VerifyingKey,
    pub site: LocationId,
    pub catalogue: CatalogueSignal,
    pub notices: Notices,
}

impl Releases {
    fn credential(&self) -> String {
        self.enrolment.with_value(|enrolment| enrolment.granted.credential.clone())
    }

    /// Puts the release in force into use from the disk. If it is damaged, an older one on the
    /// disk. True if a release is in use afterwards. Without a network, this is the only way.
    pub async fn take_up_kept(&self) -> bool {
        let kept = match release_store::kept(&self.store, &self.key).await {
            Ok(kept) => kept,
            Err(error) => {
                self.catalogue.set_unless_ready(CatalogueState::Missing((&error).into()));
                return false;
            }
        };
        let mut candidates = kept;
        while let Some(best) = release_store::in_force(&candidates, today()).cloned() {
            match self.take_up(&best.manifest).await {
                Ok(()) => return true,
                Err(error) => self.tell(&error),
            }
            candidates.retain(|release| release.manifest.number < best.manifest.number);
        }
        false
    }

    /// Asks the server which releases this tablet should have, fetches what is missing, and puts
    /// the one in force into use.
    ///
    /// # Errors
    /// The server did not answer, or the release is refused. The release in use stays.
    pub async fn update(&self) -> Result<(), CatalogueError> {
        let offered = api::releases(&self.credential()).await?;
        let found = self.update_from(offered).await;
        match &found {
            Ok(()) => self.notices.withdraw(Text::CatalogueRefused),
            Err(error) => self.tell(error),
        }
        found
    }

    async fn update_from(&self, offered: ReleaseResponse) -> Result<(), CatalogueError> {
        let withdrawn = offered.withdrawn.clone();
        let has_current = offered.current.is_some();
        let offered = self.verified(offered)?;
        let in_force_by_server =
            offered.first().filter(|_| has_current).map(|release| release.manifest.effective_from);
        // The server knows best which release is in force here, and its answer gives the date. A
        // tablet without a catalogue does not know its time zone yet.
        let today = in_force_by_server.map_or_else(today, |first| today().max(first));
        let Some(current) = release_store::in_force(&offered, today).cloned() else {
            self.catalogue.set_unless_ready(CatalogueState::Missing(not_yet(&offered)));
            return Ok(());
        };
        let mut kept = release_store::kept(&self.store, &self.key).await?;
        let (taken_back, rest): (Vec<_>, Vec<_>) = kept
            .into_iter()
            .partition(|kept| release_store::is_withdrawn(kept, &withdrawn, &self.key));
        kept = rest;
        let in_use = self.catalogue.release_untracked().map(|release| release.number);
        let is_taken_back =
            taken_back.iter().any(|release| Some(release.manifest.number) == in_use);
        // If the tablet's clock was ahead and nobody corrected it, the release in use may be one
        // that is only announced.
        let is_early = offered.iter().any(|release| {
            Some(release.manifest.number) == in_use && release.manifest.effective_from > today
        });
        // A server that was restored from an older backup does not take a newer catalogue away.
        // Only the organisation can withdraw one.
        if is_taken_back
            || is_early
            || in_use.is_none_or(|number| number <= current.manifest.number)
        {
            self.fetch(&current, &mut kept, true).await?;
            self.take_up(&current.manifest).await?;
            if is_taken_back {
                self.notices.show(ShownNotice::new(Tone::Caution, Text::CatalogueWithdrawn));
            }
        }
        let announced = release_store::needed(&offered, today);
        for release in
            announced.iter().filter(|release| release.manifest.number != current.manifest.number)
        {
            self.fetch(release, &mut kept, false).await?;
        }
        release_store::keep_only(&self.store, &release_store::needed(&kept, today)).await
    }

    fn verified(&self, offered: ReleaseResponse) -> Result<Vec<Verified>, ReleaseError> {
        let signed: Vec<SignedManifest> =
            offered.current.into_iter().chain(offered.announced).collect();
        signed.into_iter().map(|signed| release_store::verify(signed, &self.key)).collect()
    }

    /// Fetches the missing chunks of a release, and adds the release to the kept ones.
    async fn fetch(
        &self,
        release: &Verified,
        kept: &mut Vec<Verified>,
        shows_progress: bool,
    ) -> Result<(), CatalogueError> {
        let server = Server { credential: &self.credential() };
        release_store::fetch(&self.store, release, kept, &server, |progress| {
            if shows_progress {
                self.catalogue.set_unless_ready(CatalogueState::Fetching(progress));
            }
        })
        .await?;
        if !kept.iter().any(|kept| kept.manifest.number == release.manifest.number) {
            kept.push(release.clone());
        }
        Ok(())
    }

    async fn take_up(&self, manifest: &Manifest) -> Result<(), CatalogueError> {
        if self
            .catalogue
            .release_untracked()
            .is_some_and(|release| release.number == manifest.number)
        {
            return Ok(());
        }
        performance::mark(performance::CATALOGUE_OPENING);
        let catalogue = release_store::build(&self.store, manifest).await?;
        let release = Release::new(manifest, catalogue, &self.site);
        if let Some(site) =
            release.catalogue.location(&self.site).and_then(|location| location.site.as_ref())
        {
            hints::set_zone(&site.time_zone);
            hints::set_zone_rules(
                release.catalogue.time_zone_rules(&self.site).map(|rules| rules.0.as_slice()),
            );
        }
        self.catalogue.set(CatalogueState::Ready(Arc::new(release)));
        performance::mark(performance::CATALOGUE_READY);
        Ok(())
    }

    fn tell(&self, error: &CatalogueError) {
        match error {
            CatalogueError::Http(_) => {
                self.catalogue.set_unless_ready(CatalogueState::Missing(error.into()));
            }
            CatalogueError::Refused(_)
            | CatalogueError::Inconsistent(_)
            | CatalogueError::Storage(_) => {
                self.catalogue.set_unless_ready(CatalogueState::Missing(error.into()));
                self.notices.show(
                    ShownNotice::new(Tone::Negative, Text::CatalogueRefused)
                        .with_sentence("reason", error),
                );
            }
        }
    }
}

/// The server as a source of releases.
struct Server<'r> {
    credential: &'r str,
}

impl release_store::Source for Server<'_> {
    async fn chunks(&self, hashes: &[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError> {
        api::chunks(self.credential, hashes).await
    }

    async fn difference(&self, number: u64, base: u64) -> Result<Vec<u8>, HttpError> {
        api::difference(self.credential, number, base).await
    }
}

fn not_yet(offered: &[Verified]) -> Sentence {
    match offered.iter().map(|release| release.manifest.effective_from).min() {
        Some(first) => Sentence::of(|language| {
            i18n::fill(
                Text::CatalogueFrom.in_language(language),
                &[("day", &i18n::day(first, language))],
            )
        }),
        None => Text::CatalogueNone.into(),
    }
}

/// The date at the site. If its zone is unknown, the date in the device's zone.
#[must_use]
pub fn today() -> Date {
    SiteZone::kept(hints::zone(), hints::zone_rules()).wall(clock::now_ms()).0.date()
}
