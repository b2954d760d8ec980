//! The server as tablets and people see it. Every request goes through the real routes to a real
//! database.

mod acceptance;
mod access;
mod allotments;
mod announced;
mod audit;
mod credentials;
mod demo;
mod drafts;
mod durability;
mod enrolment;
mod exceptions;
mod finance;
mod guessing;
mod headers;
mod orders;
mod people;
mod pins;
mod provider;
mod push;
mod recalled;
mod restored;
mod robustness;
mod sessions;
mod settings;
mod time;
