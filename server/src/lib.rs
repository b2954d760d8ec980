//! Calloff's server and command line.
//!
//! [`storage`] is what is kept.

pub mod storage;
