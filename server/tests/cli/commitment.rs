use calloff_core::contract::{Commitment, Measure, Strength};
use calloff_core::sample::builder::{day, decimal};
use calloff_core::sample::{DEMO_SEED, organisation};

use super::harness::{Desk, row};

const ITEM: &str = "00001-0001-01";

#[test]
fn without_commitments_there_is_nothing_to_list_nor_to_allot() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "first"]).ok();
    assert_eq!(desk.calloff(&["commitment", "list"]).ok(), "no contract has a commitment\n");
    let allot = ["commitment", "allot", "--contract", "C1", "--site", "436", "--amount", "5"];
    let said = desk.calloff(&allot).fails();
    assert!(said.contains("contract C1 has no hard maximum"), "{said}");
}

#[test]
fn a_sites_part_of_a_hard_maximum_is_set_within_the_whole_and_written_down() {
    let mut content = organisation(DEMO_SEED, day("2026-02-28"));
    let cap = Commitment { measure: Measure::Value(decimal("1000")), strength: Strength::Hard };
    let contract = &mut content.contracts[0];
    contract.terms.maximum_commitment = Some(cap);
    let contract = contract.id.to_string();
    let site =
        content.locations.iter().find(|location| location.site.is_some()).unwrap().id.to_string();
    let desk = Desk::with(&content);
    let allot = |amount| {
        ["commitment", "allot", "--contract", &contract, "--site", &site, "--amount", amount]
    };
    assert!(desk.calloff(&allot("1001")).fails().contains("from 0 to the whole maximum"));
    assert!(desk.calloff(&allot("250.0")).ok().contains("after the next publication"));
    let log = desk.calloff(&["audit", "list", "--json"]).json();
    assert_eq!(log.as_array().unwrap().len(), 1, "what failed is not there");
    let entry = &log[0];
    assert_eq!(
        (entry["act"].as_str(), entry["target"].as_str()),
        (Some("allotment_planned"), Some(contract.as_str()))
    );
    assert_eq!(
        (entry["location"].as_str(), entry["detail"]["amount"].as_str()),
        (Some(site.as_str()), Some("250"))
    );
}
