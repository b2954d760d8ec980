//! What changed at a site since a tablet last asked.

use calloff_core::limits::PULL_DOCUMENTS;
use calloff_core::wire::{Blob, PullResponse, PulledDocument};

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::Device;

/// Bytes of documents in one answer, before base64: what a slow mobile link carries in a minute. The first document goes along
/// however large it is.
const PULL_BYTES: usize = 4 * 1024 * 1024;

/// Lists the documents of the tablet's site that changed after the cursor, each once, in the order of their last change.
///
/// A cursor is the last number of the site's feed that the tablet has seen. One beyond the feed's end comes from before the
/// database was restored: everything is sent again.
///
/// # Errors
/// A cursor that the server never gave; the server failed.
pub async fn pull(state: &AppState, device: &Device, cursor: &str, now: i64) -> Result<PullResponse, ServiceError> {
    let after = parse_cursor(cursor)?;
    let after = if after > state.store.feed_head(&device.site).await? { 0 } else { after };
    let entries = state.store.feed_after(&device.site, after, PULL_DOCUMENTS + 1).await?;
    let found = entries.len();
    let mut seen = after;
    let mut bytes = 0;
    let mut documents = Vec::new();
    for entry in entries.into_iter().take(PULL_DOCUMENTS) {
        bytes += entry.document.bytes.len();
        if bytes > PULL_BYTES && !documents.is_empty() {
            break;
        }
        seen = entry.sequence;
        let document = entry.document;
        documents.push(PulledDocument {
            id: document.id,
            kind: document.kind,
            heads: document.heads,
            document: Blob(document.bytes),
        });
    }
    let today = state.date_at(&device.site, now).await?;
    let release = state.store.release_in_force(today).await?;
    Ok(PullResponse {
        cursor: seen.to_string(),
        more: documents.len() < found,
        documents,
        forgotten: Vec::new(),
        allotments: state.store.allotments_of(&device.site).await?,
        release: release.map(|release| release.issue.number),
    })
}

fn parse_cursor(cursor: &str) -> Result<i64, ServiceError> {
    if cursor.is_empty() {
        return Ok(0);
    }
    let sequence = cursor.parse().ok().filter(|sequence| *sequence >= 0);
    sequence.ok_or_else(|| ServiceError::BadRequest(format!("{cursor:?} is no cursor that this server gave")))
}
