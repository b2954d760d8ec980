//! What the desk's pages compute. All of it is pure and tested.

pub mod address;
pub mod contract_query;
pub mod contract_rows;
pub mod job_rows;
pub mod order_lines;
pub mod order_rows;
pub mod orders_query;
pub mod people_rows;
pub mod places;
pub mod purchase_order_acts;
pub mod purchase_order_rows;
pub mod purchase_orders_query;
pub mod supplier_form;
pub mod supplier_rows;
pub mod tablet_health;
pub mod time_offline;
pub mod to_decide;
