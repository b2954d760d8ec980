//! Resolution, proved from outside: by cases that a buyer can read, and by properties against a
//! naive reference.

mod golden;
mod properties;
mod received;
mod reference;
