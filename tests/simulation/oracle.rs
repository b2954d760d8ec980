//! What must hold whatever happens. An oracle compares what it saw promised with what is there; it knows nothing of how the
//! pipeline keeps it.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::Catalogue;
use calloff_core::document::{self, Anomaly, ChangeNote};
use calloff_core::ids::{DeviceId, DocumentId, IntentId, OrderLineId};
use calloff_core::limits::DOCUMENT_BYTES;
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, OrderStage, OrderState, Refusal};
use calloff_core::sync::{Effect, Notice, Persist, Replica};
use calloff_core::wire::{DocumentOutcome, PushRequest, PushResponse};
use calloff_tests::mutation;

use super::head_office::{Finance, HeadOffice};

/// A broken promise, in words.
pub type Violation = String;
type Checked = Result<(), Violation>;

/// A document as it was last seen at the server.
struct Seen {
    changes: BTreeSet<String>,
    intents: BTreeSet<IntentId>,
    heads: Vec<String>,
    state: OrderState,
}

/// Everything that was promised so far.
pub struct Oracle<'c> {
    catalogue: &'c Catalogue,
    server: BTreeMap<DocumentId, Seen>,
    /// Accepted orders, as they were accepted.
    frozen: BTreeMap<DocumentId, OrderState>,
    /// Who has which purchase order number.
    numbers: BTreeMap<String, DocumentId>,
    revoked: BTreeSet<DeviceId>,
    /// What a tablet said was saved and whose fate is open, and on which tablet.
    pending: BTreeMap<IntentId, (usize, Intent)>,
    /// Lines that a notice named as moved to a new draft.
    moved: BTreeSet<(DocumentId, OrderLineId)>,
}

impl<'c> Oracle<'c> {
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            catalogue,
            server: BTreeMap::new(),
            frozen: BTreeMap::new(),
            numbers: BTreeMap::new(),
            revoked: BTreeSet::new(),
            pending: BTreeMap::new(),
            moved: BTreeSet::new(),
        }
    }

    /// How many orders the server has, and how many of them it accepted.
    pub fn orders(&self) -> (usize, usize) {
        (self.server.len(), self.frozen.len())
    }

    /// The documents that the server has.
    pub fn documents(&self) -> Vec<DocumentId> {
        self.server.keys().copied().collect()
    }

    pub fn on_revoked(&mut self, device: DeviceId) {
        self.revoked.insert(device);
    }

    /// The server took, or did not take, a push; `answer` is what it said, `None` when it ended on the way.
    pub fn on_push(
        &mut self,
        device: DeviceId,
        push: &PushRequest,
        answer: Option<&PushResponse>,
        office: &impl HeadOffice,
    ) -> Checked {
        for (at, document) in push.documents.iter().enumerate() {
            let before: BTreeSet<String> =
                self.server.get(&document.id).map(|seen| seen.changes.clone()).unwrap_or_default();
            self.look(document.id, office)?;
            let no_changes = BTreeSet::new();
            let after = self.server.get(&document.id).map_or(&no_changes, |seen| &seen.changes);
            let new: Vec<&String> = after.difference(&before).collect();
            if self.revoked.contains(&device) && !new.is_empty() {
                return Err(format!("{}: a revoked tablet wrote", document.id));
            }
            match answer.map(|answer| &answer.documents[at].outcome) {
                Some(DocumentOutcome::Accepted { heads, .. }) => {
                    let seen = self.server.get(&document.id).ok_or("accepted, and nothing is there")?;
                    if *heads != seen.heads {
                        return Err(format!("{}: the answer names other heads than are stored", document.id));
                    }
                    let sent = mutation::split(&document.changes.0).len();
                    // With the server's answer, and the genesis change of a new document.
                    if new.len() > sent + 1 + usize::from(before.is_empty()) {
                        return Err(format!("{}: {} changes came of a batch of {sent}", document.id, new.len()));
                    }
                }
                Some(DocumentOutcome::Refused { .. }) if !new.is_empty() => {
                    return Err(format!("{}: {} changes of a refused batch were kept", document.id, new.len()));
                }
                Some(DocumentOutcome::Refused { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// The server started again: all that was seen, and so acknowledged or about to be, must be there.
    pub fn on_restart(&mut self, office: &impl HeadOffice) -> Checked {
        self.documents().into_iter().try_for_each(|id| self.look(id, office))
    }

    /// Looks at a document at the server and checks it against everything that was seen before.
    fn look(&mut self, id: DocumentId, office: &impl HeadOffice) -> Checked {
        let failed = |what: String| format!("{id}: {what}");
        let Some(bytes) = office.document(&id) else {
            let is_lost = self.server.contains_key(&id);
            return if is_lost { Err(failed("an acknowledged document is gone".to_owned())) } else { Ok(()) };
        };
        if bytes.len() > DOCUMENT_BYTES {
            return Err(failed(format!("{} bytes", bytes.len())));
        }
        let document = document::load(&bytes).map_err(|error| failed(format!("does not load: {error}")))?;
        let (state, anomalies) = document::read_order(id, &document);
        let state = state.ok_or_else(|| failed("holds no order".to_owned()))?;
        if let Some(odd) = anomalies.iter().find(|one| !matches!(one, Anomaly::ConcurrentSubmissions(_))) {
            return Err(failed(format!("reads oddly: {odd}")));
        }
        let mut seen =
            Seen { changes: BTreeSet::new(), intents: BTreeSet::new(), heads: document::heads(&document), state };
        for change in document.get_changes_meta(&[]) {
            seen.changes.insert(change.hash.to_string());
            let note = change.message.and_then(|message| serde_json::from_str::<ChangeNote>(&message).ok());
            if let Some(note) = note
                && !seen.intents.insert(note.intent)
            {
                return Err(failed(format!("intent {} counts twice", note.intent)));
            }
        }
        if let Some(before) = self.server.get(&id)
            && let Some(lost) = before.changes.difference(&seen.changes).next()
        {
            return Err(failed(format!("change {lost}, which was acknowledged, is gone")));
        }
        self.check_order(&seen.state).map_err(failed)?;
        check_finance(&seen.state, office.finance(&id)).map_err(failed)?;
        self.server.insert(id, seen);
        Ok(())
    }

    /// What an accepted order is, it stays; each line is ordered once, at the price that its release has.
    fn check_order(&mut self, order: &OrderState) -> Checked {
        let id = order.document;
        if let Some(accepted) = self.frozen.get(&id) {
            return if accepted == order { Ok(()) } else { Err("changed after it was accepted".to_owned()) };
        }
        if order.stage() != OrderStage::Accepted {
            return if order.server.purchase_orders.is_empty() {
                Ok(())
            } else {
                Err("ordered, and not accepted".to_owned())
            };
        }
        let mut ordered = BTreeSet::new();
        for purchase_order in &order.server.purchase_orders {
            if self.numbers.insert(purchase_order.number.clone(), id).is_some() {
                return Err(format!("{} was given twice", purchase_order.number));
            }
            for line in &purchase_order.lines {
                if !ordered.insert(line.clone()) {
                    return Err(format!("line {line} is ordered twice"));
                }
            }
        }
        if !order.ordered_lines().map(|(line, _)| line).eq(ordered.iter()) {
            return Err("its purchase orders are not its lines".to_owned());
        }
        for (line, ordered) in order.ordered_lines() {
            let pin = ordered.pin.as_ref().ok_or_else(|| format!("line {line} is accepted without a pin"))?;
            let resolved = basket(order, self.catalogue, pin.resolved_for());
            let resolved = resolved.groups.iter().find_map(|group| group.lines.get(line));
            if resolved != Some(pin) {
                return Err(format!("line {line} is accepted at {pin:?}, and the release says {resolved:?}"));
            }
        }
        self.frozen.insert(id, order.clone());
        Ok(())
    }

    /// A tablet says that this is saved. What it says is done must be at the server or told.
    pub fn on_saved(&mut self, tablet: usize, effects: &[Effect], replica: &Replica) -> Checked {
        let notices = effects.iter().filter_map(|effect| match effect {
            Effect::Notice(notice) => Some(notice),
            Effect::Persist(_) | Effect::Forget { .. } => None,
        });
        let mut told = BTreeMap::new();
        for notice in notices {
            match notice {
                Notice::NotApplied { intent, refusal } => {
                    let seen = self.server.get(&intent.document);
                    if seen.is_some_and(|seen| seen.intents.contains(&intent.id)) {
                        return Err(format!("{intent:?} is at the server, and its person was told {refusal}"));
                    }
                    told.insert(intent.id, refusal);
                }
                Notice::MovedToNewDraft { from, lines, .. } => {
                    self.moved.extend(lines.iter().map(|line| (*from, line.clone())));
                }
                Notice::HeldBack { document, refusals } => {
                    return Err(format!("{document}: an honest tablet is held back: {refusals:?}"));
                }
                Notice::SettingNotApplied { .. } | Notice::UpdateNeeded { .. } => {
                    return Err(format!("nobody touches settings here, and there is no newer version: {notice:?}"));
                }
                Notice::Unreadable { .. } => {}
            }
        }
        for effect in effects {
            if let Effect::Persist(persist) = effect {
                self.on_persisted(tablet, persist, &told, replica)?;
            }
        }
        Ok(())
    }

    fn on_persisted(
        &mut self,
        tablet: usize,
        persist: &Persist,
        told: &BTreeMap<IntentId, &Refusal>,
        replica: &Replica,
    ) -> Checked {
        for entry in &persist.outbox {
            let intent = entry.intent.clone().into_order();
            self.pending.extend(intent.map(|intent| (intent.id, (tablet, intent))));
        }
        for id in &persist.done {
            let Some((_, intent)) = self.pending.remove(id) else { continue };
            let is_there = self.is_at_the_server(&intent);
            if !is_there && !told.contains_key(id) && !self.needs_no_word(&intent, replica) {
                return Err(format!("the tablet let go of {intent:?}, which is nowhere, and nobody was told"));
            }
        }
        Ok(())
    }

    fn is_at_the_server(&self, intent: &Intent) -> bool {
        self.server.get(&intent.document).is_some_and(|seen| seen.intents.contains(&intent.id))
    }

    /// Whether the order says what the person wanted without this intent, or the line went to a new draft with a notice.
    fn needs_no_word(&self, intent: &Intent, replica: &Replica) -> bool {
        let order = replica.order(intent.document);
        let is_moved = |line: &OrderLineId| self.moved.contains(&(intent.document, line.clone()));
        match &intent.command {
            Command::CreateOrder { .. } => order.is_some(),
            // A line that was added and removed again before the order closed is missed by nobody.
            Command::AddLine { line, .. } => is_moved(line) || self.is_regretted(intent, line),
            Command::SetQuantity { line, quantity } => {
                let says_so = |order: &OrderState| {
                    order
                        .lines
                        .get(line)
                        .is_some_and(|line| line.quantity.value == *quantity && !line.quantity.is_conflicted())
                };
                is_moved(line) || quantity.is_zero() || self.is_regretted(intent, line) || order.is_some_and(says_so)
            }
            Command::SetNote { note } => order.is_some_and(|order| order.note.value == *note),
            Command::Submit { .. } => order.is_some_and(|order| order.stage() == OrderStage::Accepted),
        }
    }

    /// Whether the last that this person said of a line that they added was zero.
    fn is_regretted(&self, added: &Intent, line: &OrderLineId) -> bool {
        let later = self.pending.values().filter(|(_, intent)| intent.document == added.document);
        let quantities = later.filter_map(|(_, intent)| match &intent.command {
            Command::SetQuantity { line: other, quantity } if other == line => Some((intent.at, *quantity)),
            _ => None,
        });
        quantities.max().is_some_and(|(_, quantity)| quantity.is_zero())
    }

    /// A tablet lost its storage, or went back to what it held once: what it had not sent by then is lost, and it knows.
    pub fn on_storage_replaced(&mut self, tablet: usize, kept: impl Iterator<Item = Intent>) {
        self.pending.retain(|_, (owner, _)| *owner != tablet);
        self.pending.extend(kept.map(|intent| (intent.id, (tablet, intent))));
    }

    /// A tablet that may talk has said everything: it is as the server, and nothing that it saved is lost.
    pub fn on_quiet(&self, tablet: usize, site: &str, replica: &Replica) -> Checked {
        if let Some(left) = replica.unsent().next() {
            return Err(format!("tablet {tablet} never got rid of {left:?}"));
        }
        let mut saved = self.pending.values().filter(|(owner, _)| *owner == tablet);
        if let Some((_, lost)) = saved.find(|(_, intent)| !self.is_at_the_server(intent)) {
            return Err(format!("tablet {tablet} had saved {lost:?}, and it is nowhere"));
        }
        for (id, seen) in self.server.iter().filter(|(_, seen)| seen.state.site.as_str() == site) {
            let here = replica.order(*id);
            if here != Some(&seen.state) {
                return Err(format!("{id} differs on tablet {tablet}:\n{here:?}\nat the server:\n{:?}", seen.state));
            }
        }
        let stray =
            replica.orders().find(|order| self.server.get(&order.document).is_none_or(|seen| seen.state != **order));
        match stray {
            Some(order) => Err(format!("{} is on tablet {tablet} only, or not its site's", order.document)),
            None => Ok(()),
        }
    }
}

/// What finance reads is what the document says.
fn check_finance(order: &OrderState, row: Option<Finance>) -> Checked {
    let mut totals: Vec<_> = order.server.purchase_orders.iter().map(|order| order.total.to_string()).collect();
    totals.sort();
    let lines = u32::try_from(order.ordered_lines().count()).unwrap_or(u32::MAX);
    let expected = Finance { stage: order.stage(), lines, totals };
    match (row, order.submitted.is_some()) {
        (None, false) => Ok(()),
        // The rows are of the answered submission; an order that was refused may be edited after.
        (Some(row), true) if row.stage == OrderStage::Refused && order.is_editable() => Ok(()),
        (Some(row), true) if row == expected => Ok(()),
        (row, _) => Err(format!("finance reads {row:?}, and the order says {expected:?}")),
    }
}
