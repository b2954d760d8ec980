//! The in-memory twin of IndexedDB.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Durability, KvError, KvStore, StoreName, Write};

type Entries = BTreeMap<(StoreName, String), Vec<u8>>;

/// Keeps everything until the last clone is dropped. A clone acts as another tab of the same
/// browser: it sees the same data.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    entries: Rc<RefCell<Entries>>,
}

impl MemoryStore {
    fn matching<T>(
        &self,
        store: StoreName,
        prefix: &str,
        take: impl Fn(&str, &[u8]) -> T,
    ) -> Vec<T> {
        self.entries
            .borrow()
            .range((store, prefix.to_owned())..)
            .take_while(|((of, key), _)| *of == store && key.starts_with(prefix))
            .map(|((_, key), value)| take(key, value))
            .collect()
    }
}

impl KvStore for MemoryStore {
    async fn get(&self, store: StoreName, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        Ok(self.entries.borrow().get(&(store, key.to_owned())).cloned())
    }

    async fn get_many(
        &self,
        store: StoreName,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KvError> {
        let entries = self.entries.borrow();
        Ok(keys.iter().map(|key| entries.get(&(store, key.clone())).cloned()).collect())
    }

    async fn list(
        &self,
        store: StoreName,
        prefix: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, KvError> {
        Ok(self.matching(store, prefix, |key, value| (key.to_owned(), value.to_vec())))
    }

    async fn keys(&self, store: StoreName, prefix: &str) -> Result<Vec<String>, KvError> {
        Ok(self.matching(store, prefix, |key, _| key.to_owned()))
    }

    async fn commit(&self, writes: Vec<Write>, _: Durability) -> Result<(), KvError> {
        let mut entries = self.entries.borrow_mut();
        for write in writes {
            match write {
                Write::Put { store, key, value } => entries.insert((store, key), value),
                Write::Delete { store, key } => entries.remove(&(store, key)),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance;
    use super::*;

    #[test]
    fn conforms() {
        futures_executor::block_on(conformance::check(&MemoryStore::default()));
    }

    #[test]
    fn a_clone_is_another_tab_over_the_same_data() {
        futures_executor::block_on(async {
            let tab = MemoryStore::default();
            let other = tab.clone();
            tab.commit(vec![Write::put(StoreName::Meta, "k", vec![1])], Durability::Strict)
                .await
                .unwrap();
            assert_eq!(other.get(StoreName::Meta, "k").await, Ok(Some(vec![1])));
        });
    }
}
