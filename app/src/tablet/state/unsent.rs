//! How much this tablet has not sent.

/// The work that waits to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsent {
    /// The number of people's actions.
    pub count: usize,
    /// The number of submitted orders that are only on this tablet.
    pub orders: usize,
    /// The time of the oldest action, in milliseconds since the Unix epoch. `None` if nothing
    /// waits.
    pub oldest_at: Option<i64>,
}
