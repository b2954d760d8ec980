//! The test harness: a real server over a real database in a folder of its own, and the people and
//! tablets that use it.
//!
//! [`TestApp`] answers requests in this process, without a socket: routes, layers, storage and
//! rules are those of `calloff serve`, the clock is the test's. A [`ServerProcess`] is
//! `calloff serve` itself. [`Tablet`] keeps its documents as the app does; [`Person`] holds a
//! session.

mod app;
mod door;
mod line;
pub mod mutation;
mod person;
mod process;
pub mod provider;
mod tablet;

pub use app::{Answer, RELEASE_DAY, TestApp, at, json, packed, request};
pub use door::Door;
pub use line::{Line, LineError};
pub use person::{Person, from_our_page};
pub use process::ServerProcess;
pub use tablet::Tablet;
