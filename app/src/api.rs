//! The server's endpoints by name and type (`calloff_core::wire` lists them).

use std::time::Duration;

use calloff_core::catalogue::release::ChunkHash;
use calloff_core::wire::{EnrolRequest, EnrolResponse, ErrorCode, PullResponse, PushRequest, PushResponse, ReleaseResponse};

use crate::platform::http::{HttpError, Request};

/// A chunk may have 8 MiB; on a link of 1 Mbit/s that takes 67 s.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(120);

/// Trades a one-time enrolment code for a tablet's credential.
pub async fn enrol(request: &EnrolRequest) -> Result<EnrolResponse, HttpError> {
    Request::post("/api/enrol").json(request)?.send().await?.json()
}

/// The releases that this tablet should have.
pub async fn releases(credential: &str) -> Result<ReleaseResponse, HttpError> {
    Request::get("/api/release").bearer(Some(credential)).send().await?.json()
}

/// The bytes of one chunk, not yet compared with its hash.
pub async fn chunk(credential: &str, hash: &ChunkHash) -> Result<Vec<u8>, HttpError> {
    let request = Request::get(format!("/api/chunks/{hash}")).bearer(Some(credential)).timeout(CHUNK_TIMEOUT);
    Ok(request.send().await?.body)
}

/// Hands the server what this tablet did.
pub async fn push(credential: &str, request: &PushRequest) -> Result<PushResponse, HttpError> {
    Request::post("/api/sync/push").bearer(Some(credential)).json(request)?.send().await?.json()
}

/// Asks what changed for this tablet's site since a cursor.
pub async fn pull(credential: &str, cursor: Option<&str>) -> Result<PullResponse, HttpError> {
    let path = match cursor {
        Some(cursor) => format!("/api/sync/pull?cursor={}", percent_encoded(cursor)),
        None => "/api/sync/pull".to_owned(),
    };
    Request::get(path).bearer(Some(credential)).send().await?.json()
}

/// The stable code of the server's problem, if that is what came back.
#[must_use]
pub fn error_code(error: &HttpError) -> Option<ErrorCode> {
    match error {
        HttpError::Status { problem: Some(problem), .. } => {
            serde_json::from_value(serde_json::Value::String(problem.code.clone())).ok()
        }
        HttpError::Status { problem: None, .. }
        | HttpError::Offline(_)
        | HttpError::Timeout(_)
        | HttpError::Decode(_) => None,
    }
}

/// A query value: everything but RFC 3986's unreserved characters as `%XX`.
#[must_use]
pub fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn a_query_value_is_encoded_byte_by_byte() {
        assert_eq!(percent_encoded("a b&c=ü/+"), "a%20b%26c%3D%C3%BC%2F%2B");
        assert_eq!(percent_encoded("12-ab_c.~"), "12-ab_c.~");
    }

    #[test]
    fn the_problems_code_is_read_back() {
        let problem = |code: &str| HttpError::Status {
            status: 410,
            problem: Some(ProblemDetails { code: code.to_owned(), title: "x".to_owned(), ..Default::default() }),
        };
        assert_eq!(error_code(&problem("enrolment_code_invalid")), Some(ErrorCode::EnrolmentCodeInvalid));
        assert_eq!(error_code(&problem("invented_later")), None);
        assert_eq!(error_code(&HttpError::Offline(String::new())), None);
    }
}
