use calloff_core::unit::Unit;

use super::*;
use crate::exchange::mapping::{Headers, parse_price_list};
use crate::exchange::report::{Remark, Severity};

const HEADER: &str = "ContractNumber,VendorName,ContractStartDate,ContractStopDate,NDCWithDashes,PackageDescription,Generic,\
                      TradeName,VAClass,Price,PriceStartDate,PriceStopDate,PriceType";

fn mapping() -> PriceListMapping {
    parse_price_list(include_str!("../../../mappings/va-fss.toml"), "va-fss.toml").unwrap()
}

/// A row of the real list, with some cells replaced by column.
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

fn read_rows(rows: &[String]) -> (PriceList, ImportReport) {
    read(format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes(), &mapping()).unwrap()
}

fn remarks(report: &ImportReport, severity: Severity) -> Vec<(u64, Finding)> {
    let of_rows = report.remarks.iter().filter(|remark| remark.severity == severity);
    of_rows.map(|Remark { row, finding, .. }| (row.unwrap_or(0), *finding)).collect()
}

#[test]
fn a_row_becomes_a_line_with_everything_intact() {
    let (list, report) =
        read_rows(&[row(&[("Price", "$3,246,231.10 "), ("NDCWithDashes", "900719925474099301")])]);
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
        let (list, report) =
            read_rows(&[row(&[(column, value)]), row(&[("NDCWithDashes", "00001-0001-02")])]);
        let refused: Vec<_> = report.refused().collect();
        assert_eq!(refused.len(), 1, "{column} {value:?}");
        assert_eq!(
            (refused[0].row, refused[0].column.as_deref()),
            (Some(2), Some(column)),
            "{value:?}"
        );
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
    let (list, _) =
        read_rows(&[row(&[("PriceStopDate", "12/31/9999"), ("ContractStopDate", "12/31/2099")])]);
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
    let mut rows: Vec<String> =
        (0..SUM_CHECK_ROWS).map(|n| row(&[("NDCWithDashes", &item(n))])).collect();
    rows[7] = row(&[("NDCWithDashes", &item(7)), ("Price", "11,000.00")]);
    let (_, report) = read_rows(&rows);
    assert_eq!(remarks(&report, Severity::Doubtful), [(9, Finding::OddPrice)]);
    // The same, compared with the item's other prices.
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

/// A list with other columns than the real list, in euros.
const SMALL: &str = r#"
[columns]
contract = "Contract"
supplier = "Supplier"
contract_start = "Begin"
contract_end = "End"
item = "Item"
description = "Text"
price = "Price"
price_start = "From"
price_end = "To"
line = ["Item", "Pack"]
[formats]
dates = ["%Y-%m-%d"]
currency_symbols = ["€", "$"]
[constants]
location = "org"
currency = "EUR"
unit = "EA"
content = "1"
"#;

/// Rows of item, price and text, of one contract from 2026 to 2027.
fn small(rows: &[(&str, &str, &str)]) -> (PriceList, ImportReport) {
    let row = |(item, price, text): &(&str, &str, &str)| {
        format!("K1;Mill;2026-01-01;2027-12-31;\"{item}\";{text};\"{price}\";2026-01-01;;1\n")
    };
    let rows: String = rows.iter().map(row).collect();
    let csv = format!("Contract;Supplier;Begin;End;Item;Text;Price;From;To;Pack\n{rows}");
    read(csv.as_bytes(), &parse_price_list(SMALL, "small.toml").unwrap()).unwrap()
}

#[test]
fn a_decimal_that_looks_like_thousands_is_refused_and_with_it_what_may_be_either() {
    let (list, report) =
        small(&[("A", "0,125", "Screw"), ("B", "1,250", "Nut"), ("C", "2.50", "Bolt")]);
    assert_eq!(
        remarks(&report, Severity::Refused),
        [(2, Finding::Unreadable), (3, Finding::Unreadable)]
    );
    assert!(report.refused().nth(1).unwrap().reason.contains("row 2 shows"), "{report:?}");
    assert_eq!(list.items.len(), 1);
    let (list, report) = small(&[("B", "1,250", "Nut"), ("C", "2.50", "Bolt")]);
    assert_eq!((list.items.len(), report.refused().count()), (2, 0), "nothing says otherwise");
}

#[test]
fn numbers_that_spreadsheets_changed_are_refused_or_doubted_and_look_alikes_named() {
    let (list, report) = small(&[
        ("=\"\"00123\"\"", "1.00", "Bolt"),
        ("4.00638E+12", "1.00", "Bolt"),
        ("#N/A", "1.00", "Bolt"),
        ("########", "1.00", "Bolt"),
        ("A1", "1.00", "#VALUE!"),
        ("inv-7", "1.00", "Nut"),
        ("INV-7", "1.00", "Nut"),
        ("47\u{200b}11", "1.00", "Washer"),
        ("B1", "1.00", "Bache\u{fffd}lor"),
        ("B\u{fffd}2", "1.00", "Bolt"),
    ]);
    let refused = [3, 4, 5, 6, 11].map(|row| (row, Finding::Spreadsheet));
    assert_eq!(remarks(&report, Severity::Refused), refused);
    let doubted = [
        (2, Finding::Spreadsheet),
        (8, Finding::LooksAlike),
        (9, Finding::Invisible),
        (10, Finding::LostCharacter),
    ];
    assert_eq!(remarks(&report, Severity::Doubtful), doubted);
    for item in ["00123", "inv-7", "INV-7", "4711", "B1"] {
        assert!(list.items.contains_key(&item.parse().unwrap()), "{item}");
    }
}

#[test]
fn an_identifier_that_only_differs_in_what_nobody_sees_is_the_same_item() {
    let (list, report) = small(&[("4711", "1.00", "Bolt"), ("4711\u{2060}", "2.00", "Bolt")]);
    assert_eq!(
        remarks(&report, Severity::Refused),
        [(3, Finding::Contradiction)],
        "two prices of one line"
    );
    assert_eq!(list.items.len(), 1);
}

#[test]
fn binary_noise_is_doubted_and_the_number_that_was_meant_is_taken() {
    let (list, report) = small(&[("A", "19.990000000000002", "Bolt")]);
    assert_eq!(remarks(&report, Severity::Doubtful), [(2, Finding::BinaryNoise)]);
    let price =
        &list.contracts[&"K1".parse().unwrap()].lines.values().next().unwrap().tiers[0].price;
    assert_eq!(price.amount.to_string(), "19.99");
}

#[test]
fn another_currency_is_refused_by_its_sign_and_by_a_column_and_an_unread_column_is_remarked() {
    let (_, report) = small(&[("A", "€ 1.00", "Bolt"), ("B", "$ 1.00", "Nut")]);
    assert_eq!(remarks(&report, Severity::Refused), [(3, Finding::OtherCurrency)]);
    let csv = "Contract;Supplier;Begin;End;Item;Text;Price;From;To;Pack;Currency\n\
               K1;Mill;2026-01-01;;A;Bolt;1.00;2026-01-01;;1;EUR\n\
               K1;Mill;2026-01-01;;B;Nut;1.00;2026-01-01;;1;USD\n";
    let read = |mapping: &str| {
        let (_, report) =
            read(csv.as_bytes(), &parse_price_list(mapping, "small.toml").unwrap()).unwrap();
        (remarks(&report, Severity::Refused), remarks(&report, Severity::Doubtful))
    };
    let other = vec![(3, Finding::OtherCurrency)];
    assert_eq!(read(SMALL), (vec![], other.clone()));
    let mapped = SMALL.replace("line = [", "currency = \"Currency\"\nline = [");
    assert_eq!(read(&mapped), (other, vec![]));
}

#[test]
fn the_longest_part_of_a_line_that_is_too_long_is_blamed() {
    let mapping = parse_price_list(&SMALL.replace("\"Pack\"]", "\"Text\"]"), "small.toml").unwrap();
    let csv = format!(
        "Contract;Supplier;Begin;End;Item;Text;Price;From;To\nK1;Mill;2026-01-01;;A;{};1.00;2026-01-01;\n",
        "x".repeat(130)
    );
    let (_, report) = read(csv.as_bytes(), &mapping).unwrap();
    let refused: Vec<_> =
        report.refused().map(|remark| (remark.row, remark.column.as_deref())).collect();
    assert_eq!(refused, [(Some(2), Some("Text"))]);
    assert!(report.remarks[0].reason.contains("Item/Text"), "{report:?}");
}

#[test]
fn an_open_end_within_a_contract_that_ends_is_no_doubt_and_never_is_said_once() {
    let (_, report) = small(&[("A", "1.00", "Bolt")]);
    assert_eq!(report.remarks, []);
    // One column for the ends of contract and price.
    let mapping =
        parse_price_list(&SMALL.replace("price_end = \"To\"", "price_end = \"End\""), "small.toml")
            .unwrap();
    for never in ["2099-12-31", "2099-11-30", "2999-12-31", "9999-12-31"] {
        let csv = format!(
            "Contract;Supplier;Begin;End;Item;Text;Price;From;Pack\nK1;Mill;2026-01-01;{never};A;Bolt;1.00;2026-01-01;1\n"
        );
        let (list, report) = read(csv.as_bytes(), &mapping).unwrap();
        assert_eq!(remarks(&report, Severity::Doubtful), [(2, Finding::SentinelEnd)], "{never}");
        assert_eq!(list.contracts[&"K1".parse().unwrap()].validity.end, None);
    }
}

#[test]
fn dates_that_can_be_read_in_two_ways_are_doubted_and_mixed_shapes_named_once() {
    let shapes = SMALL.replace("[\"%Y-%m-%d\"]", "[\"%Y-%m-%d\", \"%m/%d/%Y\", \"%d/%m/%Y\"]");
    let mapping = parse_price_list(&shapes, "small.toml").unwrap();
    let row = |item: &str, from: &str| format!("K1;Mill;2026-01-01;;{item};Bolt;1.00;{from};;1\n");
    let rows = [row("A", "2026-01-05"), row("B", "05/06/2026"), row("C", "31/12/2026")].concat();
    let csv = format!("Contract;Supplier;Begin;End;Item;Text;Price;From;To;Pack\n{rows}");
    let (_, report) = read(csv.as_bytes(), &mapping).unwrap();
    assert_eq!(
        remarks(&report, Severity::Doubtful),
        [(0, Finding::File), (3, Finding::AmbiguousDate)]
    );
    let mixed = &report.remarks[0].reason;
    assert!(
        mixed.contains("\"From\"")
            && mixed.contains("(row 2 first)")
            && mixed.contains("(row 4 first)"),
        "{mixed}"
    );
}

#[test]
fn two_prices_of_one_item_on_the_same_days_are_refused_when_only_their_dates_differ() {
    let mut mapping = mapping();
    mapping.columns.line =
        ["NDCWithDashes", "PriceStartDate"].map(|name| Headers(vec![name.into()])).to_vec();
    let from = |start: &str, end: &str, price: &str| {
        row(&[("PriceStartDate", start), ("PriceStopDate", end), ("Price", price)])
    };
    let read = |rows: &[String]| {
        read(format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes(), &mapping).unwrap()
    };
    let open = [from("01/01/2025", "", "1.00"), from("07/01/2025", "", "2.00")];
    let (_, report) = read(&open);
    assert_eq!(remarks(&report, Severity::Refused), [(3, Finding::Contradiction)]);
    let said = report.refused().next().unwrap().to_string();
    assert!(said.contains("two prices on the same days"), "{said}");
    let (list, report) =
        read(&[from("01/01/2025", "06/30/2025", "1.00"), from("07/01/2025", "", "2.00")]);
    assert_eq!(
        (report.refused().count(), list.contracts.values().next().unwrap().lines.len()),
        (0, 2)
    );
}
