use calloff_core::unit::Unit;

use super::*;
use crate::exchange::mapping::parse_price_list;
use crate::exchange::report::{Remark, Severity};

const HEADER: &str = "ContractNumber,VendorName,ContractStartDate,ContractStopDate,NDCWithDashes,PackageDescription,Generic,\
                      TradeName,VAClass,Price,PriceStartDate,PriceStopDate,PriceType";

fn mapping() -> PriceListMapping {
    parse_price_list(include_str!("../../../mappings/va-fss.toml"), "va-fss.toml").unwrap()
}

/// A row as the real list has it, with some cells replaced by column.
fn row(changes: &[(&str, &str)]) -> String {
    let usual = [
        "C1",
        "\"Acme, Inc.\"",
        "01/01/2024",
        "12/31/2025",
        "00001-0001-01",
        "100",
        "GAUZE",
        "Softo",
        "XA100",
        "12.50",
        "01/01/2025",
        "12/31/2025",
        "FSS",
    ];
    let cell = |(column, usual): (&str, &str)| {
        let change = changes.iter().find(|(changed, _)| *changed == column);
        change.map_or_else(|| usual.to_owned(), |(_, cell)| format!("\"{cell}\""))
    };
    HEADER.split(',').zip(usual).map(cell).collect::<Vec<_>>().join(",")
}

fn read_rows(rows: &[String]) -> (PriceList, Report) {
    read(format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes(), &mapping()).unwrap()
}

fn remarks(report: &Report, severity: Severity) -> Vec<(u64, Finding)> {
    let of_rows = report.remarks.iter().filter(|remark| remark.severity == severity);
    of_rows.map(|Remark { row, finding, .. }| (row.unwrap_or(0), *finding)).collect()
}

#[test]
fn a_row_becomes_a_line_with_everything_intact() {
    let (list, report) = read_rows(&[row(&[("Price", "$3,246,231.10 "), ("NDCWithDashes", "900719925474099301")])]);
    assert_eq!(remarks(&report, Severity::Doubtful), [(2, Finding::OddNumber)]);
    let contract = &list.contracts[&"C1".parse().unwrap()];
    assert_eq!(contract.supplier.as_str(), "Acme, Inc.");
    assert_eq!(contract.validity.to_string(), "2024-01-01 to 2025-12-31");
    let line = &contract.lines[&"900719925474099301/FSS".parse().unwrap()];
    assert_eq!(line.tiers[0].price.amount.to_string(), "3246231.10");
    assert_eq!(line.validity.unwrap().to_string(), "2025-01-01 to 2025-12-31");
    assert_eq!(
        (line.orderable_unit, line.content, line.package_description.as_deref()),
        (Unit::EACH, Decimal::ONE, Some("100"))
    );
    let item = &list.items[&line.item];
    assert_eq!((item.description.as_str(), item.brand_name.as_deref()), ("GAUZE", Some("Softo")));
    assert_eq!(item.category.as_ref().unwrap().code.as_ref(), "XA100");
}

#[test]
fn rows_that_cannot_be_read_are_refused_by_number_column_and_value() {
    for (column, value) in [
        ("Price", "N/A"),
        ("Price", "-1.00"),
        ("Price", "98,24"),
        ("PriceStartDate", "2025-13-01"),
        ("PriceStopDate", "12/31/2024"),
        ("ContractStartDate", ""),
        ("NDCWithDashes", " "),
        ("Generic", "N/A"),
        ("PriceType", ""),
        ("ContractNumber", "C\t1"),
    ] {
        let (list, report) = read_rows(&[row(&[(column, value)]), row(&[("NDCWithDashes", "00001-0001-02")])]);
        let refused: Vec<_> = report.refused().collect();
        assert_eq!(refused.len(), 1, "{column} {value:?}");
        assert_eq!((refused[0].row, refused[0].column.as_deref()), (Some(2), Some(column)), "{value:?}");
        assert_eq!(refused[0].value.as_deref(), Some(value));
        assert_eq!(list.contracts.values().map(|contract| contract.lines.len()).sum::<usize>(), 1);
    }
}

#[test]
fn doubtful_rows_are_taken_and_remarked() {
    for (changes, finding) in [
        (vec![("PriceStopDate", "01/31/2026")], Finding::PriceOutsideContract),
        (vec![("PriceStopDate", "12/31/9999"), ("ContractStopDate", "")], Finding::SentinelEnd),
        (vec![("PriceStopDate", "12/31/2099"), ("ContractStopDate", "")], Finding::SentinelEnd),
        (vec![("NDCWithDashes", "1-1-1")], Finding::OddNumber),
        (vec![("TradeName", "Softo\u{a0}2")], Finding::OddSpaces),
        (vec![("Price", "0.00")], Finding::ZeroPrice),
    ] {
        let (list, report) = read_rows(&[row(&changes)]);
        assert_eq!(remarks(&report, Severity::Doubtful), [(2, finding)], "{changes:?}");
        assert_eq!(list.contracts.len(), 1);
    }
}

#[test]
fn case_17_a_sentinel_end_is_open() {
    let (list, _) = read_rows(&[row(&[("PriceStopDate", "12/31/9999"), ("ContractStopDate", "12/31/2099")])]);
    let contract = &list.contracts[&"C1".parse().unwrap()];
    assert_eq!(contract.validity.end, None);
    assert_eq!(contract.lines.values().next().unwrap().validity.unwrap().end, None);
}

#[test]
fn rows_that_contradict_an_earlier_one_are_refused_and_repetitions_count_once() {
    let (list, report) = read_rows(&[
        row(&[]),
        row(&[]),
        row(&[("Price", "13.00")]),
        row(&[("NDCWithDashes", "00001-0001-02"), ("VendorName", "Other")]),
        row(&[("NDCWithDashes", "00001-0001-02"), ("ContractStopDate", "12/31/2026")]),
    ]);
    assert_eq!(remarks(&report, Severity::Doubtful), [(3, Finding::Repeated)]);
    let contradiction = |row| (row, Finding::Contradiction);
    assert_eq!(remarks(&report, Severity::Refused), [4, 5, 6].map(contradiction));
    assert_eq!(list.contracts[&"C1".parse().unwrap()].lines.len(), 1);
}

#[test]
fn similar_suppliers_and_other_descriptions_are_remarked_once_each() {
    let other = [("ContractNumber", "C2"), ("VendorName", "ACME INC")];
    let (list, report) = read_rows(&[
        row(&[]),
        row(&other),
        row(&[other[0], other[1], ("PriceType", "NC")]),
        row(&[("PriceType", "NC"), ("Generic", "GAUZE PAD")]),
    ]);
    let expected = [(3, Finding::SimilarSupplier), (5, Finding::DescribedDifferently)];
    assert_eq!(remarks(&report, Severity::Doubtful), expected);
    assert_eq!(list.items[&"00001-0001-01".parse().unwrap()].description, "GAUZE");
}

#[test]
fn case_16_a_total_keyed_as_the_unit_price_is_remarked() {
    let item = |n: usize| format!("00001-0001-{n:02}");
    let mut rows: Vec<String> = (0..SUM_CHECK_ROWS).map(|n| row(&[("NDCWithDashes", &item(n))])).collect();
    rows[7] = row(&[("NDCWithDashes", &item(7)), ("Price", "11,000.00")]);
    let (_, report) = read_rows(&rows);
    assert_eq!(remarks(&report, Severity::Doubtful), [(9, Finding::OddPrice)]);
    // And against the item's other prices.
    let (_, report) = read_rows(&[row(&[]), row(&[("PriceType", "NC"), ("Price", "1,250.00")])]);
    assert_eq!(remarks(&report, Severity::Doubtful), [(3, Finding::OddPrice)]);
}

#[test]
fn case_17_a_semicolon_file_with_bare_cr_and_a_mark_reads_the_same() {
    let plain = format!("{HEADER}\n{}\n", row(&[]));
    let odd = format!(
        "\u{feff}{};\r{};\r",
        HEADER.replace(',', ";"),
        row(&[]).replace("Acme, Inc.", "Acme@").replace(',', ";")
    );
    let odd = odd.replace("Acme@", "Acme, Inc.");
    let (expected, _) = read(plain.as_bytes(), &mapping()).unwrap();
    let (found, report) = read(odd.as_bytes(), &mapping()).unwrap();
    assert_eq!(found.contracts, expected.contracts);
    assert_eq!(remarks(&report, Severity::Doubtful), [(0, Finding::File)]);
}
