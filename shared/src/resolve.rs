//! Resolution: from a wanted item, quantity, site and dates to one contract line, explained.
//!
//! [`resolve`] is pure and total. It looks at **every** line that mentions the item or an approved
//! substitute, and gives each a [`Verdict`]: its place in the rank, or the first reason why it is
//! out. [`select`] gives the answer alone, faster. The browser runs it offline, the server runs the
//! same code to verify what a tablet resolved.

mod allotment;
mod candidate;
mod explain;
mod orderable;
mod pieces;
mod rank;

pub use allotment::{Remaining, Spending, shortage};
pub(crate) use candidate::Pair;
pub use candidate::{resolve, select};
pub use explain::{explain, sentence};
pub use orderable::{Orderable, least, orderable};
pub use pieces::{Piece, pieces};
pub use rank::{Lost, Merit, RankKey};

use jiff::civil::Time;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Validity};
use crate::catalogue::Catalogue;
use crate::contract::{ContractStatus, Measure};
use crate::ids::{ContractId, ItemId, LineId, LocationId, SupplierId};
use crate::money::{Currency, Money};
use crate::quantity::Quantity;
use crate::unit::Unit;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'r> {
    /// The item: its number, else a GTIN of any length, else a supplier's item number, else what a
    /// scanner read ([`gs1_gtin`]).
    ///
    /// [`gs1_gtin`]: crate::item::gs1_gtin
    pub item: &'r str,
    /// How much.
    pub quantity: Decimal,
    /// Of what unit; `None` is each line's orderable unit.
    pub unit: Option<Unit>,
    /// For which site.
    pub site: &'r LocationId,
    /// The site-local date of the order.
    pub order_date: Date,
    /// The site-local time of the order, for cut-offs; `None` is before every cut-off.
    pub order_time: Option<Time>,
    /// When it is wanted; `None` is the first delivery that the schedule allows.
    pub requested_delivery_date: Option<Date>,
    /// What the site has left of hard maximum commitments; of what is not named, and with `None`,
    /// what the release gave it.
    pub remaining: Option<&'r Remaining>,
}

impl<'r> Request<'r> {
    /// So much of an item in whatever unit it is ordered in, before every cut-off, as soon as it
    /// can come.
    #[must_use]
    pub fn new(item: &'r str, quantity: Decimal, site: &'r LocationId, order_date: Date) -> Self {
        Self {
            item,
            quantity,
            unit: None,
            site,
            order_date,
            order_time: None,
            requested_delivery_date: None,
            remaining: None,
        }
    }
}

/// The answer, with every candidate. The same input gives the same bytes on every platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolution<'c> {
    /// The answer.
    pub outcome: Outcome<'c>,
    /// Every line that mentions the item or an approved substitute: the eligible ones in rank
    /// order, then the rejected ones by contract and line.
    pub candidates: Vec<Candidate<'c>>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Outcome<'c> {
    /// This line, in the quantity asked for.
    Selected(Selected<'c>),
    /// This line, but not in the quantity asked for: a person accepts the adjusted one, or not.
    AdjustmentNeeded(Selected<'c>, Adjustment),
    /// No contract line supplies it.
    NoSource(NoSource),
}

impl<'c> Outcome<'c> {
    /// The chosen line, adjusted or not.
    #[must_use]
    pub fn selected(&self) -> Option<&Selected<'c>> {
        match self {
            Self::Selected(selected) | Self::AdjustmentNeeded(selected, _) => Some(selected),
            Self::NoSource(_) => None,
        }
    }
}

/// The chosen line: what an order line pins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selected<'c> {
    /// The contract.
    pub contract: &'c ContractId,
    /// Its version.
    pub version: u32,
    /// The line of it.
    pub line: &'c LineId,
    /// Who sells.
    pub supplier: &'c SupplierId,
    /// What is supplied; another item than the one asked for when `is_substitute`.
    pub item: &'c ItemId,
    /// Whether an approved substitute stands in.
    pub is_substitute: bool,
    /// Which tier prices the line: its place among the line's tiers, from 0.
    pub tier: u32,
    /// The price, per `base_quantity`.
    pub unit_price: Decimal,
    /// How many orderable units the price buys.
    pub base_quantity: Decimal,
    /// The price's currency.
    pub currency: Currency,
    /// How much is ordered, in the orderable unit.
    pub quantity: Quantity,
    /// When it comes.
    pub delivery_date: Date,
    /// What it costs, rounded once to the currency's minor units.
    pub amount: Money,
}

/// Why the quantity asked for cannot be ordered, and what can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Adjustment {
    /// What stands in the way.
    pub reason: AdjustmentReason,
    /// The quantity asked for, in the unit asked for; that is the orderable unit where the request
    /// names none.
    pub requested: Quantity,
    /// The next quantity that can be ordered, in orderable units.
    pub adjust_to: Decimal,
    /// What is left above a maximum or an allotment, to be resolved again, in the item's base unit;
    /// zero otherwise.
    pub remainder: Quantity,
}

impl Adjustment {
    /// The next quantity that can be ordered, in the unit asked for; `None` where that is no exact
    /// decimal.
    #[must_use]
    pub fn in_unit_asked(&self, catalogue: &Catalogue, selected: &Selected<'_>) -> Option<Decimal> {
        let asked = self.requested.unit;
        if asked == selected.quantity.unit {
            return Some(self.adjust_to);
        }
        let line = catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
        let base_unit = catalogue.item(selected.item)?.base_unit;
        base_unit
            .convert(self.adjust_to.checked_mul(line.content)?, asked)
            .map(|quantity| quantity.normalize())
    }
}

/// What stands in the way of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AdjustmentReason {
    /// Less than the line's minimum.
    BelowMinimum,
    /// More than the line's maximum.
    AboveMaximum,
    /// No multiple of the line's increment, or a part of an orderable unit that is not divisible.
    NotOnIncrement,
    /// More than what the site has left of a hard maximum commitment.
    AboveAllotment,
}

/// Why there is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoSource {
    /// The catalogue knows no such item.
    UnknownItem,
    /// A supplier's item number that means more than one item.
    AmbiguousItemNumber,
    /// The location tree has no such site, or the node is none.
    UnknownSite,
    /// Nothing, or less than nothing, was asked for.
    QuantityNotPositive,
    /// No contract mentions the item.
    NotOnContract,
    /// Contracts mention it, and every line is out for its own reason.
    AllRejected,
}

/// A line that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate<'c> {
    /// The contract.
    pub contract: &'c ContractId,
    /// Its version.
    pub version: u32,
    /// The line.
    pub line: &'c LineId,
    /// Who sells.
    pub supplier: &'c SupplierId,
    /// What it supplies.
    pub item: &'c ItemId,
    /// What became of it.
    pub verdict: Verdict<'c>,
}

impl<'c> Resolution<'c> {
    /// The winner's key, to which the others compare; `None` where no line can supply.
    #[must_use]
    pub fn best(&self) -> Option<&RankKey<'c>> {
        self.candidates.first().and_then(|candidate| match &candidate.verdict {
            Verdict::Eligible { key, .. } => Some(key),
            Verdict::Rejected(_) => None,
        })
    }
}

impl<'c> Candidate<'c> {
    /// What an order line would pin that chose this candidate; `None` where it was rejected.
    #[must_use]
    pub fn selected(&self) -> Option<Selected<'c>> {
        let Verdict::Eligible { key, offer, .. } = &self.verdict else { return None };
        Some(Selected {
            contract: self.contract,
            version: self.version,
            line: self.line,
            supplier: self.supplier,
            item: self.item,
            is_substitute: key.merit.substitute > 0,
            tier: offer.tier,
            unit_price: offer.unit_price,
            base_quantity: offer.base_quantity,
            currency: offer.currency,
            quantity: offer.quantity,
            delivery_date: offer.delivery_date,
            amount: offer.amount,
        })
    }
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Verdict<'c> {
    /// It can supply; the smallest key wins.
    Eligible {
        /// Where it stands, from 1.
        rank: u32,
        /// Why it stands there.
        key: RankKey<'c>,
        /// What would be ordered.
        offer: Offer,
    },
    /// It cannot, for the first of the steps that failed.
    Rejected(Rejection),
}

/// What an eligible line would supply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Which tier prices it.
    pub tier: u32,
    /// The price, per `base_quantity`.
    pub unit_price: Decimal,
    /// How many orderable units the price buys.
    pub base_quantity: Decimal,
    /// The price's currency.
    pub currency: Currency,
    /// How much, in the orderable unit.
    pub quantity: Quantity,
    /// What it costs.
    pub amount: Money,
    /// When it comes.
    pub delivery_date: Date,
    /// Set when the quantity is not the one asked for.
    pub adjustment: Option<Adjustment>,
}

/// The first reason why a line is out, in the order of the steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Rejection {
    /// The contract version is not in force: a draft, or ended.
    NotPublished(ContractStatus),
    /// The contract is suspended.
    Suspended,
    /// A later version is in force at the tested date.
    Superseded {
        /// That version.
        by_version: u32,
    },
    /// The tested date is not a day of the contract.
    OutsideContractValidity {
        /// The contract's days.
        validity: Validity,
        /// The date that was tested.
        tested: Date,
    },
    /// The tested date is not a day of the line.
    OutsideLineValidity {
        /// The line's days.
        validity: Validity,
        /// The date that was tested.
        tested: Date,
    },
    /// The contract or the line is not for this site.
    OutOfScope,
    /// The source list blocks the supplier for this item here.
    Blocked,
    /// The unit asked for measures something else than the item's base unit, or the quantity is no
    /// exact number of an orderable unit that is divisible.
    UnitNotConvertible {
        /// The unit asked for.
        from: Unit,
        /// The line's.
        to: Unit,
    },
    /// Between the line's minimum and maximum lies no multiple of its increment.
    NoOrderableQuantity,
    /// No tier holds at the tested date and quantity.
    NoPriceAtDate {
        /// The date that was tested.
        tested: Date,
    },
    /// Nothing that can be ordered is left to the site of a hard maximum commitment.
    CapExhausted {
        /// What is left, less than the least that can be ordered.
        left: Measure,
    },
    /// The delivery schedule has no day within a year.
    NoDelivery,
    /// An amount or quantity does not fit a decimal.
    NotComputable,
}

#[cfg(test)]
mod tests;
