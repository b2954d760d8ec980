//! The catalogue that procurement publishes to every site.
//!
//! [`CatalogueContent`] is what procurement publishes. [`release`] makes a numbered, signed
//! snapshot of it, which consists of hash-addressed [`chunk`]s. A tablet that has one release
//! fetches the next one as a small [`difference`]. [`Catalogue`] is the index that
//! [`crate::resolve`] and [`search`] read.

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

/// The whole content of one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueContent {
    /// The location tree.
    pub locations: Vec<Location>,
    /// The suppliers of the contracts.
    pub suppliers: Vec<Supplier>,
    /// The items that sites can order.
    pub items: Vec<Item>,
    /// The contract versions.
    pub contracts: Vec<Contract>,
    /// The sourcing rules: which supplier is preferred or blocked for which item and site.
    #[serde(default)]
    pub sourcing_rules: Vec<SourcingRule>,
    /// The rates at which prices in different currencies are compared.
    pub exchange_rates: ExchangeRates,
    /// Which contract wins when two lines are equal in merit.
    #[serde(default)]
    pub tie_decisions: Vec<TieDecision>,
    /// The part of each hard maximum commitment that each site may use.
    #[serde(default)]
    pub allotments: Vec<Allotment>,
    /// The rules of the sites' time zones. Empty in older releases, which had none.
    #[serde(default)]
    pub time_zones: zones::ZoneRules,
}

/// The fixed exchange rates of a release. They are used only to compare prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeRates {
    /// The organisation's comparison currency.
    pub comparison_currency: Currency,
    /// The value of one unit of each currency, in the comparison currency. The comparison currency
    /// itself is worth 1.
    #[serde(default)]
    pub rates: BTreeMap<Currency, Decimal>,
}

impl ExchangeRates {
    /// The rates of an organisation that buys in one currency.
    #[must_use]
    pub fn single(comparison_currency: Currency) -> Self {
        Self { comparison_currency, rates: BTreeMap::new() }
    }

    /// The value of one unit of `currency`, in the comparison currency. `None` without a rate.
    #[must_use]
    pub fn rate(&self, currency: Currency) -> Option<Decimal> {
        if currency == self.comparison_currency {
            Some(Decimal::ONE)
        } else {
            self.rates.get(&currency).copied()
        }
    }
}

/// A person's recorded decision which of two contracts wins when their lines are equal in merit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TieDecision {
    /// The contract that wins.
    pub winner: ContractId,
    /// The contract that loses.
    pub loser: ContractId,
    /// The person who decided.
    pub decided_by: PersonId,
    /// The reason: the rule that was applied, or the person's own words.
    pub reason: String,
}
