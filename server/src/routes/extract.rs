//! Extractors for bodies and queries that reject with our own errors.

use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::ServiceError;

/// How long a JSON body may take to arrive. The largest body, of 128 KiB, takes 10 s at 100 kbit/s.
const BODY_WAIT: Duration = Duration::from_secs(15);

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ServiceError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ServiceError> {
        let late = |_| {
            let message =
                format!("the body did not arrive within {} s: send it again", BODY_WAIT.as_secs());
            ServiceError::BadRequest(message)
        };
        let axum::Json(body) =
            timeout(BODY_WAIT, axum::Json::from_request(request, state)).await.map_err(late)??;
        Ok(Self(body))
    }
}

/// The query of the address.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ServiceError))]
pub struct Query<T>(pub T);

/// The variable parts of the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ServiceError))]
pub struct Path<T>(pub T);

impl From<JsonRejection> for ServiceError {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::TooLarge(
                "the body is larger than this address accepts: send several requests".to_owned(),
            );
        }
        Self::BadRequest(rejection.body_text())
    }
}

impl From<QueryRejection> for ServiceError {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

impl From<PathRejection> for ServiceError {
    /// A path with parts that cannot name anything.
    fn from(_: PathRejection) -> Self {
        Self::NotFound("such address".to_owned())
    }
}
