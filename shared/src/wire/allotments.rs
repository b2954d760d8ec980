use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::contract::Allotment;
use crate::ids::{ContractId, IntentId, LineId};

/// Asks head office for a larger allotment of a hard maximum commitment for the tablet's site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpRequest {
    /// The identifier of the request, made on the tablet. The same request again gives nothing more
    /// and gets the same answer.
    pub id: IntentId,
    /// The contract.
    pub contract: ContractId,
    /// The line that has the commitment. Without one, the contract itself has it.
    #[serde(default)]
    pub line: Option<LineId>,
    /// The additional amount, in the commitment's unit or the contract's currency; above zero.
    pub amount: Decimal,
}

/// The answer: all of the requested amount, the rest of the reserve, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpResponse {
    /// The amount that was added to the site's allotment.
    pub given: Decimal,
    /// The site's present allotments of all hard maximums.
    pub allotments: Vec<Allotment>,
}
