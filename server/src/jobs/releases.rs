//! Jobs that tell tablets and desks about a release.

use calloff_core::calendar::Date;
use calloff_core::wire::JobKind;
use serde_json::Value;

use crate::state::day_begins;
use crate::storage::jobs::{NewJob, enqueue};
use crate::storage::{CLOCK_STEP, StorageError, WriteTransaction};

/// Enqueues a job that tells everybody that a release was published, and another one for the moment
/// at which its first day begins first on Earth.
///
/// # Errors
/// The database failed.
pub async fn published(
    write: &mut WriteTransaction,
    number: u64,
    effective_from: Date,
    now: i64,
) -> Result<(), StorageError> {
    changed(write, number, now).await?;
    let begins = day_begins(effective_from);
    if begins > now {
        // The migration that made the table writes the same key.
        let key = format!("{number} · {effective_from}");
        let job =
            NewJob { kind: JobKind::Release, key: &key, payload: &Value::Null, run_at: begins };
        enqueue(write, job, now).await?;
    }
    Ok(())
}

/// Enqueues a job that tells everybody that a release was published or withdrawn.
///
/// # Errors
/// The database failed.
pub async fn changed(
    write: &mut WriteTransaction,
    number: u64,
    now: i64,
) -> Result<(), StorageError> {
    let key = number.to_string();
    // The command line may run on another machine. A server whose clock is some minutes behind must
    // not wait.
    let run_at = now.saturating_sub(CLOCK_STEP);
    enqueue(write, NewJob { kind: JobKind::Release, key: &key, payload: &Value::Null, run_at }, now)
        .await
}
