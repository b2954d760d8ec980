//! The price of a line at each quantity, and the quantities at which two lines cost the same.
//!
//! The requested quantity is adjusted to the line's minimum, maximum and increment (one whole unit
//! for a line that is not divisible). The adjusted quantity decides the tier. Both grow with the
//! requested quantity, so each tier prices one continuous stretch of requested quantities.

use rust_decimal::Decimal;

use crate::catalogue::Catalogue;
use crate::catalogue::index::LineEntry;
use crate::decimal::{round_down_to_multiple, round_up_to_multiple};
use crate::unit::Unit;

/// The beginning of a stretch: a quantity, or everything just above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    value: Decimal,
    /// Whether the stretch begins just above the quantity, without the quantity itself.
    above: bool,
}

impl Edge {
    fn at(value: Decimal) -> Self {
        Self { value, above: false }
    }

    fn above(value: Decimal) -> Self {
        Self { value, above: true }
    }

    fn times(self, factor: Decimal) -> Option<Self> {
        Some(Self { value: self.value.checked_mul(factor)?, ..self })
    }
}

/// The requested quantities that one tier prices, in orderable units: from `from` up to, but
/// without, `to`.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub from: Edge,
    /// `None` when the stretch has no end.
    pub to: Option<Edge>,
    /// The index of the tier in the line.
    pub tier: u32,
    pub net_price: Decimal,
}

impl Stretch {
    /// Whether some quantity is in both stretches.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |a: &Self, b: &Self| b.to.is_none_or(|to| a.from < to);
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// The prices of a line on a tested day, by ascending quantities without gaps. Empty when the line
/// has no price or no quantity can be ordered.
pub fn stretches(catalogue: &Catalogue, entry: &LineEntry, tested: i32) -> Vec<Stretch> {
    let Some(orderable) = Orderable::of(entry) else { return Vec::new() };
    let tiers = catalogue.tiers_of(entry).iter().zip(0..);
    let held = tiers.filter(|(tier, _)| tier.validity.contain(tested));
    let mut tiers: Vec<_> = held
        .filter_map(|(tier, number)| {
            Some((orderable.reaching(tier.terms.threshold)?, tier, number))
        })
        .collect();
    // Of tiers that begin together, the tier with the highest threshold prices. Of tiers with equal
    // thresholds, which publishing refuses, the first prices.
    tiers.sort_by(|a, b| (a.0, a.1.terms.threshold, b.2).cmp(&(b.0, b.1.terms.threshold, a.2)));
    let mut found: Vec<Stretch> = Vec::with_capacity(tiers.len());
    for (from, tier, number) in tiers {
        if found.last().is_some_and(|before| before.from == from) {
            found.pop();
        }
        if let Some(before) = found.last_mut() {
            before.to = Some(from);
        }
        found.push(Stretch { from, to: None, tier: number, net_price: tier.net_price });
    }
    found
}

/// The bounds of the quantity of a line.
struct Orderable {
    /// The smallest quantity; `None` when any quantity above zero can be ordered.
    least: Option<Decimal>,
    most: Option<Decimal>,
    increment: Option<Decimal>,
}

impl Orderable {
    /// `None` when minimum, maximum and increment allow no quantity.
    fn of(entry: &LineEntry) -> Option<Self> {
        let (minimum, maximum) = match &entry.bounds {
            Some(bounds) => (bounds.minimum.unwrap_or_default().max(Decimal::ZERO), bounds.maximum),
            None => (Decimal::ZERO, None),
        };
        let increment = entry.step();
        let (least, most) = match increment {
            Some(increment) => {
                let least = round_up_to_multiple(minimum, increment)?.max(increment);
                let most =
                    maximum.map(|maximum| round_down_to_multiple(maximum, increment).ok_or(()));
                (Some(least), most.transpose().ok()?)
            }
            None => (Some(minimum).filter(|least| !least.is_zero()), maximum),
        };
        let is_possible =
            most.is_none_or(|most| most > Decimal::ZERO && least.is_none_or(|least| least <= most));
        is_possible.then_some(Self { least, most, increment })
    }

    /// The requested quantities from which the adjusted quantity is `threshold` or more. `None`
    /// when no request reaches `threshold`.
    fn reaching(&self, threshold: Decimal) -> Option<Edge> {
        if threshold <= self.least.unwrap_or_default() {
            return Some(Edge::above(Decimal::ZERO));
        }
        if self.most.is_some_and(|most| threshold > most) {
            return None;
        }
        match self.increment {
            Some(increment) => Some(Edge::above(
                round_up_to_multiple(threshold, increment)?.checked_sub(increment)?,
            )),
            None => Some(Edge::at(threshold)),
        }
    }
}

/// A unit in which one request asks two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The unit of the request. `None` counts in each line's orderable unit.
    unit: Option<Unit>,
    /// The size of one orderable unit of each line, on a common scale.
    scale: (Decimal, Decimal),
    /// The size of one unit of the request, on that scale.
    per: Decimal,
}

impl Asking {
    /// Every unit that can make a difference. A request in another unit reaches only quantities
    /// that a request in the item's base unit reaches, too.
    pub fn all(catalogue: &Catalogue, a: &LineEntry, b: &LineEntry, base_unit: Unit) -> Vec<Self> {
        let content = |entry: &LineEntry| catalogue.line_of(entry).1.content;
        let mut found =
            vec![Self { unit: None, scale: (Decimal::ONE, Decimal::ONE), per: Decimal::ONE }];
        for unit in [base_unit, a.orderable_unit, b.orderable_unit] {
            let Some(per) = unit.convert(Decimal::ONE, base_unit) else { continue };
            let scale =
                |entry: &LineEntry| if entry.orderable_unit == unit { per } else { content(entry) };
            let asking = Self { unit: Some(unit), scale: (scale(a), scale(b)), per };
            if found.iter().all(|known| known.scale != asking.scale) {
                found.push(asking);
            }
        }
        found
    }

    /// A quantity and a unit that are in both stretches, if there are any.
    pub fn shared(&self, a: &Stretch, b: &Stretch) -> Option<(Decimal, Option<Unit>)> {
        let scaled = |stretch: &Stretch, scale| {
            let to = stretch.to.map(|to| to.times(scale).ok_or(()));
            Some((stretch.from.times(scale)?, to.transpose().ok()?))
        };
        let ((from_a, to_a), (from_b, to_b)) = (scaled(a, self.scale.0)?, scaled(b, self.scale.1)?);
        let from = from_a.max(from_b);
        let to = match (to_a, to_b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (to, None) | (None, to) => to,
        };
        if to.is_some_and(|to| to <= from) {
            return None;
        }
        // Multiples of both contents, and decimal parts of such multiples, convert exactly for both
        // lines.
        let step = if self.unit.is_none() {
            Decimal::ONE
        } else {
            self.scale.0.checked_mul(self.scale.1)?
        };
        let quantity = point_within(from, to, step).unwrap_or(from.value);
        Some((quantity.checked_div(self.per)?, self.unit))
    }
}

/// The first multiple of `step` in the range; if there is none, of a tenth of `step`, and so on.
fn point_within(from: Edge, to: Option<Edge>, step: Decimal) -> Option<Decimal> {
    let mut step = step;
    for _ in 0..12 {
        let below = from.value.checked_div(step)?.floor().checked_mul(step)?;
        let first = if Edge::at(below) < from { below.checked_add(step)? } else { below };
        if to.is_none_or(|to| Edge::at(first) < to) {
            return Some(first);
        }
        step = step.checked_div(Decimal::TEN)?;
    }
    None
}

#[cfg(test)]
mod tests;
