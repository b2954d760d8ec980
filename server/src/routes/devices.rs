//! Tablets, for administrators and site managers.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use calloff_core::ids::DeviceId;
use calloff_core::wire::{
    AuditAct, Choice, DeviceRow, EnrolmentCodeRequest, EnrolmentCodeResponse, Role,
};

use super::extract::{Json, Path};
use crate::auth::{ClientAddress, DEFAULT_VALID_HOURS, Permitted, issue_enrolment_code, qr_svg};
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, record};
use crate::storage::devices::revoke_device;
use crate::storage::orders::Named;

/// The roles that may see tablets.
pub const READERS: &[Role] = &[Role::Admin, Role::SiteManager, Role::Auditor];

/// The roles that may enrol tablets.
pub const ENROLLERS: &[Role] = &[Role::Admin];

/// The roles that may revoke tablets. Site managers may notice first that a tablet is gone.
pub const REVOKERS: &[Role] = &[Role::Admin, Role::SiteManager];

/// The longest validity of a code: four weeks.
const LONGEST_VALID_HOURS: u16 = 28 * 24;

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<DeviceRow>>, ServiceError> {
    Ok(axum::Json(state.store.devices(&permitted.visible).await?))
}

/// The sites for which the reader may issue codes, ordered by name.
pub async fn sites(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<Choice>>, ServiceError> {
    let sites = state.store.sites(&permitted.visible).await?;
    Ok(axum::Json(sites.into_iter().map(|Named { id, name }| Choice { id, name }).collect()))
}

pub async fn enrolment_code(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    headers: HeaderMap,
    Json(request): Json<EnrolmentCodeRequest>,
) -> Result<axum::Json<EnrolmentCodeResponse>, ServiceError> {
    let site = request.site;
    let unknown = || ServiceError::NotFound(format!("site {site}"));
    if !state.store.is_visible(&permitted.visible, &site).await? {
        return Err(unknown());
    }
    let valid_hours = request.valid_hours.unwrap_or(DEFAULT_VALID_HOURS);
    if valid_hours == 0 || valid_hours > LONGEST_VALID_HOURS {
        return Err(ServiceError::Unprocessable(format!(
            "a code is good for 1 to {LONGEST_VALID_HOURS} hours"
        )));
    }
    let doing = permitted.doing(&from, &state);
    let issued = issue_enrolment_code(&state.store, &site, valid_hours, &doing)
        .await?
        .ok_or_else(unknown)?;
    // The request came from our own page, so its origin is the address by which people reach us.
    let page = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let url = state.settings.public_origin.as_deref().or(page).unwrap_or_default();
    let link = issued.link(url);
    Ok(axum::Json(EnrolmentCodeResponse {
        qr_svg: qr_svg(&link)?,
        link,
        code: issued.code.expose(),
        expires_at: issued.expires_at,
    }))
}

pub async fn revoke(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(device): Path<String>,
) -> Result<StatusCode, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("tablet {device}"));
    let id: DeviceId = device.parse().map_err(|_| unknown())?;
    let row = state.store.device(&permitted.visible, &id).await?.ok_or_else(unknown)?;
    let doing = permitted.doing(&from, &state);
    let mut write = state.store.write().await?;
    // A tablet that was revoked before stays revoked. The same request again is no error and makes
    // no second entry.
    if let Some(site) = revoke_device(&mut write, &id, doing.at).await? {
        let act = Act::new(AuditAct::TabletRevoked, id).at(&site).with("name", row.name);
        record(&mut write, &doing, &act).await?;
    }
    write.commit().await?;
    state.wake(Wake::Admission);
    Ok(StatusCode::NO_CONTENT)
}
