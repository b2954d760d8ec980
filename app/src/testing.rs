//! Sample data that tests of several modules share.

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::DocumentId;
use calloff_core::order::{OrderLine, OrderState, Register, ResolvedFor, ServerFacts};
use calloff_core::sample;
use jiff::civil::date;

pub fn catalogue() -> Catalogue {
    Catalogue::build(sample::small()).unwrap()
}

pub fn resolved() -> ResolvedFor {
    ResolvedFor {
        release: 1,
        order_date: date(2026, 6, 1),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 0,
    }
}

fn line(item: &str, quantity: i64) -> OrderLine {
    OrderLine {
        item: item.parse().unwrap(),
        quantity: Register::settled(quantity.into()),
        unit: None,
        added_by: "Ana".into(),
        added_at: 0,
        locked: None,
    }
}

/// An order with a line for each item, in the orderable unit of the item.
pub fn order(number: u8, lines: &[(&str, i64)]) -> OrderState {
    let lines = lines
        .iter()
        .zip(1..)
        .map(|((item, quantity), at)| (format!("l{at}").parse().unwrap(), line(item, *quantity)));
    OrderState {
        document: DocumentId::mint(i64::from(number), [number; 10]),
        site: "school".parse().unwrap(),
        created_by: "Ana".into(),
        created_at: i64::from(number),
        lines: lines.collect(),
        note: Register::settled(String::new()),
        name: Register::default(),
        holder: Register::default(),
        discarded: None,
        submitted: None,
        server: ServerFacts::default(),
    }
}

/// An order of flour.
pub fn draft(number: u8) -> OrderState {
    order(number, &[("flour", 12)])
}
