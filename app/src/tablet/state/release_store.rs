//! Releases on this tablet's disk: which ones are kept, which chunks are missing, and how they are
//! fetched and verified.
//!
//! The tablet has a release when its signed manifest and all its chunks are on disk. It keeps the
//! release in force and the announced ones. It deletes an older release only after it has put
//! together a newer one without error.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::chunk::ChunkError;
use calloff_core::catalogue::release::{
    ChunkHash, ChunkRef, Manifest, ReleaseError, SignedManifest, Withdrawal,
};
use ed25519_dalek::VerifyingKey;

use crate::platform::http::HttpError;
use crate::platform::kv_store::{Durability, KvError, KvStore, StoreName, Write};

/// The key of the list of kept manifests in [`StoreName::Meta`].
const KEPT: &str = "releases";
/// The number of chunks in one request. A chunk has some 15 KB. So a slow link shows progress every
/// few seconds, and fetched chunks survive when the link breaks.
const CHUNKS_PER_FETCH: usize = 6;

/// Why a release cannot be used. The last good release stays in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The organisation did not sign the release, or a part differs from what it signed.
    #[error(transparent)]
    Refused(#[from] ReleaseError),
    /// The release is signed, but its parts do not fit together.
    #[error("the catalogue does not fit together: {0}")]
    Inconsistent(String),
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// A manifest whose signature the pinned key verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub signed: SignedManifest,
    pub manifest: Manifest,
}

/// Verifies a manifest with the pinned key.
///
/// # Errors
/// The errors of [`SignedManifest::verify`].
pub fn verify(signed: SignedManifest, key: &VerifyingKey) -> Result<Verified, ReleaseError> {
    let manifest = signed.verify(key)?;
    Ok(Verified { signed, manifest })
}

/// The release in force on a day: the newest one that has taken effect. `None` if none has.
#[must_use]
pub fn in_force(releases: &[Verified], today: Date) -> Option<&Verified> {
    releases
        .iter()
        .filter(|release| release.manifest.effective_from <= today)
        .max_by_key(|release| release.manifest.number)
}

/// The releases to keep on a day: the one in force and the later ones.
#[must_use]
pub fn needed(releases: &[Verified], today: Date) -> Vec<Verified> {
    let current = in_force(releases, today).map(|release| release.manifest.number);
    let is_needed = |release: &&Verified| {
        Some(release.manifest.number) >= current
            && (release.manifest.effective_from > today || Some(release.manifest.number) == current)
    };
    releases.iter().filter(is_needed).cloned().collect()
}

/// Whether the organisation withdrew a release.
#[must_use]
pub fn is_withdrawn(release: &Verified, withdrawals: &[Withdrawal], key: &VerifyingKey) -> bool {
    let number = release.manifest.number;
    let of_it = withdrawals.iter().filter(|withdrawal| withdrawal.number == number);
    of_it.into_iter().any(|withdrawal| release.signed.is_withdrawn_by(withdrawal, key))
}

/// The releases on disk, by number. A manifest that the pinned key did not sign is left out,
/// because the disk could be changed.
///
/// # Errors
/// The storage cannot be read.
pub async fn kept(
    store: &impl KvStore,
    key: &VerifyingKey,
) -> Result<Vec<Verified>, CatalogueError> {
    let Some(bytes) = store.get(StoreName::Meta, KEPT).await? else { return Ok(Vec::new()) };
    let signed: Vec<SignedManifest> = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut kept: Vec<_> =
        signed.into_iter().filter_map(|signed| verify(signed, key).ok()).collect();
    kept.sort_by_key(|release| release.manifest.number);
    Ok(kept)
}

/// The progress of fetching, in chunks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub all: usize,
}

/// A source of releases: the server, or a test's.
#[expect(async_fn_in_trait, reason = "a browser has one thread: its futures need not be `Send`")]
pub trait Source {
    /// The first of these chunks, at least one, in their order. They are still deflated.
    async fn chunks(&self, hashes: &[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError>;

    /// Release `number` as its difference from release `base`, which the tablet has.
    async fn difference(&self, number: u64, base: u64) -> Result<Vec<u8>, HttpError>;
}

/// Fetches the chunks of a release that the disk lacks, and compares each with its hash before it
/// is stored. It fetches them as the difference from the newest of the `kept` releases, or whole.
/// After a break, it fetches only the rest.
///
/// # Errors
/// A chunk cannot be fetched or differs from the manifest, or the storage fails.
pub async fn fetch(
    store: &impl KvStore,
    release: &Verified,
    kept: &[Verified],
    source: &impl Source,
    on_progress: impl Fn(Progress),
) -> Result<(), CatalogueError> {
    let others = kept
        .iter()
        .map(|kept| &kept.manifest)
        .filter(|kept| kept.number != release.manifest.number);
    let base = others.max_by_key(|kept| kept.number);
    let mut missing = missing_chunks(store, &release.manifest).await?;
    if let Some(base) = base
        && !missing.is_empty()
    {
        on_progress(Progress { done: 0, all: missing.len() });
        // If there is no usable difference, whole chunks are fetched. A lasting error shows there.
        if let Ok(writes) = from_difference(store, &release.manifest, base, source).await {
            store.commit(writes, Durability::Relaxed).await?;
            missing = missing_chunks(store, &release.manifest).await?;
        }
    }
    let mut done = 0;
    while done < missing.len() {
        on_progress(Progress { done, all: missing.len() });
        let asked = &missing[done..missing.len().min(done + CHUNKS_PER_FETCH)];
        let hashes: Vec<ChunkHash> = asked.iter().map(|chunk| chunk.hash).collect();
        let fetched = source.chunks(&hashes).await?;
        if fetched.is_empty() {
            return Err(HttpError::Decode("no chunk came".to_owned()).into());
        }
        let (writes, damaged) = checked(asked, &fetched);
        done += writes.len();
        store.commit(writes, Durability::Relaxed).await?;
        if let Some(error) = damaged {
            return Err(error.into());
        }
    }
    Ok(())
}

/// The writes for all chunks that a release has and `base` lacks, from the difference between them.
async fn from_difference(
    store: &impl KvStore,
    release: &Manifest,
    base: &Manifest,
    source: &impl Source,
) -> Result<Vec<Write>, CatalogueError> {
    let difference = source.difference(release.number, base.number).await?;
    let bytes = chunk_bytes(store, &base.chunks_not_in(release)).await?;
    let made =
        release.apply_difference(base, |hash| bytes.get(hash).map(Vec::as_slice), &difference)?;
    Ok(made
        .into_iter()
        .map(|(hash, bytes)| Write::put(StoreName::Chunks, hash.to_string(), bytes))
        .collect())
}

/// The chunks of an answer up to the first wrong one, and the error of that one.
fn checked(asked: &[ChunkRef], fetched: &[Vec<u8>]) -> (Vec<Write>, Option<ReleaseError>) {
    let mut writes = Vec::with_capacity(fetched.len());
    for (chunk, stream) in asked.iter().zip(fetched) {
        match chunk.inflated(stream) {
            Ok(bytes) => writes.push(Write::put(StoreName::Chunks, chunk.hash.to_string(), bytes)),
            Err(error) => return (writes, Some(ReleaseError::Chunk(chunk.hash, error))),
        }
    }
    (writes, None)
}

async fn missing_chunks(
    store: &impl KvStore,
    manifest: &Manifest,
) -> Result<Vec<ChunkRef>, KvError> {
    let present: BTreeSet<String> = store.keys(StoreName::Chunks, "").await?.into_iter().collect();
    // A chunk that the manifest names twice is fetched once.
    let mut wanted = BTreeSet::new();
    let chunks = manifest.chunks.iter().copied();
    Ok(chunks
        .filter(|chunk| wanted.insert(chunk.hash) && !present.contains(&chunk.hash.to_string()))
        .collect())
}

/// The bytes of those chunks that are on disk.
async fn chunk_bytes(
    store: &impl KvStore,
    chunks: &[ChunkRef],
) -> Result<BTreeMap<ChunkHash, Vec<u8>>, KvError> {
    let keys: Vec<String> = chunks.iter().map(|chunk| chunk.hash.to_string()).collect();
    let bytes = store.get_many(StoreName::Chunks, &keys).await?;
    Ok(chunks.iter().zip(bytes).filter_map(|(chunk, bytes)| Some((chunk.hash, bytes?))).collect())
}

/// Puts a release together from the disk and builds its index. A chunk that was damaged on the disk
/// is deleted, so that the next fetch brings it again.
///
/// # Errors
/// A chunk is missing or damaged, a reference has no target, or the storage fails.
pub async fn build(store: &impl KvStore, manifest: &Manifest) -> Result<Catalogue, CatalogueError> {
    let bytes = chunk_bytes(store, &manifest.chunks).await?;
    let content = match manifest.assemble(|hash| bytes.get(hash).map(Vec::as_slice)) {
        Ok(content) => content,
        Err(error) => {
            if let ReleaseError::Chunk(hash, ChunkError::WrongHash) = error {
                store
                    .commit(
                        vec![Write::delete(StoreName::Chunks, hash.to_string())],
                        Durability::Relaxed,
                    )
                    .await?;
            }
            return Err(error.into());
        }
    };
    // 21,000 lines have 2 MB of chunks. They are freed before the index is built.
    drop(bytes);
    Catalogue::build(content).map_err(|error| CatalogueError::Inconsistent(error.to_string()))
}

/// Keeps exactly these releases: stores the list of their manifests, and deletes the chunks that
/// none of them names.
///
/// # Errors
/// The storage cannot be written.
pub async fn keep_only(store: &impl KvStore, releases: &[Verified]) -> Result<(), CatalogueError> {
    let signed: Vec<&SignedManifest> = releases.iter().map(|release| &release.signed).collect();
    let list = serde_json::to_vec(&signed)
        .map_err(|error| CatalogueError::Inconsistent(error.to_string()))?;
    let named: BTreeSet<String> = releases
        .iter()
        .flat_map(|release| release.manifest.chunks.iter().map(|chunk| chunk.hash.to_string()))
        .collect();
    let unnamed =
        store.keys(StoreName::Chunks, "").await?.into_iter().filter(|hash| !named.contains(hash));
    let mut writes: Vec<Write> =
        unnamed.map(|hash| Write::delete(StoreName::Chunks, hash)).collect();
    writes.push(Write::put(StoreName::Meta, KEPT, list));
    store.commit(writes, Durability::Strict).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
