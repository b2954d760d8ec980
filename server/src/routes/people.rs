//! People and their PINs, for administrators and site managers.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use calloff_core::ids::PersonId;
use calloff_core::pin::{Pin, PinVerifier};
use calloff_core::wire::{
    AddPersonRequest, AddPersonResponse, AuditAct, ChangePersonRequest, InvitationResponse,
    PersonRefusal, PersonRole, PersonRow, PinRequest, RoleAt,
};

use super::extract::{Json, Path};
use crate::auth::{ClientAddress, Permitted, Secret, origin_of_page};
use crate::error::ServiceError;
use crate::people::{self, Access, Invited, act_on, checked};
use crate::state::{AppState, Wake};
use crate::storage::audit::record;
use crate::storage::people::{Person, is_place, is_sign_in_name_taken, person_in, put_pin, sees};
use crate::storage::{Read, WriteTransaction};
use crate::sync::in_time;

/// The roles that may see people.
pub const READERS: &[PersonRole] =
    &[PersonRole::Admin, PersonRole::SiteManager, PersonRole::Auditor];

/// The roles that may add, change, invite and remove people.
pub const MANAGERS: &[PersonRole] = &[PersonRole::Admin];

/// The roles that may set PINs.
pub const PIN_SETTERS: &[PersonRole] = &[PersonRole::Admin, PersonRole::SiteManager];

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<Vec<PersonRow>>, ServiceError> {
    Ok(axum::Json(state.store.people(&permitted.visible, state.now()).await?))
}

/// Adds a person. All roles must be at places that the caller administers.
pub async fn add(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    headers: HeaderMap,
    Json(request): Json<AddPersonRequest>,
) -> Result<axum::Json<AddPersonResponse>, ServiceError> {
    let id: PersonId = request.person.trim().parse().map_err(|_| PersonRefusal::BadSignInName)?;
    let person = checked(id, &request.name, request.roles)?;
    let token = Secret::mint(state.random()?);
    let doing = permitted.doing(&from, &state);
    let mut write = state.store.write().await?;
    check_places(&mut write, &permitted, &person.roles).await?;
    if is_sign_in_name_taken(&mut write, &person.id).await? {
        return Err(PersonRefusal::SignInNameTaken.into());
    }
    people::put(&mut write, &person, Access::default(), &doing).await?;
    let invited = match request.invites {
        true => Some(people::invite(&mut write, &person, token, &doing).await?),
        false => None,
    };
    write.commit().await?;
    let invitation = invited.map(|invited| response(&state, &headers, &invited));
    Ok(axum::Json(AddPersonResponse { invitation }))
}

/// Changes name and roles of a person.
pub async fn change(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(person): Path<String>,
    Json(request): Json<ChangePersonRequest>,
) -> Result<StatusCode, ServiceError> {
    let (mut write, known) = known(&state, &permitted, &person).await?;
    let changed = checked(known.id.clone(), &request.name, request.roles)?;
    // A person keeps a role at a place that left the tree until somebody takes it away.
    let mut added = changed.roles.clone();
    added.retain(|role| !known.roles.contains(role));
    check_places(&mut write, &permitted, &added).await?;
    if changed != known {
        let doing = permitted.doing(&from, &state);
        people::put(&mut write, &changed, Access::default(), &doing).await?;
    }
    write.commit().await?;
    state.wake(Wake::Admission);
    Ok(StatusCode::NO_CONTENT)
}

/// Issues an invitation, in place of an earlier one.
pub async fn invite(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    headers: HeaderMap,
    Path(person): Path<String>,
) -> Result<axum::Json<InvitationResponse>, ServiceError> {
    let token = Secret::mint(state.random()?);
    let (mut write, known) = known(&state, &permitted, &person).await?;
    let doing = permitted.doing(&from, &state);
    let invited = people::invite(&mut write, &known, token, &doing).await?;
    write.commit().await?;
    Ok(axum::Json(response(&state, &headers, &invited)))
}

/// Revokes a person's open invitation. Without one, nothing changes.
pub async fn revoke_invitation(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(person): Path<String>,
) -> Result<StatusCode, ServiceError> {
    let (mut write, known) = known(&state, &permitted, &person).await?;
    people::revoke_invitation(&mut write, &known, &permitted.doing(&from, &state)).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of a person.
pub async fn end_sessions(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(person): Path<String>,
) -> Result<StatusCode, ServiceError> {
    let (mut write, known) = known(&state, &permitted, &person).await?;
    people::end_sessions(&mut write, &known, &permitted.doing(&from, &state)).await?;
    write.commit().await?;
    state.wake(Wake::Admission);
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a person.
pub async fn remove(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(person): Path<String>,
) -> Result<StatusCode, ServiceError> {
    let (mut write, known) = known(&state, &permitted, &person).await?;
    people::remove(&mut write, &known.id, &permitted.doing(&from, &state)).await?;
    write.commit().await?;
    state.wake(Wake::Admission);
    Ok(StatusCode::NO_CONTENT)
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
    // Hashing takes a while, so it comes before the write lock.
    let verifier = match request.pin {
        Some(digits) => Some(verifier(&state, &digits).await?),
        None => None,
    };
    let doing = permitted.doing(&from, &state);
    let (mut write, known) = known(&state, &permitted, &person).await?;
    put_pin(&mut write, &known.id, verifier.as_ref(), doing.at).await?;
    let act = if verifier.is_some() { AuditAct::PinSet } else { AuditAct::PinRemoved };
    record(&mut write, &doing, &act_on(act, &known)).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a write on a person whose places are all the caller's.
async fn known(
    state: &AppState,
    permitted: &Permitted,
    person: &str,
) -> Result<(WriteTransaction, Person), ServiceError> {
    let unknown = || ServiceError::NotFound(format!("person {person}"));
    let id: PersonId = person.parse().map_err(|_| unknown())?;
    let mut write = state.store.write().await?;
    let person = person_in(&mut write, &id).await?.ok_or_else(unknown)?;
    check_within(&mut write, permitted, &person).await?;
    Ok((write, person))
}

/// Checks that all roles of a person are at places of the caller. A person without a place of the
/// caller is not found.
async fn check_within(
    read: &mut Read,
    permitted: &Permitted,
    person: &Person,
) -> Result<(), ServiceError> {
    let mut seen = 0;
    for granted in &person.roles {
        seen += usize::from(sees(read, &permitted.visible, &granted.location).await?);
    }
    match seen {
        0 => Err(ServiceError::NotFound(format!("person {}", person.id))),
        some if some < person.roles.len() => Err(PersonRefusal::WorksElsewhere.into()),
        _ => Ok(()),
    }
}

/// Checks that these roles are at nodes of the tree that the caller administers.
async fn check_places(
    read: &mut Read,
    permitted: &Permitted,
    roles: &[RoleAt],
) -> Result<(), ServiceError> {
    for RoleAt { location, .. } in roles {
        if !is_place(read, location).await? || !sees(read, &permitted.visible, location).await? {
            return Err(ServiceError::NotFound(format!("place {location}")));
        }
    }
    Ok(())
}

fn response(state: &AppState, headers: &HeaderMap, invited: &Invited) -> InvitationResponse {
    InvitationResponse {
        link: invited.link(origin_of_page(state, headers)),
        expires_at: invited.expires_at,
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
