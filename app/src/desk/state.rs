//! What the desk knows between pages.

pub mod live;
pub mod session;
