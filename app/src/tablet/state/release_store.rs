//! Releases on this tablet's disk: what is kept, what is lacking, what is fetched and verified.
//!
//! A release counts as kept when its signed manifest and every chunk are on disk. The one that
//! holds today and those announced for later days are kept; an older one goes only when a newer one
//! has been put together without error.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::chunk::ChunkError;
use calloff_core::catalogue::release::{
    ChunkHash, ChunkRef, Manifest, ReleaseError, SignedManifest, Withdrawal,
};
use ed25519_dalek::VerifyingKey;

use crate::platform::http::HttpError;
use crate::platform::kv_store::{Durability, KvError, KvStore, Store, Write};

/// Where the list of kept manifests stands in [`Store::Meta`].
const KEPT: &str = "releases";
/// Chunks asked for at once: one has some 15 KB, so that a slow link shows progress every few
/// seconds, and what was fetched survives when it breaks.
const CHUNKS_PER_FETCH: usize = 6;

/// Why a release is not to be had. The last good one stays in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Not what the organisation signed.
    #[error(transparent)]
    Refused(#[from] ReleaseError),
    /// Signed, and yet its parts do not fit together.
    #[error("the catalogue does not fit together: {0}")]
    Inconsistent(String),
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// A manifest whose signature was verified with the pinned key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub signed: SignedManifest,
    pub manifest: Manifest,
}

/// Verifies with the pinned key.
///
/// # Errors
/// [`ReleaseError`] of [`SignedManifest::verify`].
pub fn verify(signed: SignedManifest, key: &VerifyingKey) -> Result<Verified, ReleaseError> {
    let manifest = signed.verify(key)?;
    Ok(Verified { signed, manifest })
}

/// The release that is the catalogue on a day: the newest that has taken effect.
#[must_use]
pub fn in_force(releases: &[Verified], today: Date) -> Option<&Verified> {
    releases
        .iter()
        .filter(|release| release.manifest.effective_from <= today)
        .max_by_key(|release| release.manifest.number)
}

/// What has to be kept of `releases` on a day: the one in force and the later ones.
#[must_use]
pub fn needed(releases: &[Verified], today: Date) -> Vec<Verified> {
    let current = in_force(releases, today).map(|release| release.manifest.number);
    let is_needed = |release: &&Verified| {
        Some(release.manifest.number) >= current
            && (release.manifest.effective_from > today || Some(release.manifest.number) == current)
    };
    releases.iter().filter(is_needed).cloned().collect()
}

/// Whether the organisation took a release back.
#[must_use]
pub fn is_withdrawn(release: &Verified, withdrawals: &[Withdrawal], key: &VerifyingKey) -> bool {
    let number = release.manifest.number;
    let of_it = withdrawals.iter().filter(|withdrawal| withdrawal.number == number);
    of_it.into_iter().any(|withdrawal| release.signed.is_withdrawn_by(withdrawal, key))
}

/// The releases on disk, by number. Those that the pinned key did not sign are left out: the disk
/// is no authority.
///
/// # Errors
/// Storage that cannot be read.
pub async fn kept(
    store: &impl KvStore,
    key: &VerifyingKey,
) -> Result<Vec<Verified>, CatalogueError> {
    let Some(bytes) = store.get(Store::Meta, KEPT).await? else { return Ok(Vec::new()) };
    let signed: Vec<SignedManifest> = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut kept: Vec<_> =
        signed.into_iter().filter_map(|signed| verify(signed, key).ok()).collect();
    kept.sort_by_key(|release| release.manifest.number);
    Ok(kept)
}

/// How far fetching is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub all: usize,
}

/// Where releases come from: the server, or a test's.
#[expect(async_fn_in_trait, reason = "a browser has one thread: its futures need not be `Send`")]
pub trait Source {
    /// The first few of these chunks, at least one, in their order, as they travel.
    async fn chunks(&self, hashes: &[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError>;

    /// What a tablet that has release `base` fetches of another.
    async fn difference(&self, number: u64, base: u64) -> Result<Vec<u8>, HttpError>;
}

/// Fetches the chunks of a release that the disk lacks, each compared with its hash before it is
/// stored: as the difference from the newest of the `kept` releases, or whole. Fetching again after
/// a break asks only for the rest.
///
/// # Errors
/// A chunk that cannot be fetched or is not what the manifest names; storage.
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
        // Without a difference, or one that is of use, whole chunks are fetched: whatever went
        // wrong shows there.
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

/// All chunks that a release has and `base` lacks.
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
        .map(|(hash, bytes)| Write::put(Store::Chunks, hash.to_string(), bytes))
        .collect())
}

/// What of an answer can be stored: everything up to the first chunk that is not what it should be,
/// and why it is not.
fn checked(asked: &[ChunkRef], fetched: &[Vec<u8>]) -> (Vec<Write>, Option<ReleaseError>) {
    let mut writes = Vec::with_capacity(fetched.len());
    for (chunk, stream) in asked.iter().zip(fetched) {
        match chunk.inflated(stream) {
            Ok(bytes) => writes.push(Write::put(Store::Chunks, chunk.hash.to_string(), bytes)),
            Err(error) => return (writes, Some(ReleaseError::Chunk(chunk.hash, error))),
        }
    }
    (writes, None)
}

async fn missing_chunks(
    store: &impl KvStore,
    manifest: &Manifest,
) -> Result<Vec<ChunkRef>, KvError> {
    let present: BTreeSet<String> = store.keys(Store::Chunks, "").await?.into_iter().collect();
    // A chunk that is named twice is fetched once.
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
    let bytes = store.get_many(Store::Chunks, &keys).await?;
    Ok(chunks.iter().zip(bytes).filter_map(|(chunk, bytes)| Some((chunk.hash, bytes?))).collect())
}

/// Puts a kept release together from the disk and lays out its index. A chunk that was damaged on
/// the disk is removed, so that the next fetch brings it again.
///
/// # Errors
/// A chunk that is missing or damaged, references that lead nowhere, storage.
pub async fn build(store: &impl KvStore, manifest: &Manifest) -> Result<Catalogue, CatalogueError> {
    let bytes = chunk_bytes(store, &manifest.chunks).await?;
    let content = match manifest.assemble(|hash| bytes.get(hash).map(Vec::as_slice)) {
        Ok(content) => content,
        Err(error) => {
            if let ReleaseError::Chunk(hash, ChunkError::WrongHash) = error {
                store
                    .commit(
                        vec![Write::delete(Store::Chunks, hash.to_string())],
                        Durability::Relaxed,
                    )
                    .await?;
            }
            return Err(error.into());
        }
    };
    // 21,000 lines have 2 MB of chunks: not kept beside the index that is laid out now.
    drop(bytes);
    Catalogue::build(content).map_err(|error| CatalogueError::Inconsistent(error.to_string()))
}

/// Keeps exactly these releases: lists their manifests and removes chunks that none of them names.
///
/// # Errors
/// Storage that cannot be written.
pub async fn keep_only(store: &impl KvStore, releases: &[Verified]) -> Result<(), CatalogueError> {
    let signed: Vec<&SignedManifest> = releases.iter().map(|release| &release.signed).collect();
    let list = serde_json::to_vec(&signed)
        .map_err(|error| CatalogueError::Inconsistent(error.to_string()))?;
    let named: BTreeSet<String> = releases
        .iter()
        .flat_map(|release| release.manifest.chunks.iter().map(|chunk| chunk.hash.to_string()))
        .collect();
    let unnamed =
        store.keys(Store::Chunks, "").await?.into_iter().filter(|hash| !named.contains(hash));
    let mut writes: Vec<Write> = unnamed.map(|hash| Write::delete(Store::Chunks, hash)).collect();
    writes.push(Write::put(Store::Meta, KEPT, list));
    store.commit(writes, Durability::Strict).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
