//! The tabs of one tablet. One tab leads: only this tab writes people's actions to the disk and
//! talks to the server. The others hand their actions to it, read from the disk what it stored, and
//! show its connection. When the leading tab is closed, another tab leads, and the unanswered
//! actions are handed over again. The identifiers of intents make sure that no action happens
//! twice.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use calloff_core::document::AnyIntent;
use calloff_core::ids::{DocumentId, IntentId};
use calloff_core::sync::SyncNotice;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::dispatch_error::{DispatchError, Undone};
use super::sync_status::Connection;
use crate::components::notices::{Notices, ShownNotice, Tone};
use crate::i18n::Text;
use crate::platform::broadcast::Channel;

/// The name of the channel of all tabs at this address.
const NAME: &str = "calloff-tablet";
/// The time after which people get a message that the leading tab is slow. A leading tab answers
/// within milliseconds, unless the browser has put it to sleep.
const SLOW_MS: u32 = 5_000;

/// The messages between tabs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// A tab that follows was opened.
    Opened,
    /// The sender leads from now on.
    Leading,
    /// The leading tab must do all of these intents or none. Its answer has the identifier of the
    /// first one.
    Do { intents: Vec<AnyIntent> },
    /// A person wants to send an order again that the server did not take.
    TryAgain { document: DocumentId },
    /// The intents that begin with `first` are on the disk, or were not done.
    Answer { first: IntentId, outcome: Result<(), Undone> },
    /// Orders, settings or allotments on the disk may have changed.
    Stored,
    /// The tablet's identity or the facts about its site changed on the disk.
    Enrolment,
    /// The tablet has another identity: every tab must load again.
    EnrolledAnew,
    /// Another release is in use.
    Released,
    /// The connection to the server changed.
    Connected { connection: Connection },
    /// Notices for people about their orders.
    Told { notices: Vec<SyncNotice> },
    /// A person dismissed the message that is kept under this key.
    TakenAway { key: String },
}

/// This tab among the others.
#[derive(Clone, Copy)]
pub struct Tabs(StoredValue<Rc<Inner>, LocalStorage>);

struct Inner {
    /// The channel. `None` if the browser has no channels. Then several tabs see each other's work
    /// only when they are loaded.
    channel: Option<Channel>,
    is_leading: Cell<bool>,
    waiting: RefCell<BTreeMap<IntentId, Waiting>>,
    notices: Notices,
}

/// Intents that were handed over and have no answer yet.
struct Waiting {
    intents: Vec<AnyIntent>,
    answer: oneshot::Sender<Result<(), Undone>>,
}

impl Tabs {
    /// Joins the other tabs, and returns the receiver of their messages.
    #[must_use]
    pub fn join(is_leading: bool, notices: Notices) -> (Self, UnboundedReceiver<Said>) {
        let (heard, hears) = unbounded();
        let channel = Channel::open(NAME, move |text| {
            // A message of another version that this version does not know is ignored. If the page
            // is gone, nobody receives.
            if let Ok(said) = serde_json::from_str(&text) {
                drop(heard.unbounded_send(said));
            }
        });
        let channel = channel.inspect_err(|error| leptos::logging::warn!("{error}")).ok();
        let inner = Inner {
            channel,
            is_leading: Cell::new(is_leading),
            waiting: RefCell::default(),
            notices,
        };
        (Self(StoredValue::new_local(Rc::new(inner))), hears)
    }

    /// Whether this tab leads.
    #[must_use]
    pub fn leads(self) -> bool {
        self.0.with_value(|inner| inner.is_leading.get())
    }

    /// Makes this tab the leading one.
    pub fn lead(self) {
        self.0.with_value(|inner| inner.is_leading.set(true));
        self.say(&Said::Leading);
    }

    /// Sends a message to all other tabs.
    pub fn say(self, said: &Said) {
        self.0.with_value(|inner| {
            let Some(channel) = &inner.channel else { return };
            let text = serde_json::to_string(said).map_err(|error| error.to_string());
            if let Err(error) =
                text.and_then(|text| channel.say(&text).map_err(|error| error.to_string()))
            {
                leptos::logging::warn!("{error}");
            }
        });
    }

    /// Hands this tab's intents to the leading tab. Returns when they are on the disk.
    ///
    /// # Errors
    /// The reason why they were not done.
    pub async fn hand_over(self, intents: Vec<AnyIntent>) -> Result<(), DispatchError> {
        let Some(first) = intents.first().map(|intent| intent.id()) else { return Ok(()) };
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { intents: intents.clone(), answer };
        self.0.with_value(|inner| inner.waiting.borrow_mut().insert(first, waiting));
        self.say(&Said::Do { intents });
        let outcome = match select(answered, TimeoutFuture::new(SLOW_MS)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), answered)) => {
                self.0.with_value(|inner| {
                    inner.notices.show(ShownNotice::new(Tone::Caution, Text::OtherTabSlow))
                });
                let outcome = answered.await;
                self.0.with_value(|inner| inner.notices.withdraw(Text::OtherTabSlow));
                outcome
            }
        };
        // The sender is dropped only with the page.
        let Ok(outcome) = outcome else { return Ok(()) };
        outcome.map_err(DispatchError::InLeadingTab)
    }

    /// Passes the leading tab's answer to the waiting part of the app.
    pub fn on_answer(self, first: IntentId, outcome: Result<(), Undone>) {
        let waiting = self.0.with_value(|inner| inner.waiting.borrow_mut().remove(&first));
        if let Some(waiting) = waiting {
            // If the page is gone, nobody waits for the answer.
            drop(waiting.answer.send(outcome));
        }
    }

    /// Hands the unanswered intents to the new leading tab.
    pub fn hand_over_again(self) {
        for intents in self.unanswered() {
            self.say(&Said::Do { intents });
        }
    }

    /// The intents without an answer, in the order in which people acted.
    #[must_use]
    pub fn unanswered(self) -> Vec<Vec<AnyIntent>> {
        self.0.with_value(|inner| {
            inner.waiting.borrow().values().map(|waiting| waiting.intents.clone()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::DeviceId;
    use calloff_core::order::{Command, Intent};

    use super::*;
    use crate::i18n::Sentence;
    use crate::platform::kv_store::KvError;

    #[test]
    fn what_tabs_say_is_understood() {
        let intent = Intent {
            id: IntentId::mint(0, [1; 10]),
            document: DocumentId::mint(0, [2; 10]),
            command: Command::CreateOrder { site: "S1".parse().unwrap() },
            by: "Ana".into(),
            device: DeviceId::mint(0, [3; 10]),
            at: 7,
        };
        let undone = Undone { is_not_saved: true, reason: Sentence::from(&KvError::Full) };
        for said in [
            Said::Opened,
            Said::Do { intents: vec![intent.clone().into()] },
            Said::Answer { first: intent.id, outcome: Ok(()) },
            Said::Answer { first: intent.id, outcome: Err(undone) },
            Said::Connected {
                connection: Connection { last_contact: Some(3), ..Connection::default() },
            },
            Said::Told {
                notices: vec![SyncNotice::Unreadable {
                    document: intent.document,
                    detail: "x".into(),
                }],
            },
        ] {
            let text = serde_json::to_string(&said).unwrap();
            assert_eq!(serde_json::from_str::<Said>(&text).unwrap(), said);
        }
    }
}
