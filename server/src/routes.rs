//! The HTTP interface. Each family of endpoints has its own file. Each handler extracts, converts,
//! calls and converts back. [`calloff_core::wire`] lists the endpoints.

mod allotments;
mod app;
mod arrival;
mod audit;
mod contracts;
mod devices;
mod enrol;
mod events;
mod extract;
mod health;
mod invitations;
mod jobs;
mod observe;
mod orders;
mod people;
mod places;
mod provider;
mod purchase_orders;
mod quarantine;
mod release;
mod session;
mod suppliers;
mod sync;
mod tablet;

use std::path::PathBuf;

use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use calloff_core::wire::SERVER_TIME;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::auth::{Access, admit};
use crate::error::ServiceError;
use crate::state::AppState;

pub use observe::{REQUEST_ID, log_panics};

/// The most bytes of a body that is not a push: names, passwords, or a list of 1,000 hashes of 67
/// bytes. [`arrival`] reads pushes.
const BODY_BYTES: usize = 128 * 1024;

/// One endpoint: its method and path, who may use it, and its handler.
pub struct Endpoint {
    /// The method. A GET endpoint answers HEAD, too.
    pub method: Method,
    /// The path, with variable parts as `axum` writes them.
    pub path: &'static str,
    /// Who may use the endpoint.
    pub access: Access,
    handler: MethodRouter<AppState>,
}

impl Endpoint {
    fn get<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::GET, path, access, handler: get(handler) }
    }

    fn post<H: Handler<T, AppState>, T: 'static>(
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        Self { method: Method::POST, path, access, handler: post(handler) }
    }
}

/// Every endpoint of the API. This is the only list. An endpoint that is not here is not served,
/// and none is here without its access.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/health", Access::Anybody, health::alive),
        Endpoint::get("/api/health/ready", Access::Anybody, health::ready),
        Endpoint::post("/api/enrol", Access::Code, enrol::enrol),
        Endpoint::get("/api/release", Access::Known, release::current),
        Endpoint::get("/api/release/{number}/from/{base}", Access::Known, release::difference),
        Endpoint::post("/api/chunks", Access::Known, release::chunks),
        Endpoint::get("/api/chunks/{hash}", Access::Known, release::chunk),
        Endpoint::post("/api/sync/pull", Access::Tablet, sync::pull),
        Endpoint::get("/api/sync/pull", Access::Tablet, sync::pull_as_before),
        Endpoint::post("/api/sync/push", Access::Tablet, sync::push),
        Endpoint::post("/api/sync/offer", Access::Tablet, sync::offer),
        Endpoint::post("/api/allotments/top-up", Access::Tablet, allotments::top_up),
        Endpoint::post("/api/sign-in", Access::Browser, session::sign_in),
        Endpoint::get("/api/sign-in/options", Access::Browser, provider::options),
        Endpoint::get("/api/sign-in/provider", Access::Browser, provider::begin),
        Endpoint::get("/api/sign-in/callback", Access::Browser, provider::callback),
        Endpoint::post("/api/sign-out", Access::Browser, session::sign_out),
        Endpoint::get("/api/session", Access::Person, session::session),
        Endpoint::get("/api/orders", Access::Roles(orders::READERS), orders::list),
        Endpoint::get("/api/orders/filters", Access::Roles(orders::READERS), orders::filters),
        Endpoint::get("/api/orders/{document}", Access::Roles(orders::READERS), orders::detail),
        Endpoint::get(
            "/api/purchase-orders",
            Access::Roles(orders::READERS),
            purchase_orders::list,
        ),
        Endpoint::get(
            "/api/purchase-orders/{purchase_order}",
            Access::Roles(orders::READERS),
            purchase_orders::detail,
        ),
        Endpoint::get(
            "/api/purchase-orders/{purchase_order}/pdf",
            Access::Roles(orders::READERS),
            purchase_orders::pdf,
        ),
        Endpoint::get(
            "/api/purchase-orders/{purchase_order}/ubl",
            Access::Roles(orders::READERS),
            purchase_orders::ubl,
        ),
        Endpoint::post(
            "/api/purchase-orders/{purchase_order}/send",
            Access::Roles(purchase_orders::SENDERS),
            purchase_orders::send,
        ),
        Endpoint::post(
            "/api/purchase-orders/{purchase_order}/sent-by-hand",
            Access::Roles(purchase_orders::SENDERS),
            purchase_orders::sent_by_hand,
        ),
        Endpoint::post(
            "/api/purchase-orders/{purchase_order}/not-sent",
            Access::Roles(purchase_orders::SENDERS),
            purchase_orders::not_sent,
        ),
        Endpoint::get(
            "/api/dispatches/{id}/content",
            Access::Roles(orders::READERS),
            purchase_orders::content,
        ),
        Endpoint::get(
            "/api/dispatches/{id}/ubl",
            Access::Roles(orders::READERS),
            purchase_orders::sent_ubl,
        ),
        Endpoint::get("/api/suppliers", Access::Roles(suppliers::READERS), suppliers::list),
        Endpoint::get(
            "/api/suppliers/{supplier}",
            Access::Roles(suppliers::READERS),
            suppliers::detail,
        ),
        Endpoint::post(
            "/api/suppliers/{supplier}",
            Access::Roles(suppliers::CHANGERS),
            suppliers::change,
        ),
        Endpoint::get("/api/contracts", Access::Roles(contracts::READERS), contracts::list),
        Endpoint::get(
            "/api/contracts/{contract}",
            Access::Roles(contracts::READERS),
            contracts::detail,
        ),
        Endpoint::get(
            "/api/contracts/{contract}/versions/{version}/lines",
            Access::Roles(contracts::READERS),
            contracts::lines,
        ),
        Endpoint::get(
            "/api/contracts/{contract}/difference/{from}/{to}",
            Access::Roles(contracts::READERS),
            contracts::difference,
        ),
        Endpoint::get("/api/tablet", Access::Tablet, tablet::facts),
        Endpoint::post("/api/tablet/credential", Access::Tablet, tablet::credential),
        Endpoint::get("/api/devices", Access::Roles(devices::READERS), devices::list),
        Endpoint::post(
            "/api/devices/enrolment-codes",
            Access::Roles(devices::ENROLLERS),
            devices::enrolment_code,
        ),
        Endpoint::post(
            "/api/devices/{device}/rename",
            Access::Roles(devices::RENAMERS),
            devices::rename,
        ),
        Endpoint::post(
            "/api/devices/{device}/revoke",
            Access::Roles(devices::REVOKERS),
            devices::revoke,
        ),
        Endpoint::get("/api/people", Access::Roles(people::READERS), people::list),
        Endpoint::post("/api/people", Access::Roles(people::MANAGERS), people::add),
        Endpoint::post("/api/people/{person}", Access::Roles(people::MANAGERS), people::change),
        Endpoint::post(
            "/api/people/{person}/invitation",
            Access::Roles(people::MANAGERS),
            people::invite,
        ),
        Endpoint::post(
            "/api/people/{person}/invitation/revoke",
            Access::Roles(people::MANAGERS),
            people::revoke_invitation,
        ),
        Endpoint::post(
            "/api/people/{person}/sessions/end",
            Access::Roles(people::MANAGERS),
            people::end_sessions,
        ),
        Endpoint::post(
            "/api/people/{person}/remove",
            Access::Roles(people::MANAGERS),
            people::remove,
        ),
        Endpoint::post("/api/invitation", Access::Code, invitations::look),
        Endpoint::post("/api/invitation/accept", Access::Code, invitations::accept),
        Endpoint::get("/api/places", Access::Roles(places::READERS), places::list),
        Endpoint::post(
            "/api/people/{person}/pin",
            Access::Roles(people::PIN_SETTERS),
            people::put_pin_of,
        ),
        Endpoint::get("/api/quarantine", Access::Roles(quarantine::READERS), quarantine::list),
        Endpoint::get(
            "/api/quarantine/{id}",
            Access::Roles(quarantine::READERS),
            quarantine::detail,
        ),
        Endpoint::get(
            "/api/quarantine/{id}/changes",
            Access::Roles(quarantine::READERS),
            quarantine::changes,
        ),
        Endpoint::post(
            "/api/quarantine/{id}/take-up",
            Access::Roles(quarantine::TAKERS),
            quarantine::take_up,
        ),
        Endpoint::get("/api/audit", Access::Roles(audit::READERS), audit::list),
        Endpoint::get("/api/jobs", Access::Roles(jobs::READERS), jobs::list),
        Endpoint::post("/api/jobs/{id}/run-again", Access::Roles(jobs::MANAGERS), jobs::run_again),
        Endpoint::post("/api/jobs/{id}/cancel", Access::Roles(jobs::MANAGERS), jobs::cancel),
        Endpoint::post(
            "/api/orders/{document}/decision",
            Access::Roles(orders::DECIDERS),
            orders::decide,
        ),
        Endpoint::get(
            "/api/events",
            Access::Known,
            events::events.layer(Extension(events::Streams::default())),
        ),
    ]
}

/// The router of everything that the server answers: `/api/…`, and with `app` the built web app at
/// every other path.
pub fn router(state: AppState, app: Option<PathBuf>) -> Router {
    let router = Router::new().nest("/api", api(&state));
    let router = match app {
        Some(folder) => router.fallback_service(app::service(&folder)),
        None => router.fallback(no_such_path),
    };
    let headers = from_fn_with_state(state.clone(), app::headers);
    router.layer(headers).layer(from_fn_with_state(state, observe::observe))
}

fn api(state: &AppState) -> Router {
    let mut routes = Router::new();
    for Endpoint { path, access, handler, .. } in endpoints() {
        let guard = from_fn_with_state((state.clone(), access), admit);
        let handler = handler.layer(DefaultBodyLimit::max(BODY_BYTES)).route_layer(guard);
        routes = routes.route(path.strip_prefix("/api").unwrap_or(path), handler);
    }
    let no_store = HeaderValue::from_static("no-store");
    routes
        .method_not_allowed_fallback(no_such_method)
        .fallback(no_such_path)
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, no_store))
        .layer(compression())
        .layer(map_response_with_state(state.clone(), tell_time))
        .with_state(state.clone())
}

/// Adds the server's time, so that a tablet can measure how wrong its own clock is.
async fn tell_time(State(state): State<AppState>, mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(HeaderName::from_static(SERVER_TIME), HeaderValue::from(state.now()));
    response
}

/// Compresses JSON. Chunks, and the bodies of pushes and pulls, are already compressed.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate =
        DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

async fn no_such_path() -> ServiceError {
    ServiceError::NotFound("such address".to_owned())
}

async fn no_such_method() -> ServiceError {
    ServiceError::MethodNotAllowed
}
