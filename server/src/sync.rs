//! What tablets push, and what they pull.
//!
//! A batch is checked by the core ([`calloff_core::sync::merge()`]) beside those of other tablets
//! (`check`, `queue`). Then one writer takes whoever waits as a group (`commit`): submissions are
//! answered (`answer`), and documents, rows for finance and feed entries are committed in one
//! transaction (`writes`) before any tablet hears of it. Orders that are settled are stored smaller
//! (`compact`).

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
pub use compact::{compact, compact_regularly};
pub use pull::pull;
pub use push::{push, push_in_order};
pub use queue::{Pushes, Room, SMALL_BODY_BYTES, Turn, in_time};
pub use take_up::{discard_offer, offer, take_up};
pub use writes::Writes;
