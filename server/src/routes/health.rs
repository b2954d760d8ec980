//! What whoever keeps the server running asks it, with a program.

use axum::extract::State;
use axum::http::StatusCode;

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::FREE_BYTES;

/// The process answers. It is restarted by whoever looks after it when it does not.
pub async fn alive() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Tablets and people can be served: the database is read, and its disk has room for what comes in.
pub async fn ready(State(state): State<AppState>) -> Result<StatusCode, ServiceError> {
    let free = state.store.free_bytes().await?;
    match free.filter(|free| *free < FREE_BYTES) {
        Some(free) => Err(ServiceError::DiskFull(format!(
            "{free} bytes are free, {FREE_BYTES} are the least"
        ))),
        None => Ok(StatusCode::NO_CONTENT),
    }
}
