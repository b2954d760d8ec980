//! Ordering at a site. Everything here works without a network after the first visit.

mod basket;
mod clock_notice;
mod conflicts;
mod draft_actions;
mod explanation;
mod find;
mod guide;
mod guide_editor;
mod guide_order;
mod home;
mod item_sheet;
pub mod model;
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
mod sync_chip;

pub use shell::TabletWorkspace;
