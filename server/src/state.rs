//! What every request handler shares. Nothing here matters that the database does not hold: another
//! node knows as much.

mod catalogues;
mod clock;
mod differences;
mod wake;

pub use clock::Clock;
pub use wake::{Wake, watch_releases};

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderName;
use calloff_core::calendar::{Date, DateTime};
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::LocationId;
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, broadcast, watch};

use crate::auth::Provider;
use crate::error::ServiceError;
use crate::storage::Store;
use crate::sync::Pushes;
use catalogues::Catalogues;
use differences::Differences;

/// Passwords hashed at once: each takes 19 MiB and a core for some 30 ms.
const HASHES_AT_ONCE: usize = 2;

/// Answers to pulls that are put together at once: each holds up to 2 MiB of documents, unpacked
/// and packed.
const PULLS_AT_ONCE: usize = 4;

/// Wake-ups that a slow listener may be behind; one further behind is told that everything changed.
const WAKES_KEPT: usize = 256;

/// What the server is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation's key: tablets pin it at enrolment.
    pub verifying_key: VerifyingKey,
    /// Whether people reach the server by HTTPS only, so that cookies say `Secure`.
    pub is_https: bool,
    /// What people type to reach the server (`https://calloff.example.org`), where that is known:
    /// its own pages come from there, whatever a proxy made of `Host`.
    pub public_origin: Option<String>,
    /// The header in which the proxy in front says where a request comes from; `None` where nothing
    /// is in front.
    pub client_address_header: Option<HeaderName>,
    /// The organisation's sign-in provider, where it has one.
    pub provider: Option<Arc<Provider>>,
}

impl Settings {
    /// Those of a server that is reached directly, by HTTP.
    #[must_use]
    pub fn new(verifying_key: VerifyingKey) -> Self {
        Self {
            verifying_key,
            is_https: false,
            public_origin: None,
            client_address_header: None,
            provider: None,
        }
    }
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// See [`AppState`], which derefs to it.
pub struct Shared {
    /// What is kept.
    pub store: Store,
    /// What the server was told at its start.
    pub settings: Settings,
    /// One at a time hashes a password; see `HASHES_AT_ONCE`.
    pub hashing: Semaphore,
    /// Held while the answer to a pull is put together; see `PULLS_AT_ONCE`.
    pub pulling: Semaphore,
    /// Turns to `true` when the server stops: long answers end.
    pub stopping: watch::Sender<bool>,
    clock: Clock,
    catalogues: Catalogues,
    differences: Differences,
    wakes: broadcast::Sender<Wake>,
    /// Where pushes wait.
    pub pushes: Pushes,
}

impl std::ops::Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// The state of a server over an open store.
    #[must_use]
    pub fn new(store: Store, settings: Settings, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            store,
            settings,
            hashing: Semaphore::new(HASHES_AT_ONCE),
            pulling: Semaphore::new(PULLS_AT_ONCE),
            stopping: watch::Sender::new(false),
            clock,
            catalogues: Catalogues::default(),
            differences: Differences::default(),
            wakes: broadcast::Sender::new(WAKES_KEPT),
            pushes: Pushes::default(),
        }))
    }
}

impl Shared {
    /// The time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Random bytes of the system.
    ///
    /// # Errors
    /// The system gives none.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], ServiceError> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A published release, ready to resolve with; `None` where there is none of that number.
    ///
    /// # Errors
    /// The database failed, or what it holds is not what was signed.
    pub async fn catalogue(&self, release: u64) -> Result<Option<Arc<Catalogue>>, ServiceError> {
        self.catalogues.get(&self.store, &self.settings.verifying_key, release).await
    }

    /// What a tablet with release `base` fetches of release `number`; `None` where it has to fetch
    /// whole chunks.
    ///
    /// # Errors
    /// The database failed, or what it holds is not what was signed.
    pub async fn difference(&self, number: u64, base: u64) -> Result<Option<Bytes>, ServiceError> {
        self.differences.get(&self.store, &self.settings.verifying_key, number, base).await
    }

    /// What clock and calendar at a site show at a time; in UTC for a site that left the tree.
    ///
    /// # Errors
    /// The database failed.
    pub async fn local_at(&self, site: &LocationId, millis: i64) -> Result<DateTime, ServiceError> {
        local_time(millis, &self.zone_of(site).await?)
    }

    /// The time zone of a site, which says its own name; UTC for a site that left the tree.
    ///
    /// # Errors
    /// The database failed.
    pub async fn zone_of(&self, site: &LocationId) -> Result<TimeZone, ServiceError> {
        let zone =
            self.store.site_time_zone(site).await?.and_then(|name| TimeZone::get(&name).ok());
        Ok(zone.unwrap_or(TimeZone::UTC))
    }

    /// Tells listeners that something changed. Nobody listening is no error.
    pub fn wake(&self, wake: Wake) {
        let _ = self.wakes.send(wake);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Wake> {
        self.wakes.subscribe()
    }
}

/// What clock and calendar show at a time in a zone.
///
/// # Errors
/// A time outside the years −9999 to 9999.
pub fn local_time(millis: i64, zone: &TimeZone) -> Result<DateTime, ServiceError> {
    let time = Timestamp::from_millisecond(millis)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(zone.to_datetime(time))
}

/// The date at a time in a zone.
///
/// # Errors
/// As [`local_time`].
pub fn local_date(millis: i64, zone: TimeZone) -> Result<Date, ServiceError> {
    local_time(millis, &zone).map(DateTime::date)
}
