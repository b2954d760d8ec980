//! A draft, ready to be shown: the lines that can be ordered, by supplier and delivery date, and
//! the lines that a person must settle first.
//!
//! The view holds no times. So it changes, and the screen with it, only when something visible
//! changes.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{ItemId, OrderLineId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::{
    Basket, Charge, Group, basket_within, charges, minimum_order_value, shortfall, with_charges,
};
use calloff_core::order::{
    Command, LockedPrice, OrderLine, OrderState, PurchaseOrder, ResolvedFor,
};
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{NoSource, Remaining, orderable};
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::offer::{content, price, price_of_one};
use super::sheet::Adjusted;

/// A draft as it would be ordered now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasketView {
    pub groups: Vec<GroupView>,
    pub adjustments: Vec<AdjustmentView>,
    pub without_source: Vec<MissingView>,
    /// Lines that needed a decision and that a person removed while the draft was open.
    pub removed: Vec<(OrderLineId, Removed)>,
    /// The sums of the groups with their charges and allowances, one for each currency.
    pub totals: Vec<Money>,
    pub line_count: usize,
    /// The number of values on which two tablets disagree.
    pub conflict_count: usize,
}

/// The content of one purchase order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    pub supplier_name: String,
    pub delivery_date: Date,
    /// The sum of the lines, on which the minimum order value counts. It does not include
    /// `charges`. `None` if it does not fit a decimal, or no line is ordered.
    pub total: Option<Money>,
    pub minimum: Option<Minimum>,
    /// Charges and allowances of the contracts.
    pub charges: Vec<Charge>,
    /// The latest moment to order for this day, by the site's clock. `None` if the day has no
    /// cut-off.
    pub order_by: Option<DateTime>,
    pub lines: Vec<LineView>,
}

/// The distance of a group from its minimum order value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minimum {
    pub value: Money,
    pub missing: Option<Money>,
    /// The share of the minimum that is reached, 0 to 100, for a gauge.
    pub percent: u8,
}

/// One order line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineView {
    pub line: OrderLineId,
    pub item: ItemId,
    pub description: String,
    /// The quantity in orderable units.
    pub quantity: Quantity,
    /// The content of one orderable unit. `None` if the unit is the base unit, or the catalogue
    /// does not know the line.
    pub content: Option<Quantity>,
    pub unit_price: Decimal,
    /// The quantity that the unit price buys.
    pub buys: Quantity,
    pub currency: Currency,
    pub amount: Money,
    pub substitute: Option<String>,
    /// Whether two tablets disagree on the quantity.
    pub is_conflicted: bool,
    /// Whether a person removed the line while the draft was open. The line keeps its place, so
    /// that no other line moves under the person's finger.
    pub is_removed: bool,
}

/// A line that a person removed while the draft was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub description: String,
    /// The quantity that the line had.
    pub quantity: Decimal,
    place: RemovedFrom,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum RemovedFrom {
    /// The line could be ordered.
    Group {
        supplier_name: String,
        delivery_date: Date,
        line: Box<LineView>,
    },
    Adjustments,
    WithoutSource,
}

/// A line that a person must settle, or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionView {
    Adjust(Box<AdjustmentView>),
    Missing(MissingView),
    Removed(OrderLineId, Removed),
}

/// A line whose quantity a person must change first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentView {
    pub line: LineView,
    pub supplier_name: String,
    pub delivery_date: Date,
    pub adjusted: Adjusted,
    /// The quantity to set on the line. `None` if it is not exact in the line's own unit.
    pub set_quantity_to: Option<Decimal>,
}

/// A line that no contract supplies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingView {
    pub line: OrderLineId,
    pub item: ItemId,
    pub description: String,
    pub why: NoSource,
    pub is_conflicted: bool,
}

impl GroupView {
    /// The sum of the lines with the charges and allowances. The app shows every total like this.
    #[must_use]
    pub fn total_with_charges(&self) -> Option<Money> {
        with_charges(self.total?, &self.charges)
    }

    /// Whether a contract adds an amount or subtracts one.
    #[must_use]
    pub fn has_charges(&self) -> bool {
        !self.charges.is_empty()
    }
}

impl BasketView {
    /// Whether a contract adds an amount to the order or subtracts one.
    #[must_use]
    pub fn has_charges(&self) -> bool {
        self.groups.iter().any(GroupView::has_charges)
    }

    /// Whether the draft can be sent as it is.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.groups.is_empty()
            && self.adjustments.is_empty()
            && self.without_source.is_empty()
            && self.conflict_count == 0
    }

    /// The number of decisions that are still needed. A line on which two tablets disagree needs
    /// one decision first, whatever else it needs afterwards.
    #[must_use]
    pub fn open_decisions(&self) -> usize {
        let adjustments = self.adjustments.iter().filter(|needed| !needed.line.is_conflicted);
        let missing = self.without_source.iter().filter(|missing| !missing.is_conflicted);
        adjustments.count() + missing.count() + self.conflict_count
    }

    /// The commands that accept every suggested quantity that is exact in its line's unit.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Command> {
        let take = |needed: &AdjustmentView| {
            let quantity = needed.set_quantity_to.filter(|_| !needed.line.is_conflicted)?;
            Some(Command::SetQuantity { line: needed.line.line.clone(), quantity })
        };
        self.adjustments.iter().filter_map(take).collect()
    }

    /// A line with its place, to be kept when a person removes it. `None` if the view does not show
    /// the line.
    #[must_use]
    pub fn before_removal(&self, line: &OrderLineId, quantity: Decimal) -> Option<Removed> {
        let of = |description: &String, place| Removed {
            description: description.clone(),
            quantity,
            place,
        };
        for group in &self.groups {
            if let Some(view) = group.lines.iter().find(|view| view.line == *line) {
                let (supplier_name, delivery_date) =
                    (group.supplier_name.clone(), group.delivery_date);
                let line = Box::new(LineView { is_removed: true, ..view.clone() });
                return Some(of(
                    &view.description,
                    RemovedFrom::Group { supplier_name, delivery_date, line },
                ));
            }
        }
        let adjusted = self.adjustments.iter().find(|needed| needed.line.line == *line);
        let missing = self.without_source.iter().find(|missing| missing.line == *line);
        adjusted
            .map(|needed| of(&needed.line.description, RemovedFrom::Adjustments))
            .or_else(|| missing.map(|missing| of(&missing.description, RemovedFrom::WithoutSource)))
    }

    /// This view with the removed lines at their earlier places.
    #[must_use]
    pub fn with_removed(
        mut self,
        removed: &BTreeMap<OrderLineId, Removed>,
        order: &OrderState,
    ) -> Self {
        let is_gone = |id: &OrderLineId| order.lines.get(id).is_some_and(|line| !line.is_ordered());
        for (id, removed) in removed.iter().filter(|(id, _)| is_gone(id)) {
            let RemovedFrom::Group { supplier_name, delivery_date, line } = &removed.place else {
                self.removed.push((id.clone(), removed.clone()));
                continue;
            };
            let same = |group: &&mut GroupView| {
                group.supplier_name == *supplier_name
                    && group.delivery_date == *delivery_date
                    && group.lines.first().is_none_or(|first| first.currency == line.currency)
            };
            match self.groups.iter_mut().find(same) {
                Some(group) => group.lines.push((**line).clone()),
                None => self.groups.push(GroupView {
                    supplier_name: supplier_name.clone(),
                    delivery_date: *delivery_date,
                    total: None,
                    minimum: None,
                    charges: Vec::new(),
                    order_by: None,
                    lines: vec![(**line).clone()],
                }),
            }
        }
        sort(&mut self.groups);
        self
    }

    /// The lines that need a decision and the removed ones among them, in one fixed order.
    #[must_use]
    pub fn decisions(&self) -> Vec<DecisionView> {
        let adjust = self
            .adjustments
            .iter()
            .map(|needed| (0, &needed.line.line, DecisionView::Adjust(Box::new(needed.clone()))));
        let missing = self
            .without_source
            .iter()
            .map(|missing| (1, &missing.line, DecisionView::Missing(missing.clone())));
        let removed = self.removed.iter().map(|(id, removed)| {
            let rank = i32::from(removed.place == RemovedFrom::WithoutSource);
            (rank, id, DecisionView::Removed(id.clone(), removed.clone()))
        });
        let mut all: Vec<_> = adjust.chain(missing).chain(removed).collect();
        all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        all.into_iter().map(|(_, _, decision)| decision).collect()
    }
}

/// The order before and after sending: groups by delivery date and supplier, lines by item.
fn sort(groups: &mut [GroupView]) {
    groups.sort_by(|a, b| {
        (a.delivery_date, &a.supplier_name).cmp(&(b.delivery_date, &b.supplier_name))
    });
    for group in groups {
        group.lines.sort_by(|a, b| (&a.description, &a.line).cmp(&(&b.description, &b.line)));
    }
}

/// Resolves a draft and makes it ready to be shown.
#[must_use]
pub fn basket_view(
    order: &OrderState,
    catalogue: &Catalogue,
    resolved: ResolvedFor,
    remaining: Remaining,
) -> BasketView {
    let basket: Basket = basket_within(order, catalogue, resolved, remaining);
    let line_of = |id: &OrderLineId| order.lines.get(id);
    let adjustments = basket.adjustments.iter().map(|(id, needed)| AdjustmentView {
        line: line_view(catalogue, id, line_of(id), &needed.offer),
        supplier_name: supplier_name(catalogue, &needed.offer),
        delivery_date: needed.offer.delivery_date,
        adjusted: Adjusted {
            adjustment: needed.adjustment,
            orderable: orderable(
                catalogue,
                (&needed.offer.contract, needed.offer.version, &needed.offer.line),
            ),
            unit: needed.offer.quantity.unit,
        },
        set_quantity_to: needed.set_quantity_to,
    });
    let without_source = basket.without_source.iter().map(|(id, missing)| MissingView {
        line: id.clone(),
        item: missing.item.clone(),
        description: description(catalogue, &missing.item),
        why: missing.why,
        is_conflicted: line_of(id).is_some_and(|line| line.quantity.is_conflicted()),
    });
    let mut groups: Vec<_> =
        basket.groups.iter().map(|group| group_view(order, catalogue, group)).collect();
    sort(&mut groups);
    BasketView {
        adjustments: adjustments.collect(),
        without_source: without_source.collect(),
        removed: Vec::new(),
        totals: totals(&groups),
        line_count: order.ordered_lines().count(),
        conflict_count: order.choice_count(),
        groups,
    }
}

/// The sums of groups with their charges, one for each currency.
#[must_use]
pub fn totals(groups: &[GroupView]) -> Vec<Money> {
    totals_of(
        groups.iter().filter_map(|group| {
            Some((group.lines.first()?.currency, group.total, &group.charges[..]))
        }),
    )
}

/// The sums of purchase orders with their charges, one for each currency. Each purchase order has a
/// currency, the sum of its lines, and its charges. A currency whose sum does not fit a decimal is
/// left out.
#[must_use]
pub fn totals_of<'c>(
    orders: impl IntoIterator<Item = (Currency, Option<Money>, &'c [Charge])>,
) -> Vec<Money> {
    let mut totals: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for (currency, total, charges) in orders {
        let money = total.and_then(|total| with_charges(total, charges));
        let sum = totals.entry(currency).or_insert_with(|| Some(Money::zero(currency)));
        *sum = sum.zip(money).and_then(|(sum, money)| sum.checked_add(&money).ok());
    }
    totals.into_values().flatten().collect()
}

fn group_view(order: &OrderState, catalogue: &Catalogue, group: &Group) -> GroupView {
    let lines = group
        .lines
        .iter()
        .map(|(id, locked)| line_view(catalogue, id, order.lines.get(id), locked))
        .collect();
    GroupView {
        supplier_name: group.supplier_name.clone().unwrap_or_else(|| group.supplier.to_string()),
        delivery_date: group.delivery_date,
        total: group.total,
        minimum: minimum(group.total, group.minimum_order_value),
        charges: group.charges.clone(),
        order_by: group.order_by,
        lines,
    }
}

/// The distance of `total` from the minimum order value `value`. `None` if one of them is unknown.
fn minimum(total: Option<Money>, value: Option<Money>) -> Option<Minimum> {
    let (total, value) = (total?, value?);
    let percent = total.amount.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(value.amount)?;
    let percent = u8::try_from(percent.min(Decimal::ONE_HUNDRED).trunc()).unwrap_or(100);
    Some(Minimum { value, missing: shortfall(total, value), percent })
}

/// A line with its locked price, or with the price that it would lock now.
#[must_use]
pub fn line_view(
    catalogue: &Catalogue,
    id: &OrderLineId,
    line: Option<&OrderLine>,
    locked: &LockedPrice,
) -> LineView {
    let item = line.map_or(&locked.item, |line| &line.item);
    let of = (&locked.contract, locked.version, &locked.line);
    let (unit_price, buys) =
        price(catalogue, of, (locked.unit_price, locked.base_quantity), locked.quantity.unit);
    LineView {
        line: id.clone(),
        item: item.clone(),
        description: description(catalogue, item),
        quantity: locked.quantity,
        content: content(catalogue, of, &locked.item, locked.quantity.unit),
        unit_price,
        buys,
        currency: locked.currency(),
        amount: locked.amount,
        substitute: locked.is_substitute.then(|| description(catalogue, &locked.item)),
        is_conflicted: line.is_some_and(|line| line.quantity.is_conflicted()),
        is_removed: false,
    }
}

/// The supplier's name. If the release does not know the supplier, its identifier.
#[must_use]
pub fn supplier_name(catalogue: &Catalogue, locked: &LockedPrice) -> String {
    catalogue
        .supplier(&locked.supplier)
        .map_or_else(|| locked.supplier.to_string(), |supplier| supplier.name.clone())
}

/// The item's description. If the release does not know the item, its number.
#[must_use]
pub fn description(catalogue: &Catalogue, item: &ItemId) -> String {
    catalogue.item(item).map_or_else(|| item.to_string(), |item| item.description.clone())
}

/// A sent order by supplier and delivery date, at its locked prices. Nothing is resolved again. The
/// catalogue gives only names, and the contracts' charges until the purchase orders give them.
#[must_use]
pub fn sent_view(order: &OrderState, catalogue: Option<&Catalogue>) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for (id, line) in order.ordered_lines() {
        let Some(locked) = &line.locked else { continue };
        let delivery_date = order.delivery_date(id, locked);
        let cut = order.server.purchase_orders.iter().find(|cut| cut.lines.contains(id));
        let named = || {
            catalogue.map_or_else(
                || locked.supplier.to_string(),
                |catalogue| supplier_name(catalogue, locked),
            )
        };
        let name = cut.and_then(|cut| cut.supplier_name.clone()).unwrap_or_else(named);
        let mut view = match catalogue {
            Some(catalogue) => line_view(catalogue, id, Some(line), locked),
            None => unnamed_line(id, line, locked),
        };
        // An ordered item has the name that it has on its purchase order.
        let as_ordered = |item: &ItemId| cut.and_then(|cut| cut.item_names.get(item).cloned());
        if let Some(name) = as_ordered(&line.item) {
            view.description = name;
        }
        if let (Some(substitute), Some(name)) = (&mut view.substitute, as_ordered(&locked.item)) {
            *substitute = name;
        }
        let same = |group: &&mut GroupView| {
            group.supplier_name == name
                && group.delivery_date == delivery_date
                && group.lines.first().is_none_or(|first| first.currency == locked.currency())
        };
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.total = group.total.and_then(|total| total.checked_add(&locked.amount).ok());
                group.lines.push(view);
            }
            None => groups.push(GroupView {
                supplier_name: name,
                delivery_date,
                total: Some(locked.amount),
                minimum: None,
                charges: Vec::new(),
                order_by: None,
                lines: vec![view],
            }),
        }
    }
    for group in &mut groups {
        let Some(currency) = group.lines.first().map(|line| line.currency) else { continue };
        let is_its = |cut: &&PurchaseOrder| {
            group.lines.first().is_some_and(|first| cut.lines.contains(&first.line))
        };
        let cut = order.server.purchase_orders.iter().find(is_its);
        let locked_prices =
            group.lines.iter().filter_map(|line| order.lines.get(&line.line)?.locked.as_ref());
        let value = catalogue
            .and_then(|catalogue| minimum_order_value(catalogue, locked_prices.clone(), currency));
        group.minimum = minimum(group.total, value);
        group.charges = match (cut, catalogue) {
            (Some(cut), _) => cut.charges.clone(),
            (None, Some(catalogue)) => charges(catalogue, locked_prices, currency),
            (None, None) => Vec::new(),
        };
    }
    sort(&mut groups);
    groups
}

fn unnamed_line(id: &OrderLineId, line: &OrderLine, locked: &LockedPrice) -> LineView {
    let (unit_price, base_quantity) = match price_of_one(locked.unit_price, locked.base_quantity) {
        Some(price) => (price, Decimal::ONE),
        None => (locked.unit_price, locked.base_quantity),
    };
    LineView {
        line: id.clone(),
        item: line.item.clone(),
        description: line.item.to_string(),
        quantity: locked.quantity,
        content: None,
        unit_price,
        buys: Quantity::new(base_quantity, locked.quantity.unit),
        currency: locked.currency(),
        amount: locked.amount,
        substitute: locked.is_substitute.then(|| locked.item.to_string()),
        is_conflicted: false,
        is_removed: false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use calloff_core::ids::{DeviceId, IntentId};
    use calloff_core::order::{Concurrent, Register, Submission};

    use super::*;
    use crate::testing::{catalogue, order, resolved};

    pub use crate::testing::draft;

    /// A sent order with the locked prices to which its lines resolve.
    pub fn submitted(number: u8) -> OrderState {
        let mut order = draft(number);
        let locked_prices: BTreeMap<_, _> =
            basket_within(&order, &catalogue(), resolved(), Remaining::default())
                .locked_prices()
                .unwrap();
        for (id, locked) in locked_prices {
            order.lines.get_mut(&id).unwrap().locked = Some(locked);
        }
        order.submitted = Some(Submission {
            id: IntentId::mint(0, [number; 10]),
            by: "Ana".into(),
            at: 0,
            device: DeviceId::mint(0, [0; 10]),
        });
        order
    }

    #[test]
    fn lines_stand_by_supplier_and_delivery_date_with_totals() {
        let order = order(1, &[("sugar", 2), ("flour", 12), ("cups", 1)]);
        let view = basket_view(&order, &catalogue(), resolved(), Remaining::default());
        let names: Vec<_> = view
            .groups
            .iter()
            .map(|group| (group.supplier_name.as_str(), group.lines.len()))
            .collect();
        assert_eq!(names.len(), 2);
        assert_eq!(view.line_count, 3);
        let sum: Decimal =
            view.groups.iter().filter_map(|group| group.total).map(|total| total.amount).sum();
        assert_eq!(view.totals.iter().map(|total| total.amount).sum::<Decimal>(), sum);
        assert!(view.is_ready());
    }

    #[test]
    fn a_group_below_its_minimum_says_what_is_missing() {
        let view =
            basket_view(&order(1, &[("cups", 1)]), &catalogue(), resolved(), Remaining::default());
        let minimum = view.groups[0].minimum.clone().unwrap();
        // A case of 1,000 cups at 3.40 per 100 costs 34.00. The minimum is 50.
        assert_eq!((minimum.percent, minimum.missing.unwrap().amount), (68, 16.into()));
    }

    #[test]
    fn an_adjustment_or_a_missing_source_must_be_settled_first() {
        let view = basket_view(
            &order(1, &[("gloves", 5), ("flour", 1)]),
            &catalogue(),
            resolved(),
            Remaining::default(),
        );
        assert_eq!(view.adjustments[0].set_quantity_to, Some(6.into()));
        assert!(!view.is_ready());
        let mut nowhere = order(1, &[("gloves", 4)]);
        nowhere.site = "hotel".parse().unwrap();
        let view = basket_view(&nowhere, &catalogue(), resolved(), Remaining::default());
        assert_eq!(view.without_source[0].why, NoSource::AllRejected);
        assert!(!view.is_ready());
    }

    #[test]
    fn case_01_an_open_conflict_must_be_settled_first() {
        let mut order = draft(1);
        let value =
            |value: i64, by: &str| Concurrent { value: Decimal::from(value), by: by.into(), at: 0 };
        order.lines.values_mut().next().unwrap().quantity =
            Register { value: 12.into(), conflicts: vec![value(12, "Ana"), value(8, "Ben")] };
        let view = basket_view(&order, &catalogue(), resolved(), Remaining::default());
        assert_eq!(view.conflict_count, 1);
        assert!(view.groups[0].lines[0].is_conflicted);
        assert!(!view.is_ready());
    }

    #[test]
    fn a_line_on_which_two_tablets_disagree_is_one_decision() {
        let mut order = order(1, &[("gloves", 5), ("milk", 1), ("flour", 1)]);
        let value = |value: i64| Concurrent { value: value.into(), by: "Ana".into(), at: 0 };
        for (line, values) in [("l1", [5, 7]), ("l2", [0, 1])] {
            order.lines.get_mut(&line.parse().unwrap()).unwrap().quantity =
                Register { value: values[0].into(), conflicts: values.map(value).into() };
        }
        let view = basket_view(&order, &catalogue(), resolved(), Remaining::default());
        let lines = view.adjustments.iter().map(|needed| needed.line.is_conflicted);
        let lines = lines.chain(view.without_source.iter().map(|missing| missing.is_conflicted));
        assert_eq!(lines.collect::<Vec<_>>(), [true, true], "both need more than the choice");
        assert_eq!(view.open_decisions(), 2);
        assert_eq!(view.suggestions(), [], "nobody has chosen yet");
    }

    #[test]
    fn the_view_changes_only_with_what_people_see() {
        let later = ResolvedFor { resolved_at: 99_000, ..resolved() };
        let order = draft(1);
        assert_eq!(
            basket_view(&order, &catalogue(), resolved(), Remaining::default()),
            basket_view(&order, &catalogue(), later, Remaining::default())
        );
    }

    #[test]
    fn a_line_that_is_taken_away_keeps_its_place_until_the_page_is_left() {
        let (catalogue, mut order) =
            (catalogue(), order(1, &[("sugar", 2), ("flour", 12), ("gloves", 5)]));
        let view =
            |order: &OrderState| basket_view(order, &catalogue, resolved(), Remaining::default());
        let before = view(&order);
        let mut removed = BTreeMap::new();
        for (line, quantity) in [("l1", 2), ("l3", 5)] {
            let line: OrderLineId = line.parse().unwrap();
            removed.insert(line.clone(), before.before_removal(&line, quantity.into()).unwrap());
            order.lines.get_mut(&line).unwrap().quantity = Register::settled(Decimal::ZERO);
        }
        let places = |view: &BasketView| {
            let lines = view.groups.iter().flat_map(|group| &group.lines);
            lines.map(|line| (line.line.to_string(), line.is_removed)).collect::<Vec<_>>()
        };
        let after = view(&order).with_removed(&removed, &order);
        let ids =
            |places: Vec<(String, bool)>| places.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(places(&after)), ids(places(&before)));
        assert!(places(&after).contains(&("l1".to_owned(), true)));
        let decisions = after.decisions();
        assert!(
            matches!(&decisions[..], [DecisionView::Removed(_, removed)] if removed.quantity == 5.into())
        );
        assert!(after.is_ready(), "what was taken away is not asked about any more");

        // When it is ordered again, it is an ordinary line again.
        let sugar: OrderLineId = "l1".parse().unwrap();
        order.lines.get_mut(&sugar).unwrap().quantity = Register::settled(Decimal::TWO);
        assert!(
            places(&view(&order).with_removed(&removed, &order))
                .contains(&("l1".to_owned(), false))
        );
    }

    #[test]
    fn all_suggestions_are_taken_at_once() {
        let order = order(1, &[("gloves", 5), ("gloves", 3), ("flour", 12)]);
        let view = basket_view(&order, &catalogue(), resolved(), Remaining::default());
        let set = |line: &str, quantity: i64| Command::SetQuantity {
            line: line.parse().unwrap(),
            quantity: quantity.into(),
        };
        assert_eq!(view.suggestions(), [set("l1", 6), set("l2", 4)]);
        assert_eq!(view.open_decisions(), 2);
    }

    #[test]
    fn suppliers_and_lines_stand_in_one_order_before_and_after_sending() {
        let mut order = order(1, &[("sugar", 2), ("flour", 12), ("cups", 1), ("milk", 1)]);
        let names = |groups: &[GroupView]| {
            let name = |group: &GroupView| {
                let lines = group.lines.iter().map(|line| line.description.clone());
                (group.supplier_name.clone(), group.delivery_date, lines.collect::<Vec<_>>())
            };
            groups.iter().map(name).collect::<Vec<_>>()
        };
        let before = basket_view(&order, &catalogue(), resolved(), Remaining::default());
        let basket = basket_within(&order, &catalogue(), resolved(), Remaining::default());
        for (id, locked) in basket.locked_prices().unwrap() {
            order.lines.get_mut(&id).unwrap().locked = Some(locked);
        }
        let after = sent_view(&order, Some(&catalogue()));
        assert_eq!(names(&before.groups), names(&after));
        assert!(before.groups.is_sorted_by_key(|group| group.delivery_date));
    }

    #[test]
    fn a_line_says_what_its_pack_contains_before_and_after_sending() {
        let contents = |groups: &[GroupView]| {
            let lines = groups.iter().flat_map(|group| &group.lines);
            lines.map(|line| line.content.map(|content| content.to_string())).collect::<Vec<_>>()
        };
        let draft = order(1, &[("flour", 12)]);
        let before = basket_view(&draft, &catalogue(), resolved(), Remaining::default());
        assert_eq!(contents(&before.groups), [Some("25 KGM".to_owned())]);
        let sent = submitted(1);
        assert_eq!(contents(&sent_view(&sent, Some(&catalogue()))), [Some("25 KGM".to_owned())]);
        assert_eq!(contents(&sent_view(&sent, None)), [None]);
    }

    #[test]
    fn an_accepted_order_calls_its_items_what_they_were_called_when_they_were_ordered() {
        let mut order = submitted(1);
        order.server.purchase_orders = vec![calloff_core::order::PurchaseOrder {
            number: "PO-1".into(),
            supplier: "mill".parse().unwrap(),
            supplier_name: Some("The mill".into()),
            delivery_date: resolved().order_date,
            total: Money::zero(Currency::parse("EUR").unwrap()),
            charges: Vec::new(),
            lines: order.lines.keys().cloned().collect(),
            item_names: [("flour".parse().unwrap(), "Wheat flour, old name".to_owned())].into(),
        }];
        assert_eq!(
            sent_view(&order, Some(&catalogue()))[0].lines[0].description,
            "Wheat flour, old name"
        );
        assert_eq!(sent_view(&order, None)[0].lines[0].description, "Wheat flour, old name");
    }

    #[test]
    fn a_sent_order_still_says_what_it_lacks_to_the_minimum_order() {
        let draft = order(1, &[("cups", 1)]);
        let before = basket_view(&draft, &catalogue(), resolved(), Remaining::default());
        let mut sent = draft;
        let basket = basket_within(&sent, &catalogue(), resolved(), Remaining::default());
        for (id, locked) in basket.locked_prices().unwrap() {
            sent.lines.get_mut(&id).unwrap().locked = Some(locked);
        }
        let after = sent_view(&sent, Some(&catalogue()));
        assert!(after[0].minimum.as_ref().is_some_and(|minimum| minimum.missing.is_some()));
        assert_eq!(after[0].minimum, before.groups[0].minimum);
    }

    #[test]
    fn what_was_sent_is_shown_at_its_locked_prices_even_without_a_catalogue() {
        let order = submitted(1);
        let with = sent_view(&order, Some(&catalogue()));
        let without = sent_view(&order, None);
        assert_eq!(with[0].total, without[0].total);
        assert_eq!(with[0].lines[0].unit_price, "19.50".parse().unwrap());
        assert_eq!(without[0].lines[0].description, "flour");
    }
}
