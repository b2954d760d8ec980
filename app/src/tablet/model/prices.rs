//! Prices of a draft that changed since a person saw them, line by line.

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::OrderLineId;
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::Basket;
use calloff_core::order::{LockedPrice, OrderState, Register};
use calloff_core::quantity::Quantity;
use rust_decimal::Decimal;

use super::basket::{description, supplier_name};
use super::offer::price;
use crate::tablet::state::seen_prices::{Seen, SeenPrice};

/// A line whose price differs from the one that a person last saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    pub line: OrderLineId,
    pub description: String,
    pub from: ShownPrice,
    pub to: ShownPrice,
    /// The amount of the line now.
    pub amount: Money,
    /// The new supplier's name. `None` if the supplier is the same.
    pub new_supplier: Option<String>,
}

/// A price as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPrice {
    pub amount: Decimal,
    pub currency: Currency,
    pub buys: Quantity,
}

/// The locked prices of the lines that can be ordered.
type LockedPrices = BTreeMap<OrderLineId, LockedPrice>;

fn locked_prices(basket: Basket) -> LockedPrices {
    basket.groups.into_iter().flat_map(|group| group.lines).collect()
}

/// The new prices of lines whose price changed since a person saw it. If a person changed the
/// quantity, the quantity of then is resolved again, so that the change of quantity does not count
/// as a change of price.
fn changed(
    seen: &BTreeMap<OrderLineId, SeenPrice>,
    order: &OrderState,
    resolve: &impl Fn(&OrderState) -> Basket,
) -> LockedPrices {
    let mut now = locked_prices(resolve(order));
    now.retain(|id, locked| seen.get(id).is_some_and(|seen| seen.differs_from(locked)));
    if now.is_empty() {
        return now;
    }
    let mut as_seen = order.clone();
    for (id, line) in &mut as_seen.lines {
        if let Some(seen) = seen.get(id) {
            line.quantity = Register::settled(seen.wanted);
        }
    }
    let then = locked_prices(resolve(&as_seen));
    now.retain(|id, _| {
        seen.get(id).is_some_and(|seen| then.get(id).is_none_or(|locked| seen.differs_from(locked)))
    });
    now
}

/// Whether a draft has a line without a noted price, or a line whose quantity changed since its
/// price was noted.
#[must_use]
pub fn has_news(seen: &Seen, order: &OrderState) -> bool {
    let seen = seen.get(&order.document);
    order.ordered_lines().any(|(id, line)| {
        let seen = seen.and_then(|seen| seen.get(id));
        seen.is_none_or(|seen| seen.wanted != line.quantity.value)
    })
}

/// Notes the prices of lines that have none noted, or whose quantity a person changed. A price that
/// changed by itself stays as the person saw it.
pub fn note(seen: &mut Seen, order: &OrderState, resolve: impl Fn(&OrderState) -> Basket) {
    let seen = seen.entry(order.document).or_default();
    let changed = changed(seen, order, &resolve);
    for (id, locked) in
        locked_prices(resolve(order)).into_iter().filter(|(id, _)| !changed.contains_key(id))
    {
        if let Some(line) = order.lines.get(&id) {
            seen.insert(id, SeenPrice { wanted: line.quantity.value, locked });
        }
    }
}

/// Notes the prices of all lines, also changed ones, because a person saw them.
pub fn acknowledge(seen: &mut Seen, order: &OrderState, resolve: impl Fn(&OrderState) -> Basket) {
    seen.remove(&order.document);
    note(seen, order, resolve);
}

/// The lines of a draft whose prices changed since a person saw them, sorted by item.
#[must_use]
pub fn changes(
    seen: &BTreeMap<OrderLineId, SeenPrice>,
    order: &OrderState,
    catalogue: &Catalogue,
    resolve: impl Fn(&OrderState) -> Basket,
) -> Vec<PriceChange> {
    let shown = |locked: &LockedPrice| {
        let line = (&locked.contract, locked.version, &locked.line);
        let (amount, buys) =
            price(catalogue, line, (locked.unit_price, locked.base_quantity), locked.quantity.unit);
        ShownPrice { amount, currency: locked.currency(), buys }
    };
    let change = |(id, locked): (OrderLineId, LockedPrice)| {
        let (line, seen) = (order.lines.get(&id)?, seen.get(&id)?);
        Some(PriceChange {
            description: description(catalogue, &line.item),
            from: shown(&seen.locked),
            to: shown(&locked),
            amount: locked.amount,
            new_supplier: (seen.locked.supplier != locked.supplier)
                .then(|| supplier_name(catalogue, &locked)),
            line: id,
        })
    };
    let mut changes: Vec<_> =
        changed(seen, order, &resolve).into_iter().filter_map(change).collect();
    changes.sort_by(|a, b| (&a.description, &a.line).cmp(&(&b.description, &b.line)));
    changes
}

#[cfg(test)]
mod tests {
    use calloff_core::order::basket::basket;
    use calloff_core::sample;

    use super::*;
    use crate::tablet::model::basket::tests::draft;
    use crate::testing::{catalogue, resolved};

    /// The small catalogue with another price of the mill for ten or more sacks of flour.
    fn dearer(price: &str) -> Catalogue {
        let mut content = sample::small();
        let mill = &mut content.contracts[0];
        mill.version = 2;
        mill.lines[0].tiers[1].price.amount = price.parse().unwrap();
        Catalogue::build(content).unwrap()
    }

    fn by(catalogue: &Catalogue) -> impl Fn(&OrderState) -> Basket {
        move |order| basket(order, catalogue, resolved())
    }

    fn said(seen: &Seen, order: &OrderState, catalogue: &Catalogue) -> Vec<(String, String)> {
        let changes = changes(&seen[&order.document], order, catalogue, by(catalogue));
        changes
            .iter()
            .map(|change| (change.from.amount.to_string(), change.to.amount.to_string()))
            .collect()
    }

    fn change(from: &str, to: &str) -> Vec<(String, String)> {
        vec![(from.to_owned(), to.to_owned())]
    }

    #[test]
    fn a_price_that_changes_by_itself_is_said_from_what_was_seen_until_somebody_saw_it() {
        let (order, before, after) = (draft(1), catalogue(), dearer("19.90"));
        let mut seen = Seen::new();
        assert!(has_news(&seen, &order));
        note(&mut seen, &order, by(&before));
        assert!(!has_news(&seen, &order));
        assert_eq!(said(&seen, &order, &before), []);
        assert_eq!(said(&seen, &order, &after), change("19.50", "19.90"));
        note(&mut seen, &order, by(&after));
        assert_eq!(
            said(&seen, &order, &after),
            change("19.50", "19.90"),
            "noting what is new hides nothing"
        );
        acknowledge(&mut seen, &order, by(&after));
        assert_eq!(said(&seen, &order, &after), []);
    }

    #[test]
    fn another_quantity_at_the_same_prices_is_no_change_and_hides_none() {
        let (mut order, before, after) = (draft(1), catalogue(), dearer("19.90"));
        let mut seen = Seen::new();
        note(&mut seen, &order, by(&before));
        // The wholesaler supplies eight sacks.
        order.lines.values_mut().next().unwrap().quantity = Register::settled(8.into());
        assert!(has_news(&seen, &order));
        assert_eq!(said(&seen, &order, &before), []);
        assert_eq!(said(&seen, &order, &after), change("19.50", "20.75"));
        let changes = changes(&seen[&order.document], &order, &after, by(&after));
        assert!(changes[0].new_supplier.is_some());
        note(&mut seen, &order, by(&before));
        assert_eq!(said(&seen, &order, &after), [], "eight sacks cost as much as before");
    }
}
