//! Push and pull.

use axum::extract::State;
use calloff_core::wire::{PullResponse, PushRequest, PushResponse};
use serde::Deserialize;

use super::extract::{Json, Query};
use crate::auth::Tablet;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::sync;

pub async fn push(
    State(state): State<AppState>,
    Tablet(device): Tablet,
    Json(request): Json<PushRequest>,
) -> Result<axum::Json<PushResponse>, ServiceError> {
    Ok(axum::Json(sync::push(&state, &device, request, state.now()).await?))
}

#[derive(Deserialize)]
pub struct PullQuery {
    /// As the last pull gave it; empty or absent for everything.
    #[serde(default)]
    cursor: String,
}

pub async fn pull(
    State(state): State<AppState>,
    Tablet(device): Tablet,
    Query(query): Query<PullQuery>,
) -> Result<axum::Json<PullResponse>, ServiceError> {
    Ok(axum::Json(sync::pull(&state, &device, &query.cursor, state.now()).await?))
}
