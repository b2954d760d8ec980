//! Ordering an earlier order again: its items in its quantities, as they can be ordered today.

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{ItemId, OrderLineId};
use calloff_core::order::basket::basket_within;
use calloff_core::order::{Command, OrderState, ResolvedFor, ServerFacts};
use calloff_core::resolve::Remaining;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::basket::{BasketView, basket_view, description};
use super::prices::{PriceChange, changes};
use crate::tablet::state::seen_prices::SeenPrice;

/// The lines that would be ordered, and the items that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reorder {
    /// The lines at today's prices.
    pub basket: BasketView,
    /// The descriptions of items that no contract supplies any more.
    pub missing: Vec<String>,
    /// The lines whose prices differ from those of the earlier order.
    pub changes: Vec<PriceChange>,
    lines: Vec<(ItemId, Decimal, Option<Unit>)>,
}

/// The earlier order as it would be ordered now. A value on which tablets disagree counts as the
/// order shows it.
#[must_use]
pub fn reorder(
    order: &OrderState,
    catalogue: &Catalogue,
    resolved: ResolvedFor,
    remaining: &Remaining,
) -> Reorder {
    let mut again = OrderState { submitted: None, server: ServerFacts::default(), ..order.clone() };
    again.lines.retain(|_, line| !line.quantity.value.is_zero());
    let mut ordered_at: BTreeMap<OrderLineId, SeenPrice> = BTreeMap::new();
    for (id, line) in &mut again.lines {
        line.quantity.conflicts.clear();
        let seen =
            line.locked.take().map(|locked| SeenPrice { wanted: line.quantity.value, locked });
        ordered_at.extend(seen.map(|seen| (id.clone(), seen)));
    }
    let resolve = |order: &OrderState| basket_within(order, catalogue, resolved, remaining.clone());
    let changes = changes(&ordered_at, &again, catalogue, resolve);
    let missing: Vec<_> = resolve(&again).without_source.into_iter().collect();
    for (id, _) in &missing {
        again.lines.remove(id);
    }
    let lines =
        again.lines.values().map(|line| (line.item.clone(), line.quantity.value, line.unit));
    Reorder {
        lines: lines.collect(),
        basket: basket_view(&again, catalogue, resolved, remaining.clone()),
        missing: missing
            .into_iter()
            .map(|(_, missing)| description(catalogue, &missing.item))
            .collect(),
        changes,
    }
}

impl Reorder {
    /// The commands that put the lines on a new draft. `mint` makes the given number of line
    /// identifiers.
    ///
    /// # Errors
    /// The errors of `mint`.
    pub fn commands<E>(
        &self,
        mint: impl FnOnce(usize) -> Result<Vec<OrderLineId>, E>,
    ) -> Result<Vec<Command>, E> {
        let ids = mint(self.lines.len())?.into_iter();
        let add =
            |(line, (item, quantity, unit)): (OrderLineId, &(ItemId, Decimal, Option<Unit>))| {
                Command::AddLine { line, item: item.clone(), quantity: *quantity, unit: *unit }
            };
        Ok(ids.zip(&self.lines).map(add).collect())
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::sample;

    use super::*;
    use crate::tablet::model::basket::tests::submitted;
    use crate::testing::{catalogue, resolved};

    #[test]
    fn an_earlier_order_comes_at_todays_prices_without_what_is_on_no_contract_any_more() {
        let mut order = submitted(1);
        let mut gone = order.lines.values().next().unwrap().clone();
        gone.item = "unicorns".parse().unwrap();
        order.lines.insert("l2".parse().unwrap(), gone.clone());
        gone.quantity.value = Decimal::ZERO;
        order.lines.insert("l3".parse().unwrap(), gone);
        let mut content = sample::small();
        content.contracts[0].lines[0].tiers[1].price.amount = "19.90".parse().unwrap();
        let dearer = Catalogue::build(content).unwrap();
        let again = reorder(&order, &dearer, resolved(), &Remaining::default());
        assert_eq!(again.missing, ["unicorns"]);
        let prices: Vec<_> =
            again.changes.iter().map(|change| (change.from.amount, change.to.amount)).collect();
        assert_eq!(prices, [("19.50".parse().unwrap(), "19.90".parse().unwrap())]);
        assert_eq!(again.basket.totals[0].to_string(), "238.80 EUR");
        let mint = |count: usize| {
            Ok::<_, ()>((0..count).map(|at| format!("n{at}").parse().unwrap()).collect())
        };
        let add = Command::AddLine {
            line: "n0".parse().unwrap(),
            item: "flour".parse().unwrap(),
            quantity: 12.into(),
            unit: None,
        };
        assert_eq!(again.commands(mint), Ok(vec![add]));
    }

    #[test]
    fn at_the_same_prices_nothing_is_said() {
        let again = reorder(&submitted(1), &catalogue(), resolved(), &Remaining::default());
        assert_eq!((again.changes, again.missing), (Vec::new(), Vec::new()));
    }
}
