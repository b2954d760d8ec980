//! Contracts: which supplier sells what, at which price and under which terms.
//!
//! A published version never changes. A change is an amendment: a new version that takes over from
//! a date. Several amendments with different first days exist at the same time
//! ([`Contract::place_in_time`]).

mod commitment;
mod history;
mod line;
mod schedule;
mod scope;
mod sourcing;
mod terms;

pub use commitment::{Allotment, Commitment, CommitmentId, CommitmentSide, Measure, Strength};
pub use history::{PriceHistory, PricesSince, TierChange, percent_between, tier_changes};
pub use line::{CatalogueLine, PriceTier};
pub use schedule::DeliverySchedule;
pub use scope::Scope;
pub use sourcing::{Preference, SourcingRule, Subject};
pub use terms::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue,
    DeliveryTerms, Incoterm, InvoiceMatch, InvoiceTolerance, NotAPercentage, PaymentTerms,
    Percentage, SettlementDiscount, Terms,
};

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Validity};
use crate::ids::{ContractId, LineId, PersonId, SupplierId};
use crate::money::Currency;

/// One version of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contract {
    /// The number of the contract.
    pub id: ContractId,
    /// The version number, from 1.
    pub version: u32,
    /// The supplier that sells under the contract.
    pub supplier: SupplierId,
    /// The name of the contract that people use.
    pub title: String,
    /// The person who answers for the contract. It may be missing only in a draft: publishing
    /// refuses a contract without an owner.
    pub owner: Option<PersonId>,
    /// Whether the contract version is a draft, in force, suspended or over.
    pub status: ContractStatus,
    /// The first and the last day of the contract.
    pub validity: Validity,
    /// Which date of an order is compared with the dates of contract, line and tier.
    #[serde(default)]
    pub price_date_basis: PriceDateBasis,
    /// The currency of every price on the contract.
    pub currency: Currency,
    /// The sites that may order from the contract.
    pub scope: Scope,
    /// The rank among contracts for one item: 1 goes first. Contracts without a priority, which is
    /// usual, go last.
    #[serde(default)]
    pub priority: Option<u32>,
    /// The terms of the contract. A line may have terms of its own.
    #[serde(default)]
    pub terms: Terms,
    /// For every version after the first: its first day, and the reason for the change.
    #[serde(default)]
    pub amendment: Option<Amendment>,
    /// The items that can be ordered, with their prices.
    pub lines: Vec<CatalogueLine>,
}

/// The state of a contract version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContractStatus {
    /// Somebody is writing it. It is in no release.
    Draft,
    /// It is in force within its dates.
    Published,
    /// It is in the release, but nobody can order from it until it is resumed.
    Suspended,
    /// It ended before its last day.
    Ended,
    /// It is a draft that was discarded, or an announced amendment that was taken back before its
    /// first day. It is in no release.
    Withdrawn,
}

/// Which date of an order is compared with the dates of contract, line and tier.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceDateBasis {
    /// The date of the order, at the site.
    #[default]
    OrderDate,
    /// The requested date of delivery.
    RequestedDeliveryDate,
}

/// When and why a version changes its contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amendment {
    /// The first day of this version, in the site's time zone. The superseded version ends on the
    /// day before.
    pub effective_from: Date,
    /// The organisation's code for the reason.
    pub reason_code: String,
    /// The reason, in words.
    pub rationale: String,
}

impl Contract {
    /// The line with this identifier.
    #[must_use]
    pub fn line(&self, id: &LineId) -> Option<&CatalogueLine> {
        self.lines.iter().find(|line| line.id == *id)
    }

    /// The first day on which this version may be in force.
    #[must_use]
    pub fn effective_from(&self) -> Date {
        self.amendment.as_ref().map_or(self.validity.start, |amendment| amendment.effective_from)
    }

    /// The position of this version in time. Of the versions that have begun, the one with the last
    /// position is in force.
    ///
    /// Versions follow one another by their first day, not by their number. So today's price can be
    /// corrected (version 3) while January's price is announced (version 2). Of two versions with
    /// the same first day, the greater number is in force. The first agreement has no amendment and
    /// comes before all other versions.
    #[must_use]
    pub fn place_in_time(&self) -> (Option<Date>, u32) {
        (self.amendment.as_ref().map(|amendment| amendment.effective_from), self.version)
    }
}
