//! Head office: what people do online, at a desk, over all sites.

mod audit;
mod model;
mod order;
mod orders;
mod problem;
mod quarantine;
mod shell;
mod sign_in;
mod tablets;

pub use shell::DeskWorkspace;
