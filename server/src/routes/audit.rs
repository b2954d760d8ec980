//! The log of privileged acts.

use axum::extract::State;
use calloff_core::wire::{AuditPage, PersonRole};
use serde::Deserialize;

use super::extract::Query;
use crate::auth::Permitted;
use crate::error::ServiceError;
use crate::state::AppState;

/// The roles that may read the log.
pub const READERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::Auditor];

/// The default number of entries of one page, of some 300 bytes each.
const PAGE: u32 = 500;

#[derive(Deserialize)]
pub struct AuditQuery {
    before: Option<u64>,
    limit: Option<u32>,
}

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
    Query(part): Query<AuditQuery>,
) -> Result<axum::Json<AuditPage>, ServiceError> {
    let limit = part.limit.unwrap_or(PAGE).clamp(1, PAGE);
    // Asks for one more entry, to know whether there are others.
    let mut entries = state.store.audit_entries(&permitted.visible, part.before, limit + 1).await?;
    let is_cut = entries.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if is_cut {
        entries.pop();
    }
    let before = entries.last().filter(|_| is_cut).map(|entry| entry.number);
    let names = state.store.audit_names(&entries).await?;
    Ok(axum::Json(AuditPage { entries, names, before }))
}
