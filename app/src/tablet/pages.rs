//! The tablet's pages, one file each. A page composes components and reads its parameters. Its
//! computations are in tested view-models ([`super::model`]).

mod basket;
mod clock_notice;
mod conflicts;
mod draft_actions;
pub mod enrol;
mod explanation;
mod find;
mod guide;
mod guide_editor;
mod guide_order;
mod home;
mod item_sheet;
mod order;
mod order_title;
mod people;
mod prices;
mod reorder;
mod sending;
mod sent;
mod settings;
mod shell;
mod site;
mod site_time;
mod sync_chip;
pub mod welcome;

pub use shell::TabletWorkspace;
