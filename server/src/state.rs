//! The state that all request handlers share. Everything that matters is in the database, so
//! another node knows as much.

mod catalogues;
mod clock;
mod contract_versions;
mod differences;
mod wake;

pub use clock::Clock;
pub use contract_versions::ReadVersion;
pub use wake::{Wake, share_wakes};

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderName;
use calloff_core::calendar::{Date, DateTime};
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::LocationId;
use calloff_core::location::Location;
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::{Offset, TimeZone};
use tokio::sync::{Semaphore, broadcast, watch};

use crate::auth::Provider;
use crate::dispatch::Outgoing;
use crate::error::ServiceError;
use crate::storage::ServerStore;
use crate::storage::contracts::VersionHeader;
use crate::sync::Pushes;
use crate::today::Days;
use catalogues::Catalogues;
use contract_versions::ContractVersions;
use differences::Differences;

/// The most passwords that are hashed at the same time. Each takes 19 MiB and a core for some 30
/// ms.
const HASHES_AT_ONCE: usize = 2;

/// The most answers to pulls that are made at the same time. Each takes up to 2 MiB of documents,
/// unpacked and packed.
const PULLS_AT_ONCE: usize = 4;

/// How many wake-ups a slow listener may be behind. A listener that is further behind loses
/// wake-ups, and fetches everything.
const WAKES_KEPT: usize = 256;

/// The offset of the time zones in which a day begins first: 14 hours before UTC.
const FIRST_OFFSET: Offset = Offset::constant(14);

/// The settings with which the server was started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation's public key. Tablets store it when they are enrolled.
    pub verifying_key: VerifyingKey,
    /// Whether people reach the server only by HTTPS, so that cookies are `Secure`.
    pub is_https: bool,
    /// The address that people type to reach the server (`https://calloff.example.org`), if it is
    /// known. Its own pages have this origin, whatever a proxy made of `Host`.
    pub public_origin: Option<String>,
    /// The header in which the proxy gives the address of the caller. `None` without a proxy.
    pub client_address_header: Option<HeaderName>,
    /// The organisation's sign-in provider; `None` without one.
    pub provider: Option<Arc<Provider>>,
    /// How the server reaches suppliers.
    pub outgoing: Outgoing,
}

impl Settings {
    /// The settings of a server that is reached directly, by HTTP.
    #[must_use]
    pub fn new(verifying_key: VerifyingKey) -> Self {
        Self {
            verifying_key,
            is_https: false,
            public_origin: None,
            client_address_header: None,
            provider: None,
            outgoing: Outgoing::default(),
        }
    }
}

/// The state that all handlers share. Cloning it is cheap.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The content of [`AppState`], which derefs to it.
pub struct Shared {
    /// The database.
    pub store: ServerStore,
    /// The settings with which the server was started.
    pub settings: Settings,
    /// Limits how many passwords are hashed at the same time, see `HASHES_AT_ONCE`.
    pub hashing: Semaphore,
    /// Limits how many answers to pulls are made at the same time, see `PULLS_AT_ONCE`.
    pub pulling: Semaphore,
    /// Becomes `true` when the server stops, so that long answers end.
    pub stopping: watch::Sender<bool>,
    clock: Clock,
    catalogues: Catalogues,
    contract_versions: ContractVersions,
    differences: Differences,
    /// The wake-ups of all nodes, for the listeners of this one.
    wakes: broadcast::Sender<Wake>,
    /// The wake-ups of this node, for the other nodes.
    ours: broadcast::Sender<Wake>,
    /// The queue of waiting pushes.
    pub pushes: Pushes,
}

impl std::ops::Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// The state of a server with an open store.
    #[must_use]
    pub fn new(store: ServerStore, settings: Settings, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            store,
            settings,
            hashing: Semaphore::new(HASHES_AT_ONCE),
            pulling: Semaphore::new(PULLS_AT_ONCE),
            stopping: watch::Sender::new(false),
            clock,
            catalogues: Catalogues::default(),
            contract_versions: ContractVersions::default(),
            differences: Differences::default(),
            wakes: broadcast::Sender::new(WAKES_KEPT),
            ours: broadcast::Sender::new(WAKES_KEPT),
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

    /// Random bytes of the operating system.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], ServiceError> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A published release, ready for resolution. `None` when there is no release with this number.
    ///
    /// # Errors
    /// The database failed, or has something else than what was signed.
    pub async fn catalogue(&self, release: u64) -> Result<Option<Arc<Catalogue>>, ServiceError> {
        self.catalogues.get(&self.store, &self.settings.verifying_key, release).await
    }

    /// A version of a contract with its lines and the history of their prices. `chain` has its
    /// header and then those of the published versions before it, the last in time first. `None`
    /// if there is no such version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn contract_version(
        &self,
        chain: &[&VersionHeader],
    ) -> Result<Option<Arc<ReadVersion>>, ServiceError> {
        self.contract_versions.get(&self.store, chain).await
    }

    /// The difference that a tablet with release `base` fetches of release `number`. `None` when it
    /// has to fetch whole chunks.
    ///
    /// # Errors
    /// The database failed, or has something else than what was signed.
    pub async fn difference(&self, number: u64, base: u64) -> Result<Option<Bytes>, ServiceError> {
        self.differences.get(&self.store, &self.settings.verifying_key, number, base).await
    }

    /// The local time at a site. For a site that left the tree, the time in its last time zone. UTC
    /// if the site never existed or its zone is unknown.
    ///
    /// # Errors
    /// The database failed.
    pub async fn local_at(&self, site: &LocationId, millis: i64) -> Result<DateTime, ServiceError> {
        local_time(millis, &self.zone_of(site, millis).await?)
    }

    /// The earliest present day among the sites of the organisation, which has these `locations`.
    /// What holds on this day holds at every site.
    ///
    /// # Errors
    /// The time is outside the calendar.
    pub fn today(&self, locations: &[Location]) -> Result<Date, ServiceError> {
        let at = Timestamp::from_millisecond(self.now())
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(Days::at(at, locations).earliest.date)
    }

    /// The time zone of a site by the release that is in force there at a time (milliseconds since
    /// the Unix epoch). Tablets use the same zone. An import that changes the zone has no effect
    /// before its release. For a site that no release has, also for one that left the tree, the
    /// zone that was stored last. UTC if the site never existed or its zone is unknown.
    ///
    /// # Errors
    /// The database failed.
    pub async fn zone_of(&self, site: &LocationId, millis: i64) -> Result<TimeZone, ServiceError> {
        // The zone decides the day, and the day decides which release has the zone. So the search
        // begins with the latest day on Earth, and goes back to releases that began earlier.
        let mut day = local_date(millis, TimeZone::fixed(FIRST_OFFSET))?;
        while let Some(release) = self.store.release_in_force(day).await? {
            let Some(zone) = self.zone_in(release.issue.number, site).await? else { break };
            let from = release.issue.effective_from;
            if from <= local_date(millis, zone.clone())? {
                return Ok(zone);
            }
            let Ok(earlier) = from.yesterday() else { break };
            day = earlier;
        }
        let zone =
            self.store.site_time_zone(site).await?.and_then(|name| TimeZone::get(&name).ok());
        Ok(zone.unwrap_or(TimeZone::UTC))
    }

    /// The time zone of a site in a release. `None` if the release does not have the site or the
    /// rules of its zone, or cannot be read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn zone_in(
        &self,
        release: u64,
        site: &LocationId,
    ) -> Result<Option<TimeZone>, ServiceError> {
        match self.catalogue(release).await {
            Ok(catalogue) => Ok(catalogue.and_then(|found| found.time_zone(site).cloned())),
            Err(ServiceError::Internal(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Wakes all listeners of all nodes, because something changed. It is no error if nobody
    /// listens.
    pub fn wake(&self, wake: Wake) {
        let _ = self.ours.send(wake.clone());
        self.wake_here(wake);
    }

    /// Wakes all listeners of this node.
    fn wake_here(&self, wake: Wake) {
        let _ = self.wakes.send(wake);
    }

    /// A receiver of all wake-ups from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Wake> {
        self.wakes.subscribe()
    }
}

/// The local time in a zone.
///
/// # Errors
/// The time is outside the years −9999 to 9999.
pub fn local_time(millis: i64, zone: &TimeZone) -> Result<DateTime, ServiceError> {
    let time = Timestamp::from_millisecond(millis)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(zone.to_datetime(time))
}

/// The local date in a zone.
///
/// # Errors
/// The errors of [`local_time`].
pub fn local_date(millis: i64, zone: TimeZone) -> Result<Date, ServiceError> {
    local_time(millis, &zone).map(DateTime::date)
}

/// The time at which a day begins first on Earth, in milliseconds since the Unix epoch.
#[must_use]
pub fn day_begins(day: Date) -> i64 {
    let begins = FIRST_OFFSET.to_timestamp(day.to_datetime(Time::midnight()));
    // Only the first and the last day of the calendar have no such time.
    begins.map_or(i64::MAX, Timestamp::as_millisecond)
}
