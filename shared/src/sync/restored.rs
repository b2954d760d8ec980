//! A server whose database is not the one that this tablet knows. It was restored from a backup,
//! and may lack changes that it had acknowledged.
//!
//! A cursor begins with the incarnation of its database. An answer may come from another
//! incarnation, or the server may turn out to lack what it acknowledged. The tablet then pulls
//! everything once more, names nothing as known, and compares. This is a **recheck**.
//!
//! A document that only this tablet wrote is sent again, as if it had never been sent. If others
//! wrote in it, including the server, the server would not accept their changes from this tablet.
//! So the document is **offered** unchanged, and head office takes it up.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash};

use super::held::Held;
use super::replica::Gathered;
use super::{Replica, SyncNotice};
use crate::document::{self, genesis};
use crate::ids::{DeviceId, DocumentId};

/// The incarnation of the database that gave a cursor. It is also a cursor: from the beginning of
/// that database.
#[must_use]
pub fn incarnation_of(cursor: &str) -> &str {
    cursor.split('.').next().unwrap_or_default()
}

impl Replica {
    /// Whether an answer comes from the database that this tablet knows. An answer of another
    /// database is ignored like a lost one, and a recheck begins.
    pub(super) fn is_of_known_database(&mut self, incarnation: &str) -> bool {
        let is_known = incarnation.is_empty()
            || self.cursor.as_deref().is_none_or(|cursor| incarnation_of(cursor) == incarnation);
        if !is_known {
            self.begin_recheck(incarnation.to_owned());
        }
        is_known
    }

    /// Begins to compare everything on this tablet with a database. The result is stored only at
    /// the end. If the tablet is closed before, the recheck begins again.
    pub(super) fn begin_recheck(&mut self, incarnation: String) {
        self.cursor = Some(incarnation);
        self.told.clear();
        self.recheck = Some(BTreeSet::new());
    }

    /// Begins a recheck with the known database, after it lacked what it had acknowledged.
    pub(super) fn begin_recheck_again(&mut self) {
        let incarnation = incarnation_of(self.cursor.as_deref().unwrap_or_default()).to_owned();
        self.begin_recheck(incarnation);
    }

    /// Takes in a document as the server has it now, which may be less than it had before.
    pub(super) fn on_rechecked(
        &mut self,
        id: DocumentId,
        mut copy: Automerge,
        gathered: &mut Gathered,
    ) {
        let heads = copy.get_heads();
        let Some(held) = self.documents.get_mut(&id) else { return };
        let mut merged = held.document.clone();
        if merged.merge(&mut copy).is_ok() {
            held.document = merged;
            held.read_again(id);
            held.server_heads.clone_from(&heads);
            self.advance(id, heads, gathered);
        } else {
            // Since the backup the server wrote something else into the same document.
            held.is_lost = true;
            held.begin_again_at_the_server();
        }
        gathered.changed.insert(id);
    }

    /// Ends a recheck, when everything that the server has was seen.
    pub(super) fn end_recheck(&mut self, seen: &BTreeSet<DocumentId>, gathered: &mut Gathered) {
        let (mut again, mut offered) = (0, 0);
        for (id, held) in &mut self.documents {
            if !seen.contains(id) && held.is_known_to_the_server() {
                held.begin_again_at_the_server();
                gathered.changed.insert(*id);
            }
            let unsent: BTreeSet<ChangeHash> =
                held.unsent().iter().map(automerge::Change::hash).collect();
            let is_in_outbox = |hash: &ChangeHash| {
                self.outbox.values().any(|entry| entry.change == hash.to_string())
            };
            if unsent.iter().all(is_in_outbox) {
                continue;
            }
            held.is_lost |= held.has_unsent_of_others(&self.device, *id);
            held.held_back.clear();
            held.refused = 0;
            gathered.changed.insert(*id);
            if held.is_lost {
                offered += 1;
            } else {
                again += 1;
            }
        }
        if again + offered > 0 {
            gathered.notices.push(SyncNotice::ServerRestored { again, offered });
        }
    }

    /// Replaces an offered document by the document that the server made since the backup.
    pub(super) fn give_way(&mut self, id: DocumentId, copy: Automerge, gathered: &mut Gathered) {
        let heads = copy.get_heads();
        let epoch = self.documents.get(&id).map_or(self.first_epoch, |held| held.epoch + 1);
        match Held::new(id, copy, heads, epoch) {
            Ok(held) => self.rebase(id, held, gathered),
            Err(error) => gathered
                .notices
                .push(SyncNotice::Unreadable { document: id, detail: error.to_string() }),
        }
    }
}

impl Held {
    /// Whether the server acknowledged any change of the document.
    pub(super) fn is_known_to_the_server(&self) -> bool {
        self.server_heads != [genesis::hash(self.kind)]
    }

    /// The server has nothing of the document any more, or nothing that fits to it.
    fn begin_again_at_the_server(&mut self) {
        self.server_heads = vec![genesis::hash(self.kind)];
    }

    /// Whether the server lacks a change of another tablet or of the server itself. It would not
    /// accept such a change from this tablet.
    pub(super) fn has_unsent_of_others(&self, device: &DeviceId, id: DocumentId) -> bool {
        self.unsent().iter().any(|change| !document::is_actor_of(change.actor_id(), device, &id))
    }
}
