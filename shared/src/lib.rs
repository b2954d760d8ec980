//! Calloff's domain, pure.
//!
//! **Contracts** ([`contract`]) say what to buy, from which supplier, at which price and under
//! which terms. Procurement publishes them ([`publish`]) as a signed, immutable [`catalogue`]
//! release. A tablet at a site **resolves** a wanted item against that release ([`resolve`]),
//! offline. The result is one contract line, with every other candidate and the reason why it lost.
//! The chosen lines form an [`order`], an Automerge [`document`] that two tablets may edit at the
//! same time. [`sync`] carries it to the server. The server verifies each locked price by resolving
//! it again with the same code. What a [`site`] says about itself (its order guide, its receiving
//! hours) is a document, too.
//!
//! Nothing here reads a clock, draws a random number, does I/O or computes money with floats. So
//! everything is the same on the server and in the browser, byte for byte.

#![warn(missing_docs)]
#![warn(clippy::unwrap_used, clippy::float_arithmetic)]

pub mod calendar;
pub mod decimal;
pub mod ids;
pub mod limits;
pub mod money;
pub mod name;
pub mod numeral;
pub mod percent;
pub mod pin;
pub mod quantity;
pub mod unit;

pub mod item;
pub mod location;
pub mod peppol;
pub mod supplier;

pub mod catalogue;
pub mod contract;
pub mod publish;
pub mod resolve;

pub mod document;
pub mod intent;
pub mod order;
pub mod register;
pub mod site;
pub mod sync;
pub mod wire;

mod base64_bytes;

pub mod sample;
