//! Values that more than one tablet may write at once.

use serde::{Deserialize, Serialize};

/// A value that more than one tablet may write at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The value. While there is a conflict, it is the value that every replica shows first.
    pub value: T,
    /// All values when tablets wrote different ones at the same time, including `value`, the oldest
    /// first. Empty without a conflict.
    pub conflicts: Vec<Concurrent<T>>,
}

impl<T> Register<T> {
    /// A value without a conflict.
    #[must_use]
    pub fn settled(value: T) -> Self {
        Self { value, conflicts: Vec::new() }
    }

    /// The only value, or all values among which a person must choose.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let shown = (!self.is_conflicted()).then_some(&self.value);
        shown.into_iter().chain(self.conflicts.iter().map(|other| &other.value))
    }

    /// Whether a person must choose a value.
    #[must_use]
    pub fn is_conflicted(&self) -> bool {
        !self.conflicts.is_empty()
    }
}

/// One of several values that tablets wrote at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrent<T> {
    /// The value.
    pub value: T,
    /// The display name of the person who wrote it. Empty when the change does not name one.
    pub by: String,
    /// The time, by that tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
}
