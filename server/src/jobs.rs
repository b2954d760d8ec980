//! Jobs: work that the server does later, and again if it fails (docs/adr/0015-jobs.md).
//!
//! A transaction that decides that something has to be done enqueues a job
//! ([`crate::storage::jobs::enqueue`]). A worker on each node takes the jobs that are due. A job
//! may begin more than once, because a node may stop in the middle. So its work must be safe to
//! repeat, and safe to abandon wherever it waits.

mod expiry;
mod old_orders;
pub mod releases;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use calloff_core::wire::{AuditAct, JobKind};
use futures_util::FutureExt as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::dispatch;
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, Doing, record};
use crate::storage::jobs::{
    ATTEMPTS, Acted, JobName, TakenJob, cancel, fail, finish, give_back, renew, repeat, run_again,
    take,
};
use crate::storage::{ServerStore, StorageError};
use crate::sync::compact;

/// The most jobs that a node works on at the same time. So a slow one does not hold up the others.
const AT_ONCE: usize = 4;

/// How often a node looks for jobs without a wake-up. Another process may have enqueued some
/// (`calloff publish`), or their time has come. This takes one short read.
const POLL: Duration = Duration::from_secs(2);

/// How often a node renews its leases, and notices that a running job was cancelled.
const RENEWAL: Duration = Duration::from_secs(20);

/// The pause after the first failed attempt, in milliseconds. It doubles with each attempt.
const FIRST_PAUSE: i64 = 10 * 1000;

/// The longest pause between two attempts, in milliseconds: an hour.
const LONGEST_PAUSE: i64 = 60 * 60 * 1000;

const HOUR: i64 = 60 * 60 * 1000;

/// The jobs that repeat themselves, and the time between two runs in milliseconds.
const REPEATING: [(JobKind, i64); 3] =
    [(JobKind::Compaction, HOUR), (JobKind::Expiry, HOUR), (JobKind::OldOrders, 24 * HOUR)];

/// Does the work of a job.
async fn carry_out(state: &AppState, job: &TakenJob) -> Result<(), ServiceError> {
    match job.kind {
        JobKind::Compaction => match compact(state).await? {
            0 => {}
            count => tracing::info!(count, "settled orders were compacted"),
        },
        JobKind::Dispatch => dispatch::send(state, job).await?,
        JobKind::Expiry => expiry::expire(state).await?,
        JobKind::OldOrders => old_orders::leave(state).await?,
        JobKind::Release => state.wake(Wake::Release),
    }
    Ok(())
}

/// Works on jobs until the server stops. Then it gives back those that are not done, so that
/// another node can take them at once.
pub async fn work(state: AppState) {
    let mut stopping = state.stopping.subscribe();
    let mut wakes = state.listen();
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut running = JoinSet::new();
    let mut has_planned = false;
    loop {
        tokio::select! {
            _ = poll.tick() => {}
            () = woken(&mut wakes) => {}
            Some(_) = running.join_next() => {}
            _ = stopping.wait_for(|stopping| *stopping) => break,
        }
        let started = async {
            if !has_planned {
                plan(&state).await?;
                has_planned = true;
            }
            while running.len() < AT_ONCE
                && let Some(job) = take_due(&state).await?
            {
                let state = state.clone();
                running.spawn(async move {
                    run(&state, &job, carry_out(&state, &job), RENEWAL).await;
                });
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = started.await {
            tracing::warn!("jobs cannot be looked for: {error}");
        }
    }
    while running.join_next().await.is_some() {}
}

/// Works on all jobs that are due, one after the other, and returns their number. This is for
/// tests, which set the clock.
///
/// # Errors
/// The database failed.
pub async fn work_on_due(state: &AppState) -> Result<usize, StorageError> {
    let mut count = 0;
    while let Some(job) = take_due(state).await? {
        run(state, &job, carry_out(state, &job), RENEWAL).await;
        count += 1;
    }
    Ok(count)
}

/// Makes sure that the jobs that repeat themselves exist.
///
/// # Errors
/// The database failed.
pub async fn plan(state: &AppState) -> Result<(), StorageError> {
    let mut write = state.store.write().await?;
    for (kind, every) in REPEATING {
        repeat(&mut write, kind, every, state.now()).await?;
    }
    write.commit().await
}

/// What an administrator does with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobChange {
    /// Cancels it. Nothing happens to a job that was done or cancelled before.
    Cancel,
    /// Runs it again, or at once if it waits.
    RunAgain,
}

/// Changes a job for an administrator, and records that. `false` if there is no such job.
///
/// # Errors
/// The database failed, or the order of a purchase order cannot be read.
pub async fn change(
    store: &ServerStore,
    id: i64,
    change: JobChange,
    doing: &Doing,
) -> Result<bool, ServiceError> {
    let mut write = store.write().await?;
    let (act, acted) = match change {
        JobChange::Cancel => (AuditAct::JobCancelled, cancel(&mut write, id, doing.at).await?),
        JobChange::RunAgain => (AuditAct::JobRunAgain, run_again(&mut write, id, doing.at).await?),
    };
    match acted {
        Acted::Changed(JobName { kind, key }) => {
            if change == JobChange::Cancel && kind == JobKind::Dispatch.name() {
                let why = "an administrator cancelled the sending";
                dispatch::given_up(&mut write, &key, why, doing.at).await?;
            }
            let mut act = Act::new(act, kind);
            if !key.is_empty() {
                act = act.with("key", key);
            }
            record(&mut write, doing, &act).await?;
            write.commit().await?;
            Ok(true)
        }
        Acted::Unchanged => Ok(true),
        Acted::Unknown => Ok(false),
    }
}

/// Waits until a job may have been enqueued.
async fn woken(wakes: &mut Receiver<Wake>) {
    loop {
        match wakes.recv().await {
            Ok(Wake::Jobs | Wake::Everything) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            // The server stops.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Takes a job that is due. Without one, it takes no lock.
async fn take_due(state: &AppState) -> Result<Option<TakenJob>, StorageError> {
    if !state.store.has_due_job(&JobKind::ALL, state.now()).await? {
        return Ok(None);
    }
    let mut write = state.store.write().await?;
    let name = rustix::system::uname();
    let name = name.nodename().to_string_lossy();
    let taken = take(&mut write, &JobKind::ALL, &name, state.now()).await?;
    write.commit().await?;
    Ok(taken)
}

/// What came of a run.
enum Outcome {
    Done,
    Failed(String),
    /// The server stops.
    Stopped,
}

/// Does the `work` of a taken job, and writes what came of it. Renews the job's lease again and
/// again, with a pause of `renewal` in between. When the job was cancelled or another node took it,
/// the work is dropped where it waits.
pub async fn run(
    state: &AppState,
    job: &TakenJob,
    work: impl Future<Output = Result<(), ServiceError>>,
    renewal: Duration,
) {
    let mut stopping = state.stopping.subscribe();
    let outcome = tokio::select! {
        result = AssertUnwindSafe(work).catch_unwind() => match result {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(panic) => Outcome::Failed(format!("it panicked: {}", words_of(panic.as_ref()))),
        },
        () = lost(state, job, renewal) => {
            tracing::info!(kind = job.kind.name(), key = job.key, "a job was cancelled");
            return;
        }
        _ = stopping.wait_for(|stopping| *stopping) => Outcome::Stopped,
    };
    if let Err(error) = settle(state, job, outcome).await {
        // It runs again when its lease ends.
        tracing::warn!(kind = job.kind.name(), key = job.key, "a job cannot be settled: {error}");
    }
}

/// Renews the lease of a job, and returns when this run does not count any more.
async fn lost(state: &AppState, job: &TakenJob, renewal: Duration) {
    loop {
        tokio::time::sleep(renewal).await;
        let renewed = async {
            let mut write = state.store.write().await?;
            let is_ours = renew(&mut write, job, state.now()).await?;
            write.commit().await?;
            Ok::<_, StorageError>(is_ours)
        };
        match renewed.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!("the lease of a job cannot be renewed: {error}"),
        }
    }
}

async fn settle(state: &AppState, job: &TakenJob, outcome: Outcome) -> Result<(), ServiceError> {
    let now = state.now();
    let mut write = state.store.write().await?;
    match outcome {
        Outcome::Done => {
            finish(&mut write, job, now).await?;
        }
        Outcome::Stopped => give_back(&mut write, job, now).await?,
        Outcome::Failed(reason) => {
            tracing::warn!(kind = job.kind.name(), key = job.key, "a job failed: {reason}");
            let pause = pause_after(job.attempts, u64::from_le_bytes(state.random()?));
            // Work that repeats itself would otherwise never run again.
            let is_tried_again = job.repeats || job.attempts < ATTEMPTS;
            let retry_at = is_tried_again.then(|| now.saturating_add(pause));
            fail(&mut write, job, &reason, retry_at, now).await?;
            if retry_at.is_none() && job.kind == JobKind::Dispatch {
                dispatch::given_up(&mut write, &job.key, &reason, now).await?;
            }
        }
    }
    Ok(write.commit().await?)
}

/// The pause after a failed attempt, in milliseconds. It doubles up to [`LONGEST_PAUSE`]. Between
/// half of it and the whole is random, so that jobs that failed together do not come back together.
fn pause_after(attempts: u32, random: u64) -> i64 {
    let doubled = FIRST_PAUSE.saturating_mul(1_i64 << attempts.saturating_sub(1).min(30));
    let whole = doubled.min(LONGEST_PAUSE);
    let half = whole / 2;
    half + i64::try_from(random % half.unsigned_abs()).unwrap_or_default()
}

/// The words of a panic.
fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it did not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_an_hour_and_half_of_it_is_random() {
        let shortest = |attempts| pause_after(attempts, 0);
        assert_eq!([1, 2, 3, 4].map(shortest), [5_000, 10_000, 20_000, 40_000]);
        assert_eq!(
            [9, 10, 40, u32::MAX].map(shortest),
            [1_280_000, 1_800_000, 1_800_000, 1_800_000]
        );
        for random in [1, 4_999, 5_000, u64::MAX] {
            let pause = pause_after(1, random);
            assert!((5_000..10_000).contains(&pause), "{random}: {pause}");
        }
        assert_ne!(pause_after(1, 1), pause_after(1, 2));
        let all: i64 = (1..ATTEMPTS).map(shortest).sum();
        assert!((90 * 60_000..2 * HOUR).contains(&all), "{all}");
    }
}
