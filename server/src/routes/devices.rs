//! Tablets, for administrators and site managers.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::name::plain_name;
use calloff_core::wire::{
    AuditAct, DeviceRow, EnrolmentCodeRequest, EnrolmentCodeResponse, PersonRole, RenameRequest,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::extract::{Json, Path};
use crate::auth::{
    ClientAddress, DEFAULT_VALID_HOURS, Permitted, issue_enrolment_code, origin_of_page, qr_svg,
};
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, record};
use crate::storage::devices::{rename_device, revoke_device};

/// The roles that may see tablets.
pub const READERS: &[PersonRole] =
    &[PersonRole::Admin, PersonRole::SiteManager, PersonRole::Auditor];

/// The roles that may enrol tablets.
pub const ENROLLERS: &[PersonRole] = &[PersonRole::Admin];

/// The roles that may revoke tablets. Site managers may notice first that a tablet is gone.
pub const REVOKERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::SiteManager];

/// The roles that may rename tablets.
pub const RENAMERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::SiteManager];

/// The longest validity of a code: four weeks.
const LONGEST_VALID_HOURS: u16 = 28 * 24;

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<DeviceRow>>, ServiceError> {
    let mut rows = state.store.devices(&permitted.visible).await?;
    let due = release_due(&state).await?;
    rows.iter_mut().for_each(|row| row.release_due = due);
    Ok(axum::Json(rows))
}

/// The release that every tablet should use by now. A day begins last twelve hours after it begins
/// in UTC, and a tablet west of there is not late before.
async fn release_due(state: &AppState) -> Result<Option<u64>, ServiceError> {
    let now = Timestamp::from_millisecond(state.now()).unwrap_or_default();
    let begun = now.saturating_sub(SignedDuration::from_hours(12)).unwrap_or(now);
    let release = state.store.release_in_force(begun.to_zoned(TimeZone::UTC).date()).await?;
    Ok(release.map(|release| release.issue.number))
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
    if let Some(replaced) = &request.replaces {
        check_replaceable(&state, &permitted, replaced, &site).await?;
    }
    let doing = permitted.doing(&from, &state);
    let place = (&site, request.replaces.as_ref());
    let issued = issue_enrolment_code(&state.store, place, valid_hours, &doing)
        .await?
        .ok_or_else(unknown)?;
    let link = issued.link(origin_of_page(&state, &headers));
    Ok(axum::Json(EnrolmentCodeResponse {
        qr_svg: qr_svg(&link)?,
        link,
        code: issued.code.expose(),
        expires_at: issued.expires_at,
    }))
}

/// Checks that a code for a site may replace a tablet: the tablet is at this site and was not
/// revoked.
async fn check_replaceable(
    state: &AppState,
    permitted: &Permitted,
    replaced: &DeviceId,
    site: &LocationId,
) -> Result<(), ServiceError> {
    let row = state.store.device(&permitted.visible, replaced).await?;
    let row = row.ok_or_else(|| ServiceError::NotFound(format!("tablet {replaced}")))?;
    if row.site != *site || row.revoked_at.is_some() {
        return Err(ServiceError::Unprocessable(
            "a code replaces a tablet of its own site that was not revoked".to_owned(),
        ));
    }
    Ok(())
}

/// Gives a tablet another name. The tablet itself shows it within a day.
pub async fn rename(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(device): Path<String>,
    Json(request): Json<RenameRequest>,
) -> Result<StatusCode, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("tablet {device}"));
    let id: DeviceId = device.parse().map_err(|_| unknown())?;
    let name = plain_name(&request.name)
        .map_err(|error| ServiceError::Unprocessable(format!("a tablet's name {error}")))?;
    let row = state.store.device(&permitted.visible, &id).await?.ok_or_else(unknown)?;
    if row.name == name {
        return Ok(StatusCode::NO_CONTENT);
    }
    let doing = permitted.doing(&from, &state);
    let mut write = state.store.write().await?;
    rename_device(&mut write, &id, name).await?;
    let act = Act::new(AuditAct::TabletRenamed, id)
        .at(&row.site)
        .with("name", name)
        .with("before", row.name);
    record(&mut write, &doing, &act).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
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
