//! Ordering at a site. Everything here works without a network after the first visit.

mod basket;
mod conflicts;
mod explanation;
mod find;
mod guide;
mod guide_editor;
mod home;
mod item_sheet;
pub mod model;
mod order;
mod people;
mod sent;
mod settings;
mod shell;
mod site;
mod sync_chip;

pub use shell::TabletWorkspace;
