//! Calloff's server and command line.
//!
//! [`cli`] is the way in for people on the command line, and [`routes`] for tablets and browsers.
//! [`exchange`] reads the files of other systems. [`publishing`] makes signed releases. [`sync`]
//! receives and sends what tablets write. [`exceptions`] decides orders on hold for procurement.
//! [`dispatch`] sends purchase orders to suppliers. [`contracts`] shows what was agreed.
//! [`finance`] shows the results, [`jobs`] does what can wait, and [`storage`] stores everything.

pub mod auth;
pub mod cli;
pub mod contracts;
pub mod demo;
pub mod dispatch;
pub mod drafting;
pub mod error;
pub mod exceptions;
pub mod exchange;
mod failpoint;
pub mod finance;
pub mod jobs;
pub mod people;
pub mod publishing;
mod put_back;
pub mod routes;
mod serve;
pub mod state;
pub mod storage;
pub mod sync;
pub mod today;
pub mod words;

pub use routes::router;
pub use serve::serve;
