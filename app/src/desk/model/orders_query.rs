//! The filter and the sorting of the order table, as its address holds them. Two people at the same
//! address see the same table.

use calloff_core::order::OrderStage;
use calloff_core::wire::OrderFilter;

use super::address;
use super::order_rows::OrderColumn;
use crate::api::order_filter_pairs;
use crate::components::{Direction, Sort};

/// The filter and the sorting of the order table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersQuery {
    pub filter: OrderFilter,
    pub sort: Sort<OrderColumn>,
}

impl Default for OrdersQuery {
    /// All orders, the latest received first.
    fn default() -> Self {
        let sort = Sort { column: OrderColumn::Received, direction: Direction::Descending };
        Self { filter: OrderFilter::default(), sort }
    }
}

impl OrdersQuery {
    /// Reads the query of an address, with or without its question mark. A part that cannot be read
    /// is left out, and the screen shows the filter that was read.
    #[must_use]
    pub fn parse(search: &str) -> Self {
        let values = address::values(search);
        let filter = OrderFilter {
            site: values.get("site").and_then(|site| site.parse().ok()),
            supplier: values.get("supplier").and_then(|supplier| supplier.parse().ok()),
            from: values.get("from").and_then(|day| day.parse().ok()),
            to: values.get("to").and_then(|day| day.parse().ok()),
            stage: values.get("stage").and_then(|stage| parse_stage(stage)),
        };
        let sort = address::sort(&values, |name| {
            OrderColumn::ALL.into_iter().find(|column| column.name() == name)
        });
        Self { filter, sort: sort.unwrap_or(Self::default().sort) }
    }

    /// The query of an address, with its question mark. Empty for the default filter and sorting.
    #[must_use]
    pub fn to_search(&self) -> String {
        let mut pairs = order_filter_pairs(&self.filter);
        if self.sort != Self::default().sort {
            pairs.push(address::sort_pair(self.sort, self.sort.column.name()));
        }
        address::search(&pairs)
    }

    /// The orders on hold, the oldest first.
    #[must_use]
    pub fn waiting() -> Self {
        let filter = OrderFilter { stage: Some(OrderStage::OnHold), ..OrderFilter::default() };
        Self {
            filter,
            sort: Sort { column: OrderColumn::Received, direction: Direction::Ascending },
        }
    }

    /// Whether the filter may leave out orders.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.filter != OrderFilter::default()
    }

    /// This query with a changed filter.
    #[must_use]
    pub fn with_filter(mut self, change: impl FnOnce(&mut OrderFilter)) -> Self {
        change(&mut self.filter);
        self
    }

    /// This query after a press on a column's header. The first press sorts in the column's first
    /// direction, and the next one turns it around.
    #[must_use]
    pub fn sorted_by(mut self, column: OrderColumn) -> Self {
        self.sort = self.sort.pressed_from(column, column.first_direction());
        self
    }
}

/// The stage of a name in JSON or an address. `None` for another name.
#[must_use]
pub fn parse_stage(name: &str) -> Option<OrderStage> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_says_is_read_back_whatever_the_identifiers_hold() {
        let filter = OrderFilter {
            site: "Ä & B=1/2 100%".parse().ok(),
            supplier: "S+1?#".parse().ok(),
            from: "2026-01-31".parse().ok(),
            to: "2026-02-28".parse().ok(),
            stage: Some(OrderStage::OnHold),
        };
        assert!(
            filter.site.is_some()
                && filter.supplier.is_some()
                && filter.from.is_some()
                && filter.to.is_some()
        );
        for column in OrderColumn::ALL {
            for direction in [Direction::Ascending, Direction::Descending] {
                let query =
                    OrdersQuery { filter: filter.clone(), sort: Sort { column, direction } };
                assert_eq!(OrdersQuery::parse(&query.to_search()), query);
            }
        }
    }

    #[test]
    fn nothing_filtered_is_a_bare_address() {
        assert_eq!(OrdersQuery::default().to_search(), "");
        assert_eq!(OrdersQuery::parse(""), OrdersQuery::default());
        assert!(!OrdersQuery::default().is_filtered());
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let query =
            OrdersQuery::parse("?site=%zz&from=yesterday&to=2026-03-01&sort=-nonsense&more&x=1");
        let expected =
            OrdersQuery::default().with_filter(|filter| filter.to = "2026-03-01".parse().ok());
        assert_eq!(query, expected);
        assert!(query.is_filtered());
    }

    #[test]
    fn a_header_sorts_its_own_way_first_and_turns_round_when_pressed_again() {
        let by_site = OrdersQuery::default().sorted_by(OrderColumn::Site);
        assert_eq!(by_site.sort.direction, Direction::Ascending);
        assert_eq!(
            by_site.clone().sorted_by(OrderColumn::Site).sort.direction,
            Direction::Descending
        );
        assert_eq!(by_site.sorted_by(OrderColumn::Total).sort.direction, Direction::Descending);
    }
}
