//! Small texts that may be lost without harm, in `localStorage`, so that they are there before the
//! first screen is drawn.

use gloo_storage::{LocalStorage, Storage};

/// The text kept under a key.
#[must_use]
pub fn read(key: &str) -> Option<String> {
    LocalStorage::get::<String>(key).ok()
}

/// Keeps a text under a key.
pub fn write(key: &str, value: &str) {
    // A hint that cannot be kept is asked for again next time.
    let _ = LocalStorage::set(key, value);
}
