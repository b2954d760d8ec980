//! Suppliers (UBL `SellerSupplierParty`).

use serde::{Deserialize, Serialize};

use crate::ids::SupplierId;
use crate::money::Currency;

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Supplier {
    /// The organisation's own number for it; a price list without one uses the name.
    pub id: SupplierId,
    /// The name as the source writes it.
    pub name: String,
    /// Where orders go.
    #[serde(default)]
    pub order_channel: OrderChannel,
    /// The currency that it invoices in, where it differs from its contracts'.
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
    /// To a mail address.
    Email(String),
    /// To a URL.
    Webhook(String),
    /// Into a folder.
    FileDrop(String),
}

/// A supplier's name without case, punctuation and runs of white space: two suppliers that agree in
/// it are probably one.
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
