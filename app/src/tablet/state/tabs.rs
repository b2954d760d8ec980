//! The tabs of one tablet. One leads: it alone writes what people do to the disk and talks to the
//! server. The others hand it what is done in them, read from the disk what it has stored, and show
//! its connection. When it is closed another one leads, and what it had not answered is handed over
//! once more: by the identifiers of intents nothing is done twice.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use calloff_core::ids::{DocumentId, IntentId};
use calloff_core::intent::AnyIntent;
use calloff_core::sync::Notice as SyncNotice;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::sync_status::Connection;
use super::workspace::DispatchError;
use crate::components::notices::{Notice, Notices, Tone};
use crate::i18n::{Sentence, Text};
use crate::platform::broadcast::Channel;

/// The channel of all tabs of this address.
const NAME: &str = "calloff-tablet";
/// A leading tab answers within milliseconds. One that a browser has put to sleep is named after so
/// long.
const SLOW_MS: u32 = 5_000;

/// What tabs say to each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// A tab that follows is there.
    Opened,
    /// A tab leads from now on.
    Leading,
    /// To be done, all of it or nothing; answered by the first one's identifier.
    Do { intents: Vec<AnyIntent> },
    /// A person wants an order sent again that the server did not take.
    TryAgain { document: DocumentId },
    /// It is on the disk, or was not done.
    Answer { first: IntentId, outcome: Result<(), Undone> },
    /// Orders on the disk are others than before.
    Stored,
    /// So is what the tablet knows of itself and of the site.
    Enrolment,
    /// The tablet has another identity: every tab starts again with it.
    EnrolledAnew,
    /// Another release is in use.
    Released,
    /// How it stands with the server.
    Connected { connection: Connection },
    /// What people must be told of their orders.
    Told { notices: Vec<SyncNotice> },
    /// A person took away what was told and is kept under this key.
    TakenAway { key: String },
}

/// Why the leading tab did not do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Whether the disk did not take it; otherwise a rule forbids it.
    pub is_not_saved: bool,
    pub reason: Sentence,
}

/// This tab among the others.
#[derive(Clone, Copy)]
pub struct Tabs(StoredValue<Rc<Inner>, LocalStorage>);

struct Inner {
    /// None where a browser has no channels: then there is one tab, or several that see each
    /// other's work when they are loaded.
    channel: Option<Channel>,
    is_leading: Cell<bool>,
    waiting: RefCell<BTreeMap<IntentId, Waiting>>,
    notices: Notices,
}

/// Handed over, and not answered yet.
struct Waiting {
    intents: Vec<AnyIntent>,
    answer: oneshot::Sender<Result<(), Undone>>,
}

impl Tabs {
    /// Joins the others, as leader or not, and hands out what they say from now on.
    #[must_use]
    pub fn join(is_leading: bool, notices: Notices) -> (Self, UnboundedReceiver<Said>) {
        let (heard, hears) = unbounded();
        let channel = Channel::open(NAME, move |text| {
            // What another version says, and this one does not know, is none of its business.
            // Nobody hears any more where the page is gone.
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

    /// This tab leads from now on.
    pub fn lead(self) {
        self.0.with_value(|inner| inner.is_leading.set(true));
        self.say(&Said::Leading);
    }

    /// Says something to all others.
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

    /// Hands over what was done in this tab; returns when it is on the disk.
    ///
    /// # Errors
    /// Why it was not done.
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
                    inner.notices.show(Notice::new(Tone::Caution, Text::OtherTabSlow))
                });
                let outcome = answered.await;
                self.0.with_value(|inner| inner.notices.withdraw(Text::OtherTabSlow));
                outcome
            }
        };
        // The sender is dropped with the page only.
        let Ok(outcome) = outcome else { return Ok(()) };
        outcome.map_err(DispatchError::InLeadingTab)
    }

    /// The leading tab answered.
    pub fn on_answer(self, first: IntentId, outcome: Result<(), Undone>) {
        let waiting = self.0.with_value(|inner| inner.waiting.borrow_mut().remove(&first));
        if let Some(waiting) = waiting {
            // Nobody waits where the page is gone.
            drop(waiting.answer.send(outcome));
        }
    }

    /// Another tab leads: hands it over what the one before had not answered.
    pub fn hand_over_again(self) {
        for intents in self.unanswered() {
            self.say(&Said::Do { intents });
        }
    }

    /// What was handed over and not answered yet, in the order in which it was done.
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
