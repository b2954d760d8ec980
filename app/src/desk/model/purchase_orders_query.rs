//! The filter and the sorting of the table of purchase orders, as its address holds them.

use calloff_core::order::PurchaseOrderState;
use calloff_core::wire::PurchaseOrderFilter;

use super::address;
use super::purchase_order_rows::PurchaseOrderColumn;
use crate::api::purchase_order_filter_pairs;
use crate::components::{Direction, Sort};

/// The filter and the sorting of the table of purchase orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrdersQuery {
    pub filter: PurchaseOrderFilter,
    pub sort: Sort<PurchaseOrderColumn>,
}

impl Default for PurchaseOrdersQuery {
    /// All purchase orders, the latest delivery first.
    fn default() -> Self {
        let sort = Sort { column: PurchaseOrderColumn::Delivery, direction: Direction::Descending };
        Self { filter: PurchaseOrderFilter::default(), sort }
    }
}

impl PurchaseOrdersQuery {
    /// Reads the query of an address, with or without its question mark. A part that cannot be read
    /// is left out, and the screen shows the filter that was read.
    #[must_use]
    pub fn parse(search: &str) -> Self {
        let values = address::values(search);
        let filter = PurchaseOrderFilter {
            site: values.get("site").and_then(|site| site.parse().ok()),
            supplier: values.get("supplier").and_then(|supplier| supplier.parse().ok()),
            state: values.get("state").and_then(|state| PurchaseOrderState::named(state)),
            from: values.get("from").and_then(|day| day.parse().ok()),
            to: values.get("to").and_then(|day| day.parse().ok()),
            number: values.get("number").and_then(|number| address::typed_text(number)),
        };
        let sort = address::sort(&values, |name| {
            PurchaseOrderColumn::ALL.into_iter().find(|column| column.name() == name)
        });
        Self { filter, sort: sort.unwrap_or(Self::default().sort) }
    }

    /// The query of an address, with its question mark. Empty for the default filter and sorting.
    #[must_use]
    pub fn to_search(&self) -> String {
        let mut pairs = purchase_order_filter_pairs(&self.filter);
        if self.sort != Self::default().sort {
            pairs.push(address::sort_pair(self.sort, self.sort.column.name()));
        }
        address::search(&pairs)
    }

    /// Whether the filter may leave out purchase orders.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.filter != PurchaseOrderFilter::default()
    }

    /// This query with a changed filter.
    #[must_use]
    pub fn with_filter(mut self, change: impl FnOnce(&mut PurchaseOrderFilter)) -> Self {
        change(&mut self.filter);
        self
    }

    /// Of the purchase orders of this query, in any state, those that a person must send.
    #[must_use]
    pub fn by_hand(self) -> Self {
        self.with_filter(|filter| filter.state = Some(PurchaseOrderState::NeedsPerson))
    }

    /// This query after a press on a column's header. The first press sorts in the column's first
    /// direction, and the next one turns it around.
    #[must_use]
    pub fn sorted_by(mut self, column: PurchaseOrderColumn) -> Self {
        self.sort = self.sort.pressed_from(column, column.first_direction());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_says_is_read_back_whatever_it_holds() {
        let filter = PurchaseOrderFilter {
            site: "Ä & B=1/2 100%".parse().ok(),
            supplier: "S+1?#".parse().ok(),
            state: Some(PurchaseOrderState::Uncertain),
            from: "2026-01-31".parse().ok(),
            to: "2026-02-28".parse().ok(),
            number: Some("PO 1&2=+/".to_owned()),
        };
        assert!(filter.site.is_some() && filter.supplier.is_some());
        assert!(filter.from.is_some() && filter.to.is_some());
        for column in PurchaseOrderColumn::ALL {
            for direction in [Direction::Ascending, Direction::Descending] {
                let sort = Sort { column, direction };
                let query = PurchaseOrdersQuery { filter: filter.clone(), sort };
                assert_eq!(PurchaseOrdersQuery::parse(&query.to_search()), query);
            }
        }
        for state in PurchaseOrderState::ALL {
            let query = PurchaseOrdersQuery::default().with_filter(|f| f.state = Some(state));
            assert_eq!(PurchaseOrdersQuery::parse(&query.to_search()), query);
        }
    }

    #[test]
    fn nothing_filtered_is_a_bare_address_and_what_cannot_be_read_is_left_out() {
        assert_eq!(PurchaseOrdersQuery::default().to_search(), "");
        let read = PurchaseOrdersQuery::parse("?state=lost&number=%20&from=soon&sort=-x&y=1");
        assert_eq!(read, PurchaseOrdersQuery::default());
        assert!(!read.is_filtered());
    }

    #[test]
    fn the_orders_to_send_by_hand_keep_the_other_filters() {
        let query = PurchaseOrdersQuery::parse("?supplier=S1&state=sent").by_hand();
        assert_eq!(query.to_search(), "?supplier=S1&state=needs_person");
    }
}
