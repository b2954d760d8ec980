//! Calloff in the browser: two apps of one crate.
//!
//! [`tablet`] is the app of a site's shared tablets, and [`desk`] is the app of head office.
//! Neither imports the other, so that nobody downloads both. In each app, `routes` holds the
//! addresses, `pages` holds the pages, `model` computes what the pages show, and `state` holds what
//! the app keeps between pages. Both apps use [`components`], [`api`] (the server's endpoints),
//! [`i18n`] (every text) and [`platform`], the only place that touches a browser interface
//! (storage, network, clock, locks). All business rules are in `calloff-core`.

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
