//! What tablets push, and what they pull.
//!
//! A push is checked by the core ([`calloff_core::sync::validate()`]), a submission is answered (`answer`), and documents, rows
//! for finance and feed entries are committed in one transaction before the tablet hears of it.

mod answer;
mod pull;
mod push;

pub use pull::pull;
pub use push::{push, push_within};
