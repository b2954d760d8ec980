//! The real price list and sites.

use std::collections::BTreeMap;
use std::path::PathBuf;

use calloff_core::sample::shared_data;
use rust_decimal::Decimal;

use super::harness::{Desk, mapping, text};

/// A row of the list, read without any code of ours: price, contract, line, and the days of
/// contract and price.
type Offer = (Decimal, String, String, [String; 4]);

/// A desk with both files imported.
pub fn imported() -> (Desk, PathBuf, serde_json::Value) {
    let [sites, list] = ["va_sites/vaMedicalFacilities.json", "va_fss/vaFssPharmPrices.csv"]
        .map(|file| shared_data(file).expect("the real data"));
    let desk = Desk::new();
    let import = |what: &str, file: &PathBuf, with: &str| {
        desk.calloff(&["import", what, text(file), "--mapping", text(&mapping(with)), "--json"])
            .json()
    };
    let said = import("sites", &sites, "va-sites.toml");
    assert_eq!(said["summary"]["sites"], 1_040);
    assert_eq!(said["remarks"].as_array().map(Vec::len), Some(0));
    let said = import("price-list", &list, "va-fss.toml");
    (desk, list, said)
}

#[test]
#[ignore = "needs the real data"]
fn the_real_list_arrives_intact_and_its_doubtful_rows_are_named() {
    let (_desk, _list, said) = imported();
    let summary = &said["summary"];
    let counts = ["lines", "contracts", "suppliers", "items", "new_contracts"]
        .map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [21_160, 656, 515, 15_507, 656]);
    let mut findings: BTreeMap<&str, usize> = BTreeMap::new();
    for remark in said["remarks"].as_array().unwrap() {
        assert_eq!(remark["severity"], "doubtful");
        assert!(remark["row"].as_u64().is_some_and(|row| (2..=21_161).contains(&row)), "{remark}");
        *findings.entry(remark["finding"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(findings["price_outside_contract"], 212);
    assert_eq!(findings["similar_supplier"], 16);
}

#[test]
#[ignore = "needs the real data"]
fn every_line_of_the_real_list_is_resolved_as_the_list_itself_says() {
    let (desk, list, _) = imported();
    let publish = ["publish", "--reason", "real", "--effective", "2025-02-15", "--json"];
    let refused = desk.calloff(&publish);
    assert_eq!(refused.code, 1, "the real list holds ties");
    desk.calloff(&["draft", "show", "--all"]).ok();
    let settled =
        desk.calloff(&[&publish[..], &["--settle-ties", "contract-number"]].concat()).json();
    assert_eq!(settled["lines"], 21_160);

    // Reads the list again without any code of ours: price, contract and line of each row, by item.
    let mut offers: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(&list).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let iso = |us: &str| format!("{}-{}-{}", &us[6..], &us[..2], &us[3..5]);
    let mut sum = Decimal::ZERO;
    for row in reader.records() {
        let row = row.unwrap();
        let cell = |name: &str| row[place(name)].to_owned();
        let price: Decimal = cell("Price").parse().unwrap();
        sum += price;
        let dates = ["ContractStartDate", "ContractStopDate", "PriceStartDate", "PriceStopDate"]
            .map(|name| iso(&cell(name)));
        let line = format!("{}/{}", cell("NDCWithDashes"), cell("PriceType"));
        offers.entry(cell("NDCWithDashes")).or_default().push((
            price,
            cell("ContractNumber"),
            line,
            dates,
        ));
    }
    assert_eq!(sum.to_string(), "599358899.25");

    let days = ["2024-06-30", "2025-02-15", "2025-03-31", "2025-04-01", "2026-01-01"];
    let mut requests = String::from("id,item,quantity,unit,site,order_date\n");
    let mut expected = Vec::new();
    for (item, offers) in &offers {
        for day in days {
            requests.push_str(&format!("{item}@{day},{item},7,,436GA,{day}\n"));
            let holds = |dates: &[String; 4]| {
                dates[0].as_str() <= day
                    && day <= dates[1].as_str()
                    && dates[2].as_str() <= day
                    && day <= dates[3].as_str()
            };
            let best = offers
                .iter()
                .filter(|(.., dates)| holds(dates))
                .min_by_key(|(price, contract, line, _)| (price, contract, line));
            expected.push(best.map_or_else(
                || ("NoSource".to_owned(), String::new(), String::new(), String::new()),
                |(price, contract, line, _)| {
                    ("Selected".to_owned(), contract.clone(), line.clone(), price.to_string())
                },
            ));
        }
    }
    let requests = desk.file("requests.csv", requests);
    let out = desk.path("answers.csv");
    desk.calloff(&["resolve", "--requests", text(&requests), "--out", text(&out)]).ok();
    let mut answers = csv::Reader::from_path(out).unwrap();
    let mut found = 0;
    for (answer, expected) in answers.records().zip(&expected) {
        let answer = answer.unwrap();
        let got = (
            answer[1].to_owned(),
            answer[3].to_owned(),
            answer[4].to_owned(),
            answer[5].to_owned(),
        );
        assert_eq!(got, *expected, "{}", &answer[0]);
        found += 1;
    }
    assert_eq!(found, expected.len());
}

#[test]
#[ignore = "needs the real data"]
fn the_real_list_again_changes_nothing() {
    let (desk, list, _) = imported();
    let again = desk.calloff(&[
        "import",
        "price-list",
        text(&list),
        "--mapping",
        text(&mapping("va-fss.toml")),
        "--json",
    ]);
    let summary = &again.json()["summary"];
    assert_eq!(
        (summary["unchanged_contracts"].as_u64(), summary["new_contracts"].as_u64()),
        (Some(656), Some(0))
    );
}

#[test]
#[ignore = "needs the real data"]
fn a_hundred_changed_prices_all_over_the_list_cost_a_tablet_at_most_20_kib() {
    let (desk, list, _) = imported();
    let publish = [
        "publish",
        "--reason",
        "real",
        "--effective",
        "2025-02-15",
        "--settle-ties",
        "contract-number",
    ];
    let publish = [&publish[..], &["--json"]].concat();
    desk.calloff(&["draft", "show", "--all"]).ok();
    let first = desk.calloff(&publish).json();
    let kib =
        |published: &serde_json::Value| published["new_bytes"].as_u64().unwrap().div_ceil(1024);
    assert!(kib(&first) <= 600, "{} KiB for the first release", kib(&first));

    let mut reader = csv::Reader::from_path(&list).unwrap();
    let header = reader.headers().unwrap().clone();
    let price = header.iter().position(|column| column == "Price").unwrap();
    let mut changed = csv::Writer::from_path(desk.path("changed.csv")).unwrap();
    changed.write_record(&header).unwrap();
    for (number, row) in reader.records().map(Result::unwrap).enumerate() {
        let dearer =
            |amount: &str| (amount.parse::<Decimal>().unwrap() + Decimal::new(1, 2)).to_string();
        let cell = |(at, cell): (usize, &str)| {
            if at == price && number % 212 == 0 { dearer(cell) } else { cell.to_owned() }
        };
        changed.write_record(row.iter().enumerate().map(cell)).unwrap();
    }
    changed.flush().unwrap();
    drop(changed);
    let list = std::fs::read(desk.path("changed.csv")).unwrap();
    let imported = desk.import_list(list, &["--effective", "2025-02-15", "--json"]).json();
    assert!(
        imported["summary"]["amended_contracts"].as_u64().is_some_and(|count| count > 50),
        "{imported}"
    );
    let next = desk.calloff(&publish).json();
    // The manifest is sent in base64, four bytes for three.
    let bytes = next["new_bytes"].as_u64().unwrap() * 4 / 3;
    println!("{} bytes for the first release, {bytes} for the next", first["new_bytes"]);
    assert!(bytes <= 20 * 1024, "{bytes} bytes for 100 changed prices");
}
