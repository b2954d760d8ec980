//! Answers requests until it is told to stop.

use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::router;
use crate::state::{AppState, watch_releases};
use crate::sync::compact_regularly;

/// How long requests that are under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves on a listener, with the built web app in `app`, until `shutdown` completes; then finishes what is under way and
/// closes the database.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    app: Option<PathBuf>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let releases = tokio::spawn(watch_releases(state.clone()));
    let compaction = tokio::spawn(compact_regularly(state.clone()));
    let told = state.clone();
    let stop = async move {
        shutdown.await;
        tracing::info!("stopping");
        told.stopping.send_replace(true);
    };
    let service = router(state.clone(), app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop).into_future();
    let mut stopping = state.stopping.subscribe();
    let out_of_patience = async {
        // An error would mean that the state is gone, which is borrowed here.
        let _ = stopping.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = out_of_patience => {
            tracing::warn!("some requests did not end within {} seconds", GRACE.as_secs());
            Ok(())
        }
    };
    state.stopping.send_replace(true);
    if let Err(error) = releases.await {
        tracing::error!("the watch for releases failed: {error}");
    }
    if let Err(error) = compaction.await {
        tracing::error!("the compaction failed: {error}");
    }
    state.store.close().await;
    served
}
