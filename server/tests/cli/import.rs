use super::harness::{Desk, HEADER, SITES, mapping, row, text};

#[test]
fn a_list_is_imported_published_and_resolved_for_a_site_below_a_site() {
    let desk = Desk::with_sites();
    let said = desk.import_rows(&[row("C1", "Acme, Inc.", "00001-0001-01", "$98.24 ")]).ok();
    assert!(said.contains("Imported 1 line: 1 contract, 1 supplier, 1 item."), "{said}");
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    let said = desk.resolve("00001-0001-01", "436GA", "2025-03-01").ok();
    assert!(
        said.contains("10 EA from Acme, Inc. on contract C1: 982.40 USD at 98.24 USD"),
        "{said}"
    );
}

#[test]
fn the_same_list_again_changes_nothing_and_a_changed_one_amends_what_changed() {
    let desk = Desk::with_sites();
    let rows = |price: &str| {
        [row("C1", "Acme", "00001-0001-01", price), row("C2", "Bolt", "00001-0001-02", "5.00")]
    };
    desk.import_rows(&rows("1.00")).ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    let again = desk.import_rows(&rows("1.00")).ok();
    assert!(again.contains("Contracts: 0 new, 0 amended, 2 as before"), "{again}");
    let file = desk.file("list.csv", format!("{HEADER}\n{}\n", rows("1.10").join("\n")));
    let mapping = mapping("va-fss.toml");
    let changed = [
        "import",
        "price-list",
        text(&file),
        "--mapping",
        text(&mapping),
        "--effective",
        "2025-04-01",
    ];
    let said = desk.calloff(&changed).ok();
    assert!(said.contains("Contracts: 0 new, 1 amended, 1 as before"), "{said}");
    let published = desk
        .calloff(&["publish", "--reason", "April", "--effective", "2025-03-20", "--json"])
        .json();
    assert_eq!(
        (published["release"].as_u64(), published["contracts"].as_u64()),
        (Some(2), Some(3))
    );
    // The version in force on each day, with its own price.
    for (date, price) in [("2025-03-31", "at 1.00 USD"), ("2025-04-01", "at 1.10 USD")] {
        let said = desk.resolve("00001-0001-01", "436", date).ok();
        assert!(said.lines().nth(1).is_some_and(|answer| answer.contains(price)), "{date}: {said}");
    }
}

#[test]
fn refused_rows_stop_an_import_unless_they_are_to_be_skipped() {
    let desk = Desk::with_sites();
    let csv = format!(
        "{HEADER}\n{}\n{}\n",
        row("C1", "Acme", "00001-0001-01", "N/A"),
        row("C1", "Acme", "00001-0001-02", "2.00")
    );
    let said = desk.import_list(&csv, &[]);
    assert!(said.out.contains("refused: row 2, Price \"N/A\": is empty"), "{said:?}");
    assert!(said.fails().contains("--skip-bad-rows"));
    desk.calloff(&["publish", "--reason", "none"]).fails();
    let said = desk.import_list(&csv, &["--skip-bad-rows", "--json"]).json();
    assert_eq!(said["summary"]["lines"], 1);
    assert_eq!(said["remarks"][0]["row"], 2);
    assert_eq!(said["remarks"][0]["severity"], "refused");
}

#[test]
fn an_owner_can_be_named_and_none_is_refused_at_publishing() {
    let desk = Desk::with_sites();
    let ownerless = std::fs::read_to_string(mapping("va-fss.toml"))
        .unwrap()
        .replace("\nowner = ", "\n# owner = ");
    let ownerless = desk.file("ownerless.toml", ownerless);
    let list = desk
        .file("list.csv", format!("{HEADER}\n{}\n", row("C1", "Acme", "00001-0001-01", "1.00")));
    let import = ["import", "price-list", text(&list), "--mapping", text(&ownerless)];
    desk.calloff(&import).ok();
    let said = desk.calloff(&["publish", "--reason", "first"]);
    assert!(said.out.contains("refused: contract C1 has no owner"), "{said:?}");
    said.fails();
    desk.calloff(&[&import[..], &["--owner", "pat"]].concat()).ok();
    desk.calloff(&["publish", "--reason", "first"]).ok();
}

#[test]
fn sites_of_another_organisation_or_without_a_node_in_use_are_refused() {
    let desk = Desk::with_sites();
    let file = desk.file("sites.json", SITES);
    let other = std::fs::read_to_string(mapping("va-sites.toml"))
        .unwrap()
        .replace("id = \"VA\"", "id = \"ORG\"");
    let other = desk.file("other.toml", other);
    let said = desk.calloff(&["import", "sites", text(&file), "--mapping", text(&other)]).fails();
    assert!(said.contains("belongs to the organisation VA"), "{said}");

    let local = std::fs::read_to_string(mapping("va-fss.toml")).unwrap();
    let local = desk.file("local.toml", local.replace("location = \"VA\"", "location = \"436GA\""));
    let list = desk
        .file("list.csv", format!("{HEADER}\n{}\n", row("C1", "Acme", "00001-0001-01", "1.00")));
    desk.calloff(&["import", "price-list", text(&list), "--mapping", text(&local)]).ok();
    let fewer = desk.file("fewer.json", r#"{"MT": [{"value": "436", "label": "Fort Harrison"}]}"#);
    let sites = mapping("va-sites.toml");
    let said = desk
        .calloff(&["import", "sites", text(&fewer), "--mapping", text(&sites), "--missing", "end"])
        .fails();
    assert!(said.contains("contract C1 names the location 436GA"), "{said}");
}
