//! The location tree, for people who look after tablets and people.

use axum::extract::State;
use calloff_core::wire::{PersonRole, PlaceRow};

use crate::auth::Permitted;
use crate::error::ServiceError;
use crate::state::AppState;

/// The roles that may see the tree.
pub const READERS: &[PersonRole] =
    &[PersonRole::Admin, PersonRole::SiteManager, PersonRole::Auditor, PersonRole::Procurement];

/// The nodes that the reader may see, in the order of the tree: each node comes before the nodes
/// below it, and neighbours are ordered by name.
pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<PlaceRow>>, ServiceError> {
    Ok(axum::Json(state.store.places(&permitted.visible).await?))
}
