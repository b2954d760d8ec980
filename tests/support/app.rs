use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use calloff_core::calendar::Date;
use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::Contract;
use calloff_core::ids::LocationId;
use calloff_core::sample::builder::{day, id};
use calloff_core::sync::{pack_push, unpack_pull_response, unpack_push_response};
use calloff_core::wire::{
    Actor, EnrolRequest, EnrolResponse, ErrorCode, PersonRole, Problem, PullResponse, PushRequest,
    PushResponse, RoleAt,
};
use calloff_server::auth::{Secret, hash_password, issue_enrolment_code};
use calloff_server::jobs::work_on_due;
use calloff_server::publishing::{self, Published, signing_key};
use calloff_server::state::{AppState, Clock, Settings};
use calloff_server::storage::audit::Doing;
use calloff_server::storage::devices::revoke_device;
use calloff_server::storage::organisation::add_content;
use calloff_server::storage::people;
use calloff_server::today::Days;
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use crate::queue::Queue;
use crate::{Data, Person, TestTablet};

/// The first day of release 1.
pub const RELEASE_DAY: &str = "2026-03-01";

/// Milliseconds since the Unix epoch of a time in UTC, such as `2026-03-02T09:00:00Z`.
#[must_use]
pub fn at(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

/// A server with its data. A test that panics leaves nothing behind. At the end of a test, no
/// job may be due, and none may have failed.
pub struct TestApp {
    pub(crate) data: Data,
    clock: Arc<AtomicI64>,
    /// The state of the server, so that a test can look into the store.
    pub state: AppState,
    router: Router,
    queue: Queue,
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body of a successful answer.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(self.success()).expect("a JSON body of that type")
    }

    /// The answer to a push.
    #[must_use]
    pub fn pushed(&self) -> PushResponse {
        unpack_push_response(self.success()).expect("the answer to a push")
    }

    /// The answer to a pull.
    #[must_use]
    pub fn pulled(&self) -> PullResponse {
        unpack_pull_response(self.success()).expect("the answer to a pull")
    }

    fn success(&self) -> &[u8] {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        &self.body
    }

    /// The problem of a failed request, checked against status and headers.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let problem: Problem = serde_json::from_slice(&self.body).expect("a problem");
        assert_eq!(self.headers[header::CONTENT_TYPE], Problem::CONTENT_TYPE);
        assert_eq!(self.status.as_u16(), problem.code.status());
        assert_eq!(self.headers["x-request-id"], problem.request_id.as_str());
        problem
    }

    /// The error code of a failed request.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.problem().code
    }
}

impl TestApp {
    /// A server that has published this catalogue as release 1, in force since [`RELEASE_DAY`]. The
    /// time is nine in the morning of the next Monday, in UTC.
    pub async fn start(content: &CatalogueContent) -> Self {
        let app = Self::empty(at("2026-03-02T09:00:00Z")).await;
        app.publish(content, day(RELEASE_DAY)).await;
        app
    }

    /// A server with an empty folder, at a time.
    pub async fn empty(now: i64) -> Self {
        Self::open(Data::new().await, now).await
    }

    /// The organisation's key.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        signing_key::load_or_create(self.data.path()).expect("the key")
    }

    /// A server with existing data, at a time.
    pub async fn open(data: Data, now: i64) -> Self {
        let clock = Arc::new(AtomicI64::new(now));
        let read = Arc::clone(&clock);
        let store = data.open().await;
        let key = signing_key::load_or_create(data.path()).expect("the key");
        let settings = Settings::new(key.verifying_key());
        let time = Clock::of(move || read.load(Ordering::SeqCst));
        let queue = Queue::new(&data, &time);
        let state = AppState::new(store, settings, time);
        let router = calloff_server::router(state.clone(), None);
        Self { data, clock, state, router, queue }
    }

    /// Another server on the same database, as a second node is.
    pub async fn second_node(&self) -> Self {
        Self::open(self.data.clone(), self.now()).await
    }

    /// The same server with other settings.
    #[must_use]
    pub fn with_settings(self, change: impl FnOnce(&mut Settings)) -> Self {
        let Self { data, clock, state, queue, .. } = self;
        let mut settings = state.settings.clone();
        change(&mut settings);
        let read = Arc::clone(&clock);
        let state = AppState::new(
            state.store.clone(),
            settings,
            Clock::of(move || read.load(Ordering::SeqCst)),
        );
        let router = calloff_server::router(state.clone(), None);
        Self { data, clock, state, router, queue }
    }

    /// Stops the server and starts another one with the same data.
    pub async fn restart(self) -> Self {
        self.state.store.close().await;
        let now = self.now();
        Self::open(self.data, now).await
    }

    /// The server's time.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Sets the server's clock.
    pub fn set_time(&self, time: &str) {
        self.set_millis(at(time));
    }

    /// Sets the server's clock, in milliseconds since the Unix epoch.
    pub fn set_millis(&self, now: i64) {
        self.clock.store(now, Ordering::SeqCst);
    }

    /// Replaces everything that is stored by this content, and publishes it. Its contracts are
    /// added unchanged.
    pub async fn publish(&self, content: &CatalogueContent, effective_from: Date) -> Published {
        let store = &self.state.store;
        let known = store.contracts().await.expect("contracts");
        let is_new = |contract: &&Contract| {
            !known
                .iter()
                .any(|known| (&known.id, known.version) == (&contract.id, contract.version))
        };
        let mut added = content.clone();
        added.contracts = content.contracts.iter().filter(is_new).cloned().collect();
        if !known.is_empty() {
            added.sourcing_rules.clear();
            added.tie_decisions.clear();
        }
        let mut write = store.write().await.expect("a transaction");
        add_content(&mut write, &added).await.expect("stored");
        write.commit().await.expect("committed");
        let request = self.release_from(effective_from).await;
        let published = publishing::publish(store, &self.signing_key(), request).await;
        self.work().await;
        published.expect("published")
    }

    /// Works on all jobs that are due, as `calloff serve` does by itself.
    pub async fn work(&self) {
        work_on_due(&self.state).await.expect("the jobs");
    }

    /// Publishes what is stored.
    pub async fn release_from(&self, effective_from: Date) -> publishing::PublishRequest {
        let now = jiff::Timestamp::from_millisecond(self.now()).expect("a time");
        publishing::PublishRequest {
            reason: "test".to_owned(),
            by: id("owner"),
            actor: calloff_core::wire::Actor::Person(id("owner")),
            effective_from,
            today: Days::of(&self.state.store, now).await.expect("sites").earliest.date,
            issued_at: self.now(),
            settle_ties: false,
        }
    }

    /// Sends a request unchanged. Nothing is read of a stream of events, because it has no end.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let is_stream =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if is_stream {
            Bytes::new()
        } else {
            to_bytes(body, usize::MAX).await.expect("a body")
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The whole answer to a request. A stream of events may never reach its end.
    pub async fn stream(&self, request: Request<Body>) -> BodyDataStream {
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer")
            .into_body()
            .into_data_stream()
    }

    /// Sends a request without credentials.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, Body::empty())).await
    }

    /// Every byte that the server stored.
    #[must_use]
    pub fn stored_bytes(&self) -> Vec<u8> {
        self.data.stored_bytes()
    }

    /// Sends a JSON body without credentials.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(request(Method::POST, path, json(body))).await
    }

    /// A code that enrols a tablet at a site within an hour.
    pub async fn enrolment_code(&self, site: &str) -> String {
        let site: LocationId = id(site);
        let doing = Doing { by: Actor::Unknown, at: self.now(), from: String::new() };
        let issued = issue_enrolment_code(&self.state.store, (&site, None), 1, &doing).await;
        let issued = issued.expect("the store");
        issued.expect("a site").code.expose()
    }

    /// Enrols a tablet at a site, with the release in force.
    pub async fn tablet(&self, site: &str, name: &str) -> TestTablet {
        let code = self.enrolment_code(site).await;
        let answer = self.post("/api/enrol", &EnrolRequest::new(code, name)).await;
        TestTablet::enrolled(self, answer.json::<EnrolResponse>()).await
    }

    /// Revokes a tablet.
    pub async fn revoke(&self, tablet: &TestTablet) {
        let mut write = self.state.store.write().await.expect("a transaction");
        let revoked = revoke_device(&mut write, &tablet.enrolment.device, self.now())
            .await
            .expect("the store");
        assert_eq!(revoked.as_ref(), Some(&tablet.enrolment.site));
        write.commit().await.expect("committed");
    }

    /// Adds a person with one role, and opens a session for them without a sign-in.
    pub async fn signed_in(&self, name: &str, role: PersonRole, location: &str) -> Person {
        let person = people::Person {
            id: id(name),
            name: name.to_owned(),
            roles: vec![RoleAt { role, location: id(location) }],
        };
        let token = Secret::mint(self.state.random().expect("random bytes"));
        let mut write = self.state.store.write().await.expect("a transaction");
        people::put_person(&mut write, &person, None, self.now()).await.expect("a person");
        let (now, hour) = (self.now(), 60 * 60 * 1000);
        people::add_session(&mut write, &token.hash(), &person.id, now, now + hour)
            .await
            .expect("a session");
        write.commit().await.expect("committed");
        Person::with_session(token.expose())
    }

    /// Adds a person with one role and signs them in.
    pub async fn person(&self, name: &str, role: PersonRole, location: &str) -> Person {
        self.add_person(name, role, location, "correct horse battery").await;
        Person::sign_in(self, name, "correct horse battery").await
    }

    /// Adds a person with one role.
    pub async fn add_person(&self, name: &str, role: PersonRole, location: &str, password: &str) {
        let roles = vec![RoleAt { role, location: id(location) }];
        let person = people::Person { id: id(name), name: name.to_owned(), roles };
        let hash = hash_password(password, [7; 16]).expect("a hash");
        let mut write = self.state.store.write().await.expect("a transaction");
        people::put_person(&mut write, &person, Some(&hash), self.now()).await.expect("a person");
        write.commit().await.expect("committed");
    }
}

/// A request to a path, without credentials.
#[must_use]
pub fn request(method: Method, path: &str, body: Body) -> Request<Body> {
    let builder = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    builder.body(body).expect("a request")
}

/// The body of a push.
pub fn packed(push: &PushRequest) -> Body {
    Body::from(pack_push(push).expect("a body"))
}

/// A JSON body.
pub fn json(body: &impl Serialize) -> Body {
    Body::from(serde_json::to_vec(body).expect("JSON"))
}
