//! The lines of one order as finance reads them: the request, the locked price, and the amount.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::{ItemId, OrderLineId, SupplierId};
use calloff_core::money::{Money, MoneyError};
use calloff_core::order::LockedPrice;
use calloff_core::unit::Unit;
use calloff_core::wire::OrderDetail;
use rust_decimal::Decimal;

use super::order_rows::sum_of;

/// One ordered line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineView {
    pub id: OrderLineId,
    /// The item that the site asked for.
    pub item: ItemId,
    /// The item's description. `None` if the server sent none.
    pub description: Option<String>,
    /// The quantity asked for and its unit. `None` is the item's orderable unit.
    pub asked: (Decimal, Option<Unit>),
    pub added_by: String,
    /// The day of delivery: the locked day, or the day that procurement chose instead. `None` on a
    /// line without a locked price.
    pub delivery_date: Option<Date>,
    /// The locked price and its names. `None` on a line that no supplier could deliver.
    pub locked: Option<LockedView>,
}

/// The locked price of a line, with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedView {
    pub price: LockedPrice,
    /// The supplier's name from a purchase order. If no purchase order names it, its identifier.
    pub supplier: String,
    /// The name of the substitute. `None` if the line orders the item that was asked for.
    pub substitute: Option<String>,
}

/// The ordered lines. The lines of one supplier and day are together, as on the purchase order.
#[must_use]
pub fn order_lines(detail: &OrderDetail) -> Vec<LineView> {
    let suppliers = supplier_names(detail);
    let described = |item: &ItemId| detail.descriptions.get(item).cloned();
    let mut lines: Vec<LineView> = detail
        .order
        .ordered_lines()
        .map(|(id, line)| LineView {
            delivery_date: line
                .locked
                .as_ref()
                .map(|locked| detail.order.delivery_date(id, locked)),
            id: id.clone(),
            item: line.item.clone(),
            description: described(&line.item),
            asked: (line.quantity.value, line.unit),
            added_by: line.added_by.clone(),
            locked: line.locked.clone().map(|locked| LockedView {
                supplier: suppliers
                    .get(&locked.supplier)
                    .cloned()
                    .unwrap_or_else(|| locked.supplier.to_string()),
                substitute: locked
                    .is_substitute
                    .then(|| described(&locked.item).unwrap_or_else(|| locked.item.to_string())),
                price: locked,
            }),
        })
        .collect();
    lines.sort_by_cached_key(|line| {
        let locked =
            line.locked.as_ref().map(|locked| (locked.supplier.clone(), line.delivery_date));
        (locked, line.description.clone(), line.item.clone())
    });
    lines
}

/// The sums of the locked amounts, one for each currency.
///
/// # Errors
/// A sum does not fit.
pub fn line_totals(lines: &[LineView]) -> Result<Vec<Money>, MoneyError> {
    sum_of(lines.iter().filter_map(|line| line.locked.as_ref()).map(|locked| &locked.price.amount))
}

/// The deliveries that procurement moved to another day: the supplier's name, the locked day and
/// the new day.
#[must_use]
pub fn moved_deliveries(detail: &OrderDetail) -> Vec<(String, Date, Date)> {
    let names = supplier_names(detail);
    let named = |(supplier, from, to): (SupplierId, Date, Date)| {
        (names.get(&supplier).cloned().unwrap_or_else(|| supplier.to_string()), from, to)
    };
    detail.order.moved_deliveries().into_iter().map(named).collect()
}

fn supplier_names(detail: &OrderDetail) -> BTreeMap<SupplierId, String> {
    let orders = detail.order.server.purchase_orders.iter();
    let cut =
        orders.filter_map(|order| Some((order.supplier.clone(), order.supplier_name.clone()?)));
    detail.suppliers.clone().into_iter().chain(cut).collect()
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::{DeviceId, DocumentId, IntentId};
    use calloff_core::money::Currency;
    use calloff_core::order::exception::DecisionVerdict;
    use calloff_core::order::{
        Decision, OrderLine, OrderStage, OrderState, PurchaseOrder, Register, ServerFacts,
        ServerStatus, Submission,
    };
    use calloff_core::quantity::Quantity;
    use calloff_core::wire::OrderRow;

    use super::*;

    fn usd(amount: &str) -> Money {
        Money { amount: amount.parse().unwrap(), currency: Currency::parse("USD").unwrap() }
    }

    fn locked(supplier: &str, item: &str, amount: &str, is_substitute: bool) -> LockedPrice {
        LockedPrice {
            release: 3,
            contract: "C1".parse().unwrap(),
            version: 2,
            line: "L1".parse().unwrap(),
            supplier: supplier.parse().unwrap(),
            item: item.parse().unwrap(),
            is_substitute,
            tier: 0,
            unit_price: "1".parse().unwrap(),
            base_quantity: Decimal::ONE,
            quantity: Quantity::new(Decimal::TWO, Unit::parse("XCS").unwrap()),
            amount: usd(amount),
            delivery_date: "2026-03-02".parse().unwrap(),
            order_date: "2026-03-01".parse().unwrap(),
            order_time: None,
            requested_delivery_date: None,
            resolved_at: 0,
        }
    }

    fn line(item: &str, quantity: u32, locked: Option<LockedPrice>) -> OrderLine {
        OrderLine {
            item: item.parse().unwrap(),
            quantity: Register::settled(quantity.into()),
            unit: None,
            added_by: "Ana".to_owned(),
            added_at: 0,
            locked,
        }
    }

    fn detail(lines: Vec<(&str, OrderLine)>) -> OrderDetail {
        let document = DocumentId::mint(0, [0; 10]);
        let lines: BTreeMap<OrderLineId, OrderLine> =
            lines.into_iter().map(|(id, line)| (id.parse().unwrap(), line)).collect();
        let purchase_order = PurchaseOrder {
            item_names: BTreeMap::new(),
            number: "PO-1".to_owned(),
            supplier: "S1".parse().unwrap(),
            supplier_name: Some("Adler Foods".to_owned()),
            delivery_date: "2026-03-02".parse().unwrap(),
            total: usd("3.30"),
            charges: Vec::new(),
            lines: lines.keys().cloned().collect(),
        };
        OrderDetail {
            created_local: None,
            answered_local: None,
            decided_local: None,
            row: OrderRow {
                document,
                site: "N1".parse().unwrap(),
                site_name: "North".to_owned(),
                stage: OrderStage::Accepted,
                submitted_by: "Ana".to_owned(),
                submitted_at: 0,
                device: DeviceId::mint(0, [1; 10]),
                device_name: "Counter".to_owned(),
                received_at: 0,
                release: Some(3),
                lines: 2,
                suppliers: vec!["Adler Foods".to_owned()],
                totals: vec![usd("3.30")],
                locked: Vec::new(),
                is_honoured: false,
                received_on: "2026-03-02".parse().unwrap(),
                received_local: None,
                submitted_local: None,
                time_zone: "Europe/London".to_owned(),
                unknown_names: Vec::new(),
            },
            order: OrderState {
                document,
                site: "N1".parse().unwrap(),
                created_by: "Ana".to_owned(),
                created_at: 0,
                lines,
                note: Register::default(),
                name: Register::default(),
                holder: Register::default(),
                discarded: None,
                submitted: None,
                server: ServerFacts {
                    progress: Default::default(),
                    purchase_orders: vec![purchase_order],
                    ..ServerFacts::default()
                },
            },
            descriptions: [("I1", "Rice"), ("I9", "Brown rice")]
                .map(|(item, name)| (item.parse().unwrap(), name.to_owned()))
                .into(),
            suppliers: BTreeMap::new(),
            excesses: Vec::new(),
            to_decide: Vec::new(),
        }
    }

    #[test]
    fn amounts_of_the_lines_add_up_to_the_cent() {
        let detail = detail(vec![
            ("a", line("I1", 2, Some(locked("S1", "I1", "1.10", false)))),
            ("b", line("I2", 2, Some(locked("S1", "I2", "2.20", false)))),
        ]);
        assert_eq!(line_totals(&order_lines(&detail)), Ok(vec![usd("3.30")]));
    }

    #[test]
    fn a_delivery_that_procurement_moved_has_the_day_as_sent_and_the_new_day() {
        let mut detail =
            detail(vec![("a", line("I1", 2, Some(locked("S1", "I1", "1.10", false))))]);
        let submission = IntentId::mint(0, [0; 10]);
        detail.order.submitted = Some(Submission {
            id: submission,
            by: "Ana".to_owned(),
            at: 0,
            device: DeviceId::mint(0, [1; 10]),
        });
        detail.order.server.status = Some(ServerStatus::Accepted { at: 1 });
        let (sent_for, new_day) = ("2026-03-02".parse().unwrap(), "2026-03-24".parse().unwrap());
        detail.order.server.decision = Some(Decision {
            submission,
            verdict: DecisionVerdict::Honour,
            why: "the site was offline".to_owned(),
            by: "Eva".to_owned(),
            at: 1,
            exceptions: Vec::new(),
            new_days: BTreeMap::from([("a".parse().unwrap(), new_day)]),
        });
        let lines = order_lines(&detail);
        let locked = lines[0].locked.as_ref().unwrap();
        assert_eq!((locked.price.delivery_date, lines[0].delivery_date), (sent_for, Some(new_day)));
        assert_eq!(moved_deliveries(&detail), [("Adler Foods".to_owned(), sent_for, new_day)]);
    }

    #[test]
    fn removed_lines_are_not_shown_and_unsourced_ones_have_no_locked_price() {
        let detail = detail(vec![("a", line("I1", 0, None)), ("b", line("I2", 1, None))]);
        let lines = order_lines(&detail);
        assert_eq!(lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!((&lines[0].description, &lines[0].locked), (&None, &None));
        assert_eq!(line_totals(&lines), Ok(Vec::new()));
    }

    #[test]
    fn a_supplier_is_called_as_on_its_purchase_order_and_a_substitute_is_named() {
        let detail = detail(vec![
            ("a", line("I1", 1, Some(locked("S1", "I9", "1.00", true)))),
            ("b", line("I2", 1, Some(locked("S2", "I2", "1.00", false)))),
        ]);
        let lines = order_lines(&detail);
        let locked = |at: usize| lines[at].locked.as_ref().unwrap();
        assert_eq!(
            (locked(0).supplier.as_str(), locked(0).substitute.as_deref()),
            ("Adler Foods", Some("Brown rice"))
        );
        assert_eq!((locked(1).supplier.as_str(), locked(1).substitute.as_deref()), ("S2", None));
    }
}
