//! Checks a batch of a tablet before the server trusts any of it. This is the pure part of a push.
//!
//! The steps are, in this order: check the sizes; split the chunks with a bounded inflate and count
//! their operations; check for each change the actor, the sequence, the dependencies, the numbering
//! and the size of the resulting document; check that only permitted paths change; apply the
//! changes to a scratch copy; read it with bounds; check the rules of orders and of site settings
//! ([`merge`]); answer a submission ([`Merged::answer`]); save, load again, and compare the heads
//! ([`Merged::seal`]).
//!
//! If any step fails, nothing of the batch is kept. Authentication happens before, durable storage
//! after.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Automerge, Change, ChangeHash};

use super::chunk::{self, Extent};
use super::touched::Writable;
use crate::document::model::{Sender, Trust};
use crate::document::{self, Anomaly, DocumentState, genesis};
use crate::ids::{DeviceId, DocumentId, IntentId, LocationId};
use crate::limits::{
    DOCUMENT_BYTES, DOCUMENT_INFLATED_BYTES, DOCUMENT_OPERATIONS, PLAIN_DOCUMENT_BYTES,
    PUSH_DOCUMENT_BYTES,
};
use crate::order::accept::Reason;
use crate::order::{OrderStage, OrderState, PurchaseOrder, ServerStatus};
use crate::wire::{DocumentKind, Heads, PushRefusal, PushRefusalCode};

/// The batch of one document, and what the server knows of the tablet and the document.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The identifier of the document.
    pub document: DocumentId,
    /// The kind that the tablet gives for the document.
    pub kind: DocumentKind,
    /// The authenticated tablet.
    pub device: DeviceId,
    /// The site of the tablet.
    pub site: &'a LocationId,
    /// The saved bytes of the server's copy; `None` when it has none.
    pub stored: Option<&'a [u8]>,
    /// The bytes that the tablet sent.
    pub changes: &'a [u8],
}

/// A batch that was merged into a scratch copy and broke no rule. A submission must still be
/// answered, and the result must be sealed.
#[derive(Debug)]
pub struct Merged {
    id: DocumentId,
    scratch: Automerge,
    /// The state before the merge; `None` for a new document.
    pub before: Option<DocumentState>,
    /// The state after the merge.
    pub state: DocumentState,
    /// The number of new changes; zero for a batch that was sent before.
    pub new_changes: usize,
    /// The hashes of the sent changes, including the known ones.
    sent: Vec<ChangeHash>,
    /// The number of operations in the whole document.
    operations: u64,
}

/// A batch that the server may store.
#[derive(Debug)]
pub struct Validated {
    /// The merged document, loaded again from `bytes`.
    pub document: Automerge,
    /// The saved document: the bytes to store.
    pub bytes: Vec<u8>,
    /// The heads of the document.
    pub heads: Heads,
    /// The state before the merge; `None` for a new document.
    pub before: Option<DocumentState>,
    /// The state after the merge.
    pub state: DocumentState,
    /// The number of new changes; zero for a batch that was sent before.
    pub new_changes: usize,
    /// The approximate memory, in bytes, of the document while a batch is merged into it.
    pub memory: usize,
    sent: Vec<ChangeHash>,
}

/// A document in memory takes about this many times its bytes: loaded, merged, saved and read.
const MEMORY_OF_BYTE: usize = 8;

/// The bytes of memory that one operation takes when run-length encoding makes its own bytes
/// vanish: twice 60, because the document is loaded twice. The attack table measures it.
const MEMORY_OF_OPERATION: usize = 128;

/// The bytes of memory that merging such an operation takes in addition.
const MEMORY_OF_MERGED_OPERATION: usize = 400;

/// The most memory, in bytes, that merging a batch takes in addition to the
/// [memory](Validated::memory) of its document. It is computed without unpacking, because each byte
/// of a run-length encoded or deflated change may expand to thousands.
#[must_use]
pub fn memory_of_batch(changes: &[u8]) -> usize {
    let Extent { bytes, operations } = chunk::extent(changes);
    memory(bytes, operations, MEMORY_OF_MERGED_OPERATION)
}

fn memory(bytes: usize, operations: u64, of_operation: usize) -> usize {
    let operations = usize::try_from(operations).unwrap_or(usize::MAX);
    bytes.saturating_mul(MEMORY_OF_BYTE).max(operations.saturating_mul(of_operation))
}

impl Merged {
    /// The order with an unanswered submission ([`crate::order::accept::verify`]), when the batch
    /// brought one.
    #[must_use]
    pub fn submitted(&self) -> Option<&OrderState> {
        self.state.order().filter(|order| order.stage() == OrderStage::Submitted)
    }

    /// Writes the answer to the submission: the purchase orders, or all reasons against it. `at` is
    /// the server's time in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The document cannot be written. Nothing may be kept then.
    pub fn answer(
        mut self,
        verdict: Result<Vec<PurchaseOrder>, Vec<Reason>>,
        at: i64,
    ) -> Result<Self, Vec<PushRefusal>> {
        without_panic(move || {
            let submitted = self.state.order().and_then(|order| order.submitted.as_ref());
            let Some(submission) = submitted.map(|submission| submission.id) else {
                return Ok(self);
            };
            let (status, orders) = match verdict {
                Ok(orders) => (ServerStatus::Accepted { at }, orders),
                Err(reasons) => (ServerStatus::not_verified(submission, reasons, at), Vec::new()),
            };
            let id = self.id;
            document::record_answer(&id, &mut self.scratch, &status, &orders, None)
                .map_err(|error| not_reloadable(&format!("the answer: {error}")))?;
            let answered = document::read(id, &self.scratch).0;
            self.state = answered.ok_or_else(|| not_reloadable("the answer cannot be read"))?;
            Ok(self)
        })
    }

    /// Saves the document and loads it again, so that the stored bytes were read back. Some
    /// manipulated bodies merge, but do not load as they were saved.
    ///
    /// # Errors
    /// The document is too large, or does not load as it was saved. Nothing may be kept then.
    pub fn seal(self) -> Result<Validated, Vec<PushRefusal>> {
        without_panic(move || {
            let Saved { document, bytes, inflated } =
                save_and_reload(self.id, &self.scratch, &self.state)?;
            let Self { before, state, new_changes, sent, operations, .. } = self;
            let (heads, memory) =
                (document::heads(&document), memory(inflated, operations, MEMORY_OF_OPERATION));
            Ok(Validated { document, bytes, heads, before, state, new_changes, memory, sent })
        })
    }
}

impl Validated {
    /// The changes that the tablet lacks: everything beyond the heads that it named and the batch
    /// that it sent.
    #[must_use]
    pub fn lacked_by_tablet(&self, named_heads: &[String]) -> Vec<u8> {
        let known = [document::parse_heads(named_heads), self.sent.clone()].concat();
        self.document.save_after(&known)
    }
}

/// Checks a batch, merges it into a scratch copy and seals that. This is [`merge`] and
/// [`Merged::seal`] for a batch without an answer.
///
/// # Errors
/// The errors of [`merge`] and [`Merged::seal`].
pub fn validate(batch: Batch<'_>) -> Result<Validated, Vec<PushRefusal>> {
    merge(batch)?.seal()
}

/// Checks a batch and merges it into a scratch copy. It never panics, whatever the bytes are.
///
/// # Errors
/// Why the batch is refused, with the offending change where there is one. Nothing was kept.
pub fn merge(batch: Batch<'_>) -> Result<Merged, Vec<PushRefusal>> {
    without_panic(|| run(batch, Trust::Tablet))
}

/// Checks and merges a batch that a tablet offers after the server was restored from a backup. It
/// has changes of other tablets and of the server itself, and nobody can prove them any more. A
/// person at head office who takes it up trusts the tablet. This checks that the batch is complete,
/// belongs to the tablet's site, and keeps every limit.
///
/// # Errors
/// The errors of [`merge`].
pub fn merge_offered(batch: Batch<'_>) -> Result<Merged, Vec<PushRefusal>> {
    without_panic(|| run(batch, Trust::HeadOffice))
}

/// Automerge 0.12 panics for some manipulated bodies. The scratch copy is dropped with the panic.
fn without_panic<T>(work: impl FnOnce() -> Result<T, PushRefusal>) -> Result<T, Vec<PushRefusal>> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| {
            Err(refusal(PushRefusalCode::Malformed, "the changes make the merge fail"))
        })
        .map_err(|refusal| vec![refusal])
}

fn not_reloadable(message: &str) -> PushRefusal {
    refusal(PushRefusalCode::NotReloadable, message)
}

fn refusal<T: From<PushRefusal>>(code: PushRefusalCode, message: &str) -> T {
    PushRefusal::new(code, message).into()
}

fn run(batch: Batch<'_>, trust: Trust) -> Result<Merged, PushRefusal> {
    if batch.changes.len() > PUSH_DOCUMENT_BYTES {
        let message =
            format!("the batch is larger than {PUSH_DOCUMENT_BYTES} bytes: send it in several");
        return Err(refusal(PushRefusalCode::TooLarge, &message));
    }
    let changes = chunk::split(batch.changes)?;
    let sent = changes.iter().map(Change::hash).collect();
    let mut scratch = scratch_copy(batch)?;
    let (before, anomalies_before) = document::read(batch.document, &scratch);
    let (new, operations) = check_changes(batch, trust, &scratch, before.is_some(), changes)?;
    let new_changes = new.len();
    if let (Some(before), true) = (&before, new_changes > 0 && trust == Trust::Tablet) {
        before.check_open()?;
    }
    scratch.apply_changes(new).map_err(|error| {
        refusal::<PushRefusal>(PushRefusalCode::Malformed, &format!("cannot be merged: {error}"))
    })?;
    let (state, anomalies) = document::read(batch.document, &scratch);
    check_anomalies(&anomalies_before, &anomalies)?;
    let state = state.ok_or_else(|| {
        refusal::<PushRefusal>(
            PushRefusalCode::RuleBroken,
            "the document has no order: its first change is missing",
        )
    })?;
    let sender = Sender { device: batch.device, site: batch.site };
    let before_changes = before.as_ref().filter(|_| new_changes > 0 || trust == Trust::Tablet);
    state.check_merged(before_changes, sender, trust)?;
    Ok(Merged { id: batch.document, scratch, before, state, new_changes, sent, operations })
}

fn scratch_copy(batch: Batch<'_>) -> Result<Automerge, PushRefusal> {
    batch.kind.check_identifier(batch.document, batch.site, batch.stored.is_none())?;
    let Some(bytes) = batch.stored else {
        return genesis::begin(batch.kind).map_err(|error| not_reloadable(&error.to_string()));
    };
    let server_copy = |error| not_reloadable(&format!("the server's copy: {error}"));
    let copy = document::load(bytes).map_err(server_copy)?;
    let kind = document::kind(&copy).map_err(server_copy)?;
    if kind == batch.kind {
        Ok(copy)
    } else {
        let message =
            format!("the document is of kind {}, not {}", kind.as_str(), batch.kind.as_str());
        Err(refusal(PushRefusalCode::WrongDocument, &message))
    }
}

/// Removes known changes and checks the other changes one by one, each on top of the previous ones.
/// Returns the new changes, and the number of operations of the document with them.
fn check_changes(
    batch: Batch<'_>,
    trust: Trust,
    stored: &Automerge,
    is_born: bool,
    changes: Vec<Change>,
) -> Result<(Vec<Change>, u64), PushRefusal> {
    let mut history = History::of(stored);
    let mut writable = Writable::of(batch.kind, stored, is_born);
    let mut new = Vec::new();
    for change in changes {
        if history.max_ops.contains_key(&change.hash()) {
            continue;
        }
        let refuse = |code, message: String| PushRefusal {
            change: Some(change.hash().to_string()),
            code,
            message,
        };
        history.check(batch, trust, &change).map_err(|(code, message)| refuse(code, message))?;
        if trust == Trust::Tablet {
            writable
                .check(&change)
                .map_err(|message| refuse(PushRefusalCode::ForbiddenPath, message))?;
        }
        history.insert(change.hash(), change.actor_id().clone(), change.seq(), change.max_op());
        history.operations += change.len() as u64;
        history.intents.extend(document::intent_of(change.message()));
        new.push(change);
    }
    Ok((new, history.operations))
}

/// What is needed to check the numbers of the next changes.
struct History {
    /// The number of the last operation of each known change.
    max_ops: HashMap<ChangeHash, u64>,
    /// The last sequence number of each actor.
    sequences: HashMap<ActorId, u64>,
    /// The intents of the changes. An intent that is applied again after a refusal may meet a late
    /// copy of itself.
    intents: HashSet<IntentId>,
    /// The number of operations in the changes.
    operations: u64,
}

impl History {
    fn of(document: &Automerge) -> Self {
        let mut history = Self {
            max_ops: HashMap::new(),
            sequences: HashMap::new(),
            intents: HashSet::new(),
            operations: 0,
        };
        for meta in document.get_changes_meta(&[]) {
            history.operations += (meta.max_op + 1).saturating_sub(meta.start_op);
            history.intents.extend(document::intent_of(meta.message.as_deref()));
            history.insert(meta.hash, meta.actor.into_owned(), meta.seq, meta.max_op);
        }
        history
    }

    fn insert(&mut self, hash: ChangeHash, actor: ActorId, sequence: u64, max_op: u64) {
        self.max_ops.insert(hash, max_op);
        let last = self.sequences.entry(actor).or_default();
        *last = sequence.max(*last);
    }

    fn check(
        &self,
        batch: Batch<'_>,
        trust: Trust,
        change: &Change,
    ) -> Result<(), (PushRefusalCode, String)> {
        if trust == Trust::Tablet
            && !document::is_actor_of(change.actor_id(), &batch.device, &batch.document)
        {
            return Err((
                PushRefusalCode::WrongActor,
                "it was not made by this tablet in this document".to_owned(),
            ));
        }
        let expected = self.sequences.get(change.actor_id()).copied().unwrap_or_default() + 1;
        if change.seq() != expected {
            let message =
                format!("it is number {} of its actor, and {expected} is next", change.seq());
            // Each change of an actor builds on the actor's change before it. So a number that is
            // too high means that the server lacks a change.
            let is_ahead = change.seq() > expected;
            return Err((
                if is_ahead {
                    PushRefusalCode::UnknownDependency
                } else {
                    PushRefusalCode::WrongActor
                },
                message,
            ));
        }
        let intent = document::intent_of(change.message());
        if intent.is_some_and(|intent| self.intents.contains(&intent)) {
            return Err((
                PushRefusalCode::IntentRepeated,
                "another change already carries its intent".to_owned(),
            ));
        }
        if change.is_empty() || change.deps().is_empty() {
            return Err((
                PushRefusalCode::WrongNumbering,
                "it has no operation or no dependency".to_owned(),
            ));
        }
        if self.operations + change.len() as u64 > DOCUMENT_OPERATIONS {
            let message = format!(
                "with it the document has more than {DOCUMENT_OPERATIONS} operations: begin a new \
                 one"
            );
            return Err((PushRefusalCode::TooLarge, message));
        }
        let mut max_op = 0;
        for dependency in change.deps() {
            let known = self.max_ops.get(dependency);
            let message = || {
                (
                    PushRefusalCode::UnknownDependency,
                    format!("it depends on {dependency}, which is unknown"),
                )
            };
            max_op = max_op.max(*known.ok_or_else(message)?);
        }
        if change.start_op().get() != max_op + 1 {
            let message = format!(
                "its operations start at {}, and {} is next",
                change.start_op(),
                max_op + 1
            );
            return Err((PushRefusalCode::WrongNumbering, message));
        }
        Ok(())
    }
}

/// A merge may leave concurrent submissions. Every other new anomaly was not written by an honest
/// tablet.
fn check_anomalies(before: &[Anomaly], after: &[Anomaly]) -> Result<(), PushRefusal> {
    let is_new = |anomaly: &&Anomaly| {
        !matches!(anomaly, Anomaly::ConcurrentSubmissions(_)) && !before.contains(anomaly)
    };
    match after.iter().find(is_new) {
        Some(anomaly) => Err(refusal(PushRefusalCode::RuleBroken, &anomaly.to_string())),
        None => Ok(()),
    }
}

/// A saved document.
struct Saved {
    /// The document, loaded again from `bytes`.
    document: Automerge,
    bytes: Vec<u8>,
    /// The number of bytes of the document without any compression.
    inflated: usize,
}

fn save_and_reload(
    id: DocumentId,
    scratch: &Automerge,
    state: &DocumentState,
) -> Result<Saved, PushRefusal> {
    // Deflating takes longer than everything else here, and is not worth it for a document that
    // changes daily. The server compacts settled orders.
    let mut bytes = scratch.save_nocompress();
    let inflated = bytes.len();
    let too_large = |most: usize| {
        let message = format!("the document would be larger than {most} bytes: begin a new one");
        refusal::<PushRefusal>(PushRefusalCode::TooLarge, &message)
    };
    if inflated > DOCUMENT_INFLATED_BYTES {
        return Err(too_large(DOCUMENT_INFLATED_BYTES));
    }
    if inflated > PLAIN_DOCUMENT_BYTES {
        bytes = scratch.save();
    }
    if bytes.len() > DOCUMENT_BYTES {
        return Err(too_large(DOCUMENT_BYTES));
    }
    let reloaded = document::load(&bytes).map_err(|error| not_reloadable(&error.to_string()))?;
    let is_same = reloaded.get_heads() == scratch.get_heads()
        && document::read(id, &reloaded).0.as_ref() == Some(state);
    if is_same {
        Ok(Saved { document: reloaded, bytes, inflated })
    } else {
        Err(not_reloadable("the merged document does not load as it was saved"))
    }
}
