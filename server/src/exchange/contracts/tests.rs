use calloff_core::contract::ContractStatus;
use calloff_core::contract::{Amendment, Contract};
use calloff_core::ids::ContractId;
use calloff_core::sample::builder::{contract, line, unit};
use calloff_core::sample::small;
use futures_util::FutureExt as _;
use jiff::civil::date;

use super::change::{Changes, VersionChange};
use super::import::read;
use super::source::Source;
use super::{ContractsFile, json};
use crate::exchange::json::Problems;

fn empty() -> ContractsFile {
    ContractsFile::default()
}

fn of_contracts(contracts: Vec<Contract>) -> ContractsFile {
    ContractsFile { contracts, ..empty() }
}

fn read_into(stored: &ContractsFile, file: &ContractsFile) -> Result<Changes, Problems> {
    read_text(stored, &json::write(file).unwrap())
}

/// Reads a text as the import does: it knows the stored contracts by their headers, and looks one
/// up whole when the file names it.
fn read_text(stored: &ContractsFile, text: &str) -> Result<Changes, Problems> {
    let mut headers = stored.clone();
    headers.contracts.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    headers.contracts.iter_mut().for_each(|contract| contract.lines.clear());
    let whole = async |id: &ContractId, version: u32| {
        let found = stored
            .contracts
            .iter()
            .find(|contract| contract.id == *id && contract.version == version);
        Ok(found.cloned())
    };
    read(Source::Text(text), &mut headers, false, whole).now_or_never().unwrap().unwrap()
}

#[track_caller]
fn refused(stored: &ContractsFile, file: &ContractsFile, path: &str, reason: &str) {
    let problems = read_into(stored, file).unwrap_err().problems;
    assert!(problems.iter().any(|p| p.path == path && p.reason.contains(reason)), "{problems:#?}");
}

fn stored() -> ContractsFile {
    ContractsFile::of(small())
}

fn amended(contract: &Contract, version: u32) -> Contract {
    let amendment = Amendment {
        effective_from: date(2025, 7, 1),
        reason_code: "price".into(),
        rationale: "Summer".into(),
    };
    Contract {
        version,
        status: ContractStatus::Draft,
        amendment: Some(amendment),
        ..contract.clone()
    }
}

#[test]
fn what_is_stored_again_changes_nothing() {
    let changes = read_into(&stored(), &stored()).unwrap();
    assert!(changes.summary.is_unchanged(), "{:?}", changes.summary);
    assert!(
        changes.versions.is_empty() && changes.items.is_empty() && changes.sourcing_rules.is_none()
    );
}

#[test]
fn a_published_version_never_changes_and_its_amendment_becomes_a_draft() {
    let stored = stored();
    let before = stored
        .contracts
        .iter()
        .find(|contract| contract.status == ContractStatus::Published)
        .unwrap();
    let renamed = Contract { title: "Another".into(), ..before.clone() };
    refused(
        &stored,
        &of_contracts(vec![renamed.clone()]),
        "contracts[0]",
        "never changes: write what changes as version 2",
    );

    let second = amended(&renamed, 2);
    let changes = read_into(&stored, &of_contracts(vec![second.clone()])).unwrap();
    assert_eq!(changes.versions, [VersionChange::Add(second.clone())]);
    assert_eq!(changes.summary.contract_versions.amended, 1);
    refused(
        &stored,
        &of_contracts(vec![amended(&renamed, 3)]),
        "contracts[0]",
        "the next is version 2",
    );
    let unexplained = Contract { amendment: None, ..second.clone() };
    refused(&stored, &of_contracts(vec![unexplained]), "contracts[0]", "has no amendment");

    // A draft may be written again many times. It changes only itself before it is published.
    let mut drafted = stored.clone();
    drafted.contracts.push(second.clone());
    let again = Contract { title: "A third".into(), ..second.clone() };
    let changes = read_into(&drafted, &of_contracts(vec![again.clone()])).unwrap();
    assert_eq!(changes.versions, [VersionChange::Redraft(again)]);
    refused(
        &drafted,
        &of_contracts(vec![amended(&renamed, 3)]),
        "contracts[0]",
        "version 2 of contract",
    );
}

#[test]
fn contracts_are_suspended_resumed_and_ended_once() {
    use ContractStatus::{Draft, Ended, Published, Suspended};
    let one = |status| Contract { status, ..small().contracts[0].clone() };
    let mut stored = stored();
    let mut change = |from, to| {
        stored.contracts = vec![one(from)];
        read_into(&stored, &of_contracts(vec![one(to)])).map(|changes| changes.versions)
    };
    let id = one(Draft).id;
    for (from, to) in
        [(Published, Suspended), (Suspended, Published), (Published, Ended), (Suspended, Ended)]
    {
        assert_eq!(change(from, to).unwrap(), [VersionChange::SetStatus(id.clone(), 1, to)]);
    }
    for (from, to) in [(Draft, Published), (Published, Draft), (Ended, Ended)] {
        assert_eq!(change(from, to).unwrap(), [], "{from:?} to {to:?}");
    }
    assert_eq!(change(Draft, Suspended).unwrap(), [VersionChange::Redraft(one(Suspended))]);
    for (from, to) in [(Ended, Published), (Ended, Suspended), (Suspended, Draft)] {
        assert!(
            change(from, to).unwrap_err().problems[0].reason.contains("cannot become"),
            "{from:?} to {to:?}"
        );
    }
}

#[test]
fn past_versions_keep_their_status_and_the_last_waits_as_a_draft() {
    let mut file = stored();
    let first = file.contracts[0].clone();
    assert_eq!((first.version, first.status), (1, ContractStatus::Published));
    let second = Contract { status: ContractStatus::Published, ..amended(&first, 2) };
    file.contracts = vec![second.clone(), first.clone()];
    let changes = read_into(&empty(), &file).unwrap();
    let waiting = Contract { status: ContractStatus::Draft, ..second };
    assert_eq!(changes.versions, [VersionChange::Add(first.clone()), VersionChange::Add(waiting)]);
    file.contracts[1].status = ContractStatus::Draft;
    refused(
        &empty(),
        &file,
        "contracts[1]",
        "only the last version and its amendments can be drafts",
    );
}

#[test]
fn names_that_nobody_knows_are_found_all_at_once() {
    let file =
        of_contracts(vec![contract("X", "nobody", "nowhere", vec![line("1", "nothing", "1.00")])]);
    let problems = read_into(&empty(), &file).unwrap_err().problems;
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    let expected =
        ["contracts[0].supplier", "contracts[0].scope.included[0]", "contracts[0].lines[0].item"];
    assert!(expected.iter().all(|path| paths.contains(path)), "{problems:#?}");
    assert!(
        problems[0].reason.contains("here or stored: add it under \"suppliers\""),
        "{}",
        problems[0]
    );
}

#[test]
fn twins_are_refused_with_both_places() {
    let mut file = stored();
    let (item, contract) = (file.items[0].clone(), file.contracts[0].clone());
    file.items.push(item);
    file.contracts.push(contract);
    let text = json::write(&file).unwrap();
    let line_of = |what: &str| 1 + text[..text.find(what).unwrap()].matches('\n').count();
    let first = line_of(&format!("{{\"id\": \"{}\"", file.items[0].id));
    let items = format!("items[{}]", file.items.len() - 1);
    refused(&empty(), &file, &items, &format!("appears twice, first on line {first}: keep one"));
    refused(&empty(), &file, &format!("contracts[{}]", file.contracts.len() - 1), "appears twice");
}

#[test]
fn a_gtin_on_two_items_is_refused_in_whatever_lengths_it_is_written() {
    let gtin = |text: &str| calloff_core::item::Gtin::parse(text).unwrap();
    let mut file = stored();
    file.items[0].gtins = vec![gtin("036000291452")];
    file.items[1].gtins = vec![gtin("00036000291452")];
    refused(&empty(), &file, "items[1].gtins", "in the same or another length");
    // The same when one of the two items is stored.
    let mut before = stored();
    before.items[0].gtins = vec![gtin("0036000291452")];
    let mut one = empty();
    one.items = vec![file.items[1].clone()];
    refused(&before, &one, "items[0].gtins", "in the same or another length");
}

#[test]
fn what_spreadsheets_and_programs_leave_is_refused_where_it_is_new() {
    let noisy = Contract {
        version: 1,
        ..contract("N", "dairy", "org", vec![line("1", "milk", "19.990000000000002")])
    };
    let mut file = stored();
    file.contracts = vec![noisy];
    let path = "contracts[0].lines[0].tiers[0].price.amount";
    refused(&stored(), &file, path, "write \"19.99\"");
    for (text, reason) in
        [("47\u{200b}11", "U+200B"), ("#N/A", "error of a spreadsheet"), ("47\u{fffd}11", "U+FFFD")]
    {
        let mut file = stored();
        file.items[0].id = text.parse().unwrap();
        refused(&stored(), &file, "items[0].id", reason);
        assert!(read_into(&file, &file).is_ok(), "what is stored so stays");
    }
}

#[test]
fn what_is_no_file_of_contracts_says_what_the_whole_file_is() {
    let said = |text: &str| read_text(&empty(), text).unwrap_err().problems.remove(0).to_string();
    assert!(said("Contract,Item\nC1,A1\n").contains("the whole file is no JSON"));
    assert!(said("{}").contains("\"format\" is missing"));
    assert!(
        said("{\"format\": \"calloff-contracts/1\", \"prices\": []}")
            .contains("prices: there is no such field")
    );
    assert!(said("{\"format\": [], \"items\": {}}").contains("format: found a list, but expected"));
    assert!(
        said("{\"format\": \"calloff-contracts/1\", \"items\": {}}")
            .contains("items: found an object, but expected a list")
    );
    let twice = "{\"format\": \"calloff-contracts/1\",\n\"items\": [],\n\"items\": []}";
    assert!(said(twice).starts_with(
        "line 3, column 10: the name \"items\" appears twice in one object, first on line 2"
    ));
}

#[test]
fn what_is_no_tree_and_no_time_zone_is_refused() {
    let mut file = empty();
    file.locations = small().locations;
    let site = file.locations.iter().position(|location| location.site.is_some()).unwrap();
    file.locations[site].site.as_mut().unwrap().time_zone = "Mars/Phobos".into();
    refused(&empty(), &file, &format!("locations[{site}].site.time_zone"), "not an IANA time zone");
    let mut other = empty();
    other.locations = vec![calloff_core::location::Location {
        id: "other".parse().unwrap(),
        parent: None,
        name: "Other".into(),
        site: None,
    }];
    refused(&stored(), &other, "locations", "both have no parent");
}

#[test]
fn an_item_that_is_stored_keeps_its_unit() {
    let mut file = empty();
    file.items = vec![small().items[0].clone()];
    file.items[0].base_unit = unit("LTR");
    refused(&stored(), &file, "items[0].base_unit", "not in LTR");
}

#[test]
fn generated_organisations_are_read_as_they_are_written() {
    for seed in 0..4 {
        let file = ContractsFile::of(calloff_core::sample::organisation(seed, date(2026, 2, 28)));
        let text = json::write(&file).unwrap();
        let findings = json::Findings::new(&text);
        let read: ContractsFile =
            json::read(&json::parse(&text, &findings).unwrap(), &findings).unwrap();
        assert!(read == file, "seed {seed}");
    }
}

/// `CALLOFF_BLESS=1 cargo test -p calloff-server schema` writes it anew.
#[test]
fn the_schema_in_the_documentation_is_the_one_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema/contracts.schema.json");
    let generated = serde_json::to_string_pretty(&super::schema()).unwrap() + "\n";
    if std::env::var_os("CALLOFF_BLESS").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let documented = std::fs::read_to_string(path).unwrap();
    assert!(
        documented == generated,
        "docs/schema/contracts.schema.json is not what the types say: see this test's comment"
    );
}
