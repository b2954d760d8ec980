//! People sign in and out.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use calloff_core::ids::PersonId;
use calloff_core::limits::{IDENTIFIER_BYTES, NAME_BYTES};
use calloff_core::wire::{Session, SignInRequest};

use super::extract::Json;
use crate::auth::{SESSION_COOKIE, Secret, Signed, check_attempts, is_password, note_failure, session_token};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::people::{AttemptKind, add_session, remove_session};

/// How long a session lasts, in milliseconds: 12 hours, a long working day.
const SESSION_MILLIS: i64 = 12 * 60 * 60 * 1000;

pub async fn sign_in(
    State(state): State<AppState>,
    Json(request): Json<SignInRequest>,
) -> Result<(HeaderMap, axum::Json<Session>), ServiceError> {
    let SignInRequest { name, password } = request;
    if name.len() > IDENTIFIER_BYTES || password.len() > NAME_BYTES {
        return Err(ServiceError::SignInFailed);
    }
    check_attempts(&state, AttemptKind::SignIn, &name).await?;
    let hash = state.store.password_hash(&name).await?;
    if !check(&state, password, hash).await? {
        note_failure(&state, AttemptKind::SignIn, &name).await?;
        return Err(ServiceError::SignInFailed);
    }
    let id: PersonId = name.parse().map_err(|_| ServiceError::SignInFailed)?;
    let person = state.store.person(&id).await?.ok_or(ServiceError::SignInFailed)?;
    let (now, token) = (state.now(), Secret::mint(state.random()?));
    let mut write = state.store.write().await?;
    add_session(&mut write, &token.hash(), &id, now, now + SESSION_MILLIS).await?;
    write.commit().await?;
    let headers = cookie(&state, token.expose(), SESSION_MILLIS / 1000)?;
    Ok((headers, axum::Json(Signed(person).session())))
}

/// Hashing takes a core and memory for a while: few at once, and away from the threads that serve requests.
async fn check(state: &AppState, password: String, hash: Option<String>) -> Result<bool, ServiceError> {
    let _permit = state.hashing.acquire().await.map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(tokio::task::spawn_blocking(move || is_password(&password, hash.as_deref())).await?)
}

/// Ends the session, if there is one: signing out twice is no error.
pub async fn sign_out(State(state): State<AppState>, parts: Parts) -> Result<(StatusCode, HeaderMap), ServiceError> {
    if let Some(token) = session_token(&parts) {
        let mut write = state.store.write().await?;
        remove_session(&mut write, &token).await?;
        write.commit().await?;
    }
    Ok((StatusCode::NO_CONTENT, cookie(&state, "", 0)?))
}

pub async fn session(person: Signed) -> axum::Json<Session> {
    axum::Json(person.session())
}

fn cookie(state: &AppState, token: &str, seconds: i64) -> Result<HeaderMap, ServiceError> {
    let secure = if state.settings.is_https { "; Secure" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let value = HeaderValue::from_str(&cookie).map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(HeaderMap::from_iter([(SET_COOKIE, value)]))
}
