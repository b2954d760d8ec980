//! A limit for guessing. It is in the database, so every node has the same count, and a restart
//! forgets none.

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::WriteTransaction;
use crate::storage::people::{AttemptKind, add_attempt, attempt_before, remove_attempt};

/// How long a failure counts, in milliseconds: 15 minutes.
const WINDOW: i64 = 15 * 60 * 1000;

/// The number of failures in the window after which a subject has to wait.
fn limit(kind: AttemptKind) -> u32 {
    match kind {
        // A person mistypes a few times. An attacker gets only 40 tries an hour.
        AttemptKind::SignIn | AttemptKind::Enrol => 10,
        // A whole office may have one address. It gets 200 tries an hour for all names together.
        AttemptKind::SignInFrom => 50,
    }
}

/// An attempt that is not finished. It counts as failed from its beginning, so that many attempts
/// at the same time do not avoid the limit.
#[must_use = "report the success of an attempt, or it counts as failed"]
pub struct Attempt {
    counted: Vec<i64>,
}

impl Attempt {
    /// Begins an attempt for these subjects, unless one of them failed too often in the window.
    ///
    /// # Errors
    /// [`ServiceError::RateLimited`], or the database failed.
    pub async fn begin(
        state: &AppState,
        subjects: &[(AttemptKind, &str)],
    ) -> Result<Self, ServiceError> {
        let now = state.now();
        let mut write = state.store.write().await?;
        for (kind, subject) in subjects {
            // The limit is reached as long as the failure that filled it still counts.
            let filling =
                attempt_before(&mut write, *kind, subject, (now - WINDOW, now), limit(*kind) - 1)
                    .await?;
            if let Some(at) = filling {
                let retry_after_seconds = (at + WINDOW - now).unsigned_abs().div_ceil(1000).max(1);
                return Err(ServiceError::RateLimited { retry_after_seconds });
            }
        }
        let mut counted = Vec::with_capacity(subjects.len());
        for (kind, subject) in subjects {
            counted.push(add_attempt(&mut write, *kind, subject, now, now - WINDOW).await?);
        }
        write.commit().await?;
        Ok(Self { counted })
    }

    /// Records that the attempt did not fail.
    ///
    /// # Errors
    /// The database failed.
    pub async fn succeeded(self, write: &mut WriteTransaction) -> Result<(), ServiceError> {
        for id in self.counted {
            remove_attempt(write, id).await?;
        }
        Ok(())
    }
}
