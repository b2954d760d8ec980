//! What is known of a batch before anything is written: pure, away from the threads that serve
//! requests.

use calloff_core::order::OrderState;
use calloff_core::sync::{Batch, Merged, Validated, merge};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentOutcome, DocumentPush, Heads, PushRefusal, PushRefusalCode,
};

use crate::storage::devices::Device;
use crate::storage::feed::StoredDocument;

/// One document's batch, as it arrived.
#[derive(Debug)]
pub struct Arrival {
    /// The tablet that sent it.
    pub device: Device,
    /// What it sent.
    pub batch: DocumentPush,
    /// When, by the server's clock, in milliseconds since the Unix epoch.
    pub now: i64,
    /// Bytes of memory that merging it takes, at most
    /// ([`memory_of_batch`](calloff_core::sync::memory_of_batch)).
    pub memory: usize,
}

/// A batch that was checked against the server's copy as it was then.
#[derive(Debug)]
pub struct Checked {
    /// The batch.
    pub arrival: Arrival,
    /// The heads of that copy; `None` where there was none. When they have moved by the time of
    /// writing, it is checked again.
    pub base: Option<Heads>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What becomes of a batch.
#[derive(Debug)]
pub enum Outcome {
    /// The server has it already: nothing is written.
    Unchanged(DocumentAnswer),
    /// To be stored as it is.
    Sealed(Box<Sealed>),
    /// Submitted: to be answered, sealed and stored.
    Submitted(Box<Merged>),
    /// Nothing of it is kept but in quarantine.
    Refused(Refused),
}

/// A merged document, ready to be stored, and the answer to the tablet.
#[derive(Debug)]
pub struct Sealed {
    /// What to store.
    pub document: StoredDocument,
    /// What the tablet is told once that is durable.
    pub answer: DocumentAnswer,
}

/// A batch that is not taken.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusals: Vec<PushRefusal>,
    /// The server's copy, for the tablet to start again from; `None` where it has none, or none for
    /// this tablet.
    pub copy: Option<Vec<u8>>,
}

/// Checks a batch against the server's copy of its document. Takes as long as a hostile batch can
/// make it: some tens of milliseconds.
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

/// What to store of a validated batch, and what to say of it.
#[must_use]
pub fn seal(arrival: &Arrival, validated: Validated) -> Sealed {
    let Arrival { device, batch, .. } = arrival;
    let answer = accepted(batch, &validated);
    let Validated { bytes, heads, memory, state, .. } = validated;
    let is_let_go = state.order().is_some_and(OrderState::is_let_go);
    let site = device.site.clone();
    let document =
        StoredDocument { id: batch.id, kind: batch.kind, site, bytes, heads, memory, is_let_go };
    Sealed { document, answer }
}

fn accepted(batch: &DocumentPush, validated: &Validated) -> DocumentAnswer {
    let changes = Blob(validated.lacked_by_tablet(&batch.heads));
    let outcome = DocumentOutcome::Accepted { heads: validated.heads.clone(), changes };
    DocumentAnswer { id: batch.id, outcome }
}
