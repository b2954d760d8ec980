//! Sends purchase orders to suppliers (docs/adr/0020-dispatch.md).
//!
//! The transaction that cuts a purchase order enqueues a job. The job writes the bytes for the
//! first channel, stores them, and only then sends them. Every later attempt sends the same bytes.
//! When a channel refuses for good, the next one is tried, and after the last one a person.
//!
//! A mail cannot be sent exactly once. If the connection breaks after the last byte, nobody knows
//! whether the supplier's server took the mail. Such an attempt is *uncertain*. The server sends
//! the same bytes once more, and then leaves the decision to a person.

mod by_person;
mod folder;
mod mail;
mod page;
mod papers;
mod pdf;
mod progress;
mod smtp;
mod text;
mod ubl;
mod words;
mod work;

use std::path::PathBuf;

use calloff_core::peppol::Participant;
use calloff_core::supplier::SupplierProfile;

pub use by_person::{not_sent, send_again, sent_by_hand};
pub use mail::{Sender, file_name, plain_number};
pub use papers::Papers;
pub use pdf::pdf;
pub use smtp::{BadAddress, Smtp};
pub use text::{Composed, compose};
pub use ubl::{Parties, gaps, ubl};
pub(crate) use work::{given_up, send};

use crate::storage::purchase_orders::AttemptOutcome;

/// The revision of all purchase orders, until sent ones can be changed.
const REVISION: u32 = 1;

/// How the server reaches suppliers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Who sends mails, and how. `None`: the server sends no mails.
    pub mail: Option<(Sender, MailRoute)>,
    /// The folder that has the folders of suppliers. `None`: the server writes no files.
    pub folder: Option<PathBuf>,
    /// The address of the organisation in the Peppol network. `None`: no order has a UBL document.
    pub peppol_id: Option<Participant>,
}

impl Outgoing {
    /// What is known about the two sides of an order in the Peppol network.
    #[must_use]
    pub fn parties<'p>(&'p self, supplier: &'p SupplierProfile) -> Parties<'p> {
        Parties { buyer: self.peppol_id.as_ref(), supplier }
    }
}

/// The way of a mail out of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailRoute {
    /// A mail server takes it.
    Server(Smtp),
    /// It is written into this folder, and nobody gets it: for the demo and for trials.
    Folder(PathBuf),
}

/// What came of an attempt to send.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Delivery {
    outcome: AttemptOutcome,
    /// What the other side said, or why it failed.
    answer: String,
}

impl Delivery {
    fn permanent(answer: impl ToString) -> Self {
        Self { outcome: AttemptOutcome::Permanent, answer: answer.to_string() }
    }

    fn temporary(answer: impl ToString) -> Self {
        Self { outcome: AttemptOutcome::Temporary, answer: answer.to_string() }
    }

    fn uncertain(answer: impl ToString) -> Self {
        Self { outcome: AttemptOutcome::Uncertain, answer: answer.to_string() }
    }
}
