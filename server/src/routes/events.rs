//! Server-sent events: something changed, fetch it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{self, KeepAlive};
use calloff_core::wire::Event;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot};
use tokio::time::timeout;

use crate::auth::Caller;
use crate::state::{AppState, Wake};

/// The most open streams of one tablet or one session. A tablet needs one, and a desk needs one for
/// each tab. A connection that broke without a word stays open until the next comment fails.
const STREAMS_OF_A_CALLER: usize = 16;

/// The open streams of each caller.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<Listener, VecDeque<oneshot::Sender<Infallible>>>>>);

/// The owner of streams: a tablet by its identifier, or a session by the hash of its token.
#[derive(PartialEq, Eq, Hash)]
enum Listener {
    Tablet(String),
    Session(Vec<u8>),
}

impl Streams {
    /// Notes a new stream of the caller. The result completes when the stream must end, because the
    /// caller opened too many newer ones.
    fn open(&self, caller: &Caller) -> oneshot::Receiver<Infallible> {
        let (end, ended) = oneshot::channel();
        let listener = match caller {
            Caller::Tablet(device) => Listener::Tablet(device.id.to_string()),
            Caller::Person(_, session) => Listener::Session(session.as_slice().to_vec()),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The receiver of a stream goes away with the stream.
        all.retain(|_, streams| {
            streams.retain(|stream| !stream.is_closed());
            !streams.is_empty()
        });
        let streams = all.entry(listener).or_default();
        while streams.len() >= STREAMS_OF_A_CALLER {
            // Its receiver completes when the sender goes away.
            streams.pop_front();
        }
        streams.push_back(end);
        ended
    }
}

/// Tells the caller what to fetch. At first that is everything, because it may have changed before
/// the caller listened; then everything that changes. It ends when the server stops, when the
/// caller is no longer admitted, and when the caller has opened too many newer streams. A
/// caller that is too slow gets one event that says that everything changed.
pub async fn events(
    State(state): State<AppState>,
    Extension(streams): Extension<Streams>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let wakes = state.listen();
    let mut stopping = state.stopping.subscribe();
    let stopped = async move {
        // An error means that the server is already gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let overtaken = streams.open(&caller);
    let first = stream::iter(everything(&caller));
    let later = stream::unfold((wakes, caller, state), next).flat_map(stream::iter);
    let events = first.chain(later).take_until(Box::pin(stopped)).take_until(overtaken);
    let named = events.map(|event| Ok(sse::Event::default().json_data(event).unwrap_or_default()));
    Sse::new(named).keep_alive(KeepAlive::default())
}

/// How often the server checks without a cause whether a listener is still admitted. The admission
/// may end by itself, or by another process (`calloff device revoke`, `calloff user remove`).
const ADMISSION_CHECK: Duration = Duration::from_secs(20);

type Listening = (broadcast::Receiver<Wake>, Caller, AppState);

/// Ends the stream of a listener that is no longer admitted. The listener then asks again and
/// learns the reason.
async fn next((mut wakes, caller, state): Listening) -> Option<(Vec<Event>, Listening)> {
    let events = match timeout(ADMISSION_CHECK, wakes.recv()).await {
        Err(_) | Ok(Ok(Wake::Admission)) => Vec::new(),
        Ok(Ok(Wake::Everything) | Err(RecvError::Lagged(_))) => everything(&caller),
        Ok(Ok(wake)) => {
            return Some((event_for(&caller, &wake).into_iter().collect(), (wakes, caller, state)));
        }
        Ok(Err(RecvError::Closed)) => return None,
    };
    // If the database fails, the next check decides.
    let is_admitted = caller.is_admitted(&state).await.unwrap_or(true);
    is_admitted.then_some((events, (wakes, caller, state)))
}

fn everything(caller: &Caller) -> Vec<Event> {
    match caller {
        Caller::Tablet(_) => vec![Event::Release, Event::Documents],
        Caller::Person(..) => vec![Event::Release, Event::Orders],
    }
}

/// The event for this caller, if the wake-up concerns the caller.
fn event_for(caller: &Caller, wake: &Wake) -> Option<Event> {
    match (wake, caller) {
        (Wake::Release, _) => Some(Event::Release),
        (Wake::Documents(site), Caller::Tablet(device)) => {
            (*site == device.site).then_some(Event::Documents)
        }
        (Wake::Orders, Caller::Person(..)) => Some(Event::Orders),
        (Wake::Documents(_), Caller::Person(..))
        | (Wake::Orders, Caller::Tablet(_))
        | (Wake::Admission | Wake::Jobs | Wake::Everything, _) => None,
    }
}
