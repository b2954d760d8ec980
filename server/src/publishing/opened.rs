//! Opens a stored release: verifies its manifest, and compares its chunks with their hashes.

use std::collections::HashMap;

use calloff_core::catalogue::CatalogueContent;
use calloff_core::catalogue::release::{ChunkHash, Manifest, ReleaseError};
use ed25519_dalek::VerifyingKey;

use crate::storage::{ServerStore, StorageError, StoredRelease};

/// A release with the bytes of its chunks.
pub struct OpenedRelease {
    /// The verified manifest.
    pub manifest: Manifest,
    chunks: HashMap<ChunkHash, Vec<u8>>,
}

/// Why a stored release cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was not signed with this key, or it has an old format.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The store failed, or has a damaged chunk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenedRelease {
    /// Verifies a release and fetches its chunks.
    ///
    /// # Errors
    /// [`OpenError`] when the release cannot be opened.
    pub async fn open(
        store: &ServerStore,
        key: &VerifyingKey,
        release: &StoredRelease,
    ) -> Result<Self, OpenError> {
        let manifest = release.signed.verify(key)?;
        let chunks = store.chunks(&manifest).await?;
        Ok(Self { manifest, chunks })
    }

    /// The content that the release publishes.
    ///
    /// # Errors
    /// A chunk that is missing or cannot be decoded.
    pub fn content(&self) -> Result<CatalogueContent, ReleaseError> {
        self.manifest.assemble(|hash| self.bytes(hash))
    }

    /// The difference that a tablet with `base` fetches of this release.
    ///
    /// # Errors
    /// A chunk is missing, or the difference is too large to be useful.
    pub fn difference_from(&self, base: &Self) -> Result<Vec<u8>, ReleaseError> {
        self.manifest
            .difference_from(&base.manifest, |hash| self.bytes(hash).or_else(|| base.bytes(hash)))
    }

    fn bytes(&self, hash: &ChunkHash) -> Option<&[u8]> {
        self.chunks.get(hash).map(Vec::as_slice)
    }
}
