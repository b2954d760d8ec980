//! Releases and their chunks. They are written once and never changed.

use std::collections::HashMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::chunk::Chunk;
use calloff_core::catalogue::release::{ChunkHash, Issue, Manifest, SignedManifest, Withdrawal};
use jiff::tz::TimeZone;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{StorageError, Store};

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

impl Store {
    /// A release by its number. `None` if there is no such release.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn release(&self, number: u64) -> Result<Option<StoredRelease>, StorageError> {
        let row = sqlx::query(AssertSqlSafe(format!("{COLUMNS} WHERE number = $1")))
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The release in force on a date: the one with the highest number of those that have taken
    /// effect by this date and were not withdrawn. `None` before the first.
    ///
    /// # Errors
    /// The errors of [`Store::release`].
    pub async fn release_in_force(
        &self,
        date: Date,
    ) -> Result<Option<StoredRelease>, StorageError> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "{COLUMNS} WHERE effective_from <= $1 AND withdrawn_at IS NULL ORDER BY number DESC LIMIT 1"
)))
        .bind(date.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// All releases, also the withdrawn ones. The newest comes first.
    ///
    /// # Errors
    /// The errors of [`Store::release`].
    pub async fn releases(&self) -> Result<Vec<StoredRelease>, StorageError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{COLUMNS} ORDER BY number DESC")))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The releases with a higher number that were not withdrawn, by number. After the release in
    /// force, these are the announced ones.
    ///
    /// # Errors
    /// The errors of [`Store::release`].
    pub async fn releases_after(&self, number: u64) -> Result<Vec<StoredRelease>, StorageError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{COLUMNS} WHERE number > $1 AND withdrawn_at IS NULL ORDER BY number"
        )))
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// The withdrawals of releases with a higher number, by number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn withdrawals_after(&self, number: u64) -> Result<Vec<Withdrawal>, StorageError> {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT number, withdrawal FROM release WHERE number > $1 AND withdrawal IS NOT NULL ORDER BY number",
        )
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        let withdrawal = |(number, signature): (i64, Vec<u8>)| Withdrawal {
            number: number.unsigned_abs(),
            signature,
        };
        Ok(rows.into_iter().map(withdrawal).collect())
    }

    /// The day from which a release is superseded: the earliest first day of a release with a
    /// higher number that was not withdrawn. `None` if there is no such release.
    ///
    /// # Errors
    /// The errors of [`Store::release`].
    pub async fn successor_effective_from(
        &self,
        number: u64,
    ) -> Result<Option<Date>, StorageError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let date: Option<String> = sqlx::query_scalar(
            "SELECT min(effective_from) FROM release WHERE number > $1 AND withdrawn_at IS NULL",
        )
        .bind(number)
        .fetch_one(&self.pool)
        .await?;
        date.map(|date| date.parse().map_err(|error: jiff::Error| corrupt(number, &error)))
            .transpose()
    }

    /// The first day on which a release is the catalogue in a time zone. `None` if the release
    /// never becomes the catalogue: it was withdrawn, or a later release replaced it before it took
    /// effect there.
    ///
    /// # Errors
    /// The errors of [`Store::release`]; the day does not exist in the calendar of the zone.
    pub async fn in_force_from(
        &self,
        number: u64,
        zone: &TimeZone,
    ) -> Result<Option<Date>, StorageError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let rows: Vec<(i64, i64, String)> =
            sqlx::query_as("SELECT number, issued_at, effective_from FROM release WHERE number >= $1 AND withdrawn_at IS NULL ORDER BY number")
                .bind(number)
                .fetch_all(&self.pool)
                .await?;
        let mut issues = Vec::with_capacity(rows.len());
        for (number, issued_at, effective_from) in rows {
            let day: Date =
                effective_from.parse().map_err(|error: jiff::Error| corrupt(number, &error))?;
            let midnight = day.to_zoned(zone.clone()).map_err(|error| corrupt(number, &error))?;
            issues.push((number, day, midnight.timestamp().as_millisecond().max(issued_at)));
        }
        let Some((_, first_day, begins)) = issues.first().filter(|(first, ..)| *first == number)
        else {
            return Ok(None);
        };
        let is_replaced = issues[1..].iter().any(|(_, _, later)| later <= begins);
        Ok((!is_replaced).then_some(*first_day))
    }

    /// The highest release number, or 0 before the first, and the number of withdrawn releases.
    /// Neither ever falls.
    ///
    /// # Errors
    /// The database failed.
    pub async fn newest_release_number(&self) -> Result<(u64, u64), StorageError> {
        let (number, withdrawn): (Option<i64>, i64) =
            sqlx::query_as("SELECT max(number), count(withdrawn_at) FROM release")
                .fetch_one(&self.pool)
                .await?;
        Ok((number.unwrap_or(0).unsigned_abs(), withdrawn.unsigned_abs()))
    }

    /// A chunk, deflated as tablets fetch it. `None` if it is not stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn chunk(&self, hash: &ChunkHash) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(sqlx::query_scalar("SELECT deflated FROM chunk WHERE hash = $1")
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The deflated sizes of these chunks, in bytes. A chunk that is not stored is left out.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn chunk_sizes(
        &self,
        hashes: &[ChunkHash],
    ) -> Result<HashMap<ChunkHash, usize>, StorageError> {
        let texts: Vec<String> = hashes.iter().map(ToString::to_string).collect();
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "SELECT hash, length(deflated) FROM chunk WHERE hash IN (SELECT unhex(value) FROM json_each($1))",
        )
        .bind(serde_json::to_string(&texts)?)
        .fetch_all(&self.pool)
        .await?;
        let known: HashMap<&[u8], ChunkHash> =
            hashes.iter().map(|hash| (hash.as_bytes().as_slice(), *hash)).collect();
        let sizes = rows.iter().filter_map(|(hash, size)| {
            Some((*known.get(hash.as_slice())?, usize::try_from(*size).ok()?))
        });
        Ok(sizes.collect())
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
        let mut connection = self.pool.acquire().await?;
        let mut chunks = HashMap::with_capacity(manifest.chunks.len());
        for reference in &manifest.chunks {
            let deflated: Option<Vec<u8>> =
                sqlx::query_scalar("SELECT deflated FROM chunk WHERE hash = $1")
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

/// The number of the next release.
///
/// # Errors
/// The database failed.
pub async fn next_release_number(connection: &mut SqliteConnection) -> Result<u64, StorageError> {
    let last: i64 = sqlx::query_scalar(
        "SELECT max(releases_after, (SELECT coalesce(max(number), 0) FROM release)) FROM incarnation",
    )
    .fetch_one(connection)
    .await?;
    u64::try_from(last).map(|last| last + 1).map_err(|error| corrupt(last, &error))
}

/// Withdraws a release: tablets no longer get it, and it is never in force. `at` is in milliseconds
/// since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn mark_withdrawn(
    connection: &mut SqliteConnection,
    withdrawal: &Withdrawal,
    at: i64,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE release SET withdrawn_at = $1, withdrawal = $2 WHERE number = $3 AND withdrawn_at IS NULL")
        .bind(at)
        .bind(withdrawal.signature.as_slice())
        .bind(i64::try_from(withdrawal.number).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores a release, with those of its chunks that no earlier release brought. Returns the deflated
/// sizes of these new chunks, in bytes.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the number is taken.
pub async fn add_release(
    connection: &mut SqliteConnection,
    issue: &Issue,
    signed: &SignedManifest,
    chunks: &[Chunk],
) -> Result<Vec<usize>, StorageError> {
    let mut new_chunks = Vec::new();
    for chunk in chunks {
        let hash = chunk.reference().hash;
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM chunk WHERE hash = $1)")
            .bind(hash.as_bytes().as_slice())
            .fetch_one(&mut *connection)
            .await?;
        if known {
            continue;
        }
        let deflated = chunk.deflated();
        sqlx::query("INSERT INTO chunk (hash, deflated) VALUES ($1, $2)")
            .bind(hash.as_bytes().as_slice())
            .bind(deflated.as_slice())
            .execute(&mut *connection)
            .await?;
        new_chunks.push(deflated.len());
    }
    sqlx::query(
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
            effective_from: effective_from
                .parse()
                .map_err(|error: jiff::Error| corrupt(number, &error))?,
            publisher: publisher
                .parse()
                .map_err(|error: calloff_core::ids::IdError| corrupt(number, &error))?,
            reason: row.try_get("reason")?,
        },
        signed: SignedManifest {
            manifest: row.try_get("manifest")?,
            signature: row.try_get("signature")?,
        },
        is_withdrawn: row.try_get("is_withdrawn")?,
    })
}

fn corrupt(number: i64, reason: &dyn std::error::Error) -> StorageError {
    StorageError::Corrupt { what: "release", id: number.to_string(), reason: reason.to_string() }
}
