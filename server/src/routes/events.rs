//! Server-sent events: something changed, fetch it.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{self, KeepAlive};
use calloff_core::ids::DeviceId;
use calloff_core::wire::Event;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::auth::Caller;
use crate::state::{AppState, Wake};

/// Tells the caller what to fetch: at once everything, since it may have changed before the caller listened, then whatever
/// changes. Ends when the server stops; a caller that was too slow is told that everything changed.
pub async fn events(
    State(state): State<AppState>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let wakes = state.listen();
    let mut stopping = state.stopping.subscribe();
    let stopped = async move {
        // An error means that the server is gone altogether.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let first = stream::iter(everything(&caller));
    let later = stream::unfold((wakes, caller), next).flat_map(stream::iter);
    let events = first.chain(later).take_until(Box::pin(stopped));
    let named = events.map(|event| Ok(sse::Event::default().json_data(event).unwrap_or_default()));
    Sse::new(named).keep_alive(KeepAlive::default())
}

type Listening = (broadcast::Receiver<Wake>, Caller);

async fn next((mut wakes, caller): Listening) -> Option<(Vec<Event>, Listening)> {
    let events = match wakes.recv().await {
        // The tablet asks why it is no longer spoken to, and is told.
        Ok(Wake::Revoked(revoked)) if is_tablet(&caller, revoked) => return None,
        Ok(wake) => event_for(&caller, &wake).into_iter().collect(),
        Err(RecvError::Lagged(_)) => everything(&caller),
        Err(RecvError::Closed) => return None,
    };
    Some((events, (wakes, caller)))
}

fn everything(caller: &Caller) -> Vec<Event> {
    match caller {
        Caller::Tablet(_) => vec![Event::Release, Event::Documents],
        Caller::Person(_) => vec![Event::Release, Event::Orders],
    }
}

/// What a wake-up says to this caller, if anything.
fn event_for(caller: &Caller, wake: &Wake) -> Option<Event> {
    match (wake, caller) {
        (Wake::Release, _) => Some(Event::Release),
        (Wake::Documents(site), Caller::Tablet(device)) => (*site == device.site).then_some(Event::Documents),
        (Wake::Orders, Caller::Person(_)) => Some(Event::Orders),
        (Wake::Documents(_), Caller::Person(_)) | (Wake::Orders, Caller::Tablet(_)) | (Wake::Revoked(_), _) => None,
    }
}

fn is_tablet(caller: &Caller, device: DeviceId) -> bool {
    matches!(caller, Caller::Tablet(tablet) if tablet.id == device)
}
