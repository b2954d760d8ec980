//! Releases and their chunks: written once, never changed.

use std::collections::HashMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{ChunkHash, Issue, Manifest, SignedManifest};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{StorageError, Store};

/// A release without its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelease {
    /// What it says about itself.
    pub issue: Issue,
    /// The manifest as tablets fetch it.
    pub signed: SignedManifest,
}

const COLUMNS: &str = "SELECT number, effective_from, issued_at, publisher, reason, manifest, signature FROM release";

impl Store {
    /// A release by its number.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn release(&self, number: u64) -> Result<Option<StoredRelease>, StorageError> {
        let row = sqlx::query(&format!("{COLUMNS} WHERE number = ?"))
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The release in force on a date: the newest of those that are effective by then.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn release_in_force(&self, date: Date) -> Result<Option<StoredRelease>, StorageError> {
        let row = sqlx::query(&format!("{COLUMNS} WHERE effective_from <= ? ORDER BY number DESC LIMIT 1"))
            .bind(date.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// All releases, the newest first.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn releases(&self) -> Result<Vec<StoredRelease>, StorageError> {
        let rows = sqlx::query(&format!("{COLUMNS} ORDER BY number DESC")).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// The releases of a higher number, by number: after the one in force, those that were announced.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn releases_after(&self, number: u64) -> Result<Vec<StoredRelease>, StorageError> {
        let rows = sqlx::query(&format!("{COLUMNS} WHERE number > ? ORDER BY number"))
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// From when a release is superseded: the first day of any release of a higher number; `None` for the last one.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn successor_effective_from(&self, number: u64) -> Result<Option<Date>, StorageError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let date: Option<String> = sqlx::query_scalar("SELECT min(effective_from) FROM release WHERE number > ?")
            .bind(number)
            .fetch_one(&self.pool)
            .await?;
        date.map(|date| date.parse().map_err(|error: jiff::Error| corrupt(number, &error))).transpose()
    }

    /// The highest release number; 0 before the first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn newest_release_number(&self) -> Result<u64, StorageError> {
        let number: Option<i64> = sqlx::query_scalar("SELECT max(number) FROM release").fetch_one(&self.pool).await?;
        Ok(number.unwrap_or(0).unsigned_abs())
    }

    /// A chunk as it travels, deflated.
    ///
    /// # Errors
    /// The database failed.
    pub async fn chunk(&self, hash: &ChunkHash) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(sqlx::query_scalar("SELECT deflated FROM chunk WHERE hash = ?")
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The bytes of all chunks of a manifest that are at hand, each compared with its hash.
    ///
    /// # Errors
    /// The database failed, or holds something else than was published.
    pub async fn chunks(&self, manifest: &Manifest) -> Result<HashMap<ChunkHash, Vec<u8>>, StorageError> {
        let mut connection = self.pool.acquire().await?;
        let mut chunks = HashMap::with_capacity(manifest.chunks.len());
        for reference in &manifest.chunks {
            let deflated: Option<Vec<u8>> = sqlx::query_scalar("SELECT deflated FROM chunk WHERE hash = ?")
                .bind(reference.hash.as_bytes().as_slice())
                .fetch_optional(&mut *connection)
                .await?;
            let Some(deflated) = deflated else { continue };
            let bytes = reference.inflated(&deflated).map_err(|error| StorageError::Corrupt {
                what: "chunk",
                id: reference.hash.to_string(),
                reason: error.to_string(),
            })?;
            chunks.insert(reference.hash, bytes);
        }
        Ok(chunks)
    }
}

/// The number for the next release.
///
/// # Errors
/// The database failed.
pub async fn next_release_number(connection: &mut SqliteConnection) -> Result<u64, StorageError> {
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM release").fetch_one(connection).await?;
    u64::try_from(last).map(|last| last + 1).map_err(|error| corrupt(last, &error))
}

/// Stores a release with those of its chunks that no earlier release brought; gives the sizes of these as they travel.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also where the number is taken.
pub async fn add_release(
    connection: &mut SqliteConnection,
    issue: &Issue,
    signed: &SignedManifest,
    chunks: &[Chunk],
) -> Result<Vec<usize>, StorageError> {
    let mut new_chunks = Vec::new();
    for chunk in chunks {
        let hash = chunk.reference().hash;
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM chunk WHERE hash = ?)")
            .bind(hash.as_bytes().as_slice())
            .fetch_one(&mut *connection)
            .await?;
        if known {
            continue;
        }
        let deflated = chunk.deflated();
        sqlx::query("INSERT INTO chunk (hash, deflated) VALUES (?, ?)")
            .bind(hash.as_bytes().as_slice())
            .bind(deflated.as_slice())
            .execute(&mut *connection)
            .await?;
        new_chunks.push(deflated.len());
    }
    sqlx::query(
        "INSERT INTO release (number, effective_from, issued_at, publisher, reason, manifest, signature) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(i64::try_from(issue.number).unwrap_or(i64::MAX))
    .bind(issue.effective_from.to_string())
    .bind(issue.issued_at)
    .bind(issue.publisher.as_str())
    .bind(&issue.reason)
    .bind(signed.manifest.as_slice())
    .bind(signed.signature.as_slice())
    .execute(connection)
    .await?;
    Ok(new_chunks)
}

fn read(row: &SqliteRow) -> Result<StoredRelease, StorageError> {
    let number: i64 = row.try_get("number")?;
    let effective_from: String = row.try_get("effective_from")?;
    let publisher: String = row.try_get("publisher")?;
    Ok(StoredRelease {
        issue: Issue {
            number: u64::try_from(number).map_err(|error| corrupt(number, &error))?,
            issued_at: row.try_get("issued_at")?,
            effective_from: effective_from.parse().map_err(|error: jiff::Error| corrupt(number, &error))?,
            publisher: publisher.parse().map_err(|error: calloff_core::ids::IdError| corrupt(number, &error))?,
            reason: row.try_get("reason")?,
        },
        signed: SignedManifest { manifest: row.try_get("manifest")?, signature: row.try_get("signature")? },
    })
}

fn corrupt(number: i64, reason: &dyn std::error::Error) -> StorageError {
    StorageError::Corrupt { what: "release", id: number.to_string(), reason: reason.to_string() }
}
