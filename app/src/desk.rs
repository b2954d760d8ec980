//! Head office: what people do online, at a desk, over all sites.
//!
//! Nothing here imports the tablet ([`crate::tablet`]): a desk does not download it.

pub mod app;
pub mod model;
pub mod pages;
pub mod routes;
pub mod state;
