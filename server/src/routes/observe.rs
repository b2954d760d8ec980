//! Around every request: an id, one log line, and errors as problems.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use calloff_core::wire::{ErrorCode, Problem};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::error::ServiceError;
use crate::state::AppState;

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, logs what became of it, and turns every failure into `application/problem+json`. What is internal
/// is logged here, once, and never returned; a handler that panics is a failure like others.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = state
        .random::<8>()
        .map_or_else(|_| "unidentified".to_owned(), |bytes| format!("{:016x}", u64::from_be_bytes(bytes)));
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    async move {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let response = answered
            .unwrap_or_else(|_| ServiceError::Internal("a handler panicked: see above".to_owned()).into_response());
        let mut response = as_problem(response, &id);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}

fn as_problem(mut response: Response, id: &str) -> Response {
    if let Some(error) = response.extensions_mut().remove::<Arc<ServiceError>>() {
        match error.code() {
            ErrorCode::Internal => tracing::error!("{error}"),
            code => tracing::debug!(%code, "{error}"),
        }
        return problem(response, error.code(), error.detail(), id);
    }
    match code_of(response.status()) {
        Some(code) => problem(response, code, None, id),
        None => response,
    }
}

/// For failures that come from the libraries: an unknown file, a method that is not there.
fn code_of(status: StatusCode) -> Option<ErrorCode> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
        _ if status.is_client_error() => ErrorCode::BadRequest,
        _ => ErrorCode::Internal,
    })
}

/// The same response with a problem as its body; headers that say something else (`allow`) stay.
fn problem(response: Response, code: ErrorCode, detail: Option<String>, id: &str) -> Response {
    let problem = Problem::new(code, detail, id.to_owned());
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(serde_json::to_vec(&problem).unwrap_or_default()))
}
