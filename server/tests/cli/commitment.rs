use super::harness::{Desk, row};

const ITEM: &str = "00001-0001-01";

#[test]
fn without_commitments_there_is_nothing_to_list_nor_to_allot() {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C1", "Acme", ITEM, "1.00")]).ok();
    desk.calloff(&["publish", "--reason", "first"]).ok();
    assert_eq!(desk.calloff(&["commitment", "list"]).ok(), "no contract has a commitment\n");
    let allot = ["commitment", "allot", "--contract", "C1", "--site", "436", "--amount", "5"];
    let said = desk.calloff(&allot).fails();
    assert!(said.contains("contract C1 has no hard maximum"), "{said}");
}
