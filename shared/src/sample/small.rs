//! A catalogue that a reader can remember, for unit tests and documentation.

use std::collections::BTreeMap;

use super::builder::{
    between, contract, currency, decimal, id, item, lead_time, node, packed_line, site,
    sourcing_rule, supplier, tier, tier_per, unit,
};
use crate::catalogue::{CatalogueContent, ExchangeRates};
use crate::contract::{CatalogueLine, Contract, DeliverySchedule, Preference, Scope, Terms};
use crate::item::{Category, Gtin, Item};
use crate::location::{Location, Site};

/// Three sites, three suppliers, six items, four contracts.
///
/// `org` has two regions. The `school` and the `hospital` are on the `coast`. The `hotel` is alone
/// on the `island` and accounts in pounds.
///
/// - The **mill** supplies everyone with flour, sugar and milk (`FA-1`). A sack of flour falls from
///   21.00 to 19.50 at ten sacks.
/// - The **dairy** supplies the coast with milk (`FA-2`), in crates of 20 l. It costs more than the
///   mill's milk but wins on the coast, because its scope is deeper. The hospital has blocked the
///   dairy, and gets the milk of the mill.
/// - The **wholesaler** supplies every site except the hotel with cups, gloves and flour (`FA-3`).
///   Cups have a price per 100 and are sold in cases of 1,000. Gloves are sold from four boxes on,
///   in steps of two. Below ten sacks its flour costs a little less than that of the mill.
/// - The **wholesaler** supplies the hotel with cups in pounds (`FA-4`), during 2026 only.
/// - **Long-life milk** is on no contract. Fresh milk is its approved substitute, but long-life
///   milk is not a substitute of fresh milk.
#[must_use]
pub fn small() -> CatalogueContent {
    CatalogueContent {
        locations: locations(),
        suppliers: ["mill", "dairy", "wholesaler"].map(supplier).to_vec(),
        items: items(),
        contracts: vec![
            mill_for_all(),
            dairy_for_the_coast(),
            wholesaler_but_hotel(),
            wholesaler_for_the_hotel(),
        ],
        sourcing_rules: vec![sourcing_rule("milk", "dairy", "hospital", Preference::Blocked)],
        exchange_rates: ExchangeRates {
            comparison_currency: currency("EUR"),
            rates: BTreeMap::from([(currency("GBP"), decimal("1.16"))]),
        },
        tie_decisions: Vec::new(),
        allotments: Vec::new(),
        time_zones: Default::default(),
    }
}

fn locations() -> Vec<Location> {
    let mut hotel = site("hotel", "island");
    hotel.site = hotel.site.map(|site| Site {
        time_zone: "Europe/London".to_owned(),
        currency: currency("GBP"),
        address: vec!["1 Pier Road".to_owned(), "Gullmarsh".to_owned()],
        ..site
    });
    vec![
        node("org", None),
        node("coast", Some("org")),
        node("island", Some("org")),
        site("school", "coast"),
        site("hospital", "coast"),
        hotel,
    ]
}

fn items() -> Vec<Item> {
    let dairy = Category { scheme: "TST".into(), code: "50131702".into() };
    vec![
        Item { description: "Flour, plain".to_owned(), base_unit: unit("KGM"), ..item("flour") },
        Item {
            description: "Sugar, granulated".to_owned(),
            base_unit: unit("KGM"),
            ..item("sugar")
        },
        Item {
            description: "Milk, semi-skimmed, fresh".to_owned(),
            base_unit: unit("LTR"),
            category: Some(dairy),
            gtins: Gtin::parse("2000000000015").into_iter().collect(),
            ..item("milk")
        },
        Item {
            description: "Milk, semi-skimmed, long-life".to_owned(),
            base_unit: unit("LTR"),
            substitutes: vec![id("milk")],
            ..item("long-life-milk")
        },
        Item { description: "Cups, single wall, 20 cl".to_owned(), ..item("cups") },
        Item { description: "Gloves, nitrile, M".to_owned(), ..item("gloves") },
    ]
}

fn mill_for_all() -> Contract {
    let schedule = DeliverySchedule {
        weekdays: vec![2, 5],
        cut_off: Some(jiff::civil::time(14, 0, 0, 0)),
        holidays: BTreeMap::new(),
    };
    let lines = vec![
        packed_line(
            "10",
            "flour",
            "XBG",
            "25",
            vec![tier("1", "21.00", "XBG"), tier("10", "19.50", "XBG")],
        ),
        packed_line("20", "sugar", "XBG", "10", vec![tier("1", "11.20", "XBG")]),
        packed_line("30", "milk", "XCS", "12", vec![tier("1", "10.80", "XCS")]),
    ];
    let terms = Terms { delivery_schedule: Some(schedule), ..lead_time(2) };
    Contract { terms, ..contract("FA-1", "mill", "org", lines) }
}

fn dairy_for_the_coast() -> Contract {
    let lines = vec![packed_line("10", "milk", "XCR", "20", vec![tier("1", "19.00", "XCR")])];
    Contract { terms: lead_time(1), ..contract("FA-2", "dairy", "coast", lines) }
}

fn wholesaler_but_hotel() -> Contract {
    let cups = packed_line("10", "cups", "XCS", "1000", vec![tier_per("1", "3.40", "100", "EA")]);
    let gloves = CatalogueLine {
        minimum_order_quantity: Some(decimal("4")),
        order_quantity_increment: Some(decimal("2")),
        ..packed_line("20", "gloves", "XBX", "100", vec![tier("1", "6.10", "XBX")])
    };
    let flour = packed_line("30", "flour", "XBG", "25", vec![tier("1", "20.75", "XBG")]);
    Contract {
        scope: Scope { included: vec![id("org")], excluded: vec![id("hotel")] },
        terms: Terms { minimum_order_value: Some(decimal("50")), ..lead_time(3) },
        ..contract("FA-3", "wholesaler", "org", vec![cups, gloves, flour])
    }
}

fn wholesaler_for_the_hotel() -> Contract {
    let cups = packed_line("10", "cups", "XCS", "1000", vec![tier_per("1", "3.10", "100", "EA")]);
    Contract {
        currency: currency("GBP"),
        validity: between("2026-01-01", "2026-12-31"),
        ..contract("FA-4", "wholesaler", "hotel", vec![cups])
    }
}
