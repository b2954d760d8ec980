//! Who may do what: every endpoint × role × place × kind of caller, against a table of this test's
//! own.
//!
//! The server builds its router from one list with the access of each endpoint. This table was
//! written independently. An endpoint that is missing here, or has another access here, fails the
//! test.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use calloff_core::ids::{DeviceId, IntentId};
use calloff_core::sample::builder::{day, id};
use calloff_core::sample::small;
use calloff_core::supplier::{OrderChannel, SupplierProfile};
use calloff_core::wire::{
    Actor, Blob, DocumentKind, DocumentPush, ErrorCode, PROTOCOL, PersonRole, PushRequest,
};
use calloff_server::auth::Secret;
use calloff_server::people::invite;
use calloff_server::storage::audit::Doing;
use calloff_server::storage::devices::{Device, add_device};
use calloff_server::storage::people::person_in;
use calloff_server::storage::suppliers::put_supplier_profile;
use calloff_tests::provider::TestProvider;
use calloff_tests::{
    Answer, Person, RELEASE_DAY, TestApp, TestTablet, from_our_page, json, packed, request,
};
use serde_json::json;
use tempfile::TempDir;

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody; the caller does not matter.
    Anybody,
    /// Anybody with a code in the body; cookies do not matter.
    Code,
    /// Anybody; sets a cookie.
    Browser,
    /// Tablets.
    Tablet,
    /// Tablets, and people who are signed in.
    Known,
    /// People who are signed in.
    Person,
    /// People who are signed in with one of these roles, within their place.
    Roles(&'static [PersonRole]),
}

/// The answer to a person whose place is somewhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// The answer is the same for everybody.
    Everyone,
    /// A list without the things of the other place.
    List,
    /// One thing, which is not found.
    Thing,
    /// A list or a thing of the whole organisation. A person whose place is a part of it gets an
    /// empty list, or does not find the thing.
    Organisation,
}

use About::{Everyone, List, Organisation, Thing};
use PersonRole::{Admin, Auditor, Finance, Procurement, SiteManager, Staff};
use Who::{Anybody, Browser, Code, Known, Roles};

const ROLES: [PersonRole; 6] = [Staff, SiteManager, Procurement, Finance, Admin, Auditor];
const ORDER_READERS: &[PersonRole] = &[Finance, Procurement, Admin, Auditor, SiteManager];

const SUPPLIER_READERS: &[PersonRole] = &[Procurement, Finance, Admin, Auditor];

const TABLE: &[(&str, &str, Who, About)] = &[
    ("GET", "/api/health", Anybody, Everyone),
    ("GET", "/api/health/ready", Anybody, Everyone),
    ("POST", "/api/enrol", Code, Everyone),
    ("GET", "/api/release", Known, Everyone),
    ("GET", "/api/release/{number}/from/{base}", Known, Everyone),
    ("POST", "/api/chunks", Known, Everyone),
    ("GET", "/api/chunks/{hash}", Known, Everyone),
    ("GET", "/api/events", Known, Everyone),
    ("POST", "/api/sync/pull", Who::Tablet, Everyone),
    ("GET", "/api/sync/pull", Who::Tablet, Everyone),
    ("POST", "/api/sync/push", Who::Tablet, Everyone),
    ("POST", "/api/sync/offer", Who::Tablet, Everyone),
    ("POST", "/api/allotments/top-up", Who::Tablet, Everyone),
    ("GET", "/api/tablet", Who::Tablet, Everyone),
    ("POST", "/api/tablet/credential", Who::Tablet, Everyone),
    ("POST", "/api/sign-in", Browser, Everyone),
    ("GET", "/api/sign-in/options", Browser, Everyone),
    ("GET", "/api/sign-in/provider", Browser, Everyone),
    ("GET", "/api/sign-in/callback", Browser, Everyone),
    ("POST", "/api/sign-out", Browser, Everyone),
    ("GET", "/api/session", Who::Person, Everyone),
    ("GET", "/api/orders", Roles(ORDER_READERS), List),
    ("GET", "/api/orders/filters", Roles(ORDER_READERS), List),
    ("GET", "/api/orders/{document}", Roles(ORDER_READERS), Thing),
    ("POST", "/api/orders/{document}/decision", Roles(&[Procurement]), Thing),
    ("GET", "/api/purchase-orders", Roles(ORDER_READERS), List),
    ("GET", "/api/purchase-orders/{purchase_order}", Roles(ORDER_READERS), Thing),
    ("GET", "/api/purchase-orders/{purchase_order}/pdf", Roles(ORDER_READERS), Thing),
    ("GET", "/api/purchase-orders/{purchase_order}/ubl", Roles(ORDER_READERS), Thing),
    ("POST", "/api/purchase-orders/{purchase_order}/send", Roles(&[Procurement]), Thing),
    ("POST", "/api/purchase-orders/{purchase_order}/sent-by-hand", Roles(&[Procurement]), Thing),
    ("POST", "/api/purchase-orders/{purchase_order}/not-sent", Roles(&[Procurement]), Thing),
    ("GET", "/api/dispatches/{id}/content", Roles(ORDER_READERS), Thing),
    ("GET", "/api/dispatches/{id}/ubl", Roles(ORDER_READERS), Thing),
    ("GET", "/api/suppliers", Roles(SUPPLIER_READERS), Everyone),
    ("GET", "/api/suppliers/{supplier}", Roles(SUPPLIER_READERS), Everyone),
    ("POST", "/api/suppliers/{supplier}", Roles(&[Procurement]), Organisation),
    ("GET", "/api/contracts", Roles(SUPPLIER_READERS), List),
    ("GET", "/api/contracts/{contract}", Roles(SUPPLIER_READERS), Thing),
    ("GET", "/api/contracts/{contract}/versions/{version}/lines", Roles(SUPPLIER_READERS), Thing),
    ("GET", "/api/contracts/{contract}/difference/{from}/{to}", Roles(SUPPLIER_READERS), Thing),
    ("GET", "/api/devices", Roles(&[Admin, SiteManager, Auditor]), List),
    ("POST", "/api/devices/enrolment-codes", Roles(&[Admin]), Thing),
    ("POST", "/api/devices/{device}/rename", Roles(&[Admin, SiteManager]), Thing),
    ("POST", "/api/devices/{device}/revoke", Roles(&[Admin, SiteManager]), Thing),
    ("GET", "/api/people", Roles(&[Admin, SiteManager, Auditor]), List),
    ("POST", "/api/people", Roles(&[Admin]), Thing),
    ("POST", "/api/people/{person}", Roles(&[Admin]), Thing),
    ("POST", "/api/people/{person}/invitation", Roles(&[Admin]), Thing),
    ("POST", "/api/people/{person}/invitation/revoke", Roles(&[Admin]), Thing),
    ("POST", "/api/people/{person}/sessions/end", Roles(&[Admin]), Thing),
    ("POST", "/api/people/{person}/remove", Roles(&[Admin]), Thing),
    ("POST", "/api/invitation", Code, Everyone),
    ("POST", "/api/invitation/accept", Code, Everyone),
    ("GET", "/api/places", Roles(&[Admin, SiteManager, Auditor, Procurement]), List),
    ("POST", "/api/people/{person}/pin", Roles(&[Admin, SiteManager]), Thing),
    ("GET", "/api/quarantine", Roles(&[Admin, Auditor]), List),
    ("GET", "/api/quarantine/{id}", Roles(&[Admin, Auditor]), Thing),
    ("GET", "/api/quarantine/{id}/changes", Roles(&[Admin, Auditor]), Thing),
    ("POST", "/api/quarantine/{id}/take-up", Roles(&[Admin]), Thing),
    ("GET", "/api/audit", Roles(&[Admin, Auditor]), List),
    ("GET", "/api/jobs", Roles(&[Admin, Auditor]), Organisation),
    ("POST", "/api/jobs/{id}/run-again", Roles(&[Admin]), Organisation),
    ("POST", "/api/jobs/{id}/cancel", Roles(&[Admin]), Organisation),
];

/// A server with something of every kind at the school.
struct World {
    app: TestApp,
    tablet: TestTablet,
    revoked: TestTablet,
    order: String,
    /// The purchase order of the order. It was put into the supplier's folder.
    purchase_order: String,
    _folder: TempDir,
    chunk: String,
    /// The number of people that requests added.
    added: AtomicU32,
}

fn push_of(documents: Vec<DocumentPush>) -> PushRequest {
    PushRequest { protocol: PROTOCOL, app_version: "test".to_owned(), documents }
}

/// How the mill is reached, with what a UBL document needs.
fn by_folder() -> SupplierProfile {
    SupplierProfile {
        channels: vec![OrderChannel::FileDrop("mill".to_owned())],
        peppol_id: "9930:DE123456789".to_owned(),
        country: "DE".to_owned(),
        ..SupplierProfile::default()
    }
}

/// The ends of the paths by which nothing is possible here: the order is not on hold, the batch is
/// not an offer, and the purchase order was sent since, but not by hand.
const IMPOSSIBLE: [&str; 5] = ["/decision", "/take-up", "/send", "/sent-by-hand", "/not-sent"];

/// The name of the tablet at the school. It occurs in every list that has things of the school.
const MARK: &str = "Mark-of-the-school";

impl World {
    async fn new() -> Self {
        let provider = TestProvider::start().await.configured();
        let folder = tempfile::tempdir().expect("a folder");
        let app = TestApp::start(&small()).await.with_settings(|settings| {
            settings.provider = Some(provider);
            settings.outgoing.folder = Some(folder.path().to_owned());
            settings.outgoing.peppol_id = Some("0088:7300010000001".parse().expect("an address"));
        });
        app.publish(&small(), day(RELEASE_DAY)).await;
        let mut write = app.state.store.write().await.expect("a transaction");
        let (mill, profile) = (id("mill"), by_folder());
        let changed = put_supplier_profile(&mut write, &mill, 1, (&profile, &[]), ("", 0));
        changed.await.expect("a channel");
        write.commit().await.expect("committed");
        let mut tablet = app.tablet("school", MARK).await;
        let order = tablet.begin();
        tablet.add(order, "sugar", "5");
        tablet.submit(order);
        tablet.sync(&app).await;
        let purchase_order = tablet.order(order).server.purchase_orders[0].number.clone();
        app.work().await;
        // A batch that is refused.
        let garbage = DocumentPush {
            id: order,
            kind: DocumentKind::Order,
            heads: Vec::new(),
            changes: Blob(vec![0; 3]),
        };
        assert!(tablet.send_push(&app, &push_of(vec![garbage])).await.status.is_success());
        app.add_person("ana", Staff, "school", "correct horse battery").await;
        let revoked = app.tablet("school", "Lost").await;
        app.revoke(&revoked).await;
        let release: calloff_core::wire::ReleaseResponse =
            tablet.get(&app, "/api/release").await.json();
        let manifest = release
            .current
            .expect("release 2")
            .verify(&app.signing_key().verifying_key())
            .expect("signed");
        let chunk = manifest.chunks[0].hash.to_string();
        let order = order.to_string();
        let added = AtomicU32::new(0);
        Self { app, tablet, revoked, order, purchase_order, _folder: folder, chunk, added }
    }

    /// A request that succeeds for everybody who may make it.
    async fn request(&self, method: &str, path: &str) -> Request<Body> {
        let body = match path {
            "/api/enrol" => {
                json!({"code": self.app.enrolment_code("school").await, "device_name": "New"})
            }
            "/api/chunks" => json!({"hashes": [self.chunk]}),
            "/api/sync/pull" => json!({"protocol": PROTOCOL}),
            "/api/allotments/top-up" => {
                json!({"id": IntentId::mint(0, [0; 10]), "contract": "FA-1", "line": null, "amount": "1"})
            }
            // The order is not on hold. A person who may decide learns this.
            "/api/orders/{document}/decision" => {
                json!({"submission": IntentId::mint(0, [0; 10]), "verdict": "honour", "why": "a \
                        walk"})
            }
            // It was sent meanwhile, or was not sent by hand. A person who may send learns this.
            "/api/purchase-orders/{purchase_order}/send" => json!({"seen": 99}),
            "/api/purchase-orders/{purchase_order}/sent-by-hand" => {
                json!({"seen": 99, "note": "by phone"})
            }
            "/api/suppliers/{supplier}" if method == "POST" => {
                let mill = id("mill");
                let kept = self.app.state.store.supplier_detail(&mill, day(RELEASE_DAY));
                let revision = kept.await.expect("the store").expect("the mill").revision;
                json!({"revision": revision, "profile": by_folder(), "accounts": []})
            }
            "/api/sign-in" => json!({"name": "ana", "password": "correct horse battery"}),
            "/api/devices/enrolment-codes" => json!({"site": "school"}),
            "/api/devices/{device}/rename" => json!({"name": "Bar"}),
            "/api/people" => {
                let number = self.added.fetch_add(1, Ordering::Relaxed);
                let roles = json!([{"role": "staff", "location": "school"}]);
                json!({"person": format!("new-{number}"), "name": "New", "roles": roles,
                    "invites": false})
            }
            "/api/people/{person}" => {
                json!({"name": "Ana", "roles": [{"role": "staff", "location": "school"}]})
            }
            "/api/invitation" => json!({"token": self.invitation().await}),
            "/api/invitation/accept" => {
                json!({"token": self.invitation().await, "password": "correct horse battery"})
            }
            "/api/people/{person}/pin" => json!({"pin": null}),
            _ => serde_json::Value::Null,
        };
        if path.ends_with("/{person}/remove") {
            self.app.add_person("gus", Staff, "school", "correct horse battery").await;
        }
        let device = if path.contains("{device}") {
            self.another_tablet().await.to_string()
        } else {
            String::new()
        };
        let filled = path
            .replace("{hash}", &self.chunk)
            .replace("{number}", "2")
            .replace("{base}", "1")
            .replace("{document}", &self.order)
            .replace("{purchase_order}", &self.purchase_order)
            .replace("{supplier}", "mill")
            .replace("{contract}", "FA-2")
            .replace("{version}", "1")
            .replace("{from}", "1")
            .replace("{to}", "1")
            .replace("{device}", &device)
            .replace("{person}", if path.ends_with("/remove") { "gus" } else { "ana" })
            .replace("{id}", "1");
        let body = match path {
            "/api/sync/push" | "/api/sync/offer" => packed(&push_of(Vec::new())),
            _ if body.is_null() => Body::empty(),
            _ => json(&body),
        };
        let mut request = request(method.parse().expect("a method"), &filled, body);
        if path == "/api/devices/enrolment-codes" {
            request
                .headers_mut()
                .insert(header::ORIGIN, HeaderValue::from_static("https://calloff.example"));
        }
        request
    }

    /// The token of a new invitation of Ana.
    async fn invitation(&self) -> String {
        let (now, id) = (self.app.now(), id("ana"));
        let token = Secret::mint(self.app.state.random().expect("random bytes"));
        let doing = Doing { by: Actor::Unknown, at: now, from: String::new() };
        let mut write = self.app.state.store.write().await.expect("a transaction");
        let ana = person_in(&mut write, &id).await.expect("the store").expect("Ana");
        let invited = invite(&mut write, &ana, token, &doing).await.expect("an invitation");
        write.commit().await.expect("committed");
        invited.token.expose().to_owned()
    }

    async fn another_tablet(&self) -> DeviceId {
        let device = Device {
            id: DeviceId::mint(self.app.now(), self.app.state.random().expect("random bytes")),
            site: id("school"),
            name: "Another".to_owned(),
        };
        let credential = Secret::mint(self.app.state.random().expect("random bytes"));
        let mut write = self.app.state.store.write().await.expect("a transaction");
        add_device(&mut write, &device, &credential.hash(), None, self.app.now())
            .await
            .expect("a tablet");
        write.commit().await.expect("committed");
        device.id
    }

    async fn as_nobody(&self, method: &str, path: &str) -> Answer {
        self.app.send(from_our_page(self.request(method, path).await)).await
    }

    async fn as_tablet(&self, tablet: &TestTablet, method: &str, path: &str) -> Answer {
        let mut request = from_our_page(self.request(method, path).await);
        let bearer = HeaderValue::from_str(&format!("Bearer {}", tablet.enrolment.credential))
            .expect("a header");
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        self.app.send(request).await
    }

    async fn as_person(&self, person: &Person, method: &str, path: &str) -> Answer {
        self.app.send(from_our_page(with_cookie(self.request(method, path).await, person))).await
    }
}

/// Whether the request was carried out. A sign-in sends browsers to another page.
fn is_done(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status.is_redirection()
}

fn with_cookie(mut request: Request<Body>, person: &Person) -> Request<Body> {
    request.headers_mut().insert(header::COOKIE, person.cookie());
    request
}

#[test]
fn every_endpoint_is_in_the_table_and_the_table_has_no_other() {
    let mut served: Vec<_> = calloff_server::routes::endpoints()
        .iter()
        .map(|e| format!("{} {}", e.method, e.path))
        .collect();
    let mut known: Vec<_> =
        TABLE.iter().map(|(method, path, ..)| format!("{method} {path}")).collect();
    served.sort();
    known.sort();
    assert_eq!(served, known, "an endpoint states who may use it here, too");
}

#[tokio::test]
async fn without_a_credential_or_with_a_tablets_one_only_what_is_for_them_is_answered() {
    let world = World::new().await;
    for &(method, path, who, _) in TABLE {
        let what = format!("{method} {path}");
        let nobody = world.as_nobody(method, path).await;
        match who {
            Anybody | Code | Browser => {
                assert!(is_done(&nobody), "{what} as nobody: {}", nobody.status)
            }
            _ => assert_eq!(nobody.code(), ErrorCode::Unauthenticated, "{what} as nobody"),
        }
        let tablet = world.as_tablet(&world.tablet, method, path).await;
        match who {
            Who::Person | Roles(_) => {
                assert_eq!(tablet.code(), ErrorCode::Unauthenticated, "{what} as a tablet")
            }
            // The catalogue here has no cap to ask for.
            _ if path == "/api/allotments/top-up" => {
                assert_eq!(tablet.code(), ErrorCode::NotFound, "{what}")
            }
            // The request of tablets that are too old.
            _ if what == "GET /api/sync/pull" => {
                assert_eq!(tablet.code(), ErrorCode::ClientTooOld, "{what}")
            }
            _ => assert!(is_done(&tablet), "{what} as a tablet: {}", tablet.status),
        }
        let revoked = world.as_tablet(&world.revoked, method, path).await;
        match who {
            Known | Who::Tablet => {
                assert_eq!(revoked.code(), ErrorCode::DeviceRevoked, "{what} revoked")
            }
            Who::Person | Roles(_) => {
                assert_eq!(revoked.code(), ErrorCode::Unauthenticated, "{what} revoked")
            }
            Anybody | Code | Browser => {
                assert!(is_done(&revoked), "{what} revoked: {}", revoked.status)
            }
        }
    }
}

#[tokio::test]
async fn each_role_may_what_the_table_says_and_only_within_its_place() {
    let world = World::new().await;
    for role in ROLES {
        for (place, sees_the_school) in
            [("org", true), ("coast", true), ("school", true), ("hotel", false)]
        {
            let name = format!("{role:?}-{place}");
            let person = world.app.signed_in(&name, role, place).await;
            for &(method, path, who, about) in TABLE {
                if path == "/api/sign-out" {
                    continue;
                }
                let what = format!("{method} {path} as {name}");
                let answer = world.as_person(&person, method, path).await;
                let may = match who {
                    Anybody | Code | Browser | Known | Who::Person => true,
                    Who::Tablet => {
                        assert_eq!(answer.code(), ErrorCode::Unauthenticated, "{what}");
                        continue;
                    }
                    Roles(roles) => roles.contains(&role),
                };
                if !may {
                    assert_eq!(answer.code(), ErrorCode::Forbidden, "{what}");
                    continue;
                }
                match about {
                    Everyone => assert!(is_done(&answer), "{what}: {}", answer.status),
                    // A person with access learns that this is not possible now.
                    Thing
                        if sees_the_school && IMPOSSIBLE.iter().any(|end| path.ends_with(end)) =>
                    {
                        assert_eq!(answer.code(), ErrorCode::Unprocessable, "{what}");
                    }
                    Thing if sees_the_school => {
                        assert!(is_done(&answer), "{what}: {}", answer.status)
                    }
                    Thing => assert_eq!(answer.code(), ErrorCode::NotFound, "{what}"),
                    Organisation if place != "org" && method == "POST" => {
                        assert_eq!(answer.code(), ErrorCode::NotFound, "{what}");
                    }
                    Organisation => {
                        assert!(is_done(&answer), "{what}: {}", answer.status);
                        let is_empty = answer.body.as_ref() == b"[]";
                        assert_eq!(is_empty, method == "GET" && place != "org", "{what}");
                    }
                    List => {
                        assert!(is_done(&answer), "{what}: {}", answer.status);
                        let text = String::from_utf8_lossy(&answer.body);
                        let mark = match path {
                            "/api/people" => "\"ana\"",
                            // The contract of the coast.
                            "/api/contracts" => "FA-2",
                            _ => "school",
                        };
                        assert_eq!(text.contains(mark), sees_the_school, "{what}: {text}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_place_that_left_the_tree_admits_to_nothing() {
    let world = World::new().await;
    let person = world.app.signed_in("gone", Admin, "closed-region").await;
    assert_eq!(
        world.as_person(&person, "GET", "/api/orders/{document}").await.code(),
        ErrorCode::NotFound
    );
    assert_eq!(
        world.as_person(&person, "POST", "/api/devices/{device}/revoke").await.code(),
        ErrorCode::NotFound
    );
}

/// What browsers say about a request that another site caused, and what a client says that says
/// nothing.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.calloff.example")],
    &[("host", "calloff.example"), ("origin", "https://evil.example")],
    &[("host", "calloff.example"), ("origin", "null")],
];

#[tokio::test]
async fn another_sites_page_changes_nothing_with_somebodys_session() {
    let world = World::new().await;
    let admin = world.app.signed_in("ada", Admin, "org").await;
    let before = world.app.state.store.verify_audit_chain().await.unwrap();
    let mut walked = 0;
    for &(method, path, who, _) in TABLE {
        if method == "GET" || matches!(who, Anybody | Code | Who::Tablet) {
            continue;
        }
        for headers in FOREIGN {
            let mut request = with_cookie(world.request(method, path).await, &admin);
            request.headers_mut().remove(header::ORIGIN);
            for (name, value) in headers {
                request.headers_mut().insert(*name, HeaderValue::from_static(value));
            }
            let answer = world.app.send(request).await;
            assert_eq!(answer.code(), ErrorCode::Forbidden, "{method} {path} {headers:?}");
            assert!(!answer.headers.contains_key(header::SET_COOKIE), "{method} {path}");
        }
        walked += 1;
    }
    assert!(walked >= 6, "{walked} endpoints that change something by cookie");
    assert_eq!(
        world.app.state.store.verify_audit_chain().await.unwrap(),
        before,
        "nothing was done"
    );
    // The session still exists, because the sign-out was refused, too.
    assert_eq!(world.as_person(&admin, "GET", "/api/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_other_method_is_answered_anywhere() {
    let world = World::new().await;
    let admin = world.app.signed_in("ada", Admin, "org").await;
    for &(method, path, ..) in TABLE {
        for other in
            ["PUT", "DELETE", "PATCH", "TRACE", if method == "GET" { "POST" } else { "GET" }]
        {
            if TABLE.iter().any(|row| (row.0, row.1) == (other, path)) || path == "/api/chunks" {
                continue;
            }
            let request = from_our_page(with_cookie(world.request(method, path).await, &admin));
            let (mut parts, body) = request.into_parts();
            parts.method = Method::from_bytes(other.as_bytes()).unwrap();
            let answer = world.app.send(Request::from_parts(parts, body)).await;
            let is_none =
                matches!(answer.code(), ErrorCode::MethodNotAllowed | ErrorCode::NotFound);
            assert!(is_none, "{other} {path}: {}", answer.status);
        }
    }
}
