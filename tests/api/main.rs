//! The server as tablets and people meet it: every request goes through the real routes to a real database.

mod allotments;
mod demo;
mod durability;
mod enrolment;
mod finance;
mod orders;
mod push;
mod sessions;
