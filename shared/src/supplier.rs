//! Suppliers (UBL `SellerSupplierParty`).

use serde::{Deserialize, Serialize};

use crate::ids::SupplierId;
use crate::money::Currency;

/// A supplier, who sells to the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Supplier {
    /// The organisation's own number for the supplier. For a price list without numbers, it is the
    /// name.
    pub id: SupplierId,
    /// The name as the price list writes it.
    pub name: String,
    /// How purchase orders reach the supplier.
    #[serde(default)]
    pub order_channel: OrderChannel,
    /// The currency of the supplier's invoices, when it differs from that of the contracts.
    #[serde(default)]
    pub currency: Option<Currency>,
}

/// How a purchase order reaches a supplier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderChannel {
    /// A person sends it.
    #[default]
    Manual,
    /// The server sends it to this mail address.
    Email(String),
    /// The server posts it to this URL.
    Webhook(String),
    /// The server writes it into this folder.
    FileDrop(String),
}

/// The name without case, punctuation and repeated white space. Two suppliers with the same folded
/// name are probably one supplier.
#[must_use]
pub fn folded_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_case_or_punctuation_fold_to_one() {
        assert_eq!(folded_name("Acme Supply, Inc."), folded_name("ACME\u{a0}SUPPLY INC"));
        assert_ne!(folded_name("Acme"), folded_name("Acme Supply"));
    }
}
