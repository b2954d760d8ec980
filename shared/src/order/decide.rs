//! What may be done to an order: the one set of rules, asked by the tablet before it writes and by
//! the server after it merged.

use serde::{Deserialize, Serialize};

use rust_decimal::Decimal;

use super::{Command, ConflictAt, Intent, OrderStage, OrderState, Pin};
use crate::ids::OrderLineId;
use crate::limits::{NAME_BYTES, NOTE_BYTES, ORDER_LINES, ORDER_QUANTITY, ORDER_QUANTITY_SCALE};
use crate::name::plain_name;

/// Why something may not be done to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// The document holds no order yet.
    #[error("there is no such order")]
    NoSuchOrder,
    /// The document holds an order already.
    #[error("this order was begun already")]
    OrderExists,
    /// A line with this identifier is there.
    #[error("the order has a line {line} already")]
    LineExists {
        /// Which.
        line: OrderLineId,
    },
    /// No line with this identifier is there.
    #[error("the order has no line {line}")]
    NoSuchLine {
        /// Which.
        line: OrderLineId,
    },
    /// The order holds as many lines as one may.
    #[error("an order has at most {ORDER_LINES} lines: begin another one")]
    TooManyLines,
    /// Negative, of too many places or digits, or zero where something is added.
    #[error(
        "{quantity} cannot be ordered: a quantity is above 0, at most {ORDER_QUANTITY}, with at most {ORDER_QUANTITY_SCALE} decimal places"
    )]
    BadQuantity {
        /// The quantity.
        quantity: Decimal,
    },
    /// The note is too long.
    #[error("the note is longer than {NOTE_BYTES} bytes")]
    NoteTooLong,
    /// The order's name is too long.
    #[error("the name of an order has at most {NAME_BYTES} bytes")]
    NameTooLong,
    /// A person's name is missing or too long.
    #[error("a name has 1 to {NAME_BYTES} bytes, and no control character")]
    BadName,
    /// It was sent, and the answer is out.
    #[error("the order was sent and waits for its answer")]
    OrderAlreadySubmitted,
    /// It was accepted, and is frozen for good.
    #[error("the order was accepted already: put this on a new one")]
    OrderAlreadyAccepted,
    /// Nothing is on it.
    #[error("the order is empty")]
    EmptyOrder,
    /// Two tablets disagree, and nobody has settled it.
    #[error("two tablets wrote different values: choose one before sending")]
    OpenConflict {
        /// Where.
        at: ConflictAt,
    },
    /// A line has no source, or it was added after the pins were taken.
    #[error("line {line} is not resolved to a contract line")]
    LineNotPinned {
        /// Which.
        line: OrderLineId,
    },
    /// A pin of a line that is not ordered, or of other releases than the rest.
    #[error("the pin of line {line} does not belong to this order as it stands")]
    StrayPin {
        /// Which.
        line: OrderLineId,
    },
    /// A pin whose numbers no order can have: negative, zero, or beyond all bounds.
    #[error("the pin of line {line} has a price, a quantity or an amount that no order can have")]
    PinOutOfBounds {
        /// Which.
        line: OrderLineId,
    },
    /// Somebody else changed the value meanwhile; only met when an intent is applied again after
    /// the server's answer.
    #[error("line {line} was changed by somebody else meanwhile")]
    ChangedMeanwhile {
        /// Which.
        line: OrderLineId,
    },
    /// The same of the note.
    #[error("the note was changed by somebody else meanwhile")]
    NoteChangedMeanwhile,
    /// The same of what the order is called, who has it, or of anything on an order that is
    /// discarded.
    #[error("the order was changed by somebody else meanwhile")]
    OrderChangedMeanwhile,
}

impl Refusal {
    /// The stable code, as it is serialized.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchOrder => "no_such_order",
            Self::OrderExists => "order_exists",
            Self::LineExists { .. } => "line_exists",
            Self::NoSuchLine { .. } => "no_such_line",
            Self::TooManyLines => "too_many_lines",
            Self::BadQuantity { .. } => "bad_quantity",
            Self::NoteTooLong => "note_too_long",
            Self::NameTooLong => "name_too_long",
            Self::BadName => "bad_name",
            Self::OrderAlreadySubmitted => "order_already_submitted",
            Self::OrderAlreadyAccepted => "order_already_accepted",
            Self::EmptyOrder => "empty_order",
            Self::OpenConflict { .. } => "open_conflict",
            Self::LineNotPinned { .. } => "line_not_pinned",
            Self::StrayPin { .. } => "stray_pin",
            Self::PinOutOfBounds { .. } => "pin_out_of_bounds",
            Self::ChangedMeanwhile { .. } => "changed_meanwhile",
            Self::NoteChangedMeanwhile => "note_changed_meanwhile",
            Self::OrderChangedMeanwhile => "order_changed_meanwhile",
        }
    }

    /// Whether the order is closed to a line that a new order would take.
    #[must_use]
    pub fn asks_for_new_order(&self) -> bool {
        matches!(
            self,
            Self::OrderAlreadyAccepted | Self::OrderAlreadySubmitted | Self::TooManyLines
        )
    }
}

/// Whether an intent may be carried out on an order as it stands; `None` is a document that holds
/// no order yet.
///
/// # Errors
/// The first rule that it breaks.
pub fn decide(order: Option<&OrderState>, intent: &Intent) -> Result<(), Refusal> {
    check_name(&intent.by)?;
    let order = match (&intent.command, order) {
        (Command::CreateOrder { .. }, None) => return Ok(()),
        (Command::CreateOrder { .. }, Some(_)) => return Err(Refusal::OrderExists),
        (_, None) => return Err(Refusal::NoSuchOrder),
        (_, Some(order)) => order,
    };
    check_not_frozen(order)?;
    match &intent.command {
        Command::CreateOrder { .. } => Err(Refusal::OrderExists),
        Command::AddLine { line, quantity, .. } => decide_add(order, line, *quantity),
        Command::SetQuantity { line, quantity } => decide_quantity(order, line, *quantity),
        Command::SetNote { note } => check_note(note),
        Command::SetName { name } => check_order_name(name),
        Command::HandOver { to } => check_name(to),
        Command::KeepOrder { .. } => Ok(()),
        Command::Submit { pins } => decide_submit(order, pins),
    }
}

/// Whether lines, note and submission may still be written.
pub(crate) fn check_not_frozen(order: &OrderState) -> Result<(), Refusal> {
    match order.stage() {
        OrderStage::Draft | OrderStage::Refused => Ok(()),
        OrderStage::Submitted | OrderStage::Waiting => Err(Refusal::OrderAlreadySubmitted),
        OrderStage::Accepted => Err(Refusal::OrderAlreadyAccepted),
    }
}

fn decide_add(order: &OrderState, line: &OrderLineId, quantity: Decimal) -> Result<(), Refusal> {
    if order.lines.contains_key(line) {
        return Err(Refusal::LineExists { line: line.clone() });
    }
    if order.lines.len() >= ORDER_LINES {
        return Err(Refusal::TooManyLines);
    }
    if quantity.is_zero() {
        return Err(Refusal::BadQuantity { quantity });
    }
    check_quantity(quantity)
}

fn decide_quantity(
    order: &OrderState,
    line: &OrderLineId,
    quantity: Decimal,
) -> Result<(), Refusal> {
    if !order.lines.contains_key(line) {
        return Err(Refusal::NoSuchLine { line: line.clone() });
    }
    check_quantity(quantity)
}

/// Submission needs something to send, no open conflict, and exactly one pin of one release for
/// every ordered line.
fn decide_submit(
    order: &OrderState,
    pins: &std::collections::BTreeMap<OrderLineId, Pin>,
) -> Result<(), Refusal> {
    if let Some(at) = order.conflicts().into_iter().next() {
        return Err(Refusal::OpenConflict { at });
    }
    if order.ordered_lines().next().is_none() {
        return Err(Refusal::EmptyOrder);
    }
    if let Some((line, _)) = order.ordered_lines().find(|(line, _)| !pins.contains_key(line)) {
        return Err(Refusal::LineNotPinned { line: line.clone() });
    }
    let release = pins.values().next().map(|pin| pin.release);
    let is_stray = |line: &OrderLineId, pin: &Pin| {
        Some(pin.release) != release
            || !order.lines.get(line).is_some_and(super::OrderLine::is_ordered)
    };
    if let Some((line, _)) = pins.iter().find(|(line, pin)| is_stray(line, pin)) {
        return Err(Refusal::StrayPin { line: line.clone() });
    }
    pins.iter().try_for_each(|(line, pin)| check_pin(line, pin))
}

fn check_pin(line: &OrderLineId, pin: &Pin) -> Result<(), Refusal> {
    if pin.is_within_bounds() {
        Ok(())
    } else {
        Err(Refusal::PinOutOfBounds { line: line.clone() })
    }
}

/// A quantity that a document may hold: zero (removed) or orderable.
fn check_quantity(quantity: Decimal) -> Result<(), Refusal> {
    if is_quantity(quantity) { Ok(()) } else { Err(Refusal::BadQuantity { quantity }) }
}

/// Whether a document may hold a quantity: neither negative, nor more or finer than anybody counts.
pub(crate) fn is_quantity(quantity: Decimal) -> bool {
    !quantity.is_sign_negative()
        && quantity <= Decimal::from(ORDER_QUANTITY)
        && quantity.normalize().scale() <= ORDER_QUANTITY_SCALE
}

pub(crate) fn check_note(note: &str) -> Result<(), Refusal> {
    if note.len() <= NOTE_BYTES { Ok(()) } else { Err(Refusal::NoteTooLong) }
}

fn check_order_name(name: &str) -> Result<(), Refusal> {
    if name.len() <= NAME_BYTES { Ok(()) } else { Err(Refusal::NameTooLong) }
}

pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    if is_name(name) { Ok(()) } else { Err(Refusal::BadName) }
}

/// Whether a name says something, not too much, and nothing that rewrites what stands around it.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES && plain_name(name).is_ok()
}

/// Whether a merge may turn one state of an order into another: what the server asks after it
/// merged a tablet's changes.
///
/// A submission that is incomplete (a line that another tablet added is not pinned, a conflict came
/// in by the merge) is no matter of the merge, which keeps everybody's work;
/// [`super::accept::verify`] answers it.
///
/// # Errors
/// The first rule that is broken.
pub fn check_merge(before: Option<&OrderState>, after: &OrderState) -> Result<(), Refusal> {
    if let Some(before) = before {
        check_not_frozen(before)?;
    }
    check_name(&after.created_by)?;
    if after.lines.len() > ORDER_LINES {
        return Err(Refusal::TooManyLines);
    }
    for (id, line) in &after.lines {
        check_name(&line.added_by)?;
        check_quantity(line.quantity.value)?;
        line.pin.as_ref().map_or(Ok(()), |pin| check_pin(id, pin))?;
    }
    check_note(&after.note.value)?;
    check_order_name(&after.name.value)?;
    if !after.holder.value.is_empty() {
        check_name(&after.holder.value)?;
    }
    after.submitted.as_ref().map_or(Ok(()), |submission| check_name(&submission.by))
}
