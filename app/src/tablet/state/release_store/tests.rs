use std::cell::RefCell;
use std::collections::BTreeMap;

use calloff_core::catalogue::CatalogueContent;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{Issue, publish};
use calloff_core::sample;
use ed25519_dalek::SigningKey;
use futures_executor::block_on;
use jiff::civil::date;

use super::*;
use crate::platform::kv_store::MemoryStore;

type Chunks = BTreeMap<ChunkHash, Chunk>;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn release(number: u64, effective_from: Date) -> (Verified, Chunks) {
    release_of(&sample::small(), number, effective_from)
}

fn release_of(content: &CatalogueContent, number: u64, effective_from: Date) -> (Verified, Chunks) {
    let issue = Issue {
        number,
        issued_at: 1_740_000_000_000,
        effective_from,
        publisher: "pat".parse().unwrap(),
        reason: "Spring prices".into(),
    };
    let (signed, chunks) = publish(content, issue, &key()).unwrap();
    let chunks = chunks.into_iter().map(|chunk| (chunk.reference().hash, chunk)).collect();
    (verify(signed, &key().verifying_key()).unwrap(), chunks)
}

fn march() -> (Verified, Chunks) {
    release(3, date(2025, 3, 1))
}

/// The release after March's, with one price changed.
fn april() -> (Verified, Chunks) {
    let mut content = sample::small();
    content.contracts[0].lines[0].tiers[0].price.amount += rust_decimal::Decimal::ONE;
    release_of(&content, 4, date(2025, 4, 1))
}

/// A server that has these chunks, and sends two at a time. It records the requests.
#[derive(Default)]
struct Server {
    streams: BTreeMap<ChunkHash, Vec<u8>>,
    difference: Option<Vec<u8>>,
    asked: RefCell<Vec<ChunkHash>>,
}

impl Server {
    fn with(chunks: &Chunks) -> Self {
        let streams = chunks.iter().map(|(hash, chunk)| (*hash, chunk.deflated())).collect();
        Self { streams, ..Self::default() }
    }

    /// A server that has all chunks of `next`, and its difference from `base`.
    fn with_difference(base: &(Verified, Chunks), next: &(Verified, Chunks)) -> Self {
        let bytes = |hash: &ChunkHash| {
            next.1.get(hash).or_else(|| base.1.get(hash)).map(|chunk| chunk.bytes.as_slice())
        };
        let difference = next.0.manifest.difference_from(&base.0.manifest, bytes).unwrap();
        Self { difference: Some(difference), ..Self::with(&next.1) }
    }
}

impl Source for Server {
    async fn chunks(&self, hashes: &[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError> {
        self.asked.borrow_mut().extend_from_slice(hashes);
        let found = hashes.iter().take(2).map(|hash| self.streams.get(hash).cloned());
        found.collect::<Option<_>>().ok_or(HttpError::Offline("cut".into()))
    }

    async fn difference(&self, _: u64, _: u64) -> Result<Vec<u8>, HttpError> {
        self.difference.clone().ok_or(HttpError::Status { status: 404, problem: None })
    }
}

#[test]
fn a_fetched_release_is_built_from_the_disk_alone() {
    block_on(async {
        let (release, chunks) = march();
        let store = MemoryStore::default();
        let seen = RefCell::new(Vec::new());
        let note = |progress| seen.borrow_mut().push(progress);
        fetch(&store, &release, &[], &Server::with(&chunks), note).await.unwrap();
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
        let cut = fetch(&store, &release, &[], &Server::with(&chunks), |_| ()).await;
        assert!(matches!(cut, Err(CatalogueError::Http(HttpError::Offline(_)))));
        let server = Server::with(&all);
        fetch(&store, &release, &[], &server, |_| ()).await.unwrap();
        assert!(server.asked.borrow().contains(&lost) && server.asked.borrow().len() <= 2);
    });
}

#[test]
fn a_chunk_that_is_not_what_its_hash_says_is_refused_and_not_stored() {
    block_on(async {
        let (release, chunks) = march();
        let [first, second] = [0, 1].map(|at: usize| release.manifest.chunks[at].hash);
        let mut server = Server::with(&chunks);
        let other = server.streams[&second].clone();
        server.streams.insert(first, other);
        let store = MemoryStore::default();
        let found = fetch(&store, &release, &[], &server, |_| ()).await;
        assert!(
            matches!(found, Err(CatalogueError::Refused(ReleaseError::Chunk(hash, _))) if hash == first),
            "{found:?}"
        );
        assert_eq!(store.get(StoreName::Chunks, &first.to_string()).await, Ok(None));
    });
}

/// The disk of a tablet that has March's release.
async fn with_march(march: &(Verified, Chunks)) -> MemoryStore {
    let store = MemoryStore::default();
    fetch(&store, &march.0, &[], &Server::with(&march.1), |_| ()).await.unwrap();
    keep_only(&store, std::slice::from_ref(&march.0)).await.unwrap();
    store
}

#[test]
fn the_next_release_comes_as_a_difference_and_no_chunk_is_asked_for() {
    block_on(async {
        let (march, april) = (march(), april());
        let store = with_march(&march).await;
        let server = Server::with_difference(&march, &april);
        fetch(&store, &april.0, std::slice::from_ref(&march.0), &server, |_| ()).await.unwrap();
        assert_eq!(*server.asked.borrow(), []);
        assert!(build(&store, &april.0.manifest).await.is_ok());
    });
}

#[test]
fn whole_chunks_are_fetched_where_a_difference_is_not_to_be_had_or_damaged_or_its_base_is() {
    block_on(async {
        let (march, april) = (march(), april());
        let kept = std::slice::from_ref(&march.0);
        let new: Vec<_> = april
            .0
            .manifest
            .chunks_not_in(&march.0.manifest)
            .iter()
            .map(|chunk| chunk.hash)
            .collect();
        let mut damaged = Server::with_difference(&march, &april);
        damaged.difference.as_mut().unwrap()[4] ^= 0x10;
        for server in [Server::with(&april.1), damaged] {
            let store = with_march(&march).await;
            fetch(&store, &april.0, kept, &server, |_| ()).await.unwrap();
            assert_eq!(*server.asked.borrow(), new);
            assert!(build(&store, &april.0.manifest).await.is_ok());
        }
        let store = with_march(&march).await;
        let gone = march.0.manifest.chunks_not_in(&april.0.manifest)[0].hash;
        let damaged = vec![Write::put(StoreName::Chunks, gone.to_string(), vec![1, 2, 3])];
        store.commit(damaged, Durability::Relaxed).await.unwrap();
        let server = Server::with_difference(&march, &april);
        fetch(&store, &april.0, kept, &server, |_| ()).await.unwrap();
        assert_eq!(*server.asked.borrow(), new);
    });
}

#[test]
fn a_kept_release_of_the_old_format_is_left_out_and_the_new_one_is_fetched_whole() {
    block_on(async {
        let march = march();
        let store = with_march(&march).await;
        let old = Manifest { format: 1, ..march.0.manifest.clone() };
        keep_only(&store, &[Verified { signed: old.sign(&key()).unwrap(), manifest: old }])
            .await
            .unwrap();
        let kept = kept(&store, &key().verifying_key()).await.unwrap();
        assert_eq!(kept, []);
        let (april, chunks) = april();
        fetch(&store, &april, &kept, &Server::with(&chunks), |_| ()).await.unwrap();
        assert!(build(&store, &april.manifest).await.is_ok());
    });
}

#[test]
fn a_chunk_damaged_on_the_disk_is_removed_so_that_it_is_fetched_again() {
    block_on(async {
        let (release, chunks) = march();
        let store = MemoryStore::default();
        fetch(&store, &release, &[], &Server::with(&chunks), |_| ()).await.unwrap();
        let hash = release.manifest.chunks[0].hash;
        let damaged = vec![Write::put(StoreName::Chunks, hash.to_string(), vec![1, 2, 3])];
        store.commit(damaged, Durability::Relaxed).await.unwrap();
        let found = build(&store, &release.manifest).await.err();
        assert_eq!(
            found,
            Some(CatalogueError::Refused(ReleaseError::Chunk(hash, ChunkError::WrongHash)))
        );
        fetch(&store, &release, &[], &Server::with(&chunks), |_| ()).await.unwrap();
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
    let numbers = |today| {
        needed(&releases, today).iter().map(|release| release.manifest.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(date(2025, 3, 15)), [3, 4]);
    assert_eq!(numbers(date(2025, 4, 1)), [4]);
    assert_eq!(numbers(date(2025, 1, 1)), [2, 3, 4]);
}

#[test]
fn only_the_organisation_takes_a_release_back_and_only_that_very_one() {
    let (march, april) = (march().0, april().0);
    let pinned = key().verifying_key();
    let withdrawal = april.signed.withdraw(april.manifest.number, &key());
    assert!(is_withdrawn(&april, std::slice::from_ref(&withdrawal), &pinned));
    assert!(!is_withdrawn(&march, std::slice::from_ref(&withdrawal), &pinned));
    assert!(!is_withdrawn(&april, &[], &pinned));
    // Another release under the same number, as after a restore, is kept.
    let (another, _) = release(4, date(2025, 5, 1));
    assert!(!is_withdrawn(&another, std::slice::from_ref(&withdrawal), &pinned));
    let forged = april.signed.withdraw(april.manifest.number, &SigningKey::from_bytes(&[8; 32]));
    assert!(!is_withdrawn(&april, &[forged], &pinned));
    let signed_as_a_release = Withdrawal { number: 4, signature: april.signed.signature.clone() };
    assert!(!is_withdrawn(&april, &[signed_as_a_release], &pinned));
}
