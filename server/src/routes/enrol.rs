//! A one-time code becomes a tablet's credential.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::Extensions;
use calloff_core::catalogue::release::format_public_key;
use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::limits::NAME_BYTES;
use calloff_core::wire::{EnrolRequest, EnrolResponse};

use super::extract::Json;
use crate::auth::{EnrolmentCode, Secret, check_attempts, note_failure};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::{Device, add_device, open_enrolment_code};
use crate::storage::people::AttemptKind;

pub async fn enrol(
    State(state): State<AppState>,
    extensions: Extensions,
    Json(request): Json<EnrolRequest>,
) -> Result<axum::Json<EnrolResponse>, ServiceError> {
    let from = address(&extensions);
    check_attempts(&state, AttemptKind::Enrol, &from).await?;
    let name = device_name(&request.device_name)?;
    match redeem(&state, &EnrolmentCode::received(&request.code), name).await? {
        Some((device, credential)) => Ok(axum::Json(welcome(&state, device, &credential).await?)),
        None => {
            note_failure(&state, AttemptKind::Enrol, &from).await?;
            Err(ServiceError::EnrolmentCodeInvalid)
        }
    }
}

/// Where the request comes from; behind a proxy all come from one place and share its tries.
fn address(extensions: &Extensions) -> String {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(String::new, |info| info.0.ip().to_string())
}

fn device_name(name: &str) -> Result<String, ServiceError> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES {
        return Err(ServiceError::Unprocessable(format!("a tablet's name has 1 to {NAME_BYTES} bytes")));
    }
    Ok(name.to_owned())
}

/// Uses the code up and stores the new tablet, in one transaction: of two tablets with one code, one is enrolled.
async fn redeem(
    state: &AppState,
    code: &EnrolmentCode,
    name: String,
) -> Result<Option<(Device, Secret)>, ServiceError> {
    let now = state.now();
    let mut write = state.store.write().await?;
    let Some(site) = open_enrolment_code(&mut write, &code.hash(), now).await? else { return Ok(None) };
    let device = Device { id: DeviceId::mint(now, state.random()?), site, name };
    let credential = Secret::mint(state.random()?);
    add_device(&mut write, &device, &credential.hash(), Some(&code.hash()), now).await?;
    write.commit().await?;
    tracing::info!(device = %device.id, site = %device.site, "tablet enrolled");
    Ok(Some((device, credential)))
}

async fn welcome(state: &AppState, device: Device, credential: &Secret) -> Result<EnrolResponse, ServiceError> {
    let organisation = state.store.organisation().await?;
    Ok(EnrolResponse {
        device: device.id,
        credential: credential.expose().to_owned(),
        site_name: site_name(state, &device.site).await?,
        organisation_name: organisation.map(|organisation| organisation.name).unwrap_or_default(),
        signing_key: format_public_key(&state.settings.verifying_key),
        staff: state.store.staff_at(&device.site).await?,
        site: device.site,
    })
}

async fn site_name(state: &AppState, site: &LocationId) -> Result<String, ServiceError> {
    Ok(state.store.site_name(site).await?.unwrap_or_else(|| site.to_string()))
}
