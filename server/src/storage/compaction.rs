//! Documents that are compacted: stored in fewer bytes, when nobody writes to them any more.

use calloff_core::ids::{DocumentId, LocationId};
use calloff_core::wire::{DocumentKind, Heads};

use super::feed::StoredDocument;
use super::people::parse_id;
use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError, decode};

/// A document that the server tried to compact.
#[derive(Debug)]
pub struct Compacted {
    /// The identifier of the document.
    pub id: DocumentId,
    /// The heads of the document. If the stored document has other heads by now, it stays as it is.
    pub heads: Heads,
    /// The same document in fewer bytes. `None` if it cannot be made smaller.
    pub bytes: Option<Vec<u8>>,
}

impl ServerStore {
    /// Accepted orders that have not changed since the time `since` (milliseconds since the Unix
    /// epoch) and were not compacted yet. Gives at most `limit` orders, the oldest change first.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn settled_documents(
        &self,
        since: i64,
        limit: u32,
    ) -> Result<Vec<StoredDocument>, StorageError> {
        let rows: Vec<(String, String, Vec<u8>, String, i64)> = Sql::new(
            "SELECT document.id, document.site, document.bytes, document.heads, document.memory FROM document
             JOIN order_head ON order_head.document = document.id
             WHERE NOT document.is_compact AND order_head.stage = 'accepted' AND document.changed_at <= $1
             ORDER BY document.changed_at LIMIT $2",
        )
        .bind(since)
        .bind(limit)
        .all(&mut self.read().await?)
        .await?;
        let stored = rows.into_iter().map(|(id, site, bytes, heads, memory)| {
            Ok(StoredDocument {
                id: parse_id("document", &id)?,
                kind: DocumentKind::Order,
                site: parse_id::<LocationId>("document", &site)?,
                bytes,
                heads: decode("document", &id, &heads)?,
                memory: usize::try_from(memory).unwrap_or_default(),
                // An accepted order is never let go, and it is no draft.
                is_let_go: false,
                is_draft: false,
            })
        });
        stored.collect()
    }
}

/// Stores a compacted document, unless the document has changed since. Its place in the feed stays.
///
/// # Errors
/// The database failed.
pub async fn put_compacted(
    write: &mut WriteTransaction,
    compacted: &Compacted,
) -> Result<(), StorageError> {
    Sql::new(
        "UPDATE document SET bytes = coalesce($1, bytes), is_compact = true WHERE id = $2 AND heads = $3",
    )
    .bind(compacted.bytes.as_deref())
    .bind(compacted.id.to_string())
    .bind(serde_json::to_string(&compacted.heads)?)
    .execute(write)
    .await?;
    Ok(())
}
