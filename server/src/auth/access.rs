//! Who may use an endpoint: said once, where the endpoint is listed, and enforced before its
//! handler runs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use calloff_core::wire::Role;

use super::caller::{
    Caller, Permitted, Signed, Tablet, has_bearer, person_of, session_token, tablet_of,
};
use super::same_origin::check_same_origin;
use crate::error::ServiceError;
use crate::state::AppState;

/// Who may use an endpoint. There is no default: an endpoint that does not say it cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: it says nothing of anybody, and changes nothing.
    Anybody,
    /// Anybody who holds the one-time code in the body. No cookie is read or set.
    Code,
    /// Any browser: the answer sets or clears the session's cookie.
    Browser,
    /// A tablet, by its credential.
    Tablet,
    /// A tablet, or anybody who signed in.
    Known,
    /// Anybody who signed in.
    Person,
    /// Whoever signed in with one of these roles, and no more than what lies at and below the nodes
    /// at which they have it.
    Roles(&'static [Role]),
}

impl Access {
    /// Whether a request is answered by who its cookie says it comes from. Then it must come from
    /// our own pages if it changes anything: a cookie goes along with requests that other sites
    /// cause, a credential in a header does not.
    fn is_by_cookie(self, has_bearer: bool) -> bool {
        match self {
            Self::Anybody | Self::Code | Self::Tablet => false,
            Self::Known => !has_bearer,
            Self::Browser | Self::Person | Self::Roles(_) => true,
        }
    }
}

/// Writes into the log's span of the request who it comes from.
fn name_caller(caller: &dyn std::fmt::Display) {
    tracing::Span::current().record("caller", tracing::field::display(caller));
}

/// Lets a request through to its handler, with who it comes from in its extensions; the extractors
/// of this module find it there and nowhere else.
///
/// # Errors
/// Nobody known, not allowed, or caused by another site's page.
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
            parts.extensions.insert(Tablet(device));
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
