//! Sends the outbox, and handles the answers.

use std::collections::{BTreeMap, BTreeSet};

use super::held::Held;
use super::replica::Gathered;
use super::{Effect, OutboxEntry, Replica, ReplicaError, SyncNotice};
use crate::document::{self, AnyIntent, AnyRefusal, DocumentState, NotApplied};
use crate::ids::{DocumentId, IntentId, LocationId, OrderLineId};
use crate::limits::{
    PUSH_CHANGES, PUSH_DOCUMENT_BYTES, PUSH_DOCUMENT_OPERATIONS, PUSH_DOCUMENTS,
    PUSH_UNPACKED_BYTES,
};
use crate::order::{Command, Intent, LockedPrice, OrderRefusal};
use crate::wire::{
    Blob, DocumentOutcome, DocumentPush, PROTOCOL, PushRefusal, PushRefusalCode, PushRequest,
    PushResponse,
};

/// After this number of refusals in a row, a document waits for a person, because applying it again
/// did not help.
const REFUSALS_UNTIL_HELD_BACK: u32 = 2;

/// The most bytes of changes in one push. More changes are sent in several pushes.
const CHANGES_BYTES: usize = PUSH_UNPACKED_BYTES / 2;

impl Replica {
    /// What to push now; `None` when the server has everything. The caller must ask again after
    /// each answer until it gets `None`.
    #[must_use]
    pub fn push_request(&self, app_version: &str) -> Option<PushRequest> {
        self.request(app_version, |held| !held.is_lost, document_push)
    }

    /// What to offer to head office now: whole documents of which a restored server lacks changes
    /// of others. `None` when there are none. The answer is like the answer to a push.
    #[must_use]
    pub fn offer_request(&self, app_version: &str) -> Option<PushRequest> {
        self.request(
            app_version,
            |held| held.is_lost,
            |id, held| {
                let changes: Vec<u8> =
                    held.unsent().iter().flat_map(|change| change.raw_bytes().to_vec()).collect();
                let heads = held.server_heads.iter().map(ToString::to_string).collect();
                (!changes.is_empty()).then_some(DocumentPush {
                    id,
                    kind: held.kind,
                    heads,
                    changes: Blob(changes),
                })
            },
        )
    }

    /// A request with as much as one push may have. During a recheck nobody knows what the server
    /// lacks, so there is no request.
    fn request(
        &self,
        app_version: &str,
        is_meant: impl Fn(&Held) -> bool,
        document_push: impl Fn(DocumentId, &Held) -> Option<DocumentPush>,
    ) -> Option<PushRequest> {
        if self.recheck.is_some() {
            return None;
        }
        let mut documents = Vec::new();
        let mut bytes = 0;
        for (id, held) in
            self.documents.iter().filter(|(_, held)| held.may_be_sent() && is_meant(held))
        {
            let Some(push) = document_push(*id, held) else { continue };
            bytes += push.changes.0.len();
            if documents.len() == PUSH_DOCUMENTS || (bytes > CHANGES_BYTES && !documents.is_empty())
            {
                break;
            }
            documents.push(push);
        }
        (!documents.is_empty()).then(|| PushRequest {
            protocol: PROTOCOL,
            app_version: app_version.to_owned(),
            documents,
        })
    }

    /// Takes in the server's answers. A repeated or late answer changes nothing.
    pub fn on_push_response(&mut self, response: PushResponse) -> Vec<Effect> {
        let mut gathered = Gathered::default();
        // During a recheck, the answer to an earlier push has nothing that the pulls do not also
        // bring.
        if !self.is_of_known_database(&response.incarnation) || self.recheck.is_some() {
            return Vec::new();
        }
        for answer in response.documents {
            match answer.outcome {
                DocumentOutcome::Accepted { heads, changes } => {
                    self.on_accepted(answer.id, &heads, &changes, &mut gathered);
                }
                DocumentOutcome::Refused { refusals, document } => {
                    self.on_refused(answer.id, refusals, document, &mut gathered);
                }
            }
        }
        self.effects(gathered)
    }

    fn on_accepted(
        &mut self,
        id: DocumentId,
        heads: &[String],
        changes: &Blob,
        gathered: &mut Gathered,
    ) {
        let Some(held) = self.documents.get_mut(&id) else { return };
        if !changes.0.is_empty() {
            if let Err(error) = held.document.load_incremental(&changes.0) {
                gathered
                    .notices
                    .push(SyncNotice::Unreadable { document: id, detail: error.to_string() });
                return;
            }
            held.read_again(id);
        }
        held.refused = 0;
        self.advance(id, document::parse_heads(heads), gathered);
        self.told.insert(id);
    }

    /// Records what the server has, unless this tablet already knows that it has more. Then removes
    /// the intents that it has from the outbox. Intents that the document lacks are applied to it
    /// again: a damaged copy was begun again, and its intents needed what others wrote.
    pub(super) fn advance(
        &mut self,
        id: DocumentId,
        heads: Vec<automerge::ChangeHash>,
        gathered: &mut Gathered,
    ) {
        let Some(held) = self.documents.get_mut(&id) else { return };
        gathered.changed.insert(id);
        let is_known = heads.iter().all(|hash| document::contains(&held.document, hash));
        if is_known && document::has_all_of(&held.document, &held.server_heads, &heads) {
            held.server_heads = heads;
        }
        let unsent: BTreeSet<String> =
            held.unsent().iter().map(|change| change.hash().to_string()).collect();
        let is_in_outbox =
            |change: &String| self.outbox.values().any(|entry| entry.change == *change);
        if held.is_lost && unsent.iter().all(is_in_outbox) {
            // Head office took the offer up.
            held.is_lost = false;
            held.held_back.clear();
        }
        let is_settled =
            |entry: &OutboxEntry| entry.intent.document() == id && !unsent.contains(&entry.change);
        let settled = self.outbox.extract_if(.., |_, entry| is_settled(entry));
        let (done, lacking): (Vec<_>, Vec<_>) =
            settled.map(|(_, entry)| entry).partition(|entry| held.has(&entry.change));
        gathered.done.extend(done.iter().map(|entry| entry.intent.id()));
        if !lacking.is_empty()
            && let Some(held) = self.documents.remove(&id)
        {
            self.apply_outbox(id, held, lacking, gathered);
        }
    }

    fn on_refused(
        &mut self,
        id: DocumentId,
        refusals: Vec<PushRefusal>,
        server_copy: Option<Blob>,
        gathered: &mut Gathered,
    ) {
        let Some(held) = self.documents.get_mut(&id) else { return };
        let unsent: Vec<String> =
            held.unsent().iter().map(|change| change.hash().to_string()).collect();
        // A late or repeated answer: the refused intents were applied again in the meantime, as
        // other changes.
        let is_of_unsent = |refusal: &PushRefusal| {
            refusal.change.as_ref().is_none_or(|change| unsent.contains(change))
        };
        if unsent.is_empty() || !refusals.iter().any(is_of_unsent) {
            return;
        }
        let says = |code| refusals.iter().any(|refusal| refusal.code == code);
        let is_kept = says(PushRefusalCode::Offered);
        if (is_kept || says(PushRefusalCode::TooManyOffers)) != held.is_lost {
            // This answer is late. It belongs to a push before the offer, or to an offer that was
            // taken up since.
            return;
        }
        gathered.changed.insert(id);
        if held.is_lost {
            // An offer that was not kept is offered again until it is kept. People get one notice.
            if held.held_back != refusals || is_kept {
                held.held_back.clone_from(&refusals);
                gathered.notices.push(SyncNotice::HeldBack { document: id, refusals });
            }
            if is_kept {
                // If the server now has another version, this tablet continues with that version.
                self.start_over();
                let its = self.documents.iter().filter(|(_, held)| !held.is_lost);
                self.told = its.map(|(id, _)| *id).collect();
            }
            return;
        }
        held.refused += 1;
        if held.refused < REFUSALS_UNTIL_HELD_BACK {
            // A batch may build on changes that the server lacks: those of others, or this tablet's
            // own.
            let lacks_earlier =
                |refusal: &PushRefusal| refusal.code == PushRefusalCode::UnknownDependency;
            if server_copy.is_none()
                && held.is_known_to_the_server()
                && refusals.iter().any(lacks_earlier)
            {
                self.begin_recheck_again();
                return;
            }
            let is_in_outbox =
                |change: &String| self.outbox.values().any(|entry| entry.change == *change);
            let own = held
                .unsent()
                .into_iter()
                .filter(|change| document::is_actor_of(change.actor_id(), &self.device, &id));
            if !own.map(|change| change.hash().to_string()).all(|change| is_in_outbox(&change)) {
                // The server acknowledged it before, and the outbox no longer has it.
                held.is_lost = true;
                return;
            }
        }
        // Nothing can be applied again to the copy of an order that was closed meanwhile. So this
        // refusal is the last one, whatever the others were.
        let is_closed = says(PushRefusalCode::OrderAlreadyAccepted)
            || says(PushRefusalCode::OrderAlreadySubmitted);
        let copy = server_copy.filter(|_| held.refused < REFUSALS_UNTIL_HELD_BACK || is_closed);
        let Some(copy) = copy else {
            held.held_back.clone_from(&refusals);
            gathered.notices.push(SyncNotice::HeldBack { document: id, refusals });
            return;
        };
        let (epoch, refused) = (held.epoch + 1, held.refused);
        let replacement = document::load(&copy.0).and_then(|copy| {
            let server_heads = copy.get_heads();
            Held::new(id, copy, server_heads, epoch)
        });
        match replacement {
            // The answer is outdated, because the server is already known to have more; or the
            // server lost what it had.
            Ok(copy)
                if !held
                    .server_heads
                    .iter()
                    .all(|hash| document::contains(&copy.document, hash)) =>
            {
                self.begin_recheck_again();
            }
            Ok(replacement) => self.rebase(id, Held { refused, ..replacement }, gathered),
            Err(error) => gathered
                .notices
                .push(SyncNotice::Unreadable { document: id, detail: error.to_string() }),
        }
    }

    /// Replaces a document by the server's copy, and applies the outbox to it again as far as the
    /// rules allow. Lines that come too late move to a new draft. Every other intent that is no
    /// longer allowed becomes a notice.
    pub(super) fn rebase(&mut self, id: DocumentId, replacement: Held, gathered: &mut Gathered) {
        let entries = self
            .outbox
            .extract_if(.., |_, entry| entry.intent.document() == id)
            .map(|(_, entry)| entry)
            .collect();
        self.apply_outbox(id, replacement, entries, gathered);
    }

    /// Applies entries that were taken out of the outbox to a document, which then takes its place.
    fn apply_outbox(
        &mut self,
        id: DocumentId,
        mut replacement: Held,
        entries: Vec<OutboxEntry>,
        gathered: &mut Gathered,
    ) {
        // By intent, not by change: what was sent in an earlier epoch may have arrived after all.
        let known = document::intents(&replacement.document);
        let mut late = Vec::new();
        for entry in entries {
            match if known.contains(&entry.intent.id()) {
                Ok(None)
            } else {
                apply_again(&mut replacement, &self.device, &entry)
            } {
                Ok(Some(change)) => {
                    let entry = OutboxEntry { change: change.to_string(), ..entry };
                    gathered.outbox.insert(entry.sequence, entry.clone());
                    self.outbox.insert(entry.sequence, entry);
                }
                Ok(None) => gathered.done.push(entry.intent.id()),
                Err(ReplicaError::Refused(refusal)) => {
                    gathered.done.push(entry.intent.id());
                    match (entry.intent, refusal) {
                        (AnyIntent::Order(intent), AnyRefusal::Order(refusal)) => {
                            late.push((intent, refusal));
                        }
                        (intent, refusal) => gathered.notices.push(not_applied(intent, refusal)),
                    }
                }
                Err(ReplicaError::Document(error)) => {
                    let unreadable =
                        SyncNotice::Unreadable { document: id, detail: error.to_string() };
                    gathered.notices.push(unreadable);
                    self.outbox.insert(entry.sequence, entry);
                }
            }
        }
        let site = replacement
            .state
            .as_ref()
            .and_then(DocumentState::order)
            .map(|order| order.site.clone());
        if replacement.unsent().is_empty() {
            // Nothing of the refused changes is left.
            replacement.refused = 0;
        }
        self.documents.insert(id, replacement);
        gathered.changed.insert(id);
        if let Some(site) = site {
            self.move_late_lines(id, &site, late, gathered);
        } else {
            let notices = late.into_iter().map(|(intent, refusal)| not_applied(intent, refusal));
            gathered.notices.extend(notices);
        }
    }

    /// Moves lines that came too late to a draft of the same person. Every other late intent
    /// becomes a notice.
    ///
    /// The identifiers follow from the late intents. So a tablet whose storage was restored from a
    /// backup, and that moves a line again, does not order it twice.
    fn move_late_lines(
        &mut self,
        from: DocumentId,
        site: &LocationId,
        late: Vec<(Intent, OrderRefusal)>,
        gathered: &mut Gathered,
    ) {
        let mut late_lines: BTreeMap<OrderLineId, Vec<Intent>> = BTreeMap::new();
        for (intent, refusal) in late {
            match &intent.command {
                Command::AddLine { line, .. } if refusal.asks_for_new_order() => {
                    late_lines.insert(line.clone(), vec![intent]);
                }
                Command::SetQuantity { line, .. } if late_lines.contains_key(line) => {
                    late_lines.entry(line.clone()).or_default().push(intent);
                }
                // Somebody else submitted the same in the meantime, which is what this person
                // wanted. With other quantities, the person hears of it.
                Command::Submit { locked_prices }
                    if refusal == OrderRefusal::OrderAlreadyAccepted
                        && self.is_ordered_like(from, locked_prices) => {}
                _ => gathered.notices.push(not_applied(intent, refusal)),
            }
        }
        let mut drafts: BTreeMap<DocumentId, Vec<OrderLineId>> = BTreeMap::new();
        for (line, intents) in late_lines {
            // Nobody misses a line that was added and removed again.
            if intents.last().is_none_or(removes_line) {
                continue;
            }
            let mut intents =
                intents.into_iter().map(|late| Intent { id: late.id.moved(), ..late });
            let Some(add) = intents.next() else { continue };
            let to = self.draft_for(from, &add);
            drafts.entry(to).or_default().push(line);
            let create = Intent {
                id: IntentId::that_begins(&to),
                command: Command::CreateOrder { site: site.clone() },
                ..add.clone()
            };
            for intent in [create, add].into_iter().chain(intents) {
                self.move_intent(Intent { document: to, ..intent }, gathered);
            }
        }
        let told =
            drafts.into_iter().map(|(to, lines)| SyncNotice::MovedToNewDraft { from, to, lines });
        gathered.notices.extend(told);
    }

    /// Whether the order has exactly these lines, each in this quantity of this item.
    fn is_ordered_like(
        &self,
        order: DocumentId,
        wanted: &BTreeMap<OrderLineId, LockedPrice>,
    ) -> bool {
        let held = self.documents.get(&order);
        let Some(order) = held.and_then(|held| held.state.as_ref()?.order()) else { return false };
        let ordered: BTreeMap<_, _> = order
            .ordered_lines()
            .filter_map(|(id, line)| Some((id, line.locked.as_ref()?)))
            .collect();
        ordered.len() == wanted.len()
            && wanted.iter().all(|(id, wanted)| {
                ordered.get(id).is_some_and(|ordered| {
                    (&ordered.item, ordered.quantity) == (&wanted.item, wanted.quantity)
                })
            })
    }

    /// Carries out an intent that moved to another order, unless that order has it already.
    fn move_intent(&mut self, intent: Intent, gathered: &mut Gathered) {
        let to = self.documents.get(&intent.document);
        let is_there = to.is_some_and(|to| match intent.command {
            Command::CreateOrder { .. } => true,
            _ => document::intents(&to.document).contains(&intent.id),
        });
        if is_there {
            return;
        }
        if let Err(error) = self.dispatch_into(intent.clone().into(), gathered) {
            gathered.notices.push(match error {
                ReplicaError::Refused(refusal) => not_applied(intent, refusal),
                error => {
                    SyncNotice::Unreadable { document: intent.document, detail: error.to_string() }
                }
            });
        }
    }

    /// The draft for a late line: the first follow-up of the order that takes the line, or that
    /// does not exist yet.
    fn draft_for(&self, from: DocumentId, add: &Intent) -> DocumentId {
        let mut to = from.follow_up(&self.device, &add.by);
        let is_for_the_line = |to| match self.documents.get(&to) {
            Some(held) => held.takes_late_line(add),
            None => !self.lost.contains_key(&to),
        };
        while !is_for_the_line(to) {
            to = to.follow_up(&self.device, &add.by);
        }
        to
    }
}

/// The unsent changes of a document, as many as one batch may have. `None` when there are none.
fn document_push(id: DocumentId, held: &Held) -> Option<DocumentPush> {
    let mut batch = Vec::new();
    let mut operations = 0;
    for change in held.unsent().into_iter().take(PUSH_CHANGES) {
        // The changes are not deflated one by one, because the whole body is.
        let bytes = change.raw_bytes();
        operations += change.len() as u64;
        let is_full = batch.len() + bytes.len() > PUSH_DOCUMENT_BYTES
            || operations > PUSH_DOCUMENT_OPERATIONS;
        if is_full && !batch.is_empty() {
            break;
        }
        batch.extend_from_slice(bytes);
    }
    let heads = held.server_heads.iter().map(ToString::to_string).collect();
    (!batch.is_empty()).then_some(DocumentPush { id, kind: held.kind, heads, changes: Blob(batch) })
}

/// Applies an intent to the server's copy, unless somebody else changed in the meantime what the
/// person saw.
fn apply_again(
    held: &mut Held,
    device: &crate::ids::DeviceId,
    entry: &OutboxEntry,
) -> Result<Option<automerge::ChangeHash>, ReplicaError> {
    if held.seen_by(&entry.intent) != entry.seen {
        entry.intent.decide_again(held.state.as_ref())?;
    }
    held.carry_out(device, &entry.intent)
}

fn not_applied(intent: impl Into<AnyIntent>, refusal: impl Into<AnyRefusal>) -> SyncNotice {
    SyncNotice::NotApplied(NotApplied::new(intent, refusal))
}

fn removes_line(intent: &Intent) -> bool {
    matches!(&intent.command, Command::SetQuantity { quantity, .. } if quantity.is_zero())
}
