//! The facts about a tablet, for the tablet itself.

use axum::extract::State;
use axum::http::request::Parts;
use calloff_core::wire::{CredentialResponse, TabletFacts};

use crate::auth::{CallingTablet, Secret, bearer};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::{next_credential_salt, put_next_credential};

/// The age at which a tablet exchanges its credential, in milliseconds: a week. A copy from a
/// tablet or from a browser's backup is useless soon after that.
const CREDENTIAL_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

pub async fn facts(
    State(state): State<AppState>,
    CallingTablet(device): CallingTablet,
) -> Result<axum::Json<TabletFacts>, ServiceError> {
    let organisation = state.store.organisation().await?;
    let since = state.store.credential_since(&device.id).await?;
    let site_name = state.store.site_name(&device.site).await?;
    Ok(axum::Json(TabletFacts {
        name: device.name,
        site_name: site_name.unwrap_or_else(|| device.site.to_string()),
        organisation_name: organisation.map(|organisation| organisation.name).unwrap_or_default(),
        staff: state.store.staff_at(&device.site).await?,
        // A credential with a start in the future was made while the clock was ahead.
        is_credential_due: !(since..since.saturating_add(CREDENTIAL_MILLIS)).contains(&state.now()),
    }))
}

/// Gives out the next credential. The present one stays valid until the next one is used, so that a
/// lost reply locks nobody out.
///
/// The next credential is derived from the present one. So a repeated request gets the same
/// credential, whichever reply arrives.
pub async fn credential(
    State(state): State<AppState>,
    CallingTablet(device): CallingTablet,
    parts: Parts,
) -> Result<axum::Json<CredentialResponse>, ServiceError> {
    let current = bearer(&parts).ok_or(ServiceError::Unauthenticated)?;
    let mut write = state.store.write().await?;
    let known = next_credential_salt(&mut write, &device.id, &current.hash()).await?;
    let salt = known.map_or_else(|| state.random(), Ok)?;
    let next = Secret::derived("calloff next credential", &[current.expose()], salt);
    if !put_next_credential(&mut write, &device.id, &next.hash(), salt).await? {
        return Err(ServiceError::DeviceRevoked);
    }
    write.commit().await?;
    Ok(axum::Json(CredentialResponse { credential: next.expose().to_owned() }))
}
