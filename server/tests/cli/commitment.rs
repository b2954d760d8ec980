use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{Commitment, Measure, Scope, Strength};
use calloff_core::ids::DeviceId;
use calloff_core::location::Location;
use calloff_core::sample::builder::{day, decimal};
use calloff_core::sample::{DEMO_SEED, organisation};
use calloff_server::auth::Secret;
use calloff_server::storage::ServerStore;
use calloff_server::storage::devices::{Device, add_device};

use super::harness::{Desk, block_on, row};

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

/// The demo organisation with a hard maximum of 1000 on a contract, which is named with its only
/// site.
fn capped() -> (CatalogueContent, String, String) {
    let mut content = organisation(DEMO_SEED, day("2026-02-28"));
    let cap = Commitment { measure: Measure::Value(decimal("1000")), strength: Strength::Hard };
    let site = content.locations.iter().find(|location| location.site.is_some()).unwrap();
    let site = site.id.clone();
    let contract = &mut content.contracts[0];
    contract.scope = Scope::of(site.clone());
    contract.terms.maximum_commitment = Some(cap);
    contract.terms.minimum_commitment = None;
    let contract = contract.id.to_string();
    (content, contract, site.to_string())
}

#[test]
fn a_recalled_part_is_listed_with_the_tablet_that_it_waits_for() {
    let (content, contract, site) = capped();
    let desk = Desk::with(&content);
    let allot = |amount| {
        let args =
            ["commitment", "allot", "--contract", &contract, "--site", &site, "--amount", amount];
        desk.calloff(&args).ok();
        desk.calloff(&["publish", "--reason", "parts", "--settle-ties", "contract-number"]).ok()
    };
    assert!(!allot("250").contains("recalled"));
    let tablet =
        Device { id: DeviceId::mint(1, [7; 10]), site: site.parse().unwrap(), name: "Bar".into() };
    let secret = Secret::mint([7; 32]);
    block_on(async {
        let store = ServerStore::open(&desk.path("data")).await.unwrap();
        let mut write = store.write().await.unwrap();
        add_device(&mut write, &tablet, &secret.hash(), None, 1_772_442_000_000).await.unwrap();
        write.commit().await.unwrap();
        store.close().await;
    });
    let published = allot("100");
    assert!(
        published.contains("1 site keeps a recalled part of a hard maximum until its tablets know"),
        "{published}"
    );
    let list = desk.calloff(&["commitment", "list"]).ok();
    assert!(
        list.contains(&format!("  {site}: 250 given, 0 used, 150 recalled and not back yet\n")),
        "{list}"
    );
    assert!(
        list.contains(
            "    tablet Bar may still order it, until its next two contacts or until you revoke it \
             (last seen 2026-03-02T09:00:00Z)\n"
        ),
        "{list}"
    );
    let listed = desk.calloff(&["commitment", "list", "--json"]).json();
    let parts = listed.as_array().unwrap().iter().filter_map(|found| found["sites"].as_array());
    let part = parts.flatten().find(|part| part["site"] == site.as_str()).unwrap();
    assert_eq!(
        (part["recalled"].as_str(), &part["unaware"][0]["tablet"]),
        (Some("150"), &"Bar".into())
    );

    desk.calloff(&["device", "revoke", &tablet.id.to_string()]).ok();
    let list = desk.calloff(&["commitment", "list"]).ok();
    assert!(list.contains(&format!("  {site}: 100 given, 0 used\n")), "{list}");
}

#[test]
fn a_sites_part_of_a_hard_maximum_is_set_within_the_whole_and_written_down() {
    let (content, contract, site) = capped();
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

#[test]
fn an_allotment_is_for_a_site_that_may_order_and_a_part_that_can_be_ordered() {
    let (content, contract, site) = capped();
    let is_another = |node: &&Location| node.site.is_some() && node.id.as_str() != site;
    let other = content.locations.iter().find(is_another).unwrap().id.to_string();
    let desk = Desk::with(&content);
    let allot = |site: &str, amount: &str| {
        desk.calloff(&[
            "commitment",
            "allot",
            "--contract",
            &contract,
            "--site",
            site,
            "--amount",
            amount,
        ])
    };
    let said = allot(&other, "5").fails();
    assert!(said.contains(&format!("site {other} may not order by {contract}")), "{said}");
    let said = allot(&site, "33.333").fails();
    assert!(said.contains("is a multiple of 0.01: 33.333 is not"), "{said}");
    allot(&site, "33.33").ok();
}
