use std::collections::BTreeSet;
use std::time::Duration;

use calloff_core::ids::LocationId;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::AppState;

/// Something changed. The listeners fetch it; this does not carry the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// A document of this site changed.
    Documents(LocationId),
    /// The release in force or the announced releases changed.
    Release,
    /// The orders that finance reads changed.
    Orders,
    /// A job was enqueued, or is to run again. The nodes look for it.
    Jobs,
    /// There is nothing to fetch: a tablet was revoked, or a person signed out. Each listener
    /// checks whether it may still listen.
    Admission,
    /// Anything may have changed: wake-ups of other nodes were lost.
    Everything,
}

impl Wake {
    /// The wake-up as a line of a message to other nodes.
    fn to_line(&self) -> String {
        match self {
            Self::Documents(site) => format!("{DOCUMENTS}{site}"),
            Self::Release => "release".to_owned(),
            Self::Orders => "orders".to_owned(),
            Self::Jobs => "jobs".to_owned(),
            Self::Admission => "admission".to_owned(),
            Self::Everything => "everything".to_owned(),
        }
    }

    /// Reads a line of a message. A node of a newer version may send lines that this one does not
    /// know. They could mean anything.
    fn from_line(line: &str) -> Self {
        match line {
            "release" => Self::Release,
            "orders" => Self::Orders,
            "jobs" => Self::Jobs,
            "admission" => Self::Admission,
            other => other
                .strip_prefix(DOCUMENTS)
                .and_then(|site| site.parse().ok())
                .map_or(Self::Everything, Self::Documents),
        }
    }
}

/// The beginning of the line for [`Wake::Documents`].
const DOCUMENTS: &str = "documents ";

/// How long a node collects wake-ups before it sends them to the other nodes. A storm of tablets
/// then costs 20 messages a second, and not one for each order.
const COLLECTED_FOR: Duration = Duration::from_millis(50);

/// The most bytes of a message. PostgreSQL refuses messages of 8,000 bytes.
const MESSAGE_BYTES: usize = 7_000;

/// How long a node waits before it connects again to hear the others.
const HEAR_AGAIN: Duration = Duration::from_secs(2);

/// Passes wake-ups on between the nodes of one database. It ends when the server stops, and at once
/// if the database cannot have other nodes.
pub async fn share_wakes(state: AppState) {
    if !state.store.has_nodes() {
        return;
    }
    let mut stopping = state.stopping.subscribe();
    let name = state.random::<8>().map_or(0, u64::from_be_bytes).to_string();
    tokio::select! {
        () = send_ours(&state, &name) => {}
        () = hear_others(&state, &name) => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

/// Sends this node's wake-ups. A message is the name of the node, and one line for each wake-up.
async fn send_ours(state: &AppState, name: &str) {
    let mut ours = state.ours.subscribe();
    loop {
        let mut lines = BTreeSet::new();
        match ours.recv().await {
            Ok(wake) => lines.insert(wake.to_line()),
            Err(RecvError::Lagged(_)) => lines.insert(Wake::Everything.to_line()),
            Err(RecvError::Closed) => return,
        };
        tokio::time::sleep(COLLECTED_FOR).await;
        loop {
            match ours.try_recv() {
                Ok(wake) => lines.insert(wake.to_line()),
                Err(TryRecvError::Lagged(_)) => lines.insert(Wake::Everything.to_line()),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
        }
        let lines: String = lines.into_iter().map(|line| format!("\n{line}")).collect();
        let lines = if lines.len() > MESSAGE_BYTES { "\neverything".to_owned() } else { lines };
        if let Err(error) = state.store.tell_nodes(&format!("{name}{lines}")).await {
            tracing::warn!("other nodes cannot be told what changed: {error}");
        }
    }
}

/// Wakes the listeners of this node when another one says that something changed.
async fn hear_others(state: &AppState, name: &str) {
    loop {
        match state.store.hear_nodes().await {
            Ok(mut messages) => {
                // Messages from before are lost.
                state.wake_here(Wake::Everything);
                while let Some(message) = messages.next().await {
                    let mut lines = message.lines();
                    if lines.next() != Some(name) {
                        lines.for_each(|line| state.wake_here(Wake::from_line(line)));
                    }
                }
            }
            Err(error) => tracing::warn!("other nodes cannot be heard: {error}"),
        }
        tokio::time::sleep(HEAR_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_node_reads_every_wake_up_as_it_was_sent() {
        let wakes = [
            Wake::Documents("S 01".parse().unwrap()),
            Wake::Release,
            Wake::Orders,
            Wake::Jobs,
            Wake::Admission,
            Wake::Everything,
        ];
        for wake in wakes {
            assert_eq!(Wake::from_line(&wake.to_line()), wake);
        }
        assert_eq!(Wake::from_line("something newer"), Wake::Everything);
    }
}
