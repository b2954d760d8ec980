//! What was counted on the shelves: kept on this tablet for the day of the count, so that a reload in the cold room loses
//! nothing. No document: what was ordered of it is.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::GuideLineId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, Store, Write};

/// The key in [`Store::Meta`].
const COUNTS: &str = "counts";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    on: Option<Date>,
    lines: BTreeMap<GuideLineId, Decimal>,
}

/// The counts of a day.
#[derive(Clone, Copy)]
pub struct Counts {
    counted: RwSignal<Counted>,
    store: StoredValue<IndexedDbStore, LocalStorage>,
}

impl Counts {
    /// Reads what was kept; what cannot be read is counted again.
    ///
    /// # Errors
    /// Storage that cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        let kept = store.get(Store::Meta, COUNTS).await?;
        let counted = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Self { counted: RwSignal::new(counted), store: StoredValue::new_local(store) })
    }

    /// What was counted on a day.
    #[must_use]
    pub fn on(self, day: Date) -> BTreeMap<GuideLineId, Decimal> {
        self.counted.with(|counted| if counted.on == Some(day) { counted.lines.clone() } else { BTreeMap::new() })
    }

    /// Keeps a count; those of another day go. `failed` runs when the disk does not take it.
    pub fn count(self, day: Date, line: GuideLineId, on_hand: Option<Decimal>, failed: impl FnOnce(KvError) + 'static) {
        self.counted.update(|counted| {
            if counted.on != Some(day) {
                *counted = Counted { on: Some(day), lines: BTreeMap::new() };
            }
            match on_hand {
                Some(on_hand) => drop(counted.lines.insert(line, on_hand)),
                None => drop(counted.lines.remove(&line)),
            }
        });
        self.keep(failed);
    }

    /// Forgets all of them: what was missing is on an order.
    pub fn clear(self, failed: impl FnOnce(KvError) + 'static) {
        self.counted.set(Counted::default());
        self.keep(failed);
    }

    fn keep(self, failed: impl FnOnce(KvError) + 'static) {
        let counted = self.counted.get_untracked();
        let store = self.store.get_value();
        spawn_local(async move {
            let bytes = serde_json::to_vec(&counted).map_err(|error| KvError::Failed(error.to_string()));
            let kept = match bytes {
                Ok(bytes) => store.commit(vec![Write::put(Store::Meta, COUNTS, bytes)], Durability::Strict).await,
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                failed(error);
            }
        });
    }
}
