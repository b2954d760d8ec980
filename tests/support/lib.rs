//! The test harness: a real server with a real database in its own folder, and the people and
//! tablets that use it.
//!
//! [`TestApp`] answers requests in this process, without a socket. Routes, layers, storage and
//! rules are those of `calloff serve`; the clock belongs to the test. A [`ServerProcess`] is
//! `calloff serve` itself. A [`TestTablet`] keeps its documents as the app does. A [`Person`] has
//! a session.

mod app;
mod data;
mod door;
mod line;
mod mail_server;
pub mod mutation;
mod person;
mod process;
pub mod provider;
mod queue;
mod tablet;

pub use app::{Answer, RELEASE_DAY, TestApp, at, json, packed, request};
pub use data::{Copy, Data};
pub use door::Door;
pub use line::{Line, LineError};
pub use mail_server::{ArrivedMail, MailServer, Reaction};
pub use person::{Person, from_our_page};
pub use process::ServerProcess;
pub use tablet::TestTablet;
