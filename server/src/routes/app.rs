//! The two built apps (for tablets and for the desk), and the security headers for browsers.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

use crate::error::ServiceError;
use crate::state::AppState;

/// Allows nothing from other addresses, and nothing that is not named here. WebAssembly may be
/// compiled. Text never runs as script. Style sheets and attributes may only use styles that came
/// as a file.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The same as `frame-ancestors`, for older browsers.
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=()"),
];

/// Two years of HTTPS only. It does not include the domains below ours, because they may belong to
/// others.
const HTTPS_ONLY: &str = "max-age=63072000";

/// The desk's app has all pages below this path. Its files are in a folder with this name.
const DESK: &str = "desk";

/// Links for suppliers are below this path. There is no page yet, and no page of an app.
const SUPPLIERS: &str = "s";

/// The files of a build, compressed if the build has compressed files. Every other address of a
/// page gets the `index.html` of its app.
pub fn service(folder: &Path) -> Router {
    let pages = Router::new().fallback(page).with_state(folder.to_owned());
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip().fallback(pages);
    Router::new().fallback_service(files).layer(from_fn(tagged)).layer(from_fn(could_be_there))
}

/// Gives a file whose name stays when its content changes an `ETag` of its content, and answers
/// "not modified" to a browser that has this content.
///
/// A date cannot do it: after a return to an older build, the file is older than the one that the
/// browser has. The browser would keep the newer service worker beside the older app.
async fn tagged(mut request: Request, next: Next) -> Response {
    if request.method() != Method::GET || is_named_by_content(request.uri().path()) {
        return next.run(request).await;
    }
    request.headers_mut().remove(IF_MODIFIED_SINCE);
    let known = request.headers_mut().remove(IF_NONE_MATCH);
    let (mut head, body) = next.run(request).await.into_parts();
    if head.status != StatusCode::OK {
        return Response::from_parts(head, body);
    }
    let content = match to_bytes(body, usize::MAX).await {
        Ok(content) => content,
        Err(error) => return ServiceError::Internal(error.to_string()).into_response(),
    };
    // Weak, because a proxy in between may pack the content in another way.
    let tag = format!("W/\"{:x}\"", Sha256::digest(&content));
    let is_known = known.as_ref().and_then(|known| known.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|known| known.trim().trim_start_matches("W/") == &tag[2..])
    });
    head.headers.remove(LAST_MODIFIED);
    head.headers.insert(ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits"));
    if is_known {
        head.status = StatusCode::NOT_MODIFIED;
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(content))
}

/// The most bytes of a file name in most file systems.
const NAME_BYTES: usize = 255;

/// Answers "not found" for a path that no file system accepts. Asking the file system would be a
/// failure of the server.
async fn could_be_there(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_none = path.len() > PATH_BYTES
        || path.contains("%00")
        || path.split('/').any(|part| part.len() > NAME_BYTES);
    if is_none { StatusCode::NOT_FOUND.into_response() } else { next.run(request).await }
}

/// The most bytes of a path below the folder. A system allows 4,096 together with the path of the
/// folder.
const PATH_BYTES: usize = 2_048;

/// The app's `index.html` for the address of a page. An address whose last part has a full stop is
/// a missing file, unless the browser asks for a page: the address of a person may have one, too.
async fn page(State(folder): State<PathBuf>, request: Request) -> Response {
    let path = request.uri().path();
    let accepted = request.headers().get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let asks_for_page = accepted.is_some_and(|accepted| accepted.contains("text/html"));
    if !asks_for_page && path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let index = match path.split('/').nth(1) {
        Some(SUPPLIERS) => return StatusCode::NOT_FOUND.into_response(),
        Some(DESK) => folder.join(DESK).join("index.html"),
        _ => folder.join("index.html"),
    };
    match tokio::fs::read_to_string(&index).await {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            ServiceError::Internal(format!("{}: {error}", index.display())).into_response()
        }
    }
}

/// Adds the security headers, and says how long a browser may keep the answer if nothing else said
/// so.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_immutable = is_named_by_content(request.uri().path());
    let mut response = next.run(request).await;
    let caching =
        if is_immutable && response.status().is_success() { IMMUTABLE } else { "no-cache" };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if state.settings.is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    response
}

/// For a file that never changes under its name: a year.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Whether the name of a file has the hash of its content, as `app/build/content-name.mjs` writes
/// it: 16 or more hexadecimal digits.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_hash =
        |part: &str| part.len() >= 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.contains('.') && name.split(['-', '_', '.']).any(is_hash)
}

#[cfg(test)]
mod tests {
    use super::is_named_by_content;

    #[test]
    fn only_files_named_by_their_content_are_kept_for_good() {
        assert!(is_named_by_content("/desk/desk-5f0c1d2e3b4a5968.wasm"));
        assert!(is_named_by_content("/tokens-5f0c1d2e3b4a5968.css"));
        for path in
            ["/", "/index.html", "/sw.js", "/icons/icon-512.png", "/orders/5f0c1d2e3b4a5968"]
        {
            assert!(!is_named_by_content(path), "{path}");
        }
    }
}
