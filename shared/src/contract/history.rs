//! How the prices of a contract's lines changed from version to version.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{CatalogueLine, PriceTier};
use crate::calendar::{Date, Validity};
use crate::ids::LineId;
use crate::money::Price;

/// Since when a line has its prices, and which prices it had before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricesSince {
    /// The first day of the version that brought the prices.
    pub since: Date,
    /// The prices until the day before. Empty if the line was new on that day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<PriceTier>,
}

/// Finds [`PricesSince`] for all lines of a version. It is given one version at a time, from the
/// latest to the earliest, so that only two versions are in memory.
#[derive(Debug)]
pub struct PriceHistory<'l> {
    /// The lines whose last change of prices is not found yet: their prices, and the first day of
    /// the earliest version that was seen with them.
    open: BTreeMap<&'l LineId, (&'l [PriceTier], Date)>,
    found: BTreeMap<LineId, PricesSince>,
}

impl<'l> PriceHistory<'l> {
    /// Begins with the lines of a version and its first day.
    #[must_use]
    pub fn new(lines: &'l [CatalogueLine], first_day: Date) -> Self {
        let open = lines.iter().map(|line| (&line.id, (line.tiers.as_slice(), first_day)));
        Self { open: open.collect(), found: BTreeMap::new() }
    }

    /// Whether no earlier version can add anything.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    /// Goes back to the version before, which has these lines and this first day.
    pub fn go_back(&mut self, lines: &[CatalogueLine], first_day: Date) {
        let earlier: BTreeMap<&LineId, &CatalogueLine> =
            lines.iter().map(|line| (&line.id, line)).collect();
        let found = &mut self.found;
        self.open.retain(|id, (tiers, since)| match earlier.get(*id) {
            Some(line) if line.tiers == *tiers => {
                *since = first_day;
                true
            }
            earlier => {
                let before = earlier.map(|line| line.tiers.clone()).unwrap_or_default();
                found.insert((*id).clone(), PricesSince { since: *since, before });
                false
            }
        });
    }

    /// The result, by line. A line whose prices never changed has them since the earliest version.
    #[must_use]
    pub fn finish(self) -> BTreeMap<LineId, PricesSince> {
        let mut found = self.found;
        found.extend(
            self.open
                .into_iter()
                .map(|(id, (_, since))| (id.clone(), PricesSince { since, before: Vec::new() })),
        );
        found
    }
}

/// A price that is new, gone or different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierChange {
    /// The smallest quantity for which the price holds, in orderable units.
    pub threshold: Decimal,
    /// The tier's own dates, if it has any.
    pub validity: Option<Validity>,
    /// The price before. `None` if the tier is new.
    pub from: Option<Price>,
    /// The price after. `None` if the tier is gone.
    pub to: Option<Price>,
    /// How much the price rises, in percent, rounded half-even to one decimal place. A fall is
    /// negative. `None` if the two prices cannot be compared.
    pub percent: Option<Decimal>,
}

/// The tiers that differ, by threshold. Tiers with the same threshold and dates are one tier.
#[must_use]
pub fn tier_changes(before: &[PriceTier], after: &[PriceTier]) -> Vec<TierChange> {
    let key = |tier: &PriceTier| {
        let days = tier.validity.map(|days| (days.start, days.end));
        (tier.threshold, days)
    };
    let mut tiers: BTreeMap<_, (Option<Price>, Option<Price>)> = BTreeMap::new();
    for tier in before {
        tiers.entry(key(tier)).or_default().0 = Some(tier.price.clone());
    }
    for tier in after {
        tiers.entry(key(tier)).or_default().1 = Some(tier.price.clone());
    }
    let mut changes = Vec::new();
    for ((threshold, days), (from, to)) in tiers {
        if from == to {
            continue;
        }
        let percent = from.as_ref().zip(to.as_ref());
        let percent = percent.and_then(|(from, to)| percent_between(from, to));
        let validity = days.map(|(start, end)| Validity::new(start, end));
        changes.push(TierChange { threshold, validity, from, to, percent });
    }
    changes
}

/// How much a price rises, in percent, rounded half-even to one decimal place. `None` if the prices
/// are for different units, if the first one is zero, or if the numbers do not fit.
#[must_use]
pub fn percent_between(from: &Price, to: &Price) -> Option<Decimal> {
    if from.base_quantity.unit != to.base_quantity.unit {
        return None;
    }
    let old = from.amount.checked_mul(to.base_quantity.value)?;
    let new = to.amount.checked_mul(from.base_quantity.value)?;
    let rise = new.checked_sub(old)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(old)?;
    Some(rise.round_dp_with_strategy(1, RoundingStrategy::MidpointNearestEven))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::builder::{day, decimal, id, line, tier, tier_per};

    #[test]
    fn a_price_is_followed_back_to_the_version_that_brought_it() {
        let now = [line("10", "soap", "1.20"), line("20", "salt", "2.00"), line("30", "oats", "4")];
        let mut history = PriceHistory::new(&now, day("2026-06-01"));
        history
            .go_back(&[line("10", "soap", "1.20"), line("20", "salt", "2.00")], day("2026-03-01"));
        assert!(!history.is_complete());
        history
            .go_back(&[line("10", "soap", "1.00"), line("20", "salt", "2.0")], day("2026-01-01"));
        let found = history.finish();
        let said = |line: &str| {
            let found = &found[&id(line)];
            let before = found.before.first().map(|tier| tier.price.amount.to_string());
            (found.since.to_string(), before)
        };
        assert_eq!(said("10"), ("2026-03-01".to_owned(), Some("1.00".to_owned())));
        assert_eq!(said("20"), ("2026-01-01".to_owned(), None));
        assert_eq!(said("30"), ("2026-06-01".to_owned(), None));
    }

    #[test]
    fn a_line_that_changed_in_the_latest_version_needs_no_earlier_one() {
        let now = [line("10", "soap", "1.20")];
        let mut history = PriceHistory::new(&now, day("2026-06-01"));
        history.go_back(&[line("10", "soap", "1.00")], day("2026-03-01"));
        assert!(history.is_complete());
    }

    #[test]
    fn only_tiers_that_differ_are_changes_and_base_quantities_do_not_matter() {
        let before = [tier("1", "21.00", "XBG"), tier("10", "19.50", "XBG")];
        let after =
            [tier("1", "22.05", "XBG"), tier("10", "19.50", "XBG"), tier("50", "18", "XBG")];
        let changes = tier_changes(&before, &after);
        let said: Vec<_> = changes
            .iter()
            .map(|change| (change.threshold.to_string(), change.percent.map(|p| p.to_string())))
            .collect();
        assert_eq!(said, [("1".to_owned(), Some("5".to_owned())), ("50".to_owned(), None)]);
        let new = changes[1].to.as_ref().map(|to| to.amount);
        assert_eq!((changes[1].from.is_none(), new), (true, Some(decimal("18"))));

        let percent = |from: PriceTier, to: PriceTier| percent_between(&from.price, &to.price);
        let per_hundred = tier_per("1", "3.40", "100", "EA");
        assert_eq!(
            percent(per_hundred.clone(), tier_per("1", "0.034", "1", "EA")),
            Some(decimal("0"))
        );
        assert_eq!(
            percent(per_hundred.clone(), tier_per("1", "1.70", "100", "EA")),
            Some(decimal("-50"))
        );
        assert_eq!(percent(per_hundred, tier("1", "3.40", "XCS")), None);
        assert_eq!(percent(tier("1", "0", "EA"), tier("1", "1", "EA")), None);
    }
}
