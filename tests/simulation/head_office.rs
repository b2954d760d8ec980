//! The server as the simulation drives it.

use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::order::OrderStage;
use calloff_core::wire::{ErrorCode, PullRequest, PullResponse, PushRequest, PushResponse};

/// Where a process ends while it takes a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeTheWrite,
    BetweenWriteAndCommit,
    AfterCommitBeforeReply,
}

/// Why a request has no answer that a tablet takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The server says no.
    Problem(ErrorCode),
    /// It ended while it answered.
    Crashed,
}

/// What finance reads of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finance {
    pub stage: OrderStage,
    pub lines: u32,
    /// One for each purchase order, sorted.
    pub totals: Vec<String>,
}

/// A document that was offered, and why it could not be taken up where it could not.
pub type TakenUp = (DocumentId, Result<(), String>);

/// A server that tablets talk to. Time is the simulation's.
pub trait HeadOffice {
    /// Enrols a tablet at a site; `minted` is the identifier it gets, unless the server mints its
    /// own.
    fn enrol(&mut self, site: &LocationId, minted: DeviceId) -> DeviceId;
    /// Revokes a tablet's credential.
    fn revoke(&mut self, device: DeviceId, now: i64);
    /// Takes a push, unless it crashes on the way.
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
    /// Keeps what a tablet offers after a restore.
    fn offer(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
    ) -> Result<PushResponse, Failure>;
    /// Whether its database is restored from a backup once.
    fn is_restored(&self) -> bool {
        false
    }
    /// Keeps a copy of the database.
    fn back_up(&mut self) {}
    /// Puts the copy back, as another database.
    fn restore(&mut self) {}
    /// Somebody looks at all that was offered, and takes it up or sets it aside.
    fn take_up_all(&mut self, _now: i64) -> Vec<TakenUp> {
        Vec::new()
    }
    /// All documents as a reader finds them now.
    fn documents(&self) -> Vec<DocumentId> {
        Vec::new()
    }
    /// Starts again from what is durable.
    fn restart(&mut self, now: i64);
    /// A document as a reader finds it now.
    fn document(&self, id: &DocumentId) -> Option<Vec<u8>>;
    /// What finance reads of it now; `None` for a draft.
    fn finance(&self, id: &DocumentId) -> Option<Finance>;
    /// The release in force, whose content is [`calloff_core::sample::small`].
    fn release(&self) -> u64;
}
