//! Every key of an order's document.
//!
//! ```text
//! kind, schema                     written by the genesis change only
//! header    {site, created_by, created_at}
//! lines     {line id → {item, unit?, added_by, added_at, quantity}}
//! note
//! submitted {id, by, at, device, pins {line id → pin}}     replaced as a whole by each submission
//! server    {status, purchase_orders {number → order}, decision?}     written by the server only
//! ```
//! All values are plain strings: quantities as canonical decimals, times of clocks in milliseconds. Lines are a map by
//! identifier, never a list. A pin, the status, the decision and a purchase order are each one JSON text: they are written once, as a
//! whole, and nobody edits a part of them.

pub(super) const KIND: &str = "kind";
pub(super) const KIND_ORDER: &str = "order";
pub(super) const SCHEMA: &str = "schema";
pub(super) const SCHEMA_ORDER: &str = "1";

pub(crate) const HEADER: &str = "header";
pub(crate) const LINES: &str = "lines";
pub(crate) const NOTE: &str = "note";
pub(crate) const SUBMITTED: &str = "submitted";
pub(super) const SERVER: &str = "server";

pub(super) const SITE: &str = "site";
pub(super) const CREATED_BY: &str = "created_by";
pub(super) const CREATED_AT: &str = "created_at";

pub(super) const ITEM: &str = "item";
pub(super) const UNIT: &str = "unit";
pub(super) const ADDED_BY: &str = "added_by";
pub(super) const ADDED_AT: &str = "added_at";
pub(crate) const QUANTITY: &str = "quantity";

pub(super) const ID: &str = "id";
pub(super) const BY: &str = "by";
pub(super) const AT: &str = "at";
pub(super) const DEVICE: &str = "device";
pub(crate) const PINS: &str = "pins";

pub(super) const STATUS: &str = "status";
pub(super) const PURCHASE_ORDERS: &str = "purchase_orders";
pub(super) const DECISION: &str = "decision";

/// What the header holds: written once, by the change that creates the order.
pub(crate) const HEADER_KEYS: [&str; 3] = [SITE, CREATED_BY, CREATED_AT];

/// What a line holds: written once, by the change that adds the line. Only [`QUANTITY`] is written again.
pub(crate) const LINE_KEYS: [&str; 5] = [ITEM, UNIT, ADDED_BY, ADDED_AT, QUANTITY];

/// What a submission holds beside [`PINS`]: written once, by the change that submits.
pub(crate) const SUBMISSION_KEYS: [&str; 4] = [ID, BY, AT, DEVICE];
