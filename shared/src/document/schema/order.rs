//! Every key of an order's document, in schema 1.
//!
//! ```text
//! kind, schema                     written by the genesis change only
//! header    {site, created_by, created_at}
//! lines     {line id → {item, unit?, added_by, added_at, quantity}}
//! note, name, holder
//! discarded                        the intent that discarded it; empty after it was brought back
//! submitted {id, by, at, device, pins {line id → pin}}     replaced as a whole by each submission
//! server    {status, purchase_orders {number → order}, decision?}     written by the server only
//! ```
//! All values are plain strings: quantities are canonical decimals, times are milliseconds. Lines
//! are a map by identifier, never a list. A pin, the status, the decision and a purchase order are
//! one JSON text each, because they are written once, as a whole. Nobody edits a part of them.

use super::{ADDED_AT, ADDED_BY, AT, BY, DEVICE, ID};

pub(crate) const HEADER: &str = "header";
pub(crate) const LINES: &str = "lines";
pub(crate) const NOTE: &str = "note";
pub(crate) const NAME: &str = "name";
pub(crate) const HOLDER: &str = "holder";
pub(crate) const DISCARDED: &str = "discarded";
pub(crate) const SUBMITTED: &str = "submitted";
pub(in crate::document) const SERVER: &str = "server";

pub(in crate::document) const SITE: &str = "site";
pub(in crate::document) const CREATED_BY: &str = "created_by";
pub(in crate::document) const CREATED_AT: &str = "created_at";

pub(in crate::document) const ITEM: &str = "item";
pub(in crate::document) const UNIT: &str = "unit";
pub(crate) const QUANTITY: &str = "quantity";

pub(crate) const PINS: &str = "pins";

pub(in crate::document) const STATUS: &str = "status";
pub(in crate::document) const PURCHASE_ORDERS: &str = "purchase_orders";
pub(in crate::document) const DECISION: &str = "decision";

/// The texts in the root that a tablet writes while the order is a draft or was refused.
pub(crate) const ROOT_TEXTS: [&str; 4] = [NOTE, NAME, HOLDER, DISCARDED];

/// The keys of the header. The change that creates the order writes them once.
pub(crate) const HEADER_KEYS: [&str; 3] = [SITE, CREATED_BY, CREATED_AT];

/// The keys of a line. The change that adds the line writes them once. Only [`QUANTITY`] is written
/// again.
pub(crate) const LINE_KEYS: [&str; 5] = [ITEM, UNIT, ADDED_BY, ADDED_AT, QUANTITY];

/// The keys of a submission beside [`PINS`]. The change that submits writes them once.
pub(crate) const SUBMISSION_KEYS: [&str; 4] = [ID, BY, AT, DEVICE];
