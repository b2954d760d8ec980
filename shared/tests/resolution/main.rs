//! Tests resolution from outside: by cases that a buyer can read, and by properties, compared with
//! a simple reference.

mod golden;
mod properties;
mod received;
mod reference;
