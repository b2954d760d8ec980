//! Contracts, as procurement reads them.

use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    Amendment, Commitment, Contract, ContractStatus, Measure, Scope, Strength, Terms,
};
use calloff_core::sample::builder::{between, contract, day, decimal, id, item, packed_line, tier};
use calloff_core::sample::small;
use calloff_core::wire::{
    ContractDetail, ContractDifference, ContractLinesPage, ContractPage, ContractState, ErrorCode,
    LineFate, PersonRole,
};
use calloff_tests::TestApp;

/// The mill's contract ends in three weeks, has a commitment, and an amendment for the next week:
/// flour costs more, milk has a smallest quantity, sugar is gone, and salt is new.
fn with_amendment() -> CatalogueContent {
    let mut content = small();
    let mill = &mut content.contracts[0];
    mill.validity = between("2026-01-01", "2026-03-23");
    // The release of the test publishes it.
    mill.status = ContractStatus::Draft;
    let commitment =
        Commitment { measure: Measure::Value(decimal("1000")), strength: Strength::Soft };
    mill.terms.maximum_commitment = Some(commitment);
    let mut next = Contract {
        version: 2,
        amendment: Some(Amendment {
            effective_from: day("2026-03-10"),
            reason_code: "price".to_owned(),
            rationale: "Wheat is dearer".to_owned(),
        }),
        ..mill.clone()
    };
    next.terms = Terms { minimum_order_value: Some(decimal("80")), ..next.terms };
    next.lines[0].tiers[0].price.amount = decimal("22.05");
    next.lines[2].minimum_order_quantity = Some(decimal("2"));
    next.lines.remove(1);
    next.lines.push(packed_line("40", "salt", "XBG", "5", vec![tier("1", "3.00", "XBG")]));
    content.items.push(item("salt"));
    content.contracts.push(next);
    content
}

#[tokio::test]
async fn the_list_says_what_each_contract_is_and_what_was_ordered_under_it() {
    let app = TestApp::start(&with_amendment()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "sugar", "5");
    tablet.submit(order);
    tablet.sync(&app).await;
    let page: ContractPage = buyer.get(&app, "/api/contracts").await.json();
    let numbers: Vec<_> = page
        .contracts
        .iter()
        .map(|row| (row.contract.as_str(), row.lines, row.sites, row.state))
        .collect();
    let in_force = ContractState::InForce;
    assert_eq!(
        numbers,
        [
            ("FA-2", 1, 2, in_force),
            ("FA-1", 3, 3, in_force),
            ("FA-4", 1, 1, in_force),
            ("FA-3", 3, 2, in_force)
        ]
    );
    let mill = &page.contracts[1];
    assert_eq!((mill.days_left, mill.changes_on), (Some(21), Some(day("2026-03-10"))));
    assert_eq!((mill.version, mill.supplier_name.as_str()), (1, "mill"));
    assert_eq!(mill.ordered[0].to_string(), "56.00 EUR");
    let used = &mill.commitments[0];
    assert_eq!((used.ordered, used.percent), (decimal("56.00"), Some(decimal("5.6"))));
    let suppliers: Vec<_> = page.suppliers.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!(suppliers, ["dairy", "mill", "wholesaler"]);

    let found = async |filter: &str| -> Vec<String> {
        let page: ContractPage = buyer.get(&app, &format!("/api/contracts?{filter}")).await.json();
        assert_eq!(page.suppliers.len(), 3, "the choices do not depend on the filter");
        page.contracts.iter().map(|row| row.contract.to_string()).collect()
    };
    assert_eq!(found("within=30").await, ["FA-1"]);
    assert_eq!(found("supplier=wholesaler").await, ["FA-4", "FA-3"]);
    assert_eq!(found("state=suspended").await, Vec::<String>::new());
    // On its first day, the amendment is the contract.
    app.set_time("2026-03-10T09:00:00Z");
    let buyer = app.signed_in("next-week", PersonRole::Procurement, "org").await;
    let page: ContractPage = buyer.get(&app, "/api/contracts?supplier=mill").await.json();
    assert_eq!((page.contracts[0].version, page.contracts[0].changes_on), (2, None));
    app.set_time("2026-03-24T09:00:00Z");
    let buyer = app.signed_in("too-late", PersonRole::Procurement, "org").await;
    let page: ContractPage = buyer.get(&app, "/api/contracts?state=expired").await.json();
    assert_eq!((page.count, page.contracts[0].contract.as_str()), (1, "FA-1"));
    app.work().await;
}

#[tokio::test]
async fn today_is_the_day_of_the_sites_and_not_of_the_server() {
    let mut content = with_amendment();
    for site in content.locations.iter_mut().filter_map(|location| location.site.as_mut()) {
        site.time_zone = "Pacific/Kiritimati".to_owned();
    }
    let app = TestApp::start(&content).await;
    let version = async |at: &str| {
        app.set_time(at);
        let name = format!("at-{}", &at[11..13]);
        let buyer = app.signed_in(&name, PersonRole::Procurement, "org").await;
        let page: ContractPage = buyer.get(&app, "/api/contracts?supplier=mill").await.json();
        page.contracts[0].version
    };
    assert_eq!(version("2026-03-09T09:59:00Z").await, 1);
    assert_eq!(version("2026-03-09T10:00:00Z").await, 2, "the 10th begins at the sites");
    app.work().await;
}

#[tokio::test]
async fn a_contract_has_its_terms_its_scope_and_who_published_each_version() {
    let app = TestApp::start(&with_amendment()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let detail: ContractDetail = buyer.get(&app, "/api/contracts/FA-3").await.json();
    assert_eq!((detail.header.included[0].as_str(), detail.header.sites), ("org", 2));
    assert_eq!(detail.header.excluded, ["hotel"]);
    assert!(detail.header.contract.lines.is_empty(), "lines are asked for by page");
    let detail: ContractDetail = buyer.get(&app, "/api/contracts/FA-1").await.json();
    let versions: Vec<_> = detail
        .versions
        .iter()
        .map(|row| (row.version, row.from.to_string(), row.lines, row.rationale.as_str()))
        .collect();
    let expected =
        [(2, "2026-03-10".to_owned(), 3, "Wheat is dearer"), (1, "2026-03-01".to_owned(), 3, "")];
    assert_eq!(versions, expected);
    let release = detail.versions[0].release.as_ref().expect("it was published here");
    assert_eq!((release.number, release.by.as_str()), (1, "owner"));
    assert_eq!((release.at, release.reason.as_str()), (app.now(), "test"));
    let none = buyer.get(&app, "/api/contracts/FA-99").await;
    assert_eq!(none.code(), ErrorCode::NotFound);
}

/// A contract of 250 lines, on which soap is the last one.
fn long() -> CatalogueContent {
    let mut content = small();
    let lines = (1..=250).map(|number| {
        let name = if number == 250 { "soap".to_owned() } else { format!("thing-{number}") };
        content.items.push(item(&name));
        packed_line(&number.to_string(), &name, "XBG", "5", vec![tier("1", "3.00", "XBG")])
    });
    let lines = lines.collect();
    content.contracts.push(contract("LONG", "mill", "org", lines));
    content
}

#[tokio::test]
async fn lines_are_read_forwards_and_backwards_and_searched() {
    let app = TestApp::start(&long()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let read = async |query: &str| -> (u32, u32, Vec<String>) {
        let path = format!("/api/contracts/LONG/versions/1/lines?{query}");
        let page: ContractLinesPage = buyer.get(&app, &path).await.json();
        let lines = page.lines.iter().map(|row| row.line.id.to_string()).collect();
        (page.first, page.count, lines)
    };
    let (first, count, lines) = read("").await;
    assert_eq!((first, count, lines.len(), lines[99].as_str()), (0, 250, 100, "100"));
    let (first, _, lines) = read("after=100").await;
    assert_eq!((first, lines[0].as_str(), lines[99].as_str()), (100, "101", "200"));
    let (first, _, lines) = read("after=200").await;
    assert_eq!((first, lines.len(), lines[49].as_str()), (200, 50, "250"));
    let (first, _, lines) = read("before=201").await;
    assert_eq!((first, lines[0].as_str(), lines.len()), (100, "101", 100));
    let (first, count, lines) = read("search=SOAP").await;
    assert_eq!((first, count, lines), (0, 1, vec!["250".to_owned()]));
    assert_eq!(read("search=nothing").await, (0, 0, Vec::new()));
    assert_eq!(read("limit=100000").await.2.len(), 250);
    assert_eq!(read("limit=0").await.2.len(), 1);
    let none = buyer.get(&app, "/api/contracts/LONG/versions/9/lines").await;
    assert_eq!(none.code(), ErrorCode::NotFound);
    let nonsense = buyer.get(&app, "/api/contracts/LONG/versions/x/lines").await;
    assert_eq!(nonsense.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_line_says_what_it_cost_before_and_since_when_it_costs_this() {
    let app = TestApp::start(&with_amendment()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let path = "/api/contracts/FA-1/versions/2/lines";
    let page: ContractLinesPage = buyer.get(&app, path).await.json();
    let prices: Vec<_> = page
        .lines
        .iter()
        .map(|row| {
            let prices = row.prices.as_ref().expect("a history");
            let before = prices.before.first().map(|tier| tier.price.amount.to_string());
            (row.description.as_str(), prices.since.to_string(), before)
        })
        .collect();
    let expected = [
        ("Flour, plain", "2026-03-10".to_owned(), Some("21.00".to_owned())),
        ("Milk, semi-skimmed, fresh", "2026-03-01".to_owned(), None),
        ("salt", "2026-03-10".to_owned(), None),
    ];
    assert_eq!(prices, expected);
}

#[tokio::test]
async fn two_versions_are_compared_line_by_line_and_term_by_term() {
    let app = TestApp::start(&with_amendment()).await;
    let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
    let read = async |query: &str| -> ContractDifference {
        buyer.get(&app, &format!("/api/contracts/FA-1/difference/{query}")).await.json()
    };
    let found = read("1/2").await;
    let fates: Vec<_> = found.lines.iter().map(|row| (row.fate, row.line.as_str())).collect();
    let expected = [
        (LineFate::Added, "40"),
        (LineFate::Repriced, "10"),
        (LineFate::Changed, "30"),
        (LineFate::Removed, "20"),
    ];
    assert_eq!(fates, expected);
    assert_eq!((found.fates, found.unchanged, found.terms_differ), ([1, 1, 1, 1], 0, true));
    let price = |line: &Option<calloff_core::contract::CatalogueLine>| {
        line.as_ref().map(|line| line.tiers[0].price.amount.to_string())
    };
    let flour = &found.lines[1];
    assert_eq!(
        (price(&flour.before).as_deref(), price(&flour.after).as_deref()),
        (Some("21.00"), Some("22.05"))
    );
    assert_eq!((flour.description.as_str(), found.lines[3].after.as_ref()), ("Flour, plain", None));
    let minimum = |header: &calloff_core::wire::ContractHeader| {
        header.contract.terms.minimum_order_value.map(|value| value.to_string())
    };
    assert_eq!((minimum(&found.from), minimum(&found.to)), (None, Some("80".to_owned())));

    let part = read("1/2?fate=removed").await;
    assert_eq!((part.count, part.lines.len(), part.fates), (1, 1, [1, 1, 1, 1]));
    let part = read("1/2?after=10&limit=1").await;
    assert_eq!((part.first, part.count, part.lines[0].line.as_str()), (2, 4, "30"));
    let back = read("2/1").await;
    assert_eq!(back.lines[0].line.as_str(), "20", "the other way round, sugar is new");
    let same = read("2/2").await;
    assert_eq!((same.count, same.unchanged, same.terms_differ), (0, 3, false));
    let none = buyer.get(&app, "/api/contracts/FA-1/difference/1/7").await;
    assert_eq!(none.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_reader_of_a_region_sees_its_contracts_and_its_own_orders() {
    let mut content = with_amendment();
    content.contracts[2].scope =
        Scope { included: vec![id("coast")], excluded: vec![id("hospital")] };
    let app = TestApp::start(&content).await;
    let mut school = app.tablet("school", "Kitchen").await;
    let mut hotel = app.tablet("hotel", "Bar").await;
    for (tablet, count) in [(&mut school, "2"), (&mut hotel, "5")] {
        let order = tablet.begin();
        tablet.add(order, "sugar", count);
        tablet.submit(order);
        tablet.sync(&app).await;
    }
    let on_the_island = app.signed_in("isla", PersonRole::Procurement, "island").await;
    let page: ContractPage = on_the_island.get(&app, "/api/contracts").await.json();
    let rows: Vec<_> =
        page.contracts.iter().map(|row| (row.contract.as_str(), row.sites)).collect();
    assert_eq!(rows, [("FA-1", 1), ("FA-4", 1)]);
    // Five sacks of the hotel, and nothing of the school.
    assert_eq!(page.contracts[0].ordered[0].to_string(), "56.00 EUR");
    assert!(page.contracts[0].commitments.is_empty(), "they count the orders of all sites");
    for path in ["FA-2", "FA-2/versions/1/lines", "FA-2/difference/1/1"] {
        let answer = on_the_island.get(&app, &format!("/api/contracts/{path}")).await;
        assert_eq!(answer.code(), ErrorCode::NotFound, "{path}");
    }
    let at_the_school = app.signed_in("sue", PersonRole::Auditor, "school").await;
    let detail: ContractDetail = at_the_school.get(&app, "/api/contracts/FA-3").await.json();
    // The hospital is excluded, and none of the reader's business.
    assert_eq!((detail.header.sites, detail.header.excluded.len()), (1, 0));
    let staff = app.signed_in("stan", PersonRole::Staff, "org").await;
    assert_eq!(staff.get(&app, "/api/contracts").await.code(), ErrorCode::Forbidden);
}
