//! Jobs: work that the server does later, and again if it fails.

use serde::{Deserialize, Serialize};

/// The kinds of jobs that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Stores settled orders in fewer bytes.
    Compaction,
    /// Sends a purchase order to its supplier.
    Dispatch,
    /// Deletes sessions, codes, invitations and ended jobs whose time is over.
    Expiry,
    /// Lets old orders leave the tablets.
    OldOrders,
    /// Tells tablets that a release was published, was withdrawn or takes effect.
    Release,
}

impl JobKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Compaction, Self::Dispatch, Self::Expiry, Self::OldOrders, Self::Release];

    /// The name of the kind in the database and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compaction => "compaction",
            Self::Dispatch => "dispatch",
            Self::Expiry => "expiry",
            Self::OldOrders => "old_orders",
            Self::Release => "release",
        }
    }

    /// The kind with a name. `None` for a kind of a newer version.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It runs at a time, perhaps once more after a failure.
    Waiting,
    /// A server works on it.
    Running,
    /// Its last attempt failed. The server does not try again by itself.
    Failed,
    /// It was done.
    Done,
    /// An administrator cancelled it.
    Cancelled,
}

/// A job, for a list of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// The number of the job.
    pub id: i64,
    /// The name of its kind. This version may not know it ([`JobKind::named`]).
    pub kind: String,
    /// The name of this piece of work among those of its kind. Empty for work that repeats itself.
    pub key: String,
    /// Its state.
    pub state: JobState,
    /// How many attempts were begun since it was enqueued.
    pub attempts: u32,
    /// When it runs next, in milliseconds since the Unix epoch. It counts only while the job waits.
    pub run_at: i64,
    /// Whether it repeats itself.
    pub repeats: bool,
    /// The name of the server that works on it. `None` if no server does.
    pub node: Option<String>,
    /// Why the last attempt failed, in English. `None` without a failure.
    pub error: Option<String>,
    /// When it was done, failed for good or was cancelled, in milliseconds since the Unix epoch.
    /// `None` before that.
    pub ended_at: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name_everywhere() {
        for kind in JobKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(JobKind::named(kind.name()), Some(kind));
        }
        assert_eq!(JobKind::named("of a newer version"), None);
    }
}
