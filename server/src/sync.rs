//! The pushes and pulls of tablets.
//!
//! The core checks a batch ([`calloff_core::sync::merge()`]) at the same time as batches of other
//! tablets (`check`, `queue`). Then one writer takes all waiting batches as a group (`commit`). It
//! answers submissions (`answer`), and commits documents, rows for finance and feed entries in one
//! transaction (`writes`). Tablets get their answers only after the commit. Settled orders are
//! compacted later (`compact`).

mod answer;
mod check;
mod commit;
mod compact;
mod pull;
mod push;
mod queue;
mod take_up;
mod writes;

pub use answer::Answering;
pub use compact::compact;
pub use pull::pull;
pub use push::{push, push_in_order};
pub use queue::{Pushes, Room, SMALL_BODY_BYTES, Turn, in_time};
pub use take_up::{discard_offer, offer, take_up};
pub use writes::Writes;
