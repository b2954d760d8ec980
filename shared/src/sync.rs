//! Sync without I/O. [`Replica`] is what a tablet keeps, [`Rounds`] decides what a tablet sends
//! when, and [`validate()`] checks on the server what a tablet sent.
//!
//! Data flows one way. A person's [`crate::intent::Intent`] is decided, then written to the
//! document and to the **outbox**. It is pushed, validated by the same rules and stored, and comes
//! back as part of the server's copy. Every step may be repeated: an intent leaves the outbox when,
//! and only when, the server's heads contain its change.

mod body;
mod chunk;
mod enrolled_anew;
mod held;
mod outbox;
mod pack;
mod pull;
mod push;
mod replica;
mod restored;
mod rounds;
mod touched;
pub mod validate;

pub use body::{
    UnpackError, pack_pull_response, pack_push, pack_push_response, packed_size,
    unpack_pull_response, unpack_push, unpack_push_response,
};
pub use outbox::{OutboxEntry, Stored, StoredDocument};
pub use replica::{Effect, Persist, Replica, ReplicaError, SyncNotice};
pub use restored::incarnation_of;
pub use rounds::{NoEnd, Rounds, Step};
pub use validate::{Batch, Merged, Validated, memory_of_batch, merge, merge_offered, validate};

#[cfg(test)]
mod tests;
