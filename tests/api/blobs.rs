//! Files that other rows refer to.

use calloff_core::limits::BLOB_BYTES;
use calloff_core::sample::small;
use calloff_server::jobs::plan;
use calloff_server::storage::ServerStore;
use calloff_server::storage::blobs::{Blob, BlobHash, Upload, UploadError};
use calloff_tests::TestApp;
use futures_util::TryStreamExt as _;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn begin(app: &TestApp, number: u8) -> Upload {
    Upload::begin(&app.state.store, [number; 16], app.now()).await.unwrap()
}

async fn finish(app: &TestApp, upload: Upload) -> Result<Blob, UploadError> {
    let mut write = app.state.store.write().await.unwrap();
    let blob = upload.finish(&mut write, app.now()).await?;
    write.commit().await.unwrap();
    Ok(blob)
}

async fn stored(app: &TestApp, number: u8, bytes: &[u8], step: usize) -> Blob {
    let mut upload = begin(app, number).await;
    for bytes in bytes.chunks(step) {
        upload.push(&app.state.store, bytes).await.unwrap();
    }
    finish(app, upload).await.unwrap()
}

async fn read(store: &ServerStore, hash: &BlobHash) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = store.blob_parts(hash.clone()).try_collect().await.unwrap();
    parts.concat()
}

/// The number of stored parts.
async fn parts(app: &TestApp) -> u64 {
    let mut write = app.state.store.write().await.unwrap();
    let count = write.run("UPDATE blob_part SET number = number").await.unwrap();
    drop(write);
    count
}

/// Bytes that differ from part to part.
fn file(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_file_comes_out_as_it_went_in_and_the_same_file_is_stored_once() {
    let app = TestApp::start(&small()).await;
    let store = &app.state.store;
    let bytes = file(600_000);
    let first = stored(&app, 1, &bytes, 70_001).await;
    assert_eq!((first.length, parts(&app).await), (600_000, 3));
    assert_eq!(store.blob(&first.hash).await.unwrap().as_ref(), Some(&first));
    assert_eq!(read(store, &first.hash).await, bytes);

    let again = stored(&app, 2, &bytes, 600_000).await;
    assert_eq!((again, parts(&app).await), (first, 3));
    let part = stored(&app, 3, &bytes[..262_144], 262_144).await;
    assert_eq!(read(store, &part.hash).await, bytes[..262_144]);
    // SHA-256 of "abc", from FIPS 180-4.
    let abc = stored(&app, 4, b"abc", 1).await;
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(abc.hash, hash.parse().unwrap());
    assert!("../../etc/passwd".parse::<BlobHash>().is_err());
    assert!(hash.to_uppercase().parse::<BlobHash>().is_err());
}

#[tokio::test]
async fn a_file_that_is_empty_or_too_large_is_not_stored() {
    let app = TestApp::start(&small()).await;
    let empty = finish(&app, begin(&app, 1).await).await;
    assert!(matches!(empty, Err(UploadError::Empty)), "{empty:?}");
    let mut large = begin(&app, 2).await;
    let bytes = vec![7; usize::try_from(BLOB_BYTES / 5).unwrap()];
    for _ in 0..5 {
        large.push(&app.state.store, &bytes).await.unwrap();
    }
    let beyond = large.push(&app.state.store, &[7]).await;
    assert!(beyond.unwrap_err().to_string().contains("larger than 25 MiB"));
}

#[tokio::test]
async fn an_upload_that_does_not_end_leaves_no_file_and_its_parts_go_after_a_day() {
    let app = TestApp::start(&small()).await;
    plan(&app.state).await.unwrap();
    let bytes = file(300_000);
    let hash = stored(&app, 1, &bytes, 300_000).await.hash;
    let mut dropped = begin(&app, 2).await;
    dropped.push(&app.state.store, &bytes[1..]).await.unwrap();
    assert_eq!(parts(&app).await, 3);
    // Its transaction is not committed.
    let mut write = app.state.store.write().await.unwrap();
    let blob = dropped.finish(&mut write, app.now()).await.unwrap();
    drop(write);
    assert_eq!(app.state.store.blob(&blob.hash).await.unwrap(), None);

    let mut slow = begin(&app, 3).await;
    slow.push(&app.state.store, &bytes).await.unwrap();
    app.set_millis(app.now() + DAY - 1);
    app.work().await;
    assert_eq!(parts(&app).await, 4);
    app.set_millis(app.now() + 60 * 60 * 1000);
    app.work().await;
    assert_eq!(parts(&app).await, 2);
    assert_eq!(read(&app.state.store, &hash).await, bytes);
    let late = finish(&app, slow).await;
    assert!(matches!(late, Err(UploadError::Abandoned)), "{late:?}");
}
