//! The commands: what people can do to an order.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::LockedPrice;
use crate::ids::{ItemId, LocationId, OrderLineId};
use crate::unit::Unit;

/// A command with its author and its time.
pub type Intent = crate::intent::Intent<Command>;

/// One thing that a person does to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins an order. It is the first intent of its document.
    CreateOrder {
        /// The site that orders.
        site: LocationId,
    },
    /// Adds a line to the order.
    AddLine {
        /// The identifier of the line; the tablet makes it.
        line: OrderLineId,
        /// The wanted item.
        item: ItemId,
        /// The wanted quantity; above zero.
        quantity: Decimal,
        /// The unit of `quantity`. With `None`, it is the orderable unit of the contract line that
        /// supplies the item.
        unit: Option<Unit>,
    },
    /// Sets the quantity of a line. Zero removes the line. It settles a conflict about the
    /// quantity.
    SetQuantity {
        /// The line.
        line: OrderLineId,
        /// The quantity, in the line's unit.
        quantity: Decimal,
    },
    /// Sets the note. An empty text removes it. It settles a conflict about the note.
    SetNote {
        /// The text of the note.
        note: String,
    },
    /// Sets the name of the order. An empty text removes it.
    SetName {
        /// The name of the order.
        name: String,
    },
    /// Hands the order over to another person of the site. They then see it among their own drafts.
    HandOver {
        /// The display name of the person who has the order from now on.
        to: String,
    },
    /// Discards the order or brings it back. When other people change a discarded order without
    /// knowing that it was discarded, the change brings it back, too.
    KeepOrder {
        /// `true` to bring the order back, `false` to discard it.
        keep: bool,
    },
    /// Submits the order and locks the price of every line.
    Submit {
        /// The locked price of every line whose quantity is not zero, and of no other line.
        #[serde(rename = "pins")]
        locked_prices: BTreeMap<OrderLineId, LockedPrice>,
    },
}
