//! A tablet that was enrolled again: it has a new identity, and changes that it did not send under
//! its old identity.

use std::collections::BTreeSet;

use super::replica::Gathered;
use super::{Effect, Replica, SyncNotice};

impl Replica {
    /// Whether the outbox has an intent from an earlier identity of this tablet. The server would
    /// refuse it, so [`Replica::take_over`] must run before the next push.
    #[must_use]
    pub fn was_enrolled_anew(&self) -> bool {
        self.outbox.values().any(|entry| entry.intent.device() != self.device)
    }

    /// Makes the unsent intents of an earlier identity this tablet's own. Each document returns to
    /// the state that the server is known to have, and the outbox is applied to it again. The
    /// server may have received an intent after all, when only its answer was lost. It recognises
    /// such an intent by its identifier.
    pub fn take_over(&mut self) -> Vec<Effect> {
        let mut gathered = Gathered::default();
        let mut documents = BTreeSet::new();
        for entry in self.outbox.values_mut().filter(|entry| entry.intent.device() != self.device) {
            documents.insert(entry.intent.document());
            entry.intent = entry.intent.clone().done_on(self.device);
        }
        for id in documents {
            match self.documents.get(&id).map(|held| held.as_the_server_has_it(id)) {
                Some(Ok(base)) => self.rebase(id, base, &mut gathered),
                Some(Err(error)) => {
                    gathered
                        .notices
                        .push(SyncNotice::Unreadable { document: id, detail: error.to_string() });
                }
                // The document is lost here. The intents are applied to the server's copy when it
                // arrives.
                None => {
                    let entries =
                        self.outbox.iter().filter(|(_, entry)| entry.intent.document() == id);
                    gathered
                        .outbox
                        .extend(entries.map(|(sequence, entry)| (*sequence, entry.clone())));
                }
            }
        }
        self.effects(gathered)
    }
}
