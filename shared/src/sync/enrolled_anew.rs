//! A tablet that was enrolled anew: another identity, and what it had not sent under the one
//! before.

use std::collections::BTreeSet;

use super::replica::Gathered;
use super::{Effect, Minting, Notice, Replica};

impl Replica {
    /// Whether something in the outbox was done under an identity that this tablet had before. The
    /// server would take it from nobody: [`Replica::take_over`] comes before the next push.
    #[must_use]
    pub fn was_enrolled_anew(&self) -> bool {
        self.outbox.values().any(|entry| entry.intent.device() != self.device)
    }

    /// Makes what was not sent under an earlier identity this tablet's own: each document goes back
    /// to what the server is known to have of it, and what is in the outbox is applied to it again.
    /// What the server has after all, because only its answer was lost, it recognises by the
    /// intents.
    pub fn take_over(&mut self, minting: &mut Minting<'_>) -> Vec<Effect> {
        let mut gathered = Gathered::default();
        let mut documents = BTreeSet::new();
        for entry in self.outbox.values_mut().filter(|entry| entry.intent.device() != self.device) {
            documents.insert(entry.intent.document());
            entry.intent = entry.intent.clone().done_on(self.device);
        }
        for id in documents {
            match self.documents.get(&id).map(|held| held.as_the_server_has_it(id)) {
                Some(Ok(base)) => self.rebase(id, base, minting, &mut gathered),
                Some(Err(error)) => {
                    gathered
                        .notices
                        .push(Notice::Unreadable { document: id, detail: error.to_string() });
                }
                // Lost here: what was done is applied to the server's copy, when that comes.
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
