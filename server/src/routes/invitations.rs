//! The page behind an invitation's link: the invited person, and the password that they choose.
//! The token in the body is the only proof, and no cookie is read or set.

use axum::extract::State;
use axum::http::StatusCode;
use calloff_core::wire::{
    AcceptInvitationRequest, Actor, InvitationFacts, InvitationRequest, PersonRefusal,
};

use super::extract::Json;
use crate::auth::{Attempt, ClientAddress, Secret, hash_password, is_allowed_password};
use crate::error::ServiceError;
use crate::people::accept_invitation;
use crate::state::{AppState, Wake};
use crate::storage::invitations::{OpenInvitation, open_invitation};
use crate::storage::people::{AttemptKind, person_in};
use crate::sync::in_time;

/// Names the person that a link invites. The link stays valid.
pub async fn look(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<InvitationRequest>,
) -> Result<axum::Json<InvitationFacts>, ServiceError> {
    let guess = Attempt::begin(&state, &[(AttemptKind::Invitation, &from.0)]).await?;
    let token = Secret::received(&request.token).hash();
    let mut write = state.store.write().await?;
    let open = open_invitation(&mut write, &token, state.now()).await?;
    let OpenInvitation { person, expires_at } = open.ok_or(ServiceError::InvitationInvalid)?;
    let person = person_in(&mut write, &person).await?;
    let person = person.ok_or(ServiceError::InvitationInvalid)?;
    guess.succeeded(&mut write).await?;
    write.commit().await?;
    let organisation = state.store.organisation().await?;
    Ok(axum::Json(InvitationFacts {
        person: person.id,
        name: person.name,
        organisation_name: organisation.map(|organisation| organisation.name).unwrap_or_default(),
        expires_at,
    }))
}

/// Sets the password of the invited person and uses the link up. The person then signs in with it.
pub async fn accept(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<AcceptInvitationRequest>,
) -> Result<StatusCode, ServiceError> {
    let AcceptInvitationRequest { token, password } = request;
    if !is_allowed_password(&password) {
        return Err(PersonRefusal::BadPassword.into());
    }
    let guess = Attempt::begin(&state, &[(AttemptKind::Invitation, &from.0)]).await?;
    let token = Secret::received(&token);
    let salt = state.random()?;
    let hashed = {
        let _permit = in_time(state.hashing.acquire())
            .await?
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        tokio::task::spawn_blocking(move || hash_password(&password, salt)).await?
    };
    let hash = hashed.map_err(|error| ServiceError::Internal(error.to_string()))?;
    let by =
        |person: &calloff_core::ids::PersonId| from.doing(Actor::Person(person.clone()), &state);
    let mut write = state.store.write().await?;
    accept_invitation(&mut write, &token, &hash, by, state.now()).await?;
    guess.succeeded(&mut write).await?;
    write.commit().await?;
    state.wake(Wake::Admission);
    Ok(StatusCode::NO_CONTENT)
}
