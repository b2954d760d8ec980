//! Health checks for the programs that watch the server.

use axum::extract::State;
use axum::http::StatusCode;

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::FREE_BYTES;

/// The process answers. A supervisor restarts the process when it does not.
pub async fn alive() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The server can serve tablets and people: it can read the database, and the disk has space for
/// new data.
pub async fn ready(State(state): State<AppState>) -> Result<StatusCode, ServiceError> {
    let free = state.store.free_bytes().await?;
    match free.filter(|free| *free < FREE_BYTES) {
        Some(free) => Err(ServiceError::DiskFull(format!(
            "{free} bytes are free, {FREE_BYTES} are the least"
        ))),
        None => Ok(StatusCode::NO_CONTENT),
    }
}
