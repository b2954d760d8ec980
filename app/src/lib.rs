//! Calloff in the browser.
//!
//! [`app`] is what people see; [`platform`] is the only place that touches a browser interface
//! (storage, network, clock, locks). Everything between them is plain Rust over `calloff-core`.

pub mod app;
pub mod platform;
