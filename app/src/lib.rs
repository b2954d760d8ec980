//! Calloff in the browser.
//!
//! [`routes`] says where things are, [`pages`] are what people see there, made of [`components`];
//! [`state`] is what the app knows between screens, [`api`] the server's endpoints, [`i18n`] every
//! text. [`platform`] is the only place that touches a browser interface (storage, network, clock,
//! locks). The rules are all in `calloff-core`.

pub mod api;
pub mod app;
pub mod components;
pub mod i18n;
pub mod pages;
pub mod platform;
pub mod routes;
pub mod state;

#[cfg(test)]
mod same_answers;
