//! The core's pipeline around a store that commits and crashes as a database does. It is fast
//! enough for hundreds of seeds, and the pipeline can be broken on purpose here.

mod broken;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::rc::Rc;

use calloff_core::calendar::{Date, DateTime};
use calloff_core::catalogue::Catalogue;
use calloff_core::document::{self, DocumentState};
use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::order::accept::{CutOrder, NamedRelease, Reason, verify};
use calloff_core::order::answered::{answered_at, check_answered};
use calloff_core::order::{OrderStage, OrderState, PurchaseOrder};
use calloff_core::site::SiteState;
use calloff_core::sync::{
    Batch, Merged, UnpackError, Validated, incarnation_of, merge, merge_offered,
    pack_pull_response, pack_push, pack_push_response, unpack_pull_response, unpack_push,
    unpack_push_response, validate,
};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, ErrorCode, PullRequest,
    PullResponse, PulledDocument, PushRefusal, PushRefusalCode, PushRequest, PushResponse,
};

use crate::head_office::{Crash, Failure, Finance, HeadOffice, TakenUp};
use crate::sabotage::Sabotage;

/// The most documents in one answer to a pull. The number is small, so that pulls often take
/// several answers.
const PAGE: usize = 3;

/// The most offers that are kept. The number is small, so that tablets have to wait with their
/// offers.
const OFFERS: usize = 2;

/// With [`Sabotage::DropTheDurableCommit`], only every sixth commit reaches the disk.
const COMMITS_PER_FLUSH: u64 = 6;

#[derive(Clone)]
struct Stored {
    site: LocationId,
    bytes: Rc<[u8]>,
    /// Whether the document is an order that nobody wants any more.
    is_let_go: bool,
    /// Whether the document is an order that left the tablets, because it is old.
    is_old: bool,
}

/// The content of the database.
#[derive(Clone, Default)]
struct Tables {
    documents: BTreeMap<DocumentId, Stored>,
    /// The documents of each site's feed by number. Each document is in it once.
    feed: BTreeMap<LocationId, BTreeMap<u64, DocumentId>>,
    feed_heads: BTreeMap<LocationId, u64>,
    finance: BTreeMap<DocumentId, Finance>,
    purchase_orders: u32,
    /// The order of each purchase order number.
    numbers: BTreeMap<String, DocumentId>,
    /// How often the database was restored. This is its incarnation, and the block in which
    /// purchase orders are numbered.
    incarnation: u32,
    /// The kept offers, by tablet and document.
    offers: BTreeMap<(DeviceId, DocumentId), DocumentPush>,
}

impl Tables {
    fn incarnation(&self) -> String {
        format!("core{}", self.incarnation)
    }

    /// The block in which purchase orders are numbered.
    fn block(&self) -> String {
        self.incarnation.to_string()
    }

    fn numbered(&mut self, cut: Vec<CutOrder>) -> Vec<PurchaseOrder> {
        cut.into_iter().map(|order| order.numbered(next_number(self))).collect()
    }
}

/// The server: the core's pipeline, a store, and perhaps a sabotage.
pub struct CoreOffice<'c> {
    catalogue: &'c Catalogue,
    /// The tables that survive a crash.
    disk: Tables,
    /// The tables that readers see. Without a sabotage, they equal those on the disk.
    cache: Tables,
    commits: u64,
    sites: BTreeMap<DeviceId, LocationId>,
    revoked: BTreeSet<DeviceId>,
    sabotage: Option<Sabotage>,
    /// Whether the database is restored from a copy once in a seed.
    is_restored: bool,
    /// The copy of the database. `None` until it is made.
    backup: Option<Tables>,
    restores: u32,
}

impl<'c> CoreOffice<'c> {
    /// A server whose database is restored from a backup once.
    pub fn restored(catalogue: &'c Catalogue, sabotage: Option<Sabotage>) -> Self {
        Self { is_restored: true, ..Self::new(catalogue, sabotage) }
    }

    pub fn new(catalogue: &'c Catalogue, sabotage: Option<Sabotage>) -> Self {
        Self {
            catalogue,
            disk: Tables::default(),
            cache: Tables::default(),
            commits: 0,
            sites: BTreeMap::new(),
            revoked: BTreeSet::new(),
            sabotage,
            is_restored: false,
            backup: None,
            restores: 0,
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    fn site_of(&self, device: DeviceId) -> Result<LocationId, Failure> {
        let site = self.sites.get(&device).filter(|_| !self.revoked.contains(&device));
        site.cloned().ok_or(Failure::Problem(ErrorCode::Unauthenticated))
    }

    fn commit(&mut self, write: Tables) {
        self.cache = write;
        self.commits += 1;
        if !self.is(Sabotage::DropTheDurableCommit)
            || self.commits.is_multiple_of(COMMITS_PER_FLUSH)
        {
            self.disk = self.cache.clone();
        }
    }

    fn take(
        &self,
        write: &mut Tables,
        device: DeviceId,
        site: &LocationId,
        push: DocumentPush,
        now: i64,
    ) -> DocumentOutcome {
        let stored = write.documents.get(&push.id).cloned();
        let another = stored.as_ref().map(|stored| &stored.site).filter(|other| *other != site);
        if another.is_some() && !self.is(Sabotage::LetAnotherSiteWrite) {
            let message = "this document belongs to another site".to_owned();
            let refusal =
                PushRefusal { change: None, code: PushRefusalCode::WrongDocument, message };
            return DocumentOutcome::Refused { refusals: vec![refusal], document: None };
        }
        let site = another.unwrap_or(site);
        let bytes = stored.as_ref().map(|stored| &*stored.bytes);
        let batch = Batch {
            document: push.id,
            kind: push.kind,
            device,
            site,
            stored: bytes,
            changes: &push.changes.0,
        };
        let merged = match merge(batch) {
            Ok(merged) => merged,
            Err(refusals) => return self.refuse(write, batch, refusals),
        };
        let is_changed = merged.new_changes > 0;
        let is_repeated = !is_changed
            && merged.state.order().is_some_and(|order| order.stage() == OrderStage::Accepted);
        if self.is(Sabotage::AnswerTwice) && is_repeated {
            write.finance.entry(push.id).and_modify(|row| row.totals.extend(row.totals.clone()));
        }
        let verdict = merged.submitted().map(|order| {
            if self.is(Sabotage::BelieveLockedPrices) && order.conflicts().is_empty() {
                return Ok(broken::believed(write, order));
            }
            self.verdict(order, now).map(|cut| write.numbered(cut))
        });
        let answered = match verdict {
            Some(verdict) => merged.answer(verdict, now),
            None => Ok(merged),
        };
        let mut merged = match answered.and_then(Merged::seal) {
            Ok(validated) => validated,
            Err(refusals) => return self.refuse(write, batch, refusals),
        };
        if is_changed
            && self.is(Sabotage::DropAConflict)
            && merged.state.site().is_some_and(SiteState::has_conflicts)
        {
            broken::settle(&mut merged, push.id);
        }
        if is_changed {
            put(write, site, &merged);
        }
        let changes = Blob(merged.lacked_by_tablet(&push.heads));
        DocumentOutcome::Accepted { heads: merged.heads, changes }
    }

    fn merge_offer(
        &self,
        tables: &Tables,
        device: DeviceId,
        site: &LocationId,
        push: &DocumentPush,
    ) -> Result<Merged, Vec<PushRefusal>> {
        let stored = tables.documents.get(&push.id).map(|stored| &*stored.bytes);
        let batch = Batch {
            document: push.id,
            kind: push.kind,
            device,
            site,
            stored,
            changes: &push.changes.0,
        };
        merge_offered(batch)
    }

    fn refuse(
        &self,
        write: &mut Tables,
        batch: Batch<'_>,
        refusals: Vec<PushRefusal>,
    ) -> DocumentOutcome {
        let merges_anyway = match refusals[0].code {
            PushRefusalCode::NotReloadable => self.is(Sabotage::SkipTheReloadCheck),
            PushRefusalCode::OrderAlreadyAccepted => self.is(Sabotage::AcceptALateLine),
            PushRefusalCode::ForbiddenPath => {
                self.is(Sabotage::RewriteTheGuide) && batch.kind == DocumentKind::Site
            }
            _ => false,
        };
        if merges_anyway && let Some(outcome) = broken::merge_unasked(write, batch) {
            return outcome;
        }
        if self.is(Sabotage::TakeHalfABatch)
            && let Some(half) = broken::half(batch.changes)
            && let Ok(validated) = validate(Batch { changes: &half, ..batch })
            && validated.new_changes > 0
        {
            put(write, batch.site, &validated);
        }
        let document = batch.stored.map(|bytes| Blob(bytes.to_vec()));
        DocumentOutcome::Refused { refusals, document }
    }

    fn verdict(&self, order: &OrderState, now: i64) -> Result<Vec<CutOrder>, Vec<Reason>> {
        let named = order.named_release().unwrap_or_else(|| self.release());
        if named != self.release() {
            return Err(vec![Reason::UnknownRelease { release: named }]);
        }
        let release = NamedRelease {
            number: named,
            catalogue: self.catalogue,
            in_force_from: Some(Date::MIN),
            successor_effective_from: None,
        };
        verify(order, release, at_site(now))
    }

    /// Takes an offer up as the server does. The error is the reason why it cannot.
    fn take_up(
        &self,
        write: &mut Tables,
        (device, site): (DeviceId, &LocationId),
        push: &DocumentPush,
        now: i64,
    ) -> Result<(), String> {
        let refused = |refusals: Vec<PushRefusal>| refusals[0].message.clone();
        let merged = self.merge_offer(write, device, site, push).map_err(refused)?;
        if merged.new_changes == 0 {
            return Ok(());
        }
        let merged = match (merged.submitted(), merged.state.order()) {
            (Some(order), _) => {
                let verdict = self.verdict(order, now).map(|cut| write.numbered(cut));
                merged.answer(verdict, now).map_err(refused)?
            }
            (None, Some(order)) if !self.is(Sabotage::BelieveAnOffer) => {
                let verdict = self.verdict(order, answered_at(order, now));
                let is_anothers =
                    |number: &str| write.numbers.get(number).is_some_and(|other| *other != push.id);
                check_answered(order, &write.block(), is_anothers, verdict)
                    .map_err(|why| why.to_string())?;
                merged
            }
            _ => merged,
        };
        put(write, site, &merged.seal().map_err(refused)?);
        Ok(())
    }
}

impl HeadOffice for CoreOffice<'_> {
    fn enrol(&mut self, site: &LocationId, minted: DeviceId) -> DeviceId {
        self.sites.insert(minted, site.clone());
        minted
    }

    fn revoke(&mut self, device: DeviceId, _: i64) {
        self.revoked.insert(device);
    }

    fn push(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        now: i64,
        crash: Option<Crash>,
    ) -> Result<PushResponse, Failure> {
        let site = self.site_of(device)?;
        let request = travelled(request)?;
        if crash == Some(Crash::BeforeTheWrite) {
            return Err(Failure::Crashed);
        }
        let mut write = self.cache.clone();
        let mut documents = Vec::new();
        for push in request.documents {
            let id = push.id;
            documents.push(DocumentAnswer {
                id,
                outcome: self.take(&mut write, device, &site, push, now),
            });
        }
        if crash == Some(Crash::BetweenWriteAndCommit) {
            return Err(Failure::Crashed);
        }
        self.commit(write);
        if crash == Some(Crash::AfterCommitBeforeReply) {
            return Err(Failure::Crashed);
        }
        let response = PushResponse { incarnation: self.cache.incarnation(), documents };
        Ok(answered(response, pack_push_response, unpack_push_response))
    }

    fn offer(
        &mut self,
        device: DeviceId,
        request: PushRequest,
        _: i64,
    ) -> Result<PushResponse, Failure> {
        let site = self.site_of(device)?;
        let request = travelled(request)?;
        let mut write = self.cache.clone();
        let mut documents = Vec::new();
        for push in request.documents {
            let id = push.id;
            let outcome =
                match self.merge_offer(&write, device, &site, &push).and_then(Merged::seal) {
                    Ok(merged) if merged.new_changes == 0 => {
                        let changes = Blob(merged.lacked_by_tablet(&push.heads));
                        DocumentOutcome::Accepted { heads: merged.heads, changes }
                    }
                    _ => {
                        let has_room =
                            write.offers.len() < OFFERS || write.offers.contains_key(&(device, id));
                        let code = if has_room {
                            write.offers.insert((device, id), push);
                            PushRefusalCode::Offered
                        } else {
                            PushRefusalCode::TooManyOffers
                        };
                        let message = "offered to head office".to_owned();
                        let refusal = PushRefusal { change: None, code, message };
                        DocumentOutcome::Refused { refusals: vec![refusal], document: None }
                    }
                };
            documents.push(DocumentAnswer { id, outcome });
        }
        self.commit(write);
        let response = PushResponse { incarnation: self.cache.incarnation(), documents };
        Ok(answered(response, pack_push_response, unpack_push_response))
    }

    fn is_restored(&self) -> bool {
        self.is_restored
    }

    fn back_up(&mut self) {
        self.backup = Some(self.disk.clone());
    }

    fn restore(&mut self) {
        let Some(mut tables) = self.backup.clone() else { return };
        self.restores += 1;
        if !self.is(Sabotage::RestoreUnsaid) {
            tables.incarnation = self.restores;
            tables.purchase_orders = 0;
        }
        self.disk = tables.clone();
        self.cache = tables;
    }

    fn take_up_all(&mut self, now: i64) -> Vec<TakenUp> {
        let mut taken = Vec::new();
        for (device, id) in self.cache.offers.keys().copied().collect::<Vec<_>>() {
            let mut write = self.cache.clone();
            let Some(push) = write.offers.remove(&(device, id)) else { continue };
            let Some(site) = self.sites.get(&device) else { continue };
            let mut taking = write.clone();
            match self.take_up(&mut taking, (device, site), &push, now) {
                Ok(()) => {
                    write = taking;
                    taken.push((id, device, Ok(())));
                }
                Err(why) => taken.push((id, device, Err(why))),
            }
            self.commit(write);
        }
        taken
    }

    fn documents(&self) -> Vec<DocumentId> {
        self.cache.documents.keys().copied().collect()
    }

    fn pull(
        &mut self,
        device: DeviceId,
        request: PullRequest,
        _: i64,
    ) -> Result<PullResponse, Failure> {
        let site = self.site_of(device)?;
        let head = self.cache.feed_heads.get(&site).copied().unwrap_or(0);
        let incarnation = self.cache.incarnation();
        let cursor = request.cursor.as_deref().unwrap_or(&incarnation);
        if incarnation_of(cursor) != incarnation {
            let response =
                PullResponse { cursor: incarnation, more: true, ..PullResponse::default() };
            return Ok(answered(response, pack_pull_response, unpack_pull_response));
        }
        let after: u64 = cursor.split('.').nth(1).and_then(|after| after.parse().ok()).unwrap_or(0);
        let feed = self.cache.feed.get(&site);
        let entries: Vec<(u64, DocumentId)> = feed
            .into_iter()
            .flat_map(|feed| feed.range(after + 1..))
            .map(|(number, id)| (*number, *id))
            .collect();
        let more = entries.len() > PAGE;
        let listed = &entries[..entries.len().min(PAGE)];
        // A tablet does not get old orders. One that starts over does not get the orders that
        // nobody wants any more, either.
        let (forgotten, listed_documents): (Vec<DocumentId>, Vec<DocumentId>) =
            listed.iter().map(|(_, id)| *id).partition(|id| {
                let Stored { is_let_go, is_old, .. } = self.cache.documents[id];
                (is_old || after == 0 && is_let_go) && !request.wanted.contains(id)
            });
        let documents = listed_documents.iter().filter_map(|id| {
            let stored = &self.cache.documents[id];
            let heads = document::load(&stored.bytes)
                .map(|document| document::heads(&document))
                .unwrap_or_default();
            let pulled = PulledDocument { id: *id, document: Blob(stored.bytes.to_vec()) };
            (!request.has_all_of(&heads)).then_some(pulled)
        });
        let seen = listed.last().map_or(after, |(number, _)| *number);
        let is_ahead = self.is(Sabotage::LetTheFeedRunAhead);
        let response = PullResponse {
            cursor: format!("{incarnation}.{}", if is_ahead { head } else { seen }),
            documents: documents.collect(),
            forgotten,
            allotments: Vec::new(),
            release: Some(self.release()),
            more: more && !is_ahead,
        };
        Ok(answered(response, pack_pull_response, unpack_pull_response))
    }

    fn let_old_orders_leave(&mut self) -> Vec<DocumentId> {
        let mut write = self.cache.clone();
        let leaves_draft = self.is(Sabotage::ForgetDrafts);
        let is_settled = |id: &DocumentId, stored: &Stored| {
            let stage = self.cache.finance.get(id).map(|finance| finance.stage);
            stored.is_let_go
                || matches!(stage, Some(OrderStage::Accepted | OrderStage::Refused))
                || leaves_draft
        };
        // An order is old after 90 days without a change. The backup that is put back is younger.
        let is_in_backup = |id: &DocumentId, stored: &Stored| match &self.backup {
            Some(backup) if self.restores == 0 => {
                backup.documents.get(id).is_some_and(|kept| kept.bytes == stored.bytes)
            }
            _ => true,
        };
        let settled: Vec<_> = (self.cache.documents.iter())
            .filter(|(id, stored)| !stored.is_old && is_settled(id, stored))
            .filter(|(id, stored)| is_in_backup(id, stored))
            .map(|(id, stored)| (*id, Stored { is_old: true, ..stored.clone() }))
            .collect();
        let ids = settled.iter().map(|(id, _)| *id).collect();
        for (id, stored) in settled {
            put_bytes(&mut write, id, stored);
        }
        self.commit(write);
        ids
    }

    fn is_old(&self, id: &DocumentId) -> bool {
        self.cache.documents.get(id).is_some_and(|stored| stored.is_old)
    }

    fn restart(&mut self, _: i64) {
        self.cache = self.disk.clone();
    }

    fn document(&self, id: &DocumentId) -> Option<Vec<u8>> {
        self.cache.documents.get(id).map(|stored| stored.bytes.to_vec())
    }

    fn finance(&self, id: &DocumentId) -> Option<Finance> {
        self.cache.finance.get(id).cloned()
    }

    fn release(&self) -> u64 {
        7
    }
}

/// Stores a document, an order's row for finance, and its place at the end of its site's feed.
fn put(write: &mut Tables, site: &LocationId, merged: &Validated) {
    let id = match &merged.state {
        DocumentState::Order(order) => order.document,
        DocumentState::Site(site) => site.document,
    };
    if let Some(order) = merged.state.order().filter(|order| order.submitted.is_some()) {
        let mut totals: Vec<_> =
            order.server.purchase_orders.iter().map(|order| order.total.to_string()).collect();
        totals.sort();
        let lines = u32::try_from(order.ordered_lines().count()).unwrap_or(u32::MAX);
        write.finance.insert(id, Finance { stage: order.stage(), lines, totals });
        let numbers = order.server.purchase_orders.iter().map(|order| (order.number.clone(), id));
        write.numbers.extend(numbers);
    }
    let is_let_go = merged.state.order().is_some_and(OrderState::is_let_go);
    let bytes = merged.bytes.as_slice().into();
    put_bytes(write, id, Stored { site: site.clone(), bytes, is_let_go, is_old: false });
}

fn put_bytes(write: &mut Tables, id: DocumentId, stored: Stored) {
    let head = write.feed_heads.entry(stored.site.clone()).or_default();
    *head += 1;
    let feed = write.feed.entry(stored.site.clone()).or_default();
    feed.retain(|_, other| *other != id);
    feed.insert(*head, id);
    write.documents.insert(id, stored);
}

fn next_number(write: &mut Tables) -> String {
    write.purchase_orders += 1;
    format!("PO-{}-{:06}", write.block(), write.purchase_orders)
}

/// A push as it arrives: packed on the tablet and unpacked here.
fn travelled(push: PushRequest) -> Result<PushRequest, Failure> {
    match unpack_push(&pack_push(&push).expect("a body")) {
        Ok(unpacked) => {
            assert_eq!(unpacked, push, "what was packed is not what was unpacked");
            Ok(unpacked)
        }
        Err(UnpackError::TooOld { .. }) => Err(Failure::Problem(ErrorCode::ClientTooOld)),
        Err(other) => panic!("a push cannot be unpacked: {other}"),
    }
}

/// An answer as it arrives: packed here and unpacked on the tablet.
fn answered<T: Debug + PartialEq, E: Debug>(
    answer: T,
    pack: impl Fn(&T) -> Result<Vec<u8>, E>,
    unpack: impl Fn(&[u8]) -> Result<T, UnpackError>,
) -> T {
    let unpacked = unpack(&pack(&answer).expect("a body")).expect("an answer");
    assert_eq!(unpacked, answer, "what was packed is not what was unpacked");
    unpacked
}

pub fn date(now: i64) -> Date {
    at_site(now).date()
}

/// The local time at the sites of the simulation. They are all in UTC.
fn at_site(now: i64) -> DateTime {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_millisecond(now).expect("a time"))
}
