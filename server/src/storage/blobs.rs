//! Files of any kind, stored by the hash of their bytes: the same file is stored once. A file
//! arrives and leaves in parts, so nobody needs all of it in memory.
//!
//! An upload writes each full part in a transaction of its own, because others must not wait for a
//! slow line. Only [`Upload::finish`] makes the file exist, in the same transaction as the row that
//! refers to it. What an upload left behind is deleted after a day.

use std::fmt;
use std::str::FromStr;

use calloff_core::limits::BLOB_BYTES;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use sha2::{Digest as _, Sha256};

use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, hex};

/// The bytes of a part. A PostgreSQL row and a network packet of a slow line both carry it well.
const PART_BYTES: usize = 256 * 1024;

/// How long an upload may take, in milliseconds: a day.
const UPLOAD_MS: i64 = 24 * 60 * 60 * 1000;

/// The SHA-256 hash of a file (FIPS 180-4). Its text form has 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(String);

impl BlobHash {
    fn of(digest: &[u8]) -> Self {
        Self(hex(digest))
    }

    /// The hash as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not the hash of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of a file has 64 hex digits, in lower case")]
pub struct NotABlobHash;

impl FromStr for BlobHash {
    type Err = NotABlobHash;

    fn from_str(text: &str) -> Result<Self, NotABlobHash> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotABlobHash)
        }
    }
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The hash of its bytes.
    pub hash: BlobHash,
    /// The number of its bytes.
    pub length: u64,
}

/// Why a file is not stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file has more bytes than a file may have.
    #[error("the file is larger than {} MiB: store a smaller one", BLOB_BYTES / (1024 * 1024))]
    TooLarge,
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The upload took so long that its parts were deleted.
    #[error("the upload took longer than a day: begin it again")]
    Abandoned,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A file that arrives. If it is dropped before [`Upload::finish`], no file exists.
#[derive(Debug)]
pub struct Upload {
    id: String,
    digest: Sha256,
    /// The bytes after the last written part.
    rest: Vec<u8>,
    /// The number of written parts.
    parts: i64,
    length: u64,
}

impl Upload {
    /// Begins an upload. `random` tells it from all others, and `now` is in milliseconds since the
    /// Unix epoch.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(
        store: &ServerStore,
        random: [u8; 16],
        now: i64,
    ) -> Result<Self, StorageError> {
        let id = format!("upload {}", hex(&random));
        let mut write = store.write().await?;
        Sql::new("INSERT INTO blob_upload (id, begun_at) VALUES ($1, $2)")
            .bind(&id)
            .bind(now)
            .execute(&mut write)
            .await?;
        write.commit().await?;
        Ok(Self { id, digest: Sha256::new(), rest: Vec::new(), parts: 0, length: 0 })
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`UploadError::TooLarge`]; the database failed. The upload cannot go on then.
    pub async fn push(&mut self, store: &ServerStore, bytes: &[u8]) -> Result<(), UploadError> {
        self.length += bytes.len() as u64;
        if self.length > BLOB_BYTES {
            return Err(UploadError::TooLarge);
        }
        self.digest.update(bytes);
        self.rest.extend_from_slice(bytes);
        while self.rest.len() >= PART_BYTES {
            let later = self.rest.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.rest, later);
            let mut write = store.write().await?;
            self.write_part(&mut write, &part).await?;
            write.commit().await?;
        }
        Ok(())
    }

    /// Makes the file exist when the transaction is committed. If the same file is stored already,
    /// it stays as it is.
    ///
    /// # Errors
    /// [`UploadError::Empty`], [`UploadError::Abandoned`]; the database failed. The transaction
    /// must then be dropped.
    pub async fn finish(
        mut self,
        write: &mut WriteTransaction,
        now: i64,
    ) -> Result<Blob, UploadError> {
        if self.length == 0 {
            return Err(UploadError::Empty);
        }
        let ended =
            Sql::new("DELETE FROM blob_upload WHERE id = $1").bind(&self.id).execute(write).await?;
        if ended == 0 {
            return Err(UploadError::Abandoned);
        }
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.write_part(write, &rest).await?;
        }
        let blob = Blob { hash: BlobHash::of(&self.digest.finalize()), length: self.length };
        let is_new = Sql::new(
            "INSERT INTO blob (hash, length, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(blob.hash.as_str())
        .bind(i64::try_from(blob.length).unwrap_or(i64::MAX))
        .bind(now)
        .execute(write)
        .await?;
        let parts = match is_new {
            1 => Sql::new("UPDATE blob_part SET owner = $2 WHERE owner = $1")
                .bind(&self.id)
                .bind(blob.hash.as_str()),
            _ => Sql::new("DELETE FROM blob_part WHERE owner = $1").bind(&self.id),
        };
        parts.execute(write).await?;
        Ok(blob)
    }

    async fn write_part(
        &mut self,
        write: &mut WriteTransaction,
        bytes: &[u8],
    ) -> Result<(), StorageError> {
        Sql::new("INSERT INTO blob_part (owner, number, bytes) VALUES ($1, $2, $3)")
            .bind(&self.id)
            .bind(self.parts)
            .bind(bytes)
            .execute(write)
            .await?;
        self.parts += 1;
        Ok(())
    }
}

impl ServerStore {
    /// A stored file. `None` if no file has this hash.
    ///
    /// # Errors
    /// The database failed.
    pub async fn blob(&self, hash: &BlobHash) -> Result<Option<Blob>, StorageError> {
        let length: Option<i64> = Sql::new("SELECT length FROM blob WHERE hash = $1")
            .bind(hash.as_str())
            .optional_value(&mut self.read().await?)
            .await?;
        Ok(length.map(|length| Blob { hash: hash.clone(), length: length.unsigned_abs() }))
    }

    /// The bytes of a stored file, part by part. Without such a file, there is no part.
    pub fn blob_parts(
        &self,
        hash: BlobHash,
    ) -> impl Stream<Item = Result<Vec<u8>, StorageError>> + use<> {
        let first = (self.clone(), hash, 0_i64);
        try_unfold(first, async |(store, hash, number)| {
            let part = part(&mut store.read().await?, &hash, number).await?;
            Ok(part.map(|part| (part, (store, hash, number + 1))))
        })
    }
}

async fn part(
    read: &mut Read,
    hash: &BlobHash,
    number: i64,
) -> Result<Option<Vec<u8>>, StorageError> {
    Sql::new("SELECT bytes FROM blob_part WHERE owner = $1 AND number = $2")
        .bind(hash.as_str())
        .bind(number)
        .optional_value(read)
        .await
}

/// Deletes what uploads left behind that began more than a day before `now` (milliseconds since the
/// Unix epoch).
///
/// # Errors
/// The database failed.
pub async fn delete_abandoned_uploads(
    write: &mut WriteTransaction,
    now: i64,
) -> Result<(), StorageError> {
    let before = now.saturating_sub(UPLOAD_MS);
    Sql::new(
        "DELETE FROM blob_part WHERE owner IN (SELECT id FROM blob_upload WHERE begun_at <= $1)",
    )
    .bind(before)
    .execute(write)
    .await?;
    Sql::new("DELETE FROM blob_upload WHERE begun_at <= $1").bind(before).execute(write).await?;
    Ok(())
}
