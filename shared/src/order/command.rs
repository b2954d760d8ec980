//! What people do to an order.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Pin;
use crate::ids::{ItemId, LocationId, OrderLineId};
use crate::unit::Unit;

/// One thing that a person did to an order.
pub type Intent = crate::intent::Intent<Command>;

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins an order. The first intent of its document.
    CreateOrder {
        /// For which site.
        site: LocationId,
    },
    /// Puts an item on it.
    AddLine {
        /// Minted on the tablet.
        line: OrderLineId,
        /// What.
        item: ItemId,
        /// How much; more than zero.
        quantity: Decimal,
        /// Of what unit; `None` is the orderable unit of whichever contract line supplies it.
        unit: Option<Unit>,
    },
    /// Says how much is wanted of a line; zero removes it. Settles a conflict on it.
    SetQuantity {
        /// Of which line.
        line: OrderLineId,
        /// How much, in the line's unit.
        quantity: Decimal,
    },
    /// Says what the note is; empty removes it. Settles a conflict on it.
    SetNote {
        /// The note.
        note: String,
    },
    /// Says what people call it; empty takes the name away.
    SetName {
        /// The name.
        name: String,
    },
    /// Gives it to another person of the site, who then sees it among their own drafts.
    HandOver {
        /// The display name of whoever has it from now on.
        to: String,
    },
    /// Discards it, or brings it back. What others do to it without knowing of the discarding
    /// brings it back, too.
    KeepOrder {
        /// Whether the order is wanted.
        keep: bool,
    },
    /// Sends it, every line pinned to what it resolved to.
    Submit {
        /// The pin of every line whose quantity is not zero, and of no other.
        pins: BTreeMap<OrderLineId, Pin>,
    },
}
