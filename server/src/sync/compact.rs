//! Orders that are settled are stored smaller: nobody writes to them any more.
//!
//! A document in work is stored plain, because deflating takes longer than all other checks of a
//! push. Once an order was accepted and a day has passed, its document is saved once more,
//! deflated: about half of the bytes, for the database and for whoever pulls it. The changes in it
//! and its place in the feed stay as they are, so no tablet hears of it and no cursor is touched.
//! Nothing else grows: the feed has one entry a document, and sessions, codes, attempts and the
//! quarantine end by themselves.

use std::time::Duration;

use calloff_core::document;
use calloff_core::ids::DocumentId;

use crate::error::ServiceError;
use crate::failpoint::failpoint;
use crate::state::AppState;
use crate::storage::compaction::{Compacted, put_compacted};
use crate::storage::feed::StoredDocument;

/// How long an accepted order rests before it is compacted, in milliseconds: a day, so that what
/// tablets still pull is not rewritten under them.
const RESTED: i64 = 24 * 60 * 60 * 1000;

/// How often settled orders are looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Documents in one transaction: pushes wait for it, and writing so many takes some milliseconds.
const AT_ONCE: u32 = 32;

/// Between two transactions, for the pushes that wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Compacts at the start and every hour; ends when the server stops.
pub async fn compact_regularly(state: AppState) {
    let mut stopping = state.stopping.subscribe();
    let mut timer = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        match compact(&state).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "settled orders were compacted"),
            Err(error) => tracing::warn!("settled orders cannot be compacted: {error}"),
        }
    }
}

/// Compacts all orders that have been settled for a day; gives their number.
///
/// # Errors
/// The server failed. What was compacted before stays so.
pub async fn compact(state: &AppState) -> Result<usize, ServiceError> {
    let mut count = 0;
    while !*state.stopping.borrow() {
        let settled =
            state.store.settled_documents(state.now().saturating_sub(RESTED), AT_ONCE).await?;
        if settled.is_empty() {
            break;
        }
        count += settled.len();
        let compacted =
            tokio::task::spawn_blocking(move || settled.into_iter().map(compacted).collect())
                .await?;
        store(state, compacted).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(count)
}

async fn store(state: &AppState, compacted: Vec<Compacted>) -> Result<(), ServiceError> {
    let mut write = state.store.write().await?;
    for compacted in &compacted {
        put_compacted(&mut write, compacted).await?;
    }
    failpoint!("during_compaction");
    Ok(write.commit().await?)
}

/// A document saved smaller. One that cannot be, or would not load as it was, stays as it is, and
/// is not tried again.
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
