//! The person who is signed in at this desk, and the line on which the server says that something
//! changed.

use std::sync::Arc;

use calloff_core::wire::{ErrorCode, Event, PersonRole, Session, SignInRequest};
use futures_util::future::{AbortHandle, abortable};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::platform::Subscription;
use crate::platform::connectivity::{self, Change};
use crate::platform::event_stream::EventStream;
use crate::platform::http::HttpError;

/// The pause before the app asks the server again who is signed in, and before it opens a broken
/// line again.
const REOPEN_MS: u32 = 5_000;

/// The person who works here.
#[derive(Debug, Clone, PartialEq)]
pub enum Who {
    /// The app has not asked the server yet.
    Checking,
    /// Nobody is signed in. `was_signed_in` is true if a session ended by itself.
    Nobody {
        was_signed_in: bool,
    },
    /// The server did not answer the question.
    Unknown(HttpError),
    Person(Arc<Session>),
}

/// Whether changes arrive by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Connecting,
    Live,
    Lost,
}

/// The desk of this browser. The whole app has one, so that session and line stay while people go
/// from page to page.
#[derive(Clone, Copy)]
pub struct Desk {
    who: RwSignal<Who>,
    line: RwSignal<Line>,
    news: RwSignal<u64>,
    held_line: StoredValue<Option<AbortHandle>, LocalStorage>,
    connectivity: StoredValue<Option<Subscription>, LocalStorage>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            who: RwSignal::new(Who::Checking),
            line: RwSignal::new(Line::Connecting),
            news: RwSignal::new(0),
            held_line: StoredValue::new_local(None),
            connectivity: StoredValue::new_local(None),
        }
    }
}

impl Desk {
    #[must_use]
    pub fn who(self) -> Who {
        self.who.get()
    }

    /// As [`Self::who`], for a single look: the caller does not run again when it changes.
    #[must_use]
    pub fn who_untracked(self) -> Who {
        self.who.get_untracked()
    }

    /// Whether the signed-in person has one of these roles, at any place. The server decides which
    /// places count.
    #[must_use]
    pub fn has(self, roles: &[PersonRole]) -> bool {
        match self.who() {
            Who::Person(session) => session.roles.iter().any(|at| roles.contains(&at.role)),
            Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
        }
    }

    #[must_use]
    pub fn line(self) -> Line {
        self.line.get()
    }

    /// How many times the server said that orders or the catalogue changed. A view or effect that
    /// reads it runs again at the next time.
    pub fn news(self) -> u64 {
        self.news.get()
    }

    /// Asks the server who is signed in, unless the app knows it.
    pub fn restore(self) {
        if matches!(self.who.get_untracked(), Who::Person(_)) {
            return;
        }
        spawn_local(async move {
            match api::session().await {
                Ok(session) => self.welcome(session),
                Err(error) if ended(&error) => self.leave(false),
                Err(error) => {
                    self.who.set(Who::Unknown(error));
                    TimeoutFuture::new(REOPEN_MS).await;
                    if matches!(self.who.get_untracked(), Who::Unknown(_)) {
                        self.restore();
                    }
                }
            }
        });
    }

    /// Signs a person in.
    ///
    /// # Errors
    /// Why the server did not sign the person in.
    pub async fn sign_in(self, request: &SignInRequest) -> Result<(), HttpError> {
        self.welcome(api::sign_in(request).await?);
        Ok(())
    }

    /// Ends the session on the server and here.
    ///
    /// # Errors
    /// The server did not end the session; it is still open.
    pub async fn sign_out(self) -> Result<(), HttpError> {
        api::sign_out().await?;
        self.leave(false);
        Ok(())
    }

    /// Draws the conclusion from a failed request: the session ended, or the server is away.
    pub fn note_failure(self, error: &HttpError) {
        if ended(error) {
            self.leave(true);
        } else if error.is_unreachable() && self.line.get_untracked() == Line::Live {
            // The line has not noticed that the server is away, so no changes arrive on it.
            self.line.set(Line::Lost);
            self.listen();
        }
    }

    fn welcome(self, session: Session) {
        self.who.set(Who::Person(Arc::new(session)));
        self.listen();
        let changed = move |change| match change {
            Change::Offline => {
                self.line.set(Line::Lost);
                self.listen();
            }
            Change::Online => self.listen(),
            Change::Shown | Change::Hidden => {}
        };
        self.connectivity.set_value(Some(connectivity::subscribe(changed)));
    }

    fn leave(self, was_signed_in: bool) {
        self.connectivity.set_value(None);
        self.end_line();
        self.line.set(Line::Connecting);
        self.who.set(Who::Nobody { was_signed_in });
    }

    /// Opens the line again, now.
    fn listen(self) {
        self.end_line();
        let (line, end) = abortable(self.hold_line());
        self.held_line.set_value(Some(end));
        spawn_local(async move {
            line.await.ok();
        });
    }

    fn end_line(self) {
        self.held_line.update_value(|held| {
            if let Some(end) = held.take() {
                end.abort();
            }
        });
    }

    async fn hold_line(self) {
        loop {
            match EventStream::open(api::EVENTS, None).await {
                Ok(mut stream) => {
                    self.line.set(Line::Live);
                    while let Ok(Some(text)) = stream.next().await {
                        // This version ignores events that it does not know.
                        if let Ok(Event::Orders | Event::Release) = serde_json::from_str(&text) {
                            self.news.update(|news| *news += 1);
                        }
                    }
                    self.line.set(Line::Lost);
                    // The session ended, or the server is away. The requests that this triggers
                    // find out which.
                    self.news.update(|news| *news += 1);
                }
                Err(error) => {
                    self.line.set(Line::Lost);
                    self.note_failure(&error);
                }
            }
            TimeoutFuture::new(REOPEN_MS).await;
        }
    }
}

/// The desk. Panics outside of the app, which provides it at its root.
#[must_use]
pub fn use_desk() -> Desk {
    expect_context()
}

fn ended(error: &HttpError) -> bool {
    matches!(api::error_code(error), Some(ErrorCode::Unauthenticated))
}
