//! Nothing changes without a message: sites, contracts that end, rules, days that move, releases.

use super::harness::{Desk, HEADER, mapping, row, text};

const ITEM: &str = "00001-0001-01";

/// A contract that is in force since 2025.
fn in_force() -> Desk {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.20")]).ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    desk
}

fn exported(desk: &Desk) -> serde_json::Value {
    desk.calloff(&["export", "contracts"]).json()
}

/// Imports a file in Calloff's own format.
fn import(desk: &Desk, file: &serde_json::Value, more: &[&str]) -> super::harness::Said {
    let mut file = file.clone();
    file["format"] = "calloff-contracts/1".into();
    let file = desk.file("contracts.json", file.to_string());
    desk.calloff(&[&["import", "contracts", text(&file)], more].concat())
}

#[test]
fn a_list_of_sites_says_what_it_changes_of_each_location() {
    let desk = in_force();
    let before = exported(&desk)["locations"].clone();
    let list = r#"{"MT": [{"value": "436GA", "label": "Anaconda"}],
                   "HI": [{"value": "436", "label": "Fort Harrison North"}]}"#;
    let file = desk.file("moved.json", list);
    let sites = mapping("va-sites.toml");
    let import = ["import", "sites", text(&file), "--mapping", text(&sites)];
    let dry = desk.calloff(&[&import[..], &["--missing", "keep", "--dry-run"]].concat()).ok();
    for change in [
        "location 436: name Fort Harrison → Fort Harrison North",
        "site time zone America/Denver → Pacific/Honolulu",
        "Would import 2 sites",
    ] {
        assert!(dry.contains(change), "{change}: {dry}");
    }
    assert_eq!(exported(&desk)["locations"], before, "nothing was written");
    let said = desk.calloff(&[&import[..], &["--missing", "keep"]].concat()).ok();
    assert!(said.contains("hold from the next release on"), "{said}");
}

#[test]
fn a_contract_that_a_file_ends_and_a_block_that_it_lifts_are_named_twice() {
    let desk = in_force();
    let rule = serde_json::json!({
        "subject": {"item": ITEM}, "supplier": "Acme", "location": "VA",
        "validity": {"start": "2026-01-01"}, "preference": "blocked",
    });
    import(&desk, &serde_json::json!({"sourcing_rules": [rule]}), &[]).ok();
    desk.calloff(&["publish", "--reason", "blocked"]).ok();
    let mut ended = exported(&desk)["contracts"][0].clone();
    ended["status"] = "ended".into();
    let file = serde_json::json!({"contracts": [ended], "sourcing_rules": []});
    let changes = [
        "contract C1, version 1: published → ended",
        "sourcing rule for item 00001-0001-01 from Acme at VA (from 2026-01-01): blocked → none",
    ];
    let said = import(&desk, &file, &[]).ok();
    let dry = desk.calloff(&["publish", "--reason", "end", "--dry-run"]).ok();
    for change in changes {
        assert!(said.contains(change), "{change}: {said}");
        assert!(dry.contains(change), "{change}: {dry}");
    }
    let rates = |rate: &str| {
        serde_json::json!({
            "exchange_rates": {"comparison_currency": "USD", "rates": {"EUR": rate}},
        })
    };
    import(&desk, &rates("1.1"), &[]).ok();
    let said = import(&desk, &rates("9.0"), &[]).ok();
    assert!(said.contains("comparison rate of EUR: 1.1 → 9.0"), "{said}");
}

#[test]
fn a_site_that_a_file_turns_into_a_group_leaves_only_when_somebody_says_so() {
    let desk = in_force();
    desk.calloff(&["user", "add", "meg", "--role", "site_manager@436GA"]).ok();
    desk.calloff(&["device", "enrol", "--site", "436GA"]).ok();
    let locations = exported(&desk)["locations"].clone();
    let find = |location: &&serde_json::Value| location["id"] == "436GA";
    let mut group = locations.as_array().unwrap().iter().find(find).unwrap().clone();
    group.as_object_mut().unwrap().remove("site");
    let file = serde_json::json!({"locations": [group]});
    let said = import(&desk, &file, &[]).fails();
    assert!(
        said.contains("436GA (Anaconda): people with a role there: meg; 1 enrolment code that"),
        "{said}"
    );
    let kept = import(&desk, &file, &["--missing", "keep"]).ok();
    assert!(kept.contains("Nothing changed."), "{kept}");
    desk.calloff(&["device", "enrol", "--site", "436GA"]).ok();
    let ended = import(&desk, &file, &["--missing", "end"]).ok();
    assert!(ended.contains("becomes a group: 436GA (Anaconda)"), "{ended}");
    desk.calloff(&["device", "enrol", "--site", "436GA"]).fails();
}

#[test]
fn a_first_day_that_cannot_be_kept_is_said_when_it_is_published_and_withdrawn() {
    let desk = in_force();
    let list = format!("{HEADER}\n{}\n", row("C1", "Acme", ITEM, "1.30"));
    desk.import_list(&list, &["--effective", "2028-02-01"]).ok();
    let said = desk.calloff(&["publish", "--reason", "late", "--effective", "2028-03-01"]).ok();
    let late = "contract C1, version 2, from 2028-03-01: it names 2028-02-01";
    assert!(said.contains(late), "{said}");
    let said = desk.calloff(&["withdraw", "release", "2", "--reason", "late"]).ok();
    assert!(said.contains("now begins on 2028-03-01") && said.contains("2028-02-01"), "{said}");
}

#[test]
fn a_release_without_changes_is_published_only_on_request_and_by_somebody_known() {
    let desk = in_force();
    let publish = |more: &[&str]| desk.calloff(&[&["publish", "--reason", "again"], more].concat());
    // Once today has come, the release of a day in the past is compared with the same day.
    let same = ["--effective", "2025-02-15"];
    let said = publish(&same).ok();
    assert!(said.contains("Nothing changed since release 1"), "{said}");
    assert_eq!(publish(&["--json", same[0], same[1]]).json()["unchanged_since"], 1);
    let said = publish(&["--again", same[0], same[1], "--by", "nobody"]).fails();
    assert!(said.contains("nobody has the sign-in name nobody"), "{said}");
    let published = publish(&["--again", "--json", same[0], same[1]]).json();
    assert_eq!(
        (published["release"].as_u64(), &published["publisher"]),
        (Some(2), &"command-line".into())
    );
    let log = desk.calloff(&["audit", "list", "--json"]).json();
    assert_eq!(log[0]["by"]["kind"], "command_line", "{log}");
    let log = desk.calloff(&["audit", "list"]).ok();
    assert!(log.contains("release published 2; effective from 2025-02-15; reason again"), "{log}");
    // After a restore, tablets may know a later release, so the same content is published.
    let copy = desk.path("copy.db");
    desk.calloff(&["backup", text(&copy)]).ok();
    desk.calloff(&["restore", text(&copy)]).ok();
    assert!(publish(&same).ok().contains("Published release 1003"));
}

#[test]
fn a_description_that_changes_is_a_change_and_a_new_line_is_shown_with_its_price() {
    let desk = in_force();
    let list = format!("{HEADER}\n{}\n", row("C1", "Acme", ITEM, "1.20").replace("GAUZE", "LINT"));
    let dry = desk.import_list(&list, &["--dry-run"]).ok();
    assert!(dry.contains("Would import 1 line: 1 contract, 1 supplier, 1 item."), "{dry}");
    assert!(!dry.contains("Publish them with"), "{dry}");
    let said = desk.import_list(&list, &[]).ok();
    assert!(said.contains("1 item changes:") && !said.contains("Nothing changed"), "{said}");
    desk.import_rows(&[row("K1", "Acme", "00001-0001-02", "2.50").replace("GAUZE", "TAPE")]).ok();
    let shown = desk.calloff(&["draft", "show", "K1"]).ok();
    assert!(shown.contains(": EA, 2.50 per 1 EA; TAPE"), "{shown}");
}

#[test]
fn a_file_of_the_other_kind_and_a_row_with_several_faults_are_named_once() {
    let desk = Desk::with_sites();
    let said = desk.import_list("{\n  \"format\": \"calloff-contracts/1\"\n}\n", &[]).fails();
    assert!(said.contains("is JSON") && said.contains("calloff import contracts"), "{said}");
    let faulty =
        row("C1", "Acme", ITEM, "x").replace("01/01/2025,12/31/2030,00", "y,12/31/2030,00");
    let said = desk.import_rows(&[faulty]);
    assert!(
        said.out.contains("Price \"x\"") && said.out.contains("ContractStartDate \"y\""),
        "{said:?}"
    );
    assert!(said.fails().contains("1 row was refused"));
    let file = serde_json::json!({"exchange_rates": {
        "comparison_currency": "USD", "rates": {"EUR": "1,50"},
    }});
    let said = import(&desk, &file, &[]);
    assert!(
        said.out.contains("\"1,50\" is not a number: write it with a point, \"1.50\""),
        "{said:?}"
    );
    assert!(said.fails().contains("1 problem was found"));
}
