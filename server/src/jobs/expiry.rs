use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::blobs::delete_abandoned_uploads;
use crate::storage::devices::delete_expired_codes;
use crate::storage::invitations::delete_expired_invitations;
use crate::storage::jobs::delete_ended;
use crate::storage::people::delete_expired_sessions;

/// Deletes sessions, unused enrolment codes, invitations and ended jobs whose time is over, and
/// what abandoned uploads left. They count no longer anyway, so nothing depends on when this
/// happens.
pub(super) async fn expire(state: &AppState) -> Result<(), ServiceError> {
    let now = state.now();
    let mut write = state.store.write().await?;
    delete_expired_sessions(&mut write, now).await?;
    delete_expired_codes(&mut write, now).await?;
    delete_expired_invitations(&mut write, now).await?;
    delete_ended(&mut write, now).await?;
    delete_abandoned_uploads(&mut write, now).await?;
    Ok(write.commit().await?)
}
