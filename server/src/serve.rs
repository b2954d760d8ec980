//! Answers requests until the server stops.

mod connection;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::jobs::work;
use crate::router;
use crate::state::{AppState, share_wakes};
use connection::Watched;

/// How long requests on the way may take after the server got the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long the head of a request may take, and how long a connection waits for its next request. A
/// tablet asks every 20 s, or holds a stream of events open.
const HEAD_WAIT: Duration = Duration::from_secs(30);

/// The number of open files that are not connections of clients: the database and its log for each
/// reader, files of the app while they are sent, standard streams, a release that is fetched.
const OTHER_FILES: u64 = 200;

/// The most connections at the same time, whatever the system allows. 20,000 idle connections take
/// some 300 MB.
const MOST_CONNECTIONS: u64 = 20_000;

/// How long the server accepts nothing after the system refused a connection, because files or
/// memory ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves on a listener, with the built web app in `app`, until `shutdown` completes. Then it
/// finishes the requests on the way and closes the database.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    app: Option<PathBuf>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let sharing = tokio::spawn(share_wakes(state.clone()));
    let jobs = tokio::spawn(work(state.clone()));
    let told = state.clone();
    tokio::spawn(async move {
        shutdown.await;
        tracing::info!("stopping");
        told.stopping.send_replace(true);
    });
    let places = Arc::new(Semaphore::new(most_connections()));
    let all = places.available_permits();
    accept_all(&listener, &state, app, &places, HEAD_WAIT).await;
    drop(listener);
    // All places are free when all connections have ended.
    let ended = places.acquire_many(u32::try_from(all).unwrap_or(u32::MAX));
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("some requests did not end within {} seconds", GRACE.as_secs());
    }
    if let Err(error) = sharing.await {
        tracing::error!("the messages between nodes failed: {error}");
    }
    if let Err(error) = jobs.await {
        tracing::error!("the work on jobs failed: {error}");
    }
    state.store.close().await;
    Ok(())
}

/// Accepts connections until the server stops. It accepts as many at the same time as there are
/// places. The others wait in the system's queue. It ends a connection if the head of a request
/// takes longer than `head_wait`.
async fn accept_all(
    listener: &TcpListener,
    state: &AppState,
    app: Option<PathBuf>,
    places: &Arc<Semaphore>,
    head_wait: Duration,
) {
    let router = router(state.clone(), app);
    let mut stopping = state.stopping.subscribe();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_wait);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection cannot be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Small answers should not wait for larger ones. If the system does not support this, they
        // wait.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = http.serve_connection(TokioIo::new(Watched::new(stream)), service);
        let mut stopping = state.stopping.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // An error would mean that the server is already gone.
            let stopped = async { drop(stopping.wait_for(|stopping| *stopping).await) };
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopped => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // The connection broke, or its client was too slow. Nobody is left to get an answer.
            if let Err(error) = ended {
                tracing::debug!(%peer, "a connection ended: {error}");
            }
            drop(place);
        });
    }
}

/// Raises the limit of open files as far as the system allows. Returns the number of connections
/// that stays below it.
fn most_connections() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    if let Err(error) = raised {
        tracing::warn!("the limit of open files cannot be raised: {error}");
    }
    // Without a limit, the number of connections is bounded only by [`MOST_CONNECTIONS`].
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = files.saturating_sub(OTHER_FILES).clamp(1, MOST_CONNECTIONS);
    tracing::info!(connections = most, "the most that are open at once");
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use ed25519_dalek::SigningKey;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;
    use crate::state::{Clock, Settings};
    use crate::storage::ServerStore;

    const SOON: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(20);

    /// Starts a server with this number of places.
    async fn served(places: usize, head_wait: Duration) -> SocketAddr {
        let store = ServerStore::in_memory().await.unwrap();
        let settings = Settings::new(SigningKey::from_bytes(&[7; 32]).verifying_key());
        let state = AppState::new(store, settings, Clock::system());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let places = Arc::new(Semaphore::new(places));
        tokio::spawn(async move { accept_all(&listener, &state, None, &places, head_wait).await });
        address
    }

    /// The first line of the answer to a request for the server's health.
    async fn answered(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET /api/health HTTP/1.1\r\nHost: calloff\r\n\r\n").await.unwrap();
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(line).unwrap().trim().to_owned()
    }

    #[tokio::test]
    async fn a_connection_beyond_the_most_waits_until_another_one_ends() {
        let address = served(2, LONG).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        for open in [&mut first, &mut second] {
            assert_eq!(answered(open).await, "HTTP/1.1 204 No Content");
        }
        let mut third = TcpStream::connect(address).await.unwrap();
        let mut waiting = std::pin::pin!(answered(&mut third));
        assert!(timeout(SOON, waiting.as_mut()).await.is_err(), "nobody answers it");
        drop(first);
        assert_eq!(timeout(LONG, waiting).await.unwrap(), "HTTP/1.1 204 No Content");
    }

    #[tokio::test]
    async fn a_head_that_arrives_a_byte_at_a_time_ends_its_connection() {
        let mut slow = TcpStream::connect(served(2, SOON).await).await.unwrap();
        let begun = Instant::now();
        slow.write_all(b"GET /api/health HTTP/1.1\r\nX: ").await.unwrap();
        // A write to a connection that the other side closed may still succeed. A read shows that
        // it is closed.
        while begun.elapsed() < LONG {
            let said = slow.write_all(b"x").await;
            let mut heard = [0; 256];
            let is_over = match timeout(SOON / 10, slow.read(&mut heard)).await {
                Ok(read) => matches!(read, Ok(0) | Err(_)),
                Err(_) => false,
            };
            if said.is_err() || is_over {
                assert!(begun.elapsed() >= SOON / 2, "{:?}", begun.elapsed());
                return;
            }
            sleep(SOON / 10).await;
        }
        panic!("it is still open");
    }
}
