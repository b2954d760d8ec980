//! Plain functions that make the parts of a catalogue from literals. Each gives the simplest part
//! that can be published. Struct update syntax changes the rest.
//! ```
//! use calloff_core::contract::CatalogueLine;
//! use calloff_core::sample::builder::{contract, decimal, line};
//!
//! let flour = CatalogueLine { minimum_order_quantity: Some(decimal("4")), ..line("10", "flour", "9.80") };
//! let contract = contract("FA-1", "mill", "org", vec![flour]);
//! assert_eq!(contract.lines[0].tiers[0].price.amount, decimal("9.80"));
//! ```
//!
//! We write the literals, so a wrong literal panics and names itself. Never use these functions for
//! data from a person or a file.

use std::fmt::Debug;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::calendar::{Date, Validity};
use crate::catalogue::{CatalogueContent, ExchangeRates, TieDecision};
use crate::contract::{
    CatalogueLine, Contract, ContractStatus, Percentage, Preference, PriceDateBasis, PriceTier,
    Scope, SourcingRule, Subject, Terms,
};
use crate::item::Item;
use crate::location::{Location, Site};
use crate::money::{Currency, Price};
use crate::quantity::Quantity;
use crate::supplier::{OrderChannel, Supplier};
use crate::unit::Unit;

/// An identifier of the type that the caller needs.
///
/// # Panics
/// The literal is not an identifier.
#[must_use]
pub fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is no identifier: {error:?}"))
}

/// An exact decimal.
///
/// # Panics
/// The literal is not a decimal.
#[must_use]
pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is no decimal: {error}"))
}

/// A percentage from 0 to 100.
///
/// # Panics
/// The literal is not a percentage from 0 to 100.
#[must_use]
pub fn percentage(text: &str) -> Percentage {
    Percentage::try_from(decimal(text)).unwrap_or_else(|error| panic!("{error}"))
}

/// A date, as `2025-06-01`.
///
/// # Panics
/// The literal is not a date.
#[must_use]
pub fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is no date: {error}"))
}

/// A unit, by its code.
///
/// # Panics
/// The literal is not the code of a unit.
#[must_use]
pub fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap_or_else(|error| panic!("{error}"))
}

/// A currency, by its code.
///
/// # Panics
/// The literal is not the code of a currency.
#[must_use]
pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap_or_else(|error| panic!("{error}"))
}

/// A validity from a day on, without an end.
#[must_use]
pub fn from(start: &str) -> Validity {
    Validity::new(day(start), None)
}

/// A validity from one day to another, both included.
#[must_use]
pub fn between(start: &str, end: &str) -> Validity {
    Validity::new(day(start), Some(day(end)))
}

/// A node of the location tree that is not a site. Without a parent it is the organisation.
#[must_use]
pub fn node(node: &str, parent: Option<&str>) -> Location {
    Location { id: id(node), parent: parent.map(id), name: node.to_owned(), site: None }
}

/// A site, in Amsterdam's time zone, with euros.
#[must_use]
pub fn site(name: &str, parent: &str) -> Location {
    let site = Site {
        time_zone: "Europe/Amsterdam".to_owned(),
        currency: currency("EUR"),
        gln: None,
        address: Vec::new(),
        delivery_instructions: None,
    };
    Location { site: Some(site), ..node(name, Some(parent)) }
}

/// A supplier to which a person sends the orders.
#[must_use]
pub fn supplier(name: &str) -> Supplier {
    Supplier {
        id: id(name),
        name: name.to_owned(),
        order_channel: OrderChannel::Manual,
        currency: None,
    }
}

/// An item that is counted in pieces.
#[must_use]
pub fn item(name: &str) -> Item {
    Item {
        id: id(name),
        description: name.to_owned(),
        brand_name: None,
        base_unit: Unit::EACH,
        category: None,
        gtins: Vec::new(),
        substitutes: Vec::new(),
    }
}

/// A published contract in euros, from 2025-01-01 without an end, for a node and everything below
/// it.
#[must_use]
pub fn contract(number: &str, supplier: &str, node: &str, lines: Vec<CatalogueLine>) -> Contract {
    Contract {
        id: id(number),
        version: 1,
        supplier: id(supplier),
        title: format!("{supplier} for {node}"),
        owner: Some(id("owner")),
        status: ContractStatus::Published,
        validity: from("2025-01-01"),
        price_date_basis: PriceDateBasis::OrderDate,
        currency: currency("EUR"),
        scope: Scope::of(id(node)),
        priority: None,
        terms: Terms::default(),
        amendment: None,
        lines,
    }
}

/// A line that sells an item by the piece, at one price.
#[must_use]
pub fn line(number: &str, item: &str, price: &str) -> CatalogueLine {
    packed_line(number, item, "EA", "1", vec![tier("1", price, "EA")])
}

/// A line that sells an item in a unit with this content, in the item's base unit.
#[must_use]
pub fn packed_line(
    number: &str,
    item: &str,
    orderable_unit: &str,
    content: &str,
    tiers: Vec<PriceTier>,
) -> CatalogueLine {
    CatalogueLine {
        id: id(number),
        item: id(item),
        supplier_item_number: None,
        package_description: None,
        orderable_unit: unit(orderable_unit),
        content: decimal(content),
        tiers,
        validity: None,
        minimum_order_quantity: None,
        maximum_order_quantity: None,
        order_quantity_increment: None,
        divisible: None,
        terms: None,
        territory: None,
        replaces: None,
    }
}

/// Terms with only a lead time in days.
#[must_use]
pub fn lead_time(days: u16) -> Terms {
    Terms { lead_time_days: Some(days), ..Terms::default() }
}

/// A tier from `threshold` orderable units on, with a price for one unit.
#[must_use]
pub fn tier(threshold: &str, price: &str, per: &str) -> PriceTier {
    tier_per(threshold, price, "1", per)
}

/// A tier from `threshold` orderable units on, with a price for several units: "12.40 per 100 EA".
#[must_use]
pub fn tier_per(threshold: &str, price: &str, base_quantity: &str, per: &str) -> PriceTier {
    let base_quantity = Quantity::new(decimal(base_quantity), unit(per));
    PriceTier {
        threshold: decimal(threshold),
        price: Price { amount: decimal(price), base_quantity },
        validity: None,
    }
}

/// A sourcing rule for a supplier and an item, at a node and everything below it, from 2025-01-01
/// on.
#[must_use]
pub fn sourcing_rule(
    item: &str,
    supplier: &str,
    node: &str,
    preference: Preference,
) -> SourcingRule {
    SourcingRule {
        subject: Subject::Item(id(item)),
        supplier: id(supplier),
        location: id(node),
        validity: from("2025-01-01"),
        preference,
    }
}

/// A person's decision that one contract wins ties against another.
#[must_use]
pub fn tie_decision(winner: &str, loser: &str) -> TieDecision {
    TieDecision {
        winner: id(winner),
        loser: id(loser),
        decided_by: id("owner"),
        reason: "decided at the tender board".to_owned(),
    }
}

/// A catalogue with sites `site-1` and `site-2` below the organisation `org`, in euros, and with
/// the items and suppliers that the contracts name.
#[must_use]
pub fn catalogue(contracts: Vec<Contract>) -> CatalogueContent {
    let mut suppliers: Vec<Supplier> =
        contracts.iter().map(|contract| supplier(contract.supplier.as_str())).collect();
    suppliers.sort_by(|a, b| a.id.cmp(&b.id));
    suppliers.dedup();
    let lines = contracts.iter().flat_map(|contract| &contract.lines);
    let mut items: Vec<Item> = lines.map(|line| item(line.item.as_str())).collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    items.dedup();
    CatalogueContent {
        locations: vec![node("org", None), site("site-1", "org"), site("site-2", "org")],
        suppliers,
        items,
        contracts,
        sourcing_rules: Vec::new(),
        exchange_rates: ExchangeRates::single(currency("EUR")),
        tie_decisions: Vec::new(),
        allotments: Vec::new(),
        time_zones: Default::default(),
    }
}
