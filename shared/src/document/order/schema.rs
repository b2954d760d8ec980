//! Every key of an order's document, in schema 1.
//!
//! ```text
//! kind, schema                     written by the genesis change only
//! header    {site, created_by, created_at}
//! lines     {line id → {item, unit?, added_by, added_at, quantity}}
//! note, name, holder
//! discarded                        the intent that discarded it; empty after it was brought back
//! submitted {id, by, at, device, pins {line id → locked price}}
//!                                  replaced as a whole by each submission
//! server    {status, purchase_orders {number → order}, progress? {number → {state, at}},
//!            decision?}            written by the server only
//! ```
//! All values are plain strings: quantities are canonical decimals, times are milliseconds. Lines
//! are a map by identifier, never a list. A locked price, the status, the decision, a purchase
//! order and its progress are one JSON text each, because they are written as a whole. Nobody edits
//! a part of them.

use crate::document::schema::{ADDED_AT, ADDED_BY, AT, BY, DEVICE, ID};

pub(super) const HEADER: &str = "header";
pub(super) const LINES: &str = "lines";
pub(super) const NOTE: &str = "note";
pub(super) const NAME: &str = "name";
pub(super) const HOLDER: &str = "holder";
pub(super) const DISCARDED: &str = "discarded";
pub(super) const SUBMITTED: &str = "submitted";
pub(super) const SERVER: &str = "server";

pub(super) const SITE: &str = "site";
pub(super) const CREATED_BY: &str = "created_by";
pub(super) const CREATED_AT: &str = "created_at";

pub(super) const ITEM: &str = "item";
pub(super) const UNIT: &str = "unit";
pub(super) const QUANTITY: &str = "quantity";

/// A map of the locked prices by line. Documents keep the name that it had at first.
pub(super) const LOCKED_PRICES: &str = "pins";

pub(super) const STATUS: &str = "status";
pub(super) const PURCHASE_ORDERS: &str = "purchase_orders";
pub(super) const PROGRESS: &str = "progress";
pub(super) const DECISION: &str = "decision";

/// The texts in the root that a tablet writes while the order is a draft or was refused.
pub(super) const ROOT_TEXTS: [&str; 4] = [NOTE, NAME, HOLDER, DISCARDED];

/// The keys of the header. The change that creates the order writes them once.
pub(super) const HEADER_KEYS: [&str; 3] = [SITE, CREATED_BY, CREATED_AT];

/// The keys of a line. The change that adds the line writes them once. Only [`QUANTITY`] is written
/// again.
pub(super) const LINE_KEYS: [&str; 5] = [ITEM, UNIT, ADDED_BY, ADDED_AT, QUANTITY];

/// The keys of a submission beside [`LOCKED_PRICES`]. The change that submits writes them once.
pub(super) const SUBMISSION_KEYS: [&str; 4] = [ID, BY, AT, DEVICE];
