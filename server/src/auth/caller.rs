//! The caller of a request. `admit` finds the caller; handlers take the result.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use calloff_core::ids::LocationId;
use calloff_core::wire::{PersonRole, Session};

use super::{Secret, SecretHash};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::{Credential, Device};
use crate::storage::orders::Visible;
use crate::storage::people::Person;

/// The cookie with the token of the session.
pub const SESSION_COOKIE: &str = "calloff_session";

/// An enrolled tablet.
#[derive(Debug, Clone)]
pub struct CallingTablet(pub Device);

/// A person who signed in.
#[derive(Debug, Clone)]
pub struct Signed(pub Person);

/// A known caller: a tablet or a person.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An enrolled tablet.
    Tablet(Device),
    /// A person who is signed in, and the hash of their session's token.
    Person(Person, SecretHash),
}

impl Caller {
    /// Whether the caller may still get answers: the tablet was not revoked, or the session has not
    /// ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_admitted(&self, state: &AppState) -> Result<bool, ServiceError> {
        Ok(match self {
            Self::Tablet(device) => state.store.is_enrolled(&device.id).await?,
            Self::Person(_, session) => {
                state.store.session_person(session, state.now()).await?.is_some()
            }
        })
    }
}

/// A person with a role that the endpoint needs.
#[derive(Debug, Clone)]
pub struct Permitted {
    /// The person.
    pub person: Person,
    /// What their roles for this endpoint let them see and change.
    pub visible: Visible,
}

impl Permitted {
    /// Checks that a person has one of these roles at some node.
    pub(super) async fn check(
        person: Person,
        roles: &[PersonRole],
        state: &AppState,
    ) -> Result<Self, ServiceError> {
        let granted = person.roles.iter().filter(|granted| roles.contains(&granted.role));
        let nodes: Vec<LocationId> = granted.map(|granted| granted.location.clone()).collect();
        if nodes.is_empty() {
            return Err(ServiceError::Forbidden("your roles do not include this".to_owned()));
        }
        let organisation = state.store.organisation().await?;
        let is_root =
            |node: &LocationId| organisation.as_ref().is_some_and(|o| o.id == node.as_str());
        let visible = if nodes.iter().any(is_root) { Visible::All } else { Visible::Below(nodes) };
        Ok(Self { person, visible })
    }
}

impl Signed {
    /// The facts about the session for the person's browser.
    #[must_use]
    pub fn session(self) -> Session {
        Session { person: self.0.id, name: self.0.name, roles: self.0.roles }
    }
}

/// Takes the caller that `admit` found. An endpoint that takes another kind of caller than its
/// access says is a mistake in our code, and every call fails.
macro_rules! found_by_admit {
    ($($caller:ty),+) => {$(
        impl<S: Sync> FromRequestParts<S> for $caller {
            type Rejection = ServiceError;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ServiceError> {
                let found = parts.extensions.get::<Self>().cloned();
                found.ok_or_else(|| ServiceError::Internal(concat!(stringify!($caller), " was not asked for").to_owned()))
            }
        }
    )+};
}

found_by_admit!(CallingTablet, Signed, Caller, Permitted);

/// The tablet of a request's credential.
pub(super) async fn tablet_of(parts: &Parts, state: &AppState) -> Result<Device, ServiceError> {
    let credential = bearer(parts).ok_or(ServiceError::Unauthenticated)?.hash();
    match state.store.device_by_credential(&credential, state.now()).await? {
        Credential::Of(device) => Ok(device),
        Credential::Revoked => Err(ServiceError::DeviceRevoked),
        Credential::Unknown => Err(ServiceError::Unauthenticated),
    }
}

/// The person of a request's session cookie.
pub(super) async fn person_of(parts: &Parts, state: &AppState) -> Result<Person, ServiceError> {
    let token = session_token(parts).ok_or(ServiceError::Unauthenticated)?;
    state.store.session_person(&token, state.now()).await?.ok_or(ServiceError::Unauthenticated)
}

/// Whether a request has a credential in a header.
pub(super) fn has_bearer(parts: &Parts) -> bool {
    bearer(parts).is_some()
}

/// The credential of `Authorization: Bearer …`.
pub(crate) fn bearer(parts: &Parts) -> Option<Secret> {
    let (scheme, credential) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::received(credential.trim()))
}

/// The token of the session cookie.
#[must_use]
pub fn session_token(parts: &Parts) -> Option<SecretHash> {
    cookie(parts, SESSION_COOKIE).map(|token| Secret::received(token).hash())
}

/// The value of a cookie.
pub(crate) fn cookie<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}
