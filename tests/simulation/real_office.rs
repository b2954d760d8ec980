//! The real server, called through its routes, with its database in a folder. It runs fewer seeds,
//! because each commit is written to the disk.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use calloff_core::calendar::Date;
use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::sample::small;
use calloff_core::wire::{
    EnrolRequest, EnrolResponse, PullRequest, PullResponse, PushRequest, PushResponse,
};
use calloff_server::storage::devices::revoke_device;
use calloff_server::storage::old_orders::{Age, mark_old_orders};
use calloff_server::storage::orders::Visible;
use calloff_tests::{Answer, TestApp, json, packed};
use tokio::runtime::Runtime;

use super::head_office::{Crash, Failure, Finance, HeadOffice};

pub struct RealOffice {
    runtime: Runtime,
    /// The running server. `None` only while it starts again.
    app: Option<TestApp>,
    credentials: BTreeMap<DeviceId, String>,
}

impl RealOffice {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let app = runtime.block_on(TestApp::start(&small()));
        Self { runtime, app: Some(app), credentials: BTreeMap::new() }
    }

    fn app(&self) -> &TestApp {
        self.app.as_ref().expect("started")
    }

    fn send(
        &self,
        device: DeviceId,
        method: Method,
        path: &str,
        body: Body,
        now: i64,
    ) -> Result<Answer, Failure> {
        self.app().set_millis(now);
        let bearer = format!("Bearer {}", self.credentials[&device]);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, HeaderValue::from_str(&bearer).expect("a header"));
        let answer = self.runtime.block_on(self.app().send(request.body(body).expect("a request")));
        if answer.status.is_success() { Ok(answer) } else { Err(Failure::Problem(answer.code())) }
    }
}

impl HeadOffice for RealOffice {
    fn enrol(&mut self, site: &LocationId, _: DeviceId) -> DeviceId {
        let app = self.app();
        let answer = self.runtime.block_on(async {
            let code = app.enrolment_code(site.as_str()).await;
            app.post("/api/enrol", &EnrolRequest::new(code, "Simulated")).await
        });
        let granted: EnrolResponse = answer.json();
        self.credentials.insert(granted.device, granted.credential);
        granted.device
    }

    fn revoke(&mut self, device: DeviceId, now: i64) {
        let store = &self.app().state.store;
        self.runtime.block_on(async {
            let mut write = store.write().await.expect("a transaction");
            revoke_device(&mut write, &device, now).await.expect("revoked");
            write.commit().await.expect("committed");
        });
    }

    /// Other tests kill real processes at these points. Here only the request or the reply is lost.
    fn push(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
        crash: Option<Crash>,
    ) -> Result<PushResponse, Failure> {
        if matches!(crash, Some(Crash::BeforeTheWrite | Crash::BetweenWriteAndCommit)) {
            return Err(Failure::Crashed);
        }
        let body = packed(&request);
        let answer = self.send(device, Method::POST, "/api/sync/push", body, now)?;
        if crash.is_some() { Err(Failure::Crashed) } else { Ok(answer.pushed()) }
    }

    fn pull(
        &mut self,
        device: DeviceId,
        request: PullRequest,
        now: i64,
    ) -> Result<PullResponse, Failure> {
        Ok(self.send(device, Method::POST, "/api/sync/pull", json(&request), now)?.pulled())
    }

    fn offer(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
    ) -> Result<PushResponse, Failure> {
        Ok(self.send(device, Method::POST, "/api/sync/offer", packed(&request), now)?.pushed())
    }

    fn let_old_orders_leave(&mut self) -> Vec<DocumentId> {
        let store = &self.app().state.store;
        let age = Age { unchanged_since: i64::MAX, last_delivery: Date::MAX };
        self.runtime.block_on(async {
            let mut write = store.write().await.expect("a transaction");
            let left = mark_old_orders(&mut write, age, 500).await.expect("marked");
            write.commit().await.expect("committed");
            left
        })
    }

    fn is_old(&self, id: &DocumentId) -> bool {
        let store = &self.app().state.store;
        self.runtime.block_on(store.is_old(id)).expect("the store")
    }

    fn restart(&mut self, _: i64) {
        let app = self.app.take().expect("started");
        self.app = Some(self.runtime.block_on(app.restart()));
    }

    fn document(&self, id: &DocumentId) -> Option<Vec<u8>> {
        let stored = self.runtime.block_on(self.app().state.store.document(id)).expect("the store");
        stored.map(|stored| stored.bytes)
    }

    fn finance(&self, id: &DocumentId) -> Option<Finance> {
        let store = &self.app().state.store;
        self.runtime.block_on(async {
            let row = store.order_row(&Visible::All, id).await.expect("the store")?;
            let facts = store.purchase_order_facts(&[*id], None).await.expect("the store");
            let mut totals: Vec<_> = facts.iter().map(|fact| fact.total.to_string()).collect();
            totals.sort();
            Some(Finance { stage: row.stage, lines: row.lines, totals })
        })
    }

    fn release(&self) -> u64 {
        1
    }
}
