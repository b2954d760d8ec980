//! Orders: what a site wants, from the first line to the purchase orders.
//!
//! `Order` (draft) → submitted (may happen offline) → accepted or refused by the server, or waiting
//! for procurement → per supplier, currency and delivery date a [`PurchaseOrder`]. An order lives
//! in an Automerge [`crate::document`]; this module sees it as an [`OrderState`] and says by
//! [`decide()`] what may be done to it, on the tablet before it is written and on the server after
//! it arrived.

pub mod accept;
pub mod basket;
pub mod caps;
pub mod command;
pub mod decide;
pub mod exception;
pub mod utilisation;

pub use command::{Command, Intent};
pub use decide::{Refusal, decide};
pub use exception::Decision;

pub use crate::register::{Concurrent, Register};

use std::collections::BTreeMap;

use jiff::civil::Time;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::ids::{
    ContractId, DeviceId, DocumentId, IntentId, ItemId, LineId, LocationId, OrderLineId, SupplierId,
};
use crate::limits::{PIN_AMOUNT, PIN_QUANTITY};
use crate::money::{Currency, Money};
use crate::quantity::Quantity;
use crate::resolve::Selected;
use crate::unit::Unit;

/// An order as its document says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// The document it lives in; also the order's identifier.
    pub document: DocumentId,
    /// For which site.
    pub site: LocationId,
    /// Who began it: the display name.
    pub created_by: String,
    /// When, by that tablet's clock, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Its lines. One with quantity zero was removed, and stays so that a concurrent edit of it is
    /// seen.
    pub lines: BTreeMap<OrderLineId, OrderLine>,
    /// A note to whoever handles it; empty for none.
    pub note: Register<String>,
    /// What people call it; empty for no name.
    #[serde(default)]
    pub name: Register<String>,
    /// Who it was handed over to: the display name. Empty while it is still with the person who
    /// began it.
    #[serde(default)]
    pub holder: Register<String>,
    /// That somebody discarded it, unless it was brought back.
    #[serde(default)]
    pub discarded: Option<Discard>,
    /// The latest submission, if any.
    pub submitted: Option<Submission>,
    /// What the server says of it.
    pub server: ServerFacts,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Being written.
    Draft,
    /// Sent by the site; the server has not answered yet. Frozen.
    Submitted,
    /// The server could not take the submission as pinned, and procurement decides about it.
    /// Frozen.
    Waiting,
    /// The server refused the submission and says why. It may be edited and submitted again.
    Refused,
    /// The server verified every line and cut purchase orders. Frozen for good.
    Accepted,
}

impl OrderState {
    /// Where it stands. A refusal counts only for the submission that it answers.
    #[must_use]
    pub fn stage(&self) -> OrderStage {
        match (&self.server.status, &self.submitted) {
            (Some(ServerStatus::Accepted { .. }), _) => OrderStage::Accepted,
            (Some(ServerStatus::Refused { submission, .. }), Some(submitted))
                if *submission == submitted.id =>
            {
                OrderStage::Refused
            }
            (Some(ServerStatus::Waiting { submission, .. }), Some(submitted))
                if *submission == submitted.id =>
            {
                OrderStage::Waiting
            }
            (_, Some(_)) => OrderStage::Submitted,
            (_, None) => OrderStage::Draft,
        }
    }

    /// Whether lines and note may still change.
    #[must_use]
    pub fn is_editable(&self) -> bool {
        matches!(self.stage(), OrderStage::Draft | OrderStage::Refused)
    }

    /// Whose it is: the person it was handed over to last, else the one who began it.
    #[must_use]
    pub fn held_by(&self) -> &str {
        if self.holder.value.is_empty() { &self.created_by } else { &self.holder.value }
    }

    /// Whether somebody discarded it, and nobody did anything to it that they had not seen. An
    /// order that was sent is not.
    #[must_use]
    pub fn is_discarded(&self) -> bool {
        self.is_editable()
            && self.discarded.as_ref().is_some_and(|discarded| !discarded.is_overtaken)
    }

    /// Whether nobody wants it any more: it was discarded, or it is a draft with nothing on it.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.is_discarded()
            || self.stage() == OrderStage::Draft && self.ordered_lines().next().is_none()
    }

    /// Whether it waited, and procurement took it as pinned.
    #[must_use]
    pub fn is_honoured(&self) -> bool {
        let decision = self.server.decision.as_ref();
        self.stage() == OrderStage::Accepted
            && decision.is_some_and(|decision| {
                decision.verdict == exception::Verdict::Honour
                    && self
                        .submitted
                        .as_ref()
                        .is_some_and(|submitted| submitted.id == decision.submission)
            })
    }

    /// Whether the server found that its pins are what the pinned release says: of an order that
    /// waits, nothing but the time is wrong.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        match (self.stage(), &self.server.status) {
            (OrderStage::Accepted, _) => true,
            (OrderStage::Waiting, Some(ServerStatus::Waiting { exceptions, .. })) => {
                exceptions.iter().all(accept::Reason::is_honourable)
            }
            _ => false,
        }
    }

    /// When a pinned line is delivered: on the day that procurement chose when it honoured the
    /// order late, else on the pinned one.
    #[must_use]
    pub fn delivery_date(&self, line: &OrderLineId, pin: &Pin) -> Date {
        let honoured = self.server.decision.as_ref().filter(|_| self.is_honoured());
        honoured
            .and_then(|decision| decision.new_days.get(line))
            .copied()
            .unwrap_or(pin.delivery_date)
    }

    /// The lines that were not removed. A line of which concurrent values are open counts as long
    /// as one is not zero.
    pub fn ordered_lines(&self) -> impl Iterator<Item = (&OrderLineId, &OrderLine)> {
        self.lines.iter().filter(|(_, line)| line.is_ordered())
    }

    /// The lines and the note on which two tablets disagree.
    #[must_use]
    pub fn conflicts(&self) -> Vec<ConflictAt> {
        let lines = self.lines.iter().filter(|(_, line)| line.quantity.is_conflicted());
        let lines = lines.map(|(id, _)| ConflictAt::Quantity(id.clone()));
        lines.chain(self.note.is_conflicted().then_some(ConflictAt::Note)).collect()
    }

    /// What a command that says what a line's quantity or the note is would overwrite: all values,
    /// quantities as canonical decimals.
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
            // Who discards an order discards what they saw of it.
            Command::KeepOrder { keep: false } => self.content(),
            Command::KeepOrder { keep: true }
            | Command::CreateOrder { .. }
            | Command::AddLine { .. }
            | Command::Submit { .. } => Vec::new(),
        }
    }

    /// All that people wrote of it.
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

    /// The release that the submission's pins name; `None` when nothing is pinned or the pins
    /// disagree.
    #[must_use]
    pub fn pinned_release(&self) -> Option<u64> {
        let mut releases =
            self.lines.values().filter_map(|line| line.pin.as_ref()).map(|pin| pin.release);
        let first = releases.next()?;
        releases.all(|release| release == first).then_some(first)
    }
}

/// Where two tablets disagree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictAt {
    /// On the quantity of a line.
    Quantity(OrderLineId),
    /// On the note.
    Note,
}

/// That somebody discarded an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discard {
    /// Who: the display name.
    pub by: String,
    /// When, by that tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Whether somebody wrote something that they had not seen, before or after: then the order is
    /// there still, and says so.
    pub is_overtaken: bool,
}

/// One wanted item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What.
    pub item: ItemId,
    /// How much; zero is removed.
    pub quantity: Register<Decimal>,
    /// Of what unit; `None` is the orderable unit of the contract line that supplies it.
    pub unit: Option<Unit>,
    /// Who put it there: the display name.
    pub added_by: String,
    /// When, by that tablet's clock, in milliseconds since the Unix epoch.
    pub added_at: i64,
    /// What the latest submission pinned for it.
    pub pin: Option<Pin>,
}

impl OrderLine {
    /// Whether some tablet wants any of it.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        !self.quantity.value.is_zero()
            || self.quantity.conflicts.iter().any(|other| !other.value.is_zero())
    }
}

/// What an order line pins when it is resolved for submission. Nothing ever re-prices it: the
/// server verifies it against the same release, and a difference is a [`accept::Reason`], not a
/// correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The number of the release it was resolved with.
    pub release: u64,
    /// The contract.
    pub contract: ContractId,
    /// Its version.
    pub version: u32,
    /// The line of it.
    pub line: LineId,
    /// Who sells.
    pub supplier: SupplierId,
    /// What is supplied; another item than the one asked for when `is_substitute`.
    pub item: ItemId,
    /// Whether an approved substitute stands in.
    pub is_substitute: bool,
    /// Which tier prices it: its place among the line's tiers, from 0.
    pub tier: u32,
    /// The price, per `base_quantity`.
    pub unit_price: Decimal,
    /// How many orderable units the price buys.
    pub base_quantity: Decimal,
    /// How much, in the orderable unit.
    pub quantity: Quantity,
    /// What it costs, rounded once.
    pub amount: Money,
    /// When it comes.
    pub delivery_date: Date,
    /// The site-local date it was resolved for.
    pub order_date: Date,
    /// The site-local time it was resolved for; `None` is before every cut-off.
    pub order_time: Option<Time>,
    /// The delivery that was asked for; `None` is the first that the schedule allows.
    pub requested_delivery_date: Option<Date>,
    /// When it was resolved, by the tablet's clock, in milliseconds since the Unix epoch. Shown,
    /// not trusted.
    pub resolved_at: i64,
}

/// For which moment and with which release lines are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedFor {
    /// The number of the release.
    pub release: u64,
    /// The site-local date.
    pub order_date: Date,
    /// The site-local time, for cut-offs; `None` is before every cut-off.
    pub order_time: Option<Time>,
    /// The delivery that is asked for; `None` is the first that the schedule allows.
    pub requested_delivery_date: Option<Date>,
    /// The tablet's clock, in milliseconds since the Unix epoch.
    pub resolved_at: i64,
}

impl Pin {
    /// Whether its numbers are such as an order can have: nothing negative, nothing beyond
    /// [`PIN_QUANTITY`] or [`PIN_AMOUNT`], and the amount in whole minor units. Whether they are
    /// the contract's is for [`accept::verify`] to say.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        let is_at_most = |number: Decimal, most: u64| {
            !number.is_sign_negative() && number <= Decimal::from(most)
        };
        let is_amount = |amount: &Money| {
            is_at_most(amount.amount, PIN_AMOUNT)
                && amount.amount.normalize().scale() <= amount.currency.minor_units()
        };
        is_at_most(self.quantity.value, PIN_QUANTITY)
            && !self.quantity.value.is_zero()
            && is_at_most(self.base_quantity, PIN_QUANTITY)
            && !self.base_quantity.is_zero()
            && is_at_most(self.unit_price, PIN_AMOUNT)
            && is_amount(&self.amount)
    }

    /// Pins what [`crate::resolve::resolve`] selected.
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

    /// The moment and release it was resolved for.
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

    /// The currency of price and amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.amount.currency
    }
}

/// That a site sent the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The intent that submitted it: the server answers this one.
    pub id: IntentId,
    /// Who: the display name.
    pub by: String,
    /// When, by the tablet's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// On which tablet.
    pub device: DeviceId,
}

/// What only the server writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// The answer to the latest submission, if it was answered.
    pub status: Option<ServerStatus>,
    /// What was ordered from whom.
    pub purchase_orders: Vec<PurchaseOrder>,
    /// What procurement decided about the latest submission that waited, if one did.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// The server's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerStatus {
    /// Every line was verified.
    Accepted {
        /// When, by the server's clock, in milliseconds since the Unix epoch.
        at: i64,
    },
    /// At least one was not.
    Refused {
        /// Which submission this answers.
        submission: IntentId,
        /// When, by the server's clock, in milliseconds since the Unix epoch.
        at: i64,
        /// Everything that stands in the way.
        reasons: Vec<accept::Reason>,
    },
    /// The pins cannot be taken as they are, and nobody at the site can mend it: procurement
    /// honours or declines them.
    Waiting {
        /// Which submission this answers.
        submission: IntentId,
        /// Since when, by the server's clock, in milliseconds since the Unix epoch.
        at: i64,
        /// What procurement has to decide about; never empty.
        exceptions: Vec<accept::Reason>,
    },
}

impl ServerStatus {
    /// When the server said so, by its clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(&self) -> i64 {
        match self {
            Self::Accepted { at } | Self::Refused { at, .. } | Self::Waiting { at, .. } => *at,
        }
    }
}

/// What one supplier delivers on one day (UBL `Order`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrder {
    /// Its number, unique in the organisation.
    pub number: String,
    /// Who delivers.
    pub supplier: SupplierId,
    /// The supplier's name when it was cut.
    #[serde(default)]
    pub supplier_name: Option<String>,
    /// When.
    pub delivery_date: Date,
    /// The sum of its lines' amounts.
    pub total: Money,
    /// Its lines.
    pub lines: Vec<OrderLineId>,
    /// What its items were called when it was cut.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub item_names: BTreeMap<ItemId, String>,
}

#[cfg(test)]
mod tests;
