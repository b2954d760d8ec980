//! Commitments: how much of a contract the organisation must or may buy, and which part of a hard
//! maximum each site may use.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CatalogueLine, Contract};
use crate::ids::{ContractId, LineId, LocationId};
use crate::quantity::Quantity;
use crate::unit::Unit;

/// How much the organisation must (minimum) or may (maximum) buy: over all sites, during the whole
/// contract and over all its versions.
///
/// A commitment on the contract counts every line that has no commitment of its own on the same
/// side. A commitment on a line counts that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Commitment {
    /// The committed quantity or value.
    pub measure: Measure,
    /// What happens when the organisation buys less than the minimum or more than the maximum.
    pub strength: Strength,
}

/// Whether a commitment is a minimum or a maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitmentSide {
    /// The smallest quantity or value that the organisation buys.
    Minimum,
    /// The largest quantity or value that the organisation buys.
    Maximum,
}

/// The identifier of a commitment over all versions of its contract. A contract has at most one on
/// each side, and so has each line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommitmentId {
    /// The contract.
    pub contract: ContractId,
    /// The line that has the commitment. `None` when the contract itself has it.
    #[serde(default)]
    pub line: Option<LineId>,
}

impl std::fmt::Display for CommitmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.line {
            Some(line) => write!(f, "{}, line {line}", self.contract),
            None => write!(f, "{}", self.contract),
        }
    }
}

/// The quantity or value of a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A quantity. Every line that it counts must convert exactly to its unit.
    Quantity(Quantity),
    /// The sum of order line amounts, in the contract's currency.
    Value(Decimal),
}

impl Measure {
    /// The number, in the measure's unit or in the contract's currency.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        match self {
            Self::Quantity(quantity) => quantity.value,
            Self::Value(value) => *value,
        }
    }

    /// The same measure with another number.
    #[must_use]
    pub fn with_amount(&self, amount: Decimal) -> Self {
        match self {
            Self::Quantity(quantity) => Self::Quantity(Quantity::new(amount, quantity.unit)),
            Self::Value(_) => Self::Value(amount),
        }
    }

    /// How much of the commitment an order line uses: its quantity in the measure's unit, or its
    /// amount.
    ///
    /// `None` when the line's orderable unit does not convert exactly (publishing refuses such a
    /// line), or when the product does not fit a decimal.
    #[must_use]
    pub fn used_by(
        &self,
        line: &CatalogueLine,
        item_base_unit: Unit,
        quantity: Decimal,
        amount: Decimal,
    ) -> Option<Decimal> {
        match self {
            Self::Quantity(measure) => {
                line.orderable_unit_in(measure.unit, item_base_unit)?.checked_mul(quantity)
            }
            Self::Value(_) => Some(amount),
        }
    }
}

impl CatalogueLine {
    /// The number of `unit` in one orderable unit. `None` when it is not an exact decimal.
    #[must_use]
    pub fn orderable_unit_in(&self, unit: Unit, item_base_unit: Unit) -> Option<Decimal> {
        if unit == self.orderable_unit {
            return Some(Decimal::ONE);
        }
        item_base_unit.convert(self.content, unit)
    }
}

impl Contract {
    /// The commitment that counts a line on one side: that of the line, otherwise that of the
    /// contract.
    #[must_use]
    pub fn commitment_of(
        &self,
        side: CommitmentSide,
        line: &CatalogueLine,
    ) -> Option<(CommitmentId, Commitment)> {
        let of = |terms: &super::Terms| match side {
            CommitmentSide::Minimum => terms.minimum_commitment,
            CommitmentSide::Maximum => terms.maximum_commitment,
        };
        let (commitment, holder) = match line.terms.as_deref().and_then(of) {
            Some(own) => (own, Some(line.id.clone())),
            None => (of(&self.terms)?, None),
        };
        Some((CommitmentId { contract: self.id.clone(), line: holder }, commitment))
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quantity(quantity) => quantity.fmt(f),
            Self::Value(value) => value.normalize().fmt(f),
        }
    }
}

/// What happens when orders do not keep a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A hard maximum is divided among the sites. No site can order more than its [`Allotment`].
    Hard,
    /// Orders beyond the commitment are sent and marked.
    Soft,
}

/// The part of a hard maximum that one site may use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allotment {
    /// The contract, over all its versions.
    pub contract: ContractId,
    /// The line that has the commitment. Without one, the contract itself has it.
    #[serde(default)]
    pub line: Option<LineId>,
    /// The site.
    pub site: LocationId,
    /// The part, in the commitment's unit or the contract's currency.
    pub amount: Decimal,
}

impl Allotment {
    /// The commitment of which this is a part.
    #[must_use]
    pub fn commitment(&self) -> CommitmentId {
        CommitmentId { contract: self.contract.clone(), line: self.line.clone() }
    }
}
