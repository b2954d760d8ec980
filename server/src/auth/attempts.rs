//! A limit on guessing, kept in the database: every node sees the same count.

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::people::{AttemptKind, add_failed_attempt};

/// How long a failure counts, in milliseconds: 15 minutes.
const WINDOW: i64 = 15 * 60 * 1000;

/// Failures of one subject within the window before it has to wait: a person mistypes a few times, a guesser does not get far
/// (40 tries an hour).
const FAILURES: u32 = 10;

/// Refuses a subject that failed too often lately.
///
/// # Errors
/// [`ServiceError::RateLimited`]; the database failed.
pub async fn check_attempts(state: &AppState, kind: AttemptKind, subject: &str) -> Result<(), ServiceError> {
    let failures = state.store.failed_attempts(kind, subject, state.now() - WINDOW).await?;
    if failures >= FAILURES { Err(ServiceError::RateLimited) } else { Ok(()) }
}

/// Counts a failure.
///
/// # Errors
/// The database failed.
pub async fn note_failure(state: &AppState, kind: AttemptKind, subject: &str) -> Result<(), ServiceError> {
    let now = state.now();
    let mut write = state.store.write().await?;
    add_failed_attempt(&mut write, kind, subject, now, now - WINDOW).await?;
    Ok(write.commit().await.map_err(crate::storage::StorageError::from)?)
}
