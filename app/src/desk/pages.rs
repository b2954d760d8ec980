//! The desk's pages, one file each. A page composes components and reads its parameters. Its
//! computations are in tested view-models ([`super::model`]).

mod audit;
mod contract;
mod contracts;
mod facts;
mod filter_fields;
mod jobs;
mod live_list;
mod order;
mod orders;
mod people;
mod place_picker;
mod places;
mod problem;
mod purchase_order;
mod purchase_orders;
mod quarantine;
mod shell;
mod sign_in;
mod suppliers;
mod tablets;

pub use people::WelcomePage;
pub use shell::DeskWorkspace;
