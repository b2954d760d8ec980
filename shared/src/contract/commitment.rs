//! Commitments: how much of a contract the organisation must or may buy, and what each site was
//! given of it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CatalogueLine, Contract};
use crate::ids::{ContractId, LineId, LocationId};
use crate::quantity::Quantity;
use crate::unit::Unit;

/// How much the organisation must (minimum) or may (maximum) buy over all sites, during the
/// contract and over its versions.
///
/// On a header it counts every line without a commitment of its own on the same side; on a line,
/// that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Commitment {
    /// How much.
    pub measure: Measure,
    /// What it means to miss it.
    pub strength: Strength,
}

/// Which side of what the organisation buys a commitment limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitmentSide {
    /// The least that it buys.
    Minimum,
    /// The most that it buys.
    Maximum,
}

/// Names a commitment over all versions of its contract. A contract has at most one on each side of
/// its header and of each line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommitmentId {
    /// The contract.
    pub contract: ContractId,
    /// The line that has it; `None` is the header.
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

/// What a commitment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// So many of a unit, into which every line that it counts converts exactly.
    Quantity(Quantity),
    /// Amounts of order lines, in the contract's currency.
    Value(Decimal),
}

impl Measure {
    /// The number, in its unit or in the contract's currency.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        match self {
            Self::Quantity(quantity) => quantity.value,
            Self::Value(value) => *value,
        }
    }

    /// As much of the same as `amount` says.
    #[must_use]
    pub fn with_amount(&self, amount: Decimal) -> Self {
        match self {
            Self::Quantity(quantity) => Self::Quantity(Quantity::new(amount, quantity.unit)),
            Self::Value(_) => Self::Value(amount),
        }
    }

    /// How much of it an order line uses: its quantity in the measure's unit, or its amount.
    ///
    /// `None` where the line's orderable unit does not convert exactly, which publishing refuses,
    /// or the product does not fit.
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
    /// How many of a unit one orderable unit is; `None` where that does not come out exact.
    #[must_use]
    pub fn orderable_unit_in(&self, unit: Unit, item_base_unit: Unit) -> Option<Decimal> {
        if unit == self.orderable_unit {
            return Some(Decimal::ONE);
        }
        item_base_unit.convert(self.content, unit)
    }
}

impl Contract {
    /// The commitment that counts a line on one side: the line's own, else the header's.
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

/// What it means to miss a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A hard maximum is a cap: it is divided among the sites, and none orders beyond its
    /// [`Allotment`].
    Hard,
    /// Orders beyond it go out and are flagged.
    Soft,
}

/// What a site was given of a hard maximum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allotment {
    /// Of which contract, over all its versions.
    pub contract: ContractId,
    /// Of which line, where the line has the commitment; `None` where the header has.
    #[serde(default)]
    pub line: Option<LineId>,
    /// The site.
    pub site: LocationId,
    /// How much, in the commitment's unit or the contract's currency.
    pub amount: Decimal,
}

impl Allotment {
    /// Of which commitment.
    #[must_use]
    pub fn commitment(&self) -> CommitmentId {
        CommitmentId { contract: self.contract.clone(), line: self.line.clone() }
    }
}
