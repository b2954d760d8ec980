//! Ordering at a site. Everything here works without a network after the first visit.
//!
//! Nothing here imports the desk ([`crate::desk`]): a tablet does not download it.

pub mod app;
mod failures;
pub mod model;
pub mod pages;
pub mod routes;
pub mod state;
mod titles;
