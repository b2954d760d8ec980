//! Jobs: work that the server does later, and again if it fails (docs/adr/0015-jobs.md).
//!
//! A kind and a key name a job, and it has one row. One node at a time works on it, because only a
//! write takes a job, and there is one writer. The node has a lease. When the lease ends, another
//! node may begin the job once more.
//!
//! All times are milliseconds since the Unix epoch.

use calloff_core::wire::{JobKind, JobRow, JobState};
use sqlx::FromRow;

use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{CLOCK_STEP, ServerStore, StorageError, to_u32};

/// How long a node may work on a job without a sign of life: five minutes. The clocks of the nodes
/// may differ by some minutes, and a lease must not end early because of that.
pub const LEASE: i64 = 5 * 60 * 1000;

/// The most attempts of a job that does not repeat itself. With the pauses between them, they take
/// two to three hours. By then, another server that was stopped for the evening is back.
pub const ATTEMPTS: u32 = 12;

/// How long a job is kept after it was done or cancelled: a week. The list of jobs has it until
/// then.
const ENDED_KEPT: i64 = 7 * 24 * 60 * 60 * 1000;

/// How long a failed job is kept: 30 days. An administrator who was away for weeks still finds it.
const FAILED_KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// The most bytes of a reason that are kept.
const REASON_BYTES: usize = 1_000;

/// A job to be enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewJob<'a> {
    /// The kind of work.
    pub kind: JobKind,
    /// The name of this piece of work among those of its kind.
    pub key: &'a str,
    /// What the work needs to know, as JSON.
    pub payload: &'a serde_json::Value,
    /// The earliest time at which it runs.
    pub run_at: i64,
}

/// A job that this node works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenJob {
    /// The number of the job.
    pub id: i64,
    /// The kind of work.
    pub kind: JobKind,
    /// The name of this piece of work among those of its kind.
    pub key: String,
    /// What the work needs to know, as JSON.
    pub payload: String,
    /// The number of this attempt, from 1.
    pub attempts: u32,
    /// Whether the work repeats itself.
    pub repeats: bool,
    /// Tells this run from other runs of the same job.
    run: i64,
}

/// The fields of a row that decide what becomes of it.
#[derive(FromRow)]
struct Row {
    kind: String,
    key: String,
    state: String,
    attempts: i64,
    runs: i64,
    run_at: i64,
    every: Option<i64>,
    is_wanted_again: bool,
    error: Option<String>,
}

/// The next state of a job on which no node works any more.
struct Next<'a> {
    state: JobState,
    run_at: i64,
    attempts: i64,
    error: Option<&'a str>,
    ended_at: Option<i64>,
}

impl<'a> Next<'a> {
    /// The job waits for its first attempt.
    fn fresh(run_at: i64) -> Self {
        Self { state: JobState::Waiting, run_at, attempts: 0, error: None, ended_at: None }
    }

    /// The job does not run again by itself.
    fn ended(state: JobState, row: &Row, error: Option<&'a str>, now: i64) -> Self {
        let (run_at, attempts) = (row.run_at, row.attempts);
        Self { state, run_at, attempts, error, ended_at: Some(now) }
    }
}

/// Enqueues a job. It runs if the transaction is committed. The caller then sends
/// [`crate::state::Wake::Jobs`], so that it runs at once.
///
/// If there is a job of this kind with this key, it gets the payload and the time of this call. If
/// the job is running, it runs once more afterwards. Otherwise its attempts are counted from 1
/// again.
///
/// # Errors
/// The database failed.
pub async fn enqueue(
    write: &mut WriteTransaction,
    job: NewJob<'_>,
    now: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO job (kind, key, payload, state, run_at, created_at)
         VALUES ($1, $2, $3, 'waiting', $4, $5)
         ON CONFLICT (kind, key) DO UPDATE SET
             payload = excluded.payload,
             run_at = excluded.run_at,
             created_at = excluded.created_at,
             is_wanted_again = (job.state = 'running'),
             attempts = CASE WHEN job.state = 'running' THEN job.attempts ELSE 0 END,
             state = CASE WHEN job.state = 'running' THEN job.state ELSE 'waiting' END,
             error = NULL,
             ended_at = NULL",
    )
    .bind(job.kind.name())
    .bind(job.key)
    .bind(job.payload.to_string())
    .bind(job.run_at)
    .bind(now)
    .execute(write)
    .await?;
    Ok(())
}

/// Makes sure that there is a job that repeats itself. `every` is the time between two runs, in
/// milliseconds. A new job runs at once.
///
/// # Errors
/// The database failed.
pub async fn repeat(
    write: &mut WriteTransaction,
    kind: JobKind,
    every: i64,
    now: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO job (kind, key, payload, state, every, run_at, created_at)
         VALUES ($1, '', 'null', 'waiting', $2, $3, $3)
         ON CONFLICT (kind, key) DO UPDATE SET every = excluded.every",
    )
    .bind(kind.name())
    .bind(every)
    .bind(now)
    .execute(write)
    .await?;
    Ok(())
}

/// The end of a statement: the condition for a job that a node may take now. A job that repeats
/// itself is due, too, if its turn is further away than its period. A clock that ran ahead planned
/// it. A lease that ends later than a lease can is from such a clock, too.
fn push_due(sql: &mut Sql, kinds: &[JobKind], now: i64) -> Result<(), StorageError> {
    sql.push(" WHERE kind IN (SELECT value FROM json_each(");
    sql.push_bind(serde_json::to_string(kinds)?);
    sql.push(")) AND (state = 'waiting' AND (run_at <= ").push_bind(now);
    sql.push(" OR run_at - every > ").push_bind(now.saturating_add(CLOCK_STEP));
    sql.push(") OR state = 'running' AND (taken_until <= ").push_bind(now);
    sql.push(" OR taken_until > ").push_bind(now.saturating_add(LEASE + CLOCK_STEP));
    sql.push(")) ORDER BY run_at, id LIMIT 1");
    Ok(())
}

/// Takes the job of these kinds that is due for the longest time. `node` is the name of this server
/// for people. `None` if no job is due.
///
/// # Errors
/// The database failed.
pub async fn take(
    write: &mut WriteTransaction,
    kinds: &[JobKind],
    node: &str,
    now: i64,
) -> Result<Option<TakenJob>, StorageError> {
    loop {
        let mut sql = Sql::new("SELECT id FROM job");
        push_due(&mut sql, kinds, now)?;
        let Some(id) = sql.optional_value::<i64>(write).await? else { return Ok(None) };
        let Some(row) = row(write, id).await? else { return Ok(None) };
        // Its server stopped again and again in the middle, perhaps because of this job.
        if row.state == name(JobState::Running)
            && row.every.is_none()
            && !row.is_wanted_again
            && row.attempts >= i64::from(ATTEMPTS)
        {
            let error = "the server that worked on it stopped in the middle, as often as it tried";
            put(write, id, Next::ended(JobState::Failed, &row, Some(error), now)).await?;
            continue;
        }
        let Some(kind) = JobKind::named(&row.kind) else { return Ok(None) };
        let attempts = if row.is_wanted_again { 1 } else { row.attempts + 1 };
        let payload = Sql::new(
            "UPDATE job SET state = 'running', node = $1, taken_until = $2, attempts = $3,
                 runs = runs + 1, is_wanted_again = false
             WHERE id = $4 RETURNING payload",
        )
        .bind(node)
        .bind(now.saturating_add(LEASE))
        .bind(attempts)
        .bind(id)
        .value(write)
        .await?;
        return Ok(Some(TakenJob {
            id,
            kind,
            key: row.key,
            payload,
            attempts: to_u32(attempts),
            repeats: row.every.is_some(),
            run: row.runs + 1,
        }));
    }
}

/// Renews the lease of a taken job. `false` if this run does not count any more, because somebody
/// cancelled the job, or because the lease ended and another node took it.
///
/// # Errors
/// The database failed.
pub async fn renew(
    write: &mut WriteTransaction,
    taken: &TakenJob,
    now: i64,
) -> Result<bool, StorageError> {
    let done = Sql::new(
        "UPDATE job SET taken_until = $1 WHERE id = $2 AND runs = $3 AND state = 'running'",
    )
    .bind(now.saturating_add(LEASE))
    .bind(taken.id)
    .bind(taken.run)
    .execute(write)
    .await?;
    Ok(done == 1)
}

/// Writes that a taken job was done. A job that repeats itself, or that was enqueued again
/// meanwhile, waits for its next turn. `false` if this run does not count any more, as with
/// [`renew`]. Work that must not count twice calls this in its own transaction, and commits only
/// after `true`.
///
/// # Errors
/// The database failed.
pub async fn finish(
    write: &mut WriteTransaction,
    taken: &TakenJob,
    now: i64,
) -> Result<bool, StorageError> {
    let Some(row) = row_of(write, taken).await? else { return Ok(false) };
    let next = match row.every {
        _ if row.is_wanted_again => Next::fresh(row.run_at),
        Some(every) => Next::fresh(now.saturating_add(every)),
        None => Next::ended(JobState::Done, &row, None, now),
    };
    put(write, taken.id, next).await?;
    Ok(true)
}

/// Writes why a taken job failed. It runs again at `retry_at`, or never by itself with `None`. If
/// somebody enqueued the job again meanwhile, it waits for its first attempt again instead.
///
/// # Errors
/// The database failed.
pub async fn fail(
    write: &mut WriteTransaction,
    taken: &TakenJob,
    reason: &str,
    retry_at: Option<i64>,
    now: i64,
) -> Result<(), StorageError> {
    let Some(row) = row_of(write, taken).await? else { return Ok(()) };
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES)];
    let next = match retry_at {
        _ if row.is_wanted_again => Next { error: Some(reason), ..Next::fresh(row.run_at) },
        Some(run_at) => Next { attempts: row.attempts, error: Some(reason), ..Next::fresh(run_at) },
        None => Next::ended(JobState::Failed, &row, Some(reason), now),
    };
    put(write, taken.id, next).await
}

/// Gives a taken job back, because this server stops. The attempt does not count.
///
/// # Errors
/// The database failed.
pub async fn give_back(
    write: &mut WriteTransaction,
    taken: &TakenJob,
    now: i64,
) -> Result<(), StorageError> {
    let Some(row) = row_of(write, taken).await? else { return Ok(()) };
    let attempts = if row.is_wanted_again { 0 } else { row.attempts - 1 };
    put(write, taken.id, Next { attempts, ..Next::fresh(row.run_at.min(now)) }).await
}

/// The kind and the key of a job, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobName {
    /// The name of the kind.
    pub kind: String,
    /// The key. Empty for work that repeats itself.
    pub key: String,
}

/// What came of a request about one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// The job changed.
    Changed(JobName),
    /// The job was in that state before.
    Unchanged,
    /// There is no such job.
    Unknown,
}

/// Cancels a job. A node that works on it learns this from [`renew`]. A job that repeats itself
/// skips this turn only.
///
/// # Errors
/// The database failed.
pub async fn cancel(
    write: &mut WriteTransaction,
    id: i64,
    now: i64,
) -> Result<Acted, StorageError> {
    let Some(row) = row(write, id).await? else { return Ok(Acted::Unknown) };
    if [JobState::Done, JobState::Cancelled].into_iter().any(|state| row.state == name(state)) {
        return Ok(Acted::Unchanged);
    }
    let next = match row.every {
        Some(every) => Next::fresh(now.saturating_add(every)),
        None => Next::ended(JobState::Cancelled, &row, row.error.as_deref(), now),
    };
    put(write, id, next).await?;
    Ok(Acted::Changed(JobName { kind: row.kind, key: row.key }))
}

/// Runs a job again, or at once if it waits. A job that is running runs once more afterwards.
///
/// # Errors
/// The database failed.
pub async fn run_again(
    write: &mut WriteTransaction,
    id: i64,
    now: i64,
) -> Result<Acted, StorageError> {
    let Some(row) = row(write, id).await? else { return Ok(Acted::Unknown) };
    if row.state == name(JobState::Running) {
        Sql::new("UPDATE job SET is_wanted_again = true, run_at = $1 WHERE id = $2")
            .bind(now)
            .bind(id)
            .execute(write)
            .await?;
    } else {
        put(write, id, Next::fresh(now)).await?;
    }
    Ok(Acted::Changed(JobName { kind: row.kind, key: row.key }))
}

/// Deletes the jobs that ended long ago.
///
/// # Errors
/// The database failed.
pub async fn delete_ended(write: &mut WriteTransaction, now: i64) -> Result<(), StorageError> {
    Sql::new(
        "DELETE FROM job WHERE state IN ('done', 'cancelled') AND ended_at <= $1
         OR state = 'failed' AND ended_at <= $2",
    )
    .bind(now.saturating_sub(ENDED_KEPT))
    .bind(now.saturating_sub(FAILED_KEPT))
    .execute(write)
    .await?;
    Ok(())
}

impl ServerStore {
    /// Whether a job of these kinds is due. This takes no lock, so a node can ask often.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_due_job(&self, kinds: &[JobKind], now: i64) -> Result<bool, StorageError> {
        let mut sql = Sql::new("SELECT id FROM job");
        push_due(&mut sql, kinds, now)?;
        Ok(sql.optional_value::<i64>(&mut self.read().await?).await?.is_some())
    }

    /// At most `limit` jobs: the failed ones first, then those that run, those that wait in the
    /// order of their times, and the ended ones, the latest first.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<JobRow>, StorageError> {
        let rows: Vec<ListedRow> = Sql::new(
            "SELECT id, kind, key, state, attempts, run_at, every, node, error, ended_at FROM job
             ORDER BY CASE state WHEN 'failed' THEN 0 WHEN 'running' THEN 1 WHEN 'waiting' THEN 2
                 ELSE 3 END, coalesce(-ended_at, run_at), id LIMIT $1",
        )
        .bind(limit)
        .all(&mut self.read().await?)
        .await?;
        rows.into_iter().map(ListedRow::listed).collect()
    }
}

#[derive(FromRow)]
struct ListedRow {
    id: i64,
    kind: String,
    key: String,
    state: String,
    attempts: i64,
    run_at: i64,
    every: Option<i64>,
    node: Option<String>,
    error: Option<String>,
    ended_at: Option<i64>,
}

impl ListedRow {
    fn listed(self) -> Result<JobRow, StorageError> {
        let state =
            serde_json::from_value(self.state.into()).map_err(|error| StorageError::Corrupt {
                what: "job",
                id: self.id.to_string(),
                reason: error.to_string(),
            })?;
        Ok(JobRow {
            id: self.id,
            kind: self.kind,
            key: self.key,
            state,
            attempts: to_u32(self.attempts),
            run_at: self.run_at,
            repeats: self.every.is_some(),
            node: self.node,
            error: self.error,
            ended_at: self.ended_at,
        })
    }
}

/// The name of a state in the database.
const fn name(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Failed => "failed",
        JobState::Done => "done",
        JobState::Cancelled => "cancelled",
    }
}

async fn row(read: &mut Read, id: i64) -> Result<Option<Row>, StorageError> {
    Sql::new(
        "SELECT kind, key, state, attempts, runs, run_at, every, is_wanted_again, error FROM job
         WHERE id = $1",
    )
    .bind(id)
    .optional(read)
    .await
}

/// The row of a taken job. `None` if this run does not count any more.
async fn row_of(read: &mut Read, taken: &TakenJob) -> Result<Option<Row>, StorageError> {
    let row = row(read, taken.id).await?;
    Ok(row.filter(|row| row.runs == taken.run && row.state == name(JobState::Running)))
}

async fn put(write: &mut WriteTransaction, id: i64, next: Next<'_>) -> Result<(), StorageError> {
    Sql::new(
        "UPDATE job SET state = $1, run_at = $2, attempts = $3, error = $4, ended_at = $5,
             node = NULL, taken_until = NULL, is_wanted_again = false
         WHERE id = $6",
    )
    .bind(name(next.state))
    .bind(next.run_at)
    .bind(next.attempts)
    .bind(next.error)
    .bind(next.ended_at)
    .bind(id)
    .execute(write)
    .await?;
    Ok(())
}
