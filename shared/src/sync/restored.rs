//! A server whose database is not the one that this tablet knows: it was restored from a backup,
//! and may lack what it acknowledged.
//!
//! A cursor begins with the incarnation of the database that gave it. When an answer comes from
//! another one, or the server turns out to lack what it acknowledged, the tablet pulls everything
//! once more, names nothing as known, and compares (a **recheck**). What the server lacks of a
//! document and this tablet wrote alone is sent again as if it had never been. Where others wrote
//! too, the server included, nobody would take it from this tablet: the document is **offered**, as
//! it is, for head office to take up.

use std::collections::BTreeSet;

use automerge::{Automerge, ChangeHash};

use super::held::Held;
use super::replica::Gathered;
use super::{Minting, Notice, Replica};
use crate::document::{self, genesis};
use crate::ids::{DeviceId, DocumentId};

/// The incarnation of the database that gave a cursor; it is a cursor by itself: from the
/// beginning.
#[must_use]
pub fn incarnation_of(cursor: &str) -> &str {
    cursor.split('.').next().unwrap_or_default()
}

impl Replica {
    /// Whether an answer is of the database that this tablet knows. Of another one it is passed
    /// over, as one that was lost, and the recheck begins.
    pub(super) fn is_of_known_database(&mut self, incarnation: &str) -> bool {
        let is_known = incarnation.is_empty()
            || self.cursor.as_deref().is_none_or(|cursor| incarnation_of(cursor) == incarnation);
        if !is_known {
            self.begin_recheck(incarnation.to_owned());
        }
        is_known
    }

    /// Begins to compare with a database all that this tablet has. Nothing of it is stored before
    /// the end: a tablet that is closed meanwhile begins once more.
    pub(super) fn begin_recheck(&mut self, incarnation: String) {
        self.cursor = Some(incarnation);
        self.told.clear();
        self.recheck = Some(BTreeSet::new());
    }

    /// The same, with the database that this tablet knows, after it lacked what it had
    /// acknowledged.
    pub(super) fn begin_recheck_again(&mut self) {
        let incarnation = incarnation_of(self.cursor.as_deref().unwrap_or_default()).to_owned();
        self.begin_recheck(incarnation);
    }

    /// A document as the server has it now, which may be less than it once had.
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
            // Since the backup the server wrote something else than before into the same document.
            held.is_lost = true;
            held.begin_again_at_the_server();
        }
        gathered.changed.insert(id);
    }

    /// Everything that the server has was seen.
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
            gathered.notices.push(Notice::ServerRestored { again, offered });
        }
    }

    /// Replaces a document that was offered by what the server made of it since the backup.
    pub(super) fn give_way(
        &mut self,
        id: DocumentId,
        copy: Automerge,
        minting: &mut Minting<'_>,
        gathered: &mut Gathered,
    ) {
        let heads = copy.get_heads();
        let epoch = self.documents.get(&id).map_or(self.first_epoch, |held| held.epoch + 1);
        match Held::new(id, copy, heads, epoch) {
            Ok(held) => self.rebase(id, held, minting, gathered),
            Err(error) => gathered
                .notices
                .push(Notice::Unreadable { document: id, detail: error.to_string() }),
        }
    }
}

impl Held {
    /// Whether the server acknowledged anything of it.
    pub(super) fn is_known_to_the_server(&self) -> bool {
        self.server_heads != [genesis::hash(self.kind)]
    }

    /// The server has nothing of it any more, or nothing that goes with it.
    fn begin_again_at_the_server(&mut self) {
        self.server_heads = vec![genesis::hash(self.kind)];
    }

    /// Whether the server lacks what another tablet wrote, or the server itself: it would not take
    /// that from this tablet.
    pub(super) fn has_unsent_of_others(&self, device: &DeviceId, id: DocumentId) -> bool {
        self.unsent().iter().any(|change| !document::is_actor_of(change.actor_id(), device, &id))
    }
}
