//! Releases and their chunks. They are written once and never changed.

use std::collections::HashMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{ChunkHash, Issue, Manifest, SignedManifest, Withdrawal};
use jiff::tz::TimeZone;
use sqlx::FromRow;

use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ROWS_AT_ONCE, ServerStore, StorageError};

/// A release without its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelease {
    /// The number, first day, publisher and reason of the release.
    pub issue: Issue,
    /// The signed manifest as tablets fetch it.
    pub signed: SignedManifest,
    /// Whether the release was withdrawn before its first day. Tablets no longer get it, and it is
    /// never in force.
    pub is_withdrawn: bool,
}

impl StoredRelease {
    /// Whether the release is announced on a day: it takes effect later, and no release with a
    /// higher number replaces it by then.
    #[must_use]
    pub fn is_announced(&self, releases: &[Self], day: Date) -> bool {
        let replaces = |other: &Self| {
            !other.is_withdrawn
                && other.issue.number > self.issue.number
                && other.issue.effective_from <= self.issue.effective_from
        };
        !self.is_withdrawn && self.issue.effective_from > day && !releases.iter().any(replaces)
    }
}

const COLUMNS: &str = "SELECT number, effective_from, issued_at, publisher, reason, manifest, signature, \
    withdrawn_at IS NOT NULL AS is_withdrawn FROM release";

/// The time in which a release is the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The first day. `None` if the release never becomes the catalogue: it was withdrawn, or a
    /// later release replaced it before it took effect.
    pub from: Option<Date>,
    /// The first day of the earliest release with a higher number that was not withdrawn.
    pub successor_from: Option<Date>,
}

impl ServerStore {
    /// A release by its number. `None` if there is no such release.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn release(&self, number: u64) -> Result<Option<StoredRelease>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE number = ").push_bind(i64::try_from(number).unwrap_or(i64::MAX));
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        row.map(Row::release).transpose()
    }

    /// The release in force on a date: the one with the highest number of those that have taken
    /// effect by this date and were not withdrawn. `None` before the first.
    ///
    /// # Errors
    /// The errors of [`ServerStore::release`].
    pub async fn release_in_force(
        &self,
        date: Date,
    ) -> Result<Option<StoredRelease>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE effective_from <= ").push_bind(date.to_string());
        sql.push(" AND withdrawn_at IS NULL ORDER BY number DESC LIMIT 1");
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        row.map(Row::release).transpose()
    }

    /// All releases, also the withdrawn ones. The newest comes first.
    ///
    /// # Errors
    /// The errors of [`ServerStore::release`].
    pub async fn releases(&self) -> Result<Vec<StoredRelease>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" ORDER BY number DESC");
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::release).collect()
    }

    /// The releases with a higher number that were not withdrawn, by number. After the release in
    /// force, these are the announced ones.
    ///
    /// # Errors
    /// The errors of [`ServerStore::release`].
    pub async fn releases_after(&self, number: u64) -> Result<Vec<StoredRelease>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE number > ").push_bind(i64::try_from(number).unwrap_or(i64::MAX));
        sql.push(" AND withdrawn_at IS NULL ORDER BY number");
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::release).collect()
    }

    /// The withdrawals of releases with a higher number, by number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn withdrawals_after(&self, number: u64) -> Result<Vec<Withdrawal>, StorageError> {
        let rows: Vec<(i64, Vec<u8>)> = Sql::new(
            "SELECT number, withdrawal FROM release WHERE number > $1 AND withdrawal IS NOT NULL ORDER BY number",
        )
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .all(&mut self.read().await?)
        .await?;
        let withdrawal = |(number, signature): (i64, Vec<u8>)| Withdrawal {
            number: number.unsigned_abs(),
            signature,
        };
        Ok(rows.into_iter().map(withdrawal).collect())
    }

    /// The time in which a release is the catalogue in a time zone.
    ///
    /// # Errors
    /// The errors of [`ServerStore::release`]; the day does not exist in the calendar of the zone.
    pub async fn term_of(&self, number: u64, zone: &TimeZone) -> Result<Term, StorageError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let rows: Vec<(i64, i64, String)> =
            Sql::new("SELECT number, issued_at, effective_from FROM release WHERE number >= $1 AND withdrawn_at IS NULL ORDER BY number")
                .bind(number)
                .all(&mut self.read().await?)
                .await?;
        let mut issues = Vec::with_capacity(rows.len());
        for (number, issued_at, effective_from) in rows {
            let day: Date =
                effective_from.parse().map_err(|error: jiff::Error| corrupt(number, &error))?;
            let midnight = day.to_zoned(zone.clone()).map_err(|error| corrupt(number, &error))?;
            issues.push((number, day, midnight.timestamp().as_millisecond().max(issued_at)));
        }
        let later = |issue: &&(i64, Date, i64)| issue.0 > number;
        let successor_from = issues.iter().filter(later).map(|(_, day, _)| *day).min();
        let own = issues.first().filter(|(first, ..)| *first == number);
        let is_replaced = |begins: i64| issues.iter().filter(later).any(|issue| issue.2 <= begins);
        let from = own.filter(|issue| !is_replaced(issue.2)).map(|(_, day, _)| *day);
        Ok(Term { from, successor_from })
    }

    /// A chunk, deflated as tablets fetch it. `None` if it is not stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn chunk(&self, hash: &ChunkHash) -> Result<Option<Vec<u8>>, StorageError> {
        Sql::new("SELECT deflated FROM chunk WHERE hash = $1")
            .bind(hash.as_bytes().as_slice())
            .optional_value(&mut self.read().await?)
            .await
    }

    /// The deflated sizes of these chunks, in bytes. A chunk that is not stored is left out.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn chunk_sizes(
        &self,
        hashes: &[ChunkHash],
    ) -> Result<HashMap<ChunkHash, usize>, StorageError> {
        let mut sizes = HashMap::with_capacity(hashes.len());
        for hashes in hashes.chunks(ROWS_AT_ONCE) {
            let known: HashMap<&[u8], ChunkHash> =
                hashes.iter().map(|hash| (hash.as_bytes().as_slice(), *hash)).collect();
            let mut sql = Sql::new(
                "SELECT hash, CAST(length(deflated) AS BIGINT) FROM chunk WHERE hash IN (",
            );
            sql.push_rows(known.keys(), |hash| [(*hash).into()]).push(")");
            let rows: Vec<(Vec<u8>, i64)> = sql.all(&mut self.read().await?).await?;
            sizes.extend(rows.iter().filter_map(|(hash, size)| {
                Some((*known.get(hash.as_slice())?, usize::try_from(*size).ok()?))
            }));
        }
        Ok(sizes)
    }

    /// The inflated bytes of all chunks of a manifest. Each is compared with its hash. A chunk that
    /// is not stored is left out.
    ///
    /// # Errors
    /// The database failed, or a stored chunk is not what was published.
    pub async fn chunks(
        &self,
        manifest: &Manifest,
    ) -> Result<HashMap<ChunkHash, Vec<u8>>, StorageError> {
        let mut read = self.read().await?;
        let mut chunks = HashMap::with_capacity(manifest.chunks.len());
        for reference in &manifest.chunks {
            let deflated: Option<Vec<u8>> = Sql::new("SELECT deflated FROM chunk WHERE hash = $1")
                .bind(reference.hash.as_bytes().as_slice())
                .optional_value(&mut read)
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

/// The number of the next release.
///
/// # Errors
/// The database failed.
pub async fn next_release_number(read: &mut Read) -> Result<u64, StorageError> {
    let last = last_release_number(read).await?;
    u64::try_from(last).map(|last| last + 1).map_err(|error| corrupt(last, &error))
}

/// The highest number of a release that some tablet may have. 0 before the first release.
pub(super) async fn last_release_number(read: &mut Read) -> Result<i64, StorageError> {
    let (after, highest): (i64, i64) = Sql::new(
        "SELECT releases_after, (SELECT coalesce(max(number), 0) FROM release) FROM incarnation",
    )
    .one(read)
    .await?;
    Ok(after.max(highest))
}

/// Withdraws a release: tablets no longer get it, and it is never in force. `at` is in milliseconds
/// since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn mark_withdrawn(
    write: &mut WriteTransaction,
    withdrawal: &Withdrawal,
    at: i64,
) -> Result<(), StorageError> {
    Sql::new("UPDATE release SET withdrawn_at = $1, withdrawal = $2 WHERE number = $3 AND withdrawn_at IS NULL")
        .bind(at)
        .bind(withdrawal.signature.as_slice())
        .bind(i64::try_from(withdrawal.number).unwrap_or(i64::MAX))
        .execute(write)
        .await?;
    Ok(())
}

/// Stores a release, with those of its chunks that no earlier release brought. Returns the deflated
/// sizes of these new chunks, in bytes.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the number is taken.
pub async fn add_release(
    write: &mut WriteTransaction,
    issue: &Issue,
    signed: &SignedManifest,
    chunks: &[Chunk],
) -> Result<Vec<usize>, StorageError> {
    let mut new_chunks = Vec::new();
    for chunk in chunks {
        let hash = chunk.reference().hash;
        let known: bool = Sql::new("SELECT EXISTS (SELECT 1 FROM chunk WHERE hash = $1)")
            .bind(hash.as_bytes().as_slice())
            .value(write)
            .await?;
        if known {
            continue;
        }
        let deflated = chunk.deflated();
        Sql::new("INSERT INTO chunk (hash, deflated) VALUES ($1, $2)")
            .bind(hash.as_bytes().as_slice())
            .bind(deflated.as_slice())
            .execute(write)
            .await?;
        new_chunks.push(deflated.len());
    }
    Sql::new(
        "INSERT INTO release (number, effective_from, issued_at, publisher, reason, manifest, signature) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(i64::try_from(issue.number).unwrap_or(i64::MAX))
    .bind(issue.effective_from.to_string())
    .bind(issue.issued_at)
    .bind(issue.publisher.as_str())
    .bind(&issue.reason)
    .bind(signed.manifest.as_slice())
    .bind(signed.signature.as_slice())
    .execute(write)
    .await?;
    Ok(new_chunks)
}

#[derive(FromRow)]
struct Row {
    number: i64,
    effective_from: String,
    issued_at: i64,
    publisher: String,
    reason: String,
    manifest: Vec<u8>,
    signature: Vec<u8>,
    is_withdrawn: bool,
}

impl Row {
    fn release(self) -> Result<StoredRelease, StorageError> {
        let number = self.number;
        Ok(StoredRelease {
            issue: Issue {
                number: u64::try_from(number).map_err(|error| corrupt(number, &error))?,
                issued_at: self.issued_at,
                effective_from: self
                    .effective_from
                    .parse()
                    .map_err(|error: jiff::Error| corrupt(number, &error))?,
                publisher: self
                    .publisher
                    .parse()
                    .map_err(|error: calloff_core::ids::IdError| corrupt(number, &error))?,
                reason: self.reason,
            },
            signed: SignedManifest { manifest: self.manifest, signature: self.signature },
            is_withdrawn: self.is_withdrawn,
        })
    }
}

fn corrupt(number: i64, reason: &dyn std::error::Error) -> StorageError {
    StorageError::Corrupt { what: "release", id: number.to_string(), reason: reason.to_string() }
}
