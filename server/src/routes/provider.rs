//! Sign-in with the organisation's provider: the way to the provider, and back to the desk.

use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use calloff_core::wire::{Actor, AuditAct, SignInOptions};
use serde::Deserialize;

use super::extract::Query;
use super::session::open_session;
use crate::auth::{Account, Attempt, ClientAddress, Provider, ProviderError, Secret, cookie};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::audit::{Act, record};
use crate::storage::people::{AttemptKind, Person};
use crate::storage::providers::{
    UnderWay, add_under_way, link_account_by_email, person_of_account, take_under_way,
};

/// The cookie that binds a sign-in to the browser that began it. It is `Lax`, so that it is sent
/// when the provider sends the person back.
const BROWSER_COOKIE: &str = "calloff_sign_in";

/// How long a person may take at the provider, in milliseconds: ten minutes.
const UNDER_WAY_MILLIS: i64 = 10 * 60 * 1000;

/// The page for a person who is signed in.
const DESK: &str = "/desk";

pub async fn options(State(state): State<AppState>) -> axum::Json<SignInOptions> {
    let provider = state.settings.provider.as_ref().map(|provider| provider.label().to_owned());
    axum::Json(SignInOptions { provider })
}

pub async fn begin(State(state): State<AppState>) -> Result<(StatusCode, HeaderMap), ServiceError> {
    let provider = provider(&state)?;
    let begun = match provider.begin(state.now()).await {
        Ok(begun) => begun,
        Err(error) => return Ok(back(Problem::of(&error), &error)),
    };
    let (now, browser) = (state.now(), Secret::mint(state.random()?));
    let under_way = UnderWay { nonce: begun.nonce, verifier: begun.verifier };
    let mut write = state.store.write().await?;
    let names = (Secret::received(&begun.state).hash(), browser.hash());
    add_under_way(&mut write, &names.0, &names.1, &under_way, now, now + UNDER_WAY_MILLIS).await?;
    write.commit().await?;
    let mut headers = HeaderMap::new();
    headers.append(SET_COOKIE, browser_cookie(&state, browser.expose(), UNDER_WAY_MILLIS / 1000)?);
    redirect(headers, &begun.url)
}

/// The parameters with which the provider sends a person back.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
}

/// Here the caller is a person in a browser, not a program. So every error leads to the sign-in
/// page, which shows it.
pub async fn callback(
    State(state): State<AppState>,
    from: ClientAddress,
    Query(answer): Query<Answer>,
    parts: Parts,
) -> Result<(StatusCode, HeaderMap), ServiceError> {
    let provider = provider(&state)?;
    let browser = cookie(&parts, BROWSER_COOKIE).unwrap_or_default();
    let names = (Secret::received(&answer.state).hash(), Secret::received(browser).hash());
    let mut write = state.store.write().await?;
    let under_way = take_under_way(&mut write, &names.0, &names.1, state.now()).await?;
    write.commit().await?;
    let Some(UnderWay { nonce, verifier }) = under_way else {
        return Ok(back(Problem::Expired, &"nobody began this sign-in here"));
    };
    let Some(code) = answer.code else {
        return Ok(back(Problem::Refused, &"the provider gave no code"));
    };
    let attempt = match Attempt::begin(&state, &[(AttemptKind::SignInFrom, &from.0)]).await {
        Err(ServiceError::RateLimited { .. }) => {
            return Ok(back(Problem::TooOften, &"too many sign-ins failed"));
        }
        begun => begun?,
    };
    let account = match provider.finish(code, verifier, nonce, state.now()).await {
        Ok(account) => account,
        Err(error) => {
            note_failure(&state, &from, "").await?;
            return Ok(back(Problem::of(&error), &error));
        }
    };
    let Some(person) = person_for(&state, &from, &account).await? else {
        note_failure(&state, &from, account.email.as_deref().unwrap_or_default()).await?;
        return Ok(back(Problem::UnknownPerson, &"the account is linked to nobody here"));
    };
    let mut headers = open_session(&state, &from, &person, attempt, "provider").await?;
    headers.append(SET_COOKIE, browser_cookie(&state, "", 0)?);
    redirect(headers, DESK)
}

fn provider(state: &AppState) -> Result<&Provider, ServiceError> {
    state
        .settings
        .provider
        .as_deref()
        .ok_or_else(|| ServiceError::NotFound("sign-in provider".to_owned()))
}

/// The person to whom an account is linked. The first time, a verified e-mail address links it.
async fn person_for(
    state: &AppState,
    from: &ClientAddress,
    account: &Account,
) -> Result<Option<Person>, ServiceError> {
    let Account { issuer, subject, email } = account;
    let mut write = state.store.write().await?;
    let mut id = person_of_account(&mut write, issuer, subject).await?;
    if let (None, Some(email)) = (&id, email) {
        id = link_account_by_email(&mut write, issuer, subject, email, state.now()).await?;
        if let Some(id) = &id {
            let act = Act::new(AuditAct::ProviderAccountLinked, id)
                .with("issuer", issuer)
                .with("subject", subject);
            record(&mut write, &from.doing(Actor::Person(id.clone()), state), &act).await?;
        }
    }
    write.commit().await?;
    match id {
        Some(id) => Ok(state.store.person(&id).await?),
        None => Ok(None),
    }
}

async fn note_failure(
    state: &AppState,
    from: &ClientAddress,
    email: &str,
) -> Result<(), ServiceError> {
    let act = Act::new(AuditAct::SignInFailed, email).with("method", "provider");
    let mut write = state.store.write().await?;
    record(&mut write, &from.doing(Actor::Unknown, state), &act).await?;
    Ok(write.commit().await?)
}

/// Why a person is not signed in, for the sign-in page.
#[derive(Debug, Clone, Copy)]
enum Problem {
    Expired,
    Refused,
    TooOften,
    Unavailable,
    UnknownPerson,
}

impl Problem {
    fn of(error: &ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(_) => Self::Unavailable,
            ProviderError::Code(_) | ProviderError::Token(_) => Self::Refused,
        }
    }

    fn page(self) -> &'static str {
        match self {
            Self::Expired => "/desk/sign-in?problem=expired",
            Self::Refused => "/desk/sign-in?problem=refused",
            Self::TooOften => "/desk/sign-in?problem=too-often",
            Self::Unavailable => "/desk/sign-in?problem=unavailable",
            Self::UnknownPerson => "/desk/sign-in?problem=unknown-person",
        }
    }
}

fn back(problem: Problem, reason: &dyn std::fmt::Display) -> (StatusCode, HeaderMap) {
    tracing::warn!(?problem, "sign-in by the provider: {reason}");
    (
        StatusCode::SEE_OTHER,
        HeaderMap::from_iter([(LOCATION, HeaderValue::from_static(problem.page()))]),
    )
}

fn redirect(mut headers: HeaderMap, to: &str) -> Result<(StatusCode, HeaderMap), ServiceError> {
    headers.insert(
        LOCATION,
        HeaderValue::from_str(to).map_err(|error| ServiceError::Internal(error.to_string()))?,
    );
    Ok((StatusCode::SEE_OTHER, headers))
}

fn browser_cookie(
    state: &AppState,
    value: &str,
    seconds: i64,
) -> Result<HeaderValue, ServiceError> {
    let secure = if state.settings.is_https { "; Secure" } else { "" };
    let text = format!(
        "{BROWSER_COOKIE}={value}; Path=/api/sign-in; Max-Age={seconds}; HttpOnly; \
         SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&text).map_err(|error| ServiceError::Internal(error.to_string()))
}
