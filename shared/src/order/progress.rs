//! How far a purchase order is on its way to the supplier.

use serde::{Deserialize, Serialize};

/// How far a purchase order is on its way to the supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseOrderState {
    /// It was made before Calloff sent purchase orders, or came back after a restore. Calloff does
    /// not know whether the supplier has it, and sends it only if a person says so.
    Unknown,
    /// The server sends it as soon as it can.
    ToSend,
    /// No channel could send it, or the supplier has none. A person must.
    NeedsPerson,
    /// The connection broke after the last byte. The supplier's server may have it or not. The
    /// server sends the same bytes once more.
    Uncertain,
    /// It was handed over: to the supplier's mail server, or into its folder, or by a person. This
    /// does not say that somebody has read it.
    Sent,
}

impl PurchaseOrderState {
    /// All states, in the order of the way.
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::ToSend, Self::NeedsPerson, Self::Uncertain, Self::Sent];

    /// The name of the state in the database and in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::ToSend => "to_send",
            Self::NeedsPerson => "needs_person",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
        }
    }

    /// The state with a name. `None` if there is no such state.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How far a purchase order is, as its site knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderProgress {
    /// The state.
    pub state: PurchaseOrderState,
    /// Since when, by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
}
