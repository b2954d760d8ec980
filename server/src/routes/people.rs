//! People and their PINs, for administrators and site managers.

use axum::extract::State;
use axum::http::StatusCode;
use calloff_core::ids::PersonId;
use calloff_core::pin::{Pin, PinVerifier};
use calloff_core::wire::{AuditAct, PersonRow, PinRequest, Role};

use super::extract::{Json, Path};
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::audit::{Act, record};
use crate::storage::people::{Person, put_pin};
use crate::sync::in_time;

/// The roles that may see people.
pub const READERS: &[Role] = &[Role::Admin, Role::SiteManager, Role::Auditor];

/// The roles that may set PINs.
pub const PIN_SETTERS: &[Role] = &[Role::Admin, Role::SiteManager];

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<PersonRow>>, ServiceError> {
    Ok(axum::Json(state.store.people(&permitted.visible).await?))
}

/// Sets or removes a PIN. All roles of the person must be at places where the caller may set PINs.
/// Otherwise the caller could act under that person's name somewhere else.
pub async fn put_pin_of(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(person): Path<String>,
    Json(request): Json<PinRequest>,
) -> Result<StatusCode, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("person {person}"));
    let id: PersonId = person.parse().map_err(|_| unknown())?;
    let person = state.store.person(&id).await?.ok_or_else(unknown)?;
    check_within(&state, &permitted, &person).await?;
    let verifier = match request.pin {
        Some(digits) => Some(verifier(&state, &digits).await?),
        None => None,
    };
    let doing = permitted.doing(&from, &state);
    let mut write = state.store.write().await?;
    put_pin(&mut write, &id, verifier.as_ref(), doing.at).await?;
    record(&mut write, &doing, &pin_act(&person, verifier.is_some())).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The audit entry of a changed PIN. It is at the person's place, if they have only one.
pub fn pin_act(person: &Person, is_set: bool) -> Act {
    let act = Act::new(if is_set { AuditAct::PinSet } else { AuditAct::PinRemoved }, &person.id);
    match person.roles.as_slice() {
        [only] => act.at(&only.location),
        _ => act,
    }
}

async fn check_within(
    state: &AppState,
    permitted: &Permitted,
    person: &Person,
) -> Result<(), ServiceError> {
    let mut seen = 0;
    for granted in &person.roles {
        seen += usize::from(state.store.is_visible(&permitted.visible, &granted.location).await?);
    }
    match seen {
        0 => Err(ServiceError::NotFound(format!("person {}", person.id))),
        some if some < person.roles.len() => Err(ServiceError::Forbidden(
            "this person also works where you may not set PINs: ask an administrator of both \
             places"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

async fn verifier(state: &AppState, digits: &str) -> Result<PinVerifier, ServiceError> {
    let refused =
        |error: calloff_core::pin::PinError| ServiceError::Unprocessable(error.to_string());
    let pin = Pin::choose(digits).map_err(refused)?;
    let salt = state.random()?;
    let _permit = in_time(state.hashing.acquire())
        .await?
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(move || PinVerifier::new(&pin, salt)).await?.map_err(refused)
}
