//! A one-time code becomes a tablet's credential.

use axum::extract::State;
use calloff_core::catalogue::release::format_public_key;
use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::limits::NAME_BYTES;
use calloff_core::wire::{Actor, AuditAct, EnrolRequest, EnrolResponse};

use super::extract::Json;
use crate::auth::{Attempt, ClientAddress, EnrolmentCode, Secret};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::audit::{Act, record};
use crate::storage::devices::{Device, add_device, open_enrolment_code};
use crate::storage::people::AttemptKind;

pub async fn enrol(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<EnrolRequest>,
) -> Result<axum::Json<EnrolResponse>, ServiceError> {
    let name = device_name(&request.device_name)?;
    let attempt = Attempt::begin(&state, &[(AttemptKind::Enrol, &from.0)]).await?;
    let code = EnrolmentCode::received(&request.code);
    let (device, credential) = redeem(&state, &code, name, request.unsent_for.as_ref(), &from, attempt).await?;
    Ok(axum::Json(welcome(&state, device, &credential).await?))
}

fn device_name(name: &str) -> Result<String, ServiceError> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES {
        return Err(ServiceError::Unprocessable(format!("a tablet's name has 1 to {NAME_BYTES} bytes")));
    }
    Ok(name.to_owned())
}

/// Uses the code up and stores the new tablet, in one transaction: of two tablets with one code, one is enrolled. A code for
/// another site than the one for which the tablet holds work is not used up.
async fn redeem(
    state: &AppState,
    code: &EnrolmentCode,
    name: String,
    unsent_for: Option<&LocationId>,
    from: &ClientAddress,
    attempt: Attempt,
) -> Result<(Device, Secret), ServiceError> {
    let now = state.now();
    let mut write = state.store.write().await?;
    let Some(site) = open_enrolment_code(&mut write, &code.hash(), now).await? else {
        let act = Act::new(AuditAct::EnrolmentFailed, "").with("name", name);
        record(&mut write, &from.doing(Actor::Unknown, state), &act).await?;
        write.commit().await?;
        return Err(ServiceError::EnrolmentCodeInvalid);
    };
    if unsent_for.is_some_and(|unsent_for| *unsent_for != site) {
        // Not a guess.
        attempt.succeeded(&mut write).await?;
        write.commit().await?;
        return Err(ServiceError::EnrolmentCodeElsewhere { site: site_name(state, &site).await? });
    }
    let device = Device { id: DeviceId::mint(now, state.random()?), site, name };
    let credential = Secret::mint(state.random()?);
    add_device(&mut write, &device, &credential.hash(), Some(&code.hash()), now).await?;
    let act = Act::new(AuditAct::TabletEnrolled, device.id).at(&device.site).with("name", &device.name);
    record(&mut write, &from.doing(Actor::Tablet(device.id), state), &act).await?;
    attempt.succeeded(&mut write).await?;
    write.commit().await?;
    Ok((device, credential))
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
