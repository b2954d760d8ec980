//! From a tablet's batches to committed documents.

use calloff_core::ids::DocumentId;
use calloff_core::limits::PUSH_DOCUMENTS;
use calloff_core::sync::{Batch, Validated, validate};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, OLDEST_PROTOCOL, PushRefusal, PushRefusalCode,
    PushRequest, PushResponse,
};
use sqlx::SqliteConnection;

use super::answer::answer;
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::devices::Device;
use crate::storage::feed::{self, StoredDocument, put_document, quarantine};
use crate::storage::orders::record_order;

/// Takes what a tablet pushes: each document's batch whole or not at all, all of them durable when this returns. The same
/// push again changes nothing and is answered alike.
///
/// # Errors
/// The tablet is too old or sends too much at once, or the server failed; then nothing was kept.
pub async fn push(
    state: &AppState,
    device: &Device,
    request: PushRequest,
    now: i64,
) -> Result<PushResponse, ServiceError> {
    let turn = state.push_turn().await;
    let mut write = state.store.write().await?;
    let (response, is_changed) = push_within(state, &mut write, device, request, now).await?;
    write.commit().await?;
    drop(turn);
    if is_changed {
        state.wake(Wake::Documents(device.site.clone()));
        state.wake(Wake::Orders);
    }
    Ok(response)
}

/// Takes a push within a transaction that the caller commits before anybody is told; says whether any document changed.
///
/// # Errors
/// As [`push`]; the caller must not commit.
pub async fn push_within(
    state: &AppState,
    write: &mut SqliteConnection,
    device: &Device,
    request: PushRequest,
    now: i64,
) -> Result<(PushResponse, bool), ServiceError> {
    if request.protocol < OLDEST_PROTOCOL {
        return Err(ServiceError::ClientTooOld { spoken: request.protocol, needed: OLDEST_PROTOCOL });
    }
    if request.documents.len() > PUSH_DOCUMENTS {
        return Err(ServiceError::TooLarge(format!("a push holds at most {PUSH_DOCUMENTS} documents")));
    }
    let mut documents = Vec::with_capacity(request.documents.len());
    let mut is_changed = false;
    for batch in request.documents {
        let (answer, changed) = take(state, write, device, batch, now).await?;
        is_changed |= changed;
        documents.push(answer);
    }
    Ok((PushResponse { documents }, is_changed))
}

/// Takes one document's batch; says whether the document changed.
async fn take(
    state: &AppState,
    write: &mut SqliteConnection,
    device: &Device,
    batch: DocumentPush,
    now: i64,
) -> Result<(DocumentAnswer, bool), ServiceError> {
    let DocumentPush { id, kind, heads, changes: Blob(changes) } = batch;
    let stored = feed::document(write, &id).await?;
    if stored.as_ref().is_some_and(|stored| stored.site != device.site) {
        let refusal = PushRefusal {
            change: None,
            code: PushRefusalCode::WrongDocument,
            message: "this order belongs to another site".to_owned(),
        };
        return Ok((refuse(write, device, id, vec![refusal], &changes, None, now).await?, false));
    }
    let (validated, stored, changes) = check(device, id, stored, changes).await?;
    let validated = match validated {
        Ok(validated) => validated,
        Err(refusals) => return Ok((refuse(write, device, id, refusals, &changes, stored, now).await?, false)),
    };
    let is_changed = validated.new_changes > 0 || validated.awaits_answer();
    let merged = if validated.awaits_answer() {
        let (answered, received) = answer(state, write, validated, now).await?;
        store(write, &answered, kind, now).await?;
        record_order(write, &answered.state, received).await?;
        answered
    } else {
        if is_changed {
            store(write, &validated, kind, now).await?;
        }
        validated
    };
    let lacking = merged.lacked_by_tablet(&heads);
    let outcome = DocumentOutcome::Accepted { heads: merged.heads, changes: Blob(lacking) };
    Ok((DocumentAnswer { id, outcome }, is_changed))
}

/// Stores the document and puts it on its site's feed.
async fn store(
    write: &mut SqliteConnection,
    merged: &Validated,
    kind: DocumentKind,
    now: i64,
) -> Result<(), ServiceError> {
    let stored = StoredDocument {
        id: merged.state.document,
        site: merged.state.site.clone(),
        bytes: merged.bytes.clone(),
        heads: merged.heads.clone(),
    };
    Ok(put_document(write, &stored, kind, now).await?)
}

type Checked = (Result<Validated, Vec<PushRefusal>>, Option<StoredDocument>, Vec<u8>);

/// Validates away from the threads that serve requests: a hostile batch may keep a core busy for a while.
async fn check(
    device: &Device,
    id: DocumentId,
    stored: Option<StoredDocument>,
    changes: Vec<u8>,
) -> Result<Checked, ServiceError> {
    let (device, site) = (device.id, device.site.clone());
    let checked = tokio::task::spawn_blocking(move || {
        let bytes = stored.as_ref().map(|stored| stored.bytes.as_slice());
        let validated = validate(Batch { document: id, device, site: &site, stored: bytes, changes: &changes });
        (validated, stored, changes)
    });
    Ok(checked.await?)
}

/// Puts a batch into quarantine and tells the tablet why, with the server's copy to start again from.
async fn refuse(
    write: &mut SqliteConnection,
    device: &Device,
    id: DocumentId,
    refusals: Vec<PushRefusal>,
    changes: &[u8],
    stored: Option<StoredDocument>,
    now: i64,
) -> Result<DocumentAnswer, ServiceError> {
    let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
    tracing::warn!(device = %device.id, document = %id, ?codes, "batch refused");
    quarantine(write, &device.id, &id, &refusals, changes, now).await?;
    let outcome = DocumentOutcome::Refused { refusals, document: stored.map(|stored| Blob(stored.bytes)) };
    Ok(DocumentAnswer { id, outcome })
}
