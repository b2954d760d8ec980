//! Measures how long head office waits for a page of orders with the totals of all orders, among
//! 100,000 orders of 40 suppliers.
//!
//! The rows are those of accepted orders, in a real database file. The documents are empty, because
//! nothing here reads them.
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use calloff_core::calendar::Date;
use calloff_core::ids::{DeviceId, DocumentId, IntentId};
use calloff_core::money::Money;
use calloff_core::order::{
    LockedPrice, OrderLine, OrderState, PurchaseOrder, Register, ServerFacts, ServerStatus,
    Submission,
};
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder::{currency, day, decimal, id, unit};
use calloff_core::wire::{DocumentKind, OrderFilter};
use calloff_server::finance::order_page;
use calloff_server::storage::ServerStore;
use calloff_server::storage::feed::{ChangedDocument, StoredDocument, put_documents};
use calloff_server::storage::orders::{
    NewlyCut, OrderQuery, Received, ToRecord, Visible, record_orders,
};
use rust_decimal::Decimal;

/// The orders of 300 sites in a year.
const ORDERS: u32 = 100_000;

/// The purchase orders of each order. Each has two lines.
const PURCHASE_ORDERS: u32 = 3;

/// The orders on one page at the desk.
const PAGE: u32 = 50;

/// How often each page is read. The median counts.
const TIMES: usize = 15;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = ServerStore::open(folder.path()).await.expect("a store");
    let began = Instant::now();
    fill(&store).await;
    println!("\n{ORDERS} orders written in {:.1} s", began.elapsed().as_secs_f64());
    let all = OrderFilter::default();
    let month =
        OrderFilter { from: Some(day("2026-03-01")), to: Some(day("2026-03-31")), ..all.clone() };
    let supplier = OrderFilter { supplier: Some(id("supplier-7")), ..month.clone() };
    for (what, filter, offset) in [
        ("first page of all orders", &all, 0),
        ("page 1,001 of all orders", &all, 50_000),
        ("first page of a month", &month, 0),
        ("first page of a month and a supplier", &supplier, 0),
    ] {
        let mut took: Vec<Duration> = Vec::with_capacity(TIMES);
        let mut count = 0;
        for _ in 0..TIMES {
            let began = Instant::now();
            let query = OrderQuery { visible: &Visible::All, filter };
            let page = order_page(&store, query, PAGE, offset).await.expect("a page");
            took.push(began.elapsed());
            assert!(!page.totals.is_empty() && !page.orders.is_empty());
            count = page.count;
        }
        took.sort_unstable();
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        println!(
            "{what} ({count} orders): median {:.1} ms, longest {:.1} ms",
            millis(took[TIMES / 2]),
            millis(took[TIMES - 1])
        );
    }
}

async fn fill(store: &ServerStore) {
    let first: Date = day("2026-01-01");
    for numbers in (0..ORDERS).collect::<Vec<_>>().chunks(1_000) {
        let mut write = store.write().await.expect("a transaction");
        let orders: Vec<OrderState> = numbers.iter().map(|number| order(*number)).collect();
        let documents: Vec<_> = orders.iter().map(document).collect();
        put_documents(&mut write, &documents.iter().collect::<Vec<_>>()).await.expect("stored");
        let rows = orders.into_iter().zip(numbers).map(|(order, number)| {
            // 274 orders a day for 365 days.
            let on = (0..number / 274).try_fold(first, |day, _| day.tomorrow()).expect("a day");
            let received = Received {
                at: i64::from(*number) * 1_000,
                on,
                time_zone: "Europe/London".to_owned(),
                unknown_names: Vec::new(),
            };
            ToRecord { order, received, is_first: true }
        });
        record_orders(&mut write, &rows.collect::<Vec<_>>(), &NewlyCut::default())
            .await
            .expect("recorded");
        write.commit().await.expect("committed");
    }
}

fn document(order: &OrderState) -> ChangedDocument {
    let document = StoredDocument {
        id: order.document,
        kind: DocumentKind::Order,
        site: order.site.clone(),
        bytes: Vec::new(),
        heads: Vec::new(),
        memory: 0,
        is_let_go: false,
        is_draft: false,
    };
    ChangedDocument { document, changed_at: 0 }
}

/// A number that looks random and is the same in every run.
fn scattered(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519) >> 8
}

fn order(number: u32) -> OrderState {
    let minted = i64::from(number);
    let random = |salt: u32| {
        let mut bytes = [0; 10];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = scattered(number * 16 + salt + u32::try_from(place).expect("small"))
                .to_le_bytes()[0];
        }
        bytes
    };
    let mut lines = BTreeMap::new();
    let mut purchase_orders = Vec::new();
    for place in 0..PURCHASE_ORDERS {
        let random = scattered(number * PURCHASE_ORDERS + place);
        let code = if random.is_multiple_of(5) { "GBP" } else { "EUR" };
        let supplier = format!("supplier-{}", random % 40);
        let mut total = Money::zero(currency(code));
        let mut of_order = Vec::new();
        for line in 0..2 {
            let cents = i64::from(scattered(random + line) % 50_000);
            let amount = Money { amount: Decimal::new(cents, 2), currency: currency(code) };
            total = total.checked_add(&amount).expect("it fits");
            let line = id(&format!("{place}-{line}"));
            of_order.push(Clone::clone(&line));
            lines.insert(line, order_line(&supplier, amount));
        }
        purchase_orders.push(PurchaseOrder {
            number: format!("PO-{:06}", number * PURCHASE_ORDERS + place),
            supplier: id(&supplier),
            supplier_name: Some(format!("{supplier} Ltd")),
            delivery_date: day("2026-03-06"),
            total,
            lines: of_order,
            charges: Vec::new(),
            item_names: BTreeMap::new(),
        });
    }
    OrderState {
        document: DocumentId::mint(minted, random(1)),
        site: id(&format!("site-{}", number % 300)),
        created_by: "Ana".to_owned(),
        created_at: minted,
        lines,
        note: Register::default(),
        name: Register::default(),
        holder: Register::default(),
        discarded: None,
        submitted: Some(Submission {
            id: IntentId::mint(minted, random(2)),
            by: "Ana".to_owned(),
            at: minted,
            device: DeviceId::mint(1, [1; 10]),
        }),
        server: ServerFacts {
            progress: Default::default(),
            status: Some(ServerStatus::Accepted { at: minted }),
            purchase_orders,
            decision: None,
        },
    }
}

fn order_line(supplier: &str, amount: Money) -> OrderLine {
    let locked = LockedPrice {
        release: 1,
        contract: id("FA-1"),
        version: 1,
        line: id("10"),
        supplier: id(supplier),
        item: id("flour"),
        is_substitute: false,
        tier: 0,
        unit_price: amount.amount,
        base_quantity: decimal("1"),
        quantity: Quantity { value: decimal("1"), unit: unit("EA") },
        amount,
        delivery_date: day("2026-03-06"),
        order_date: day("2026-03-02"),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 1,
    };
    OrderLine {
        item: id("flour"),
        quantity: Register::settled(decimal("1")),
        unit: None,
        added_by: "Ana".to_owned(),
        added_at: 1,
        locked: Some(locked),
    }
}
