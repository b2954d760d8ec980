//! The rank: a total order over the eligible.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::contract::Preference;
use crate::ids::{ContractId, LineId};

/// Where an eligible line stands, and why. Compared by merit, then by what was settled; what is
/// left only makes the order total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankKey<'c> {
    /// (a) to (f).
    #[serde(flatten)]
    pub merit: Merit,
    /// (g) The contract's place among the settled ties; `None` where none was settled.
    pub settled: Option<u32>,
    /// (h) Only makes the order total.
    pub contract: &'c ContractId,
    /// (h) Only makes the order total.
    pub version: u32,
    /// (h) Only makes the order total.
    pub line: &'c LineId,
}

/// What a line is worth for a request; the smallest wins. Lines that are equal here are a tie, for
/// a person to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Merit {
    /// (a) 0 for the item itself, then its substitutes from 1 in their order.
    pub substitute: u32,
    /// (b) Preferred before Allowed.
    pub preference: Preference,
    /// (c) The depth of the deepest scope node that lets the site in: deeper goes first.
    pub scope_depth: u32,
    /// (d) The contract's priority; `None` goes after every number.
    pub priority: Option<u32>,
    /// (e) The price per base unit of the item, in the comparison currency.
    pub net_price: Decimal,
    /// (f) Days from order to delivery.
    pub lead_time_days: u16,
}

impl Ord for Merit {
    fn cmp(&self, other: &Self) -> Ordering {
        let last_if_none = |value: Option<u32>| value.unwrap_or(u32::MAX);
        (self.substitute.cmp(&other.substitute))
            .then(self.preference.cmp(&other.preference))
            .then(other.scope_depth.cmp(&self.scope_depth))
            .then(last_if_none(self.priority).cmp(&last_if_none(other.priority)))
            .then_with(|| self.net_price.cmp(&other.net_price))
            .then(self.lead_time_days.cmp(&other.lead_time_days))
    }
}

impl PartialOrd for Merit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first part of the key in which an eligible line is worse than the winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// It is a substitute that comes later.
    Substitute,
    /// The winner's supplier is preferred.
    Preference,
    /// The winner's contract names a node that is closer to the site.
    Scope,
    /// The winner's contract has a higher priority.
    Priority,
    /// The winner costs less per base unit.
    Price,
    /// The winner is delivered sooner.
    LeadTime,
    /// Equal in everything, and a person decided for the winner's contract.
    Settled,
    /// Equal in everything; only the identifiers differ.
    Identifier,
}

impl RankKey<'_> {
    /// Why this line comes after the one with the key `best`.
    #[must_use]
    pub fn lost_to(&self, best: &RankKey<'_>) -> Lost {
        let (ours, theirs) = (&self.merit, &best.merit);
        if ours.substitute != theirs.substitute {
            Lost::Substitute
        } else if ours.preference != theirs.preference {
            Lost::Preference
        } else if ours.scope_depth != theirs.scope_depth {
            Lost::Scope
        } else if ours.priority != theirs.priority {
            Lost::Priority
        } else if ours.net_price != theirs.net_price {
            Lost::Price
        } else if ours.lead_time_days != theirs.lead_time_days {
            Lost::LeadTime
        } else if self.settled != best.settled {
            Lost::Settled
        } else {
            Lost::Identifier
        }
    }
}
