//! Extractors: a handler that takes one of these is called by nobody else.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use calloff_core::wire::{Role, Session};

use super::{Secret, SecretHash};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::devices::Device;
use crate::storage::orders::Visible;
use crate::storage::people::Person;

/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "calloff_session";

/// An enrolled tablet.
#[derive(Debug, Clone)]
pub struct Tablet(pub Device);

/// A person who signed in.
#[derive(Debug, Clone)]
pub struct Signed(pub Person);

/// Whoever is known: a tablet or a person.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An enrolled tablet.
    Tablet(Device),
    /// A person who signed in.
    Person(Person),
}

impl Signed {
    /// Checks that the person has one of these roles somewhere, and says what it lets them see.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; the database failed.
    pub async fn may(&self, state: &AppState, roles: &[Role]) -> Result<Visible, ServiceError> {
        let granted = self.0.roles.iter().filter(|granted| roles.contains(&granted.role));
        let nodes: Vec<_> = granted.map(|granted| granted.location.clone()).collect();
        if nodes.is_empty() {
            return Err(ServiceError::Forbidden("your roles do not include this".to_owned()));
        }
        let organisation = state.store.organisation().await?;
        let is_root =
            |node: &calloff_core::ids::LocationId| organisation.as_ref().is_some_and(|o| o.id == node.as_str());
        Ok(if nodes.iter().any(is_root) { Visible::All } else { Visible::Below(nodes) })
    }

    /// What the person's browser is told.
    #[must_use]
    pub fn session(self) -> Session {
        Session { person: self.0.id, name: self.0.name, roles: self.0.roles }
    }
}

impl FromRequestParts<AppState> for Tablet {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ServiceError> {
        let credential = bearer(parts).ok_or(ServiceError::Unauthenticated)?;
        let device = state.store.device_by_credential(&credential, state.now()).await?;
        device.map(Self).ok_or(ServiceError::Unauthenticated)
    }
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ServiceError> {
        let token = session_token(parts).ok_or(ServiceError::Unauthenticated)?;
        let person = state.store.session_person(&token, state.now()).await?;
        person.map(Self).ok_or(ServiceError::Unauthenticated)
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ServiceError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ServiceError> {
        if bearer(parts).is_some() {
            return Ok(Self::Tablet(Tablet::from_request_parts(parts, state).await?.0));
        }
        Ok(Self::Person(Signed::from_request_parts(parts, state).await?.0))
    }
}

/// The credential of `Authorization: Bearer …`.
fn bearer(parts: &Parts) -> Option<SecretHash> {
    let (scheme, credential) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::received(credential.trim()).hash())
}

/// The token of the session cookie.
#[must_use]
pub fn session_token(parts: &Parts) -> Option<SecretHash> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, token)| Secret::received(token).hash())
}
