//! The counts on the shelves, and the quantities that people chose instead of the guide's
//! suggestions. The tablet keeps them for the day, so that a reload in the cold room loses nothing.
//! Afterwards they are the last counts. They are not a document: only the orders made from them
//! are.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::GuideLineId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, StoreName, Write};

/// The key in [`StoreName::Meta`].
const COUNTS: &str = "counts";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    on: Option<Date>,
    /// The counts of the day `on`.
    lines: BTreeMap<GuideLineId, Decimal>,
    /// The chosen quantities of the day `on`, in the unit of the line. They replace the suggestion,
    /// whatever the count.
    #[serde(default)]
    wanted: BTreeMap<GuideLineId, Decimal>,
    /// The last counts of earlier days.
    #[serde(default)]
    before: BTreeMap<GuideLineId, LastCount>,
}

/// A count of an earlier day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCount {
    pub on: Date,
    pub on_hand: Decimal,
}

impl Counted {
    /// Begins a day. The counts of the day before become last counts.
    fn begin(&mut self, day: Date) {
        if self.on == Some(day) {
            return;
        }
        self.wanted.clear();
        let lines = std::mem::take(&mut self.lines);
        if let Some(on) = self.on.replace(day) {
            let last = lines.into_iter().map(|(line, on_hand)| (line, LastCount { on, on_hand }));
            self.before.extend(last);
        }
    }

    /// Stores a count, or deletes it with `None`. The chosen quantity of the line is deleted, and
    /// the guide suggests one again.
    fn count(&mut self, day: Date, line: GuideLineId, on_hand: Option<Decimal>) {
        self.begin(day);
        self.wanted.remove(&line);
        match on_hand {
            Some(on_hand) => drop(self.lines.insert(line, on_hand)),
            None => drop(self.lines.remove(&line)),
        }
    }

    fn want(&mut self, day: Date, line: GuideLineId, quantity: Decimal) {
        self.begin(day);
        self.wanted.insert(line, quantity);
    }

    /// Deletes the chosen quantities that an order now holds. A chosen zero stays for the day.
    fn put_on_order(&mut self) {
        self.wanted.retain(|_, quantity| quantity.is_zero());
    }

    fn wanted(&self, day: Date) -> BTreeMap<GuideLineId, Decimal> {
        if self.on == Some(day) { self.wanted.clone() } else { BTreeMap::new() }
    }

    fn on(&self, day: Date) -> BTreeMap<GuideLineId, Decimal> {
        if self.on == Some(day) { self.lines.clone() } else { BTreeMap::new() }
    }

    fn last(&self, line: &GuideLineId, today: Date) -> Option<LastCount> {
        let of_another_day = self.on.filter(|on| *on != today).zip(self.lines.get(line));
        let of_another_day =
            of_another_day.map(|(on, on_hand)| LastCount { on, on_hand: *on_hand });
        of_another_day.or_else(|| self.before.get(line).copied())
    }
}

/// The counts of a day, and the last counts before it.
#[derive(Clone, Copy)]
pub struct Counts {
    counted: RwSignal<Counted>,
    store: StoredValue<IndexedDbStore, LocalStorage>,
}

impl Counts {
    /// Reads the counts from the disk. Counts that cannot be read are lost, and people count again.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        let kept = store.get(StoreName::Meta, COUNTS).await?;
        let counted =
            kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Self { counted: RwSignal::new(counted), store: StoredValue::new_local(store) })
    }

    /// The counts of a day.
    #[must_use]
    pub fn on(self, day: Date) -> BTreeMap<GuideLineId, Decimal> {
        self.counted.with(|counted| counted.on(day))
    }

    /// The quantities that people chose on a day instead of the guide's suggestions, in the units
    /// of the guide's lines.
    #[must_use]
    pub fn wanted(self, day: Date) -> BTreeMap<GuideLineId, Decimal> {
        self.counted.with(|counted| counted.wanted(day))
    }

    /// The last count of a line before today. `None` if it was never counted.
    #[must_use]
    pub fn last(self, line: &GuideLineId, today: Date) -> Option<LastCount> {
        self.counted.with(|counted| counted.last(line, today))
    }

    /// Stores a count, or deletes it with `None`. `failed` runs if the disk does not store it.
    pub fn count(
        self,
        day: Date,
        line: GuideLineId,
        on_hand: Option<Decimal>,
        failed: impl FnOnce(KvError) + 'static,
    ) {
        self.counted.update(|counted| counted.count(day, line, on_hand));
        self.keep(failed);
    }

    /// Stores the quantity to order of a line. `failed` runs if the disk does not store it.
    pub fn want(
        self,
        day: Date,
        line: GuideLineId,
        quantity: Decimal,
        failed: impl FnOnce(KvError) + 'static,
    ) {
        self.counted.update(|counted| counted.want(day, line, quantity));
        self.keep(failed);
    }

    /// Deletes the chosen quantities, because an order holds them. `failed` runs if the disk does
    /// not store that.
    pub fn put_on_order(self, failed: impl FnOnce(KvError) + 'static) {
        self.counted.update(Counted::put_on_order);
        self.keep(failed);
    }

    fn keep(self, failed: impl FnOnce(KvError) + 'static) {
        let counted = self.counted.get_untracked();
        let store = self.store.get_value();
        spawn_local(async move {
            let bytes =
                serde_json::to_vec(&counted).map_err(|error| KvError::Failed(error.to_string()));
            let kept = match bytes {
                Ok(bytes) => {
                    store
                        .commit(
                            vec![Write::put(StoreName::Meta, COUNTS, bytes)],
                            Durability::Strict,
                        )
                        .await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                failed(error);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u8) -> GuideLineId {
        format!("g{number}").parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_counts_of_a_day_are_the_last_ones_of_the_next() {
        let mut counted = Counted::default();
        counted.count(day("2026-03-02"), line(1), Some(7.into()));
        counted.count(day("2026-03-02"), line(2), Some(0.into()));
        let (monday, tuesday) = (day("2026-03-02"), day("2026-03-03"));
        assert_eq!(counted.on(monday).len(), 2);
        assert_eq!(counted.last(&line(1), monday), None, "today's is no last one");
        assert_eq!(
            counted.last(&line(1), tuesday),
            Some(LastCount { on: monday, on_hand: 7.into() })
        );
        counted.count(tuesday, line(1), Some(3.into()));
        assert_eq!((counted.on(tuesday).len(), counted.on(monday).len()), (1, 0));
        assert_eq!(
            counted.last(&line(2), tuesday),
            Some(LastCount { on: monday, on_hand: 0.into() })
        );
        counted.count(tuesday, line(1), None);
        assert!(counted.on(tuesday).is_empty(), "not counted is not zero");
        assert_eq!(counted.last(&line(1), tuesday).map(|last| last.on_hand), Some(7.into()));
    }

    #[test]
    fn what_is_wanted_holds_for_the_day_until_it_is_counted_or_on_an_order() {
        let mut counted = Counted::default();
        let (monday, tuesday) = (day("2026-03-02"), day("2026-03-03"));
        counted.want(monday, line(1), 50.into());
        counted.want(monday, line(2), 0.into());
        counted.want(monday, line(3), 25.into());
        counted.count(monday, line(3), Some(7.into()));
        let wanted = |counted: &Counted, day| counted.wanted(day).into_iter().collect::<Vec<_>>();
        let expected = [(line(1), Decimal::from(50)), (line(2), Decimal::ZERO)];
        assert_eq!(wanted(&counted, monday), expected);
        assert_eq!(wanted(&counted, tuesday), []);
        counted.put_on_order();
        assert_eq!(wanted(&counted, monday), [(line(2), Decimal::ZERO)], "not this time");
        counted.count(tuesday, line(1), None);
        assert_eq!(wanted(&counted, monday), []);
    }

    #[test]
    fn what_an_earlier_version_kept_is_read() {
        let kept = r#"{"on":"2026-03-02","lines":{"g1":"7"}}"#;
        let counted: Counted = serde_json::from_str(kept).unwrap();
        assert_eq!(counted.on(day("2026-03-02")).get(&line(1)), Some(&7.into()));
    }
}
