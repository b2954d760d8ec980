//! The price of each line of a draft that a person last saw. This tablet keeps it and the order
//! does not, because a look at a price is nothing that tablets must merge. A tablet notes the
//! prices as soon as it gets a draft, so that it also compares a draft that was handed over.

use std::collections::BTreeMap;

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::LockedPrice;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, StoreName, Write};

/// The key in [`StoreName::Meta`].
const SEEN_PRICES: &str = "seen-prices";

/// The price of a line when a person last saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPrice {
    /// The quantity of the line then.
    pub wanted: Decimal,
    /// The locked price to which the line resolved then.
    #[serde(rename = "pin")]
    pub locked: LockedPrice,
}

impl SeenPrice {
    /// Whether the price of `locked` differs from the one that the person saw. Another supplier at
    /// the same price is no difference.
    #[must_use]
    pub fn differs_from(&self, locked: &LockedPrice) -> bool {
        let price = |locked: &LockedPrice| {
            (locked.unit_price, locked.base_quantity, locked.quantity.unit, locked.currency())
        };
        price(&self.locked) != price(locked)
    }
}

/// The seen prices, by draft and line.
pub type Seen = BTreeMap<DocumentId, BTreeMap<OrderLineId, SeenPrice>>;

/// The seen prices of this tablet.
#[derive(Clone, Copy)]
pub struct SeenPrices {
    seen: RwSignal<Seen>,
    store: StoredValue<IndexedDbStore, LocalStorage>,
}

impl SeenPrices {
    /// Reads the seen prices from the disk. Prices that cannot be read count as not seen.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        let kept = store.get(StoreName::Meta, SEEN_PRICES).await?;
        let seen = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Self { seen: RwSignal::new(seen), store: StoredValue::new_local(store) })
    }

    /// The seen prices of one draft.
    #[must_use]
    pub fn of(self, order: DocumentId) -> BTreeMap<OrderLineId, SeenPrice> {
        self.seen.with(|seen| seen.get(&order).cloned().unwrap_or_default())
    }

    /// Changes the seen prices, and stores them.
    pub fn update(self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.get_untracked();
        change(&mut seen);
        if self.seen.with_untracked(|before| *before == seen) {
            return;
        }
        self.seen.set(seen.clone());
        let store = self.store.get_value();
        spawn_local(async move {
            if let Ok(bytes) = serde_json::to_vec(&seen) {
                // If the disk does not store them, a price that changes before the next start is
                // not reported.
                drop(
                    store
                        .commit(
                            vec![Write::put(StoreName::Meta, SEEN_PRICES, bytes)],
                            Durability::Relaxed,
                        )
                        .await,
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::order::basket::basket;

    use super::*;
    use crate::testing::{catalogue, draft, resolved};

    /// The storage of earlier versions has this name.
    #[test]
    fn a_seen_price_is_stored_under_the_name_that_it_had_at_first() {
        let order = draft(1);
        let prices = basket(&order, &catalogue(), resolved()).locked_prices().unwrap();
        let locked = prices.into_values().next().unwrap();
        let seen = SeenPrice { wanted: Decimal::ONE, locked };
        let stored = serde_json::to_value(&seen).unwrap();
        assert!(stored["pin"]["contract"].is_string(), "{stored}");
        assert_eq!(serde_json::from_value::<SeenPrice>(stored).unwrap(), seen);
    }
}
