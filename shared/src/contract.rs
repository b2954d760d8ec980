//! Contracts: from whom, at what price, under which terms.
//!
//! A published version never changes. A change is an amendment: a new version that supersedes from
//! a date. Several amendments with different first days live side by side
//! ([`Contract::place_in_time`]).

mod commitment;
pub mod escrow;
mod line;
mod schedule;
mod scope;
mod sourcing;
mod terms;

pub mod check;

pub use commitment::{Allotment, Commitment, CommitmentId, CommitmentSide, Measure, Strength};
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
    /// Its number.
    pub id: ContractId,
    /// 1 for the first.
    pub version: u32,
    /// Who sells.
    pub supplier: SupplierId,
    /// What people call it.
    pub title: String,
    /// The accountable person. Publishing refuses a contract without one, so it may be missing only
    /// in a draft.
    pub owner: Option<PersonId>,
    /// Where it stands.
    pub status: ContractStatus,
    /// The first and the last day of the contract.
    pub validity: Validity,
    /// Which date of an order is tested against validities.
    #[serde(default)]
    pub price_date_basis: PriceDateBasis,
    /// The currency of every price on it.
    pub currency: Currency,
    /// Which sites may order from it.
    pub scope: Scope,
    /// 1 goes first; `None`, which is usual, goes after every number.
    #[serde(default)]
    pub priority: Option<u32>,
    /// Its terms; a line may have its own.
    #[serde(default)]
    pub terms: Terms,
    /// For a version after the first: from when, and why.
    #[serde(default)]
    pub amendment: Option<Amendment>,
    /// What can be ordered.
    pub lines: Vec<CatalogueLine>,
}

/// Where a contract version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContractStatus {
    /// Being written; in no release.
    Draft,
    /// In force within its dates.
    Published,
    /// In the release, not to be ordered from until it is resumed.
    Suspended,
    /// Over before its last day.
    Ended,
    /// A draft that was discarded, or an amendment that was announced and taken back before its
    /// first day. In no release.
    Withdrawn,
}

/// Which date of an order is tested against validities.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceDateBasis {
    /// The site-local date of the order.
    #[default]
    OrderDate,
    /// The date on which delivery is asked for.
    RequestedDeliveryDate,
}

/// What makes a version an amendment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amendment {
    /// The first day of this version, in the site's zone; the day before is the last of the one it
    /// supersedes.
    pub effective_from: Date,
    /// The organisation's code for the reason.
    pub reason_code: String,
    /// Why, in words.
    pub rationale: String,
}

impl Contract {
    /// A line by its identifier.
    #[must_use]
    pub fn line(&self, id: &LineId) -> Option<&CatalogueLine> {
        self.lines.iter().find(|line| line.id == *id)
    }

    /// The first day on which this version, and not the one before, is in force.
    #[must_use]
    pub fn effective_from(&self) -> Date {
        self.amendment.as_ref().map_or(self.validity.start, |amendment| amendment.effective_from)
    }

    /// Where this version stands in time among the versions of its contract: of those that have
    /// begun, the last one is in force.
    ///
    /// Amendments follow one another by their first day, whatever their numbers: today's price can
    /// be corrected (version 3) while January's is announced (version 2). Of two with one first day
    /// the greater number counts. What was agreed first has no amendment and comes before them all.
    #[must_use]
    pub fn place_in_time(&self) -> (Option<Date>, u32) {
        (self.amendment.as_ref().map(|amendment| amendment.effective_from), self.version)
    }
}
