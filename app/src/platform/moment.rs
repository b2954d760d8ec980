//! How long ago something was, on this device.

use std::time::Duration;

use super::clock;

/// A moment on this device. Only the time between two moments means something.
///
/// Neither of the browser's two clocks is enough. The device's clock may be set, and a comparison
/// with the server's clock corrects [`clock::now_ms`]. The time since the page was opened stands
/// still on some devices while they sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the device's own clock, in milliseconds since the Unix epoch.
    pub(crate) device_ms: i64,
    /// Since the page was opened, in milliseconds. `None` if the browser does not say.
    pub(crate) opened_ms: Option<i64>,
}

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let opened_ms = clock::since_opened_ms().map(|opened_ms| opened_ms as i64);
        Self { device_ms: clock::device_ms(), opened_ms }
    }

    /// The time since an earlier moment of this page, by the clock that counted more. If the
    /// device's clock was set forward in between, this is too long. It is too short only if the
    /// clock was set back while the device slept.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let by_device = self.device_ms.saturating_sub(earlier.device_ms);
        let by_page = self.opened_ms.zip(earlier.opened_ms).map(|(now, then)| now - then);
        // With the device's clock alone, a step back cannot be told from a long time.
        let longest = by_page.map_or(by_device.saturating_abs(), |by_page| by_device.max(by_page));
        Duration::from_millis(longest.try_into().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_while_the_clock_is_set_back_and_while_the_device_sleeps() {
        let earlier = Moment { device_ms: 1_000_000, opened_ms: Some(5_000) };
        let since =
            |device_ms, opened_ms| Moment { device_ms, opened_ms: Some(opened_ms) }.since(earlier);
        assert_eq!(since(1_060_000, 65_000), Duration::from_secs(60));
        assert_eq!(since(0, 65_000), Duration::from_secs(60), "the clock was set back");
        assert_eq!(since(1_060_000, 5_010), Duration::from_secs(60), "the device slept");
        assert_eq!(since(1_000_000, 5_000), Duration::ZERO);
        let alone = |device_ms| Moment { device_ms, opened_ms: None };
        assert_eq!(alone(40_000).since(alone(100_000)), Duration::from_secs(60), "set back");
    }
}
