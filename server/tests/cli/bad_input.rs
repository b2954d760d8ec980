//! Files that cannot be read give a clear error and change nothing.

use super::harness::{Desk, HEADER, mapping, row, text};

/// Everything in the store that a release would publish.
fn state(desk: &Desk) -> serde_json::Value {
    let publish = ["publish", "--reason", "look", "--effective", "2025-02-15", "--again", "--json"];
    let published = desk.calloff(&publish).json();
    serde_json::json!([
        published["contracts"],
        published["lines"],
        published["chunks"],
        published["new_chunks"]
    ])
}

#[test]
fn no_unreadable_price_list_changes_anything() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", "00001-0001-01", "1.00")]).ok();
    state(&desk);
    let before = state(&desk);
    let good = row("C9", "New", "00001-0001-09", "9.00");
    let whole = format!("{HEADER}\n{good}\n{good}\n");
    let utf8_cut = format!("{HEADER}\n{}", row("C9", "Caf\u{e9}", "00001-0001-09", "9.00"));
    let cut_at = utf8_cut.find('\u{e9}').unwrap() + 1;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", vec![], "empty"),
        ("binary", (0..=255).cycle().take(4096).collect(), "binary"),
        ("a workbook", b"PK\x03\x04\x14\x00\x06\x00".to_vec(), "Excel"),
        ("gzip", b"\x1f\x8b\x08\x00".to_vec(), "gzip"),
        (
            "cut within a row",
            whole.as_bytes()[..whole.len() - 60].to_vec(),
            "refused, and nothing was imported",
        ),
        ("cut within a cell in quotes", format!("{HEADER}\nC9,\"New").into_bytes(), "never closes"),
        ("cut within a character", utf8_cut.as_bytes()[..cut_at].to_vec(), "middle of a character"),
        ("only a header", format!("{HEADER}\n").into_bytes(), "no rows"),
        (
            "a renamed column",
            whole.replace("Price,", "UnitCost,").into_bytes(),
            "the columns found are",
        ),
        ("no header", format!("{good}\n").into_bytes(), "the columns found are"),
        (
            "an HTML error page",
            b"<html><body>503</body></html>\n".to_vec(),
            "the columns found are",
        ),
        (
            "a price that is none",
            whole.replace("9.00", "N/A").into_bytes(),
            "refused, and nothing was imported",
        ),
    ];
    for (what, bytes, message) in cases {
        let said = desk.import_list(&bytes, &[]).fails();
        assert!(said.contains(message), "{what}: {said}");
        assert_eq!(state(&desk), before, "{what}");
    }
    let said = desk.calloff(&[
        "import",
        "price-list",
        "nowhere.csv",
        "--mapping",
        text(&mapping("va-fss.toml")),
    ]);
    assert!(said.fails().contains("nowhere.csv cannot be read"));
}

#[test]
fn case_17_lists_in_other_encodings_and_line_ends_read_the_same() {
    let csv = format!("{HEADER}\n{}\n", row("C1", "Müller’s Café", "00001-0001-01", "1.00"));
    let utf16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(csv.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let western: Vec<u8> = csv
        .chars()
        .map(|c| match c {
            '’' => 0x92,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    for (what, bytes) in [
        ("UTF-8", csv.clone().into_bytes()),
        ("UTF-16", utf16),
        ("windows-1252", western),
        ("bare CR and a mark", format!("\u{feff}{}", csv.replace('\n', "\r")).into_bytes()),
    ] {
        let desk = Desk::with_sites();
        desk.import_list(&bytes, &[]).ok();
        desk.calloff(&["publish", "--reason", "first"]).ok();
        let said = desk.resolve("00001-0001-01", "436", "2025-03-01").ok();
        assert!(said.contains("Müller’s Café"), "{what}: {said}");
    }
}

#[test]
fn a_wrong_mapping_is_refused_with_its_line_or_key() {
    let desk = Desk::with_sites();
    let list = desk
        .file("list.csv", format!("{HEADER}\n{}\n", row("C1", "Acme", "00001-0001-01", "1.00")));
    let shipped = std::fs::read_to_string(mapping("va-fss.toml")).unwrap();
    for (content, message) in [
        ("not toml".to_owned(), "line 1"),
        (shipped.replace("price = \"Price\"", "prize = \"Price\""), "prize"),
        (shipped.replace("location = \"VA\"", "location = \"XX\""), "has no node XX"),
        (shipped.replace("\"PriceType\"", "\"PriceKind\""), "\"PriceKind\" (for `line`)"),
        (std::fs::read_to_string(mapping("va-sites.toml")).unwrap(), "unknown field `fields`"),
    ] {
        let wrong = desk.file("wrong.toml", content);
        let said =
            desk.calloff(&["import", "price-list", text(&list), "--mapping", text(&wrong)]).fails();
        assert!(said.contains(message), "{message}: {said}");
    }
    let said =
        desk.calloff(&["import", "price-list", text(&list), "--mapping", "nowhere.toml"]).fails();
    assert!(said.contains("nowhere.toml cannot be read"), "{said}");
    assert!(desk.calloff(&["publish", "--reason", "x"]).fails().contains("nothing to publish"));
}

#[test]
fn no_unreadable_site_list_changes_anything() {
    let desk = Desk::with_sites();
    for (json, message) in [
        ("{\"MT\": [{\"value\": \"436\"", "not complete JSON"),
        ("[]", "object of groups"),
        ("{\"ZZ\": [{\"value\": \"1\", \"label\": \"A\"}]}", "[groups.ZZ]"),
        ("{\"MT\": [{\"value\": 436, \"label\": \"A\"}]}", "refused, and nothing was imported"),
        ("{\"MT\": []}", "no sites"),
        ("\u{0}", "binary"),
    ] {
        let said = desk.import_sites(json).fails();
        assert!(said.contains(message), "{json}: {said}");
    }
    desk.import_rows(&[row("C1", "Acme", "00001-0001-01", "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "first"]).ok();
    assert!(desk.resolve("00001-0001-01", "436GA", "2025-03-01").ok().contains("from Acme"));
}
