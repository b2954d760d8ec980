use std::cell::RefCell;
use std::collections::BTreeMap;

use calloff_core::catalogue::release::{Issue, publish};
use calloff_core::sample;
use ed25519_dalek::SigningKey;
use futures_executor::block_on;
use jiff::civil::date;

use super::*;
use crate::platform::kv_store::MemoryStore;

type Chunks = BTreeMap<ChunkHash, Vec<u8>>;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn release(number: u64, effective_from: Date) -> (Verified, Chunks) {
    let issue = Issue {
        number,
        issued_at: 1_740_000_000_000,
        effective_from,
        publisher: "pat".parse().unwrap(),
        reason: "Spring prices".into(),
    };
    let (signed, chunks) = publish(&sample::small(), issue, &key()).unwrap();
    let chunks = chunks.into_iter().map(|chunk| (chunk.reference().hash, chunk.bytes)).collect();
    (verify(signed, &key().verifying_key()).unwrap(), chunks)
}

fn march() -> (Verified, Chunks) {
    release(3, date(2025, 3, 1))
}

/// A server that has these chunks, and sends two at a time.
fn serving(chunks: &Chunks) -> impl AsyncFn(&[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError> {
    async |asked: &[ChunkHash]| {
        let found = asked.iter().take(2).map(|hash| chunks.get(hash).cloned());
        found.collect::<Option<_>>().ok_or(HttpError::Offline("cut".into()))
    }
}

#[test]
fn a_fetched_release_is_built_from_the_disk_alone() {
    block_on(async {
        let (release, chunks) = march();
        let store = MemoryStore::default();
        let seen = RefCell::new(Vec::new());
        fetch(&store, &release, serving(&chunks), |progress| seen.borrow_mut().push(progress)).await.unwrap();
        keep_only(&store, std::slice::from_ref(&release)).await.unwrap();
        let kept = kept(&store, &key().verifying_key()).await.unwrap();
        assert_eq!(kept, [release]);
        let catalogue = build(&store, &kept[0].manifest).await.unwrap();
        assert_eq!(catalogue.items().len(), sample::small().items.len());
        let last = *seen.borrow().last().unwrap();
        assert!(last.done < last.all && last.all == chunks.len());
    });
}

#[test]
fn only_missing_chunks_are_fetched_after_a_break() {
    block_on(async {
        let (release, all) = march();
        let store = MemoryStore::default();
        let lost = release.manifest.chunks.last().unwrap().hash;
        let mut chunks = all.clone();
        chunks.remove(&lost);
        let cut = fetch(&store, &release, serving(&chunks), |_| ()).await;
        assert!(matches!(cut, Err(CatalogueError::Http(HttpError::Offline(_)))));
        let asked = RefCell::new(Vec::new());
        let again = async |hashes: &[ChunkHash]| {
            asked.borrow_mut().extend_from_slice(hashes);
            Ok(hashes.iter().map(|hash| all[hash].clone()).collect())
        };
        fetch(&store, &release, again, |_| ()).await.unwrap();
        assert!(asked.borrow().contains(&lost) && asked.borrow().len() <= 2);
    });
}

#[test]
fn a_chunk_that_is_not_what_its_hash_says_is_refused_and_not_stored() {
    block_on(async {
        let (release, mut chunks) = march();
        let hash = release.manifest.chunks[0].hash;
        chunks.get_mut(&hash).unwrap()[3] ^= 1;
        let store = MemoryStore::default();
        let found = fetch(&store, &release, serving(&chunks), |_| ()).await;
        assert_eq!(found, Err(CatalogueError::Refused(ReleaseError::WrongHash(hash))));
        assert_eq!(store.get(Store::Chunks, &hash.to_string()).await, Ok(None));
    });
}

#[test]
fn a_chunk_damaged_on_the_disk_is_removed_so_that_it_is_fetched_again() {
    block_on(async {
        let (release, chunks) = march();
        let store = MemoryStore::default();
        fetch(&store, &release, serving(&chunks), |_| ()).await.unwrap();
        let hash = release.manifest.chunks[0].hash;
        let damaged = vec![Write::put(Store::Chunks, hash.to_string(), vec![1, 2, 3])];
        store.commit(damaged, Durability::Relaxed).await.unwrap();
        let found = build(&store, &release.manifest).await.err();
        assert_eq!(found, Some(CatalogueError::Refused(ReleaseError::WrongHash(hash))));
        fetch(&store, &release, serving(&chunks), |_| ()).await.unwrap();
        assert!(build(&store, &release.manifest).await.is_ok());
    });
}

#[test]
fn a_manifest_on_disk_that_the_pinned_key_did_not_sign_is_left_out() {
    block_on(async {
        let (release, _) = march();
        let store = MemoryStore::default();
        keep_only(&store, &[release]).await.unwrap();
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        assert_eq!(kept(&store, &other).await, Ok(Vec::new()));
    });
}

#[test]
fn case_07_an_announced_release_takes_over_on_its_first_day_and_not_before() {
    let releases = [march().0, release(4, date(2025, 4, 1)).0];
    let number = |today| in_force(&releases, today).map(|release| release.manifest.number);
    assert_eq!(number(date(2025, 2, 28)), None);
    assert_eq!(number(date(2025, 3, 31)), Some(3));
    assert_eq!(number(date(2025, 4, 1)), Some(4));
}

#[test]
fn what_holds_today_and_what_is_announced_is_needed_and_nothing_older() {
    let releases = [release(2, date(2025, 2, 1)).0, march().0, release(4, date(2025, 4, 1)).0];
    let numbers = |today| needed(&releases, today).iter().map(|release| release.manifest.number).collect::<Vec<_>>();
    assert_eq!(numbers(date(2025, 3, 15)), [3, 4]);
    assert_eq!(numbers(date(2025, 4, 1)), [4]);
    assert_eq!(numbers(date(2025, 1, 1)), [2, 3, 4]);
}
