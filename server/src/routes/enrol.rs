//! Exchanges a one-time code for a tablet's credential.

use axum::extract::State;
use calloff_core::catalogue::release::format_public_key;
use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::name::plain_name;
use calloff_core::wire::{Actor, AuditAct, EnrolRequest, EnrolResponse};

use super::extract::Json;
use crate::auth::{Attempt, ClientAddress, EnrolmentCode, Secret};
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, record};
use crate::storage::devices::{
    Device, OpenCode, add_device, device_name, enrolled_at_attempt, note_attempt,
    open_enrolment_code, revoke_device,
};
use crate::storage::people::AttemptKind;

pub async fn enrol(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<EnrolRequest>,
) -> Result<axum::Json<EnrolResponse>, ServiceError> {
    let name = plain_name(&request.device_name);
    let name =
        name.map_err(|error| ServiceError::Unprocessable(format!("a tablet's name {error}")))?;
    if request.attempt.len() > ATTEMPT_BYTES {
        return Err(ServiceError::Unprocessable(format!(
            "an attempt has at most {ATTEMPT_BYTES} bytes"
        )));
    }
    let guess = Attempt::begin(&state, &[(AttemptKind::Enrol, &from.0)]).await?;
    let code = EnrolmentCode::received(&request.code);
    let (device, credential) =
        redeem(&state, &code, name.to_owned(), &request, &from, guess).await?;
    Ok(axum::Json(welcome(&state, device, &credential).await?))
}

/// The most bytes of the text that identifies an attempt of a client to enrol: a UUID, or 32 random
/// bytes in hexadecimal digits.
const ATTEMPT_BYTES: usize = 64;

/// The credential for an attempt. The same request, sent twice, gets the same one.
fn credential_of(code: &EnrolmentCode, request: &EnrolRequest, salt: [u8; 16]) -> Secret {
    Secret::derived("calloff enrolment", &[&code.expose(), &request.attempt], salt)
}

/// Uses the code and stores the new tablet, in one transaction. Of two tablets with one code, only
/// one is enrolled. The same attempt again, because its reply was lost, finds that tablet. A code
/// for another site than that of the tablet's unsent work is not used. A code that replaces a
/// tablet revokes that tablet.
async fn redeem(
    state: &AppState,
    code: &EnrolmentCode,
    name: String,
    request: &EnrolRequest,
    from: &ClientAddress,
    guess: Attempt,
) -> Result<(Device, Secret), ServiceError> {
    let now = state.now();
    let attempt = Secret::received(&request.attempt).hash();
    let mut write = state.store.write().await?;
    if !request.attempt.is_empty()
        && let Some((device, salt, in_force)) =
            enrolled_at_attempt(&mut write, &code.hash(), &attempt, now).await?
    {
        let credential = credential_of(code, request, salt);
        // If the tablet already has its next credential, this must not lock it out.
        if credential.hash().as_slice() == in_force {
            guess.succeeded(&mut write).await?;
            write.commit().await?;
            return Ok((device, credential));
        }
    }
    let open = open_enrolment_code(&mut write, &code.hash(), now).await?;
    let Some(OpenCode { site, replaces }) = open else {
        let act = Act::new(AuditAct::EnrolmentFailed, "").with("name", name);
        record(&mut write, &from.doing(Actor::Unknown, state), &act).await?;
        write.commit().await?;
        return Err(ServiceError::EnrolmentCodeInvalid);
    };
    if request.unsent_for.as_ref().is_some_and(|unsent_for| *unsent_for != site) {
        // This was not a guess.
        guess.succeeded(&mut write).await?;
        write.commit().await?;
        return Err(ServiceError::EnrolmentCodeElsewhere { site: site_name(state, &site).await? });
    }
    let device = Device { id: DeviceId::mint(now, state.random()?), site, name };
    let salt = state.random()?;
    let credential = if request.attempt.is_empty() {
        Secret::mint(state.random()?)
    } else {
        credential_of(code, request, salt)
    };
    add_device(&mut write, &device, &credential.hash(), Some(&code.hash()), now).await?;
    if !request.attempt.is_empty() {
        note_attempt(&mut write, &code.hash(), &attempt, salt).await?;
    }
    let act =
        Act::new(AuditAct::TabletEnrolled, device.id).at(&device.site).with("name", &device.name);
    let doing = from.doing(Actor::Tablet(device.id), state);
    record(&mut write, &doing, &act).await?;
    if let Some(replaced) = &replaces
        && revoke_device(&mut write, replaced, now).await?.is_some()
    {
        let name = device_name(&mut write, replaced).await?.unwrap_or_default();
        let act = Act::new(AuditAct::TabletRevoked, replaced).at(&device.site).with("name", name);
        record(&mut write, &doing, &act).await?;
    }
    guess.succeeded(&mut write).await?;
    write.commit().await?;
    if replaces.is_some() {
        state.wake(Wake::Admission);
    }
    Ok((device, credential))
}

async fn welcome(
    state: &AppState,
    device: Device,
    credential: &Secret,
) -> Result<EnrolResponse, ServiceError> {
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
