//! Pushes: the way from a tablet's batches to committed documents.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use calloff_core::sync::memory_of_batch;
use calloff_core::wire::{
    DocumentAnswer, DocumentOutcome, DocumentPush, PushRequest, PushResponse,
};
use futures_util::future::try_join_all;

use super::check::{Arrival, Checked, Outcome, check};
use super::commit::commit;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::Device;

/// The most bytes of documents and changes in one answer. The first document is sent whatever its
/// length is.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Takes a push of a tablet. The batch of a document is taken as a whole or not at all. Everything
/// that the answer names is durable when this returns. If the tablet sends the same push again,
/// nothing changes and the answer is the same. A document that does not fit into the answer is left
/// out, and the tablet sends it again.
///
/// As many batches are checked at the same time as there are cores. They are committed in groups
/// with batches of other tablets.
///
/// # Errors
/// The push names a document twice: then nothing was kept. The server failed: then some of the
/// documents may have been kept, and sending them again changes nothing.
pub async fn push(
    state: &AppState,
    device: &Device,
    request: PushRequest,
    now: i64,
) -> Result<PushResponse, ServiceError> {
    let device = device.clone();
    let arrivals = tokio::task::spawn_blocking(move || arrivals(&device, request, now)).await??;
    let answered = AtomicUsize::new(0);
    let incarnation = OnceLock::new();
    let taken = arrivals.into_iter().map(|arrival| async {
        if answered.load(Ordering::Relaxed) > ANSWER_BYTES {
            return Ok(None);
        }
        let (checked, in_hand, read_in) = state.pushes.check(state, arrival).await?;
        let _ = incarnation.set(read_in);
        let answer = match checked.outcome {
            Outcome::Unchanged(answer) => answer,
            _ => state.pushes.commit(state, checked).await?,
        };
        let bytes = carried(&answer);
        let before = answered.fetch_add(bytes, Ordering::Relaxed);
        // For the tablet, an answer that is left out is like a reply that was lost.
        let answer = (before == 0 || before + bytes <= ANSWER_BYTES).then_some(answer);
        drop(in_hand);
        Ok::<_, ServiceError>(answer)
    });
    let documents = try_join_all(taken).await?.into_iter().flatten().collect();
    let incarnation = match incarnation.into_inner() {
        Some(incarnation) => incarnation,
        None => state.store.incarnation().await?.id,
    };
    Ok(PushResponse { incarnation, documents })
}

/// The length in bytes of the document or the changes in an answer.
fn carried(answer: &DocumentAnswer) -> usize {
    match &answer.outcome {
        DocumentOutcome::Accepted { changes, .. } => changes.0.len(),
        DocumentOutcome::Refused { document, .. } => {
            document.as_ref().map_or(0, |document| document.0.len())
        }
    }
}

/// The batches of a push. This takes some milliseconds for the largest push, because the memory of
/// each batch is estimated.
///
/// # Errors
/// The push names a document twice.
fn arrivals(device: &Device, request: PushRequest, now: i64) -> Result<Vec<Arrival>, ServiceError> {
    let ids: BTreeSet<_> = request.documents.iter().map(|document| document.id).collect();
    if ids.len() < request.documents.len() {
        return Err(ServiceError::BadRequest("a push names each document once".to_owned()));
    }
    let arrival = |batch: DocumentPush| {
        let memory = memory_of_batch(&batch.changes.0);
        Arrival { device: device.clone(), batch, now, memory }
    };
    Ok(request.documents.into_iter().map(arrival).collect())
}

/// Takes the pushes of many tablets, each with its time in milliseconds since the Unix epoch. All
/// are committed in one transaction, in this order.
///
/// # Errors
/// The errors of [`push`]. Nothing was kept.
pub async fn push_in_order(
    state: &AppState,
    pushes: Vec<(Device, PushRequest, i64)>,
) -> Result<Vec<PushResponse>, ServiceError> {
    let mut checking = Vec::new();
    let mut lengths = Vec::new();
    for (device, request, now) in pushes {
        let arrivals = arrivals(&device, request, now)?;
        lengths.push(arrivals.len());
        checking.extend(arrivals.into_iter().map(|arrival| check_alone(state, arrival)));
    }
    let checked = try_join_all(checking).await?;
    let mut answers = commit(state, checked).await?.into_iter();
    let incarnation = state.store.incarnation().await?.id;
    let responses = lengths.into_iter().map(|count| {
        let documents = answers.by_ref().take(count).collect::<Result<_, _>>()?;
        Ok(PushResponse { incarnation: incarnation.clone(), documents })
    });
    responses.collect()
}

/// Checks a batch without a place in the queue.
async fn check_alone(state: &AppState, arrival: Arrival) -> Result<Checked, ServiceError> {
    let stored = state.store.document(&arrival.batch.id).await?;
    Ok(tokio::task::spawn_blocking(move || check(arrival, stored)).await?)
}
