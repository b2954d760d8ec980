//! The data that the tablet's screens show: pure functions of an order, a release and a moment.

pub mod basket;
pub mod guide;
pub mod home;
pub mod offer;
pub mod prices;
pub mod progress;
pub mod reorder;
pub mod sheet;
