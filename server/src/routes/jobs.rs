//! Jobs, for administrators of the whole organisation.

use axum::extract::State;
use axum::http::StatusCode;
use calloff_core::wire::{JobRow, PersonRole};

use super::extract::Path;
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::jobs::{self, JobChange};
use crate::state::{AppState, Wake};
use crate::storage::orders::Visible;

/// The roles that may see jobs.
pub const READERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::Auditor];

/// The roles that may cancel jobs and run them again.
pub const MANAGERS: &[PersonRole] = &[PersonRole::Admin];

/// The most jobs in an answer. The failed ones come first, so an administrator sees them.
const PAGE: u32 = 500;

/// The jobs concern the whole organisation. A person with a role at a part of it sees none.
pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<JobRow>>, ServiceError> {
    Ok(axum::Json(match permitted.visible {
        Visible::All => state.store.jobs(PAGE).await?,
        Visible::Below(_) => Vec::new(),
    }))
}

pub async fn run_again(
    state: State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    id: Path<String>,
) -> Result<StatusCode, ServiceError> {
    change(state, permitted, from, id, JobChange::RunAgain).await
}

pub async fn cancel(
    state: State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    id: Path<String>,
) -> Result<StatusCode, ServiceError> {
    change(state, permitted, from, id, JobChange::Cancel).await
}

async fn change(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(id): Path<String>,
    change: JobChange,
) -> Result<StatusCode, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("job {id}"));
    if permitted.visible != Visible::All {
        return Err(unknown());
    }
    let number = id.parse().map_err(|_| unknown())?;
    let doing = permitted.doing(&from, &state);
    if !jobs::change(&state.store, number, change, &doing).await? {
        return Err(unknown());
    }
    state.wake(Wake::Jobs);
    Ok(StatusCode::NO_CONTENT)
}
