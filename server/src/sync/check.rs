//! The check of a batch before anything is written. It is a pure function, and runs outside the
//! threads that serve requests.

use calloff_core::order::{OrderStage, OrderState};
use calloff_core::sync::{Batch, Merged, Validated, merge};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentOutcome, DocumentPush, Heads, PushRefusal, PushRefusalCode,
};

use crate::storage::devices::Device;
use crate::storage::feed::StoredDocument;

/// The batch of one document, as it arrived.
#[derive(Debug)]
pub struct Arrival {
    /// The tablet that sent the batch.
    pub device: Device,
    /// The batch.
    pub batch: DocumentPush,
    /// The time of arrival by the server's clock, in milliseconds since the Unix epoch.
    pub now: i64,
    /// The most memory that merging the batch takes, in bytes
    /// ([`memory_of_batch`](calloff_core::sync::memory_of_batch)).
    pub memory: usize,
}

/// A batch, and the result of its check against the server's copy of that time.
#[derive(Debug)]
pub struct Checked {
    /// The batch that was checked.
    pub arrival: Arrival,
    /// The heads of that copy. `None` if the server had no copy. If the document has other heads
    /// when the batch is written, the batch is checked again.
    pub base: Option<Heads>,
    /// The result of the check.
    pub outcome: Outcome,
}

/// The result of a check.
#[derive(Debug)]
pub enum Outcome {
    /// The server has all changes already. Nothing is written.
    Unchanged(DocumentAnswer),
    /// The batch is valid and has no new submission. The document is to be stored.
    Sealed(Box<Sealed>),
    /// The batch has a submission without an answer. It is to be answered, sealed and stored.
    Submitted(Box<Merged>),
    /// The batch is refused. It is kept at most in quarantine.
    Refused(Refused),
}

/// A merged document, ready to be stored, and the answer to the tablet.
#[derive(Debug)]
pub struct Sealed {
    /// The document to store.
    pub document: StoredDocument,
    /// The answer that the tablet gets when the document is durable.
    pub answer: DocumentAnswer,
}

/// The reasons and the answer for a batch that is refused.
#[derive(Debug)]
pub struct Refused {
    /// The reasons of the refusal.
    pub refusals: Vec<PushRefusal>,
    /// The server's copy, from which the tablet goes on. `None` if the server has no copy, or if
    /// the document belongs to another site.
    pub copy: Option<Vec<u8>>,
}

/// Checks a batch against the server's copy of its document. The worst hostile batch takes some
/// tens of milliseconds.
#[must_use]
pub fn check(arrival: Arrival, stored: Option<StoredDocument>) -> Checked {
    let base = stored.as_ref().map(|stored| stored.heads.clone());
    let outcome = outcome(&arrival, stored);
    Checked { arrival, base, outcome }
}

fn outcome(arrival: &Arrival, stored: Option<StoredDocument>) -> Outcome {
    let Arrival { device, batch, .. } = arrival;
    if stored.as_ref().is_some_and(|stored| stored.site != device.site) {
        let refusal = PushRefusal {
            change: None,
            code: PushRefusalCode::WrongDocument,
            message: "this document belongs to another site".to_owned(),
        };
        return Outcome::Refused(Refused { refusals: vec![refusal], copy: None });
    }
    let bytes = stored.as_ref().map(|stored| stored.bytes.as_slice());
    let known = Batch {
        document: batch.id,
        kind: batch.kind,
        device: device.id,
        site: &device.site,
        stored: bytes,
        changes: &batch.changes.0,
    };
    let sealed = match merge(known) {
        Ok(merged) if merged.submitted().is_some() => return Outcome::Submitted(Box::new(merged)),
        Ok(merged) => merged.seal(),
        Err(refusals) => Err(refusals),
    };
    match sealed {
        Ok(validated) if validated.new_changes == 0 => {
            Outcome::Unchanged(accepted(batch, &validated))
        }
        Ok(validated) => Outcome::Sealed(Box::new(seal(arrival, validated))),
        Err(refusals) => {
            Outcome::Refused(Refused { refusals, copy: stored.map(|stored| stored.bytes) })
        }
    }
}

/// The document to store for a validated batch, and the answer to its tablet.
#[must_use]
pub fn seal(arrival: &Arrival, validated: Validated) -> Sealed {
    let Arrival { device, batch, .. } = arrival;
    let answer = accepted(batch, &validated);
    let Validated { bytes, heads, memory, state, .. } = validated;
    let order = state.order();
    let is_let_go = order.is_some_and(OrderState::is_let_go);
    let document = StoredDocument {
        id: batch.id,
        kind: batch.kind,
        site: device.site.clone(),
        bytes,
        heads,
        memory,
        is_let_go,
        is_draft: !is_let_go && order.is_some_and(|order| order.stage() == OrderStage::Draft),
    };
    Sealed { document, answer }
}

fn accepted(batch: &DocumentPush, validated: &Validated) -> DocumentAnswer {
    let changes = Blob(validated.lacked_by_tablet(&batch.heads));
    let outcome = DocumentOutcome::Accepted { heads: validated.heads.clone(), changes };
    DocumentAnswer { id: batch.id, outcome }
}
