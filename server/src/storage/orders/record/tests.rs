use calloff_core::ids::{DeviceId, IntentId};
use calloff_core::order::exception::{Decision, DecisionVerdict};
use calloff_core::order::{OrderLine, Register, ServerFacts, ServerStatus};
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder::{currency, day, decimal, id, unit};
use calloff_core::wire::OrderFilter;

use super::super::{OrderQuery, Visible};
use super::*;
use crate::storage::{ServerStore, WriteTransaction};

fn euros(amount: &str) -> Money {
    Money { amount: decimal(amount), currency: currency("EUR") }
}

fn line(item: &str, amount: &str) -> OrderLine {
    let locked = LockedPrice {
        release: 3,
        contract: id("FA-1"),
        version: 1,
        line: id("10"),
        supplier: id("mill"),
        item: id(item),
        is_substitute: false,
        tier: 0,
        unit_price: decimal(amount),
        base_quantity: decimal("1"),
        quantity: Quantity { value: decimal("1"), unit: unit("EA") },
        amount: euros(amount),
        delivery_date: day("2026-03-06"),
        order_date: day("2026-03-02"),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 9,
    };
    OrderLine {
        item: id(item),
        quantity: Register::settled(decimal("1")),
        unit: None,
        added_by: "Ana".to_owned(),
        added_at: 1,
        locked: Some(locked),
    }
}

/// An order of flour and sugar that was sent too late and is on hold.
fn waiting() -> OrderState {
    let submission = IntentId::mint(2, [2; 10]);
    let superseded = calloff_core::order::accept::Reason::ReleaseSuperseded {
        line: id("flour"),
        release: 3,
        superseded_on: day("2026-03-03"),
        grace_days: 7,
    };
    OrderState {
        document: DocumentId::mint(1, [1; 10]),
        site: id("school"),
        created_by: "Ana".to_owned(),
        created_at: 1,
        lines: BTreeMap::from([
            (id("flour"), line("flour", "12.40")),
            (id("sugar"), line("sugar", "0.05")),
        ]),
        note: Register::default(),
        name: Register::default(),
        holder: Register::default(),
        discarded: None,
        submitted: Some(Submission {
            id: submission,
            by: "Ana".to_owned(),
            at: 2,
            device: DeviceId::mint(3, [3; 10]),
        }),
        server: ServerFacts {
            progress: Default::default(),
            status: Some(ServerStatus::OnHold { submission, at: 7, exceptions: vec![superseded] }),
            ..ServerFacts::default()
        },
    }
}

/// The same order, after procurement accepted it with a new delivery date for the flour.
fn honoured() -> OrderState {
    let mut order = waiting();
    let purchase_order = |number: &str, on: &str, total: &str, line: &str| PurchaseOrder {
        number: number.to_owned(),
        supplier: id("mill"),
        supplier_name: Some("Mill".to_owned()),
        delivery_date: day(on),
        total: euros(total),
        lines: vec![id(line)],
        charges: Vec::new(),
        item_names: BTreeMap::new(),
    };
    order.server = ServerFacts {
        progress: Default::default(),
        status: Some(ServerStatus::Accepted { at: 9 }),
        purchase_orders: vec![
            purchase_order("PO-000001", "2026-03-06", "0.05", "sugar"),
            purchase_order("PO-000002", "2026-03-24", "12.40", "flour"),
        ],
        decision: Some(Decision {
            submission: IntentId::mint(2, [2; 10]),
            verdict: DecisionVerdict::Honour,
            why: "the site was offline".to_owned(),
            by: "Pia".to_owned(),
            at: 9,
            exceptions: Vec::new(),
            new_days: BTreeMap::from([(id("flour"), day("2026-03-24"))]),
        }),
    };
    order
}

fn received() -> Received {
    Received {
        at: 7,
        on: day("2026-03-20"),
        time_zone: "Europe/London".to_owned(),
        unknown_names: Vec::new(),
    }
}

/// A store that has the order's document.
async fn store() -> ServerStore {
    let store = ServerStore::in_memory().await.unwrap();
    let mut write = store.write().await.unwrap();
    put_document(&mut write, &waiting()).await;
    write.commit().await.unwrap();
    store
}

async fn put_document(write: &mut WriteTransaction, order: &OrderState) {
    Sql::new(
        "INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at)
         VALUES ($1, 'order', 'school', x'00', '[]', 1, 2)",
    )
    .bind(order.document.to_string())
    .execute(write)
    .await
    .unwrap();
}

fn to_record(order: OrderState) -> ToRecord {
    ToRecord { order, received: received(), is_first: false }
}

/// Records an order. Returns the number of rows that were inserted, updated or deleted.
async fn record(write: &mut WriteTransaction, order: &OrderState) -> i64 {
    let changes = async |write: &mut WriteTransaction| -> i64 {
        Sql::new("SELECT total_changes()").value(write).await.unwrap()
    };
    let before = changes(write).await;
    record_orders(write, &[to_record(order.clone())], &NewlyCut::default()).await.unwrap();
    changes(write).await - before
}

async fn rows(write: &mut WriteTransaction, sql: &'static str) -> Vec<(i64, String)> {
    Sql::new(sql).all(write).await.unwrap()
}

const HEADS: &str = "SELECT rowid, stage FROM order_head";
const PURCHASE_ORDERS: &str = "SELECT rowid, number FROM purchase_order ORDER BY number";
const LINES: &str =
    "SELECT amount, line || ' ' || delivery_date FROM order_line_fact ORDER BY line";

#[tokio::test]
async fn an_order_that_is_recorded_again_keeps_its_rows() {
    let store = store().await;
    let mut write = store.write().await.unwrap();
    assert_eq!(record(&mut write, &waiting()).await, 3, "a head and two lines");
    let heads = rows(&mut write, HEADS).await;
    assert_eq!(heads[0].1, "submitted");
    assert_eq!(record(&mut write, &waiting()).await, 1, "only the head is updated");

    // Procurement accepts the order, and one line gets another delivery date.
    assert_eq!(record(&mut write, &honoured()).await, 1 + 2 + 2, "head, flour, purchase orders");
    assert_eq!(rows(&mut write, HEADS).await, [(heads[0].0, "accepted".to_owned())]);
    let expected = [(1_240, "flour 2026-03-24".to_owned()), (5, "sugar 2026-03-06".to_owned())];
    assert_eq!(rows(&mut write, LINES).await, expected);
    let cut = rows(&mut write, PURCHASE_ORDERS).await;
    assert_eq!(cut.len(), 2);

    // A row that refers to a purchase order stays, and the order can still be recorded again.
    for sql in [
        "CREATE TABLE receipt (purchase_order TEXT NOT NULL REFERENCES purchase_order (number))",
        "INSERT INTO receipt (purchase_order) SELECT number FROM purchase_order",
    ] {
        Sql::new(sql).execute(&mut write).await.unwrap();
    }
    assert_eq!(record(&mut write, &honoured()).await, 1);
    assert_eq!(rows(&mut write, PURCHASE_ORDERS).await, cut);
    write.commit().await.unwrap();
}

#[tokio::test]
async fn lines_that_an_order_no_longer_has_leave_and_a_draft_has_no_rows() {
    let store = store().await;
    let mut write = store.write().await.unwrap();
    let mut order = waiting();
    record(&mut write, &order).await;
    order.lines.remove(&id::<OrderLineId>("sugar"));
    record(&mut write, &order).await;
    assert_eq!(rows(&mut write, LINES).await, [(1_240, "flour 2026-03-06".to_owned())]);
    let submission = order.submitted.as_ref().unwrap().id;
    order.server.status = Some(ServerStatus::Refused { submission, at: 9, reasons: Vec::new() });
    record(&mut write, &order).await;
    assert_eq!(rows(&mut write, LINES).await, [], "nothing of it is ordered");
    assert_eq!(rows(&mut write, HEADS).await[0].1, "refused");
    let mut draft = waiting();
    (draft.document, draft.submitted) = (DocumentId::mint(5, [5; 10]), None);
    draft.server = ServerFacts::default();
    assert_eq!(record(&mut write, &draft).await, 0);
}

#[tokio::test]
async fn a_purchase_order_is_never_deleted_and_its_number_never_given_to_another_order() {
    let store = store().await;
    let mut write = store.write().await.unwrap();
    record(&mut write, &honoured()).await;
    let deleted = Sql::new("DELETE FROM purchase_order").execute(&mut write).await;
    assert!(deleted.unwrap_err().to_string().contains("never deleted"));
    let deleted = Sql::new("DELETE FROM order_head").execute(&mut write).await;
    assert!(deleted.is_err(), "an order does not take its purchase orders with it");
    let mut other = honoured();
    other.document = DocumentId::mint(5, [5; 10]);
    put_document(&mut write, &other).await;
    let recorded = record_orders(&mut write, &[to_record(other)], &NewlyCut::default()).await;
    assert!(matches!(recorded, Err(StorageError::Database(_))), "{recorded:?}");
}

#[tokio::test]
async fn an_amount_that_is_no_whole_number_of_minor_units_is_not_recorded() {
    for amount in ["0.005", "92233720368547758.08"] {
        let store = store().await;
        let mut order = waiting();
        order.lines.insert(id("flour"), line("flour", amount));
        let mut write = store.write().await.unwrap();
        let recorded = record_orders(&mut write, &[to_record(order)], &NewlyCut::default()).await;
        assert!(recorded.unwrap_err().to_string().contains(amount));
    }
}

#[tokio::test]
async fn sums_are_exact_at_the_highest_amounts_and_beyond_64_bits() {
    let store = store().await;
    let mut write = store.write().await.unwrap();
    record(&mut write, &honoured()).await;
    // Orders of a thousand lines at the highest amount of a line, two thirds of them in yen.
    Sql::new(
        "WITH RECURSIVE counted (n) AS
             (SELECT 3 UNION ALL SELECT n + 1 FROM counted WHERE n < 30002)
         INSERT INTO purchase_order
             (number, document, supplier, supplier_name, delivery_date, currency, total)
         SELECT 'PO-' || n, $1, 'mill', 'Mill', '2026-03-06', iif(n % 3 = 0, 'EUR', 'JPY'),
             900000000000000
         FROM counted",
    )
    .bind(honoured().document.to_string())
    .execute(&mut write)
    .await
    .unwrap();
    write.commit().await.unwrap();
    let filter = OrderFilter::default();
    let totals = store.order_totals(OrderQuery { visible: &Visible::All, filter: &filter }).await;
    let expected = ["90000000000000012.45 EUR", "18000000000000000000 JPY"];
    let totals: Vec<_> = totals.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(totals, expected);
    // The sum of 10,000 such orders, with ten million lines, fits 64 bits. The sum of 20,000 does
    // not.
    let mut sums = Vec::new();
    for currency in ["EUR", "JPY"] {
        let sum = Sql::new("SELECT sum(total) FROM purchase_order WHERE currency = $1");
        let sum: Result<i64, _> = sum.bind(currency).value(&mut store.read().await.unwrap()).await;
        sums.push(sum.map_err(|error| error.to_string().contains("integer overflow")));
    }
    assert_eq!(sums, [Ok(9_000_000_000_000_001_245), Err(true)]);
}
