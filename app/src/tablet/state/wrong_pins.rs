//! Wrong PINs, and the wait that they cause.

use std::time::Duration;

use calloff_core::pin::wait_after;

/// Wrong PINs of one person in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WrongPins {
    pub count: u32,
    /// The time of the last wrong PIN by the tablet's clock, in milliseconds since the Unix epoch.
    pub last_at: i64,
}

impl WrongPins {
    /// How long this person must wait before the tablet checks another PIN. If the clock is set
    /// back, the wait does not end, and it does not become longer than a whole wait.
    #[must_use]
    pub fn wait(self, now: i64) -> Duration {
        let passed = u64::try_from(now.saturating_sub(self.last_at)).unwrap_or(0);
        wait_after(self.count).saturating_sub(Duration::from_millis(passed))
    }

    /// One more wrong PIN.
    #[must_use]
    pub fn one_more(self, now: i64) -> Self {
        Self { count: self.count.saturating_add(1), last_at: now }
    }
}
