//! The rows of the order table: their order and their sums.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use calloff_core::money::{Currency, Money, MoneyError};
use calloff_core::order::{OrderStage, PurchaseOrder};
use calloff_core::wire::OrderRow;

use crate::components::{Direction, Sort, offset_words};

/// A column of the order table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderColumn {
    Received,
    Submitted,
    Site,
    Person,
    Tablet,
    Suppliers,
    Lines,
    State,
    Total,
}

impl OrderColumn {
    /// Every column, from left to right.
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::Submitted,
        Self::Site,
        Self::Person,
        Self::Tablet,
        Self::Suppliers,
        Self::Lines,
        Self::State,
        Self::Total,
    ];

    /// The column's name in addresses and style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Submitted => "submitted",
            Self::Site => "site",
            Self::Person => "by",
            Self::Tablet => "tablet",
            Self::Suppliers => "suppliers",
            Self::Lines => "lines",
            Self::State => "state",
            Self::Total => "total",
        }
    }

    /// The direction of the first press on the column's header, by what people look for first: the
    /// latest, the largest, the first of the alphabet, or the orders that need attention.
    #[must_use]
    pub fn first_direction(self) -> Direction {
        match self {
            Self::Received | Self::Submitted | Self::Lines | Self::Total => Direction::Descending,
            Self::Site | Self::Person | Self::Tablet | Self::Suppliers | Self::State => {
                Direction::Ascending
            }
        }
    }
}

/// Sorts the rows. Equal rows keep the server's order, the latest received first.
#[must_use]
pub fn sorted(rows: Vec<OrderRow>, sort: Sort<OrderColumn>) -> Vec<OrderRow> {
    sort.sorted(rows, compare)
}

fn compare(a: &OrderRow, b: &OrderRow, column: OrderColumn) -> Ordering {
    match column {
        OrderColumn::Received => {
            (a.received_on, a.received_at).cmp(&(b.received_on, b.received_at))
        }
        OrderColumn::Submitted => a.submitted_at.cmp(&b.submitted_at),
        OrderColumn::Site => folded(&a.site_name).cmp(&folded(&b.site_name)),
        OrderColumn::Person => folded(&a.submitted_by).cmp(&folded(&b.submitted_by)),
        OrderColumn::Tablet => folded(&a.device_name).cmp(&folded(&b.device_name)),
        OrderColumn::Suppliers => names(a).cmp(&names(b)),
        OrderColumn::Lines => a.lines.cmp(&b.lines),
        OrderColumn::State => urgency(a.stage).cmp(&urgency(b.stage)),
        OrderColumn::Total => compare_totals(shown_totals(a), shown_totals(b)),
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn names(row: &OrderRow) -> Vec<String> {
    row.suppliers.iter().map(|name| folded(name)).collect()
}

/// The rank of a stage: orders that need a decision come before orders that are done.
fn urgency(stage: OrderStage) -> u8 {
    match stage {
        OrderStage::OnHold => 0,
        OrderStage::Refused => 1,
        OrderStage::Submitted => 2,
        OrderStage::Draft => 3,
        OrderStage::Accepted => 4,
    }
}

/// Whether the clocks of the rows' sites differ from each other, at the moments of these orders.
#[must_use]
pub fn clocks_differ(rows: &[OrderRow]) -> bool {
    let offsets = rows.iter().filter_map(|row| offset_words(row.received_at, row.received_local?));
    offsets.collect::<BTreeSet<_>>().len() > 1
}

/// The totals that a row shows: the ordered amounts, or the locked amounts of an order on hold.
#[must_use]
pub fn shown_totals(row: &OrderRow) -> &[Money] {
    if row.stage == OrderStage::OnHold { &row.locked } else { &row.totals }
}

/// The sums of purchase orders with their charges and allowances, one for each currency. Empty if
/// none of them has any, or if a sum does not fit a decimal.
#[must_use]
pub fn totals_with_charges(orders: &[PurchaseOrder]) -> Vec<Money> {
    if orders.iter().all(|order| order.charges.is_empty()) {
        return Vec::new();
    }
    let charges = orders.iter().flat_map(|order| &order.charges).map(|charge| &charge.amount);
    sum_of(orders.iter().map(|order| &order.total).chain(charges)).unwrap_or_default()
}

/// Compares the totals of two orders, for sorting. Orders in the same currencies are together and
/// are sorted by their amounts. Amounts in different currencies are not converted, because no rate
/// is agreed.
fn compare_totals(a: &[Money], b: &[Money]) -> Ordering {
    let currencies =
        |totals: &[Money]| totals.iter().map(|money| money.currency).collect::<Vec<_>>();
    let amounts = |totals: &[Money]| totals.iter().map(|money| money.amount).collect::<Vec<_>>();
    let together = (a.len().cmp(&b.len())).then_with(|| currencies(a).cmp(&currencies(b)));
    together.then_with(|| amounts(a).cmp(&amounts(b)))
}

/// Adds amounts: one exact sum for each currency, sorted by currency code.
///
/// # Errors
/// A sum does not fit 28 digits.
pub fn sum_of<'a>(amounts: impl IntoIterator<Item = &'a Money>) -> Result<Vec<Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for money in amounts {
        let sum = sums.entry(money.currency).or_insert_with(|| Money::zero(money.currency));
        *sum = sum.checked_add(money)?;
    }
    Ok(sums.into_values().collect())
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::{DeviceId, DocumentId};
    use calloff_core::order::basket::Charge;

    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money { amount: amount.parse().unwrap(), currency: Currency::parse(currency).unwrap() }
    }

    fn row(number: u8, site: &str, stage: OrderStage, totals: Vec<Money>) -> OrderRow {
        OrderRow {
            document: DocumentId::mint(0, [number; 10]),
            site: site.parse().unwrap(),
            site_name: site.to_owned(),
            stage,
            submitted_by: "Ana".to_owned(),
            submitted_at: 0,
            device: DeviceId::mint(0, [1; 10]),
            device_name: "Counter".to_owned(),
            received_at: i64::from(number),
            release: Some(1),
            lines: 1,
            suppliers: Vec::new(),
            totals,
            locked: Vec::new(),
            is_honoured: false,
            received_on: "2026-03-02".parse().unwrap(),
            received_local: None,
            submitted_local: None,
            time_zone: "Europe/London".to_owned(),
            unknown_names: Vec::new(),
        }
    }

    fn sites(rows: &[OrderRow]) -> Vec<&str> {
        rows.iter().map(|row| row.site_name.as_str()).collect()
    }

    fn by(column: OrderColumn, direction: Direction) -> Sort<OrderColumn> {
        Sort { column, direction }
    }

    #[test]
    fn a_list_of_sites_in_several_zones_has_clocks_that_differ() {
        let at = |number, local: &str| OrderRow {
            received_at: 1_774_526_400_000, // 2026-03-26T12:00:00Z
            received_local: Some(local.parse().unwrap()),
            ..row(number, "A", OrderStage::Accepted, Vec::new())
        };
        let (london, berlin) = (at(1, "2026-03-26T12:00:00"), at(2, "2026-03-26T13:00:00"));
        assert!(clocks_differ(&[london.clone(), berlin]));
        assert!(!clocks_differ(&[london.clone(), london]));
    }

    #[test]
    fn names_sort_without_regard_to_case() {
        let rows = ["beta", "Alpha", "Gamma"]
            .map(|site| row(1, site, OrderStage::Accepted, Vec::new()))
            .to_vec();
        assert_eq!(
            sites(&sorted(rows, by(OrderColumn::Site, Direction::Ascending))),
            ["Alpha", "beta", "Gamma"]
        );
    }

    #[test]
    fn totals_sort_by_amount_and_never_across_currencies() {
        let rows = vec![
            row(1, "A", OrderStage::Accepted, vec![money("9.99", "USD")]),
            row(2, "B", OrderStage::Accepted, vec![money("100.00", "USD")]),
            row(3, "C", OrderStage::Accepted, vec![money("5000", "JPY")]),
            row(4, "D", OrderStage::Refused, Vec::new()),
        ];
        let rows = sorted(rows, by(OrderColumn::Total, Direction::Descending));
        assert_eq!(sites(&rows), ["B", "A", "C", "D"]);
        let mixed = |number, site, eur: &str, gbp: &str| {
            row(number, site, OrderStage::Accepted, vec![money(eur, "EUR"), money(gbp, "GBP")])
        };
        let rows = vec![
            mixed(5, "E", "57", "1284"),
            row(6, "F", OrderStage::Accepted, vec![money("1200", "GBP")]),
            row(7, "G", OrderStage::Accepted, vec![money("60", "EUR")]),
            mixed(8, "H", "90", "10"),
        ];
        let rows = sorted(rows, by(OrderColumn::Total, Direction::Ascending));
        assert_eq!(sites(&rows), ["G", "F", "E", "H"], "what is in two currencies stands apart");
    }

    #[test]
    fn what_needs_somebody_comes_first_and_equal_rows_keep_their_order() {
        let rows = vec![
            row(1, "A", OrderStage::Accepted, Vec::new()),
            row(2, "B", OrderStage::Refused, Vec::new()),
            row(3, "C", OrderStage::Accepted, Vec::new()),
            row(4, "D", OrderStage::Submitted, Vec::new()),
        ];
        assert_eq!(
            sites(&sorted(rows, by(OrderColumn::State, Direction::Ascending))),
            ["B", "D", "A", "C"]
        );
    }

    #[test]
    fn sums_are_exact_and_one_for_each_currency() {
        let amounts =
            [money("0.10", "USD"), money("0.20", "USD"), money("7", "JPY"), money("0.005", "KWD")];
        let sums = sum_of(&amounts).unwrap();
        assert_eq!(sums, [money("7", "JPY"), money("0.005", "KWD"), money("0.30", "USD")]);
        assert!(sum_of(&[]).unwrap().is_empty());
    }

    #[test]
    fn totals_with_charges_are_those_of_all_purchase_orders() {
        let cut = |total: &str, freight: Option<&str>| PurchaseOrder {
            item_names: BTreeMap::new(),
            number: "PO-1".to_owned(),
            supplier: "S1".parse().unwrap(),
            supplier_name: None,
            delivery_date: "2026-03-02".parse().unwrap(),
            total: money(total, "GBP"),
            charges: freight
                .map(|freight| Charge { reason: None, amount: money(freight, "GBP") })
                .into_iter()
                .collect(),
            lines: [].into(),
        };
        let orders = [cut("377.94", Some("7.50")), cut("391.24", None)];
        assert_eq!(totals_with_charges(&orders), [money("776.68", "GBP")]);
        assert!(totals_with_charges(&orders[1..]).is_empty(), "nothing is added");
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error() {
        let huge =
            Money { amount: rust_decimal::Decimal::MAX, currency: Currency::parse("JPY").unwrap() };
        assert_eq!(sum_of(&[huge, huge]), Err(MoneyError::Overflow));
    }
}
