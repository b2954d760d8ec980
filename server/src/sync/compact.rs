//! Settled orders are compacted, because nobody writes to them any more.
//!
//! A document that people work on is stored plain, because deflating takes longer than all other
//! checks of a push. A day after the last change of an accepted order, its document is saved once
//! more, deflated. This saves about half of the bytes in the database and in pulls. The changes in
//! the document and its place in the feed stay as they are. So tablets do not pull it again, and
//! every cursor stays valid. The rest of what sync stores needs no compaction. The feed has one
//! entry for each document. Sessions, unused codes, attempts and refused batches are deleted by age
//! or number.

use std::time::Duration;

use calloff_core::document;
use calloff_core::ids::DocumentId;

use crate::error::ServiceError;
use crate::failpoint::failpoint;
use crate::state::AppState;
use crate::storage::compaction::{Compacted, put_compacted};
use crate::storage::feed::StoredDocument;

/// How long an accepted order has to be unchanged before it is compacted, in milliseconds: a day.
/// By then, the tablets that are online have pulled its last change.
const RESTED: i64 = 24 * 60 * 60 * 1000;

/// The most documents in one transaction. Pushes wait for it, and writing this number takes some
/// milliseconds.
const AT_ONCE: u32 = 32;

/// The pause between two transactions, for the pushes that wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Compacts all orders that have been settled for a day. Returns their number. It may be abandoned
/// wherever it waits.
///
/// # Errors
/// The server failed. Orders that were compacted before stay compacted.
pub async fn compact(state: &AppState) -> Result<usize, ServiceError> {
    let mut count = 0;
    loop {
        let settled =
            state.store.settled_documents(state.now().saturating_sub(RESTED), AT_ONCE).await?;
        if settled.is_empty() {
            return Ok(count);
        }
        count += settled.len();
        let compacted =
            tokio::task::spawn_blocking(move || settled.into_iter().map(compacted).collect())
                .await?;
        store(state, compacted).await?;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn store(state: &AppState, compacted: Vec<Compacted>) -> Result<(), ServiceError> {
    let mut write = state.store.write().await?;
    for compacted in &compacted {
        put_compacted(&mut write, compacted).await?;
    }
    failpoint!("during_compaction");
    Ok(write.commit().await?)
}

/// Compacts a document. If this saves no bytes, or if the result does not load with the same
/// content, the document stays as it is and is not tried again.
fn compacted(stored: StoredDocument) -> Compacted {
    let StoredDocument { id, bytes, heads, .. } = stored;
    let smaller = smaller(id, &bytes).filter(|smaller| smaller.len() < bytes.len());
    if smaller.is_none() {
        tracing::debug!(document = %id, "a settled order is kept as it is");
    }
    Compacted { id, heads, bytes: smaller }
}

fn smaller(id: DocumentId, bytes: &[u8]) -> Option<Vec<u8>> {
    let before = document::load(bytes).ok()?;
    let smaller = before.save();
    let after = document::load(&smaller).ok()?;
    let is_same = after.get_heads() == before.get_heads()
        && document::read(id, &after).0 == document::read(id, &before).0;
    is_same.then_some(smaller)
}
