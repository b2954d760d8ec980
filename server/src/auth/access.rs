//! Who may use an endpoint. The list of endpoints says it once, and `admit` enforces it before the
//! handler runs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use calloff_core::wire::PersonRole;

use super::caller::{
    Caller, CallingTablet, Permitted, Signed, has_bearer, person_of, session_token, tablet_of,
};
use super::same_origin::check_same_origin;
use crate::error::ServiceError;
use crate::state::AppState;

/// Who may use an endpoint. There is no default: an endpoint without an access cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody. The endpoint says nothing about anybody, and changes nothing.
    Anybody,
    /// Anybody with the one-time code in the body. No cookie is read or set.
    Code,
    /// Any browser. The answer sets or clears the session's cookie.
    Browser,
    /// A tablet, by its credential.
    Tablet,
    /// A tablet, or any person who is signed in.
    Known,
    /// Any person who is signed in.
    Person,
    /// A person with one of these roles. The roles give access only to what is at and below their
    /// nodes.
    Roles(&'static [PersonRole]),
}

impl Access {
    /// Whether a request is answered for the person that its cookie names. If such a request
    /// changes anything, it must come from our own pages. A browser sends a cookie also with
    /// requests that other sites cause; a credential in a header it does not.
    fn is_by_cookie(self, has_bearer: bool) -> bool {
        match self {
            Self::Anybody | Self::Code | Self::Tablet => false,
            Self::Known => !has_bearer,
            Self::Browser | Self::Person | Self::Roles(_) => true,
        }
    }
}

/// Writes the caller into the log's span of the request.
fn name_caller(caller: &dyn std::fmt::Display) {
    tracing::Span::current().record("caller", tracing::field::display(caller));
}

/// Passes an allowed request to its handler, with the caller in its extensions. The extractors of
/// this module find the caller only there.
///
/// # Errors
/// The caller is unknown or not allowed, or another site's page caused the request.
pub async fn admit(
    State((state, access)): State<(AppState, Access)>,
    request: Request,
    next: Next,
) -> Result<Response, ServiceError> {
    let (mut parts, body) = request.into_parts();
    let has_bearer = has_bearer(&parts);
    if access.is_by_cookie(has_bearer) && !parts.method.is_safe() {
        check_same_origin(&parts.headers, state.settings.public_origin.as_deref())?;
    }
    match access {
        Access::Anybody | Access::Code | Access::Browser => {}
        Access::Tablet => {
            let device = tablet_of(&parts, &state).await?;
            name_caller(&device.id);
            parts.extensions.insert(CallingTablet(device));
        }
        Access::Known => {
            let caller = if has_bearer {
                let device = tablet_of(&parts, &state).await?;
                name_caller(&device.id);
                Caller::Tablet(device)
            } else {
                let person = person_of(&parts, &state).await?;
                let session = session_token(&parts).ok_or(ServiceError::Unauthenticated)?;
                name_caller(&person.id);
                Caller::Person(person, session)
            };
            parts.extensions.insert(caller);
        }
        Access::Person => {
            let person = person_of(&parts, &state).await?;
            name_caller(&person.id);
            parts.extensions.insert(Signed(person));
        }
        Access::Roles(roles) => {
            let permitted =
                Permitted::check(person_of(&parts, &state).await?, roles, &state).await?;
            name_caller(&permitted.person.id);
            parts.extensions.insert(permitted);
        }
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}
