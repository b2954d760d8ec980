//! The prices of the demo organisation. They are exact and fall from tier to tier. One item never
//! has the same price on two lines, except where that is the purpose. So publishing finds no ties.

use std::collections::BTreeSet;

use rust_decimal::{Decimal, RoundingStrategy};

use super::goods::Good;
use super::seed::Seed;
use crate::contract::PriceTier;
use crate::money::{Currency, Price};
use crate::quantity::Quantity;
use crate::unit::Unit;

/// The value of one pound in euros, for comparisons.
pub(super) const EUROS_PER_POUND: Decimal = Decimal::from_parts(11_648, 0, 0, false, 4);

/// The thresholds of the lower prices, in orderable units.
const LADDERS: [[i64; 4]; 3] = [[1, 5, 20, 50], [1, 10, 25, 100], [1, 4, 12, 40]];

/// The lowest price for the base quantity of a line. Four tiers can then still differ by a cent.
const LEAST_CENTS: i64 = 20;

/// The input of [`Pricing::tiers`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    /// The orderable unit and its content.
    pub(super) pack: (Unit, i64),
    pub(super) currency: Currency,
    /// The price level, in thousandths of the market price.
    pub(super) permille: i64,
    /// The number of tiers, 1 to 4.
    pub(super) tiers: usize,
}

/// Makes prices, and remembers the prices of each item.
pub(super) struct Pricing {
    /// All prices so far, in euros per base unit, by the index of the item.
    given: Vec<BTreeSet<Decimal>>,
}

impl Pricing {
    pub(super) fn new(items: usize) -> Self {
        Self { given: vec![BTreeSet::new(); items] }
    }

    /// Tiers with strictly increasing thresholds and strictly falling prices.
    pub(super) fn tiers(
        &mut self,
        seed: &mut Seed,
        place: usize,
        good: &Good,
        ask: Ask,
    ) -> Vec<PriceTier> {
        let (unit, content) = ask.pack;
        // A low price is for 100 base units, whatever the package. Any other price is for one
        // package.
        let (base, buys) = if good.per == 1 {
            (Quantity::new(Decimal::ONE, unit), content)
        } else {
            (Quantity::new(good.per.into(), good.item.base_unit), good.per)
        };
        let in_euros = good.cents * (buys / good.per) * ask.permille / 1_000;
        let first = if is_pound(ask.currency) { in_euros * 10_000 / 11_648 } else { in_euros }
            .max(LEAST_CENTS);
        let falling = std::iter::successors(Some((0, first)), |(step, before)| {
            Some((step + 1, (first * (1_000 - 35 * (step + 1)) / 1_000).min(before - 1)))
        });
        let amounts: Vec<Decimal> =
            falling.take(ask.tiers).map(|(_, cents)| Decimal::new(cents, 2)).collect();
        let ladder = seed.pick(&LADDERS);
        self.distinct(place, amounts, buys, ask.currency)
            .into_iter()
            .zip(ladder)
            .map(|(amount, threshold)| PriceTier {
                threshold: Decimal::from(threshold),
                price: Price { amount, base_quantity: base },
                validity: None,
            })
            .collect()
    }

    /// The same tiers at another price level, for an amendment. `content` is that of the line's
    /// orderable unit.
    pub(super) fn moved(
        &mut self,
        place: usize,
        tiers: &[PriceTier],
        good: &Good,
        content: i64,
        currency: Currency,
        percent: i64,
    ) -> Vec<PriceTier> {
        let buys = if good.per == 1 { content } else { good.per };
        let level = Decimal::new(percent, 2);
        let amounts = tiers.iter().map(|tier| {
            (tier.price.amount * level)
                .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        });
        let amounts = self.distinct(place, amounts.collect(), buys, currency);
        let moved = tiers.iter().cloned().zip(amounts);
        moved
            .map(|(tier, amount)| PriceTier { price: Price { amount, ..tier.price }, ..tier })
            .collect()
    }

    /// Raises all amounts cent by cent until this item has none of them yet.
    fn distinct(
        &mut self,
        place: usize,
        mut amounts: Vec<Decimal>,
        buys: i64,
        currency: Currency,
    ) -> Vec<Decimal> {
        let rate = if is_pound(currency) { EUROS_PER_POUND } else { Decimal::ONE };
        let given = &mut self.given[place];
        let net = |amount: &Decimal| (*amount * rate / Decimal::from(buys)).normalize();
        while amounts.iter().any(|amount| given.contains(&net(amount))) {
            amounts.iter_mut().for_each(|amount| *amount += Decimal::new(1, 2));
        }
        given.extend(amounts.iter().map(net));
        amounts
    }
}

fn is_pound(currency: Currency) -> bool {
    currency.as_str() == "GBP"
}
