//! Documents, each site's feed of changes, and the quarantine.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::wire::{DocumentKind, Heads, PushRefusal, PushRefusalCode};

use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ROWS_AT_ONCE, ServerStore, StorageError, decode};

/// The most refused batches that are kept of one tablet. The last few show what a fault or an
/// attack does, and no tablet takes the room of others.
const QUARANTINE_ROWS: i64 = 20;

/// The most bytes of refused batches that are kept of one tablet: four of the largest batches.
const QUARANTINE_BYTES: i64 = 4 * 1024 * 1024;

/// The most bytes of refused batches that are kept of all tablets: [`QUARANTINE_BYTES`] for each of
/// 25 tablets.
const QUARANTINE_TOTAL_BYTES: i64 = 100 * 1024 * 1024;

/// The most offers that are kept of one tablet: the orders of a site in a year.
const OFFER_ROWS: usize = 5_000;

/// The most bytes of offers that are kept of one tablet. Offers exist only after a restore, until
/// somebody takes them up or discards them.
const OFFER_BYTES: i64 = 64 * 1024 * 1024;

/// The most bytes of offers that are kept of all tablets: a small part of any disk, and about the
/// size of 50,000 orders with twenty lines.
const OFFERS_TOTAL_BYTES: i64 = 1024 * 1024 * 1024;

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The identifier of the document.
    pub id: DocumentId,
    /// The kind of the document.
    pub kind: DocumentKind,
    /// The site that the document belongs to.
    pub site: LocationId,
    /// The document as Automerge saves it.
    pub bytes: Vec<u8>,
    /// The heads of `bytes`.
    pub heads: Heads,
    /// The memory that the document takes when it is loaded, in bytes, roughly
    /// ([`calloff_core::sync::Validated::memory`]). 0 if it was stored before this was recorded.
    pub memory: usize,
    /// Whether the document is an order that nobody wants any more
    /// ([`calloff_core::order::OrderState::is_let_go`]).
    pub is_let_go: bool,
    /// Whether the document is an order that was never submitted and that somebody still wants: one
    /// of the drafts that [`GroupFacts`] counts.
    pub is_draft: bool,
}

/// A document that changed.
#[derive(Debug, Clone)]
pub struct ChangedDocument {
    /// The document as it is now.
    pub document: StoredDocument,
    /// The time of the change, in milliseconds since the Unix epoch.
    pub changed_at: i64,
}

/// A batch that was refused or offered, as it goes into quarantine.
#[derive(Debug, Clone)]
pub struct QuarantinedBatch {
    /// The time of arrival, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The tablet that sent the batch.
    pub device: DeviceId,
    /// The document that the batch is for.
    pub document: DocumentId,
    /// The reasons of the refusal.
    pub refusals: Vec<PushRefusal>,
    /// The Automerge changes that the tablet sent.
    pub changes: Vec<u8>,
}

/// One entry of a site's feed. It says that a document changed, and describes the present document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// The number of the entry in the site's feed.
    pub sequence: i64,
    /// The document that changed.
    pub document: DocumentId,
    /// The present heads of the document.
    pub heads: Heads,
    /// The length of the stored document in bytes.
    pub length: usize,
    /// Whether the document is an order that nobody wants any more.
    pub is_let_go: bool,
    /// Whether the document is an order that tablets need not keep, because it is old
    /// ([`mark_old_orders`](super::old_orders::mark_old_orders)).
    pub is_old: bool,
}

impl ServerStore {
    /// The entries of a site's feed after a number, in the order of the feed. Gives at most `limit`
    /// entries.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn feed_after(
        &self,
        site: &LocationId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<FeedEntry>, StorageError> {
        let rows: Vec<(i64, String, String, i64, bool, bool)> = Sql::new(
            "SELECT feed.sequence, document.id, document.heads, CAST(length(document.bytes) AS BIGINT),
                    document.is_let_go, document.is_old
             FROM feed JOIN document ON document.id = feed.document
             WHERE feed.site = $1 AND feed.sequence > $2 ORDER BY feed.sequence LIMIT $3",
        )
        .bind(site.as_str())
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(&mut self.read().await?)
        .await?;
        rows.into_iter()
            .map(|(sequence, id, heads, length, is_let_go, is_old)| {
                let heads = decode("document", &id, &heads)?;
                let length = usize::try_from(length).unwrap_or_default();
                Ok(FeedEntry {
                    sequence,
                    document: parse_id("document", &id)?,
                    heads,
                    length,
                    is_let_go,
                    is_old,
                })
            })
            .collect()
    }

    /// The stored bytes of documents, as Automerge saves them. A document that is not stored is
    /// left out.
    ///
    /// # Errors
    /// The errors of [`ServerStore::feed_after`].
    pub async fn saved_documents(
        &self,
        ids: &[DocumentId],
    ) -> Result<BTreeMap<DocumentId, Vec<u8>>, StorageError> {
        let rows: Vec<(String, Vec<u8>)> = Sql::new(
            "SELECT id, bytes FROM document WHERE id IN (SELECT value FROM json_each($1))",
        )
        .bind(serde_json::to_string(ids)?)
        .all(&mut self.read().await?)
        .await?;
        rows.into_iter().map(|(id, bytes)| Ok((parse_id("document", &id)?, bytes))).collect()
    }

    /// The last number of a site's feed. 0 before the first change.
    ///
    /// # Errors
    /// The database failed.
    pub async fn feed_head(&self, site: &LocationId) -> Result<i64, StorageError> {
        let head: Option<i64> = Sql::new("SELECT sequence FROM feed_head WHERE site = $1")
            .bind(site.as_str())
            .optional_value(&mut self.read().await?)
            .await?;
        Ok(head.unwrap_or(0))
    }

    /// A document. `None` if it is not stored.
    ///
    /// # Errors
    /// The errors of [`ServerStore::feed_after`].
    pub async fn document(&self, id: &DocumentId) -> Result<Option<StoredDocument>, StorageError> {
        Ok(self.document_and_incarnation(id).await?.0)
    }

    /// A document, and the identifier of the database's incarnation, in one statement. Every push
    /// needs both.
    ///
    /// # Errors
    /// The errors of [`ServerStore::document`].
    pub async fn document_and_incarnation(
        &self,
        id: &DocumentId,
    ) -> Result<(Option<StoredDocument>, String), StorageError> {
        document_and_incarnation(&mut self.read().await?, id).await
    }

    /// The number of batches in quarantine, offers included.
    ///
    /// # Errors
    /// The database failed.
    pub async fn quarantined(&self) -> Result<u64, StorageError> {
        let count: i64 =
            Sql::new("SELECT count(*) FROM quarantine").value(&mut self.read().await?).await?;
        Ok(count.unsigned_abs())
    }
}

fn parse_kind(id: &str, text: &str) -> Result<DocumentKind, StorageError> {
    decode("document", id, &format!("\"{text}\""))
}

/// A document, as a write transaction sees it. `None` if it is not stored.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn document(
    read: &mut Read,
    id: &DocumentId,
) -> Result<Option<StoredDocument>, StorageError> {
    Ok(document_and_incarnation(read, id).await?.0)
}

/// The columns of a stored document, and its incarnation. Each is `None` without a document.
type DocumentRow = (
    String,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
    Option<String>,
    Option<i64>,
    Option<bool>,
    Option<bool>,
);

async fn document_and_incarnation(
    read: &mut Read,
    id: &DocumentId,
) -> Result<(Option<StoredDocument>, String), StorageError> {
    let (incarnation, kind, site, bytes, heads, memory, is_let_go, is_draft): DocumentRow =
        Sql::new(
            "SELECT incarnation.id, kind, site, bytes, heads, memory, is_let_go, is_draft
             FROM incarnation LEFT JOIN document ON document.id = $1",
        )
        .bind(id.to_string())
        .one(read)
        .await?;
    let (Some(kind), Some(site), Some(bytes), Some(heads)) = (kind, site, bytes, heads) else {
        return Ok((None, incarnation));
    };
    let document = StoredDocument {
        id: *id,
        kind: parse_kind(&id.to_string(), &kind)?,
        site: parse_id("document", &site)?,
        bytes,
        heads: decode("document", &id.to_string(), &heads)?,
        memory: usize::try_from(memory.unwrap_or_default()).unwrap_or_default(),
        is_let_go: is_let_go.unwrap_or_default(),
        is_draft: is_draft.unwrap_or_default(),
    };
    Ok((Some(document), incarnation))
}

/// The facts that decide about a group of batches, as a write transaction sees them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GroupFacts {
    /// The heads of the documents that are stored.
    pub heads: BTreeMap<DocumentId, Heads>,
    /// The tablets that are not revoked.
    pub enrolled: BTreeSet<DeviceId>,
    /// The number of drafts of each site: orders that were never submitted, are not discarded and
    /// are not empty. A site without drafts is left out.
    pub drafts: BTreeMap<LocationId, usize>,
    /// The orders that have these submissions.
    pub ordered: BTreeMap<IntentId, DocumentId>,
}

impl GroupFacts {
    /// Reads the facts about documents, tablets, sites and submissions in one statement, because
    /// each statement of a group makes all writers wait.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn of(
        read: &mut Read,
        documents: &BTreeSet<DocumentId>,
        devices: &BTreeSet<DeviceId>,
        sites: &BTreeSet<&LocationId>,
        submissions: &BTreeSet<IntentId>,
    ) -> Result<Self, StorageError> {
        let rows: Vec<(String, String, String)> = Sql::new(
            "SELECT 'heads', id, heads FROM document WHERE id IN (SELECT value FROM json_each($1))
             UNION ALL
             SELECT 'enrolled', id, '' FROM device
             WHERE id IN (SELECT value FROM json_each($2)) AND revoked_at IS NULL
             UNION ALL
             SELECT 'drafts', site, CAST(count(*) AS TEXT) FROM document
             WHERE is_draft AND site IN (SELECT value FROM json_each($3)) GROUP BY site
             UNION ALL
             SELECT 'ordered', submission, document FROM order_head
             WHERE submission IN (SELECT value FROM json_each($4))",
        )
        .bind(serde_json::to_string(documents)?)
        .bind(serde_json::to_string(devices)?)
        .bind(serde_json::to_string(sites)?)
        .bind(serde_json::to_string(submissions)?)
        .all(read)
        .await?;
        let mut facts = Self::default();
        for (fact, id, value) in rows {
            match fact.as_str() {
                "heads" => {
                    let heads = decode("document", &id, &value)?;
                    facts.heads.insert(parse_id("document", &id)?, heads);
                }
                "enrolled" => {
                    facts.enrolled.insert(parse_id("device", &id)?);
                }
                "drafts" => {
                    let count = value.parse().unwrap_or(usize::MAX);
                    facts.drafts.insert(parse_id("document", &id)?, count);
                }
                _ => {
                    facts.ordered.insert(parse_id("order", &id)?, parse_id("order", &value)?);
                }
            }
        }
        Ok(facts)
    }
}

/// Stores documents and puts them at the end of their sites' feeds, in this order. A feed has one
/// entry for each document. The numbers are taken under the database's write lock, so no reader
/// ever sees a number before a smaller one.
///
/// # Errors
/// The database failed.
pub async fn put_documents(
    write: &mut WriteTransaction,
    changed: &[&ChangedDocument],
) -> Result<(), StorageError> {
    for changed in changed.chunks(ROWS_AT_ONCE) {
        store(write, changed).await?;
        let entries = changed.iter().map(|changed| (changed.document.id, &changed.document.site));
        put_at_the_end(write, &entries.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Puts stored documents at the end of their sites' feeds, in this order. There are at most
/// [`ROWS_AT_ONCE`].
///
/// # Errors
/// The database failed.
pub(super) async fn put_at_the_end(
    write: &mut WriteTransaction,
    documents: &[(DocumentId, &LocationId)],
) -> Result<(), StorageError> {
    let last = extend_feeds(write, documents).await?;
    enter(write, documents, last).await
}

async fn store(
    write: &mut WriteTransaction,
    changed: &[&ChangedDocument],
) -> Result<(), StorageError> {
    let heads = changed.iter().map(|changed| serde_json::to_string(&changed.document.heads));
    let heads: Vec<String> = heads.collect::<Result<_, _>>()?;
    let mut sql = Sql::new(
        "INSERT INTO document
             (id, kind, site, bytes, heads, memory, is_let_go, is_draft, created_at, changed_at) ",
    );
    sql.push_rows(changed.iter().zip(&heads), |(changed, heads)| {
        [
            changed.document.id.to_string().into(),
            changed.document.kind.as_str().into(),
            changed.document.site.as_str().into(),
            changed.document.bytes.as_slice().into(),
            heads.into(),
            i64::try_from(changed.document.memory).unwrap_or(i64::MAX).into(),
            changed.document.is_let_go.into(),
            changed.document.is_draft.into(),
            changed.changed_at.into(),
            changed.changed_at.into(),
        ]
    });
    sql.push(
        " ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, heads = excluded.heads, memory = excluded.memory,
          is_let_go = excluded.is_let_go, is_draft = excluded.is_draft, changed_at = excluded.changed_at, is_compact = false, is_old = false",
    );
    sql.execute(write).await?;
    Ok(())
}

/// Takes the next number of a site's feed for no document. A tablet gets a cursor with this number
/// or a higher one only in an answer that was given later.
///
/// # Errors
/// The database failed.
pub async fn skip_number(
    write: &mut WriteTransaction,
    site: &LocationId,
) -> Result<i64, StorageError> {
    Sql::new(
        "INSERT INTO feed_head (site, sequence) VALUES ($1, 1)
         ON CONFLICT (site) DO UPDATE SET sequence = feed_head.sequence + 1 RETURNING sequence",
    )
    .bind(site.as_str())
    .value(write)
    .await
}

/// Takes a number of its site's feed for each of these documents. Returns the last number of each
/// site.
async fn extend_feeds(
    write: &mut WriteTransaction,
    documents: &[(DocumentId, &LocationId)],
) -> Result<BTreeMap<String, i64>, StorageError> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, site) in documents {
        *counts.entry(site.as_str()).or_default() += 1;
    }
    let mut sql = Sql::new("INSERT INTO feed_head (site, sequence) ");
    sql.push_rows(counts, |(site, count)| [site.into(), count.into()]);
    sql.push(
        " ON CONFLICT (site) DO UPDATE SET sequence = feed_head.sequence + excluded.sequence RETURNING site, sequence",
    );
    let last: Vec<(String, i64)> = sql.all(write).await?;
    Ok(last.into_iter().collect())
}

/// Writes the documents into their sites' feeds. The last document of a site gets the last number
/// of the site.
async fn enter(
    write: &mut WriteTransaction,
    documents: &[(DocumentId, &LocationId)],
    mut last: BTreeMap<String, i64>,
) -> Result<(), StorageError> {
    let mut entries = Vec::with_capacity(documents.len());
    for (id, site) in documents.iter().rev() {
        let site = site.as_str();
        let Some(sequence) = last.get_mut(site) else { continue };
        entries.push((site, *sequence, id.to_string()));
        *sequence -= 1;
    }
    let mut sql = Sql::new("INSERT INTO feed (site, sequence, document) ");
    sql.push_rows(entries, |(site, sequence, document)| {
        [site.into(), sequence.into(), document.into()]
    });
    sql.push(" ON CONFLICT (document) DO UPDATE SET sequence = excluded.sequence");
    sql.execute(write).await?;
    Ok(())
}

/// The room that is left for offers. An offer that was kept is never dropped for a newer one,
/// because the server said to its tablet that it is kept.
#[derive(Debug)]
pub struct RoomForOffers {
    /// The bytes of the tablet's kept offers, by document.
    its: BTreeMap<DocumentId, i64>,
    /// The bytes of the offers of all tablets.
    total: i64,
}

impl RoomForOffers {
    /// The room that is left for the offers of a tablet.
    ///
    /// # Errors
    /// The errors of [`GroupFacts::of`].
    pub async fn of(read: &mut Read, device: &DeviceId) -> Result<Self, StorageError> {
        let total =
            Sql::new("SELECT coalesce(sum(length(changes)), 0) FROM quarantine WHERE is_offer")
                .value(read)
                .await?;
        let rows: Vec<(String, i64)> = Sql::new(
            "SELECT document, CAST(length(changes) AS BIGINT) FROM quarantine WHERE is_offer AND device = $1",
        )
        .bind(device.to_string())
        .all(read)
        .await?;
        let its = rows.into_iter().map(|(id, bytes)| Ok((parse_id("quarantine", &id)?, bytes)));
        Ok(Self { its: its.collect::<Result<_, StorageError>>()?, total })
    }

    /// Takes the room for an offer, in place of an earlier offer of the same document. Returns
    /// false, and takes nothing, if there is not enough room.
    #[must_use]
    pub fn take(&mut self, document: DocumentId, bytes: usize) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let earlier = self.its.get(&document).copied();
        let more = bytes.saturating_sub(earlier.unwrap_or(0));
        let rows = self.its.len() + usize::from(earlier.is_none());
        let own: i64 = self.its.values().sum();
        let has_room = rows <= OFFER_ROWS
            && own.saturating_add(more) <= OFFER_BYTES
            && self.total.saturating_add(more) <= OFFERS_TOTAL_BYTES;
        if has_room {
            self.its.insert(document, bytes);
            self.total += more;
        }
        has_room
    }
}

/// Keeps refused batches with their reasons. If a tablet has too many, its oldest go. If all
/// tablets together have too many, the oldest of all go. Offers never go this way:
/// [`RoomForOffers`] bounds them, and they are kept until somebody takes them up or discards them.
///
/// # Errors
/// The database failed.
pub async fn quarantine(
    write: &mut WriteTransaction,
    batches: &[QuarantinedBatch],
) -> Result<(), StorageError> {
    for batch in batches {
        let is_offer =
            batch.refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered);
        if is_offer {
            // A tablet offers the whole document each time, so the new offer contains the earlier
            // one.
            Sql::new("DELETE FROM quarantine WHERE is_offer AND device = $1 AND document = $2")
                .bind(batch.device.to_string())
                .bind(batch.document.to_string())
                .execute(write)
                .await?;
        }
        Sql::new(
            "INSERT INTO quarantine (received_at, device, document, reasons, changes, is_offer) VALUES ($1, $2, $3, $4, $5, $6)",
        )
            .bind(batch.received_at)
            .bind(batch.device.to_string())
            .bind(batch.document.to_string())
            .bind(serde_json::to_string(&batch.refusals)?)
            .bind(batch.changes.as_slice())
            .bind(is_offer)
            .execute(write)
            .await?;
    }
    if !batches.is_empty() {
        Sql::new(
            "DELETE FROM quarantine WHERE id IN (
               SELECT id FROM (
                 SELECT id, row_number() OVER its AS place, sum(length(changes)) OVER its AS bytes,
                   sum(length(changes)) OVER (ORDER BY id DESC) AS total
                 FROM quarantine WHERE NOT is_offer WINDOW its AS (PARTITION BY device ORDER BY id DESC)
               ) ranked
               WHERE place > $1 OR bytes > $2 OR total > $3)",
        )
        .bind(QUARANTINE_ROWS)
        .bind(QUARANTINE_BYTES)
        .bind(QUARANTINE_TOTAL_BYTES)
        .execute(write)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> DocumentId {
        DocumentId::mint(number, [0; 10])
    }

    fn room(its: impl IntoIterator<Item = (DocumentId, i64)>, total: i64) -> RoomForOffers {
        RoomForOffers { its: its.into_iter().collect(), total }
    }

    #[test]
    fn offers_have_room_up_to_the_bounds_of_a_tablet_and_of_all_and_take_their_own_place_again() {
        let rows = i64::try_from(OFFER_ROWS).unwrap();
        let mut full = room((1..=rows).map(|number| (id(number), 10)), rows * 10);
        assert!(!full.take(id(0), 1), "too many");
        assert!(full.take(id(1), 11), "in place of an earlier one");

        let mut large = room([(id(1), OFFER_BYTES - 5), (id(2), 5)], OFFER_BYTES);
        assert!(!large.take(id(3), 1) && !large.take(id(2), 6));
        assert!(large.take(id(2), 4) && large.take(id(3), 1) && !large.take(id(4), 1));

        let mut others = room([(id(1), 5)], OFFERS_TOTAL_BYTES - 2);
        assert!(!others.take(id(2), 3));
        assert!(others.take(id(1), 6) && others.take(id(2), 1) && !others.take(id(3), 1));
    }
}
