use super::harness::{Desk, row, text};

const ITEM: &str = "00001-0001-01";

fn published() -> Desk {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme, Inc.", ITEM, "1.50"), row("C2", "Bolt", ITEM, "2.00")])
        .ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-15"]).ok();
    desk
}

#[test]
fn every_candidate_is_explained_in_words_and_as_data() {
    let desk = published();
    let said = desk.resolve(ITEM, "436", "2025-03-01").ok();
    assert!(said.contains("Bolt (C2, line 00001-0001-01/FSS) costs more per base unit"), "{said}");
    let json = [
        "resolve",
        "--item",
        ITEM,
        "--quantity",
        "10",
        "--site",
        "436",
        "--date",
        "2025-03-01",
        "--json",
    ];
    let said = desk.calloff(&json).json();
    assert_eq!(said["resolution"]["outcome"]["Selected"]["unit_price"], "1.50");
    assert_eq!(said["resolution"]["candidates"].as_array().map(Vec::len), Some(2));
}

#[test]
fn case_07_the_last_day_of_a_contract_counts_and_the_next_does_not() {
    let desk = published();
    assert!(desk.resolve(ITEM, "436", "2030-12-31").ok().contains("10 EA from Acme"));
    assert!(desk.resolve(ITEM, "436", "2031-01-01").ok().contains("none can supply it"));
}

#[test]
fn a_file_of_requests_is_answered_row_by_row() {
    let desk = published();
    let requests = desk.file(
        "in.csv",
        "id,item,quantity,unit,site,order_date\r\n\
         1,00001-0001-01,3,,436,2025-03-01\r\n\
         2,00001-0001-01,2.5,EA,436GA,2025-03-01\r\n\
         3,nothing,1,,436,2025-03-01\r\n\
         4,00001-0001-01,x,,436,2025-03-01\r\n\
         5,00001-0001-01,1,BOXES,436,2025-03-01\r\n\
         6,00001-0001-01\r\n\
         7,00001-0001-01,1,,436,01/03/2025\r\n\
         8,00001-0001-01,1,,nowhere,2025-03-01\r\n",
    );
    let out = desk.path("out.csv");
    let said = desk.calloff(&["resolve", "--requests", text(&requests), "--out", text(&out)]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.starts_with("error: 4 of 8 requests cannot be read"), "{said:?}");
    let answers = std::fs::read_to_string(out).unwrap();
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "id,outcome,supplier,contract,line,unit_price,currency,quantity,reason");
    assert_eq!(lines[1], "1,Selected,\"Acme, Inc.\",C1,00001-0001-01/FSS,1.50,USD,3,");
    assert_eq!(
        lines[2],
        "2,AdjustmentNeeded,\"Acme, Inc.\",C1,00001-0001-01/FSS,1.50,USD,3,NotOnIncrement: 3 can \
         be ordered"
    );
    assert_eq!(lines[3], "3,NoSource,,,,,,,The catalogue has no such item.");
    assert!(lines[4].starts_with("4,Error,,,,,,,\"row 5, quantity \"\"x\"\""), "{}", lines[4]);
    assert!(lines[5].starts_with("5,Error,,,,,,,\"row 6, unit"), "{}", lines[5]);
    assert!(lines[6].starts_with(",Error,,,,,,,\"row 7: 2 cells"), "{}", lines[6]);
    assert!(lines[7].starts_with("7,Error,,,,,,,\"row 8, order_date"), "{}", lines[7]);
    assert_eq!(lines[8], "8,NoSource,,,,,,,There is no such site.");
    assert_eq!(lines.len(), 9);
}

#[test]
fn a_file_of_requests_can_ask_for_delivery_dates_and_explanations() {
    let desk = published();
    let requests = desk.file(
        "in.csv",
        "id,item,quantity,unit,site,order_date,delivery_date\n\
         1,00001-0001-01,3,,436,2025-03-01,\n\
         2,00001-0001-01,3,,436,2025-03-01,2025-03-20\n\
         3,00001-0001-01,3,,436,2025-03-01,soon\n\
         4,nothing,3,,436,2025-03-01,\n",
    );
    let (out, explained) = (desk.path("out.csv"), desk.path("explained.jsonl"));
    let ask = ["resolve", "--requests", text(&requests), "--out", text(&out)];
    assert_eq!(desk.calloff(&ask).code, 3);
    let plain = std::fs::read_to_string(&out).unwrap();
    assert_eq!(desk.calloff(&[&ask[..], &["--explain", text(&explained)]].concat()).code, 3);
    assert_eq!(std::fs::read_to_string(out).unwrap(), plain, "explaining changes no answer");

    let explained = std::fs::read_to_string(explained).unwrap();
    let answers: Vec<serde_json::Value> =
        explained.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    let delivery = |at: usize| &answers[at]["resolution"]["outcome"]["Selected"]["delivery_date"];
    assert_eq!((delivery(0), delivery(1)), (&"2025-03-01".into(), &"2025-03-20".into()));
    assert_eq!(
        (&answers[1]["id"], &answers[1]["row"], &answers[1]["release"]),
        (&"2".into(), &3.into(), &1.into())
    );
    assert_eq!(answers[1]["request"]["delivery_date"], "2025-03-20");
    assert_eq!(answers[1]["resolution"]["candidates"].as_array().map(Vec::len), Some(2));
    assert_eq!(answers[1]["sentences"].as_array().map(Vec::len), Some(3));
    assert!(
        answers[2]["error"].as_str().unwrap().contains("row 4, delivery_date \"soon\""),
        "{}",
        answers[2]
    );
    assert_eq!(answers[3]["resolution"]["outcome"]["NoSource"], "UnknownItem");
}

#[test]
fn requests_that_cannot_be_read_leave_no_file_of_answers() {
    let desk = published();
    let out = desk.path("out.csv");
    for (content, message) in
        [(&b"id,item\n1,2\n"[..], "quantity"), (b"\x00\x01", "binary"), (b"", "empty")]
    {
        let requests = desk.file("in.csv", content);
        let said =
            desk.calloff(&["resolve", "--requests", text(&requests), "--out", text(&out)]).fails();
        assert!(said.contains(message), "{said}");
        assert!(!out.exists());
    }
    let missing = desk.path("missing.csv");
    let said =
        desk.calloff(&["resolve", "--requests", text(&missing), "--out", text(&out)]).fails();
    assert!(said.contains("missing.csv cannot be read"), "{said}");
}

#[test]
fn a_release_can_be_named_and_an_unknown_one_is_refused() {
    let desk = published();
    desk.import_rows(&[row("C1", "Acme, Inc.", ITEM, "3.00"), row("C2", "Bolt", ITEM, "2.00")])
        .ok();
    desk.calloff(&["publish", "--reason", "second"]).ok();
    let ask = |release: &str, date: &str| {
        let wanted =
            ["resolve", "--item", ITEM, "--quantity", "1", "--site", "436", "--date", date];
        desk.calloff(&[&wanted[..], &["--release", release]].concat())
    };
    assert!(ask("1", "2030-01-01").ok().contains("1 EA from Acme"));
    assert!(ask("2", "2030-01-01").ok().contains("1 EA from Bolt"));
    assert!(ask("3", "2030-01-01").fails().contains("the newest is 2"));
    // Without a number, it is the release in force on the date. Before the first release, it is the
    // first.
    assert!(desk.resolve(ITEM, "436", "2025-01-10").ok().starts_with("Release 1."));
}
