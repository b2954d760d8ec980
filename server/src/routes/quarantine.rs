//! Refused batches, for administrators.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use calloff_core::wire::{AuditAct, Blob, PersonRole, QuarantineDetail, QuarantineRow};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::extract::{Path, Query};
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::audit::{Act, record};
use crate::sync;

/// The roles that may look into the quarantine.
pub const READERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::Auditor];

/// The roles that may take up what a tablet offers after a restore.
pub const TAKERS: &[PersonRole] = &[PersonRole::Admin];

/// The number of rows of one page.
const PAGE: u32 = 200;

/// The number of bytes of a batch that are shown, so that a person can see what it is.
const HEAD_BYTES: usize = 256;

#[derive(Deserialize)]
pub struct QuarantineQuery {
    before: Option<i64>,
}

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
    Query(part): Query<QuarantineQuery>,
) -> Result<axum::Json<Vec<QuarantineRow>>, ServiceError> {
    Ok(axum::Json(state.store.quarantine_rows(&permitted.visible, part.before, PAGE).await?))
}

pub async fn detail(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(id): Path<String>,
) -> Result<axum::Json<QuarantineDetail>, ServiceError> {
    let (row, changes) = look(&state, &permitted, &from, &id, AuditAct::QuarantineViewed).await?;
    let sha256 = format!("{:x}", Sha256::digest(&changes));
    let head = Blob(changes[..changes.len().min(HEAD_BYTES)].to_vec());
    Ok(axum::Json(QuarantineDetail { row, sha256, head }))
}

/// The bytes as they came. A browser saves them and never shows them.
pub async fn changes(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(id): Path<String>,
) -> Result<Response, ServiceError> {
    let (row, changes) =
        look(&state, &permitted, &from, &id, AuditAct::QuarantineDownloaded).await?;
    let disposition = format!("attachment; filename=\"quarantine-{}.automerge\"", row.id);
    let headers =
        [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, changes).into_response())
}

/// Takes up a document that a tablet offers after a restore.
pub async fn take_up(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(id): Path<String>,
) -> Result<StatusCode, ServiceError> {
    let number =
        id.parse().map_err(|_| ServiceError::NotFound(format!("batch {id} in quarantine")))?;
    sync::take_up(&state, &permitted.visible, number, &permitted.doing(&from, &state)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn look(
    state: &AppState,
    permitted: &Permitted,
    from: &ClientAddress,
    id: &str,
    act: AuditAct,
) -> Result<(QuarantineRow, Vec<u8>), ServiceError> {
    let unknown = || ServiceError::NotFound(format!("batch {id} in quarantine"));
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let found =
        state.store.quarantine_entry(&permitted.visible, number).await?.ok_or_else(unknown)?;
    let mut write = state.store.write().await?;
    let act = Act::new(act, number).at(&found.0.site).with("device", found.0.device);
    record(&mut write, &permitted.doing(from, state), &act).await?;
    write.commit().await?;
    Ok(found)
}
