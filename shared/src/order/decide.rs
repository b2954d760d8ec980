//! The rules: which commands are allowed on an order. The tablet asks before it writes. The server
//! asks after it merged a push.

use serde::{Deserialize, Serialize};

use rust_decimal::Decimal;

use super::{Command, ConflictAt, Intent, LockedPrice, OrderStage, OrderState, most_of_a_line};
use crate::ids::OrderLineId;
use crate::limits::{NAME_BYTES, NOTE_BYTES, ORDER_LINES, ORDER_QUANTITY, ORDER_QUANTITY_SCALE};
use crate::money::Money;
use crate::name::plain_name;

/// Why a command is not allowed on an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum OrderRefusal {
    /// The document has no order yet.
    #[error("there is no such order")]
    NoSuchOrder,
    /// The document has an order already.
    #[error("this order exists already")]
    OrderExists,
    /// The order already has a line with this identifier.
    #[error("the order already has the line {line}")]
    LineExists {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// The order has no line with this identifier.
    #[error("the order has no line {line}")]
    NoSuchLine {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// The order already has the largest allowed number of lines.
    #[error("an order has at most {ORDER_LINES} lines: begin another one")]
    TooManyLines,
    /// The quantity is negative, has too many digits or decimal places, or is zero for a new line.
    #[error(
        "{quantity} cannot be ordered: a quantity is above 0, at most {ORDER_QUANTITY}, with at \
         most {ORDER_QUANTITY_SCALE} decimal places"
    )]
    BadQuantity {
        /// The quantity that was refused.
        quantity: Decimal,
    },
    /// The note is too long.
    #[error("the note is longer than {NOTE_BYTES} bytes")]
    NoteTooLong,
    /// The order's name is too long.
    #[error("the name of an order has at most {NAME_BYTES} bytes")]
    NameTooLong,
    /// The name of a person is missing, too long, or has control characters.
    #[error("a name must have 1 to {NAME_BYTES} bytes and no control character")]
    BadName,
    /// The order was submitted and has no answer yet.
    #[error("the order was sent and has no answer yet")]
    OrderAlreadySubmitted,
    /// The order was accepted. Nobody can edit it any more.
    #[error("the order was accepted already: put this on a new order")]
    OrderAlreadyAccepted,
    /// The order has no line with a quantity above zero.
    #[error("the order is empty")]
    EmptyOrder,
    /// Two tablets wrote different values, and nobody has chosen one.
    #[error("two tablets wrote different values: choose one before sending")]
    OpenConflict {
        /// The place of the conflict.
        at: ConflictAt,
    },
    /// A line has no locked price: it has no source, or was added after the prices were locked.
    #[error("line {line} is not resolved to a contract line")]
    #[serde(rename = "line_not_pinned")]
    LineNotLocked {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// A locked price belongs to a line that is not ordered, or names another release than the
    /// rest.
    #[error("the locked price of line {line} does not belong to this order")]
    #[serde(rename = "stray_pin")]
    StrayLockedPrice {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// A locked price has a number that no order can have: negative, zero, or too large.
    #[error("the locked price of line {line} has a number that no order can have")]
    #[serde(rename = "pin_out_of_bounds")]
    LockedPriceOutOfBounds {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// The amount of a line is larger than [`LINE_AMOUNT`](crate::limits::LINE_AMOUNT).
    #[error(
        "line {line} costs {amount}, and a line costs at most {}: order less, or in several orders",
        most_of_a_line(amount.currency)
    )]
    LineAmountTooLarge {
        /// The identifier of the line.
        line: OrderLineId,
        /// The amount of the line.
        amount: Money,
    },
    /// Somebody else changed the quantity in the meantime. This happens only when an intent is
    /// applied again after the server's answer.
    #[error("somebody else changed line {line} in the meantime")]
    ChangedMeanwhile {
        /// The identifier of the line.
        line: OrderLineId,
    },
    /// Somebody else changed the note in the meantime.
    #[error("somebody else changed the note in the meantime")]
    NoteChangedMeanwhile,
    /// Somebody else changed the name or the holder of the order in the meantime, or anything on an
    /// order that is to be discarded.
    #[error("somebody else changed the order in the meantime")]
    OrderChangedMeanwhile,
}

impl OrderRefusal {
    /// The stable code of the refusal, as it is serialized.
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
            Self::LineNotLocked { .. } => "line_not_pinned",
            Self::StrayLockedPrice { .. } => "stray_pin",
            Self::LockedPriceOutOfBounds { .. } => "pin_out_of_bounds",
            Self::LineAmountTooLarge { .. } => "line_amount_too_large",
            Self::ChangedMeanwhile { .. } => "changed_meanwhile",
            Self::NoteChangedMeanwhile => "note_changed_meanwhile",
            Self::OrderChangedMeanwhile => "order_changed_meanwhile",
        }
    }

    /// Whether the person should put the line on a new order instead.
    #[must_use]
    pub fn asks_for_new_order(&self) -> bool {
        matches!(
            self,
            Self::OrderAlreadyAccepted | Self::OrderAlreadySubmitted | Self::TooManyLines
        )
    }
}

/// Checks whether an intent is allowed on an order. `None` is a document that has no order yet.
///
/// # Errors
/// The first rule that the intent breaks.
pub fn decide(order: Option<&OrderState>, intent: &Intent) -> Result<(), OrderRefusal> {
    check_name(&intent.by)?;
    let order = match (&intent.command, order) {
        (Command::CreateOrder { .. }, None) => return Ok(()),
        (Command::CreateOrder { .. }, Some(_)) => return Err(OrderRefusal::OrderExists),
        (_, None) => return Err(OrderRefusal::NoSuchOrder),
        (_, Some(order)) => order,
    };
    check_not_frozen(order)?;
    match &intent.command {
        Command::CreateOrder { .. } => Err(OrderRefusal::OrderExists),
        Command::AddLine { line, quantity, .. } => decide_add(order, line, *quantity),
        Command::SetQuantity { line, quantity } => decide_quantity(order, line, *quantity),
        Command::SetNote { note } => check_note(note),
        Command::SetName { name } => check_order_name(name),
        Command::HandOver { to } => check_name(to),
        Command::KeepOrder { .. } => Ok(()),
        Command::Submit { locked_prices } => decide_submit(order, locked_prices),
    }
}

/// Whether lines, note and submission may still be written.
pub(crate) fn check_not_frozen(order: &OrderState) -> Result<(), OrderRefusal> {
    match order.stage() {
        OrderStage::Draft | OrderStage::Refused => Ok(()),
        OrderStage::Submitted | OrderStage::OnHold => Err(OrderRefusal::OrderAlreadySubmitted),
        OrderStage::Accepted => Err(OrderRefusal::OrderAlreadyAccepted),
    }
}

fn decide_add(
    order: &OrderState,
    line: &OrderLineId,
    quantity: Decimal,
) -> Result<(), OrderRefusal> {
    if order.lines.contains_key(line) {
        return Err(OrderRefusal::LineExists { line: line.clone() });
    }
    if order.lines.len() >= ORDER_LINES {
        return Err(OrderRefusal::TooManyLines);
    }
    if quantity.is_zero() {
        return Err(OrderRefusal::BadQuantity { quantity });
    }
    check_quantity(quantity)
}

fn decide_quantity(
    order: &OrderState,
    line: &OrderLineId,
    quantity: Decimal,
) -> Result<(), OrderRefusal> {
    if !order.lines.contains_key(line) {
        return Err(OrderRefusal::NoSuchLine { line: line.clone() });
    }
    check_quantity(quantity)
}

/// A submission needs a line to order, no open conflict, and for every ordered line exactly one
/// locked price, all of the same release.
fn decide_submit(
    order: &OrderState,
    locked_prices: &std::collections::BTreeMap<OrderLineId, LockedPrice>,
) -> Result<(), OrderRefusal> {
    if let Some(at) = order.conflicts().into_iter().next() {
        return Err(OrderRefusal::OpenConflict { at });
    }
    if order.ordered_lines().next().is_none() {
        return Err(OrderRefusal::EmptyOrder);
    }
    if let Some((line, _)) =
        order.ordered_lines().find(|(line, _)| !locked_prices.contains_key(line))
    {
        return Err(OrderRefusal::LineNotLocked { line: line.clone() });
    }
    let release = locked_prices.values().next().map(|locked| locked.release);
    let is_stray = |line: &OrderLineId, locked: &LockedPrice| {
        Some(locked.release) != release
            || !order.lines.get(line).is_some_and(super::OrderLine::is_ordered)
    };
    if let Some((line, _)) = locked_prices.iter().find(|(line, locked)| is_stray(line, locked)) {
        return Err(OrderRefusal::StrayLockedPrice { line: line.clone() });
    }
    locked_prices.iter().try_for_each(|(line, locked)| check_locked(line, locked))
}

/// Checks that the locked prices of an order have possible numbers, and amounts that databases can
/// add.
pub(crate) fn check_locked_prices(order: &OrderState) -> Result<(), OrderRefusal> {
    let mut locked_prices =
        order.lines.iter().filter_map(|(id, line)| Some((id, line.locked.as_ref()?)));
    locked_prices.try_for_each(|(id, locked)| check_locked(id, locked))
}

fn check_locked(line: &OrderLineId, locked: &LockedPrice) -> Result<(), OrderRefusal> {
    if !locked.is_within_bounds() {
        return Err(OrderRefusal::LockedPriceOutOfBounds { line: line.clone() });
    }
    if !locked.is_within_line_amount() {
        return Err(OrderRefusal::LineAmountTooLarge { line: line.clone(), amount: locked.amount });
    }
    Ok(())
}

/// A quantity that a document may have: zero (removed) or orderable.
fn check_quantity(quantity: Decimal) -> Result<(), OrderRefusal> {
    if is_quantity(quantity) { Ok(()) } else { Err(OrderRefusal::BadQuantity { quantity }) }
}

/// Whether a document may have a quantity: not negative, and neither larger nor finer than people
/// count.
pub(crate) fn is_quantity(quantity: Decimal) -> bool {
    !quantity.is_sign_negative()
        && quantity <= Decimal::from(ORDER_QUANTITY)
        && quantity.normalize().scale() <= ORDER_QUANTITY_SCALE
}

pub(crate) fn check_note(note: &str) -> Result<(), OrderRefusal> {
    if note.len() <= NOTE_BYTES { Ok(()) } else { Err(OrderRefusal::NoteTooLong) }
}

fn check_order_name(name: &str) -> Result<(), OrderRefusal> {
    if name.len() <= NAME_BYTES { Ok(()) } else { Err(OrderRefusal::NameTooLong) }
}

pub(crate) fn check_name(name: &str) -> Result<(), OrderRefusal> {
    if is_name(name) { Ok(()) } else { Err(OrderRefusal::BadName) }
}

/// Whether a name is neither empty nor too long, and has no character that changes the text around
/// it.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES && plain_name(name).is_ok()
}

/// Checks whether a merge may turn one state of an order into another. The server asks this after
/// it merged a tablet's changes.
///
/// The merge keeps everybody's work, so an incomplete submission is allowed here: a line that
/// another tablet added has no locked price, or the merge brought a conflict.
/// [`super::accept::verify`] answers such a submission.
///
/// # Errors
/// The first rule that the merge breaks.
pub fn check_merge(before: Option<&OrderState>, after: &OrderState) -> Result<(), OrderRefusal> {
    if let Some(before) = before {
        check_not_frozen(before)?;
    }
    check_name(&after.created_by)?;
    if after.lines.len() > ORDER_LINES {
        return Err(OrderRefusal::TooManyLines);
    }
    for line in after.lines.values() {
        check_name(&line.added_by)?;
        check_quantity(line.quantity.value)?;
    }
    check_locked_prices(after)?;
    check_note(&after.note.value)?;
    check_order_name(&after.name.value)?;
    if !after.holder.value.is_empty() {
        check_name(&after.holder.value)?;
    }
    after.submitted.as_ref().map_or(Ok(()), |submission| check_name(&submission.by))
}
