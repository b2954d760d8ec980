//! When to talk to the server: at the start, when the network or the page comes back, after each thing a person did, and
//! now and then. What is said is the replica's business.

use std::time::Duration;

use calloff_core::sync::Notice as SyncNotice;
use calloff_core::wire::ErrorCode;
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::future::{Either, select};
use futures_util::stream::StreamExt;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;

use super::notices::{Notice, Notices, Tone};
use super::release_store::CatalogueError;
use super::releases::{Releases, today};
use super::sync_status::{Blocked, Connection, Contact};
use super::workspace::{DispatchError, Workspace};
use super::{backoff, hints};
use crate::api;
use crate::i18n::Text;
use crate::platform::clock;
use crate::platform::http::HttpError;
use crate::platform::ids::random_bytes;

/// What people do in quick succession goes up together.
const DEBOUNCE_MS: u32 = 300;
/// A replica asks for pushes until everything is sent; a thousand times a hundred documents is a fault, not a backlog.
const MOST_PUSHES: usize = 1_000;

/// Everything a round needs.
pub struct SyncLoop {
    pub workspace: Workspace,
    pub releases: Releases,
    pub credential: String,
    pub connection: RwSignal<Connection>,
    pub notices: Notices,
}

/// Why a round ended early. The next one starts over; nothing is lost.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Disk(#[from] DispatchError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the server took {MOST_PUSHES} pushes and this tablet still has something to send")]
    NoEnd,
}

impl SyncLoop {
    /// Runs until the page is closed.
    pub async fn run(self, mut wakes: UnboundedReceiver<()>) {
        let mut failures = 0;
        let mut day = today();
        let mut is_release_known = false;
        loop {
            self.connection.update(|connection| connection.is_busy = true);
            let round = self.round(&mut is_release_known).await;
            failures = if round.is_ok() { 0 } else { failures + 1 };
            self.note(&round);
            if day != today() {
                day = today();
                self.releases.take_up_kept().await;
            }
            pause(&mut wakes, wait(failures)).await;
        }
    }

    /// Sends everything, takes in everything, and looks after the catalogue.
    async fn round(&self, is_release_known: &mut bool) -> Result<(), RoundError> {
        self.push_all().await?;
        let offered = self.pull_all().await?;
        let in_use = self.releases.catalogue.release_untracked().map(|release| release.number);
        if !*is_release_known || offered.is_some_and(|number| Some(number) != in_use) {
            *is_release_known = false;
            self.releases.update().await?;
            *is_release_known = true;
        }
        Ok(())
    }

    async fn push_all(&self) -> Result<(), RoundError> {
        for _ in 0..MOST_PUSHES {
            let Some(request) = self.workspace.push_request(env!("CARGO_PKG_VERSION")).await else { return Ok(()) };
            let response = api::push(&self.credential, &request).await?;
            self.reached();
            let notices = self.workspace.on_push_response(response).await?;
            self.tell(notices);
        }
        Err(RoundError::NoEnd)
    }

    /// The number of the newest release in force at the server.
    async fn pull_all(&self) -> Result<Option<u64>, RoundError> {
        loop {
            let cursor = self.workspace.cursor().await;
            let response = api::pull(&self.credential, cursor.as_deref()).await?;
            self.reached();
            let (release, more) = (response.release, response.more);
            let notices = self.workspace.on_pull_response(response).await?;
            self.tell(notices);
            if !more {
                return Ok(release);
            }
        }
    }

    fn reached(&self) {
        let now = clock::now_ms();
        hints::set_last_contact(now);
        self.connection.update(|connection| {
            connection.contact = Contact::Reached;
            connection.last_contact = Some(now);
        });
    }

    fn note(&self, round: &Result<(), RoundError>) {
        self.connection.update(|connection| {
            connection.is_busy = false;
            if let Some(contact) = contact_after(round) {
                connection.contact = contact;
            }
        });
        if let Err(RoundError::Disk(error)) = round {
            self.notices.show(Notice::new(Tone::Negative, Text::NotSaved).with("reason", error));
        }
    }

    fn tell(&self, notices: Vec<SyncNotice>) {
        for notice in notices {
            self.notices.show(worded(notice));
        }
    }
}

/// What a round says about the connection; none where it failed for a reason of this tablet.
fn contact_after(round: &Result<(), RoundError>) -> Option<Contact> {
    match round {
        Ok(()) => Some(Contact::Reached),
        Err(RoundError::Http(error) | RoundError::Catalogue(CatalogueError::Http(error))) => Some(contact_of(error)),
        Err(RoundError::NoEnd) => Some(Contact::Refused(Blocked::Error)),
        Err(RoundError::Disk(_) | RoundError::Catalogue(_)) => None,
    }
}

fn contact_of(error: &HttpError) -> Contact {
    match error {
        HttpError::Offline(_) | HttpError::Timeout(_) => Contact::Unreachable,
        // A proxy that answers for a server that is down.
        HttpError::Status { status: 502..=504, .. } => Contact::Unreachable,
        HttpError::Status { .. } => Contact::Refused(match api::error_code(error) {
            Some(ErrorCode::Unauthenticated | ErrorCode::Forbidden) => Blocked::Credential,
            Some(ErrorCode::ClientTooOld) => Blocked::TooOld,
            _ => Blocked::Error,
        }),
        HttpError::Decode(_) => Contact::Refused(Blocked::Error),
    }
}

/// What the replica has to say, in the table's words.
#[must_use]
pub fn worded(notice: SyncNotice) -> Notice {
    match notice {
        SyncNotice::MovedToNewDraft { lines, .. } => {
            Notice::new(Tone::Caution, Text::LinesMoved).with("count", lines.len())
        }
        SyncNotice::NotApplied { refusal, .. } => Notice::new(Tone::Caution, Text::NotApplied).with("reason", refusal),
        SyncNotice::HeldBack { refusals, .. } => {
            let reasons: Vec<_> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
            Notice::new(Tone::Negative, Text::HeldBack).with("reason", reasons.join("; "))
        }
        SyncNotice::Unreadable { detail, .. } => {
            Notice::new(Tone::Negative, Text::OrderUnreadable).with("reason", detail)
        }
    }
}

fn wait(failures: u32) -> Duration {
    match failures {
        0 => backoff::IDLE,
        // Without random numbers there is no jitter.
        failures => backoff::after_failures(failures, random_bytes::<1>().map_or(255, |[byte]| byte)),
    }
}

/// Until somebody wakes the loop or the time is up; then a moment more, for what follows at once.
async fn pause(wakes: &mut UnboundedReceiver<()>, longest: Duration) {
    let milliseconds = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX);
    if let Either::Right(_) = select(TimeoutFuture::new(milliseconds), wakes.next()).await {
        TimeoutFuture::new(DEBOUNCE_MS).await;
    }
    while wakes.try_recv().is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::ProblemDetails;

    fn status(status: u16, code: &str) -> Result<(), RoundError> {
        let problem = ProblemDetails { code: code.into(), title: "x".into(), ..Default::default() };
        Err(HttpError::Status { status, problem: Some(problem) }.into())
    }

    #[test]
    fn a_revoked_credential_and_an_old_app_are_told_apart_from_a_server_that_fails() {
        assert_eq!(contact_after(&status(401, "unauthenticated")), Some(Contact::Refused(Blocked::Credential)));
        assert_eq!(contact_after(&status(426, "client_too_old")), Some(Contact::Refused(Blocked::TooOld)));
        assert_eq!(contact_after(&status(500, "internal")), Some(Contact::Refused(Blocked::Error)));
        assert_eq!(contact_after(&status(503, "unavailable")), Some(Contact::Unreachable));
    }

    #[test]
    fn a_full_disk_says_nothing_about_the_connection() {
        assert_eq!(contact_after(&Err(DispatchError::NobodyOrders.into())), None);
        assert_eq!(contact_after(&Ok(())), Some(Contact::Reached));
    }
}
