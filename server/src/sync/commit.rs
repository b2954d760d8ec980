//! Writing a group of checked batches: documents, rows for finance, purchase orders and feed entries in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::{DocumentId, LocationId};
use calloff_core::order::OrderStage;
use calloff_core::sync::Merged;
use calloff_core::wire::{Blob, DocumentAnswer, DocumentOutcome, Heads, PushRefusal, PushRefusalCode};

use super::answer::Answering;
use super::check::{Arrival, Checked, Outcome, Refused, Sealed, check, seal};
use super::writes::Writes;
use crate::error::ServiceError;
use crate::failpoint::{failpoint, sabotage};
use crate::state::{AppState, Wake};
use crate::storage::feed::{QuarantinedBatch, heads_of};

/// What became of one document of a group; an error is the server's, and its document is as it was.
pub type Settled = Result<DocumentAnswer, ServiceError>;

/// Commits what was checked, in this order, and gives the answers in the same order. They are for the tablets only now that
/// all of it is durable.
///
/// A batch whose document changed since it was checked is checked again here, under the write lock. Where the server fails at
/// one of them, a release that cannot be read, the others are committed all the same.
///
/// # Errors
/// The server failed; nothing was kept.
pub async fn commit(state: &AppState, group: Vec<Checked>) -> Result<Vec<Settled>, ServiceError> {
    let ids: BTreeSet<DocumentId> = group.iter().map(|checked| checked.arrival.batch.id).collect();
    let mut write = state.store.write().await?;
    let heads = heads_of(&mut write, &ids).await?;
    let mut settling = Settling {
        heads: heads.into_iter().map(|(id, heads)| (id, Some(heads))).collect(),
        writes: Writes::new(write),
        answering: Answering::new(state),
        changed: BTreeSet::new(),
        has_answered: false,
    };
    let mut answers = Vec::with_capacity(group.len());
    for checked in group {
        answers.push(settling.settle(checked).await);
    }
    let Settling { writes, changed, has_answered, .. } = settling;
    failpoint!("before_write");
    sabotage!("acknowledge_first", Ok(acknowledge_first(writes, answers)));
    writes.commit().await?;
    failpoint!("after_commit");
    for site in changed {
        state.wake(Wake::Documents(site));
    }
    if has_answered {
        state.wake(Wake::Orders);
    }
    Ok(answers)
}

/// What [`commit`] must not do: the tablets are told, and the group is committed a moment later.
#[cfg(all(feature = "failpoints", debug_assertions))]
fn acknowledge_first(writes: Writes, answers: Vec<Settled>) -> Vec<Settled> {
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        writes.commit().await
    });
    answers
}

/// A group on its way into the database.
struct Settling<'s> {
    /// The heads of the group's documents as they are now, this group's own changes included.
    heads: BTreeMap<DocumentId, Option<Heads>>,
    writes: Writes,
    answering: Answering<'s>,
    /// Sites that have something to pull.
    changed: BTreeSet<LocationId>,
    has_answered: bool,
}

impl Settling<'_> {
    async fn settle(&mut self, checked: Checked) -> Settled {
        let id = checked.arrival.batch.id;
        let now = self.heads.get(&id).cloned().flatten();
        let checked = if now == checked.base { checked } else { self.check_again(checked.arrival).await? };
        let Checked { arrival, outcome, .. } = checked;
        match outcome {
            Outcome::Unchanged(answer) => Ok(answer),
            Outcome::Sealed(sealed) => Ok(self.store(&arrival, *sealed)),
            Outcome::Submitted(merged) => self.answer(arrival, *merged).await,
            Outcome::Refused(refused) => Ok(self.refuse(arrival, refused)),
        }
    }

    /// Checks a batch against its document as it is now.
    async fn check_again(&mut self, arrival: Arrival) -> Result<Checked, ServiceError> {
        let stored = self.writes.document(&arrival.batch.id).await?;
        Ok(tokio::task::spawn_blocking(move || check(arrival, stored)).await?)
    }

    fn store(&mut self, arrival: &Arrival, sealed: Sealed) -> DocumentAnswer {
        let Sealed { document, answer } = sealed;
        self.heads.insert(document.id, Some(document.heads.clone()));
        self.changed.insert(document.site.clone());
        self.writes.put_document(document, arrival.now);
        answer
    }

    /// Answers a submission, seals the answered document and stores it with what finance reads.
    async fn answer(&mut self, arrival: Arrival, merged: Merged) -> Settled {
        let order = merged.submitted().ok_or_else(|| ServiceError::Internal("nothing was submitted".to_owned()))?;
        if let Some(submission) = &order.submitted
            && let Some(other) = self.writes.order_of_submission(&submission.id).await?
            && other != order.document
        {
            let refusal = PushRefusal {
                change: None,
                code: PushRefusalCode::IntentRepeated,
                message: format!("this submission is that of order {other} already: it is ordered once"),
            };
            let copy = self.writes.document(&arrival.batch.id).await?.map(|stored| stored.bytes);
            return Ok(self.refuse(arrival, Refused { refusals: vec![refusal], copy }));
        }
        let (verdict, received) = self.answering.verdict(&mut self.writes, order, arrival.now).await?;
        let first_number = self.writes.last_number().await?;
        let verdict = verdict.map(|cut| self.writes.number(cut));
        let sealing = tokio::task::spawn_blocking(move || {
            let sealed = merged.answer(verdict, arrival.now).and_then(Merged::seal);
            let sealed = sealed.map(|sealed| (sealed.state.order().cloned(), seal(&arrival, sealed)));
            (sealed, arrival)
        });
        let (sealed, arrival) = sealing.await?;
        match sealed {
            Ok((order, sealed)) => {
                self.has_answered = true;
                if let Some(order) = order {
                    if order.stage() == OrderStage::Accepted {
                        self.answering.count(&mut self.writes, &order).await?;
                    }
                    self.writes.record_order(order, received);
                }
                Ok(self.store(&arrival, sealed))
            }
            Err(refusals) => {
                self.writes.give_back_numbers(first_number);
                let copy = self.writes.document(&arrival.batch.id).await?.map(|stored| stored.bytes);
                Ok(self.refuse(arrival, Refused { refusals, copy }))
            }
        }
    }

    /// Puts a batch into quarantine, unless honest tablets send such ones, and tells the tablet why, with the server's copy to start
    /// again from.
    fn refuse(&mut self, arrival: Arrival, refused: Refused) -> DocumentAnswer {
        let Arrival { device, batch, now, .. } = arrival;
        let Refused { refusals, copy } = refused;
        let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
        tracing::warn!(device = %device.id, document = %batch.id, ?codes, "batch refused");
        if !codes.iter().all(|code| is_everyday(*code)) {
            self.writes.quarantine(QuarantinedBatch {
                received_at: now,
                device: device.id,
                document: batch.id,
                refusals: refusals.clone(),
                changes: batch.changes.0,
            });
        }
        let outcome = DocumentOutcome::Refused { refusals, document: copy.map(Blob) };
        DocumentAnswer { id: batch.id, outcome }
    }
}

/// Whether honest tablets are refused so, because somebody else was faster: nothing that anybody need look into.
fn is_everyday(code: PushRefusalCode) -> bool {
    use PushRefusalCode::{IntentRepeated, OrderAlreadyAccepted, OrderAlreadySubmitted};
    matches!(code, OrderAlreadySubmitted | OrderAlreadyAccepted | IntentRepeated)
}
