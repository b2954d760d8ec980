//! When to try again: exponential with jitter, so that a building full of tablets does not come back in one second.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(120);
/// How often an idle tablet asks for news.
pub const IDLE: Duration = Duration::from_secs(20);

/// The wait after `failures` attempts in a row that failed (at least one): half of the doubled delay for certain, the
/// other half by `random` (0 none of it, 255 all).
#[must_use]
pub fn after_failures(failures: u32, random: u8) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = ceiling / 2;
    half + half * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_stays_in_the_upper_half() {
        assert_eq!(after_failures(1, 255), Duration::from_secs(2));
        assert_eq!(after_failures(1, 0), Duration::from_secs(1));
        assert_eq!(after_failures(3, 255), Duration::from_secs(8));
        for failures in [7, 20, u32::MAX] {
            assert_eq!(after_failures(failures, 255), LONGEST);
            assert_eq!(after_failures(failures, 0), LONGEST / 2);
        }
    }
}
