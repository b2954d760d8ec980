//! Documents, each site's feed of changes, and the quarantine.

use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::wire::{DocumentKind, Heads, PushRefusal};
use sqlx::SqliteConnection;

use super::people::parse_id;
use super::{StorageError, Store, decode};

/// Refused batches that are kept: 200 of at most 512 KiB come to 100 MiB.
const QUARANTINE_ROWS: i64 = 200;

/// A document as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Which.
    pub id: DocumentId,
    /// Whose.
    pub site: LocationId,
    /// As Automerge saves it.
    pub bytes: Vec<u8>,
    /// The heads of `bytes`.
    pub heads: Heads,
}

/// One entry of a site's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its number in the site's feed.
    pub sequence: i64,
    /// What changed, as it is now.
    pub document: StoredDocument,
}

impl Store {
    /// What changed at a site after a number of its feed, in that order, at most `limit` documents.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn feed_after(
        &self,
        site: &LocationId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<FeedEntry>, StorageError> {
        let rows: Vec<(i64, String, Vec<u8>, String)> = sqlx::query_as(
            "SELECT feed.sequence, document.id, document.bytes, document.heads FROM feed JOIN document ON document.id = feed.document
             WHERE feed.site = ? AND feed.sequence > ? ORDER BY feed.sequence LIMIT ?",
        )
        .bind(site.as_str())
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(sequence, id, bytes, heads)| {
                let heads = decode("document", &id, &heads)?;
                let document = StoredDocument { id: parse_id("document", &id)?, site: site.clone(), bytes, heads };
                Ok(FeedEntry { sequence, document })
            })
            .collect()
    }

    /// The last number of a site's feed; 0 before the first change.
    ///
    /// # Errors
    /// The database failed.
    pub async fn feed_head(&self, site: &LocationId) -> Result<i64, StorageError> {
        let head: Option<i64> = sqlx::query_scalar("SELECT sequence FROM feed_head WHERE site = ?")
            .bind(site.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(head.unwrap_or(0))
    }

    /// A document.
    ///
    /// # Errors
    /// As [`Store::feed_after`].
    pub async fn document(&self, id: &DocumentId) -> Result<Option<StoredDocument>, StorageError> {
        let mut connection = self.pool.acquire().await?;
        document(&mut connection, id).await
    }

    /// How many refused batches are kept.
    ///
    /// # Errors
    /// The database failed.
    pub async fn quarantined(&self) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM quarantine").fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }
}

/// A document, as a write transaction sees it.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn document(
    connection: &mut SqliteConnection,
    id: &DocumentId,
) -> Result<Option<StoredDocument>, StorageError> {
    let row: Option<(String, Vec<u8>, String)> = sqlx::query_as("SELECT site, bytes, heads FROM document WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|(site, bytes, heads)| {
        let heads = decode("document", &id.to_string(), &heads)?;
        Ok(StoredDocument { id: *id, site: parse_id("document", &site)?, bytes, heads })
    })
    .transpose()
}

/// Stores a document and puts it at the end of its site's feed. The number is taken under the database's write lock, so no
/// reader ever sees a number before a smaller one.
///
/// # Errors
/// The database failed.
pub async fn put_document(
    connection: &mut SqliteConnection,
    document: &StoredDocument,
    kind: DocumentKind,
    now: i64,
) -> Result<(), StorageError> {
    let id = document.id.to_string();
    sqlx::query(
        "INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE
         SET bytes = excluded.bytes, heads = excluded.heads, changed_at = excluded.changed_at",
    )
    .bind(&id)
    .bind(kind.as_str())
    .bind(document.site.as_str())
    .bind(document.bytes.as_slice())
    .bind(serde_json::to_string(&document.heads)?)
    .bind(now)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let sequence: i64 = sqlx::query_scalar(
        "INSERT INTO feed_head (site, sequence) VALUES (?, 1)
         ON CONFLICT (site) DO UPDATE SET sequence = feed_head.sequence + 1 RETURNING sequence",
    )
    .bind(document.site.as_str())
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM feed WHERE document = ?").bind(&id).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO feed (site, sequence, document) VALUES (?, ?, ?)")
        .bind(document.site.as_str())
        .bind(sequence)
        .bind(&id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps a refused batch with the reasons, in place of the oldest when there are too many.
///
/// # Errors
/// The database failed.
pub async fn quarantine(
    connection: &mut SqliteConnection,
    device: &DeviceId,
    document: &DocumentId,
    refusals: &[PushRefusal],
    changes: &[u8],
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO quarantine (received_at, device, document, reasons, changes) VALUES (?, ?, ?, ?, ?)")
        .bind(now)
        .bind(device.to_string())
        .bind(document.to_string())
        .bind(serde_json::to_string(refusals)?)
        .bind(changes)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?")
        .bind(QUARANTINE_ROWS)
        .execute(connection)
        .await?;
    Ok(())
}
