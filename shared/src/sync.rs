//! Sync without I/O: what a tablet keeps ([`Replica`]), when it says what ([`Rounds`]), and how the
//! server checks what a tablet sends ([`validate()`]).
//!
//! Data flows one way: a person's [`crate::intent::Intent`] is decided, written to the document and
//! to the **outbox**, pushed, validated by the same rules, stored, and comes back as part of the
//! server's copy. Everything may be repeated: an intent leaves the outbox when, and only when, the
//! server's heads contain the change that carries it.

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
pub use replica::{Effect, Minting, Notice, Persist, Replica, ReplicaError};
pub use restored::incarnation_of;
pub use rounds::{NoEnd, Rounds, Step};
pub use validate::{Batch, Merged, Validated, memory_of_batch, merge, merge_offered, validate};

#[cfg(test)]
mod tests;
