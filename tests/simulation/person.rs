//! The ideas of the person who uses a tablet.

mod settings;

pub use settings::of_settings;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{DocumentId, IntentId, LocationId, OrderLineId};
use calloff_core::order::basket::basket;
use calloff_core::order::{self, OrderState, ResolvedFor};
use calloff_core::sample::Seed;
use calloff_core::sample::builder::id;
use calloff_core::site;
use calloff_core::sync::Replica;
use rust_decimal::Decimal;

use crate::core_office::date;
use crate::tablet::random;

/// An action that a person wants to take.
pub enum Thought {
    Order(DocumentId, order::Command),
    /// A command for the settings of the tablet's site.
    Settings(site::Command),
}

/// An action on an order of the tablet, or on a new one. `release` is the number of the release in
/// `catalogue`. `None` if the person cannot submit the order.
pub fn of_orders(
    replica: &Replica,
    site: &LocationId,
    at: i64,
    (catalogue, release): (&Catalogue, u64),
    seed: &mut Seed,
) -> Option<Thought> {
    let editable: Vec<&OrderState> = replica.orders().filter(|order| order.is_editable()).collect();
    let all: Vec<&OrderState> = replica.orders().collect();
    let kind = seed.between(0, 99);
    if editable.is_empty() || (kind < 6 && editable.len() < 3) {
        let document = DocumentId::mint(at, random(seed));
        return Some(Thought::Order(document, order::Command::CreateOrder { site: site.clone() }));
    }
    // Now and then, a person touches an order that is already frozen, and the rules refuse it.
    let order = if kind == 99 { seed.pick(&all) } else { seed.pick(&editable) };
    let lines: Vec<&OrderLineId> = order.lines.keys().collect();
    let command = match kind {
        ..45 => {
            let line = id(&IntentId::mint(at, random(seed)).to_string());
            let item = id(seed.pick(&["flour", "sugar", "milk", "cups", "gloves"]));
            let quantity = Decimal::from(2 * seed.between(1, 9) + 2);
            order::Command::AddLine { line, item, quantity, unit: None }
        }
        45..72 | 99 if !lines.is_empty() => {
            let conflicted = order.lines.iter().find(|(_, line)| line.quantity.is_conflicted());
            let line = conflicted.map_or_else(|| seed.pick(&lines), |(line, _)| line).clone();
            let quantity = Decimal::from(if seed.percent(15) { 0 } else { 2 * seed.between(2, 9) });
            order::Command::SetQuantity { line, quantity }
        }
        72..75 => order::Command::SetNote {
            note: seed.pick(&["", "ring twice", "to the back door"]).to_owned(),
        },
        75..77 => {
            order::Command::SetName { name: seed.pick(&["", "Friday", "for the party"]).to_owned() }
        }
        77..79 => order::Command::HandOver { to: seed.pick(&["Ana", "Ben"]).to_owned() },
        79..83 => order::Command::KeepOrder { keep: order.is_discarded() },
        _ => {
            let (order_date, requested_delivery_date) = (date(at), None);
            let resolved = ResolvedFor {
                release,
                order_date,
                order_time: None,
                requested_delivery_date,
                resolved_at: at,
            };
            order::Command::Submit {
                locked_prices: basket(order, catalogue, resolved).locked_prices()?,
            }
        }
    };
    Some(Thought::Order(order.document, command))
}
