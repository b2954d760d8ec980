//! The real price list, from end to end on the command line: import it, refuse the ties, settle
//! them, publish, and resolve 20,000 requests. The answers are compared with a simple computation
//! over the rows of the file that shares no code with Calloff.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use rust_decimal::Decimal;

/// A row of the file, with only the facts that decide.
struct Row {
    contract: String,
    supplier: String,
    item: String,
    price: Decimal,
    /// `yyyymmdd`: the intersection of the dates of contract and price, both ends included.
    first: u32,
    last: u32,
}

fn rows(file: &Path) -> Vec<Row> {
    let day = |text: &str| -> u32 {
        let (month, rest) = text.split_once('/').expect("month/day/year");
        let (day, year) = rest.split_once('/').expect("month/day/year");
        format!("{year}{month}{day}").parse().expect("digits")
    };
    let mut reader = csv::Reader::from_path(file).expect("the file opens");
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|cell| cell == name).expect(name);
    let [contract, supplier, item, price] =
        ["ContractNumber", "VendorName", "NDCWithDashes", "Price"].map(column);
    let starts = ["ContractStartDate", "PriceStartDate"].map(column);
    let stops = ["ContractStopDate", "PriceStopDate"].map(column);
    let row = |record: csv::StringRecord| Row {
        contract: record[contract].to_owned(),
        supplier: record[supplier].to_owned(),
        item: record[item].to_owned(),
        price: record[price].parse().expect("a price"),
        first: starts.iter().map(|at| day(&record[*at])).max().expect("two dates"),
        last: stops.iter().map(|at| day(&record[*at])).min().expect("two dates"),
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

fn by_item(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut items: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        items.entry(&row.item).or_default().push(row);
    }
    items
}

/// (The pairs of contracts that tie for an item, the pairs of rows of one contract that tie.)
fn ties(rows: &[Row]) -> (BTreeSet<(String, String, String)>, usize) {
    let mut between = BTreeSet::new();
    let mut within = 0;
    for (item, rows) in by_item(rows) {
        for (at, a) in rows.iter().enumerate() {
            for b in &rows[at + 1..] {
                if a.price != b.price || a.first.max(b.first) > a.last.min(b.last) {
                    continue;
                }
                if a.contract == b.contract {
                    within += 1;
                } else {
                    let (less, more) = if a.contract < b.contract { (a, b) } else { (b, a) };
                    between.insert((item.to_owned(), less.contract.clone(), more.contract.clone()));
                }
            }
        }
    }
    (between, within)
}

fn calloff(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_calloff"));
    command.arg("--data").arg(data).args(arguments).output().expect("calloff runs")
}

fn succeeds(data: &Path, arguments: &[&str]) -> String {
    let output = calloff(data, arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// A linear congruential generator (Knuth, MMIX), so that the requests are the same every time.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state: u64 = 20_250_215;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    }
}

#[test]
#[ignore = "needs the real data"]
fn twenty_thousand_requests_agree_with_an_independent_computation() {
    let [list, sites] = ["va_fss/vaFssPharmPrices.csv", "va_sites/vaMedicalFacilities.json"]
        .map(|file| calloff_core::sample::shared_data(file).expect("the real data"));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let mappings = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let path = |path: &Path| path.to_str().expect("a readable path").to_owned();
    succeeds(
        data,
        &["import", "sites", &path(&sites), "--mapping", &path(&mappings.join("va-sites.toml"))],
    );
    succeeds(
        data,
        &["import", "price-list", &path(&list), "--mapping", &path(&mappings.join("va-fss.toml"))],
    );

    let rows = rows(&list);
    let (between, within) = ties(&rows);
    assert!(!between.is_empty() && within > 0, "the list holds both kinds of ties");
    let refused =
        calloff(data, &["publish", "--json", "--reason", "first", "--effective", "2025-02-15"]);
    assert_eq!(refused.status.code(), Some(1), "ties are refused");
    let report: serde_json::Value =
        serde_json::from_slice(&refused.stdout).expect("a report in JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let named: BTreeSet<_> = report["refusals"]
        .as_array()
        .expect("refusals")
        .iter()
        .map(|refusal| &refusal["Ambiguous"])
        .map(|tie| (text(&tie["item"]), text(&tie["a"]["contract"]), text(&tie["b"]["contract"])))
        .collect();
    assert_eq!(named, between, "every tie between contracts is named, and no other");
    let redundant = report["warnings"].as_array().expect("warnings").iter();
    assert_eq!(redundant.filter(|warning| warning.get("Redundant").is_some()).count(), within);

    succeeds(data, &["draft", "show", "--all"]);
    let settle = [
        "publish",
        "--reason",
        "first",
        "--effective",
        "2025-02-15",
        "--settle-ties",
        "contract-number",
    ];
    succeeds(data, &settle);
    compare(data, &rows, &station_ids(&sites));
}

fn station_ids(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("the sites");
    let states: BTreeMap<String, Vec<BTreeMap<String, String>>> =
        serde_json::from_str(&text).expect("states");
    states.into_values().flatten().map(|station| station["value"].clone()).collect()
}

fn compare(data: &Path, rows: &[Row], sites: &[String]) {
    let items = by_item(rows);
    let numbers_of: Vec<&str> = items.keys().copied().collect();
    let mut below = numbers();
    let mut requests = csv::Writer::from_path(data.join("in.csv")).expect("a file");
    requests
        .write_record(["id", "item", "quantity", "unit", "site", "order_date"])
        .expect("a header");
    let mut expected = Vec::new();
    for id in 0..20_000 {
        let item = numbers_of[below(numbers_of.len())];
        let (year, month, day) = (2023 + below(7), 1 + below(12), 1 + below(28));
        let quantity = 1 + below(500);
        let date = format!("{year}-{month:02}-{day:02}");
        let record =
            [&id.to_string(), item, &quantity.to_string(), "", &sites[below(sites.len())], &date];
        requests.write_record(record).expect("a row");
        let tested: u32 = date.replace('-', "").parse().expect("digits");
        let on_day = items[item].iter().filter(|row| row.first <= tested && tested <= row.last);
        expected.push((quantity, on_day.min_by_key(|row| (row.price, &row.contract))));
    }
    requests.flush().expect("written");
    let file = |name: &str| data.join(name).to_str().expect("a readable path").to_owned();
    succeeds(data, &["resolve", "--requests", &file("in.csv"), "--out", &file("out.csv")]);

    let mut answers = csv::Reader::from_path(data.join("out.csv")).expect("answers");
    let header = "id,outcome,supplier,contract,line,unit_price,currency,quantity,reason";
    assert_eq!(answers.headers().expect("a header").iter().collect::<Vec<_>>().join(","), header);
    let mut selected = 0;
    for (answer, (quantity, row)) in
        answers.records().map(|answer| answer.expect("a row")).zip(&expected)
    {
        match row {
            Some(row) => {
                selected += 1;
                let price = row.price.to_string();
                let quantity = quantity.to_string();
                let wanted = ["Selected", &row.supplier, &row.contract, &price, "USD", &quantity];
                assert_eq!(
                    [&answer[1], &answer[2], &answer[3], &answer[5], &answer[6], &answer[7]],
                    wanted,
                    "{answer:?}"
                );
            }
            None => assert_eq!(&answer[1], "NoSource", "{answer:?}"),
        }
    }
    assert_eq!(answers.position().line(), 20_002, "one answer for each request");
    assert!((5_000..20_000).contains(&selected), "{selected} of 20,000 have a source");
}
