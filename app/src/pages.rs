//! One file per page. A page composes components and owns its parameters; what it computes stands
//! in tested view-models.

pub mod desk;
pub mod enrol;
pub mod not_found;
pub mod tablet;
pub mod turn;
pub mod welcome;
