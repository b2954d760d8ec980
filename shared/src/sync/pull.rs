//! Takes in what changed on the server.

use std::collections::BTreeSet;

use super::held::Held;
use super::replica::Gathered;
use super::{Effect, Replica, SyncNotice, incarnation_of};
use crate::document::{self, DocumentError};
use crate::ids::DocumentId;
use crate::limits::PULL_KNOWN;
use crate::wire::{Heads, PROTOCOL, PullRequest, PullResponse, PulledDocument};

impl Replica {
    /// What to pull now: everything that changed since the cursor. Documents about which the server
    /// already said what it has need not be sent again. Correctness does not depend on this: a
    /// document that is not named as known is only sent once more.
    #[must_use]
    pub fn pull_request(&self) -> PullRequest {
        let mut known = Heads::new();
        for held in self.told.iter().filter_map(|id| self.documents.get(id)) {
            if known.len() + held.server_heads.len() > PULL_KNOWN {
                break;
            }
            known.extend(held.server_heads.iter().map(ToString::to_string));
        }
        // The server's copy decides what becomes of an unsent change, and of an offer. After a
        // restore, it decides about every document.
        let unsent: BTreeSet<DocumentId> =
            self.outbox.values().map(|entry| entry.intent.document()).collect();
        let is_compared = |held: &Held| held.is_lost || self.recheck.is_some();
        let compared = self.documents.iter().filter(|(_, held)| is_compared(held));
        let compared = compared.map(|(id, _)| *id).filter(|id| !unsent.contains(id));
        // What is unsent comes first, because there may be more than a pull names.
        let wanted = unsent.iter().copied().chain(compared).take(PULL_KNOWN).collect();
        PullRequest { protocol: PROTOCOL, cursor: self.cursor.clone(), known, wanted, report: None }
    }

    /// Merges what changed since the cursor. A repeated or late answer changes nothing that is
    /// newer. A document that cannot be read or merged becomes a notice, and the stored cursor
    /// stays where it was. So the next start asks for the document again.
    pub fn on_pull_response(&mut self, response: PullResponse) -> Vec<Effect> {
        let mut gathered = Gathered::default();
        if !self.is_of_known_database(incarnation_of(&response.cursor)) {
            return Vec::new();
        }
        for pulled in response.documents {
            self.on_pulled(&pulled, &mut gathered);
        }
        for id in response.forgotten {
            // During a recheck nobody knows which state the server has, so the document must be
            // sent back.
            if self.recheck.is_some() {
                continue;
            }
            let is_done = !self.is_unsent(id)
                && self.documents.get(&id).is_some_and(|held| held.unsent().is_empty());
            if is_done {
                self.documents.remove(&id);
                gathered.forgotten.push(id);
            }
        }
        if !response.more {
            self.told.clear();
        }
        if self.cursor.as_deref() != Some(response.cursor.as_str()) {
            self.cursor = Some(response.cursor.clone());
            let is_missed = |notice: &SyncNotice| {
                matches!(notice, SyncNotice::Unreadable { .. } | SyncNotice::UpdateNeeded { .. })
            };
            self.misses_something |= gathered.notices.iter().any(is_missed);
            gathered.cursor =
                (!self.misses_something && self.recheck.is_none()).then_some(response.cursor);
        }
        if let Some(seen) = self.recheck.take_if(|_| !response.more) {
            self.end_recheck(&seen, &mut gathered);
            gathered.cursor = self.cursor.clone().filter(|_| !self.misses_something);
        }
        self.effects(gathered)
    }

    fn on_pulled(&mut self, pulled: &PulledDocument, gathered: &mut Gathered) {
        let id = pulled.id;
        if let Some(seen) = &mut self.recheck {
            seen.insert(id);
        }
        let mut copy = match document::load(&pulled.document.0) {
            Ok(copy) => copy,
            Err(DocumentError::NewerSchema { .. }) => {
                gathered.notices.push(SyncNotice::UpdateNeeded { document: id });
                return;
            }
            Err(error) => {
                gathered
                    .notices
                    .push(SyncNotice::Unreadable { document: id, detail: error.to_string() });
                return;
            }
        };
        let heads = copy.get_heads();
        let Some(held) = self.documents.get_mut(&id) else {
            // The document is new or lost here. If it is lost, the outbox is applied to it again,
            // in a new epoch.
            let epoch = self.lost.remove(&id).map_or(self.first_epoch, |epoch| epoch + 1);
            match Held::new(id, copy, heads, epoch) {
                Ok(held) => self.rebase(id, held, gathered),
                Err(error) => gathered
                    .notices
                    .push(SyncNotice::Unreadable { document: id, detail: error.to_string() }),
            }
            return;
        };
        if self.recheck.is_some() {
            self.on_rechecked(id, copy, gathered);
            return;
        }
        if held.server_heads == heads && held.document.get_heads() == heads {
            return;
        }
        if held.is_offered() && held.is_settled_by(id, &copy) {
            self.give_way(id, copy, gathered);
            return;
        }
        if let Err(error) = held.document.merge(&mut copy) {
            gathered
                .notices
                .push(SyncNotice::Unreadable { document: id, detail: error.to_string() });
            return;
        }
        held.read_again(id);
        self.advance(id, heads, gathered);
    }
}
