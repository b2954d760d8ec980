//! People sign in and out.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use calloff_core::limits::{IDENTIFIER_BYTES, NAME_BYTES};
use calloff_core::wire::{Actor, AuditAct, Session, SignInRequest};

use super::extract::Json;
use crate::auth::{
    Attempt, ClientAddress, SESSION_COOKIE, Secret, Signed, is_password, session_token,
};
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, record};
use crate::storage::people::{AttemptKind, Person, add_session, remove_session};
use crate::sync::in_time;

/// How long a session lasts, in milliseconds: 12 hours, a long working day.
const SESSION_MILLIS: i64 = 12 * 60 * 60 * 1000;

pub async fn sign_in(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<SignInRequest>,
) -> Result<(HeaderMap, axum::Json<Session>), ServiceError> {
    let SignInRequest { name, password } = request;
    if name.len() > IDENTIFIER_BYTES || password.len() > NAME_BYTES {
        return Err(ServiceError::SignInFailed);
    }
    // The attempt counts for the name as it is stored, whatever capital letters the person typed.
    let name = state.store.sign_in_name(&name).await?.unwrap_or(name);
    let subjects =
        [(AttemptKind::SignIn, name.as_str()), (AttemptKind::SignInFrom, from.0.as_str())];
    let attempt = Attempt::begin(&state, &subjects).await?;
    let person = match name.parse() {
        Ok(id) => state.store.person(&id).await?,
        Err(_) => None,
    };
    let hash = state.store.password_hash(&name).await?;
    let is_right = check(&state, password, hash).await?;
    match person {
        Some(person) if is_right => {
            let headers = open_session(&state, &from, &person, attempt, "password").await?;
            Ok((headers, axum::Json(Signed(person).session())))
        }
        known => {
            note_failed_sign_in(&state, &from, known.as_ref()).await?;
            Err(ServiceError::SignInFailed)
        }
    }
}

/// Opens a session for a person who proved their identity, and returns the cookie.
pub async fn open_session(
    state: &AppState,
    from: &ClientAddress,
    person: &Person,
    attempt: Attempt,
    method: &str,
) -> Result<HeaderMap, ServiceError> {
    let token = Secret::mint(state.random()?);
    let doing = from.doing(Actor::Person(person.id.clone()), state);
    let mut write = state.store.write().await?;
    attempt.succeeded(&mut write).await?;
    add_session(&mut write, &token.hash(), &person.id, doing.at, doing.at + SESSION_MILLIS).await?;
    record(&mut write, &doing, &Act::new(AuditAct::SignedIn, &person.id).with("method", method))
        .await?;
    write.commit().await?;
    cookie(state, token.expose(), SESSION_MILLIS / 1000)
}

/// Records a failed sign-in. Nothing is recorded for a name that does not exist, because people
/// type passwords there, too.
async fn note_failed_sign_in(
    state: &AppState,
    from: &ClientAddress,
    person: Option<&Person>,
) -> Result<(), ServiceError> {
    let target = person.map(|person| person.id.to_string()).unwrap_or_default();
    let mut write = state.store.write().await?;
    record(
        &mut write,
        &from.doing(Actor::Unknown, state),
        &Act::new(AuditAct::SignInFailed, target),
    )
    .await?;
    Ok(write.commit().await?)
}

/// Hashing takes a core and memory for a while. So only a few run at the same time, and not on the
/// threads that serve requests.
async fn check(
    state: &AppState,
    password: String,
    hash: Option<String>,
) -> Result<bool, ServiceError> {
    let _permit = in_time(state.hashing.acquire())
        .await?
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(tokio::task::spawn_blocking(move || is_password(&password, hash.as_deref())).await?)
}

/// Ends the session, if there is one. Signing out twice is no error.
pub async fn sign_out(
    State(state): State<AppState>,
    parts: Parts,
) -> Result<(StatusCode, HeaderMap), ServiceError> {
    if let Some(token) = session_token(&parts) {
        let mut write = state.store.write().await?;
        remove_session(&mut write, &token).await?;
        write.commit().await?;
        state.wake(Wake::Admission);
    }
    Ok((StatusCode::NO_CONTENT, cookie(&state, "", 0)?))
}

pub async fn session(person: Signed) -> axum::Json<Session> {
    axum::Json(person.session())
}

fn cookie(state: &AppState, token: &str, seconds: i64) -> Result<HeaderMap, ServiceError> {
    let secure = if state.settings.is_https { "; Secure" } else { "" };
    let cookie = format!(
        "{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    let value = HeaderValue::from_str(&cookie)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(HeaderMap::from_iter([(SET_COOKIE, value)]))
}
