//! The state that the sync chip shows. This module is pure.

use serde::{Deserialize, Serialize};

use crate::platform::server_time::ServerTime;

/// The result of the last attempt to reach the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contact {
    /// There was no attempt yet.
    #[default]
    Unknown,
    Reached,
    /// There was no answer: no network, or the server is down.
    Unreachable,
    /// The server answers, but takes nothing from this tablet until a person acts.
    Refused(Blocked),
}

/// Why the server takes nothing from this tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blocked {
    /// The server does not know the credential, or it was revoked.
    Credential,
    /// This version of the app is too old to send changes.
    TooOld,
    /// The server answered with another error. The tablet tries again.
    Error,
}

/// The state of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub contact: Contact,
    /// Whether a round is running.
    pub is_busy: bool,
    /// The time of the server's last answer, in milliseconds since the Unix epoch.
    pub last_contact: Option<i64>,
    /// The comparison of the clocks at that time.
    pub server_time: Option<ServerTime>,
}

impl Connection {
    /// Notes that the line from the server broke. The next round finds out whether the server
    /// answers.
    pub fn lose_the_line(&mut self) {
        if self.contact == Contact::Reached {
            self.contact = Contact::Unknown;
        }
    }
}

/// The states of the chip. Each has its own icon and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChipState {
    /// The tablet has not reached the server since the start, and no attempt has failed.
    Connecting,
    /// Head office has everything.
    Synced,
    /// The tablet is sending.
    Sending,
    /// Something waits to be sent, and will be sent soon.
    Unsent,
    /// There is no connection, and people can go on working.
    Offline,
    /// A person must act.
    Attention,
    /// This version of the app is too old to send. It must be updated.
    Outdated,
}

impl ChipState {
    /// The name in `data-state` and in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Synced => "synced",
            Self::Sending => "sending",
            Self::Unsent => "unsent",
            Self::Offline => "offline",
            Self::Attention => "attention",
            Self::Outdated => "outdated",
        }
    }
}

/// The state of the chip.
#[must_use]
pub fn chip_state(connection: Connection, unsent: usize) -> ChipState {
    match connection.contact {
        Contact::Refused(Blocked::Credential) => ChipState::Attention,
        Contact::Refused(Blocked::TooOld) => ChipState::Outdated,
        Contact::Unreachable => ChipState::Offline,
        Contact::Refused(Blocked::Error) | Contact::Reached | Contact::Unknown if unsent > 0 => {
            if connection.is_busy {
                ChipState::Sending
            } else {
                ChipState::Unsent
            }
        }
        Contact::Unknown => ChipState::Connecting,
        Contact::Refused(Blocked::Error) => ChipState::Offline,
        Contact::Reached => ChipState::Synced,
    }
}

/// How long ago something was, in the largest whole unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    JustNow,
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

/// The time from `since` to `now`, both in milliseconds. If the clock was set back, the age is
/// "just now".
#[must_use]
pub fn age(since: i64, now: i64) -> Age {
    let minutes = now.saturating_sub(since) / 60_000;
    match minutes {
        ..1 => Age::JustNow,
        1..60 => Age::Minutes(minutes),
        60..1440 => Age::Hours(minutes / 60),
        _ => Age::Days(minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(contact: Contact, is_busy: bool) -> Connection {
        Connection { contact, is_busy, ..Connection::default() }
    }

    #[test]
    fn nothing_unsent_and_an_answer_is_synced() {
        assert_eq!(chip_state(connection(Contact::Reached, false), 0), ChipState::Synced);
        assert_eq!(chip_state(connection(Contact::Reached, true), 0), ChipState::Synced);
    }

    #[test]
    fn before_the_first_answer_it_is_neither_synced_nor_offline() {
        assert_eq!(chip_state(connection(Contact::Unknown, true), 0), ChipState::Connecting);
        assert_eq!(chip_state(connection(Contact::Unknown, true), 1), ChipState::Sending);
        assert_eq!(chip_state(connection(Contact::Unreachable, false), 0), ChipState::Offline);
    }

    #[test]
    fn a_line_that_broke_says_nothing_of_all_being_sent() {
        let after = |contact| {
            let mut connection = connection(contact, false);
            connection.lose_the_line();
            chip_state(connection, 0)
        };
        assert_eq!(after(Contact::Reached), ChipState::Connecting);
        assert_eq!(after(Contact::Unreachable), ChipState::Offline);
        assert_eq!(after(Contact::Refused(Blocked::Credential)), ChipState::Attention);
    }

    #[test]
    fn unsent_work_is_never_shown_as_synced() {
        for contact in [
            Contact::Unknown,
            Contact::Reached,
            Contact::Unreachable,
            Contact::Refused(Blocked::Error),
        ] {
            for is_busy in [false, true] {
                assert_ne!(chip_state(connection(contact, is_busy), 1), ChipState::Synced);
            }
        }
        assert_eq!(chip_state(connection(Contact::Reached, true), 2), ChipState::Sending);
        assert_eq!(chip_state(connection(Contact::Reached, false), 2), ChipState::Unsent);
    }

    #[test]
    fn a_revoked_or_outdated_tablet_asks_for_somebody() {
        for unsent in [0, 3] {
            let state = |blocked| chip_state(connection(Contact::Refused(blocked), false), unsent);
            assert_eq!(state(Blocked::Credential), ChipState::Attention);
            assert_eq!(state(Blocked::TooOld), ChipState::Outdated);
        }
    }

    #[test]
    fn ages_are_in_the_largest_whole_unit_and_a_clock_set_back_is_now() {
        assert_eq!(age(0, 59_999), Age::JustNow);
        assert_eq!(age(0, 60_000), Age::Minutes(1));
        assert_eq!(age(0, 59 * 60_000), Age::Minutes(59));
        assert_eq!(age(0, 60 * 60_000), Age::Hours(1));
        assert_eq!(age(0, 47 * 3_600_000), Age::Days(1));
        assert_eq!(age(100_000_000, 0), Age::JustNow);
    }
}
