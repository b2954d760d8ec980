//! What the tablet keeps between screens. Reads are signals and memos. Only
//! [`workspace::Workspace::dispatch`] changes an order.

pub mod allotments;
pub mod catalogue;
pub mod counts;
pub mod dispatch_error;
pub mod hints;
pub mod kept_notices;
pub mod people;
pub mod release_store;
pub mod releases;
pub mod replica_store;
pub mod seen_prices;
pub mod session;
pub mod sync_loop;
pub mod sync_status;
pub mod tablet;
pub mod tabs;
pub mod told;
pub mod unsent;
pub mod updates;
pub mod workspace;
pub mod wrong_pins;
