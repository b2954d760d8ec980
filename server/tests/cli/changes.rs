//! What an import or a release changes. Nothing is replaced, dropped or moved without a message,
//! and an announcement never blocks a correction for today.

use super::harness::{Desk, HEADER, Said, mapping, row, text};

const GAUZE: &str = "00001-0001-01";
const TAPE: &str = "00001-0001-02";
const PADS: &str = "00001-0001-03";

/// A day before the contracts end that no clock of a test reaches.
const LATER: &str = "2029-01-01";

/// Rows under the usual header.
fn list(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// A contract of three lines that is in force.
fn in_force() -> Desk {
    let desk = Desk::with_sites();
    let rows = [(GAUZE, "1.20"), (TAPE, "2.00"), (PADS, "3.00")]
        .map(|(item, price)| row("C1", "Acme", item, price));
    desk.import_rows(&rows).ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    desk
}

fn publish(desk: &Desk, more: &[&str]) -> Said {
    desk.calloff(&[&["publish", "--reason", "test"][..], more].concat())
}

/// The price of ten of an item at the upper site on a day.
#[track_caller]
fn costs(desk: &Desk, item: &str, date: &str, price: &str) {
    let said = desk.resolve(item, "436", date).ok();
    let answer = said.lines().nth(1).unwrap_or_default();
    assert!(answer.contains(&format!("at {price} USD")), "{item} on {date}: {said}");
}

fn stored(desk: &Desk) -> String {
    desk.calloff(&["export", "contracts"]).ok()
}

#[test]
fn what_a_list_leaves_out_is_named_and_stays_unless_it_is_to_end() {
    let desk = in_force();
    let before = stored(&desk);
    let part = list(&[row("C1", "Acme", GAUZE, "1.30")]);
    let dry = desk.import_list(&part, &["--dry-run"]).ok();
    assert_eq!(stored(&desk), before, "nothing was written");
    assert!(dry.contains("2 lines that the list leaves out, which stay as they are"), "{dry}");
    assert!(dry.contains(TAPE) && dry.contains(PADS), "{dry}");
    assert!(dry.contains("price 1.20 per 1 EA → 1.30 per 1 EA"), "{dry}");
    let said = desk.import_list(&part, &[]).ok();
    let (before, _) = dry.split_once("Would import 1 line").expect("a dry run");
    assert!(said.starts_with(before), "the import says the same: {said}");
    publish(&desk, &["--effective", LATER]).ok();
    costs(&desk, TAPE, LATER, "2.00");

    let desk = in_force();
    let said = desk.import_list(&part, &["--missing", "end"]).ok();
    assert!(said.contains("ended: ") && said.contains("which end with it"), "{said}");
    publish(&desk, &[]).ok();
    let gone = desk.resolve(TAPE, "436", LATER).ok();
    assert!(gone.contains("No contract mentions this item"), "{gone}");
}

#[test]
fn a_refused_row_never_takes_its_line_off_the_contract() {
    let desk = in_force();
    let rows = [
        row("C1", "Acme", GAUZE, "1.30"),
        row("C1", "Acme", TAPE, "N/A"),
        row("C1", "Acme", PADS, "3.00"),
    ];
    let said = desk.import_list(list(&rows), &["--skip-bad-rows", "--missing", "end"]).fails();
    assert!(said.contains("with --missing end their lines would end too"), "{said}");
    let said = desk.import_list(list(&rows), &["--skip-bad-rows"]).ok();
    assert!(said.contains("1 line that the list leaves out, which stays"), "{said}");
    publish(&desk, &[]).ok();
    costs(&desk, TAPE, LATER, "2.00");
}

#[test]
fn todays_price_is_corrected_while_an_amendment_is_announced_which_stays() {
    let desk = in_force();
    let of = |price: &str| list(&[row("C1", "Acme", GAUZE, price)]);
    desk.import_list(of("1.50"), &["--effective", LATER]).ok();
    publish(&desk, &[]).ok();
    let said = desk.import_list(of("1.22"), &[]).ok();
    assert!(
        said.contains("Today is ") && said.contains("price 1.20 per 1 EA → 1.22 per 1 EA"),
        "{said}"
    );
    publish(&desk, &[]).ok();
    costs(&desk, GAUZE, "2028-12-31", "1.22");
    costs(&desk, GAUZE, LATER, "1.50");
}

#[test]
fn amendments_of_several_days_are_imported_before_any_is_published() {
    let desk = in_force();
    let of = |gauze: &str, tape: &str| {
        list(&[row("C1", "Acme", GAUZE, gauze), row("C1", "Acme", TAPE, tape)])
    };
    desk.import_list(of("1.60", "2.00"), &["--effective", "2028-02-01"]).ok();
    desk.import_list(of("1.70", "2.00"), &["--effective", "2028-03-01"]).ok();
    let said = desk.import_list(of("1.60", "2.20"), &["--effective", "2028-02-01"]).ok();
    assert!(said.contains("version 3 does not have this change, and from 2028-03-01"), "{said}");
    assert!(
        said.contains("goes back: ") && said.contains("2.20 per 1 EA → 2.00 per 1 EA"),
        "{said}"
    );
    publish(&desk, &[]).ok();
    for (date, price) in [("2028-01-31", "1.20"), ("2028-02-10", "1.60"), ("2028-03-01", "1.70")] {
        costs(&desk, GAUZE, date, price);
    }
    costs(&desk, TAPE, "2028-02-10", "2.20");
    // An amendment that could never hold is refused, and its day is not moved.
    let said = desk.import_list(of("9.00", "9.00"), &["--effective", "2031-01-01"]).fails();
    assert!(said.contains("would never hold, because the contract ends on 2030-12-31"), "{said}");
}

#[test]
fn an_announced_release_is_issued_again_on_top_with_its_own_prices() {
    let desk = in_force();
    let of = |price: &str| list(&[row("C1", "Acme", GAUZE, price)]);
    desk.import_list(of("1.50"), &[]).ok();
    publish(&desk, &["--effective", LATER]).ok();
    desk.import_list(of("1.22"), &[]).ok();
    let dry = publish(&desk, &["--dry-run"]).ok();
    assert!(dry.contains("Release 2 is announced for 2029-01-01: it is published again"), "{dry}");
    let published = publish(&desk, &["--json"]).json();
    assert_eq!(published["release"], 3, "the dry run published nothing");
    assert_eq!(published["issued_again"][0]["number"], 2);
    assert_eq!(published["issued_again"][0]["release"], 4);
    costs(&desk, GAUZE, "2028-12-31", "1.22");
    costs(&desk, GAUZE, LATER, "1.50");
    costs(&desk, TAPE, LATER, "2.00");

    // An item is blocked today, and stays blocked with the announced release.
    let blocked = format!(
        r#"{{"format": "calloff-contracts/1", "sourcing_rules": [{{"subject": {{"item": "{PADS}"}}, "supplier": "Acme",
            "location": "VA", "validity": {{"start": "2026-01-01"}}, "preference": "blocked"}}]}}"#
    );
    let file = desk.file("blocked.json", blocked);
    desk.calloff(&["import", "contracts", text(&file)]).ok();
    publish(&desk, &[]).ok();
    for date in ["2028-12-31", LATER] {
        let said = desk.resolve(PADS, "436", date).ok();
        assert!(said.contains("the source list blocks this supplier"), "{date}: {said}");
        costs(&desk, GAUZE, date, if date == LATER { "1.50" } else { "1.22" });
    }
}

#[test]
fn what_was_announced_can_be_withdrawn_until_its_first_day() {
    let desk = in_force();
    let of = |price: &str| list(&[row("C1", "Acme", GAUZE, price)]);
    desk.import_list(of("1.50"), &[]).ok();
    publish(&desk, &["--effective", LATER]).ok();
    let begun = desk.calloff(&["withdraw", "release", "1", "--reason", "wrong"]).fails();
    assert!(begun.contains("took effect on 2025-02-15"), "{begun}");
    let said = desk.calloff(&["withdraw", "release", "2", "--reason", "wrong day"]).ok();
    assert!(said.contains("Version 2 of contract C1 is now draft version 3"), "{said}");
    assert!(
        desk.calloff(&["withdraw", "release", "2", "--reason", "again"])
            .fails()
            .contains("was withdrawn before")
    );
    costs(&desk, GAUZE, LATER, "1.20");
    // The draft does not hold earlier than the announced amendment.
    let listed = desk.calloff(&["draft", "list"]).ok();
    assert!(listed.contains("version 3") && listed.contains("from 2029-01-01"), "{listed}");
    publish(&desk, &[]).ok();
    costs(&desk, GAUZE, "2028-12-31", "1.20");
    costs(&desk, GAUZE, LATER, "1.50");

    let said = desk.calloff(&["withdraw", "amendment", "C1", "3", "--reason", "no agreement"]).ok();
    assert!(said.contains("would have held from 2029-01-01"), "{said}");
    publish(&desk, &[]).ok();
    costs(&desk, GAUZE, LATER, "1.20");
    let first = desk.calloff(&["withdraw", "amendment", "C1", "1", "--reason", "x"]).fails();
    assert!(first.contains("is how the contract began"), "{first}");
    assert!(
        desk.calloff(&["withdraw", "release", "9", "--reason", "x"])
            .fails()
            .contains("there is no release 9")
    );
}

#[test]
fn another_suppliers_list_changes_no_contract_and_no_item_by_itself() {
    let desk = in_force();
    let before = stored(&desk);
    let taken = list(&[row("C1", "Bolt", "00009-0009-09", "80.00")]);
    let said = desk.import_list(&taken, &[]).fails();
    assert!(
        said.contains("row 2: contract C1 is with Acme, and this list has it with Bolt"),
        "{said}"
    );
    let toner = row("C7", "Bolt", GAUZE, "0.90").replace("GAUZE", "TONER");
    let said = desk.import_list(list(std::slice::from_ref(&toner)), &[]).fails();
    assert!(
        said.contains(
            "item 00001-0001-01 is \"GAUZE\" (from Acme), and here \"TONER\" (from Bolt)"
        ),
        "{said}"
    );
    assert_eq!(stored(&desk), before, "nothing was written");

    let said = desk.import_list(&taken, &["--change-supplier"]).ok();
    assert!(said.contains("supplier Acme → Bolt"), "{said}");
    let said = desk.import_list(list(&[toner]), &["--describe-items"]).ok();
    assert!(said.contains("item 00001-0001-01: description GAUZE → TONER"), "{said}");
    // The same in Calloff's own format.
    let desk = in_force();
    let mut file: serde_json::Value = serde_json::from_str(&stored(&desk)).unwrap();
    file["suppliers"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({"id": "Bolt", "name": "Bolt"}));
    let mut second = file["contracts"][0].clone();
    second["version"] = 2.into();
    second["supplier"] = "Bolt".into();
    second["status"] = "draft".into();
    second["amendment"] =
        serde_json::json!({"effective_from": LATER, "reason_code": "x", "rationale": "x"});
    file["contracts"] = serde_json::json!([second]);
    let file = desk.file("other.json", file.to_string());
    let said = desk.calloff(&["import", "contracts", text(&file)]);
    assert!(
        said.out.contains("contract C1 is with Acme: keep that, or give --change-supplier"),
        "{said:?}"
    );
    said.fails();
    let said =
        desk.calloff(&["import", "contracts", text(&file), "--change-supplier", "--dry-run"]).ok();
    assert!(
        said.contains("supplier Acme → Bolt") && said.contains("Nothing was written"),
        "{said}"
    );
}

#[test]
fn drafts_are_listed_shown_discarded_and_brought_back() {
    let desk = in_force();
    desk.import_list(list(&[row("C1", "Acme", GAUZE, "1.30")]), &[]).ok();
    desk.import_rows(&[row("OOPS", "Acme", GAUZE, "1.00")]).ok();
    let listed = desk.calloff(&["draft", "list"]).ok();
    assert!(
        listed.contains("contract OOPS, version 1, Acme, a new contract")
            && listed.contains("nobody looked"),
        "{listed}"
    );
    let shown = desk.calloff(&["draft", "show", "C1"]).ok();
    assert!(shown.contains("price 1.20 per 1 EA → 1.30 per 1 EA"), "{shown}");
    let said = desk.calloff(&["draft", "discard", "OOPS"]).ok();
    assert!(said.contains("calloff draft restore OOPS 1 brings it back"), "{said}");
    assert!(desk.calloff(&["draft", "discard", "OOPS"]).fails().contains("has no such draft"));
    let published = publish(&desk, &["--json"]).json();
    assert_eq!(published["contracts"], 1);
    // What was discarded is kept, is part of an export, and comes back.
    let exported = stored(&desk);
    let elsewhere = Desk::new();
    let file = elsewhere.file("all.json", &exported);
    elsewhere.calloff(&["import", "contracts", text(&file)]).ok();
    let there = elsewhere.calloff(&["draft", "list", "--withdrawn"]).ok();
    assert!(there.contains("contract OOPS, version 1"), "{there}");
    let back = desk.calloff(&["draft", "restore", "OOPS", "1"]).ok();
    assert!(back.contains("draft version 2"), "{back}");
    assert!(desk.calloff(&["draft", "list"]).ok().contains("contract OOPS, version 2"));
    publish(&desk, &["--settle-ties", "contract-number"]).ok();
}

#[test]
fn a_draft_that_nobody_looked_at_never_wins_a_tie() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("K1", "Acme", GAUZE, "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    desk.import_rows(&[row("A1", "Acme", GAUZE, "1.00"), row("A2", "Bolt", GAUZE, "1.00")]).ok();
    let settle = ["--settle-ties", "contract-number"];
    let said = publish(&desk, &settle);
    assert!(said.out.contains("contract A1, line 00001-0001-01/FSS and contract K1"), "{said:?}");
    assert!(
        said.out.contains("contract K1 wins: contract A1 is a draft that nobody looked at"),
        "{said:?}"
    );
    assert!(
        said.out.contains("nobody wins: ") && said.out.contains("calloff draft show A1 A2"),
        "{said:?}"
    );
    said.fails();
    // After somebody looked at it, the number decides. Every tie is listed before, with its winner.
    desk.calloff(&["draft", "show", "--all"]).ok();
    let said = publish(&desk, &settle).ok();
    assert_eq!(said.matches(": contract A1 wins").count(), 2, "{said}");
    assert!(said.find("contract A1 wins") < said.find("Published release 2"), "{said}");
    let resolved = desk.resolve(GAUZE, "436", LATER).ok();
    assert!(resolved.contains("on contract A1"), "{resolved}");
    // A draft that changes after it was shown must be looked at again.
    desk.import_rows(&[row("A0", "Bolt", GAUZE, "1.00")]).ok();
    desk.calloff(&["draft", "show", "A0"]).ok();
    desk.import_list(
        list(&[row("A0", "Bolt", GAUZE, "1.00"), row("A0", "Bolt", TAPE, "1.00")]),
        &[],
    )
    .ok();
    let said = publish(&desk, &settle).ok();
    assert!(
        said.contains("contract A1 wins: contract A0 is a draft that nobody looked at"),
        "{said}"
    );
}

#[test]
fn everything_that_stands_against_a_release_is_said_at_once() {
    let desk = Desk::with_sites();
    let ownerless = std::fs::read_to_string(mapping("va-fss.toml"))
        .unwrap()
        .replace("\nowner = ", "\n# owner = ");
    let ownerless = desk.file("ownerless.toml", ownerless);
    let file = desk.file(
        "list.csv",
        list(&[row("C1", "Acme", GAUZE, "1.00"), row("C2", "Bolt", GAUZE, "1.00")]),
    );
    desk.calloff(&["import", "price-list", text(&file), "--mapping", text(&ownerless)]).ok();
    let said = publish(&desk, &[]);
    for finding in ["contract C1 has no owner", "contract C2 has no owner", "are equal"] {
        assert!(said.out.contains(finding), "{finding}: {said:?}");
    }
    assert!(said.fails().contains("3 findings prevent this release"));
    let desk = Desk::with_sites();
    let said = publish(&desk, &[]).fails();
    assert!(said.contains("import a price list first"), "{said}");
    let desk = Desk::new();
    let said = publish(&desk, &[]).fails();
    assert!(said.contains("`calloff import sites` begins a new organisation"), "{said}");
}

#[test]
fn a_site_that_a_list_leaves_out_leaves_only_when_somebody_says_so() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", GAUZE, "1.00")]).ok();
    desk.calloff(&["user", "add", "meg", "--display-name", "Meg", "--role", "site_manager@436GA"])
        .ok();
    desk.calloff(&["device", "enrol", "--site", "436GA"]).ok();
    let fewer = desk.file("fewer.json", r#"{"MT": [{"value": "436", "label": "Fort Harrison"}]}"#);
    let sites = mapping("va-sites.toml");
    let import = ["import", "sites", text(&fewer), "--mapping", text(&sites)];
    let before = stored(&desk);
    let said = desk.calloff(&import).fails();
    assert!(
        said.contains("436GA (Anaconda): people with a role there: meg; 1 enrolment code"),
        "{said}"
    );
    assert_eq!(stored(&desk), before, "nothing was written");
    let kept = desk.calloff(&[&import[..], &["--missing", "keep"]].concat()).ok();
    assert!(
        kept.contains("1 site is not in the list and stays") && kept.contains("0 removed"),
        "{kept}"
    );
    let ended = desk.calloff(&[&import[..], &["--missing", "end"]].concat()).ok();
    assert!(
        ended.contains("leaves the tree: 436GA (Anaconda)") && ended.contains("1 removed"),
        "{ended}"
    );
    let said = desk.calloff(&["device", "enrol", "--site", "436GA"]).fails();
    assert!(said.contains("436GA"), "{said}");
    publish(&desk, &[]).ok();
    // It comes back unchanged.
    desk.import_sites(super::harness::SITES).ok();
    desk.calloff(&["device", "enrol", "--site", "436GA"]).ok();
}

#[test]
fn a_file_of_contracts_says_what_it_describes_otherwise_before_it_writes() {
    let desk = in_force();
    let file: serde_json::Value = serde_json::from_str(&stored(&desk)).unwrap();
    let (mut item, mut supplier) = (file["items"][0].clone(), file["suppliers"][0].clone());
    let id = item["id"].as_str().unwrap().to_owned();
    item["description"] = "GAUZE, WIDE".into();
    item.as_object_mut().unwrap().remove("brand_name");
    supplier["order_channel"] = serde_json::json!({"email": "orders@acme.example"});
    let is_site = |location: &&serde_json::Value| !location["site"].is_null();
    let site = file["locations"].as_array().unwrap().iter().find(is_site);
    let mut site = site.unwrap().clone();
    site["site"]["time_zone"] = "America/Chicago".into();
    let changed = serde_json::json!({
        "format": "calloff-contracts/1",
        "items": [item], "suppliers": [supplier], "locations": [site],
    });
    let changed = desk.file("changed.json", changed.to_string());
    let before = stored(&desk);
    let import = ["import", "contracts", text(&changed)];
    let said = desk.calloff(&[&import[..], &["--dry-run"]].concat()).ok();
    let expected = [
        format!("item {id}: brand name Softo → none; description GAUZE → GAUZE, WIDE\n"),
        "supplier Acme: order channel manual → email orders@acme.example\n".to_owned(),
        "site time zone America/Denver → America/Chicago\n".to_owned(),
    ];
    for line in expected {
        assert!(said.contains(&line), "{line}{said}");
    }
    assert_eq!(stored(&desk), before, "nothing was written");
    let json = desk.calloff(&[&import[..], &["--json"]].concat()).json();
    assert_eq!(json["described"].as_array().map(Vec::len), Some(3), "{json}");
    let again = desk.calloff(&import).ok();
    assert!(again.contains("Nothing changed") && !again.contains("otherwise"), "{again}");
}

#[test]
fn an_identifier_that_looks_like_a_stored_one_is_doubted_in_every_kind_of_file() {
    let desk = in_force();
    let rows = [row("c1", "ACME.", "00001\u{2011}0001-01", "1.20")];
    let said = desk.import_list(list(&rows), &["--dry-run"]).ok();
    let expected = [
        "item \"00001\u{2011}0001-01\" looks like item \"00001-0001-01\", which is stored",
        "contract \"c1\" looks like contract \"C1\", which is stored; they are two contracts now",
        "supplier \"ACME.\" looks like supplier \"Acme\", which is stored",
    ];
    for line in expected {
        assert!(said.contains(line), "{line}\n{said}");
    }

    let sites = r#"{"MT": [{"value": "436GA", "label": "A"}, {"value": "436", "label": "B"},
                           {"value": "436ga", "label": "C"}]}"#;
    let said = desk.import_sites(sites).ok();
    assert!(
        said.contains("location \"436ga\" looks like location \"436GA\", which is stored"),
        "{said}"
    );

    let file = desk.file(
        "alike.json",
        r#"{"format": "calloff-contracts/1", "suppliers": [
            {"id": "ACME", "name": "Acme", "order_channel": "manual"},
            {"id": "bolt", "name": "Bolt", "order_channel": "manual"},
            {"id": "Bolt", "name": "Bolt", "order_channel": "manual"}]}"#,
    );
    let said = desk.calloff(&["import", "contracts", text(&file)]).ok();
    assert!(
        said.contains("doubtful: supplier \"ACME\" looks like supplier \"Acme\", which is stored"),
        "{said}"
    );
    assert!(
        said.contains("supplier \"bolt\" looks like supplier \"Bolt\"; they are two"),
        "{said}"
    );
}
