//! Contracts as text: an export can be imported again, byte for byte.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::release::ChunkRef;
use calloff_core::contract::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue, Commitment,
    DeliverySchedule, DeliveryTerms, Incoterm, InvoiceMatch, InvoiceTolerance, Measure,
    PaymentTerms, SettlementDiscount, Strength, Terms,
};
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder::{day, decimal, percentage};
use calloff_core::sample::{DEMO_SEED, organisation};
use calloff_core::unit::Unit;
use calloff_server::publishing::signing_key;
use calloff_server::storage::ServerStore;

use super::harness::{Desk, block_on, text};

const TODAY: &str = "2026-02-28";

/// Every term that exists.
fn every_term(unit: Unit) -> Terms {
    let charge = |kind, value, per| AllowanceCharge {
        kind,
        reason_code: Some("FC".into()),
        reason: Some("Freight & \"packing\"".into()),
        value,
        per,
    };
    Terms {
        payment: Some(PaymentTerms {
            net_days: 30,
            settlement_discount: Some(SettlementDiscount {
                percentage: percentage("2.50"),
                within_days: 10,
            }),
        }),
        delivery: Some(DeliveryTerms { incoterm: Incoterm::Dap, place: "Gullmarsh".into() }),
        delivery_schedule: Some(DeliverySchedule {
            weekdays: vec![1, 2, 3, 4, 5],
            cut_off: Some("14:30:00".parse().unwrap()),
            holidays: BTreeMap::from([
                (day("2026-12-25"), Some(day("2026-12-24"))),
                (day("2027-01-01"), None),
            ]),
        }),
        lead_time_days: Some(2),
        minimum_order_value: Some(decimal("25.00")),
        allowance_charges: Some(vec![
            charge(
                AllowanceChargeKind::Charge,
                AllowanceChargeValue::Amount(decimal("4.90")),
                AllowanceChargeBasis::Order,
            ),
            charge(
                AllowanceChargeKind::Allowance,
                AllowanceChargeValue::Percentage(percentage("1.125")),
                AllowanceChargeBasis::Line,
            ),
        ]),
        invoice_tolerance: Some(InvoiceTolerance {
            percentage: Some(percentage("0.5")),
            amount: Some(decimal("10")),
        }),
        invoice_match: Some(InvoiceMatch::ThreeWay),
        minimum_commitment: Some(Commitment {
            measure: Measure::Value(decimal("1000")),
            strength: Strength::Soft,
        }),
        maximum_commitment: Some(Commitment {
            measure: Measure::Quantity(Quantity::new(decimal("90000.5"), unit)),
            strength: Strength::Soft,
        }),
        offline_grace_days: Some(3),
    }
}

/// A desk with the demo organisation in its store.
fn with_demo(today: Date) -> Desk {
    let mut content = organisation(DEMO_SEED, today);
    let last = content.contracts.len() - 1;
    let item = &content.contracts[last].lines[0].item;
    let terms = every_term(content.items.iter().find(|found| found.id == *item).unwrap().base_unit);
    content.contracts[last].lines[0].terms = Some(Box::new(terms.clone()));
    content.contracts[0].terms =
        Terms { maximum_commitment: None, delivery_schedule: None, lead_time_days: None, ..terms };
    Desk::with(&content)
}

/// The chunks of the last release.
fn chunks(desk: &Desk) -> Vec<ChunkRef> {
    let data = desk.path("data");
    let key = signing_key::load_or_create(&data).unwrap().verifying_key();
    let releases =
        block_on(async { ServerStore::open(&data).await.unwrap().releases().await.unwrap() });
    releases[0].signed.verify(&key).unwrap().chunks
}

fn publish(desk: &Desk, effective: &str) {
    desk.calloff(&["draft", "show", "--all"]).ok();
    desk.calloff(&[
        "publish",
        "--reason",
        "all",
        "--effective",
        effective,
        "--settle-ties",
        "contract-number",
    ])
    .ok();
}

/// Copies the contracts of a published desk to an empty desk. The text and the release must be the
/// same there.
fn is_the_same_elsewhere(desk: &Desk, effective: &str) -> String {
    let exported = desk.calloff(&["export", "contracts"]).ok();
    let elsewhere = Desk::new();
    let file = elsewhere.file("contracts.json", &exported);
    let said = elsewhere.calloff(&["import", "contracts", text(&file)]).ok();
    assert!(said.contains("Publish it with"), "{said}");
    publish(&elsewhere, effective);
    let again = elsewhere.path("again.json");
    elsewhere.calloff(&["export", "contracts", "--out", text(&again)]).ok();
    assert!(std::fs::read_to_string(again).unwrap() == exported, "the text is another one");
    assert_eq!(chunks(&elsewhere), chunks(desk));
    let said = elsewhere.calloff(&["import", "contracts", text(&file)]).ok();
    assert!(said.ends_with("Nothing changed.\n"), "{said}");
    exported
}

#[test]
fn the_demo_organisation_comes_back_byte_for_byte() {
    let desk = with_demo(day(TODAY));
    publish(&desk, TODAY);
    let exported = is_the_same_elsewhere(&desk, TODAY);
    for term in [
        "settlement_discount",
        "\"DAP\"",
        "2027-01-01\": null",
        "three_way",
        "\"1.125\"",
        "offline_grace_days",
    ] {
        assert!(exported.contains(term), "{term}");
    }
}

#[test]
#[ignore = "needs the real data"]
fn the_real_list_comes_back_byte_for_byte() {
    let (desk, ..) = super::real_list::imported();
    publish(&desk, "2025-02-15");
    is_the_same_elsewhere(&desk, "2025-02-15");
}

#[test]
fn a_file_with_problems_changes_nothing_and_all_are_named() {
    let desk = Desk::new();
    let file = desk.file(
        "contracts.json",
        "{\"format\": \"calloff-contracts/1\",\n \"suppliers\": [\n  {\"id\": \"A\", \"name\": \"Acme\"},\n  {\"id\": \"B\", \"nmae\": \"Bolt\"}\n ],\n \
         \"exchange_rates\": {\"comparison_currency\": \"EUR\", \"rates\": {\"USD\": 0.92}}\n}\n",
    );
    let said = desk.calloff(&["import", "contracts", text(&file)]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 3, "{said:?}");
    assert!(
        lines[0].starts_with("line 4, column 3: suppliers[1]: the field \"name\" is missing"),
        "{said:?}"
    );
    assert!(
        lines[1].starts_with("line 4, column 23: suppliers[1].nmae: there is no such field"),
        "{said:?}"
    );
    assert!(
        lines[2].contains("exchange_rates.rates.USD: 0.92 is a number: write it in quotes"),
        "{said:?}"
    );
    assert!(said.fails().contains("3 problems were found, and nothing was imported"));
    assert!(desk.calloff(&["export", "contracts"]).fails().contains("nothing to export"));

    let newer = desk.file("newer.json", r#"{"format": "calloff-contracts/9"}"#);
    let said = desk.calloff(&["import", "contracts", text(&newer), "--json"]);
    let problems: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(problems["problems"][0]["path"], "format");
    assert_eq!(problems["problems"][0]["column"], 12);
}

/// Runs the example of docs/contracts.md as the page describes it.
#[test]
fn the_example_of_the_documentation_is_imported_published_and_amended() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contracts.md");
    let page = std::fs::read_to_string(page).unwrap();
    let examples: Vec<&str> =
        page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2, "a file and an amendment");
    let desk = Desk::new();
    let import = |name: &str, content: &str| {
        let file = desk.file(name, content);
        desk.calloff(&["import", "contracts", text(&file)]).ok()
    };
    assert!(import("example.json", examples[0]).contains("Contract versions: 1 new."));
    desk.calloff(&["publish", "--reason", "first", "--effective", "2026-01-01"]).ok();
    let said = import("amendment.json", examples[1]);
    assert!(said.contains("Contract versions: 1 amendment."), "{said}");
    desk.calloff(&["publish", "--reason", "summer", "--effective", "2026-05-20"]).ok();
    for (date, price) in [("2026-06-30", "at 18.40 EUR"), ("2026-07-01", "at 19.10 EUR")] {
        let ask = [
            "resolve",
            "--item",
            "milk-1l",
            "--quantity",
            "2",
            "--site",
            "school-1",
            "--date",
            date,
        ];
        let said = desk.calloff(&ask).ok();
        assert!(said.lines().nth(1).is_some_and(|answer| answer.contains(price)), "{date}: {said}");
    }
}

#[test]
fn the_schema_is_written_on_demand() {
    let desk = Desk::new();
    let schema = desk.calloff(&["export", "schema"]).json();
    assert_eq!(schema["properties"]["contracts"]["items"]["$ref"], "#/$defs/Contract");
    assert_eq!(schema["$defs"]["PriceTier"]["properties"]["threshold"]["type"], "string");
}

#[test]
fn a_file_of_contracts_puts_no_other_node_above_the_root() {
    let desk = Desk::with_sites();
    let root = "VA";
    let file = format!(
        r#"{{"format": "calloff-contracts/1",
            "locations": [{{"id": "holding", "name": "Holding"}},
                          {{"id": "{root}", "name": "VA", "parent": "holding"}}]}}"#
    );
    let said = desk.calloff(&["import", "contracts", text(&desk.file("above.json", file))]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("VA is the root of the tree"), "{said:?}");
    desk.calloff(&["user", "add", "ada", "--role", "admin@VA", "--no-password"]).ok();
}
