//! The tests that every [`KvStore`] must pass. They run natively over memory and in a browser over
//! IndexedDB.

use super::{Durability, KvStore, StoreName, Write};

/// Panics at the first difference. The store must be empty.
pub async fn check(store: &impl KvStore) {
    values_come_back_as_written(store).await;
    stores_are_apart(store).await;
    listing_is_by_prefix_and_in_order(store).await;
    a_commit_spans_stores_and_keeps_its_order(store).await;
    many_are_read_at_once_in_the_order_asked(store).await;
}

async fn put(store: &impl KvStore, of: StoreName, key: &str, value: &[u8]) {
    store.commit(vec![Write::put(of, key, value.to_vec())], Durability::Strict).await.unwrap();
}

async fn values_come_back_as_written(store: &impl KvStore) {
    assert_eq!(store.get(StoreName::Meta, "absent").await, Ok(None));
    let every_byte: Vec<u8> = (0..=255).collect();
    put(store, StoreName::Meta, "bytes", &every_byte).await;
    put(store, StoreName::Meta, "empty", &[]).await;
    assert_eq!(store.get(StoreName::Meta, "bytes").await, Ok(Some(every_byte)));
    assert_eq!(store.get(StoreName::Meta, "empty").await, Ok(Some(vec![])));
    put(store, StoreName::Meta, "bytes", b"replaced").await;
    assert_eq!(store.get(StoreName::Meta, "bytes").await, Ok(Some(b"replaced".to_vec())));
}

async fn stores_are_apart(store: &impl KvStore) {
    put(store, StoreName::Documents, "same-key", b"document").await;
    put(store, StoreName::Outbox, "same-key", b"intent").await;
    assert_eq!(store.get(StoreName::Documents, "same-key").await, Ok(Some(b"document".to_vec())));
    assert_eq!(store.get(StoreName::Outbox, "same-key").await, Ok(Some(b"intent".to_vec())));
    assert_eq!(store.get(StoreName::Chunks, "same-key").await, Ok(None));
}

async fn listing_is_by_prefix_and_in_order(store: &impl KvStore) {
    for key in ["order/2", "order/10", "order0", "order/1", "other"] {
        put(store, StoreName::Chunks, key, key.as_bytes()).await;
    }
    let listed = store.list(StoreName::Chunks, "order/").await.unwrap();
    let expected = ["order/1", "order/10", "order/2"];
    assert_eq!(listed, expected.map(|key| (key.to_owned(), key.as_bytes().to_vec())));
    assert_eq!(
        store.keys(StoreName::Chunks, "order/").await,
        Ok(expected.map(str::to_owned).to_vec())
    );
    assert_eq!(store.keys(StoreName::Chunks, "").await.unwrap().len(), 5);
    assert_eq!(store.list(StoreName::Chunks, "nothing").await, Ok(vec![]));
}

async fn a_commit_spans_stores_and_keeps_its_order(store: &impl KvStore) {
    put(store, StoreName::Outbox, "sent", b"1").await;
    let writes = vec![
        Write::put(StoreName::Documents, "d", b"first".to_vec()),
        Write::put(StoreName::Documents, "d", b"second".to_vec()),
        Write::put(StoreName::Meta, "gone", b"x".to_vec()),
        Write::delete(StoreName::Meta, "gone"),
        Write::delete(StoreName::Outbox, "sent"),
        Write::delete(StoreName::Outbox, "never-there"),
    ];
    store.commit(writes, Durability::Relaxed).await.unwrap();
    assert_eq!(store.get(StoreName::Documents, "d").await, Ok(Some(b"second".to_vec())));
    assert_eq!(store.get(StoreName::Meta, "gone").await, Ok(None));
    assert_eq!(store.get(StoreName::Outbox, "sent").await, Ok(None));
    assert_eq!(store.commit(vec![], Durability::Strict).await, Ok(()));
}

async fn many_are_read_at_once_in_the_order_asked(store: &impl KvStore) {
    let keys = ["other", "absent", "order/1"].map(str::to_owned);
    let expected = vec![Some(b"other".to_vec()), None, Some(b"order/1".to_vec())];
    assert_eq!(store.get_many(StoreName::Chunks, &keys).await, Ok(expected));
    assert_eq!(store.get_many(StoreName::Chunks, &[]).await, Ok(vec![]));
}
