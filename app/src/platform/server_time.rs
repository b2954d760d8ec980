//! Compares this device's clock with the server's, from the server's answers. This module is pure.

use serde::{Deserialize, Serialize};

/// The app does not mention a smaller difference. People do not notice it, and a slow answer
/// measures no better.
const UNSPOKEN_MS: i64 = 2 * 60_000;
/// If the clock moves by this much more or less than the time that passes, a person set it or the
/// device slept.
const STEP_MS: i64 = 2_000;
/// If a step forward brings the clock this near to the server's, a person set it right.
const SET_RIGHT_MS: i64 = 5 * 60_000;

/// The server's time and this device's at one moment, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTime {
    /// The time on the server's clock.
    pub server_at: i64,
    /// The time on the device's clock.
    pub device_at: i64,
    /// The largest error of `server_at`, in milliseconds.
    pub exact_to: i64,
}

/// How right this device's clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// The clock is right, as far as the app knows.
    Right,
    /// The clock is behind the server's by this number of milliseconds.
    Behind(i64),
    /// The clock is ahead of the server's by this number of milliseconds.
    Ahead(i64),
    /// The clock shows a time before the last contact with the server, so the time is unknown.
    SetBack,
}

impl ServerTime {
    /// Makes a comparison from an answer that gives the time `server_at`. The answer came `took`
    /// milliseconds after its request, when the device's clock showed `device_at`. The server wrote
    /// it at some moment in between, so the middle counts.
    #[must_use]
    pub fn heard(server_at: i64, device_at: i64, took: i64) -> Self {
        let half = took.max(0) / 2;
        Self { server_at: server_at.saturating_add(half), device_at, exact_to: half + 1 }
    }

    /// How far the device's clock is behind the server's, in milliseconds. Below zero it is ahead.
    #[must_use]
    pub fn behind_by(self) -> i64 {
        self.server_at.saturating_sub(self.device_at)
    }

    /// Combines this comparison with the one before. If they differ by no more than this one's
    /// error, the earlier difference of the clocks still holds. Otherwise this comparison counts.
    #[must_use]
    pub fn after(self, before: Option<Self>) -> Self {
        match before {
            Some(before) if (self.behind_by() - before.behind_by()).abs() <= self.exact_to => {
                Self {
                    server_at: self.device_at.saturating_add(before.behind_by()),
                    device_at: self.device_at,
                    exact_to: before.exact_to.min(self.exact_to),
                }
            }
            _ => self,
        }
    }

    /// The comparison after the device's clock moved by `step` milliseconds more than the time that
    /// passed. A step backwards means that a person set the clock. A step forwards means that the
    /// device slept, unless the step brings the clock near to the server's.
    #[must_use]
    pub fn after_step(self, step: i64) -> Self {
        let was_set_right = step > STEP_MS && (step - self.behind_by()).abs() <= SET_RIGHT_MS;
        if step < -STEP_MS || was_set_right {
            Self { device_at: self.device_at.saturating_add(step), ..self }
        } else {
            self
        }
    }

    /// The server's time when the device's clock shows `device_ms`. Never before the last contact.
    #[must_use]
    pub fn now(self, device_ms: i64) -> i64 {
        device_ms.saturating_add(self.behind_by()).max(self.server_at)
    }

    /// The state of the clock when it shows `device_ms`.
    #[must_use]
    pub fn state(self, device_ms: i64) -> ClockState {
        let behind = self.behind_by();
        if device_ms < self.device_at.saturating_sub(UNSPOKEN_MS) {
            ClockState::SetBack
        } else if behind >= UNSPOKEN_MS {
            ClockState::Behind(behind)
        } else if behind <= -UNSPOKEN_MS {
            ClockState::Ahead(-behind)
        } else {
            ClockState::Right
        }
    }
}

/// A length of time in the unit in which people say it, rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

/// Rounds milliseconds: "3 days" from two days on, "26 hours" below that, and minutes below 100
/// minutes.
#[must_use]
pub fn span(milliseconds: i64) -> Span {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    let rounded = |unit: i64| milliseconds.saturating_add(unit / 2) / unit;
    match rounded(MINUTE) {
        minutes @ ..100 => Span::Minutes(minutes),
        _ => match rounded(HOUR) {
            hours @ ..48 => Span::Hours(hours),
            _ => Span::Days(rounded(24 * HOUR)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    #[test]
    fn a_clock_that_is_days_off_is_corrected_and_named() {
        let heard = ServerTime::heard(10 * DAY, 7 * DAY, 200);
        assert_eq!(heard.state(7 * DAY), ClockState::Behind(3 * DAY + 100));
        assert_eq!(heard.now(7 * DAY + 5_000), 10 * DAY + 100 + 5_000);
        let ahead = ServerTime::heard(10 * DAY, 11 * DAY, 0);
        assert_eq!(ahead.state(11 * DAY), ClockState::Ahead(DAY));
        assert_eq!(ahead.now(11 * DAY), 10 * DAY);
        assert_eq!(
            ServerTime::heard(10 * DAY, 10 * DAY + 119_000, 0).state(10 * DAY + 119_000),
            ClockState::Right
        );
    }

    #[test]
    fn a_slow_answer_does_not_unsettle_what_a_quick_one_said() {
        let quick = ServerTime::heard(1_000_000, 1_000_000, 20);
        let slow = ServerTime::heard(2_000_000, 2_009_000, 20_000).after(Some(quick));
        assert_eq!(slow.behind_by(), quick.behind_by());
        assert_eq!((slow.device_at, slow.exact_to), (2_009_000, quick.exact_to));
        let other = ServerTime::heard(2_000_000, 2_100_000, 20).after(Some(quick));
        assert_eq!(other.behind_by(), 10 - 100_000, "a clock that was set meanwhile");
    }

    #[test]
    fn a_clock_that_is_set_while_the_page_is_open_changes_nothing() {
        let right = ServerTime::heard(10 * DAY, 10 * DAY, 0);
        let back = right.after_step(-3 * DAY);
        assert_eq!(
            (back.now(7 * DAY + 60_000), back.state(7 * DAY + 60_000)),
            (10 * DAY + 60_000, ClockState::Behind(3 * DAY))
        );
        let behind = ServerTime::heard(10 * DAY, 7 * DAY, 0);
        let set_right = behind.after_step(3 * DAY - 20_000);
        assert_eq!(set_right.state(10 * DAY), ClockState::Right);
        assert_eq!(set_right.now(10 * DAY), 10 * DAY + 20_000);
        let asleep = behind.after_step(8 * 60 * 60 * 1000);
        assert_eq!(asleep, behind, "a night is no set clock");
    }

    #[test]
    fn time_never_goes_before_the_last_contact() {
        let heard = ServerTime::heard(10 * DAY, 10 * DAY, 0);
        assert_eq!((heard.now(2 * DAY), heard.state(2 * DAY)), (10 * DAY, ClockState::SetBack));
    }

    #[test]
    fn a_span_is_said_in_the_unit_that_people_use() {
        assert_eq!(span(3 * DAY - 40), Span::Days(3));
        assert_eq!(span(26 * 60 * 60_000 - 40), Span::Hours(26));
        assert_eq!(span(59 * 60_000), Span::Minutes(59));
        assert_eq!(span(2 * 60_000 + 100), Span::Minutes(2));
    }
}
