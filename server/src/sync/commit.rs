//! Writes a group of checked batches: documents, rows for finance, purchase orders and feed
//! entries, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::document::DocumentState;
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::limits::SITE_DRAFTS;
use calloff_core::order::OrderStage;
use calloff_core::sync::Merged;
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, Heads, PushRefusal, PushRefusalCode,
};

use super::answer::Answering;
use super::check::{Arrival, Checked, Outcome, Refused, Sealed, check, seal};
use super::writes::Writes;
use crate::error::ServiceError;
use crate::failpoint::{failpoint, sabotage};
use crate::state::{AppState, Wake};
use crate::storage::StorageError;
use crate::storage::feed::{GroupFacts, QuarantinedBatch};
use crate::storage::orders::ToRecord;

/// The answer to one document of a group. An error is a failure of the server. The document is then
/// as it was.
pub type Settled = Result<DocumentAnswer, ServiceError>;

/// Commits checked batches in this order, and returns the answers in the same order. When it
/// returns, everything is durable, and the tablets may get their answers.
///
/// If a document has changed since its batch was checked, the batch is checked again here, under
/// the write lock. Here the server also checks whether the tablet was revoked meanwhile. If the
/// server fails at one batch, for example because it cannot read a release, the others are
/// committed all the same. If the database fails, SQLite may have rolled the transaction back by
/// itself, and nothing is kept.
///
/// # Errors
/// The database failed, or a stored value cannot be read. Nothing was kept.
pub async fn commit(state: &AppState, group: Vec<Checked>) -> Result<Vec<Settled>, ServiceError> {
    let ids: BTreeSet<DocumentId> = group.iter().map(|checked| checked.arrival.batch.id).collect();
    let devices: BTreeSet<DeviceId> =
        group.iter().map(|checked| checked.arrival.device.id).collect();
    let submissions: BTreeSet<IntentId> = group.iter().filter_map(submission_of).collect();
    let sites: BTreeSet<&LocationId> =
        group.iter().filter(|checked| begins_an_order(checked)).map(site_of).collect();
    let mut write = state.store.write().await?;
    let facts = GroupFacts::of(&mut write, &ids, &devices, &sites, &submissions).await?;
    let ordered = |id: &IntentId| (*id, facts.ordered.get(id).copied());
    let mut settling = Settling {
        ordered: submissions.iter().map(ordered).collect(),
        enrolled: facts.enrolled,
        drafts: facts.drafts,
        heads: facts.heads.into_iter().map(|(id, heads)| (id, Some(heads))).collect(),
        writes: Writes::new(write),
        answering: Answering::new(state),
        changed: BTreeSet::new(),
        has_answered: false,
    };
    let mut answers = Vec::with_capacity(group.len());
    for checked in group {
        let settled = settling.settle(checked).await;
        if let Err(
            error @ (ServiceError::Storage(StorageError::Database(_)) | ServiceError::DiskFull(_)),
        ) = settled
        {
            return Err(error);
        }
        answers.push(settled);
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

/// The fault that [`commit`] must not have: the tablets get their answers, and the group is
/// committed a moment later.
#[cfg(all(feature = "failpoints", debug_assertions))]
fn acknowledge_first(writes: Writes, answers: Vec<Settled>) -> Vec<Settled> {
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        writes.commit().await
    });
    answers
}

/// A span that names tablet and document in the log if the merge panics. The span of a request is
/// not available here.
fn span_of(arrival: &Arrival) -> tracing::Span {
    tracing::error_span!("batch", device = %arrival.device.id, document = %arrival.batch.id)
}

/// Whether a batch begins an order.
fn begins_an_order(checked: &Checked) -> bool {
    checked.base.is_none() && checked.arrival.batch.kind == DocumentKind::Order
}

/// The submission that a batch asks the server to answer.
fn submission_of(checked: &Checked) -> Option<IntentId> {
    let Outcome::Submitted(merged) = &checked.outcome else { return None };
    Some(merged.submitted()?.submitted.as_ref()?.id)
}

fn site_of(checked: &Checked) -> &LocationId {
    &checked.arrival.device.site
}

/// A group on its way into the database.
struct Settling<'s> {
    /// The tablets of the group that are not revoked.
    enrolled: BTreeSet<DeviceId>,
    /// The orders that have the submissions of the group, with the orders of the group as they
    /// come. `None` if no order has the submission.
    ordered: BTreeMap<IntentId, Option<DocumentId>>,
    /// The number of drafts of each site that begins an order in this group. The drafts that this
    /// group begins are counted as they come.
    drafts: BTreeMap<LocationId, usize>,
    /// The present heads of the group's documents, with the changes of this group.
    heads: BTreeMap<DocumentId, Option<Heads>>,
    writes: Writes,
    answering: Answering<'s>,
    /// The sites whose tablets have something to pull after the commit.
    changed: BTreeSet<LocationId>,
    has_answered: bool,
}

impl Settling<'_> {
    async fn settle(&mut self, checked: Checked) -> Settled {
        if !self.enrolled.contains(&checked.arrival.device.id) {
            return Err(ServiceError::DeviceRevoked);
        }
        let id = checked.arrival.batch.id;
        let now = self.heads.get(&id).cloned().flatten();
        let checked =
            if now == checked.base { checked } else { self.check_again(checked.arrival).await? };
        let Checked { arrival, outcome, base } = checked;
        match outcome {
            Outcome::Unchanged(answer) => Ok(answer),
            Outcome::Sealed(sealed) => Ok(match self.begin_draft(&arrival, base.is_none()) {
                Ok(()) => self.store(&arrival, *sealed),
                Err(refused) => self.refuse(arrival, refused),
            }),
            Outcome::Submitted(merged) => self.answer(arrival, *merged).await,
            Outcome::Refused(refused) => Ok(self.refuse(arrival, refused)),
        }
    }

    /// Counts a draft that a site begins. Refuses it if the site has [`SITE_DRAFTS`] drafts
    /// already.
    fn begin_draft(&mut self, arrival: &Arrival, is_new: bool) -> Result<(), Refused> {
        if !is_new || arrival.batch.kind != DocumentKind::Order {
            return Ok(());
        }
        let drafts = self.drafts.entry(arrival.device.site.clone()).or_default();
        *drafts += 1;
        if *drafts <= SITE_DRAFTS {
            return Ok(());
        }
        let refusal = PushRefusal {
            change: None,
            code: PushRefusalCode::TooManyDrafts,
            message: format!(
                "the site has {SITE_DRAFTS} drafts: send or discard some of them first"
            ),
        };
        Err(Refused { refusals: vec![refusal], copy: None })
    }

    /// Checks a batch against the present state of its document.
    async fn check_again(&mut self, arrival: Arrival) -> Result<Checked, ServiceError> {
        let stored = self.writes.document(&arrival.batch.id).await?;
        let batch = span_of(&arrival);
        Ok(tokio::task::spawn_blocking(move || batch.in_scope(|| check(arrival, stored))).await?)
    }

    fn store(&mut self, arrival: &Arrival, sealed: Sealed) -> DocumentAnswer {
        let Sealed { document, answer } = sealed;
        self.heads.insert(document.id, Some(document.heads.clone()));
        self.changed.insert(document.site.clone());
        self.writes.put_document(document, arrival.now);
        answer
    }

    /// Answers a submission, seals the document with the answer, and stores it with its rows for
    /// finance.
    async fn answer(&mut self, arrival: Arrival, merged: Merged) -> Settled {
        let order = merged
            .submitted()
            .ok_or_else(|| ServiceError::Internal("nothing was submitted".to_owned()))?;
        if let Some(submission) = &order.submitted
            && let Some(other) = self.order_of(&submission.id).await?
            && other != order.document
        {
            let refusal = PushRefusal {
                change: None,
                code: PushRefusalCode::IntentRepeated,
                message: format!(
                    "this submission is that of order {other} already: it is ordered once"
                ),
            };
            let copy = self.writes.document(&arrival.batch.id).await?.map(|stored| stored.bytes);
            return Ok(self.refuse(arrival, Refused { refusals: vec![refusal], copy }));
        }
        let (verdict, received) =
            self.answering.verdict(&mut self.writes, order, arrival.now).await?;
        let was_submitted =
            merged.before.as_ref().and_then(DocumentState::order).map(|order| &order.submitted);
        let is_first = was_submitted.is_none_or(Option::is_none);
        let first_number = self.writes.last_number().await?;
        let verdict = verdict.map(|cut| self.writes.number(cut, arrival.now));
        let batch = span_of(&arrival);
        let sealing = tokio::task::spawn_blocking(move || {
            let _batch = batch.enter();
            let sealed = merged.answer(verdict, arrival.now).and_then(Merged::seal);
            let sealed =
                sealed.map(|sealed| (sealed.state.order().cloned(), seal(&arrival, sealed)));
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
                    if let Some(submission) = &order.submitted {
                        self.ordered.insert(submission.id, Some(order.document));
                    }
                    self.writes.record_order(ToRecord { order, received, is_first });
                }
                Ok(self.store(&arrival, sealed))
            }
            Err(refusals) => {
                self.writes.give_back_numbers(first_number);
                let copy =
                    self.writes.document(&arrival.batch.id).await?.map(|stored| stored.bytes);
                Ok(self.refuse(arrival, Refused { refusals, copy }))
            }
        }
    }

    /// The order that has a submission, with the orders of this group. `None` if no order has it.
    async fn order_of(
        &mut self,
        submission: &IntentId,
    ) -> Result<Option<DocumentId>, ServiceError> {
        match self.ordered.get(submission) {
            Some(order) => Ok(*order),
            // The batch was checked again, and only now has this submission.
            None => self.writes.stored_order_of(submission).await,
        }
    }

    /// Refuses a batch. Puts it into quarantine, unless honest tablets send such batches. The
    /// answer has the reasons, and the server's copy, from which the tablet goes on.
    fn refuse(&mut self, arrival: Arrival, refused: Refused) -> DocumentAnswer {
        let Arrival { device, batch, now, .. } = arrival;
        let Refused { refusals, copy } = refused;
        let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
        tracing::warn!(device = %device.id, document = %batch.id, ?codes, "batch refused");
        if codes.contains(&PushRefusalCode::UnknownDependency) {
            // An honest tablet sends such a batch only if the server lacks changes that it
            // acknowledged before.
            tracing::error!(
                device = %device.id,
                "a tablet goes on from changes that this server does not have. If an older copy of the database was put back, \
                 stop the server and bring that copy back with `calloff restore`"
            );
        }
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

/// Whether honest tablets get this refusal, because another tablet was faster or the site has too
/// many drafts. Nobody has to look into such a batch.
fn is_everyday(code: PushRefusalCode) -> bool {
    use PushRefusalCode::{
        IntentRepeated, OrderAlreadyAccepted, OrderAlreadySubmitted, TooManyDrafts,
    };
    matches!(code, OrderAlreadySubmitted | OrderAlreadyAccepted | IntentRepeated | TooManyDrafts)
}
