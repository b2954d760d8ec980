//! What the desk keeps between pages.

pub mod live;
pub mod session;
