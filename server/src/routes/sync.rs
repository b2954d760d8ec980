//! Push and pull.

use std::fmt::Display;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use calloff_core::limits::PUSH_BODY_BYTES;
use calloff_core::sync::{pack_pull_response, pack_push_response, packed_size, unpack_push};
use calloff_core::wire::{OLDEST_PROTOCOL, PullRequest, PushRequest};
use tokio::time::timeout;

use super::extract::Json;
use crate::auth::Tablet;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::sync::{self, Room};

/// How long a body may take to arrive: the largest, of some 4 MiB, takes 34 s at 1 Mbit/s.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// A push that was let in: there is room for it until it is answered.
pub struct Admitted {
    request: PushRequest,
    room: Room,
}

impl FromRequest<AppState> for Admitted {
    type Rejection = ServiceError;

    /// Waits for room before the body is read, so that many tablets at once cost no more memory than a few.
    async fn from_request(request: Request, state: &AppState) -> Result<Self, ServiceError> {
        let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let room = state.pushes.admit(length.unwrap_or(PUSH_BODY_BYTES).min(PUSH_BODY_BYTES)).await?;
        let body = timeout(BODY_WAIT, Bytes::from_request(request, state)).await.map_err(|_| {
            ServiceError::BadRequest(format!("the body did not arrive within {} seconds", BODY_WAIT.as_secs()))
        })?;
        let body = body.map_err(not_read)?;
        // Whoever holds a place for what is unpacked never waits for one for a body.
        let unpacked = state.pushes.admit_unpacked(packed_size(&body)?).await?;
        let request = tokio::task::spawn_blocking(move || unpack_push(&body)).await??;
        drop(room);
        Ok(Self { request, room: unpacked })
    }
}

fn not_read(rejection: BytesRejection) -> ServiceError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ServiceError::TooLarge(format!("a push has at most {PUSH_BODY_BYTES} bytes: send it in several"));
    }
    ServiceError::BadRequest(rejection.body_text())
}

pub async fn push(
    State(state): State<AppState>,
    Tablet(device): Tablet,
    Admitted { request, room }: Admitted,
) -> Result<Response, ServiceError> {
    let response = sync::push(&state, &device, request, state.now()).await?;
    drop(room);
    packed(move || pack_push_response(&response)).await
}

pub async fn pull(
    State(state): State<AppState>,
    Tablet(device): Tablet,
    Json(request): Json<PullRequest>,
) -> Result<Response, ServiceError> {
    if request.protocol < OLDEST_PROTOCOL {
        return Err(ServiceError::ClientTooOld { spoken: request.protocol, needed: OLDEST_PROTOCOL });
    }
    let response = sync::pull(&state, &device, &request, state.now()).await?;
    packed(move || pack_pull_response(&response)).await
}

/// As tablets asked up to version 2, whose answers were JSON: one that has nothing to push learns here that it is too old.
pub async fn pull_as_before() -> ServiceError {
    ServiceError::ClientTooOld { spoken: 2, needed: OLDEST_PROTOCOL }
}

/// An answer whose packing takes up to some tens of milliseconds.
async fn packed<E: Display + Send + 'static>(
    pack: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<Response, ServiceError> {
    let body = tokio::task::spawn_blocking(pack).await?;
    let body = body.map_err(|error| ServiceError::Internal(format!("an answer cannot be packed: {error}")))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], body).into_response())
}
