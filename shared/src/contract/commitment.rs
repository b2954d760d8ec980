//! Commitments: how much of a contract the organisation must or may buy, and what each site was given of it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::{ContractId, LineId, LocationId};
use crate::quantity::Quantity;

/// How much the organisation must (minimum) or may (maximum) buy over all sites, during the contract and over its versions.
///
/// On a header it counts every line without a commitment of its own on the same side; on a line, that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// How much.
    pub measure: Measure,
    /// What it means to miss it.
    pub strength: Strength,
}

/// What a commitment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// What it means to miss a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// A hard maximum is a cap: it is divided among the sites, and none orders beyond its [`Allotment`].
    Hard,
    /// Orders beyond it go out and are flagged.
    Soft,
}

/// What a site was given of a hard maximum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
