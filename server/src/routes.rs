//! HTTP: one file for each family of endpoints, each extract → convert → call → convert. [`calloff_core::wire`] lists them.

mod app;
mod enrol;
mod events;
mod extract;
mod observe;
mod orders;
mod release;
mod session;
mod sync;

use std::path::PathBuf;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use calloff_core::limits::PUSH_BODY_BYTES;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::ServiceError;
use crate::state::AppState;

pub use observe::REQUEST_ID;

/// Bytes of any body but a push: names, passwords, a list of 1,000 hashes of 67 bytes.
const BODY_BYTES: usize = 128 * 1024;

/// Everything that the server answers: `/api/…`, and with `app` the built web app at every other path.
pub fn router(state: AppState, app: Option<PathBuf>) -> Router {
    let api = api().with_state(state.clone());
    let router = Router::new().nest("/api", api);
    let router = match app {
        Some(folder) => router.fallback_service(app::service(&folder)),
        None => router.fallback(no_such_path),
    };
    router.layer(from_fn(app::headers)).layer(from_fn_with_state(state, observe::observe))
}

fn api() -> Router<AppState> {
    let push = post(sync::push).layer(DefaultBodyLimit::max(PUSH_BODY_BYTES));
    let routes = Router::new()
        .route("/enrol", post(enrol::enrol))
        .route("/release", get(release::current))
        .route("/chunks", post(release::chunks))
        .route("/chunks/{hash}", get(release::chunk))
        .route("/sync/pull", get(sync::pull))
        .route("/sign-in", post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .route("/session", get(session::session))
        .route("/orders", get(orders::list))
        .route("/orders/filters", get(orders::filters))
        .route("/orders/{document}", get(orders::detail))
        .route("/events", get(events::events))
        .layer(DefaultBodyLimit::max(BODY_BYTES));
    let no_store = HeaderValue::from_static("no-store");
    routes
        .route("/sync/push", push)
        .method_not_allowed_fallback(no_such_method)
        .fallback(no_such_path)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store))
        .layer(compression())
}

/// JSON is compressed on the way, chunks are already.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

async fn no_such_path() -> ServiceError {
    ServiceError::NotFound("such address".to_owned())
}

async fn no_such_method() -> ServiceError {
    ServiceError::MethodNotAllowed
}
