//! Marks on the browser's performance timeline: what benchmarks read.

/// A release begins to be taken up: its chunks are on the disk.
pub const CATALOGUE_OPENING: &str = "calloff:catalogue-opening";
/// The catalogue can be searched and resolved against.
pub const CATALOGUE_READY: &str = "calloff:catalogue-ready";
/// The first search result since the start was handed to the browser to draw.
pub const FIRST_RESULT: &str = "calloff:first-result";

/// Sets a mark.
pub fn mark(name: &str) {
    if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
        // A mark that is not set is missing in a benchmark, nowhere else.
        let _ = performance.mark(name);
    }
}
