//! Calloff in the browser: two apps of one crate.
//!
//! [`tablet`] is the app of a site's shared tablets, [`desk`] that of head office; neither imports
//! the other, so that nobody downloads both. In each, `routes` says where things are, `pages` are
//! what people see there, `model` computes what pages show, and `state` is what the app knows
//! between pages. Both are made of [`components`], [`api`] (the server's endpoints), [`i18n`] (every
//! text) and [`platform`], the only place that touches a browser interface (storage, network,
//! clock, locks). The rules are all in `calloff-core`.

pub mod api;
pub mod components;
pub mod desk;
pub mod i18n;
pub mod platform;
pub mod tablet;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod apart;
#[cfg(test)]
mod same_answers;
#[cfg(test)]
mod testing;
