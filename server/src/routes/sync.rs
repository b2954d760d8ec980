//! Push and pull.

use std::fmt::Display;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use calloff_core::sync::{pack_pull_response, pack_push_response};
use calloff_core::wire::{OLDEST_PROTOCOL, PullRequest};

use super::arrival::Admitted;
use super::extract::Json;
use crate::auth::CallingTablet;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::sync;

pub async fn push(
    State(state): State<AppState>,
    Admitted { device, request, place }: Admitted,
) -> Result<Response, ServiceError> {
    let response = sync::push(&state, &device, request, state.now()).await?;
    let answer = packed(move || pack_push_response(&response)).await;
    drop(place);
    answer
}

/// Receives documents that a tablet has and that the server lacks after a restore from a backup.
/// They are kept until head office takes them up.
pub async fn offer(
    State(state): State<AppState>,
    Admitted { device, request, place }: Admitted,
) -> Result<Response, ServiceError> {
    let response = sync::offer(&state, &device, request, state.now()).await?;
    let answer = packed(move || pack_push_response(&response)).await;
    drop(place);
    answer
}

pub async fn pull(
    State(state): State<AppState>,
    CallingTablet(device): CallingTablet,
    Json(request): Json<PullRequest>,
) -> Result<Response, ServiceError> {
    if request.protocol < OLDEST_PROTOCOL {
        return Err(ServiceError::ClientTooOld {
            spoken: request.protocol,
            needed: OLDEST_PROTOCOL,
        });
    }
    // After a restore, a thousand tablets may start over at once. They wait here, and take no
    // memory.
    let stopped = |_| ServiceError::Internal("pulls are no longer answered".to_owned());
    let _pulling = sync::in_time(state.pulling.acquire()).await?.map_err(stopped)?;
    let response = sync::pull(&state, &device, &request, state.now()).await?;
    packed(move || pack_pull_response(&response)).await
}

/// A pull in the form of version 2 or older, whose answers were JSON. A tablet that has nothing to
/// push learns here that it is too old.
pub async fn pull_as_before() -> ServiceError {
    ServiceError::ClientTooOld { spoken: 2, needed: OLDEST_PROTOCOL }
}

/// Makes an answer. Packing it may take some tens of milliseconds.
async fn packed<E: Display + Send + 'static>(
    pack: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<Response, ServiceError> {
    let body = tokio::task::spawn_blocking(pack).await?;
    let body = body
        .map_err(|error| ServiceError::Internal(format!("an answer cannot be packed: {error}")))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], body).into_response())
}
