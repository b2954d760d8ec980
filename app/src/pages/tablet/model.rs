//! What the tablet's screens show, computed: pure functions over an order, a release and a moment.

pub mod basket;
pub mod offer;
pub mod progress;
