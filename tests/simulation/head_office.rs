//! The server as the simulation drives it.

use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::order::OrderStage;
use calloff_core::wire::{ErrorCode, PullRequest, PullResponse, PushRequest, PushResponse};

/// The point at which the server's process ends while it takes a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeTheWrite,
    BetweenWriteAndCommit,
    AfterCommitBeforeReply,
}

/// The reason why a tablet gets no answer that it can take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The server answers with an error.
    Problem(ErrorCode),
    /// The server's process ended before it answered.
    Crashed,
}

/// An order as finance reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finance {
    pub stage: OrderStage,
    pub lines: u32,
    /// The total of each purchase order, sorted.
    pub totals: Vec<String>,
}

/// A document, the tablet that offered it, and the result of taking it up: the reason if head
/// office could not.
pub type TakenUp = (DocumentId, DeviceId, Result<(), String>);

/// A server that tablets talk to. `now` is the simulation's time, in milliseconds since the Unix
/// epoch.
pub trait HeadOffice {
    /// Enrols a tablet at a site and returns its identifier. This is `minted`, unless the server
    /// mints its own.
    fn enrol(&mut self, site: &LocationId, minted: DeviceId) -> DeviceId;
    /// Revokes a tablet's credential.
    fn revoke(&mut self, device: DeviceId, now: i64);
    /// Takes a push. With `crash`, the server ends at this point.
    fn push(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
        crash: Option<Crash>,
    ) -> Result<PushResponse, Failure>;
    /// Answers a pull.
    fn pull(
        &mut self,
        device: DeviceId,
        request: PullRequest,
        now: i64,
    ) -> Result<PullResponse, Failure>;
    /// Takes a tablet's offers after a restore.
    fn offer(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
    ) -> Result<PushResponse, Failure>;
    /// Whether the server's database is restored from a backup once in a seed.
    fn is_restored(&self) -> bool {
        false
    }
    /// Keeps a copy of the database.
    fn back_up(&mut self) {}
    /// Puts the copy of the database back, as `calloff restore` does.
    fn restore(&mut self) {}
    /// Somebody at head office looks at all offers, and takes up or discards each of them.
    fn take_up_all(&mut self, _now: i64) -> Vec<TakenUp> {
        Vec::new()
    }
    /// The identifiers of all documents as a reader finds them now.
    fn documents(&self) -> Vec<DocumentId> {
        Vec::new()
    }
    /// Takes all settled orders off the tablets, whatever their age is. Returns those that were
    /// still on them.
    fn let_old_orders_leave(&mut self) -> Vec<DocumentId>;
    /// Whether an order left the tablets and was not changed since.
    fn is_old(&self, id: &DocumentId) -> bool;
    /// Starts the server again. It has only its durable state.
    fn restart(&mut self, now: i64);
    /// A document as a reader finds it now.
    fn document(&self, id: &DocumentId) -> Option<Vec<u8>>;
    /// An order as finance reads it now. `None` for a draft.
    fn finance(&self, id: &DocumentId) -> Option<Finance>;
    /// The number of the release in force. Its content is [`calloff_core::sample::small`].
    fn release(&self) -> u64;
}
