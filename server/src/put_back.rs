//! Notices that somebody put an older copy of the database back by hand, in place of `calloff
//! restore`.
//!
//! A tablet shows it when its cursor is ahead of the feed ([`crate::sync::pull`]). The server must
//! not have to wait for such a tablet. So it writes a note beside the database that says how far
//! the database is, and compares the two when it starts. If the note came back together with the
//! database, as with a whole folder or disk, only tablets can show it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use calloff_core::wire::{Actor, AuditAct};
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::audit::{Act, Doing, record};
use crate::storage::incarnation::{Incarnation, begin_incarnation};
use crate::storage::{ServerStore, StorageError};

/// The file of the note, in the data folder.
const NOTE_FILE: &str = "calloff.db.seen";

/// How often the note is written. The changes between the last note and a hard end of the server
/// are not in it.
const EVERY: Duration = Duration::from_secs(10);

/// The note: the state of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// The incarnation of the database.
    incarnation: String,
    /// [`ServerStore::changes_counted`], which never falls within one incarnation.
    changes: i64,
}

impl Note {
    async fn of(store: &ServerStore) -> Result<Self, StorageError> {
        Ok(Self {
            incarnation: store.incarnation().await?.id,
            changes: store.changes_counted().await?,
        })
    }

    /// The note in a folder. `None` if there is no note, or if it cannot be read.
    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(NOTE_FILE)).ok()?).ok()
    }

    /// Replaces the note as a whole.
    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let beside = folder.join(format!("{NOTE_FILE}.new"));
        std::fs::write(&beside, serde_json::to_vec(self)?)?;
        std::fs::rename(beside, folder.join(NOTE_FILE))
    }
}

/// Deletes the note in a folder, because another database rightly takes the place of the former
/// one.
///
/// # Errors
/// The folder cannot be written.
pub fn forget(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(folder.join(NOTE_FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Gives the database a new incarnation if it is older than the note says. Then writes the note.
///
/// # Errors
/// The database failed. If the note cannot be written, only the log says so.
pub async fn look(state: &AppState, folder: &Path) -> Result<(), ServiceError> {
    let now = Note::of(&state.store).await?;
    let is_older = Note::read(folder).is_some_and(|before| {
        before.incarnation != now.incarnation || before.changes > now.changes
    });
    if is_older {
        let known = state.store.incarnation().await?;
        begin_again(state, &known, Actor::Unknown).await?;
    }
    note(&Note::of(&state.store).await?, folder);
    Ok(())
}

fn note(note: &Note, folder: &Path) {
    if let Err(error) = note.write(folder) {
        tracing::warn!("how far the database is cannot be noted beside it: {error}");
    }
}

/// Writes the note whenever the database has changed. It ends when the server stops.
pub async fn note_regularly(state: AppState, folder: PathBuf) {
    let mut stopping = state.stopping.subscribe();
    let mut timer = tokio::time::interval(EVERY);
    let mut noted = None;
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        match Note::of(&state.store).await {
            Ok(now) if noted.as_ref() == Some(&now) => {}
            Ok(now) => {
                note(&now, &folder);
                noted = Some(now);
            }
            Err(error) => tracing::warn!("how far the database is cannot be read: {error}"),
        }
    }
}

/// Gives the database a new incarnation after an older copy was put back, unless this has happened
/// since `known` was read. Returns the present incarnation.
///
/// # Errors
/// The database failed.
pub async fn begin_again(
    state: &AppState,
    known: &Incarnation,
    noticed_by: Actor,
) -> Result<Incarnation, ServiceError> {
    let mut write = state.store.write().await?;
    let now = state.store.incarnation().await?;
    if now != *known {
        return Ok(now);
    }
    let block = begin_incarnation(&mut write, &state.random()?).await?;
    let doing = Doing { by: noticed_by, at: state.now(), from: String::new() };
    record(&mut write, &doing, &Act::new(AuditAct::DatabaseRestored, &block)).await?;
    write.commit().await?;
    tracing::error!(
        "an older copy of the database was put back: what was acknowledged since is missing. Tablets offer what they have \
         (see refused batches); purchase orders are numbered PO-{block}-000001 from now on. Use `calloff restore` for backups"
    );
    Ok(state.store.incarnation().await?)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::state::{Clock, Settings};
    use crate::storage::DATABASE_FILE;
    use crate::storage::orders::Visible;

    async fn opened(folder: &Path) -> AppState {
        let settings = Settings::new(SigningKey::from_bytes(&[7; 32]).verifying_key());
        let state =
            AppState::new(ServerStore::open(folder).await.unwrap(), settings, Clock::system());
        look(&state, folder).await.unwrap();
        state
    }

    async fn restored(state: &AppState) -> usize {
        let entries = state.store.audit_entries(&Visible::All, None, 100).await.unwrap();
        entries.iter().filter(|entry| entry.act == AuditAct::DatabaseRestored).count()
    }

    /// Makes a change that the database counts.
    async fn go_on(state: &AppState) {
        let mut write = state.store.write().await.unwrap();
        let doing = Doing { by: Actor::Unknown, at: 1, from: String::new() };
        record(&mut write, &doing, &Act::new(AuditAct::PinSet, "ana")).await.unwrap();
        write.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_that_is_put_back_by_hand_is_noticed_at_the_start_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join(DATABASE_FILE), folder.path().join("copy.db"));
        let state = opened(folder.path()).await;
        let first = state.store.incarnation().await.unwrap();
        state.store.close().await;
        std::fs::copy(&file, &copy).unwrap();

        let state = opened(folder.path()).await;
        go_on(&state).await;
        state.store.close().await;
        let state = opened(folder.path()).await;
        assert_eq!(state.store.incarnation().await.unwrap(), first, "it only went on");
        state.store.close().await;

        for _ in 0..2 {
            std::fs::copy(&copy, &file).unwrap();
            let state = opened(folder.path()).await;
            let now = state.store.incarnation().await.unwrap();
            assert!(now != first && restored(&state).await == 1);
            state.store.close().await;
            let state = opened(folder.path()).await;
            assert_eq!(state.store.incarnation().await.unwrap(), now, "noticed once");
            state.store.close().await;
        }

        // `calloff restore` deletes the note, because it gives the database a new incarnation
        // itself.
        std::fs::copy(&copy, &file).unwrap();
        forget(folder.path()).unwrap();
        let state = opened(folder.path()).await;
        assert_eq!(restored(&state).await, 0);
        state.store.close().await;
    }
}
