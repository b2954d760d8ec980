//! The places where pushes wait: for memory, for a core, and for the one writer. Each place is
//! bounded, so a thousand tablets that come back at the same time take no more memory than fifty.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::available_parallelism;
use std::time::Duration;

use calloff_core::ids::DeviceId;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use super::check::{Arrival, Checked, check};
use super::commit::{Settled, commit};
use crate::error::ServiceError;
use crate::state::AppState;

/// The largest push body, in bytes, that takes room for its own length. A larger body takes this
/// much and one of the `LARGE_BODIES`. A day's orders of a site have some 4 KiB.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;

/// The most KiB of small push bodies, and of the beginnings of large ones, that are read at the
/// same time: those of 1,000 tablets with a day's orders.
const BODIES_KIB: u32 = 4 * 1024;

/// The most large push bodies that are read at the same time. Each has room for the largest body.
/// Small and large ones together take at most 12 MiB.
const LARGE_BODIES: usize = 2;

/// The most KiB of unpacked pushes, until they are answered. This is enough for two of the largest,
/// which unpack to 4 MiB and have 4 MiB of changes, or for 300 tablets with a day's orders of 25
/// KiB each.
const UNPACKED_KIB: u32 = 16 * 1024;

/// The most KiB of documents in memory, from their loading until their commit.
const IN_HAND_KIB: u32 = 32 * 1024;

/// The memory that a document takes, divided by its stored length, roughly. It is used for
/// documents that were stored before their memory was recorded.
const MEMORY_OF_BYTES: usize = 8;

/// The KiB that the smallest document takes.
const SMALLEST_KIB: usize = 32;

/// How long anybody waits for a turn. After this time, nobody waits for the answer any more: the
/// tablet has timed out, and the person has gone.
const TURN_WAIT: Duration = Duration::from_secs(30);

/// The most documents in one transaction. A group of 128 orders takes some 50 ms to seal and store.
/// The next group waits that long.
const GROUP: usize = 128;

/// The pushes of one process.
pub struct Pushes {
    turns: Mutex<HashMap<DeviceId, Weak<tokio::sync::Mutex<()>>>>,
    bodies: Arc<Semaphore>,
    large_bodies: Arc<Semaphore>,
    unpacked: Arc<Semaphore>,
    in_hand: Arc<Semaphore>,
    cores: Semaphore,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a task is writing groups. It goes on until nobody waits.
    is_led: bool,
}

struct Waiting {
    checked: Checked,
    told: oneshot::Sender<Settled>,
}

/// Room in memory. Dropping it gives the room back.
#[derive(Debug)]
#[must_use = "dropping it gives the room back"]
pub struct Room(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// A tablet's turn to push. Dropping it gives the turn to the next push of the tablet.
#[derive(Debug)]
#[must_use = "dropping it ends the turn"]
pub struct Turn(#[expect(dead_code, reason = "held for its drop")] OwnedMutexGuard<()>);

impl Default for Pushes {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            turns: Mutex::default(),
            bodies: Arc::new(Semaphore::new(BODIES_KIB as usize)),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES)),
            unpacked: Arc::new(Semaphore::new(UNPACKED_KIB as usize)),
            in_hand: Arc::new(Semaphore::new(IN_HAND_KIB as usize)),
            cores: Semaphore::new(cores),
            queue: Mutex::default(),
        }
    }
}

impl Pushes {
    /// Waits until no other push of the tablet is under way. So one tablet takes no more room than
    /// one push.
    ///
    /// # Errors
    /// [`ServiceError::PushUnderWay`] if this takes too long.
    pub async fn turn(&self, device: DeviceId) -> Result<Turn, ServiceError> {
        let turn = {
            let mut turns = lock(&self.turns);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.get(&device).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(device, Arc::downgrade(&turn));
            turn
        };
        let turn = timeout(TURN_WAIT, turn.lock_owned()).await;
        turn.map(Turn).map_err(|_| ServiceError::PushUnderWay)
    }

    /// Waits until there is room for a body of `bytes` bytes, at most [`SMALL_BODY_BYTES`].
    ///
    /// # Errors
    /// [`ServiceError::Busy`] if this takes too long; the server is going down.
    pub async fn admit(&self, bytes: usize) -> Result<Room, ServiceError> {
        room(&self.bodies, bytes.div_ceil(1024).max(1), BODIES_KIB).await
    }

    /// Waits until there is room for the rest of a larger body. A caller that holds this room must
    /// not wait for [`Pushes::admit`]. Otherwise callers could wait for each other.
    ///
    /// # Errors
    /// The errors of [`Pushes::admit`].
    pub async fn admit_large(&self) -> Result<Room, ServiceError> {
        in_time(Arc::clone(&self.large_bodies).acquire_owned()).await?.map(Room).map_err(closed)
    }

    /// Waits until there is room for an unpacked body. `bytes` is its
    /// [`calloff_core::sync::packed_size`].
    ///
    /// # Errors
    /// The errors of [`Pushes::admit`].
    pub async fn admit_unpacked(&self, bytes: usize) -> Result<Room, ServiceError> {
        room(&self.unpacked, bytes.div_ceil(1024).max(1), UNPACKED_KIB).await
    }

    /// Loads the server's copy of a document and checks a batch against it. As many checks run at
    /// the same time as there are cores. The room stays taken until the caller drops it. The text
    /// is the database's incarnation.
    ///
    /// # Errors
    /// The server failed.
    pub async fn check(
        &self,
        state: &AppState,
        arrival: Arrival,
    ) -> Result<(Checked, Room, String), ServiceError> {
        let core = in_time(self.cores.acquire()).await?.map_err(closed)?;
        let (stored, incarnation) = state.store.document_and_incarnation(&arrival.batch.id).await?;
        let document = stored
            .as_ref()
            .map_or(0, |stored| stored.memory.max(stored.bytes.len() * MEMORY_OF_BYTES));
        let kib = (document + arrival.memory).div_ceil(1024).max(SMALLEST_KIB);
        // A caller that holds this room needs no other core: its batch is checked, and it waits
        // only for the writer.
        let in_hand = room(&self.in_hand, kib, IN_HAND_KIB).await?;
        // A merge of a hostile batch may panic. The panic is caught, and the span names the request
        // in the log.
        let request = tracing::Span::current();
        let checked =
            tokio::task::spawn_blocking(move || request.in_scope(|| check(arrival, stored)))
                .await?;
        drop(core);
        Ok((checked, in_hand, incarnation))
    }

    /// Puts a checked batch into the queue and waits until its group is durable.
    ///
    /// # Errors
    /// The server failed. The document is as it was.
    pub async fn commit(&self, state: &AppState, checked: Checked) -> Settled {
        let (told, answer) = oneshot::channel();
        let leads = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(Waiting { checked, told });
            !std::mem::replace(&mut queue.is_led, true)
        };
        if leads {
            // The writer is a task of its own. If a tablet hangs up, the others still get their
            // answers.
            tokio::spawn(lead(state.clone()));
        }
        answer.await.map_err(|_| ServiceError::Internal("the writer ended".to_owned()))?
    }

    /// The next group. `None` if nobody waits. The writing task then ends.
    fn next_group(&self) -> Option<Vec<Waiting>> {
        let mut queue = lock(&self.queue);
        let count = queue.waiting.len().min(GROUP);
        queue.is_led = count > 0;
        (count > 0).then(|| queue.waiting.drain(..count).collect())
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing can panic while it holds this lock, so a poisoned lock has whole data.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for room for `kib` KiB. A request for more than `all` waits for `all`.
async fn room(of: &Arc<Semaphore>, kib: usize, all: u32) -> Result<Room, ServiceError> {
    let kib = u32::try_from(kib).unwrap_or(all).min(all);
    in_time(Arc::clone(of).acquire_many_owned(kib)).await?.map(Room).map_err(closed)
}

/// Waits for a turn, at most `TURN_WAIT`.
///
/// # Errors
/// [`ServiceError::Busy`] if the wait was too long.
pub async fn in_time<T>(turn: impl Future<Output = T>) -> Result<T, ServiceError> {
    timeout(TURN_WAIT, turn).await.map_err(|_| ServiceError::Busy)
}

fn closed(_: tokio::sync::AcquireError) -> ServiceError {
    ServiceError::Internal("the server is going down".to_owned())
}

/// Commits group after group until nobody waits. While one group is written, the next one gathers.
async fn lead(state: AppState) {
    while let Some(group) = state.pushes.next_group() {
        // Each group has a task of its own. So a panic fails one group, and the server goes on
        // writing.
        let led = tokio::spawn(commit_group(state.clone(), group));
        if let Err(error) = led.await {
            tracing::error!("a group of pushes failed: {error}");
        }
    }
}

/// Commits a group and gives the answers to the pushes that wait for it.
async fn commit_group(state: AppState, group: Vec<Waiting>) {
    let (checked, told): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.checked, waiting.told)).unzip();
    match commit(&state, checked).await {
        Ok(settled) => {
            for (settled, told) in settled.into_iter().zip(told) {
                // If the request has gone, the tablet sends its push again and gets the same
                // answer.
                let _ = told.send(settled);
            }
        }
        Err(error) => {
            tracing::error!(
                documents = told.len(),
                "a group of pushes was not committed: {}",
                error.logged()
            );
            for told in told {
                let _ = told.send(Err(error.shared()));
            }
        }
    }
}
