//! Small texts in `localStorage` that may be lost without harm. They can be read before the first
//! screen is drawn.

use gloo_storage::{LocalStorage, Storage};

/// The text kept under a key.
#[must_use]
pub fn read(key: &str) -> Option<String> {
    LocalStorage::get::<String>(key).ok()
}

/// Keeps a text under a key.
pub fn write(key: &str, value: &str) {
    // If the browser does not keep a hint, the app asks for it again next time.
    let _ = LocalStorage::set(key, value);
}
