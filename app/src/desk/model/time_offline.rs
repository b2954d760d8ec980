//! How long an order waited on its tablet before the server received it.

/// A shorter time is the time on the network, not time offline.
const ON_THE_WAY_MS: i64 = 60_000;

/// The time from sending to arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOffline {
    /// The order arrived at once.
    None,
    /// The tablet's clock was ahead of the server's, so the time is unknown.
    Unknown,
    Minutes(i64),
    Hours {
        hours: i64,
        minutes: i64,
    },
    Days {
        days: i64,
        hours: i64,
    },
}

/// The time between the two instants: when the order was sent by the tablet's clock, and when it
/// arrived by the server's clock. Both are in milliseconds since the Unix epoch.
#[must_use]
pub fn time_offline(submitted_at: i64, received_at: i64) -> TimeOffline {
    let waited = received_at.saturating_sub(submitted_at);
    if waited < -ON_THE_WAY_MS {
        return TimeOffline::Unknown;
    }
    if waited < ON_THE_WAY_MS {
        return TimeOffline::None;
    }
    let minutes = waited / 60_000;
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours) {
        (0, 0) => TimeOffline::Minutes(minutes),
        (0, _) => TimeOffline::Hours { hours, minutes: minutes % 60 },
        (_, _) => TimeOffline::Days { days, hours: hours % 24 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_short_way_is_no_time_offline() {
        assert_eq!(time_offline(0, 59_999), TimeOffline::None);
        assert_eq!(time_offline(59_999, 0), TimeOffline::None);
    }

    #[test]
    fn longer_is_told_in_the_two_largest_units() {
        assert_eq!(time_offline(0, MINUTE), TimeOffline::Minutes(1));
        assert_eq!(time_offline(0, 59 * MINUTE + 59_000), TimeOffline::Minutes(59));
        assert_eq!(time_offline(0, 125 * MINUTE), TimeOffline::Hours { hours: 2, minutes: 5 });
        assert_eq!(
            time_offline(0, (3 * 24 + 4) * 60 * MINUTE),
            TimeOffline::Days { days: 3, hours: 4 }
        );
    }

    #[test]
    fn a_clock_ahead_is_not_made_into_a_time() {
        assert_eq!(time_offline(10 * MINUTE, 0), TimeOffline::Unknown);
    }
}
