//! What happens when procurement publishes contracts: the [`check`] of everything that must hold,
//! and the division of hard maximums among the sites ([`escrow`]).
//!
//! Both need a whole [`crate::catalogue`] and resolve against it. Contracts themselves
//! ([`crate::contract`]) need neither.

pub mod check;
pub mod escrow;
