use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::ids::ItemId;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Findings, parse, read, write};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shelf {
    #[serde(default)]
    rows: Vec<Row>,
    #[serde(default)]
    days: BTreeMap<Date, Option<Date>>,
    #[serde(default)]
    kind: Kind,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    id: ItemId,
    price: Decimal,
    #[serde(default)]
    unit: Option<Unit>,
    #[serde(default)]
    count: Option<u8>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Plain,
    Named(String),
}

fn said(text: &str) -> Result<Shelf, Vec<String>> {
    let findings = Findings::new(text);
    let shelf = parse(text, &findings).and_then(|root| read(&root, &findings));
    let problems = findings.into_problems().problems;
    match shelf {
        Some(shelf) if problems.is_empty() => Ok(shelf),
        _ => Err(problems.iter().map(ToString::to_string).collect()),
    }
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let problems = said(text).unwrap_err();
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}\n  should begin with\n{expected}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let shelf = Shelf {
        rows: vec![
            Row {
                id: "a\"\u{e9}\n".trim().parse().unwrap(),
                price: "1.50".parse().unwrap(),
                unit: None,
                count: Some(3),
            },
            Row {
                id: "b".parse().unwrap(),
                price: Decimal::MAX,
                unit: Some(Unit::EACH),
                count: None,
            },
        ],
        days: BTreeMap::from([("2025-12-25".parse().unwrap(), None)]),
        kind: Kind::Named("x".repeat(100)),
    };
    let text = write(&shelf).unwrap();
    assert!(text.contains("{\"id\": \"a\\\"é\", \"price\": \"1.50\", \"count\": 3},\n"), "{text}");
    assert!(text.contains("\"days\": {\"2025-12-25\": null}"), "a map's null is a value: {text}");
    assert_eq!(said(&text).unwrap(), shelf);
    assert_eq!(write(&said(&text).unwrap()).unwrap(), text);
}

#[test]
fn every_problem_is_named_with_its_place() {
    refused(
        "{\n  \"rows\": [\n    {\"id\": \"a\", \"price\": 1.5},\n    {\"id\": \"b\", \"prize\": \"2\"},\n    {\"id\": \" \", \"price\": \"1\"},\n    \
         {\"id\": \"ü\", \"price\": \"1\", \"count\": 300},\n    7\n  ],\n  \"days\": {\"2025-02-30\": null},\n  \"kind\": \"named\"\n}",
        &[
            "line 3, column 26: rows[0].price: 1.5 is a number: write it in quotes, \"1.5\"",
            "line 4, column 5: rows[1]: the field \"price\" is missing",
            "line 4, column 26: rows[1].prize: there is no such field here: the fields are \"id\", \"price\"",
            "line 5, column 12: rows[2].id: the identifier is empty",
            "line 6, column 40: rows[3].count: 300 is not u8",
            "line 7, column 5: rows[4]: found the number 7, but expected an object, { … }",
            "line 9, column 26: days.2025-02-30: ",
            "line 10, column 11: kind: the choice \"named\" needs a value: write {\"named\": …}",
        ],
    );
    refused(
        r#"{"kind": "odd"}"#,
        &["line 1, column 10: kind: \"odd\" is not a choice: write \"plain\", \"named\""],
    );
    refused(
        r#"{"kind": {"plain": 1}}"#,
        &["line 1, column 10: kind: the choice \"plain\" takes no value"],
    );
    refused(r#"{"kind": {"named": 1}}"#, &["line 1, column 20: kind.named: 1 is a number"]);
    refused("[]", &["line 1, column 1: found a list, but expected an object, { … }"]);
}

#[test]
fn names_that_stand_twice_are_refused_with_both_places() {
    refused(
        "{\"kind\": \"plain\",\n \"rows\": [],\n \"kind\": {\"named\": \"x\"}}",
        &[
            "line 3, column 2: the name \"kind\" appears twice in one object, first on line 1: keep one",
        ],
    );
}

#[test]
fn what_would_be_kept_otherwise_is_refused_with_the_form_to_write() {
    let row = |price: &str, unit: &str| {
        format!(r#"{{"rows": [{{"id": "a", "price": "{price}", "unit": "{unit}"}}]}}"#)
    };
    assert!(said(&row("0.000000000000000000000000001", "XBX")).is_ok());
    for (price, unit, path, kept) in [
        (
            "0.12345678901234567890123456789012",
            "EA",
            "rows[0].price",
            "0.1234567890123456789012345679",
        ),
        ("1e3", "EA", "rows[0].price", "1000"),
        ("1_000", "EA", "rows[0].price", "1000"),
        ("1", "BX", "rows[0].unit", "XBX"),
    ] {
        let problems = said(&row(price, unit)).unwrap_err();
        assert!(
            problems[0].contains(path)
                && problems[0].contains(&format!("would be stored as \"{kept}\"")),
            "{problems:?}"
        );
    }
}

#[test]
fn what_is_no_json_is_refused_with_the_place() {
    for (text, expected) in [
        ("", "line 1, column 1: this is not JSON: it ends here"),
        ("{\"rows\": [}", "line 1, column 11: this is not JSON: a value is expected"),
        (
            "{\"rows\": []",
            "line 1, column 12: this is not JSON: it ends here, in the middle: it may be cut off",
        ),
        ("{\n \"rows\" []}", "line 2, column 9: this is not JSON: a colon is expected"),
        (
            "{\"rows\": [] \"kind\": 1}",
            "line 1, column 13: this is not JSON: a comma or } is expected",
        ),
        ("{} {}", "line 1, column 4: this is not JSON: nothing may follow"),
        ("{\"rows\": \"a", "line 1, column 10: this is not JSON: the text in quotes never ends"),
        (
            "{\"rows\": \"a\n\"}",
            "line 1, column 10: this is not JSON: the text in quotes does not end on its line",
        ),
        (
            "{\"rows\": \"\\x\"}",
            "line 1, column 10: this is not JSON: an escape that JSON does not have",
        ),
        ("{\"rows\": 01}", "line 1, column 10: this is not JSON: a number of another form"),
        ("{,}", "line 1, column 2: this is not JSON: a name in quotes is expected"),
        (&"[".repeat(100_000), "line 1, column 33: this is not JSON: nothing is nested this deep"),
    ] {
        refused(text, &[expected]);
    }
}

/// Our parser accepts and refuses the same texts as serde_json, except names that occur twice.
#[test]
fn parsing_agrees_with_serde_json_on_every_cut_and_flip() {
    let text = r#"{"a": [1, -2.5e+3, "x\u00e9\n", null], "b": {"c": true, "d": false}, "e": {}}"#;
    let agrees = |text: &str| {
        let findings = Findings::new(text);
        let parsed = parse(text, &findings).is_some();
        assert_eq!(parsed, serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
    };
    for at in 0..=text.len() {
        agrees(&text[..at]);
        for with in ["", " ", "\"", "{", "]", ",", ":", "0", "-", "e", "\\", "\n", "é", "\u{1}"] {
            agrees(&format!("{}{with}{}", &text[..at], &text[(at + 1).min(text.len())..]));
            agrees(&format!("{}{with}{}", &text[..at], &text[at..]));
        }
    }
}
