//! Talks to the server: at the start, when the network or the page comes back, after each action of
//! a person, and from time to time. The core decides what is sent and when ([`Rounds`]).

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use calloff_core::catalogue::Catalogue;
use calloff_core::sync::{NoEnd, Rounds, Step};
use calloff_core::wire::{ErrorCode, Event, PullRequest, TabletReport};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_util::future::{Either, select};
use futures_util::stream::StreamExt;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::allotments::Allotments;
use super::catalogue::CatalogueState;
use super::dispatch_error::DispatchError;
use super::hints;
use super::people::People;
use super::release_store::CatalogueError;
use super::releases::{Releases, today};
use super::session::{self, Enrolment, SessionError};
use super::sync_status::{Blocked, Connection, Contact};
use super::tabs::{Said, Tabs};
use super::told::Telling;
use super::workspace::Workspace;
use crate::api;
use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::i18n::Text;
use crate::platform::clock;
use crate::platform::event_stream::EventStream;
use crate::platform::http::HttpError;
use crate::platform::ids::random_bytes;
use crate::platform::moment::Moment;
use crate::tablet::failures::dispatch_error;

/// The pause in which quick actions gather, so that they are sent together.
const DEBOUNCE_MS: u32 = 300;
/// How long the facts about the site stay good. A new person or a new PIN arrives on the same day.
const FACTS_FOR: Duration = Duration::from_secs(4 * 60 * 60);

/// The longest random pause before a broken line is opened again. Tablets choose different moments,
/// because all of them lose the line when a server restarts.
const BROKEN_MS: u32 = 3_000;
/// The shortest time from one opening of the line to the next. If a line ends sooner, something in
/// between does not let it stay open.
const SHORT_MS: u32 = 10_000;

/// Everything a round needs.
pub struct SyncLoop {
    pub allotments: Allotments,
    pub workspace: Workspace,
    pub releases: Releases,
    pub enrolment: StoredValue<Arc<Enrolment>>,
    pub connection: RwSignal<Connection>,
    pub notices: Notices,
    pub people: People,
    pub tabs: Tabs,
    pub telling: Telling,
    /// Starts the next round.
    pub wake: UnboundedSender<()>,
}

/// The line on which the server says that something changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Closed,
    Opening,
    Open,
}

/// Why a round ended early. The next round starts over, and nothing is lost.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Disk(#[from] DispatchError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    NoEnd(#[from] NoEnd),
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl SyncLoop {
    /// Runs until the page is closed.
    pub async fn run(self, mut wakes: UnboundedReceiver<()>) {
        let mut rounds = Rounds::default();
        let mut day = today();
        let mut facts_at = None;
        let line = Rc::new(Cell::new(Line::Closed));
        let has_release_news = Rc::new(Cell::new(false));
        let mut losses = 0;
        loop {
            self.change_connection(|connection| connection.is_busy = true);
            if losses != self.workspace.losses_untracked() {
                losses = self.workspace.losses_untracked();
                rounds.ask_for_releases();
                self.notices.show(ShownNotice::new(Tone::Caution, Text::StorageRestored));
                // If this fails, the next start asks for them.
                drop(self.allotments.store_again().await);
            }
            if has_release_news.take() {
                rounds.ask_for_releases();
            }
            let mut round = self.round(&mut rounds).await;
            if round.is_ok() {
                round = self.keep_up(&mut facts_at).await;
            }
            if round.is_ok() && line.get() == Line::Closed {
                self.listen(Rc::clone(&line), Rc::clone(&has_release_news));
            }
            rounds.on_listening(line.get() == Line::Open);
            let rest = rounds.end(round.is_ok(), jitter());
            self.note(&round);
            if day != today() {
                day = today();
                self.releases.take_up_kept().await;
                self.tabs.say(&Said::Released);
            }
            pause(&mut wakes, rest).await;
        }
    }

    /// Opens the line, and starts a round when it is open and at each event. The first round asks
    /// for everything that changed before, also for releases: an announced release is fetched
    /// before its day, and a withdrawn one is deleted. When the line ends, the next round finds the
    /// reason and opens it again if it can.
    fn listen(&self, line: Rc<Cell<Line>>, has_release_news: Rc<Cell<bool>>) {
        let (credential, wake) = (self.credential(), self.wake.clone());
        let (connection, tabs) = (self.connection, self.tabs);
        line.set(Line::Opening);
        spawn_local(async move {
            let opened_at = Moment::now();
            if let Ok(mut stream) = EventStream::open(api::EVENTS, Some(&credential)).await {
                line.set(Line::Open);
                while let Ok(Some(event)) = stream.next().await {
                    if let Ok(Event::Release) = serde_json::from_str(&event) {
                        has_release_news.set(true);
                    }
                    // The receiving loop ends only with the page.
                    drop(wake.unbounded_send(()));
                }
                // Until the next round, nobody knows whether the server answers. So the chip does
                // not say that everything is sent only because that was true a moment ago.
                connection.update(Connection::lose_the_line);
                tabs.say(&Said::Connected { connection: connection.get_untracked() });
            }
            let lasted =
                u32::try_from(Moment::now().since(opened_at).as_millis()).unwrap_or(SHORT_MS);
            let later = BROKEN_MS / 255 * u32::from(jitter());
            TimeoutFuture::new(SHORT_MS.saturating_sub(lasted).saturating_add(later)).await;
            line.set(Line::Closed);
            drop(wake.unbounded_send(()));
        });
    }

    /// Sends everything, receives everything, and updates the catalogue.
    async fn round(&self, rounds: &mut Rounds) -> Result<(), RoundError> {
        self.workspace.look_after_storage().await?;
        loop {
            match self.workspace.next_step(rounds, env!("CARGO_PKG_VERSION")).await?? {
                Step::TakeOver => self.telling.tell(self.workspace.take_over().await?),
                Step::Push(request) => {
                    let response = api::push(&self.credential(), &request).await?;
                    self.reached();
                    rounds.on_pushed(&response);
                    self.telling.tell(self.workspace.on_push_response(response).await?);
                }
                Step::Offer(request) => {
                    let response = api::offer(&self.credential(), &request).await?;
                    self.reached();
                    rounds.on_pushed(&response);
                    self.telling.tell(self.workspace.on_push_response(response).await?);
                }
                Step::Pull(request) => {
                    let request = PullRequest { report: Some(self.report()), ..request };
                    let response = api::pull(&self.credential(), &request).await?;
                    self.reached();
                    let (offered, more) = (response.release, response.more);
                    // The allotments come before the cursor, because the cursor tells head office
                    // that this tablet has them.
                    self.allotments.take_in(response.allotments.clone()).await?;
                    self.telling.tell(self.workspace.on_pull_response(response).await?);
                    let in_use =
                        self.releases.catalogue.release_untracked().map(|release| release.number);
                    rounds.on_pulled(more, offered, in_use);
                }
                Step::FetchRelease => {
                    self.releases.update().await?;
                    self.tabs.say(&Said::Released);
                    rounds.on_release();
                }
                Step::Rest => return Ok(()),
            }
        }
    }

    /// From time to time, asks for the people who may use this tablet, and for a new credential if
    /// the present one is old.
    async fn keep_up(&self, asked_at: &mut Option<Moment>) -> Result<(), RoundError> {
        let now = Moment::now();
        if asked_at.is_some_and(|at| now.since(at) < FACTS_FOR) {
            return Ok(());
        }
        let facts = api::tablet_facts(&self.credential()).await?;
        let is_due = facts.is_credential_due;
        self.people.replace(facts.staff.clone());
        self.change_enrolment(|enrolment| {
            enrolment.device_name = facts.name;
            enrolment.granted.site_name = facts.site_name;
            enrolment.granted.organisation_name = facts.organisation_name;
            enrolment.granted.staff = facts.staff;
        })
        .await?;
        if is_due {
            let next = api::next_credential(&self.credential()).await?.credential;
            // The new credential is stored before it is used, because its first use ends the old
            // one.
            self.change_enrolment(|enrolment| enrolment.granted.credential = next).await?;
        }
        *asked_at = Some(now);
        Ok(())
    }

    async fn change_enrolment(
        &self,
        change: impl FnOnce(&mut Enrolment),
    ) -> Result<(), SessionError> {
        let known = self.enrolment.get_value();
        let mut changed = (*known).clone();
        change(&mut changed);
        if changed != *known {
            session::keep(&self.releases.store, &changed).await?;
            self.enrolment.set_value(Arc::new(changed));
            self.tabs.say(&Said::Enrolment);
        }
        Ok(())
    }

    /// What this tablet says about itself to the people at the desk.
    fn report(&self) -> TabletReport {
        let release = self.releases.catalogue.release_untracked();
        let unsent = self.workspace.unsent_untracked().count;
        TabletReport {
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            release: release.map(|release| release.number),
            unsent: u32::try_from(unsent).unwrap_or(u32::MAX),
        }
    }

    fn credential(&self) -> String {
        self.enrolment.with_value(|enrolment| enrolment.granted.credential.clone())
    }

    fn reached(&self) {
        let now = clock::now_ms();
        hints::set_last_contact(now);
        let server_time = clock::server_time();
        if let Some(known) = server_time {
            hints::set_server_time(known);
        }
        self.change_connection(|connection| {
            connection.contact = Contact::Reached;
            connection.last_contact = Some(now);
            connection.server_time = server_time;
        });
    }

    fn change_connection(&self, change: impl FnOnce(&mut Connection)) {
        self.connection.update(change);
        self.tabs.say(&Said::Connected { connection: self.connection.get_untracked() });
    }

    fn note(&self, round: &Result<(), RoundError>) {
        self.change_connection(|connection| {
            connection.is_busy = false;
            if let Some(contact) = contact_after(round) {
                connection.contact = contact;
            }
        });
        match round {
            Err(RoundError::Disk(error)) => {
                self.notices.show(
                    ShownNotice::new(Tone::Negative, Text::NotSaved)
                        .with_sentence("reason", dispatch_error(error, None, &None::<Catalogue>)),
                );
            }
            // The disk held no catalogue, and the server sends none.
            Err(RoundError::Http(error)) => {
                self.releases.catalogue.set_unless_ready(CatalogueState::Missing(error.into()));
            }
            _ => {}
        }
    }
}

/// A random byte. Without random numbers it is 255, the longest wait.
fn jitter() -> u8 {
    random_bytes::<1>().map_or(255, |[byte]| byte)
}

/// The contact with the server after a round. `None` if the round failed for a reason on this
/// tablet.
fn contact_after(round: &Result<(), RoundError>) -> Option<Contact> {
    match round {
        Ok(()) => Some(Contact::Reached),
        Err(RoundError::Http(error) | RoundError::Catalogue(CatalogueError::Http(error))) => {
            Some(contact_of(error))
        }
        Err(RoundError::NoEnd(_)) => Some(Contact::Refused(Blocked::Error)),
        Err(RoundError::Disk(_) | RoundError::Catalogue(_) | RoundError::Session(_)) => None,
    }
}

fn contact_of(error: &HttpError) -> Contact {
    match error {
        HttpError::Offline(_) | HttpError::Timeout(_) => Contact::Unreachable,
        // A proxy answers for a server that is down.
        HttpError::Status { status: 502..=504, .. } => Contact::Unreachable,
        HttpError::Status { .. } => Contact::Refused(match api::error_code(error) {
            Some(ErrorCode::Unauthenticated | ErrorCode::DeviceRevoked | ErrorCode::Forbidden) => {
                Blocked::Credential
            }
            Some(ErrorCode::ClientTooOld) => Blocked::TooOld,
            _ => Blocked::Error,
        }),
        HttpError::Decode(_) => Contact::Refused(Blocked::Error),
    }
}

/// Waits until another part of the app wakes the loop, or until `longest` has passed. After a wake
/// it waits a moment more, for actions that follow at once.
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
        Err(HttpError::Status { status, problem: Some(problem.into()) }.into())
    }

    #[test]
    fn a_revoked_credential_and_an_old_app_are_told_apart_from_a_server_that_fails() {
        assert_eq!(
            contact_after(&status(401, "unauthenticated")),
            Some(Contact::Refused(Blocked::Credential))
        );
        assert_eq!(
            contact_after(&status(401, "device_revoked")),
            Some(Contact::Refused(Blocked::Credential))
        );
        assert_eq!(
            contact_after(&status(426, "client_too_old")),
            Some(Contact::Refused(Blocked::TooOld))
        );
        assert_eq!(contact_after(&status(500, "internal")), Some(Contact::Refused(Blocked::Error)));
        assert_eq!(contact_after(&status(503, "unavailable")), Some(Contact::Unreachable));
    }

    #[test]
    fn a_full_disk_says_nothing_about_the_connection() {
        assert_eq!(contact_after(&Err(DispatchError::NobodyOrders.into())), None);
        assert_eq!(contact_after(&Ok(())), Some(Contact::Reached));
    }
}
