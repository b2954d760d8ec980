//! IndexedDB: one database, one object store per [`StoreName`], values as `Uint8Array`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use indexed_db_futures::KeyRange;
use indexed_db_futures::database::Database;
use indexed_db_futures::error::{DomException, Error, OpenDbError, UnexpectedDataError};
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{Durability, KvError, KvStore, StoreName, Write};

/// The version of the set of stores. Every change to the set raises it, and
/// [`create_missing_stores`] upgrades any older version.
const SCHEMA_VERSION: u8 = 1;

/// A connection to the database of this address. Clones share it.
#[derive(Debug, Clone)]
pub struct IndexedDbStore {
    name: Rc<str>,
    database: Rc<RefCell<Database>>,
}

impl IndexedDbStore {
    /// Opens the database `name`, and creates or upgrades it. An upgrade waits until older tabs
    /// close their connections. They do so by themselves, and answer [`KvError::Closed`] from then
    /// on.
    pub async fn open(name: &str) -> Result<Self, KvError> {
        let database = Rc::new(RefCell::new(connect(name).await?));
        Ok(Self { name: name.into(), database })
    }

    /// Connects again after [`KvError::Closed`], for all clones. The database may be empty now.
    ///
    /// # Errors
    /// A newer version of the app has upgraded the database.
    pub async fn reopen(&self) -> Result<(), KvError> {
        let database = connect(&self.name).await?;
        self.database.replace(database);
        Ok(())
    }

    fn database(&self) -> Database {
        self.database.borrow().clone()
    }
}

async fn connect(name: &str) -> Result<Database, KvError> {
    let database = Database::open(name)
        .with_version(SCHEMA_VERSION)
        .with_on_upgrade_needed(|_, database| create_missing_stores(&database))
        .await
        .map_err(|error: OpenDbError| KvError::Unavailable(error.to_string()))?;
    close_for_newer_tabs(&database)?;
    Ok(database)
}

fn read(database: &Database, store: StoreName) -> Result<Transaction<'_>, KvError> {
    Ok(database.transaction(store.name()).with_mode(TransactionMode::Readonly).build()?)
}

fn create_missing_stores(database: &Database) -> Result<(), Error> {
    let present: BTreeSet<String> = database.object_store_names().collect();
    for store in StoreName::ALL {
        if !present.contains(store.name()) {
            database.create_object_store(store.name()).build()?;
        }
    }
    Ok(())
}

/// Closes the connection when a newer version of the app in another tab asks for an upgrade. An
/// open connection would block the upgrade.
fn close_for_newer_tabs(database: &Database) -> Result<(), KvError> {
    let mut changes = database.version_changes()?;
    let database = database.clone();
    wasm_bindgen_futures::spawn_local(async move {
        changes.recv().await;
        database.close();
    });
    Ok(())
}

impl KvStore for IndexedDbStore {
    async fn get(&self, store: StoreName, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        let database = self.database();
        let transaction = read(&database, store)?;
        let found: Option<JsValue> =
            transaction.object_store(store.name())?.get(key).primitive()?.await?;
        found.map(bytes_of).transpose()
    }

    async fn get_many(
        &self,
        store: StoreName,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KvError> {
        let database = self.database();
        let transaction = read(&database, store)?;
        let objects = transaction.object_store(store.name())?;
        // All requests are sent before the first answer is awaited.
        let requests = keys
            .iter()
            .map(|key| objects.get::<JsValue, _, _>(key.as_str()).primitive())
            .collect::<Result<Vec<_>, Error>>()?;
        let mut values = Vec::with_capacity(keys.len());
        for request in requests {
            values.push(request.await?.map(bytes_of).transpose()?);
        }
        Ok(values)
    }

    async fn list(
        &self,
        store: StoreName,
        prefix: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, KvError> {
        let database = self.database();
        let transaction = read(&database, store)?;
        let objects = transaction.object_store(store.name())?;
        // Two requests of one read-only transaction see the same entries in the same order.
        let keys = objects
            .get_all_keys::<String>()
            .with_query::<String, _>(range_of(prefix))
            .primitive()?;
        let values =
            objects.get_all::<JsValue>().with_query::<String, _>(range_of(prefix)).primitive()?;
        let (keys, values) = (keys.await?, values.await?);
        keys.zip(values).map(|(key, value)| Ok((key?, bytes_of(value?)?))).collect()
    }

    async fn keys(&self, store: StoreName, prefix: &str) -> Result<Vec<String>, KvError> {
        let database = self.database();
        let transaction = read(&database, store)?;
        let objects = transaction.object_store(store.name())?;
        let keys = objects
            .get_all_keys::<String>()
            .with_query::<String, _>(range_of(prefix))
            .primitive()?
            .await?;
        Ok(keys.collect::<Result<_, Error>>()?)
    }

    async fn commit(&self, writes: Vec<Write>, durability: Durability) -> Result<(), KvError> {
        let names: BTreeSet<&str> = writes.iter().map(|write| write.store().name()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let database = self.database();
        let transaction = database
            .transaction(Vec::from_iter(names))
            .with_mode(TransactionMode::Readwrite)
            .with_options(TransactionOptions::new().with_durability(match durability {
                Durability::Strict => TransactionDurability::Strict,
                Durability::Relaxed => TransactionDurability::Relaxed,
            }))
            .build()?;
        for write in &writes {
            apply(&transaction.object_store(write.store().name())?, write)?;
        }
        // This resolves at the transaction's `complete` event. With `strict`, that is after the
        // flush.
        Ok(transaction.commit().await?)
    }
}

/// Sends the request. If the request fails, the transaction fails and reports it.
fn apply(objects: &ObjectStore<'_>, write: &Write) -> Result<(), KvError> {
    match write {
        Write::Put { key, value, .. } => {
            let value: JsValue = Uint8Array::from(value.as_slice()).into();
            drop(objects.put(value).with_key(key.as_str()).primitive()?);
        }
        Write::Delete { key, .. } => drop(objects.delete(key.as_str()).primitive()?),
    }
    Ok(())
}

/// The range from the prefix to the highest key that begins with it. No key holds U+FFFF.
fn range_of(prefix: &str) -> KeyRange<String> {
    KeyRange::Bound(prefix.to_owned(), false, format!("{prefix}\u{ffff}"), true)
}

fn bytes_of(value: JsValue) -> Result<Vec<u8>, KvError> {
    let bytes: Uint8Array = value
        .dyn_into()
        .map_err(|value| KvError::Failed(format!("a stored value is not bytes: {value:?}")))?;
    Ok(bytes.to_vec())
}

impl From<Error> for KvError {
    fn from(error: Error) -> Self {
        match &error {
            Error::DomException(DomException::InvalidStateError(_)) => Self::Closed,
            Error::DomException(exception) if is_quota(exception) => Self::Full,
            Error::DomException(DomException::AbortError(_))
            | Error::MissingData(UnexpectedDataError::TransactionAborted) => Self::Aborted,
            _ => Self::Failed(error.to_string()),
        }
    }
}

fn is_quota(exception: &DomException) -> bool {
    matches!(exception, DomException::Other(other) if other.name() == "QuotaExceededError")
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::super::conformance;
    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// An empty database. Data that an earlier run left under the name is deleted.
    async fn fresh(name: &str) -> IndexedDbStore {
        Database::delete_by_name(name).unwrap().await.unwrap();
        IndexedDbStore::open(name).await.unwrap()
    }

    #[wasm_bindgen_test]
    async fn conforms() {
        conformance::check(&fresh("test-conforms").await).await;
    }

    #[wasm_bindgen_test]
    async fn a_second_connection_reads_what_was_committed() {
        let first = fresh("test-reopen").await;
        let write = Write::put(StoreName::Outbox, "intent", vec![1, 2, 3]);
        first.commit(vec![write], Durability::Strict).await.unwrap();
        let second = IndexedDbStore::open("test-reopen").await.unwrap();
        assert_eq!(second.get(StoreName::Outbox, "intent").await, Ok(Some(vec![1, 2, 3])));
    }

    /// Records the durability with which each transaction of this page is opened.
    const SPY: &str = "
        globalThis.durabilities = [];
        const open = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function (...args) {
            const transaction = open.apply(this, args);
            globalThis.durabilities.push(transaction.durability);
            return transaction;
        };";

    #[wasm_bindgen_test]
    async fn a_strict_commit_is_a_strict_transaction() {
        let store = fresh("test-strict").await;
        js_sys::eval(SPY).unwrap();
        let write = |value| vec![Write::put(StoreName::Outbox, "intent", vec![value])];
        store.commit(write(1), Durability::Strict).await.unwrap();
        store.commit(write(2), Durability::Relaxed).await.unwrap();
        let asked = js_sys::eval("globalThis.durabilities.join()").unwrap();
        assert_eq!(asked.as_string().as_deref(), Some("strict,relaxed"));
    }

    #[wasm_bindgen_test]
    async fn an_older_tab_lets_go_when_the_storage_is_upgraded_or_deleted() {
        let older = fresh("test-upgrade").await;
        Database::delete_by_name("test-upgrade").unwrap().await.unwrap();
        assert_eq!(older.get(StoreName::Meta, "k").await, Err(KvError::Closed));
    }

    #[wasm_bindgen_test]
    async fn a_tab_whose_storage_was_deleted_connects_again_and_finds_it_empty() {
        let store = fresh("test-reopen-deleted").await;
        let clone = store.clone();
        store
            .commit(vec![Write::put(StoreName::Meta, "k", vec![1])], Durability::Strict)
            .await
            .unwrap();
        Database::delete_by_name("test-reopen-deleted").unwrap().await.unwrap();
        assert_eq!(store.get(StoreName::Meta, "k").await, Err(KvError::Closed));
        store.reopen().await.unwrap();
        assert_eq!(clone.get(StoreName::Meta, "k").await, Ok(None));
        clone
            .commit(vec![Write::put(StoreName::Meta, "k", vec![2])], Durability::Strict)
            .await
            .unwrap();
        assert_eq!(store.get(StoreName::Meta, "k").await, Ok(Some(vec![2])));
    }

    /// A first release: 700 chunks of 1 KiB, written in one commit and read back in one listing.
    #[wasm_bindgen_test]
    async fn a_release_of_700_chunks_is_read_at_once() {
        let store = fresh("test-chunks").await;
        let chunk =
            |number: u32| Write::put(StoreName::Chunks, format!("{number:064x}"), vec![7; 1024]);
        store.commit((0..700).map(chunk).collect(), Durability::Relaxed).await.unwrap();
        let start = js_sys::Date::now();
        let chunks = store.list(StoreName::Chunks, "").await.unwrap();
        let listed = js_sys::Date::now();
        let keys: Vec<String> = chunks.iter().map(|(key, _)| key.clone()).collect();
        let many = store.get_many(StoreName::Chunks, &keys).await.unwrap();
        let fetched = js_sys::Date::now();
        assert_eq!(chunks.len(), 700);
        assert!(many.iter().all(|value| value.as_ref().is_some_and(|bytes| bytes.len() == 1024)));
        wasm_bindgen_test::console_log!(
            "list {} ms, get_many {} ms",
            listed - start,
            fetched - listed
        );
    }
}
