//! Calloff's server and command line.
//!
//! [`cli`] is how people at a prompt reach it, [`routes`] how tablets and browsers do. [`exchange`]
//! reads what other systems write, [`publishing`] makes signed releases of it, [`sync`] takes and
//! gives what tablets write, [`exceptions`] settles what waits for procurement, [`finance`] shows
//! what came of it, and [`storage`] keeps it all.

pub mod auth;
pub mod cli;
pub mod demo;
pub mod drafting;
pub mod error;
pub mod exceptions;
pub mod exchange;
mod failpoint;
pub mod finance;
pub mod publishing;
pub mod routes;
mod serve;
pub mod state;
pub mod storage;
pub mod sync;
pub mod today;

pub use routes::router;
pub use serve::serve;
