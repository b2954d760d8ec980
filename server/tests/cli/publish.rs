use super::harness::{Desk, row, text};

const ITEM: &str = "00001-0001-01";

#[test]
fn case_11_a_tie_is_refused_until_someone_settles_it() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C2", "Acme", ITEM, "1.00"), row("C1", "Bolt", ITEM, "1.00")]).ok();
    let said = desk.calloff(&["publish", "--reason", "first"]);
    assert!(
        said.out.contains(
            "contract C1, line 00001-0001-01/FSS and contract C2, line 00001-0001-01/FSS"
        ),
        "{said:?}"
    );
    said.fails();
    let there_is_none = desk.resolve(ITEM, "436", "2025-03-01").fails();
    assert!(there_is_none.contains("calloff publish"), "{there_is_none}");

    desk.calloff(&["draft", "show", "C1", "C2"]).ok();
    desk.calloff(&["user", "add", "pat", "--role", "procurement"]).ok();
    let settle = [
        "publish",
        "--reason",
        "first",
        "--settle-ties",
        "contract-number",
        "--by",
        "pat",
        "--json",
    ];
    let published = desk.calloff(&settle).json();
    assert_eq!(published["settled"][0]["winner"], "C1");
    assert_eq!(published["settled"][0]["decided_by"], "pat");
    let said = desk.resolve(ITEM, "436", "2025-03-01").ok();
    assert!(said.contains("10 EA from Bolt on contract C1"), "{said}");
    // The decision also holds for later releases.
    let again = desk.calloff(&["publish", "--reason", "second", "--again", "--json"]).json();
    assert_eq!(
        (again["release"].as_u64(), again["settled"].as_array().map(Vec::len)),
        (Some(2), Some(0))
    );
}

#[test]
fn many_findings_of_a_kind_are_grouped_and_all_are_kept_in_a_file() {
    let desk = Desk::with_sites();
    let items: Vec<String> = (1..=7).map(|number| format!("00001-0001-0{number}")).collect();
    let rows = items
        .iter()
        .flat_map(|item| [row("C1", "Bolt", item, "1.00"), row("C2", "Acme", item, "1.00")]);
    desk.import_rows(&rows.collect::<Vec<_>>()).ok();
    let file = desk.path("findings.json");
    let publish = ["publish", "--reason", "first", "--report", text(&file)];
    let said = desk.calloff(&publish);
    assert!(said.out.contains("7 × tie that nobody settled"), "{said:?}");
    assert_eq!(
        said.out.matches("  refused: ").count(),
        7,
        "each of them has to be mended: {said:?}"
    );
    said.fails();
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let named = report["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| refusal["Ambiguous"]["item"].as_str());
    assert_eq!(
        named.collect::<Vec<_>>(),
        items.iter().map(|item| Some(item.as_str())).collect::<Vec<_>>()
    );

    // An error about a file that cannot be written comes before anything is published.
    let nowhere = desk.path("nowhere/findings.json");
    let settle = [
        "publish",
        "--reason",
        "first",
        "--settle-ties",
        "contract-number",
        "--report",
        text(&nowhere),
    ];
    assert!(desk.calloff(&settle).fails().contains("nowhere"));
    assert!(desk.resolve(&items[0], "436", "2025-03-01").fails().contains("calloff publish"));
}

#[test]
fn an_unchanged_chunk_is_not_made_again() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.00"), row("C2", "Bolt", ITEM, "2.00")]).ok();
    let first = desk
        .calloff(&["publish", "--reason", "first", "--effective", "2025-02-01", "--json"])
        .json();
    let again = ["publish", "--reason", "again", "--effective", "2025-02-01", "--again", "--json"];
    let again = desk.calloff(&again).json();
    assert_eq!(
        (first["new_chunks"].as_u64(), again["new_chunks"].as_u64()),
        (first["chunks"].as_u64(), Some(0))
    );
}

#[test]
fn a_release_that_would_never_be_in_force_is_refused() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "ahead", "--effective", "2025-06-01"]).ok();
    let said = desk.calloff(&["publish", "--reason", "late", "--effective", "2025-05-31"]).fails();
    assert!(said.contains("--effective 2025-06-01"), "{said}");
}

#[test]
fn a_release_that_another_key_signed_is_not_resolved_with() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "first"]).ok();
    std::fs::write(desk.path("data/signing.key"), "07".repeat(32)).unwrap();
    let said = desk.resolve(ITEM, "436", "2025-03-01").fails();
    assert!(said.contains("is not the key that this database"), "{said}");
    std::fs::write(desk.path("data/signing.key"), "zz").unwrap();
    let said = desk.calloff(&["publish", "--reason", "second"]).fails();
    assert!(said.contains("restore it from a backup"), "{said}");
}

#[test]
fn a_reason_is_due_and_an_empty_store_says_what_to_do_first() {
    let desk = Desk::new();
    assert_eq!(desk.calloff(&["publish"]).code, 2);
    assert!(desk.calloff(&["publish", "--reason", " "]).fails().contains("--reason"));
    assert!(desk.calloff(&["publish", "--reason", "x"]).fails().contains("calloff import sites"));
    let desk = Desk::with_sites();
    assert!(
        desk.calloff(&["publish", "--reason", "x"]).fails().contains("calloff import price-list")
    );
}
