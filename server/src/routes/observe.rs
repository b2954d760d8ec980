//! Wraps every request: it gets an identifier and a log line, and its errors become problems.

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

/// The number of characters of a path in the log. None of our paths is longer.
const PATH_CHARACTERS: usize = 200;

/// The header with the identifier of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an identifier, logs the result, and turns every failure into
/// `application/problem+json`. Internal errors are logged here, once, and never returned. A handler
/// that panics is a failure like any other.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = state.random::<8>().map_or_else(
        |_| "unidentified".to_owned(),
        |bytes| format!("{:016x}", u64::from_be_bytes(bytes)),
    );
    let span = tracing::info_span!(
        "request",
        %id,
        method = %request.method(),
        path = shortened(request.uri().path()),
        // `admit` sets it when the caller is known.
        caller = tracing::field::Empty,
    );
    async move {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        // `log_panics` has already logged the panic, with this request.
        let response = answered.unwrap_or_else(|_| {
            ServiceError::Internal("a handler panicked".to_owned()).into_response()
        });
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

/// The beginning of a path. The sender may choose any length.
fn shortened(path: &str) -> &str {
    path.char_indices().nth(PATH_CHARACTERS).map_or(path, |(end, _)| &path[..end])
}

/// Writes each panic to the log in one line, with its request and caller, instead of what Rust
/// prints by itself. Some panics are caught and their requests are answered, so nobody would notice
/// them otherwise.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<&str>().copied();
        let said = said
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or_default();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(%place, "panic: {}", said.escape_debug());
    }));
}

fn as_problem(mut response: Response, id: &str) -> Response {
    if let Some(error) = response.extensions_mut().remove::<Arc<ServiceError>>() {
        match error.code() {
            _ if error.is_failure() => tracing::error!("{}", error.logged()),
            code => tracing::debug!(%code, "{error}"),
        }
        return told(response, &error.problem(id));
    }
    match code_of(response.status()) {
        Some(code) => told(response, &Problem::new(code, None, id.to_owned())),
        None => response,
    }
}

/// The code for failures that come from libraries: an unknown file, or a method that does not
/// exist.
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

/// The same response with a problem as its body. Other headers (`allow`) stay.
fn told(response: Response, problem: &Problem) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(serde_json::to_vec(problem).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_that_is_caught_is_one_line_with_its_request_and_its_caller() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let before = std::panic::take_hook();
        log_panics();
        tracing::subscriber::with_default(subscriber, || {
            let request = tracing::info_span!("request", id = "7", caller = tracing::field::Empty);
            request.record("caller", "tablet-9");
            let caught = request.in_scope(|| std::panic::catch_unwind(|| panic!("two\nlines")));
            assert!(caught.is_err());
        });
        std::panic::set_hook(before);
        let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let line = written.lines().find(|line| line.contains("panic")).unwrap_or_default();
        assert!(
            line.contains("id=\"7\"") && line.contains("tablet-9") && line.contains("two\\nlines"),
            "{written}"
        );
    }

    #[test]
    fn a_path_is_shortened_between_its_characters() {
        assert_eq!(shortened("/api/orders"), "/api/orders");
        assert_eq!(shortened(&"ü".repeat(5_000)), "ü".repeat(PATH_CHARACTERS));
    }
}
