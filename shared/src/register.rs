//! Values that more than one tablet may write at once.

use serde::{Deserialize, Serialize};

/// A value that more than one tablet may write at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The value; while a conflict is open, the one that every replica shows first.
    pub value: T,
    /// Empty, or all the differing values written concurrently, the shown one included, oldest
    /// first.
    pub conflicts: Vec<Concurrent<T>>,
}

impl<T> Register<T> {
    /// A value that nobody disputes.
    #[must_use]
    pub fn settled(value: T) -> Self {
        Self { value, conflicts: Vec::new() }
    }

    /// All values: the one, or those among which people must choose.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let shown = (!self.is_conflicted()).then_some(&self.value);
        shown.into_iter().chain(self.conflicts.iter().map(|other| &other.value))
    }

    /// Whether people must choose.
    #[must_use]
    pub fn is_conflicted(&self) -> bool {
        !self.conflicts.is_empty()
    }
}

/// One of several values written concurrently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrent<T> {
    /// The value.
    pub value: T,
    /// Who wrote it: the display name; empty where the change does not say.
    pub by: String,
    /// When, by that tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
}
