//! What a tablet asks about itself.

use axum::extract::State;
use axum::http::request::Parts;
use calloff_core::wire::{CredentialResponse, TabletFacts};

use crate::auth::{Secret, Tablet, bearer};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::{next_credential_salt, put_next_credential};

/// After so long a tablet trades its credential, in milliseconds: a week. One that was copied off a
/// tablet, or out of a browser's backup, is worth nothing soon after.
const CREDENTIAL_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

pub async fn facts(
    State(state): State<AppState>,
    Tablet(device): Tablet,
) -> Result<axum::Json<TabletFacts>, ServiceError> {
    let organisation = state.store.organisation().await?;
    let since = state.store.credential_since(&device.id).await?;
    let site_name = state.store.site_name(&device.site).await?;
    Ok(axum::Json(TabletFacts {
        name: device.name,
        site_name: site_name.unwrap_or_else(|| device.site.to_string()),
        organisation_name: organisation.map(|organisation| organisation.name).unwrap_or_default(),
        staff: state.store.staff_at(&device.site).await?,
        // One that is in force since the future was traded by a clock that ran ahead.
        is_credential_due: !(since..since.saturating_add(CREDENTIAL_MILLIS)).contains(&state.now()),
    }))
}

/// Hands out the next credential. The one in use stays good until the next one is used: a reply
/// that is lost locks nobody out.
///
/// It is made of the credential that asks, so that a request which comes twice, whichever reply is
/// heard, gives the same one.
pub async fn credential(
    State(state): State<AppState>,
    Tablet(device): Tablet,
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
