use std::time::Duration;

use calloff_core::ids::LocationId;
use jiff::tz::TimeZone;

use super::{AppState, local_date};
use crate::error::ServiceError;

/// Something changed. The listeners fetch it; this does not carry the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// A document of this site changed.
    Documents(LocationId),
    /// The release in force or the announced releases changed.
    Release,
    /// The orders that finance reads changed.
    Orders,
    /// There is nothing to fetch: a tablet was revoked, or a person signed out. Each listener
    /// checks whether it may still listen.
    Admission,
}

/// How often the server looks for new releases. They come from another process (`calloff publish`),
/// or take effect at midnight.
const RELEASE_CHECK: Duration = Duration::from_secs(2);

/// Wakes listeners when a release was published, was withdrawn, or took effect. It ends when the
/// server stops.
pub async fn watch_releases(state: AppState) {
    let mut stopping = state.stopping.subscribe();
    let mut timer = tokio::time::interval(RELEASE_CHECK);
    let mut last = None;
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        match newest(&state).await {
            Ok(newest) => {
                if last.as_ref().is_some_and(|last| *last != newest) {
                    state.wake(Wake::Release);
                }
                last = Some(newest);
            }
            Err(error) => tracing::warn!("releases cannot be looked for: {error}"),
        }
    }
}

/// The newest release, the number of withdrawn releases, and the newest release in force where the
/// day begins first (UTC+14).
async fn newest(state: &AppState) -> Result<((u64, u64), Option<u64>), ServiceError> {
    let east = TimeZone::fixed(jiff::tz::offset(14));
    let in_force = state.store.release_in_force(local_date(state.now(), east)?).await?;
    Ok((state.store.newest_release_number().await?, in_force.map(|release| release.issue.number)))
}
