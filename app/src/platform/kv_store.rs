//! The data that a tablet keeps on disk: bytes under keys in a few named stores.
//!
//! [`IndexedDbStore`] is the real store, and [`MemoryStore`] is its twin for tests. One conformance
//! suite checks both. Keys are ASCII (identifiers, hashes, fixed words), so that both stores sort
//! them alike.

mod indexed_db;
mod memory;

#[cfg(test)]
mod conformance;

use std::future::Future;

pub use indexed_db::IndexedDbStore;
pub use memory::MemoryStore;

/// The stores, by their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreName {
    /// Automerge documents and the data that belongs to each, by document identifier.
    Documents,
    /// Catalogue chunks by the hash of their content. They are only added and removed, never
    /// changed.
    Chunks,
    /// Intents that the server has not acknowledged.
    Outbox,
    /// Single values: device, release, cursors.
    Meta,
}

impl StoreName {
    pub const ALL: [Self; 4] = [Self::Documents, Self::Chunks, Self::Outbox, Self::Meta];

    /// The store's name on disk. It never changes, because a tablet would not find its data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Chunks => "chunks",
            Self::Outbox => "outbox",
            Self::Meta => "meta",
        }
    }
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Put { store: StoreName, key: String, value: Vec<u8> },
    Delete { store: StoreName, key: String },
}

impl Write {
    pub fn put(store: StoreName, key: impl Into<String>, value: Vec<u8>) -> Self {
        Self::Put { store, key: key.into(), value }
    }

    pub fn delete(store: StoreName, key: impl Into<String>) -> Self {
        Self::Delete { store, key: key.into() }
    }

    fn store(&self) -> StoreName {
        match self {
            Self::Put { store, .. } | Self::Delete { store, .. } => *store,
        }
    }
}

/// What a finished commit guarantees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The data is on the medium and survives a sudden loss of power. For data that people entered.
    Strict,
    /// The operating system has the data. For data that can be fetched again.
    Relaxed,
}

/// Why a read failed, or why a commit wrote nothing at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// The storage cannot be opened: it is switched off, the window is private, or a newer version
    /// of the app has upgraded it.
    #[error(
        "this browser's storage cannot be opened ({0}); leave private browsing, or close other tabs and reload"
    )]
    Unavailable(String),
    /// The connection is closed: a newer version of the app upgraded the storage in another tab, or
    /// the browser cleared it.
    #[error("the storage was closed by another tab or by the browser; reload the page")]
    Closed,
    /// The device has no space left. Nothing was written.
    #[error("this device's storage is full; free some space and try again")]
    Full,
    /// The browser undid the whole commit and gives no reason. The cause is mostly the disk.
    #[error("the browser took back what was being saved; check free space and try again")]
    Aborted,
    #[error("the browser's storage failed: {0}")]
    Failed(String),
}

/// A store of bytes with atomic commits.
///
/// The futures are not `Send`, because a page has one thread.
pub trait KvStore {
    /// The value under `key`. `None` if the store has no such key.
    fn get(
        &self,
        store: StoreName,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, KvError>>;

    /// The values under `keys`, in the order of `keys`, all as they were at one moment.
    fn get_many(
        &self,
        store: StoreName,
        keys: &[String],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, KvError>>;

    /// All entries whose key begins with `prefix` (all entries for the empty prefix), sorted by
    /// key, as they were at one moment. This is the fastest way to read a whole store.
    fn list(
        &self,
        store: StoreName,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<(String, Vec<u8>)>, KvError>>;

    /// The keys that begin with `prefix`, sorted, without reading values.
    fn keys(
        &self,
        store: StoreName,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<String>, KvError>>;

    /// Makes all changes in their order over all stores, or none of them. After `Ok`, every later
    /// read sees the changes, also in another tab, and they are as durable as `durability` says.
    fn commit(
        &self,
        writes: Vec<Write>,
        durability: Durability,
    ) -> impl Future<Output = Result<(), KvError>>;
}
