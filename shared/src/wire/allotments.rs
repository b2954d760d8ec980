use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::contract::Allotment;
use crate::ids::{ContractId, IntentId, LineId};

/// Asks head office for more of a hard maximum commitment than the tablet's site was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpRequest {
    /// Minted on the tablet: the same request again gives nothing more and is answered alike.
    pub id: IntentId,
    /// Of which contract.
    pub contract: ContractId,
    /// Of which line, where the line has the commitment.
    #[serde(default)]
    pub line: Option<LineId>,
    /// How much more, in the commitment's unit or the contract's currency; above zero.
    pub amount: Decimal,
}

/// What was given: all of it, what the reserve still had, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpResponse {
    /// How much more than before.
    pub given: Decimal,
    /// What the site has been given of every hard maximum, as it is now.
    pub allotments: Vec<Allotment>,
}
