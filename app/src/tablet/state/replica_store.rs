//! The replica on disk: documents and outbox as JSON records. The replica's effects say what is
//! written.

use calloff_core::ids::DeviceId;
use calloff_core::sync::{
    Effect, OutboxEntry, Persist, Replica, Stored, StoredDocument, SyncNotice, incarnation_of,
};

use super::kept_notices;
use crate::platform::kv_store::{Durability, KvError, KvStore, StoreName, Write};

/// The key of the point where the last pull ended, in [`StoreName::Meta`].
pub const CURSOR: &str = "cursor";

/// The data from the disk.
pub struct Loaded {
    pub replica: Replica,
    pub notices: Vec<SyncNotice>,
    /// The number of records that cannot be read as JSON of this app. They stay on disk, and people
    /// get their number in a message.
    pub unreadable: usize,
}

/// Reads all data that this tablet keeps.
///
/// # Errors
/// The storage cannot be read. A single record that cannot be read is only counted.
pub async fn load(store: &impl KvStore, device: DeviceId) -> Result<Loaded, KvError> {
    let documents: Vec<Option<StoredDocument>> = records(store, StoreName::Documents).await?;
    let outbox: Vec<Option<OutboxEntry>> = records(store, StoreName::Outbox).await?;
    let unreadable = documents.iter().filter(|record| record.is_none()).count()
        + outbox.iter().filter(|record| record.is_none()).count();
    let cursor =
        store.get(StoreName::Meta, CURSOR).await?.and_then(|bytes| String::from_utf8(bytes).ok());
    let stored = Stored {
        documents: documents.into_iter().flatten().collect(),
        outbox: outbox.into_iter().flatten().collect(),
        // Starting over brings the server's version of an unreadable document.
        cursor: if unreadable == 0 {
            cursor
        } else {
            cursor.map(|cursor| incarnation_of(&cursor).to_owned())
        },
    };
    let (replica, notices) = Replica::load(device, stored);
    Ok(Loaded { replica, notices, unreadable })
}

async fn records<T: serde::de::DeserializeOwned>(
    store: &impl KvStore,
    from: StoreName,
) -> Result<Vec<Option<T>>, KvError> {
    let entries = store.list(from, "").await?;
    Ok(entries.into_iter().map(|(_, bytes)| serde_json::from_slice(&bytes).ok()).collect())
}

/// Writes the effects that concern the disk in one transaction, and returns the notices for people.
/// Afterwards everything is on the medium.
///
/// # Errors
/// Nothing at all was written.
pub async fn carry_out(
    store: &impl KvStore,
    effects: Vec<Effect>,
) -> Result<Vec<SyncNotice>, KvError> {
    let mut writes = Vec::new();
    let mut notices = Vec::new();
    for effect in effects {
        match effect {
            Effect::Persist(persist) => writes.extend(persist_writes(&persist)?),
            Effect::Forget { document } => {
                writes.push(Write::delete(StoreName::Documents, document.to_string()))
            }
            Effect::Notice(notice) => {
                if let Some(key) = kept_notices::key(&notice) {
                    writes.push(Write::put(StoreName::Meta, key, json(&notice)?));
                }
                notices.push(notice);
            }
        }
    }
    if !writes.is_empty() {
        store.commit(writes, Durability::Strict).await?;
    }
    Ok(notices)
}

/// Stores a whole replica after its storage was lost.
///
/// # Errors
/// Nothing at all was written.
pub async fn store_again(store: &impl KvStore, replica: &Replica) -> Result<(), KvError> {
    let Stored { documents, outbox, cursor } = replica.to_stored();
    let writes = persist_writes(&Persist { documents, outbox, done: Vec::new(), cursor })?;
    store.commit(writes, Durability::Strict).await
}

fn persist_writes(persist: &Persist) -> Result<Vec<Write>, KvError> {
    let mut writes = Vec::new();
    for document in &persist.documents {
        writes.push(Write::put(StoreName::Documents, document.id.to_string(), json(document)?));
    }
    for entry in &persist.outbox {
        writes.push(Write::put(StoreName::Outbox, entry.intent.id().to_string(), json(entry)?));
    }
    writes.extend(
        persist.done.iter().map(|intent| Write::delete(StoreName::Outbox, intent.to_string())),
    );
    if let Some(cursor) = &persist.cursor {
        writes.push(Write::put(StoreName::Meta, CURSOR, cursor.clone().into_bytes()));
    }
    Ok(writes)
}

fn json(record: &impl serde::Serialize) -> Result<Vec<u8>, KvError> {
    serde_json::to_vec(record).map_err(|error| KvError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use calloff_core::document::NotApplied;
    use calloff_core::ids::{DocumentId, IntentId};
    use calloff_core::order::{Command, Intent};
    use futures_executor::block_on;

    use super::*;
    use crate::platform::kv_store::MemoryStore;

    fn device() -> DeviceId {
        DeviceId::mint(0, [1; 10])
    }

    fn intent(number: u8, command: Command) -> Intent {
        Intent {
            id: IntentId::mint(0, [number; 10]),
            document: DocumentId::mint(0, [9; 10]),
            command,
            by: "Ana".into(),
            device: device(),
            at: 1_000 + i64::from(number),
        }
    }

    async fn do_and_save(store: &MemoryStore, replica: &mut Replica, intent: Intent) {
        let effects = replica.dispatch(intent).unwrap();
        carry_out(store, effects).await.unwrap();
    }

    #[test]
    fn case_04_a_restart_finds_every_line_and_intent_once() {
        block_on(async {
            let store = MemoryStore::default();
            let mut replica = Replica::new(device());
            do_and_save(
                &store,
                &mut replica,
                intent(1, Command::CreateOrder { site: "S1".parse().unwrap() }),
            )
            .await;
            let add = Command::AddLine {
                line: "l1".parse().unwrap(),
                item: "milk".parse().unwrap(),
                quantity: 12.into(),
                unit: None,
            };
            do_and_save(&store, &mut replica, intent(2, add)).await;
            let loaded = load(&store, device()).await.unwrap();
            assert_eq!((loaded.unreadable, loaded.notices.len()), (0, 0));
            let before: Vec<_> = replica.orders().cloned().collect();
            let after: Vec<_> = loaded.replica.orders().cloned().collect();
            assert_eq!(after, before);
            assert_eq!(loaded.replica.unsent().count(), 2);
            assert_eq!(loaded.replica.oldest_unsent_at(), Some(1_001));
        });
    }

    #[test]
    fn case_20_a_storage_that_was_lost_under_a_running_tablet_is_written_again_with_what_was_unsent()
     {
        block_on(async {
            let mut replica = Replica::new(device());
            let store = MemoryStore::default();
            do_and_save(
                &store,
                &mut replica,
                intent(1, Command::CreateOrder { site: "S1".parse().unwrap() }),
            )
            .await;
            let lost = MemoryStore::default();
            store_again(&lost, &replica).await.unwrap();
            let found = load(&lost, device()).await.unwrap();
            assert_eq!((found.unreadable, found.notices.len()), (0, 0));
            assert_eq!(found.replica.to_stored(), replica.to_stored());
            assert_eq!(found.replica.unsent().count(), 1);
        });
    }

    #[test]
    fn case_05_what_people_must_be_told_is_on_the_disk_with_what_it_tells_of() {
        block_on(async {
            let store = MemoryStore::default();
            let intent = intent(1, Command::SetNote { note: "x".into() });
            let refusal = calloff_core::order::OrderRefusal::NoteChangedMeanwhile;
            let told = SyncNotice::NotApplied(NotApplied::new(intent, refusal));
            let passing = SyncNotice::UpdateNeeded { document: DocumentId::mint(0, [9; 10]) };
            let effects = [told.clone(), passing].map(Effect::Notice).to_vec();
            assert_eq!(carry_out(&store, effects).await.unwrap().len(), 2);
            assert_eq!(kept_notices::kept(&store).await, Ok(vec![told.clone()]));
            let taken_away = Write::delete(StoreName::Meta, kept_notices::key(&told).unwrap());
            store.commit(vec![taken_away], Durability::Relaxed).await.unwrap();
            assert_eq!(kept_notices::kept(&store).await, Ok(vec![]));
        });
    }

    #[test]
    fn case_05_a_record_that_cannot_be_read_is_counted_and_the_rest_is_there() {
        block_on(async {
            let store = MemoryStore::default();
            let mut replica = Replica::new(device());
            do_and_save(
                &store,
                &mut replica,
                intent(1, Command::CreateOrder { site: "S1".parse().unwrap() }),
            )
            .await;
            let damaged = vec![Write::put(StoreName::Outbox, "damaged", b"{".to_vec())];
            store.commit(damaged, Durability::Strict).await.unwrap();
            let loaded = load(&store, device()).await.unwrap();
            assert_eq!(loaded.unreadable, 1);
            assert_eq!(loaded.replica.orders().count(), 1);
        });
    }
}
