//! The page as a whole.

/// Starts the app again, at the same address.
pub fn reload() {
    let Some(window) = web_sys::window() else { return };
    // A page that may not be loaded again goes on as it is.
    let _ = window.location().reload();
}
