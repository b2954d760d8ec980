//! The catalogue: what is published to every site.
//!
//! [`CatalogueContent`] is what procurement publishes, [`release`] makes it a numbered, signed
//! snapshot of hash-addressed [`chunk`]s (of which the next release is a small [`difference`]), and
//! [`Catalogue`] is the index that [`crate::resolve`] and [`search`] read.

pub mod chunk;
pub mod difference;
pub mod index;
pub mod release;
pub mod search;
pub mod zones;

pub use index::{Catalogue, CatalogueError};

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::contract::{Allotment, Contract, SourcingRule};
use crate::ids::{ContractId, PersonId};
use crate::item::Item;
use crate::location::Location;
use crate::money::Currency;
use crate::supplier::Supplier;

/// All that one release publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueContent {
    /// The location tree.
    pub locations: Vec<Location>,
    /// Who sells.
    pub suppliers: Vec<Supplier>,
    /// What is bought.
    pub items: Vec<Item>,
    /// The contract versions.
    pub contracts: Vec<Contract>,
    /// The source list.
    #[serde(default)]
    pub sourcing_rules: Vec<SourcingRule>,
    /// At which prices in different currencies are compared.
    pub exchange_rates: ExchangeRates,
    /// Who wins where everything else is equal.
    #[serde(default)]
    pub tie_decisions: Vec<TieDecision>,
    /// What each site was given of hard maximum commitments.
    #[serde(default)]
    pub allotments: Vec<Allotment>,
    /// The rules of the sites' time zones; empty in releases from before they had any.
    #[serde(default)]
    pub time_zones: zones::ZoneRules,
}

/// Fixed rates of a release, only ever used to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeRates {
    /// The organisation's comparison currency.
    pub comparison_currency: Currency,
    /// What one unit of a currency is worth in the comparison currency. The comparison currency
    /// itself is worth 1.
    #[serde(default)]
    pub rates: BTreeMap<Currency, Decimal>,
}

impl ExchangeRates {
    /// Rates of an organisation that buys in one currency.
    #[must_use]
    pub fn single(comparison_currency: Currency) -> Self {
        Self { comparison_currency, rates: BTreeMap::new() }
    }

    /// What one unit of a currency is worth in the comparison currency; `None` without a rate.
    #[must_use]
    pub fn rate(&self, currency: Currency) -> Option<Decimal> {
        if currency == self.comparison_currency {
            Some(Decimal::ONE)
        } else {
            self.rates.get(&currency).copied()
        }
    }
}

/// A person's recorded decision which of two contracts wins where they are otherwise equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TieDecision {
    /// The contract that wins.
    pub winner: ContractId,
    /// The contract that loses.
    pub loser: ContractId,
    /// Who decided.
    pub decided_by: PersonId,
    /// On what grounds: the rule that was applied, or a person's words.
    pub reason: String,
}
