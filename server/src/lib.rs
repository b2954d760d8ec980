//! Calloff's server and command line.
//!
//! [`storage`] is what is kept.

pub mod auth;
pub mod error;
pub mod exchange;
pub mod finance;
pub mod publishing;
pub mod routes;
mod serve;
pub mod state;
pub mod storage;
pub mod sync;

pub use routes::router;
pub use serve::serve;
