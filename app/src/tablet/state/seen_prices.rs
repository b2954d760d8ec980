//! What a person last saw each line of a draft cost. Kept on this tablet, not in the order: looking
//! at a price is nothing that others must merge, and a tablet notes what a draft costs as soon as
//! it gets it, so that a draft that was handed over is compared as well.

use std::collections::BTreeMap;

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::Pin;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, Store, Write};

/// The key in [`Store::Meta`].
const SEEN_PRICES: &str = "seen-prices";

/// What a line cost when somebody last saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPrice {
    /// How much the line asked for.
    pub wanted: Decimal,
    /// What it resolved to.
    pub pin: Pin,
}

impl SeenPrice {
    /// Whether the price is another than it was seen.
    #[must_use]
    pub fn differs_from(&self, pin: &Pin) -> bool {
        let price =
            |pin: &Pin| (pin.unit_price, pin.base_quantity, pin.quantity.unit, pin.currency());
        price(&self.pin) != price(pin)
    }
}

/// By draft and line.
pub type Seen = BTreeMap<DocumentId, BTreeMap<OrderLineId, SeenPrice>>;

/// The prices that were seen.
#[derive(Clone, Copy)]
pub struct SeenPrices {
    seen: RwSignal<Seen>,
    store: StoredValue<IndexedDbStore, LocalStorage>,
}

impl SeenPrices {
    /// Reads what was kept; what cannot be read counts as not seen.
    ///
    /// # Errors
    /// Storage that cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        let kept = store.get(Store::Meta, SEEN_PRICES).await?;
        let seen = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Self { seen: RwSignal::new(seen), store: StoredValue::new_local(store) })
    }

    /// Of one draft.
    #[must_use]
    pub fn of(self, order: DocumentId) -> BTreeMap<OrderLineId, SeenPrice> {
        self.seen.with(|seen| seen.get(&order).cloned().unwrap_or_default())
    }

    /// Changes what was seen, and keeps it.
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
                // Where it is not kept, a price that changes before the next start is not told.
                drop(
                    store
                        .commit(
                            vec![Write::put(Store::Meta, SEEN_PRICES, bytes)],
                            Durability::Relaxed,
                        )
                        .await,
                );
            }
        });
    }
}
