//! Decides when a tablet does what: send everything, take in everything, fetch the catalogue, rest,
//! and start over.

use std::time::Duration;

use super::Replica;
use crate::wire::{PullRequest, PushRequest, PushResponse};

/// How often an idle tablet asks the server for news.
const IDLE: Duration = Duration::from_secs(20);
/// How often an idle tablet asks while the server sends it events. This is only a precaution.
const LISTENING: Duration = Duration::from_secs(5 * 60);
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(120);

/// The most pushes in one round. A thousand pushes of a hundred documents each are a fault, not a
/// backlog.
const MOST_PUSHES: usize = 1_000;

/// What a tablet does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the unsent intents of an earlier identity this tablet's own, with
    /// [`Replica::take_over`].
    TakeOver,
    /// Send this. Show the answer to [`Rounds::on_pushed`], and pass it to
    /// [`Replica::on_push_response`].
    Push(PushRequest),
    /// Offer this to head office. Show the answer to [`Rounds::on_pushed`], and pass it to
    /// [`Replica::on_push_response`].
    Offer(PushRequest),
    /// Ask what changed, pass the answer to [`Replica::on_pull_response`], then call
    /// [`Rounds::on_pulled`].
    Pull(PullRequest),
    /// Ask which releases the tablet should have, fetch the missing parts, then call
    /// [`Rounds::on_release`].
    FetchRelease,
    /// The round is complete: call [`Rounds::end`].
    Rest,
}

/// The server accepted many pushes, and the tablet still has something to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server accepted {MOST_PUSHES} pushes, and this tablet still has something to send")]
pub struct NoEnd;

/// The rounds of a tablet. Any failure ends the round with [`Rounds::end`], and the next round
/// starts over. Nothing is lost by that, because every step may be repeated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rounds {
    stage: Stage,
    pushes: usize,
    /// Whether the other offers wait for the next round.
    offers_wait: bool,
    /// The number of failed rounds in a row.
    failures: u32,
    /// Whether the tablet asked for the releases since its start and since the server offered a new
    /// one.
    is_release_known: bool,
    is_listening: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Push,
    Pull,
    Release,
    Rest,
}

impl Rounds {
    /// The next step of this round. Without an answer in between, it returns the same step again.
    ///
    /// # Errors
    /// [`NoEnd`]; the caller must end the round as failed.
    pub fn next(&mut self, replica: &Replica, app_version: &str) -> Result<Step, NoEnd> {
        if self.stage == Stage::Push {
            if replica.was_enrolled_anew() {
                return Ok(Step::TakeOver);
            }
            match replica.push_request(app_version) {
                Some(_) if self.pushes >= MOST_PUSHES => return Err(NoEnd),
                Some(request) => return Ok(Step::Push(request)),
                None => {}
            }
            match self.offer(replica, app_version) {
                Some(_) if self.pushes >= MOST_PUSHES => return Err(NoEnd),
                Some(request) => return Ok(Step::Offer(request)),
                None => self.stage = Stage::Pull,
            }
        }
        // Only a pull shows what a restored server lacks. It is sent in the same round.
        let has_to_say = || {
            replica.push_request(app_version).is_some()
                || self.offer(replica, app_version).is_some()
        };
        if self.stage == Stage::Rest && self.pushes < MOST_PUSHES && has_to_say() {
            self.stage = Stage::Push;
            return self.next(replica, app_version);
        }
        Ok(match self.stage {
            Stage::Push | Stage::Pull => Step::Pull(replica.pull_request()),
            Stage::Release => Step::FetchRelease,
            Stage::Rest => Step::Rest,
        })
    }

    /// The next offer in this round. `None` if there is nothing to offer, or if the offers wait for
    /// the next round.
    fn offer(&self, replica: &Replica, app_version: &str) -> Option<PushRequest> {
        replica.offer_request(app_version).filter(|_| !self.offers_wait)
    }

    /// The server answered a push or an offer, and the replica takes the answer in. If head office
    /// keeps no more offers for now, the other offers wait for the next round.
    pub fn on_pushed(&mut self, answer: &PushResponse) {
        self.pushes += 1;
        self.offers_wait |= answer.has_too_many_offers();
    }

    /// The server answered a pull, and the replica took the answer in. `more` says whether there is
    /// more to pull. `offered` is the release that the server offers, `in_use` the release on this
    /// tablet.
    pub fn on_pulled(&mut self, more: bool, offered: Option<u64>, in_use: Option<u64>) {
        if more {
            return;
        }
        self.is_release_known &= offered.is_none() || offered == in_use;
        self.stage = if self.is_release_known { Stage::Rest } else { Stage::Release };
    }

    /// The catalogue is up to date.
    pub fn on_release(&mut self) {
        self.is_release_known = true;
        self.stage = Stage::Rest;
    }

    /// Whether the tablet receives the server's events. An idle tablet then asks less often.
    pub fn on_listening(&mut self, is_listening: bool) {
        self.is_listening = is_listening;
    }

    /// The stored releases are gone, or the server announced or withdrew one. The tablet asks for
    /// its releases again.
    pub fn ask_for_releases(&mut self) {
        self.is_release_known = false;
    }

    /// Ends a round and returns how long to rest. A person's intent, the network or the page may
    /// wake the tablet before. After each failure the rest doubles. Half of it is fixed, and
    /// `random` decides the other half (0 none of it, 255 all), so that the tablets of a building
    /// do not all come back in the same second.
    pub fn end(&mut self, is_success: bool, random: u8) -> Duration {
        self.stage = Stage::Push;
        self.pushes = 0;
        self.offers_wait = false;
        self.failures = if is_success { 0 } else { self.failures.saturating_add(1) };
        match self.failures {
            0 if self.is_listening => LISTENING,
            0 => IDLE,
            failures => after_failures(failures, random),
        }
    }
}

fn after_failures(failures: u32, random: u8) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = FIRST_RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY);
    let half = ceiling / 2;
    half + half * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DeviceId;

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_stays_in_the_upper_half() {
        assert_eq!(after_failures(1, 255), Duration::from_secs(2));
        assert_eq!(after_failures(1, 0), Duration::from_secs(1));
        assert_eq!(after_failures(3, 255), Duration::from_secs(8));
        for failures in [7, 20, u32::MAX] {
            assert_eq!(after_failures(failures, 255), LONGEST_RETRY);
            assert_eq!(after_failures(failures, 0), LONGEST_RETRY / 2);
        }
    }

    #[test]
    fn a_tablet_that_listens_asks_less_often_and_retries_as_soon_as_any() {
        let mut rounds = Rounds::default();
        assert_eq!(rounds.end(true, 0), IDLE);
        rounds.on_listening(true);
        assert_eq!(rounds.end(true, 0), LISTENING);
        assert_eq!(rounds.end(false, 255), FIRST_RETRY);
        rounds.on_listening(false);
        assert_eq!(rounds.end(true, 0), IDLE);
    }

    #[test]
    fn a_round_pulls_to_the_end_and_looks_after_the_catalogue_only_when_another_is_offered() {
        let replica = Replica::new(DeviceId::mint(0, [1; 10]));
        let mut rounds = Rounds::default();
        let pull = Ok(Step::Pull(replica.pull_request()));
        let mut round = |more: bool, offered, in_use| {
            assert_eq!(rounds.next(&replica, "1"), pull);
            assert_eq!(rounds.next(&replica, "1"), pull, "asked again");
            if more {
                rounds.on_pulled(true, offered, in_use);
                assert_eq!(rounds.next(&replica, "1"), pull, "there is more");
            }
            rounds.on_pulled(false, offered, in_use);
            let after = rounds.next(&replica, "1").unwrap();
            if after == Step::FetchRelease {
                rounds.on_release();
                assert_eq!(rounds.next(&replica, "1"), Ok(Step::Rest));
            }
            rounds.end(true, 0);
            after
        };
        assert_eq!(round(true, None, None), Step::FetchRelease, "not known yet");
        assert_eq!(round(false, Some(1), Some(1)), Step::Rest);
        assert_eq!(round(false, Some(2), Some(1)), Step::FetchRelease);
        assert_eq!(round(false, None, Some(2)), Step::Rest);
    }

    #[test]
    fn a_round_that_failed_while_fetching_a_release_fetches_it_again() {
        let replica = Replica::new(DeviceId::mint(0, [1; 10]));
        let mut rounds = Rounds { is_release_known: true, ..Rounds::default() };
        for _ in 0..2 {
            rounds.on_pulled(false, Some(2), Some(1));
            assert_eq!(rounds.next(&replica, "1"), Ok(Step::FetchRelease));
            rounds.end(false, 0);
        }
    }
}
