//! The app of head office: people use it online, at a desk, for all sites.
//!
//! No module here imports the tablet's app ([`crate::tablet`]), so a desk does not download it.

pub mod app;
pub mod model;
pub mod pages;
pub mod routes;
pub mod state;
