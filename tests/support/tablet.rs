use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::catalogue::release::{ChunkHash, Manifest, SignedManifest, parse_public_key};
use calloff_core::contract::Allotment;
use calloff_core::document::AnyIntent;
use calloff_core::ids::{DocumentId, IntentId, ItemId, LocationId, OrderLineId};
use calloff_core::intent::Intent;
use calloff_core::order::basket::basket_within;
use calloff_core::order::caps::remaining;
use calloff_core::order::{Command, LockedPrice, OrderState, ResolvedFor};
use calloff_core::resolve::{self, Remaining, pieces};
use calloff_core::sample::builder::{decimal, id};
use calloff_core::site::{self, SiteState};
use calloff_core::sync::{Effect, Replica, SyncNotice};
use calloff_core::wire::chunks::split_chunks;
use calloff_core::wire::{
    ChunksRequest, EnrolResponse, Heads, PROTOCOL, PullRequest, PullResponse, PushRequest,
    PushResponse, ReleaseResponse, TopUpRequest, TopUpResponse,
};
use sha2::{Digest, Sha256};

use crate::app::{json, packed, request};
use crate::{Answer, Door};

/// An enrolled tablet: the app's replica, with the requests that the app sends.
pub struct TestTablet {
    /// The answer to the tablet's enrolment.
    pub enrolment: EnrolResponse,
    /// Its documents and outbox.
    pub replica: Replica,
    /// The number of its release.
    pub release: u64,
    /// The catalogue of that release.
    pub catalogue: Catalogue,
    /// The messages to its person.
    pub notices: Vec<SyncNotice>,
    /// The allotments in the server's last answer.
    pub allotments: Vec<Allotment>,
    /// Its clock, in milliseconds since the Unix epoch.
    pub clock: i64,
    /// The requested delivery day of its orders; `None` for the first possible day.
    pub wanted: Option<Date>,
    minted: u64,
}

impl TestTablet {
    /// Another tablet with the same enrolment, as after its storage was deleted. It has nothing,
    /// and may only read.
    pub async fn again(app: &impl Door, enrolment: &EnrolResponse) -> Self {
        Self::enrolled(app, enrolment.clone()).await
    }

    /// Stores an enrolment, and fetches and verifies the release in force.
    pub(crate) async fn enrolled(app: &impl Door, enrolment: EnrolResponse) -> Self {
        let (release, catalogue) = fetch(app, &enrolment).await;
        let replica = Replica::new(enrolment.device);
        Self {
            replica,
            enrolment,
            release,
            catalogue,
            notices: Vec::new(),
            allotments: Vec::new(),
            clock: app.now(),
            wanted: None,
            minted: 0,
        }
    }

    /// The release in force with its chunks, fetched whole.
    pub async fn chunks(&self, app: &impl Door) -> (Manifest, BTreeMap<ChunkHash, Vec<u8>>) {
        fetch_chunks(app, &self.enrolment).await
    }

    /// Fetches the release that is in force now.
    pub async fn update(&mut self, app: &impl Door) {
        (self.release, self.catalogue) = fetch(app, &self.enrolment).await;
    }

    /// Begins an order for the tablet's site.
    pub fn begin(&mut self) -> DocumentId {
        let document = DocumentId::mint(self.clock, self.random());
        self.begin_as(document);
        document
    }

    /// Begins an order under an identifier.
    pub fn begin_as(&mut self, document: DocumentId) {
        let site = self.enrolment.site.clone();
        self.intend(document, Command::CreateOrder { site });
    }

    /// Adds an item to an order, counted in the orderable unit of the line that supplies it.
    pub fn add(&mut self, document: DocumentId, item: &str, quantity: &str) -> OrderLineId {
        let line: OrderLineId = id(&IntentId::mint(self.clock, self.random()).to_string());
        let item: ItemId = id(item);
        self.intend(
            document,
            Command::AddLine { line: line.clone(), item, quantity: decimal(quantity), unit: None },
        );
        line
    }

    /// Sets the quantity of a line.
    pub fn set(&mut self, document: DocumentId, line: &OrderLineId, quantity: &str) {
        self.intend(
            document,
            Command::SetQuantity { line: line.clone(), quantity: decimal(quantity) },
        );
    }

    /// Resolves the order as it is now, and submits it.
    pub fn submit(&mut self, document: DocumentId) {
        let locked_prices = self.locked_prices(document, &self.enrolment.site.clone());
        self.submit_locked(document, locked_prices);
    }

    /// Submits an order with locked prices that the tablet did not get by resolving, as a tablet
    /// that lies or is broken does.
    pub fn submit_locked(
        &mut self,
        document: DocumentId,
        locked_prices: BTreeMap<OrderLineId, LockedPrice>,
    ) {
        self.intend(document, Command::Submit { locked_prices });
    }

    /// What every line of an order resolves to, as if the order belonged to `site`.
    #[must_use]
    pub fn locked_prices(
        &self,
        document: DocumentId,
        site: &LocationId,
    ) -> BTreeMap<OrderLineId, LockedPrice> {
        let order = OrderState { site: site.clone(), ..self.order(document).clone() };
        let resolved = self.resolved_for(site);
        basket_within(&order, &self.catalogue, resolved, self.remaining(site))
            .locked_prices()
            .expect("every line has a source")
    }

    /// What the lines of an order resolve to for a tablet that ignores caps.
    #[must_use]
    pub fn uncapped_prices(&self, document: DocumentId) -> BTreeMap<OrderLineId, LockedPrice> {
        let resolved = self.resolved_for(&self.enrolment.site);
        let uncapped = Remaining::unlimited(&self.catalogue);
        basket_within(self.order(document), &self.catalogue, resolved, uncapped)
            .locked_prices()
            .expect("every line has a source")
    }

    /// Adds a quantity of an item to an order, in as many lines as it needs.
    pub fn add_pieces(&mut self, document: DocumentId, item: &str, quantity: &str) {
        let site = self.enrolment.site.clone();
        let resolved = self.resolved_for(&site);
        let remaining = self.remaining(&site);
        let request = resolve::ResolutionRequest {
            order_time: resolved.order_time,
            remaining: Some(&remaining),
            ..resolve::ResolutionRequest::new(item, decimal(quantity), &site, resolved.order_date)
        };
        let lines: Vec<_> = pieces(&self.catalogue, &request)
            .into_iter()
            .map(|piece| (piece.quantity, piece.unit))
            .collect();
        // Lines are resolved in the order of their identifiers, so the first piece must come first.
        for ((quantity, unit), later) in lines.into_iter().zip(0..) {
            let line: OrderLineId =
                id(&IntentId::mint(self.clock + later, self.random()).to_string());
            self.intend(document, Command::AddLine { line, item: id(item), quantity, unit });
        }
    }

    /// Asks for a larger allotment of a cap.
    pub async fn top_up(&mut self, app: &impl Door, request: &TopUpRequest) -> Answer {
        let answer = self.send(app, Method::POST, "/api/allotments/top-up", json(request)).await;
        if answer.status.is_success() {
            self.allotments = answer.json::<TopUpResponse>().allotments;
        }
        answer
    }

    fn remaining(&self, site: &LocationId) -> Remaining {
        remaining(&self.catalogue, site, &self.allotments, self.replica.orders())
    }

    fn resolved_for(&self, site: &LocationId) -> ResolvedFor {
        let zone =
            self.catalogue.time_zone(site).expect("the rules of its zone come with the release");
        let local =
            zone.to_datetime(jiff::Timestamp::from_millisecond(self.clock).expect("a time"));
        ResolvedFor {
            release: self.release,
            order_date: local.date(),
            order_time: Some(local.time()),
            requested_delivery_date: self.wanted,
            resolved_at: self.clock,
        }
    }

    /// An order on this tablet.
    #[must_use]
    pub fn order(&self, document: DocumentId) -> &OrderState {
        self.replica.order(document).expect("the order is on this tablet")
    }

    /// Pushes what is unsent and takes the answers in; `None` when there was nothing.
    pub async fn push(&mut self, app: &impl Door) -> Option<PushResponse> {
        let request = self.replica.push_request("test")?;
        let response = self.send_push(app, &request).await.pushed();
        self.take(response.clone());
        Some(response)
    }

    /// Pushes what is unsent. The answer gets lost on the way.
    pub async fn push_and_lose_the_reply(&mut self, app: &impl Door) {
        let request = self.replica.push_request("test").expect("something is unsent");
        drop(self.send_push(app, &request).await.pushed());
    }

    /// Takes in answers to a push.
    pub fn take(&mut self, response: PushResponse) {
        let effects = self.replica.on_push_response(response);
        self.keep_notices(effects);
    }

    /// Takes in an answer to a pull.
    pub fn take_pulled(&mut self, response: PullResponse) {
        self.allotments.clone_from(&response.allotments);
        let effects = self.replica.on_pull_response(response);
        self.keep_notices(effects);
    }

    /// A request with the tablet's credential.
    #[must_use]
    pub fn request(&self, method: Method, path: &str, body: Body) -> Request<Body> {
        with_credential(&self.enrolment, method, path, body)
    }

    /// The request that pushes.
    #[must_use]
    pub fn push_of(&self, push: &PushRequest) -> Request<Body> {
        self.request(Method::POST, "/api/sync/push", packed(push))
    }

    /// Sends a push unchanged.
    pub async fn send_push(&self, app: &impl Door, push: &PushRequest) -> Answer {
        self.send(app, Method::POST, "/api/sync/push", packed(push)).await
    }

    /// Pulls until there is no more.
    pub async fn pull(&mut self, app: &impl Door) {
        loop {
            let response = self.send_pull(app, &self.replica.pull_request()).await;
            let more = response.more;
            self.take_pulled(response);
            if !more {
                return;
            }
        }
    }

    /// One answer to a pull that names nothing as known. It is not taken in.
    pub async fn pull_once(&self, app: &impl Door, cursor: &str) -> PullResponse {
        let request = PullRequest {
            protocol: PROTOCOL,
            cursor: Some(cursor.to_owned()),
            known: Heads::new(),
            wanted: Vec::new(),
            report: None,
        };
        self.send_pull(app, &request).await
    }

    /// One answer to a pull. It is not taken in.
    pub async fn send_pull(&self, app: &impl Door, pull: &PullRequest) -> PullResponse {
        app.send(self.pull_of(pull)).await.pulled()
    }

    /// The request that pulls.
    #[must_use]
    pub fn pull_of(&self, pull: &PullRequest) -> Request<Body> {
        self.request(Method::POST, "/api/sync/pull", json(pull))
    }

    /// Pushes until nothing is unsent, then pulls.
    pub async fn sync(&mut self, app: &impl Door) {
        while self.push(app).await.is_some() {}
        self.pull(app).await;
    }

    /// Reads a path with the tablet's credential.
    pub async fn get(&self, app: &impl Door, path: &str) -> Answer {
        self.send(app, Method::GET, path, Body::empty()).await
    }

    /// Sends a request with the tablet's credential.
    pub async fn send(&self, app: &impl Door, method: Method, path: &str, body: Body) -> Answer {
        send(app, &self.enrolment, method, path, body).await
    }

    /// The document of the settings of the tablet's site.
    #[must_use]
    pub fn settings_document(&self) -> DocumentId {
        DocumentId::of_site(&self.enrolment.site)
    }

    /// What the tablet knows of its site's settings.
    #[must_use]
    pub fn settings(&self) -> &SiteState {
        self.replica.site(self.settings_document()).expect("the settings are on this tablet")
    }

    /// Changes a setting of the tablet's site.
    pub fn say(&mut self, command: site::Command) {
        self.intend(self.settings_document(), command);
    }

    /// Does something to a document, as the named person.
    pub fn intend<C>(&mut self, document: DocumentId, command: C)
    where
        Intent<C>: Into<AnyIntent>,
    {
        let id = IntentId::mint(self.clock, self.random());
        let intent = Intent {
            id,
            document,
            command,
            by: "Ana".to_owned(),
            device: self.enrolment.device,
            at: self.clock,
        };
        let effects = self.replica.dispatch(intent).expect("the rules allow it");
        self.keep_notices(effects);
    }

    fn keep_notices(&mut self, effects: Vec<Effect>) {
        self.notices.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Notice(notice) => Some(notice),
            Effect::Persist(_) | Effect::Forget { .. } => None,
        }));
    }

    /// Bytes that no other call returns, on this tablet or another. They look as random as a
    /// tablet's bytes, so that they cannot be compressed.
    fn random(&mut self) -> [u8; 10] {
        self.minted += 1;
        let digest = Sha256::new()
            .chain_update(self.enrolment.device.as_bytes())
            .chain_update(self.minted.to_be_bytes())
            .finalize();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&digest[..10]);
        bytes
    }
}

async fn send(
    app: &impl Door,
    enrolment: &EnrolResponse,
    method: Method,
    path: &str,
    body: Body,
) -> Answer {
    app.send(with_credential(enrolment, method, path, body)).await
}

fn with_credential(
    enrolment: &EnrolResponse,
    method: Method,
    path: &str,
    body: Body,
) -> Request<Body> {
    let mut request = request(method, path, body);
    let bearer =
        HeaderValue::from_str(&format!("Bearer {}", enrolment.credential)).expect("a header");
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    request
}

/// Fetches the release in force as a tablet does: it checks the manifest against the stored key,
/// and the chunks against their hashes.
async fn fetch(app: &impl Door, enrolment: &EnrolResponse) -> (u64, Catalogue) {
    let (manifest, chunks) = fetch_chunks(app, enrolment).await;
    let content =
        manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice)).expect("every chunk");
    (manifest.number, Catalogue::build(content).expect("a catalogue"))
}

async fn fetch_chunks(
    app: &impl Door,
    enrolment: &EnrolResponse,
) -> (Manifest, BTreeMap<ChunkHash, Vec<u8>>) {
    let release: ReleaseResponse =
        send(app, enrolment, Method::GET, "/api/release", Body::empty()).await.json();
    let signed: SignedManifest = release.current.expect("a release in force");
    let key = parse_public_key(&enrolment.signing_key).expect("the key");
    let manifest = signed.verify(&key).expect("signed by the organisation");
    let hashes = manifest.chunks.iter().map(|chunk| chunk.hash.to_string()).collect();
    let answer =
        send(app, enrolment, Method::POST, "/api/chunks", json(&ChunksRequest { hashes })).await;
    let streams = split_chunks(&answer.body).expect("whole chunks");
    let inflated =
        manifest.chunks.iter().zip(streams).map(|(chunk, stream)| {
            (chunk.hash, chunk.inflated(stream).expect("the chunk asked for"))
        });
    let chunks = inflated.collect();
    (manifest, chunks)
}
