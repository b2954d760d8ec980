//! Where pushes wait: for memory, for a core, and for the one writer. Bounded at each place, so
//! that a thousand tablets that come back at once cost no more memory than fifty.

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

/// Bytes of a push body for which room is taken by what it says: a day's orders have some 4 KiB.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;

/// KiB of small push bodies, and of the beginnings of large ones, that are read at once: those of
/// 1,000 tablets with a day's orders.
const BODIES_KIB: u32 = 4 * 1024;

/// Larger push bodies that are read at once, each with room for the largest: with the small ones 12
/// MiB.
const LARGE_BODIES: usize = 2;

/// KiB of pushes that are unpacked at once, until they are answered: two of the largest, which
/// unpack to 4 MiB and changes of as many, or 300 tablets with a day's orders of 25 KiB.
const UNPACKED_KIB: u32 = 16 * 1024;

/// KiB of documents in hand at once, from when they are loaded until they are committed.
const IN_HAND_KIB: u32 = 32 * 1024;

/// A document that was stored before its memory was noted takes about so many times its bytes.
const MEMORY_OF_BYTES: usize = 8;

/// KiB that even the smallest document takes.
const SMALLEST_KIB: usize = 32;

/// How long anybody waits for a turn. Who waits longer has been given up: a tablet by its own
/// time-out, a person by patience.
const TURN_WAIT: Duration = Duration::from_secs(30);

/// Documents in one transaction. A group of 128 orders takes some 50 ms to seal and store, which
/// the next group waits.
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
    /// Whether a task is writing; it goes on until nobody waits.
    is_led: bool,
}

struct Waiting {
    checked: Checked,
    told: oneshot::Sender<Settled>,
}

/// Room in memory; given back when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the room back"]
pub struct Room(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// A tablet's turn to push; the next one's when it is dropped.
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
    /// Waits until no other push of the tablet is under way: one tablet holds no more room than one
    /// push takes.
    ///
    /// # Errors
    /// [`ServiceError::Busy`] where that takes too long.
    pub async fn turn(&self, device: DeviceId) -> Result<Turn, ServiceError> {
        let turn = {
            let mut turns = lock(&self.turns);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.get(&device).and_then(Weak::upgrade).unwrap_or_default();
            turns.insert(device, Arc::downgrade(&turn));
            turn
        };
        in_time(turn.lock_owned()).await.map(Turn)
    }

    /// Waits until there is room for a body of so many bytes, at most [`SMALL_BODY_BYTES`].
    ///
    /// # Errors
    /// [`ServiceError::Busy`] where that takes too long; the server is going down.
    pub async fn admit(&self, bytes: usize) -> Result<Room, ServiceError> {
        room(&self.bodies, bytes.div_ceil(1024).max(1), BODIES_KIB).await
    }

    /// Waits until there is room for the rest of a larger body. Whoever holds this never waits for
    /// [`Pushes::admit`].
    ///
    /// # Errors
    /// As [`Pushes::admit`].
    pub async fn admit_large(&self) -> Result<Room, ServiceError> {
        in_time(Arc::clone(&self.large_bodies).acquire_owned()).await?.map(Room).map_err(closed)
    }

    /// Waits until there is room for what a body of that [`calloff_core::sync::packed_size`]
    /// unpacks to.
    ///
    /// # Errors
    /// As [`Pushes::admit`].
    pub async fn admit_unpacked(&self, bytes: usize) -> Result<Room, ServiceError> {
        room(&self.unpacked, bytes.div_ceil(1024).max(1), UNPACKED_KIB).await
    }

    /// Loads the server's copy of a document and checks a batch against it: as many at once as
    /// there are cores.
    ///
    /// # Errors
    /// The server failed.
    pub async fn check(
        &self,
        state: &AppState,
        arrival: Arrival,
    ) -> Result<(Checked, Room), ServiceError> {
        let core = in_time(self.cores.acquire()).await?.map_err(closed)?;
        let stored = state.store.document(&arrival.batch.id).await?;
        let document = stored
            .as_ref()
            .map_or(0, |stored| stored.memory.max(stored.bytes.len() * MEMORY_OF_BYTES));
        let kib = (document + arrival.memory).div_ceil(1024).max(SMALLEST_KIB);
        // Never waits for a core: whoever holds this room has been checked, and waits for the
        // writer only.
        let in_hand = room(&self.in_hand, kib, IN_HAND_KIB).await?;
        // Merging what a hostile tablet sent may panic, which is caught; the log is to say at which
        // request.
        let request = tracing::Span::current();
        let checked =
            tokio::task::spawn_blocking(move || request.in_scope(|| check(arrival, stored)))
                .await?;
        drop(core);
        Ok((checked, in_hand))
    }

    /// Puts a checked batch in the queue and waits until its group is durable.
    ///
    /// # Errors
    /// The server failed; the document is as it was.
    pub async fn commit(&self, state: &AppState, checked: Checked) -> Settled {
        let (told, answer) = oneshot::channel();
        let leads = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(Waiting { checked, told });
            !std::mem::replace(&mut queue.is_led, true)
        };
        if leads {
            // A task of its own: a tablet that hangs up must not take the others' answers along.
            tokio::spawn(lead(state.clone()));
        }
        answer.await.map_err(|_| ServiceError::Internal("the writer ended".to_owned()))?
    }

    /// The next group; `None`, and the lead is laid down, when nobody waits.
    fn next_group(&self) -> Option<Vec<Waiting>> {
        let mut queue = lock(&self.queue);
        let count = queue.waiting.len().min(GROUP);
        queue.is_led = count > 0;
        (count > 0).then(|| queue.waiting.drain(..count).collect())
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in the sections above can panic half-way.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for so many KiB; what is larger than all there is waits for all of it.
async fn room(of: &Arc<Semaphore>, kib: usize, all: u32) -> Result<Room, ServiceError> {
    let kib = u32::try_from(kib).unwrap_or(all).min(all);
    in_time(Arc::clone(of).acquire_many_owned(kib)).await?.map(Room).map_err(closed)
}

/// Waits for a turn, not for ever.
///
/// # Errors
/// [`ServiceError::Busy`].
pub async fn in_time<T>(turn: impl Future<Output = T>) -> Result<T, ServiceError> {
    timeout(TURN_WAIT, turn).await.map_err(|_| ServiceError::Busy)
}

fn closed(_: tokio::sync::AcquireError) -> ServiceError {
    ServiceError::Internal("the server is going down".to_owned())
}

/// Commits group after group until nobody waits. While one is written, the next one gathers.
async fn lead(state: AppState) {
    while let Some(group) = state.pushes.next_group() {
        // In a task of its own, so that a panic fails one group and not the server's writing for
        // good.
        let led = tokio::spawn(commit_group(state.clone(), group));
        if let Err(error) = led.await {
            tracing::error!("a group of pushes failed: {error}");
        }
    }
}

/// Commits a group and tells whoever waits for it.
async fn commit_group(state: AppState, group: Vec<Waiting>) {
    let (checked, told): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.checked, waiting.told)).unzip();
    match commit(&state, checked).await {
        Ok(settled) => {
            for (settled, told) in settled.into_iter().zip(told) {
                // Nobody is there any more: the tablet will send again, and be answered alike.
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
