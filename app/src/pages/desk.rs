//! Head office: what people do online, at a desk, over all sites.

mod model;
mod order;
mod orders;
mod problem;
mod shell;
mod sign_in;

pub use shell::DeskWorkspace;
