//! Resolution finds the one contract line that supplies a wanted item, and explains the choice.
//!
//! [`resolve`] is pure and total. It examines **every** line for the item or for one of its
//! approved substitutes, and gives each line a [`CandidateVerdict`]: its rank, or the first reason
//! for its rejection. [`select`] gives only the answer, and is faster. The browser runs this code
//! offline. The server runs the same code to verify what a tablet resolved. The steps are described
//! in `docs/resolution.md`.

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

/// What a site wants to order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolutionRequest<'r> {
    /// The wanted item. It is looked up as an item's own number, then as a GTIN of any length, then
    /// as a supplier's item number, then as the text of a scanned GS1 barcode ([`gs1_gtin`]).
    ///
    /// [`gs1_gtin`]: crate::item::gs1_gtin
    pub item: &'r str,
    /// The wanted amount, in `unit`.
    pub quantity: Decimal,
    /// The unit of `quantity`. With `None`, each line counts in its own orderable unit.
    pub unit: Option<Unit>,
    /// The site that orders.
    pub site: &'r LocationId,
    /// The site-local date of the order.
    pub order_date: Date,
    /// The site-local time of the order, to compare with cut-off times. With `None`, the order
    /// counts as made before every cut-off.
    pub order_time: Option<Time>,
    /// The day on which the site wants the delivery. With `None`, it is the first day that a line's
    /// delivery schedule allows.
    pub requested_delivery_date: Option<Date>,
    /// What the site may still order under each hard maximum commitment. The allotment in the
    /// release counts for a commitment that is missing here, and for all of them with `None`.
    pub remaining: Option<&'r Remaining>,
}

impl<'r> ResolutionRequest<'r> {
    /// A request in each line's own orderable unit. It counts as made before every cut-off, and
    /// asks for the first possible delivery.
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

/// The answer to a [`ResolutionRequest`], with every candidate. The same input gives the same bytes
/// on every platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolution<'c> {
    /// The answer.
    pub outcome: Outcome<'c>,
    /// Every line for the item or an approved substitute. The eligible lines come first, in the
    /// order of their rank. The rejected lines follow, ordered by contract and line.
    pub candidates: Vec<Candidate<'c>>,
}

/// The answer to a [`ResolutionRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Outcome<'c> {
    /// This line supplies the quantity that was asked for.
    Selected(Selected<'c>),
    /// This line supplies the item, but only in an adjusted quantity. A person accepts that
    /// quantity, or not.
    AdjustmentNeeded(Selected<'c>, Adjustment),
    /// No contract line supplies the item.
    NoSource(NoSource),
}

impl<'c> Outcome<'c> {
    /// The chosen line, with the adjusted quantity where an adjustment is needed.
    #[must_use]
    pub fn selected(&self) -> Option<&Selected<'c>> {
        match self {
            Self::Selected(selected) | Self::AdjustmentNeeded(selected, _) => Some(selected),
            Self::NoSource(_) => None,
        }
    }
}

/// The chosen line, with everything that an order line locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selected<'c> {
    /// The contract that supplies.
    pub contract: &'c ContractId,
    /// The version of the contract.
    pub version: u32,
    /// The line of that contract version.
    pub line: &'c LineId,
    /// The supplier that sells under the contract.
    pub supplier: &'c SupplierId,
    /// The supplied item. It differs from the requested item when `is_substitute` is true.
    pub item: &'c ItemId,
    /// Whether the item is an approved substitute of the requested item.
    pub is_substitute: bool,
    /// The index of the price tier in the line's list of tiers, from 0.
    pub tier: u32,
    /// The price of `base_quantity` orderable units, in `currency`.
    pub unit_price: Decimal,
    /// The number of orderable units that `unit_price` buys.
    pub base_quantity: Decimal,
    /// The currency of `unit_price` and `amount`.
    pub currency: Currency,
    /// The ordered quantity, in the line's orderable unit.
    pub quantity: Quantity,
    /// The day of the delivery, in the site's calendar.
    pub delivery_date: Date,
    /// The line amount, rounded once (half-even) to the currency's minor units.
    pub amount: Money,
}

/// Why the requested quantity cannot be ordered, and which quantity can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Adjustment {
    /// The rule that the requested quantity breaks.
    pub reason: AdjustmentReason,
    /// The requested quantity, in the requested unit. Without a requested unit, it is in the
    /// orderable unit.
    pub requested: Quantity,
    /// The quantity that can be ordered instead, in orderable units.
    pub adjust_to: Decimal,
    /// The part of the request above a maximum or an allotment, in the item's base unit. It has to
    /// be resolved again. Zero for every other reason.
    pub remainder: Quantity,
}

impl Adjustment {
    /// `adjust_to` in the requested unit. `None` when it is not an exact decimal in that unit.
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

/// The rule that a requested quantity breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AdjustmentReason {
    /// Less than the line's minimum.
    BelowMinimum,
    /// More than the line's maximum.
    AboveMaximum,
    /// The quantity is not a multiple of the line's increment, or asks for a part of an orderable
    /// unit that is not divisible.
    NotOnIncrement,
    /// More than the site may still order under a hard maximum commitment.
    AboveAllotment,
}

/// Why no contract line supplies a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoSource {
    /// The catalogue has no item with this number.
    UnknownItem,
    /// Several items share this supplier's item number.
    AmbiguousItemNumber,
    /// The location tree has no node with this identifier, or the node is not a site.
    UnknownSite,
    /// The requested quantity is zero or negative.
    QuantityNotPositive,
    /// No contract has a line for the item or its substitutes.
    NotOnContract,
    /// Contracts have lines for the item, but each line was rejected.
    AllRejected,
}

/// A contract line that resolution examined, and the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate<'c> {
    /// The contract of the line.
    pub contract: &'c ContractId,
    /// The version of the contract.
    pub version: u32,
    /// The line of that contract version.
    pub line: &'c LineId,
    /// The supplier that sells under the contract.
    pub supplier: &'c SupplierId,
    /// The item on the line: the requested item or one of its substitutes.
    pub item: &'c ItemId,
    /// The result of the examination.
    pub verdict: CandidateVerdict<'c>,
}

impl<'c> Resolution<'c> {
    /// The rank key of the winner. `None` when no line is eligible.
    #[must_use]
    pub fn best(&self) -> Option<&RankKey<'c>> {
        self.candidates.first().and_then(|candidate| match &candidate.verdict {
            CandidateVerdict::Eligible { key, .. } => Some(key),
            CandidateVerdict::Rejected(_) => None,
        })
    }
}

impl<'c> Candidate<'c> {
    /// The content of an order line that chooses this candidate. `None` when the candidate was
    /// rejected.
    #[must_use]
    pub fn selected(&self) -> Option<Selected<'c>> {
        let CandidateVerdict::Eligible { key, offer, .. } = &self.verdict else { return None };
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

/// The result of examining one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum CandidateVerdict<'c> {
    /// The line can supply the request. The smallest key wins.
    Eligible {
        /// The position among the eligible lines, from 1.
        rank: u32,
        /// The values that decide the rank.
        key: RankKey<'c>,
        /// What the line would supply.
        offer: Offer,
    },
    /// The line cannot supply the request. This is the first step that failed.
    Rejected(Rejection),
}

/// What an eligible line would supply for the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The index of the price tier in the line's list of tiers, from 0.
    pub tier: u32,
    /// The price of `base_quantity` orderable units, in `currency`.
    pub unit_price: Decimal,
    /// The number of orderable units that `unit_price` buys.
    pub base_quantity: Decimal,
    /// The currency of `unit_price` and `amount`.
    pub currency: Currency,
    /// The quantity, in the line's orderable unit.
    pub quantity: Quantity,
    /// The line amount, rounded once (half-even) to the currency's minor units.
    pub amount: Money,
    /// The day of the delivery, in the site's calendar.
    pub delivery_date: Date,
    /// Set when `quantity` is not the requested quantity.
    pub adjustment: Option<Adjustment>,
}

/// The first reason why a line is rejected, in the order of the steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Rejection {
    /// The contract version is a draft, ended or withdrawn.
    NotPublished(ContractStatus),
    /// The contract is suspended.
    Suspended,
    /// A later version of the contract is in force at the tested date.
    Superseded {
        /// The version that is in force.
        by_version: u32,
    },
    /// The tested date is outside the days of the contract.
    OutsideContractValidity {
        /// The first and last day of the contract version.
        validity: Validity,
        /// The order date or the delivery date, as the contract's `price_date_basis` says.
        tested: Date,
    },
    /// The tested date is outside the days of the line.
    OutsideLineValidity {
        /// The first and last day of the line.
        validity: Validity,
        /// The order date or the delivery date, as the contract's `price_date_basis` says.
        tested: Date,
    },
    /// The scope of the contract or the territory of the line does not include the site.
    OutOfScope,
    /// A sourcing rule blocks the supplier for this item at this site.
    Blocked,
    /// The requested unit does not convert exactly to the line's orderable unit, and the line has
    /// no step to which the quantity can be rounded up.
    UnitNotConvertible {
        /// The unit of the request.
        from: Unit,
        /// The orderable unit of the line.
        to: Unit,
    },
    /// No multiple of the line's increment is between its minimum and its maximum.
    NoOrderableQuantity,
    /// No price tier holds at the tested date and quantity.
    NoPriceAtDate {
        /// The order date or the delivery date, as the contract's `price_date_basis` says.
        tested: Date,
    },
    /// The site may order no more under a hard maximum commitment, or less than the smallest
    /// orderable quantity.
    CapExhausted {
        /// What the site may still order, in the measure of the commitment.
        left: Measure,
    },
    /// The delivery schedule has no delivery day within a year.
    NoDelivery,
    /// An amount or a quantity does not fit a decimal.
    NotComputable,
}

#[cfg(test)]
mod tests;
