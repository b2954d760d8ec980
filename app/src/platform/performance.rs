//! Marks on the browser's performance timeline, for benchmarks.

/// The app begins to open a release whose chunks are on the disk.
pub const CATALOGUE_OPENING: &str = "calloff:catalogue-opening";
/// The catalogue can be searched, and requests can be resolved.
pub const CATALOGUE_READY: &str = "calloff:catalogue-ready";
/// The browser has the first search result since the start, to draw it.
pub const FIRST_RESULT: &str = "calloff:first-result";

/// Sets a mark.
pub fn mark(name: &str) {
    if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
        // A mark that was not set is missing only in a benchmark.
        let _ = performance.mark(name);
    }
}
