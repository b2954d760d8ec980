//! Receives the body of a push. A client that sends slowly, or announces a size and sends nothing,
//! makes only itself wait.
//!
//! A tablet has one push at a time; its next push waits. A small body reserves memory for its
//! announced size. A larger body reserves more only when that many bytes have arrived, and before
//! the rest is read.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_LENGTH;
use calloff_core::limits::PUSH_BODY_BYTES;
use calloff_core::sync::{packed_size, unpack_push};
use calloff_core::wire::PushRequest;
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::auth::CallingTablet;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::Device;
use crate::sync::{Pushes, Room, SMALL_BODY_BYTES, Turn};

/// How long a body may take to arrive. The largest body, of some 4 MiB, takes 34 s at 1 Mbit/s.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// How long no byte of a body may arrive. A mobile connection may stop for some seconds when it
/// changes cells.
const STALL: Duration = Duration::from_secs(10);

/// A push that was admitted. It is the turn of its tablet, and memory is reserved for it, until it
/// is answered.
pub struct Admitted {
    pub device: Device,
    pub request: PushRequest,
    /// Released with the answer.
    pub place: (Turn, Room),
}

impl FromRequest<AppState> for Admitted {
    type Rejection = ServiceError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ServiceError> {
        let (mut parts, body) = request.into_parts();
        let CallingTablet(device) = CallingTablet::from_request_parts(&mut parts, state).await?;
        let said =
            parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let turn = state.pushes.turn(device.id).await?;
        let read = timeout(BODY_WAIT, read(&state.pushes, body, said.unwrap_or(PUSH_BODY_BYTES)));
        let (body, rooms) = read.await.map_err(|_| late(BODY_WAIT))??;
        // A request that holds memory for an unpacked body never waits for memory for a body.
        let unpacked = state.pushes.admit_unpacked(packed_size(&body)?).await?;
        let request = tokio::task::spawn_blocking(move || unpack_push(&body)).await??;
        drop(rooms);
        Ok(Self { device, request, place: (turn, unpacked) })
    }
}

/// Reads a body that announces its size, and reserves memory as it arrives.
async fn read(
    pushes: &Pushes,
    body: Body,
    said: usize,
) -> Result<(Vec<u8>, Vec<Room>), ServiceError> {
    if said > PUSH_BODY_BYTES {
        return Err(too_large());
    }
    let mut rooms = vec![pushes.admit(said.min(SMALL_BODY_BYTES)).await?];
    let mut bytes = Vec::with_capacity(said.min(SMALL_BODY_BYTES));
    let mut arriving = body.into_data_stream();
    while let Some(chunk) = timeout(STALL, arriving.next()).await.map_err(|_| late(STALL))? {
        let chunk = chunk
            .map_err(|error| ServiceError::BadRequest(format!("the body broke off: {error}")))?;
        let length = bytes.len() + chunk.len();
        if length > PUSH_BODY_BYTES {
            return Err(too_large());
        }
        if length > SMALL_BODY_BYTES && rooms.len() == 1 {
            rooms.push(pushes.admit_large().await?);
            bytes.reserve_exact(said.max(length) - bytes.len());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, rooms))
}

fn too_large() -> ServiceError {
    ServiceError::TooLarge(format!(
        "a push has at most {PUSH_BODY_BYTES} bytes: send several pushes"
    ))
}

fn late(waited: Duration) -> ServiceError {
    ServiceError::BadRequest(format!(
        "the body did not arrive within {} s: send it again",
        waited.as_secs()
    ))
}
