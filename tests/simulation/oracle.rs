//! The promises that must hold whatever happens. An oracle compares what was promised with the
//! state of the server and the tablets. It knows nothing of how the pipeline keeps the promises.

mod orders;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::Catalogue;
use calloff_core::document::AnyIntent;
use calloff_core::document::{self, Anomaly, DocumentState};
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId, OrderLineId};
use calloff_core::limits::DOCUMENT_BYTES;
use calloff_core::order::{OrderStage, OrderState};
use calloff_core::site::SiteState;
use calloff_core::sync::{Effect, Persist, Replica, SyncNotice};
use calloff_core::wire::{
    DocumentOutcome, PullRequest, PullResponse, PushRefusal, PushRefusalCode, PushRequest,
    PushResponse,
};
use calloff_tests::mutation;

use crate::head_office::{HeadOffice, TakenUp};
use crate::tablet::Act;
use orders::{Orders, check_finance};
use settings::{Model, Said};

/// A description of a broken promise.
pub type Violation = String;
type Checked = Result<(), Violation>;

/// A document as the oracle last saw it at the server.
struct Seen {
    changes: BTreeSet<String>,
    intents: BTreeSet<IntentId>,
    heads: Vec<String>,
    state: DocumentState,
}

/// Everything that the server and the tablets promised so far.
pub struct Oracle<'c> {
    server: BTreeMap<DocumentId, Seen>,
    orders: Orders<'c>,
    settings: BTreeMap<DocumentId, Model>,
    /// The intents of people for the settings of their sites, saved or not.
    said: BTreeMap<IntentId, Said>,
    sites: BTreeMap<DeviceId, LocationId>,
    revoked: BTreeSet<DeviceId>,
    /// The tablets that keep to no rule.
    hostile: BTreeSet<DeviceId>,
    /// The intents that a tablet said were saved and that are not done yet, with the tablet.
    pending: BTreeMap<IntentId, (usize, AnyIntent)>,
    /// The order of a tablet's intents. The times of the intents do not give it, because a tablet's
    /// clock may be wrong.
    sequences: BTreeMap<IntentId, u64>,
    /// The lines that a notice named as moved to a new draft.
    moved: BTreeSet<(DocumentId, OrderLineId)>,
    /// The tablets to which the server named an order as forgotten, and did not send it since.
    forgotten: BTreeSet<(usize, DocumentId)>,
    /// The documents whose last offer by one of these tablets head office could not take up.
    set_aside: BTreeMap<DocumentId, BTreeSet<DeviceId>>,
    /// Whether the server's database was restored from a backup.
    is_restored: bool,
    /// The intents that the server had when its database was restored.
    before_the_restore: BTreeSet<IntentId>,
}

impl<'c> Oracle<'c> {
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            server: BTreeMap::new(),
            orders: Orders::new(catalogue),
            settings: BTreeMap::new(),
            said: BTreeMap::new(),
            sites: BTreeMap::new(),
            revoked: BTreeSet::new(),
            hostile: BTreeSet::new(),
            pending: BTreeMap::new(),
            sequences: BTreeMap::new(),
            moved: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            set_aside: BTreeMap::new(),
            is_restored: false,
            before_the_restore: BTreeSet::new(),
        }
    }

    /// The number of orders that the server has, and the number of accepted ones.
    pub fn orders(&self) -> (usize, usize) {
        let orders = self.server.values().filter(|seen| seen.state.order().is_some());
        (orders.count(), self.orders.frozen.len())
    }

    /// The number of intents for sites' settings that reached the server, by kind, and how often
    /// values were in conflict.
    pub fn settings(&self) -> BTreeMap<&'static str, u64> {
        let mut sum = BTreeMap::new();
        for (kind, count) in self.settings.values().flat_map(|model| &model.arrived) {
            *sum.entry(*kind).or_default() += count;
        }
        sum
    }

    /// The documents that the server has.
    pub fn documents(&self) -> Vec<DocumentId> {
        self.server.keys().copied().collect()
    }

    pub fn on_enrolled(&mut self, device: DeviceId, site: &LocationId) {
        self.sites.insert(device, site.clone());
    }

    /// A hostile tablet: it is enrolled like others and keeps to no rule.
    pub fn on_hostile(&mut self, device: DeviceId, site: &LocationId) {
        self.on_enrolled(device, site);
        self.hostile.insert(device);
    }

    pub fn on_revoked(&mut self, device: DeviceId) {
        self.revoked.insert(device);
    }

    /// A person acted, whether the action was saved or not.
    pub fn on_act(&mut self, act: &Act) {
        if let AnyIntent::Site(intent) = &act.intent {
            self.said.insert(intent.id, Said { intent: intent.clone(), seen: act.seen.clone() });
        }
    }

    /// The server got a push. `answer` is `None` if the server ended on the way or answered with an
    /// error.
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
            if !new.is_empty() && !self.is_of(document.id, self.sites.get(&device)) {
                return Err(format!("{}: a tablet of another site wrote", document.id));
            }
            match answer.map(|answer| &answer.documents[at].outcome) {
                Some(DocumentOutcome::Accepted { heads, .. }) => {
                    let seen =
                        self.server.get(&document.id).ok_or("accepted, and nothing is there")?;
                    if *heads != seen.heads {
                        return Err(format!(
                            "{}: the answer names other heads than are stored",
                            document.id
                        ));
                    }
                    let sent = mutation::split(&document.changes.0).len();
                    // One more change for the server's answer, and one for the genesis of a new
                    // document.
                    if new.len() > sent + 1 + usize::from(before.is_empty()) {
                        return Err(format!(
                            "{}: {} changes came of a batch of {sent}",
                            document.id,
                            new.len()
                        ));
                    }
                }
                Some(DocumentOutcome::Refused { .. }) if !new.is_empty() => {
                    return Err(format!(
                        "{}: {} changes of a refused batch were kept",
                        document.id,
                        new.len()
                    ));
                }
                Some(DocumentOutcome::Refused { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// Orders left the tablets, because they are old. Only settled ones may.
    pub fn on_left(&self, left: &[DocumentId]) -> Checked {
        let is_settled = |id: &DocumentId| {
            self.server.get(id).and_then(|seen| seen.state.order()).is_some_and(|order| {
                order.is_let_go()
                    || matches!(order.stage(), OrderStage::Accepted | OrderStage::Refused)
            })
        };
        match left.iter().find(|id| !is_settled(id)) {
            Some(id) => Err(format!("{id} is not settled, and it left the tablets")),
            None => Ok(()),
        }
    }

    /// The server answered a pull. It may name an order as forgotten if the order is old. To a
    /// tablet that starts over, it may also name an order that nobody wants any more.
    pub fn on_pull(
        &mut self,
        tablet: usize,
        request: &PullRequest,
        answer: &PullResponse,
        office: &impl HeadOffice,
    ) -> Checked {
        let cursor = request.cursor.as_deref().unwrap_or_default();
        // A cursor with the number 0 also means that the tablet knows nothing of the feed.
        let starts_over = matches!(cursor.split('.').nth(1), None | Some("0"));
        for id in &answer.forgotten {
            let order = self.server.get(id).and_then(|seen| seen.state.order());
            let is_let_go = starts_over && order.is_some_and(OrderState::is_let_go);
            if !is_let_go && !office.is_old(id) {
                return Err(format!(
                    "{id} is wanted on tablet {tablet}, and it is to be forgotten"
                ));
            }
            self.forgotten.insert((tablet, *id));
        }
        for pulled in &answer.documents {
            self.forgotten.remove(&(tablet, pulled.id));
        }
        Ok(())
    }

    /// Whether the server has a document and it belongs to this site.
    fn is_of(&self, id: DocumentId, site: Option<&LocationId>) -> bool {
        let of_site = |site: &LocationId| match self.server.get(&id).map(|seen| &seen.state) {
            Some(DocumentState::Order(order)) => order.site == *site,
            Some(DocumentState::Site(_)) => id == DocumentId::of_site(site),
            None => false,
        };
        site.is_some_and(of_site)
    }

    /// The server started again. Everything that was seen must be there, because it was
    /// acknowledged or was about to be.
    pub fn on_restart(&mut self, office: &impl HeadOffice) -> Checked {
        self.documents().into_iter().try_for_each(|id| self.look(id, office))
    }

    /// A copy of the database was put back. The changes that were acknowledged since the copy are
    /// gone, until tablets bring them back. A number of a purchase order may come again only for
    /// the same order.
    pub fn on_restored(&mut self, office: &impl HeadOffice) -> Checked {
        self.is_restored = true;
        self.before_the_restore.extend(self.server.values().flat_map(|seen| seen.intents.iter()));
        self.server.clear();
        self.settings.clear();
        self.orders.on_restored();
        office.documents().into_iter().try_for_each(|id| self.look(id, office))
    }

    /// Head office took up or discarded the offers of tablets.
    pub fn on_taken_up(&mut self, taken: &[TakenUp], office: &impl HeadOffice) -> Checked {
        for (id, device, result) in taken {
            let of_tablets = self.set_aside.entry(*id).or_default();
            match result {
                Ok(()) => of_tablets.remove(device),
                Err(_) => of_tablets.insert(*device),
            };
            self.look(*id, office)?;
        }
        Ok(())
    }

    /// Whether a person must settle an order: the server accepted it before the restore, and
    /// continued with the draft afterwards. Head office has the offer and cannot take it up, and
    /// the tablet says so.
    fn is_for_people_to_settle(&self, id: DocumentId, replica: &Replica) -> bool {
        let is_offered = |refusal: &PushRefusal| matches!(refusal.code, PushRefusalCode::Offered);
        self.set_aside.get(&id).is_some_and(|tablets| !tablets.is_empty())
            && replica.held_back(id).iter().any(is_offered)
            && replica.order(id).is_some_and(|order| order.stage() == OrderStage::Accepted)
    }

    /// Reads a document at the server and checks it against everything that was seen before.
    fn look(&mut self, id: DocumentId, office: &impl HeadOffice) -> Checked {
        let failed = |what: String| format!("{id}: {what}");
        let Some(bytes) = office.document(&id) else {
            let is_lost = self.server.contains_key(&id);
            return if is_lost {
                Err(failed("an acknowledged document is gone".to_owned()))
            } else {
                Ok(())
            };
        };
        if bytes.len() > DOCUMENT_BYTES {
            return Err(failed(format!("{} bytes", bytes.len())));
        }
        let document =
            document::load(&bytes).map_err(|error| failed(format!("does not load: {error}")))?;
        let (state, anomalies) = document::read(id, &document);
        let state = state.ok_or_else(|| failed("holds no order".to_owned()))?;
        if let Some(odd) =
            anomalies.iter().find(|one| !matches!(one, Anomaly::ConcurrentSubmissions(_)))
        {
            return Err(failed(format!("reads oddly: {odd}")));
        }
        let mut seen = Seen {
            changes: BTreeSet::new(),
            intents: BTreeSet::new(),
            heads: document::heads(&document),
            state,
        };
        for change in document.get_changes_meta(&[]) {
            seen.changes.insert(change.hash.to_string());
            if let Some(intent) = document::intent_of(change.message.as_deref())
                && !seen.intents.insert(intent)
            {
                return Err(failed(format!("intent {intent} counts twice")));
            }
        }
        if let Some(before) = self.server.get(&id)
            && let Some(lost) = before.changes.difference(&seen.changes).next()
        {
            return Err(failed(format!("change {lost}, which was acknowledged, is gone")));
        }
        match &seen.state {
            DocumentState::Order(order) => {
                self.orders.check(order).map_err(failed)?;
                check_finance(order, office.finance(&id)).map_err(failed)?;
            }
            DocumentState::Site(site) => {
                let model = self.settings.entry(id).or_default();
                model.check(&document, site, &self.said, &self.hostile).map_err(failed)?;
            }
        }
        self.server.insert(id, seen);
        Ok(())
    }

    /// A tablet says that these effects are saved. An intent that it says is done must be at the
    /// server, or the person must have got a notice.
    pub fn on_saved(&mut self, tablet: usize, effects: &[Effect], replica: &Replica) -> Checked {
        let notices = effects.iter().filter_map(|effect| match effect {
            Effect::Notice(notice) => Some(notice),
            Effect::Persist(_) | Effect::Forget { .. } => None,
        });
        let mut told = BTreeSet::new();
        for notice in notices {
            let (intent, refusal): (AnyIntent, String) = match notice {
                SyncNotice::NotApplied(told) => ((*told.intent).clone(), told.refusal.to_string()),
                SyncNotice::MovedToNewDraft { from, lines, .. } => {
                    self.moved.extend(lines.iter().map(|line| (*from, line.clone())));
                    continue;
                }
                // The tablet keeps its documents. At the end, they must be at the server.
                SyncNotice::ServerRestored { .. } if self.is_restored => continue,
                SyncNotice::HeldBack { refusals, .. }
                    if self.is_restored
                        && refusals.iter().any(|refusal| {
                            use PushRefusalCode::{Offered, TooManyOffers};
                            matches!(refusal.code, Offered | TooManyOffers)
                        }) =>
                {
                    continue;
                }
                SyncNotice::ServerRestored { .. } => {
                    return Err(format!("nobody restored anything: {notice:?}"));
                }
                SyncNotice::HeldBack { document, refusals } => {
                    return Err(format!("{document}: an honest tablet is held back: {refusals:?}"));
                }
                SyncNotice::UpdateNeeded { .. } => {
                    return Err(format!("there is no newer version: {notice:?}"));
                }
                SyncNotice::Unreadable { .. } => continue,
            };
            if self.is_at_the_server(&intent) {
                return Err(format!(
                    "{intent:?} is at the server, and its person was told {refusal}"
                ));
            }
            told.insert(intent.id());
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
        told: &BTreeSet<IntentId>,
        replica: &Replica,
    ) -> Checked {
        for entry in &persist.outbox {
            self.sequences.insert(entry.intent.id(), entry.sequence);
            self.pending.insert(entry.intent.id(), (tablet, entry.intent.clone()));
        }
        for id in &persist.done {
            let Some((_, intent)) = self.pending.remove(id) else { continue };
            // The answer may be from before the restore. The change is in the tablet's document,
            // and goes to the restored server with it.
            if !self.is_at_the_server(&intent)
                && !self.before_the_restore.contains(id)
                && !told.contains(id)
                && !self.needs_no_word(tablet, &intent, replica)
            {
                return Err(format!(
                    "the tablet let go of {intent:?}, which is nowhere, and nobody was told"
                ));
            }
        }
        Ok(())
    }

    fn is_at_the_server(&self, intent: &AnyIntent) -> bool {
        self.server.get(&intent.document()).is_some_and(|seen| seen.intents.contains(&intent.id()))
    }

    /// Whether nobody misses an intent that the tablet dropped without a notice.
    fn needs_no_word(&self, tablet: usize, intent: &AnyIntent, replica: &Replica) -> bool {
        match intent {
            AnyIntent::Order(intent) => self.order_needs_no_word(intent, replica),
            AnyIntent::Site(intent) => {
                let to_come = self.pending.values().filter_map(|(owner, other)| match other {
                    AnyIntent::Site(other) if *owner == tablet => Some(other),
                    _ => None,
                });
                let to_come: Vec<_> = to_come.collect();
                replica
                    .site(intent.document)
                    .is_some_and(|site| settings::says(site, intent, &to_come))
            }
        }
    }

    /// A tablet lost its storage, or went back to an earlier state of it. `kept` are the intents
    /// that are in its outbox now. Its other unsent intents are lost, which breaks no promise.
    pub fn on_storage_replaced(&mut self, tablet: usize, kept: impl Iterator<Item = AnyIntent>) {
        self.pending.retain(|_, (owner, _)| *owner != tablet);
        for intent in kept {
            self.pending.insert(intent.id(), (tablet, intent));
        }
    }

    /// All is quiet, and the tablet is not revoked. It must agree with the server, and nothing that
    /// it saved may be lost.
    pub fn on_quiet(
        &self,
        tablet: usize,
        site: &LocationId,
        replica: &Replica,
        office: &impl HeadOffice,
    ) -> Checked {
        let is_settled = |id| !self.is_for_people_to_settle(id, replica);
        if let Some(left) = replica.unsent().find(|intent| is_settled(intent.document())) {
            return Err(format!("tablet {tablet} never got rid of {left:?}"));
        }
        let mut saved = self.pending.values().filter(|(owner, _)| *owner == tablet);
        let is_lost =
            |intent: &AnyIntent| is_settled(intent.document()) && !self.is_at_the_server(intent);
        if let Some((_, lost)) = saved.find(|(_, intent)| is_lost(intent)) {
            return Err(format!("tablet {tablet} had saved {lost:?}, and it is nowhere"));
        }
        for (id, seen) in &self.server {
            let (order, settings) = (replica.order(*id), replica.site(*id));
            if !self.is_of(*id, Some(site)) {
                if order.is_some() || settings.is_some() {
                    return Err(format!("{id} is on tablet {tablet}, and of another site"));
                }
            } else if order.is_none()
                && self.forgotten.contains(&(tablet, *id))
                && (office.is_old(id) || seen.state.order().is_some_and(OrderState::is_let_go))
            {
                // The order is old, or nobody wants it any more and this tablet started over. So
                // the tablet need not have it.
            } else if is_settled(*id)
                && (order, settings) != (seen.state.order(), seen.state.site())
            {
                return Err(format!(
                    "{id} differs on tablet {tablet}:\n{order:?} {settings:?}\nat the server:\n{:?}",
                    seen.state
                ));
            }
        }
        let own = DocumentId::of_site(site);
        let orders = replica.orders().map(|order| order.document);
        let mut held = orders.chain(replica.site(own).map(|SiteState { document, .. }| *document));
        match held.find(|id| is_settled(*id) && !self.server.contains_key(id)) {
            Some(stray) => Err(format!("{stray} is on tablet {tablet} only")),
            None => Ok(()),
        }
    }
}
