//! Builders and the demo organisation, for tests, the demo and benchmarks.
//!
//! Every name is invented, and every number follows from a seed and a day. [`organisation`] gives
//! the whole catalogue, [`staff`] its people, and [`past_orders`] what its sites ordered before.
//! [`small`] is a catalogue that a reader can remember. [`builder`] makes the parts of a catalogue.
//! [`odd`] generates catalogues in which every rule meets every other rule.

pub mod builder;

mod agreements;
mod goods;
mod lines;
mod odd;
mod people;
mod places;
mod pricing;
mod seed;
mod sellers;
mod small;
mod sourcing;
mod wishes;

#[cfg(test)]
mod tests;

pub use goods::department;
pub use odd::{Question, odd};
pub use people::{StaffMember, StaffRole, staff};
pub use seed::Seed;
pub use small::small;
pub use wishes::{PastOrder, past_orders};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::calendar::Date;
use crate::catalogue::{CatalogueContent, ExchangeRates};

/// The seed of the organisation that `calloff demo` shows.
pub const DEMO_SEED: u64 = 2_026;

/// Merrowby Kitchens, an invented catering group for hospitals, schools, hotels and care homes: 40
/// sites in four regions, 25 suppliers, 60 contracts, 1,500 items. Dates that start or end do so
/// around `today`.
///
/// The same seed and day give the same organisation on every platform. Publishing accepts it. Some
/// contracts end within 30 days without a successor, and some items are on no contract; both are
/// intended.
#[must_use]
pub fn organisation(seed: u64, today: Date) -> CatalogueContent {
    let goods = goods::goods(seed);
    let (contracts, tie_decisions) = agreements::contracts(seed, today, &goods);
    CatalogueContent {
        locations: places::locations(seed),
        suppliers: sellers::suppliers(),
        contracts,
        sourcing_rules: sourcing::sourcing_rules(seed, today, &goods),
        exchange_rates: ExchangeRates {
            comparison_currency: builder::currency("EUR"),
            rates: BTreeMap::from([(builder::currency("GBP"), pricing::EUROS_PER_POUND)]),
        },
        tie_decisions,
        allotments: Vec::new(),
        time_zones: Default::default(),
        items: goods.into_iter().map(|good| good.item).collect(),
    }
}

/// A file of the real data, in the folder `CALLOFF_SHARED_DATA`, or else beside the project. `None`
/// when the file is missing. Tests that need it are ignored with `needs the real data`. `make test`
/// runs them on machines that have the data.
#[must_use]
pub fn shared_data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CALLOFF_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")),
        PathBuf::from,
    );
    Some(folder.join(file)).filter(|path| path.exists())
}
