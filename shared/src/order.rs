//! Orders: what a site wants, from the first line to the purchase orders.
//!
//! A draft is submitted, possibly offline. The server then accepts or refuses it, or puts it on
//! hold for procurement. An accepted order becomes one [`PurchaseOrder`] for each supplier,
//! currency and delivery date.
//!
//! An order is stored in an Automerge [`crate::document`]. This module reads it as an
//! [`OrderState`]. [`decide()`] says which commands are allowed: on the tablet before it writes,
//! and on the server after a push arrived.

pub mod accept;
pub mod answered;
pub mod basket;
pub mod caps;
pub mod command;
pub mod decide;
pub mod exception;
mod progress;
pub mod utilisation;

pub use command::{Command, Intent};
pub use decide::{OrderRefusal, decide};
pub use exception::Decision;
pub use progress::{PurchaseOrderProgress, PurchaseOrderState};

pub use crate::register::{Concurrent, Register};

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::ids::{
    ContractId, DeviceId, DocumentId, IntentId, ItemId, LineId, LocationId, OrderLineId, SupplierId,
};
use crate::limits::{LINE_AMOUNT, LOCKED_QUANTITY, LOCKED_UNIT_PRICE};
use crate::money::{Currency, Money};
use crate::quantity::Quantity;
use crate::resolve::Selected;
use crate::unit::Unit;

/// The state of an order, as read from its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// The document that stores the order. It is also the identifier of the order.
    pub document: DocumentId,
    /// The site that orders.
    pub site: LocationId,
    /// The display name of the person who began the order.
    pub created_by: String,
    /// The time when the order was begun, by the clock of that tablet, in milliseconds since the
    /// Unix epoch.
    pub created_at: i64,
    /// The lines of the order. A removed line has quantity zero. It stays in the document so that a
    /// concurrent edit of it is seen.
    pub lines: BTreeMap<OrderLineId, OrderLine>,
    /// A note for the people who handle the order. Empty without a note.
    pub note: Register<String>,
    /// The name that people gave the order. Empty without a name.
    #[serde(default)]
    pub name: Register<String>,
    /// The display name of the person to whom the order was handed over. Empty while the person who
    /// began the order still has it.
    #[serde(default)]
    pub holder: Register<String>,
    /// Set when somebody discarded the order and did not bring it back.
    #[serde(default)]
    pub discarded: Option<Discard>,
    /// The latest submission; `None` for an order that was never submitted.
    pub submitted: Option<Submission>,
    /// What the server wrote into the document.
    pub server: ServerFacts,
}

/// The stage of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// People are writing the order.
    Draft,
    /// The site submitted the order, and the server has not answered yet. Nobody can edit it.
    Submitted,
    /// The server could not accept the submission with its locked prices. Procurement decides about
    /// it. Nobody can edit it.
    #[serde(rename = "waiting")]
    OnHold,
    /// The server refused the submission, with its reasons. People may edit and submit it again.
    Refused,
    /// The server verified every line and made the purchase orders. Nobody can edit it any more.
    Accepted,
}

impl OrderState {
    /// The stage of the order. A refusal counts only for the submission that it answers.
    #[must_use]
    pub fn stage(&self) -> OrderStage {
        match (&self.server.status, &self.submitted) {
            (Some(ServerStatus::Accepted { .. }), _) => OrderStage::Accepted,
            (Some(ServerStatus::Refused { submission, .. }), Some(submitted))
                if *submission == submitted.id =>
            {
                OrderStage::Refused
            }
            (Some(ServerStatus::OnHold { submission, .. }), Some(submitted))
                if *submission == submitted.id =>
            {
                OrderStage::OnHold
            }
            (_, Some(_)) => OrderStage::Submitted,
            (_, None) => OrderStage::Draft,
        }
    }

    /// Whether people may change the lines and the note.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        matches!(self.stage(), OrderStage::Draft | OrderStage::Refused)
    }

    /// The person who has the order now: the one to whom it was handed over last, otherwise the one
    /// who began it.
    #[must_use]
    pub fn held_by(&self) -> &str {
        if self.holder.value.is_empty() { &self.created_by } else { &self.holder.value }
    }

    /// Whether the order is discarded. It is not when somebody changed it without having seen that
    /// it was discarded, or when it was submitted.
    #[must_use]
    pub fn is_discarded(&self) -> bool {
        self.is_editable()
            && self.discarded.as_ref().is_some_and(|discarded| !discarded.is_overtaken)
    }

    /// Whether nobody wants the order any more: it was discarded, or it is an empty draft.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.is_discarded()
            || self.stage() == OrderStage::Draft && self.ordered_lines().next().is_none()
    }

    /// Whether the order was on hold, and procurement accepted it with its locked prices.
    #[must_use]
    pub fn is_honoured(&self) -> bool {
        let decision = self.server.decision.as_ref();
        self.stage() == OrderStage::Accepted
            && decision.is_some_and(|decision| {
                decision.verdict == exception::DecisionVerdict::Honour
                    && self
                        .submitted
                        .as_ref()
                        .is_some_and(|submitted| submitted.id == decision.submission)
            })
    }

    /// Whether the server found that all locked prices are those of their release. If the order is
    /// on hold, only its time is wrong.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        match (self.stage(), &self.server.status) {
            (OrderStage::Accepted, _) => true,
            (OrderStage::OnHold, Some(ServerStatus::OnHold { exceptions, .. })) => {
                exceptions.iter().all(accept::Reason::is_honourable)
            }
            _ => false,
        }
    }

    /// The delivery day of a line with a locked price. It is the new day when procurement honoured
    /// the order with one; otherwise it is the locked day.
    #[must_use]
    pub fn delivery_date(&self, line: &OrderLineId, locked: &LockedPrice) -> Date {
        let honoured = self.server.decision.as_ref().filter(|_| self.is_honoured());
        honoured
            .and_then(|decision| decision.new_days.get(line))
            .copied()
            .unwrap_or(locked.delivery_date)
    }

    /// The deliveries that procurement moved to another day when it honoured the order: supplier,
    /// locked day and new day.
    #[must_use]
    pub fn moved_deliveries(&self) -> BTreeSet<(SupplierId, Date, Date)> {
        let moved = |(id, line): (&OrderLineId, &OrderLine)| {
            let locked = line.locked.as_ref()?;
            let day = self.delivery_date(id, locked);
            (day != locked.delivery_date)
                .then(|| (locked.supplier.clone(), locked.delivery_date, day))
        };
        self.ordered_lines().filter_map(moved).collect()
    }

    /// The lines that were not removed. A line with a conflict counts as long as one of its values
    /// is not zero.
    pub fn ordered_lines(&self) -> impl Iterator<Item = (&OrderLineId, &OrderLine)> {
        self.lines.iter().filter(|(_, line)| line.is_ordered())
    }

    /// The places where two tablets wrote different values.
    #[must_use]
    pub fn conflicts(&self) -> Vec<ConflictAt> {
        let lines = self.lines.iter().filter(|(_, line)| line.quantity.is_conflicted());
        let lines = lines.map(|(id, _)| ConflictAt::Quantity(id.clone()));
        lines.chain(self.note.is_conflicted().then_some(ConflictAt::Note)).collect()
    }

    /// The number of values that people have to choose: those of [`Self::conflicts`], the name and
    /// the holder.
    #[must_use]
    pub fn choice_count(&self) -> usize {
        let words = [&self.name, &self.holder];
        self.conflicts().len() + words.into_iter().filter(|words| words.is_conflicted()).count()
    }

    /// The values that a command would overwrite, when it sets the quantity of a line or the note.
    /// Quantities are canonical decimals.
    pub(crate) fn seen_by(&self, command: &Command) -> Vec<String> {
        match command {
            Command::SetQuantity { line, .. } => {
                let values =
                    self.lines.get(line).into_iter().flat_map(|line| line.quantity.values());
                values.map(|quantity| quantity.normalize().to_string()).collect()
            }
            Command::SetNote { .. } => self.note.values().cloned().collect(),
            Command::SetName { .. } => self.name.values().cloned().collect(),
            Command::HandOver { .. } => self.holder.values().cloned().collect(),
            // A person who discards an order discards only what they saw of it.
            Command::KeepOrder { keep: false } => self.content(),
            Command::KeepOrder { keep: true }
            | Command::CreateOrder { .. }
            | Command::AddLine { .. }
            | Command::Submit { .. } => Vec::new(),
        }
    }

    /// Everything that people wrote into the order.
    fn content(&self) -> Vec<String> {
        let of_line = |(id, line): (&OrderLineId, &OrderLine)| {
            let quantities =
                line.quantity.values().map(|quantity| quantity.normalize().to_string());
            format!("{id} {}", quantities.collect::<Vec<_>>().join(" "))
        };
        let words =
            [&self.note, &self.name, &self.holder].into_iter().flat_map(Register::values).cloned();
        self.lines.iter().map(of_line).chain(words).collect()
    }

    /// The release of the submission's locked prices. `None` when there are none, or when they name
    /// different releases.
    #[must_use]
    pub fn named_release(&self) -> Option<u64> {
        let mut releases = self
            .lines
            .values()
            .filter_map(|line| line.locked.as_ref())
            .map(|locked| locked.release);
        let first = releases.next()?;
        releases.all(|release| release == first).then_some(first)
    }
}

/// A place where two tablets wrote different values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictAt {
    /// The quantity of this line.
    Quantity(OrderLineId),
    /// The note of the order.
    Note,
}

/// Somebody discarded the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discard {
    /// The display name of the person who discarded it.
    pub by: String,
    /// The time, by the clock of that tablet, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Whether somebody changed the order, before or after, and the person who discarded it had not
    /// seen the change. The order then stays, and shows that it was discarded meanwhile.
    pub is_overtaken: bool,
}

/// A line of an order: one item and a quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The wanted item.
    pub item: ItemId,
    /// The wanted quantity. Zero means that the line was removed.
    pub quantity: Register<Decimal>,
    /// The unit of `quantity`. With `None`, it is the orderable unit of the contract line that
    /// supplies the item.
    pub unit: Option<Unit>,
    /// The display name of the person who added the line.
    pub added_by: String,
    /// The time when the line was added, by the clock of that tablet, in milliseconds since the
    /// Unix epoch.
    pub added_at: i64,
    /// The locked price of the latest submission.
    #[serde(rename = "pin")]
    pub locked: Option<LockedPrice>,
}

impl OrderLine {
    /// Whether the line has a quantity above zero on at least one tablet.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        !self.quantity.value.is_zero()
            || self.quantity.conflicts.iter().any(|other| !other.value.is_zero())
    }
}

/// The locked price of an order line: everything that resolution chose when the order was
/// submitted. Nothing ever changes it. The server verifies it against the same release. A
/// difference becomes a [`accept::Reason`], never a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedPrice {
    /// The number of the release with which the line was resolved.
    pub release: u64,
    /// The contract that supplies.
    pub contract: ContractId,
    /// The version of the contract.
    pub version: u32,
    /// The line of that contract version.
    pub line: LineId,
    /// The supplier that sells under the contract.
    pub supplier: SupplierId,
    /// The supplied item. It differs from the item of the order line when `is_substitute` is true.
    pub item: ItemId,
    /// Whether the item is an approved substitute.
    pub is_substitute: bool,
    /// The index of the price tier in the line's list of tiers, from 0.
    pub tier: u32,
    /// The price of `base_quantity` orderable units, in [`LockedPrice::currency`].
    pub unit_price: Decimal,
    /// The number of orderable units that `unit_price` buys.
    pub base_quantity: Decimal,
    /// The quantity, in the orderable unit.
    pub quantity: Quantity,
    /// The line amount, rounded once to the currency's minor units.
    pub amount: Money,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The site-local date of the order.
    pub order_date: Date,
    /// The site-local time of the order. With `None`, the order counts as made before every
    /// cut-off.
    pub order_time: Option<Time>,
    /// The requested day of the delivery. With `None`, it is the first day that the schedule
    /// allows.
    pub requested_delivery_date: Option<Date>,
    /// The time of the resolution by the tablet's clock, in milliseconds since the Unix epoch. It
    /// is shown, but never trusted.
    pub resolved_at: i64,
}

/// The release and the time with which lines are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedFor {
    /// The number of the release.
    pub release: u64,
    /// The site-local date of the order.
    pub order_date: Date,
    /// The site-local time of the order, for cut-offs. With `None`, it counts as made before every
    /// cut-off.
    pub order_time: Option<Time>,
    /// The requested day of the delivery. With `None`, it is the first day that the schedule
    /// allows.
    pub requested_delivery_date: Option<Date>,
    /// The tablet's clock, in milliseconds since the Unix epoch.
    pub resolved_at: i64,
}

impl LockedPrice {
    /// Whether the numbers are possible in an order: none is negative, none exceeds
    /// [`LOCKED_QUANTITY`] or [`LOCKED_UNIT_PRICE`], and the amount has whole minor units. Whether
    /// they are the numbers of the contract is checked by [`accept::verify`].
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        let is_at_most = |number: Decimal, most: u64| {
            !number.is_sign_negative() && number <= Decimal::from(most)
        };
        let Money { amount, currency } = self.amount;
        is_at_most(self.quantity.value, LOCKED_QUANTITY)
            && !self.quantity.value.is_zero()
            && is_at_most(self.base_quantity, LOCKED_QUANTITY)
            && !self.base_quantity.is_zero()
            && is_at_most(self.unit_price, LOCKED_UNIT_PRICE)
            && !amount.is_sign_negative()
            && amount.normalize().scale() <= currency.minor_units()
    }

    /// Whether the amount is at most [`LINE_AMOUNT`].
    #[must_use]
    pub fn is_within_line_amount(&self) -> bool {
        self.amount.amount <= most_of_a_line(self.currency()).amount
    }

    /// Locks what [`crate::resolve::resolve`] selected.
    #[must_use]
    pub fn from_selected(selected: &Selected<'_>, resolved: ResolvedFor) -> Self {
        Self {
            release: resolved.release,
            contract: selected.contract.clone(),
            version: selected.version,
            line: selected.line.clone(),
            supplier: selected.supplier.clone(),
            item: selected.item.clone(),
            is_substitute: selected.is_substitute,
            tier: selected.tier,
            unit_price: selected.unit_price,
            base_quantity: selected.base_quantity,
            quantity: selected.quantity,
            amount: selected.amount,
            delivery_date: selected.delivery_date,
            order_date: resolved.order_date,
            order_time: resolved.order_time,
            requested_delivery_date: resolved.requested_delivery_date,
            resolved_at: resolved.resolved_at,
        }
    }

    /// The release and the time with which the line was resolved.
    #[must_use]
    pub fn resolved_for(&self) -> ResolvedFor {
        ResolvedFor {
            release: self.release,
            order_date: self.order_date,
            order_time: self.order_time,
            requested_delivery_date: self.requested_delivery_date,
            resolved_at: self.resolved_at,
        }
    }

    /// The currency of the price and the amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.amount.currency
    }
}

/// The largest amount of one order line in a currency ([`LINE_AMOUNT`]).
#[must_use]
pub fn most_of_a_line(currency: Currency) -> Money {
    Money { amount: Decimal::new(LINE_AMOUNT, currency.minor_units()), currency }
}

/// A submission: the site sent the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The intent that submitted the order. The server's answer names it.
    pub id: IntentId,
    /// The display name of the person who submitted.
    pub by: String,
    /// The time of the submission, by the tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The tablet on which the person submitted.
    pub device: DeviceId,
}

/// The part of the document that only the server writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// The answer to the latest submission; `None` before the answer.
    pub status: Option<ServerStatus>,
    /// The purchase orders of an accepted order.
    pub purchase_orders: Vec<PurchaseOrder>,
    /// How far the purchase orders are on their way to the suppliers, by number. One that the
    /// server has not sent yet may be missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub progress: BTreeMap<String, PurchaseOrderProgress>,
    /// The decision of procurement about the latest submission that was on hold.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// The server's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerStatus {
    /// The server verified every line.
    Accepted {
        /// The time of the answer, by the server's clock, in milliseconds since the Unix epoch.
        at: i64,
    },
    /// The server did not accept the submission.
    Refused {
        /// The submission that was refused.
        submission: IntentId,
        /// The time of the answer, by the server's clock, in milliseconds since the Unix epoch.
        at: i64,
        /// All reasons for the refusal.
        reasons: Vec<accept::Reason>,
    },
    /// The server cannot accept the locked prices, and the site cannot correct that. Procurement
    /// honours or declines them.
    #[serde(rename = "waiting")]
    OnHold {
        /// The submission that is on hold.
        submission: IntentId,
        /// The time since when it is on hold, by the server's clock, in milliseconds since the Unix
        /// epoch.
        at: i64,
        /// What procurement has to decide about; never empty.
        exceptions: Vec<accept::Reason>,
    },
}

impl ServerStatus {
    /// The time of the answer, by the server's clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(&self) -> i64 {
        match self {
            Self::Accepted { at } | Self::Refused { at, .. } | Self::OnHold { at, .. } => *at,
        }
    }
}

/// A purchase order: what one supplier delivers on one day in one currency (UBL `Order`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrder {
    /// The number, unique in the organisation.
    pub number: String,
    /// The supplier that delivers.
    pub supplier: SupplierId,
    /// The name of the supplier when the purchase order was made.
    #[serde(default)]
    pub supplier_name: Option<String>,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The sum of the line amounts.
    pub total: Money,
    /// The charges and allowances of its contracts, freight for example.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<basket::Charge>,
    /// The order lines in this purchase order.
    pub lines: Vec<OrderLineId>,
    /// The names of the items when the purchase order was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub item_names: BTreeMap<ItemId, String>,
}

#[cfg(test)]
mod tests;
