//! A stored release, opened: its manifest verified, its chunks compared with their hashes.

use std::collections::HashMap;

use calloff_core::catalogue::CatalogueContent;
use calloff_core::catalogue::release::{ChunkHash, Manifest, ReleaseError};
use ed25519_dalek::VerifyingKey;

use crate::storage::{StorageError, Store, StoredRelease};

/// A release with the bytes of its chunks.
pub struct OpenedRelease {
    /// What it says of itself.
    pub manifest: Manifest,
    chunks: HashMap<ChunkHash, Vec<u8>>,
}

/// Why a stored release cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not what was signed with this key, or of a format from before.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The store failed, or holds a damaged chunk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenedRelease {
    /// Verifies a release and fetches its chunks.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(
        store: &Store,
        key: &VerifyingKey,
        release: &StoredRelease,
    ) -> Result<Self, OpenError> {
        let manifest = release.signed.verify(key)?;
        let chunks = store.chunks(&manifest).await?;
        Ok(Self { manifest, chunks })
    }

    /// What it publishes.
    ///
    /// # Errors
    /// A chunk that is missing or cannot be decoded.
    pub fn content(&self) -> Result<CatalogueContent, ReleaseError> {
        self.manifest.assemble(|hash| self.bytes(hash))
    }

    /// What a tablet that has `base` fetches of this release.
    ///
    /// # Errors
    /// A chunk that is missing, or a difference that is too large to be worth it.
    pub fn difference_from(&self, base: &Self) -> Result<Vec<u8>, ReleaseError> {
        self.manifest
            .difference_from(&base.manifest, |hash| self.bytes(hash).or_else(|| base.bytes(hash)))
    }

    fn bytes(&self, hash: &ChunkHash) -> Option<&[u8]> {
        self.chunks.get(hash).map(Vec::as_slice)
    }
}
