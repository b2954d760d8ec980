//! The rank: a total order of the eligible lines.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::contract::Preference;
use crate::ids::{ContractId, LineId};

/// Why an eligible line has its rank. Keys compare by merit, then by the settled tie. The
/// identifiers only make the order total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankKey<'c> {
    /// The parts (a) to (f) of the rank in `docs/resolution.md`.
    #[serde(flatten)]
    pub merit: Merit,
    /// (g) The position of the contract among the ties that a person settled; `None` without one.
    pub settled: Option<u32>,
    /// (h) The contract's identifier; it only makes the order total.
    pub contract: &'c ContractId,
    /// (h) The contract's version; it only makes the order total.
    pub version: u32,
    /// (h) The line's identifier; it only makes the order total.
    pub line: &'c LineId,
}

/// How well a line fits a request; the smallest merit wins. Lines with equal merit are a tie that a
/// person has to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Merit {
    /// (a) 0 for the requested item, then 1, 2, … for its substitutes in their approved order.
    pub substitute: u32,
    /// (b) What the sourcing rules say of the supplier: Preferred goes before Allowed.
    pub preference: Preference,
    /// (c) The depth of the deepest node in the scope that contains the site. Deeper goes first.
    pub scope_depth: u32,
    /// (d) The priority of the contract: 1 goes first, `None` goes after every number.
    pub priority: Option<u32>,
    /// (e) The price of one base unit of the item, in the release's comparison currency.
    pub net_price: Decimal,
    /// (f) The days from order to delivery.
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
    /// The line's item is a later substitute than the winner's item.
    Substitute,
    /// The winner's supplier is preferred.
    Preference,
    /// The winner's contract or line names a node that is closer to the site.
    Scope,
    /// The priority of the winner's contract goes first.
    Priority,
    /// The winner costs less per base unit.
    Price,
    /// The winner is delivered sooner.
    LeadTime,
    /// Equal in merit. A person chose the winner's contract.
    Settled,
    /// Equal in merit, and no person chose. The identifiers decide.
    Identifier,
}

impl RankKey<'_> {
    /// Why this line ranks below the winner, whose key is `best`.
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
