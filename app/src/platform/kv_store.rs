//! What a tablet keeps on disk: bytes under keys in a few named stores.
//!
//! [`IndexedDbStore`] is the real one, [`MemoryStore`] its twin for tests; one conformance suite
//! holds for both. Keys are ASCII (ids, hashes, fixed words), so that both order them alike.

mod indexed_db;
mod memory;

#[cfg(test)]
mod conformance;

use std::future::Future;

pub use indexed_db::IndexedDbStore;
pub use memory::MemoryStore;

/// The stores, by what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Automerge documents and what belongs to each, by document id.
    Documents,
    /// Catalogue chunks by the hash of their content: never changed, only added and removed.
    Chunks,
    /// Intents that the server has not acknowledged.
    Outbox,
    /// Single values: device, release, cursors.
    Meta,
}

impl Store {
    pub const ALL: [Self; 4] = [Self::Documents, Self::Chunks, Self::Outbox, Self::Meta];

    /// The name on disk; never changed, a tablet would not find its data.
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
    Put { store: Store, key: String, value: Vec<u8> },
    Delete { store: Store, key: String },
}

impl Write {
    pub fn put(store: Store, key: impl Into<String>, value: Vec<u8>) -> Self {
        Self::Put { store, key: key.into(), value }
    }

    pub fn delete(store: Store, key: impl Into<String>) -> Self {
        Self::Delete { store, key: key.into() }
    }

    fn store(&self) -> Store {
        match self {
            Self::Put { store, .. } | Self::Delete { store, .. } => *store,
        }
    }
}

/// What a finished commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On the medium: survives the battery coming out. For what people entered.
    Strict,
    /// Handed to the operating system. For what can be fetched again.
    Relaxed,
}

/// Why nothing was read, or nothing at all was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// Storage cannot be opened: switched off, private window, or a newer version of the app has
    /// upgraded it.
    #[error(
        "this browser's storage cannot be opened ({0}); leave private browsing, or close other tabs and reload"
    )]
    Unavailable(String),
    /// The connection is gone: a newer version of the app upgraded the storage in another tab, or
    /// it was cleared.
    #[error("the storage was closed by another tab or by the browser; reload the page")]
    Closed,
    /// Nothing was written.
    #[error("this device's storage is full; free some space and try again")]
    Full,
    /// The browser took the whole commit back; it does not say why. Most often the disk.
    #[error("the browser took back what was being saved; check free space and try again")]
    Aborted,
    #[error("the browser's storage failed: {0}")]
    Failed(String),
}

/// A store of bytes with atomic commits.
///
/// Futures are not `Send`: a page has one thread.
pub trait KvStore {
    /// The value under `key`, if there is one.
    fn get(
        &self,
        store: Store,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, KvError>>;

    /// The values under `keys`, in their order, as they stood at one moment.
    fn get_many(
        &self,
        store: Store,
        keys: &[String],
    ) -> impl Future<Output = Result<Vec<Option<Vec<u8>>>, KvError>>;

    /// All entries whose key begins with `prefix` (all for the empty one), by key, as they stood at
    /// one moment. The fastest way to read a whole store.
    fn list(
        &self,
        store: Store,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<(String, Vec<u8>)>, KvError>>;

    /// The keys that begin with `prefix`, in order, without reading values.
    fn keys(
        &self,
        store: Store,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<String>, KvError>>;

    /// Makes all changes in their order, or none of them, over all stores. When it returns `Ok` the
    /// changes are there for every later read, also of another tab, and as durable as asked.
    fn commit(
        &self,
        writes: Vec<Write>,
        durability: Durability,
    ) -> impl Future<Output = Result<(), KvError>>;
}
