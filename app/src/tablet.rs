//! The app for ordering at a site. After the first visit everything here works without a network.
//!
//! No module here imports the desk's app ([`crate::desk`]), so a tablet does not download it.

pub mod app;
mod failures;
pub mod model;
pub mod pages;
pub mod routes;
pub mod state;
mod titles;
