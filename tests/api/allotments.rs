//! A cap over all sites, and tablets that know nothing of one another (case 13 of the field's
//! cases).

use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    Allotment, Amendment, Commitment, Contract, Measure, Strength, Terms,
};
use calloff_core::ids::{DocumentId, IntentId, OrderLineId};
use calloff_core::order::accept::Reason;
use calloff_core::order::{OrderStage, ServerStatus};
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder::{self, contract, day, decimal, id, line, site, unit};
use calloff_core::wire::{ErrorCode, TopUpRequest, TopUpResponse};
use calloff_tests::{TestApp, TestTablet};
use rust_decimal::Decimal;

const SITES: [&str; 3] = ["site-1", "site-2", "site-3"];

/// Milk at 1.00 from CAPPED, of which all sites together may have 100; else at 1.50 from OPEN.
pub(crate) fn content(cap: &str, strength: Strength) -> CatalogueContent {
    let measure = Measure::Quantity(Quantity::new(decimal(cap), unit("EA")));
    let terms =
        Terms { maximum_commitment: Some(Commitment { measure, strength }), ..Terms::default() };
    let capped =
        Contract { terms, ..contract("CAPPED", "dairy", "org", vec![line("10", "milk", "1.00")]) };
    let open = contract("OPEN", "mill", "org", vec![line("10", "milk", "1.50")]);
    let mut content = builder::catalogue(vec![capped, open]);
    content.locations.push(site("site-3", "org"));
    content
}

pub(crate) fn hard() -> CatalogueContent {
    content("100", Strength::Hard)
}

/// Orders a quantity of milk: as much as the site's allotment allows from the contract with the
/// hard maximum, and the rest from another contract.
pub(crate) fn order(tablet: &mut TestTablet, quantity: &str) -> DocumentId {
    let order = tablet.begin();
    tablet.add_pieces(order, "milk", quantity);
    tablet.submit(order);
    order
}

/// Orders a quantity of the capped contract whatever the site has left, as no honest tablet does.
pub(crate) fn order_beyond(tablet: &mut TestTablet, quantity: &str) -> (DocumentId, OrderLineId) {
    let order = tablet.begin();
    let line = tablet.add(order, "milk", quantity);
    let locked_prices = tablet.uncapped_prices(order);
    tablet.submit_locked(order, locked_prices);
    (order, line)
}

/// What an order takes of the capped contract, and of the other.
pub(crate) fn taken(tablet: &TestTablet, order: DocumentId) -> (Decimal, Decimal) {
    let of = |contract: &str| {
        let locked_prices =
            tablet.order(order).lines.values().filter_map(|line| line.locked.as_ref());
        locked_prices
            .filter(|locked| locked.contract == id(contract))
            .map(|locked| locked.quantity.value)
            .sum()
    };
    (of("CAPPED"), of("OPEN"))
}

pub(crate) fn reasons(tablet: &TestTablet, order: DocumentId) -> Vec<Reason> {
    match &tablet.order(order).server.status {
        Some(ServerStatus::Refused { reasons, .. }) => reasons.clone(),
        _ => Vec::new(),
    }
}

async fn tablets(app: &TestApp) -> Vec<TestTablet> {
    let mut tablets = Vec::new();
    for site in SITES {
        tablets.push(app.tablet(site, "Kitchen").await);
    }
    tablets
}

pub(crate) fn top_up(number: u8, amount: &str) -> TopUpRequest {
    TopUpRequest {
        id: IntentId::mint(1, [number; 10]),
        contract: id("CAPPED"),
        line: None,
        amount: decimal(amount),
    }
}

#[tokio::test]
async fn case_13_three_offline_sites_that_each_want_50_of_a_cap_of_100_never_order_more() {
    for back in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let app = TestApp::start(&hard()).await;
        let mut tablets = tablets(&app).await;
        let orders: Vec<_> = tablets.iter_mut().map(|tablet| order(tablet, "50")).collect();
        for at in back {
            tablets[at].sync(&app).await;
            assert_eq!(
                tablets[at].order(orders[at]).stage(),
                OrderStage::Accepted,
                "{:?}",
                reasons(&tablets[at], orders[at])
            );
            assert_eq!(
                taken(&tablets[at], orders[at]),
                (20.into(), 30.into()),
                "its part, and the rest elsewhere"
            );
        }
        // Online again they ask for more: 40 are in reserve.
        let mut given = Vec::new();
        for (number, at) in (1..).zip(back) {
            given.push(
                tablets[at].top_up(&app, &top_up(number, "30")).await.json::<TopUpResponse>().given,
            );
        }
        assert_eq!(given, [20.into(), 20.into(), 0.into()], "nobody takes the reserve at once");
        let mut total = Decimal::from(60);
        for (at, more) in back.into_iter().zip(given) {
            let second = order(&mut tablets[at], "50");
            tablets[at].sync(&app).await;
            assert_eq!(tablets[at].order(second).stage(), OrderStage::Accepted);
            assert_eq!(taken(&tablets[at], second), (more, Decimal::from(50) - more));
            total += more;
        }
        assert_eq!(total, 100.into());
    }
}

#[tokio::test]
async fn case_13_what_exceeds_a_sites_part_is_refused_by_line_and_nothing_is_lost() {
    let app = TestApp::start(&hard()).await;
    let mut tablets = tablets(&app).await;
    let pieces = |number: &str| Measure::Quantity(Quantity::new(decimal(number), unit("EA")));
    for (number, tablet) in (1..).zip(&mut tablets) {
        let (order, line) = order_beyond(tablet, "50");
        tablet.sync(&app).await;
        let commitment =
            calloff_core::contract::CommitmentId { contract: id("CAPPED"), line: None };
        let refused = Reason::CapExhausted {
            line: line.clone(),
            item: id("milk"),
            commitment,
            asked: pieces("50"),
            left: pieces("20"),
        };
        assert_eq!(reasons(tablet, order), [refused]);
        assert_eq!(
            tablet.order(order).lines[&line].quantity.value,
            decimal("50"),
            "the line is still there"
        );
        // The tablet asks for the rest, and the first one gets it.
        let mut given =
            tablet.top_up(&app, &top_up(number, "30")).await.json::<TopUpResponse>().given;
        let rest = (Decimal::from(30) - given).to_string();
        given +=
            tablet.top_up(&app, &top_up(number + 10, &rest)).await.json::<TopUpResponse>().given;
        if given == 30.into() {
            tablet.submit(order);
            tablet.sync(&app).await;
            assert_eq!((number, tablet.order(order).stage()), (1, OrderStage::Accepted));
        } else {
            tablet.set(order, &line, &(Decimal::from(20) + given).to_string());
            tablet.submit(order);
            tablet.sync(&app).await;
            assert_eq!(taken(tablet, order), (Decimal::from(20) + given, 0.into()));
        }
    }
}

#[tokio::test]
async fn case_13_two_tablets_of_one_site_share_its_part_and_the_second_is_told() {
    let app = TestApp::start(&hard()).await;
    let (mut first, mut second) =
        (app.tablet("site-1", "Kitchen").await, app.tablet("site-1", "Bar").await);
    let (a, b) = (order(&mut first, "20"), order(&mut second, "15"));
    first.sync(&app).await;
    assert_eq!(first.order(a).stage(), OrderStage::Accepted);
    second.sync(&app).await;
    assert!(
        matches!(&reasons(&second, b)[..], [Reason::CapExhausted { .. }]),
        "{:?}",
        reasons(&second, b)
    );
    // It has seen the other tablet's order by now, and takes all of it elsewhere.
    second.submit(b);
    second.sync(&app).await;
    assert_eq!(
        (second.order(b).stage(), taken(&second, b)),
        (OrderStage::Accepted, (0.into(), 15.into()))
    );
}

#[tokio::test]
async fn a_top_up_counts_once_and_reaches_all_tablets_of_the_site() {
    let app = TestApp::start(&hard()).await;
    let (mut first, mut second) =
        (app.tablet("site-1", "Kitchen").await, app.tablet("site-1", "Bar").await);
    let mut other = app.tablet("site-2", "Kitchen").await;
    for _ in 0..3 {
        let answer: TopUpResponse = first.top_up(&app, &top_up(1, "15")).await.json();
        assert_eq!((answer.given, answer.allotments[0].amount), (15.into(), 35.into()));
    }
    second.pull(&app).await;
    let of_second = order(&mut second, "35");
    second.sync(&app).await;
    assert_eq!(
        (second.order(of_second).stage(), taken(&second, of_second)),
        (OrderStage::Accepted, (35.into(), 0.into()))
    );
    other.pull(&app).await;
    let of_other = order(&mut other, "45");
    assert_eq!(taken(&other, of_other), (20.into(), 25.into()));
    // Another site's tablet does not learn anything from an identifier, nor does it get anything
    // for nothing.
    assert_eq!(other.top_up(&app, &top_up(2, "0")).await.code(), ErrorCode::Unprocessable);
    let unknown = TopUpRequest { contract: id("OPEN"), ..top_up(3, "5") };
    assert_eq!(other.top_up(&app, &unknown).await.code(), ErrorCode::NotFound);
    assert_eq!(
        other.top_up(&app, &top_up(1, "15")).await.code(),
        ErrorCode::Unprocessable,
        "another site's request"
    );
    let of_line = TopUpRequest { line: Some(id("10")), ..top_up(1, "15") };
    assert_ne!(first.top_up(&app, &of_line).await.status, 500, "and another request of its own");
}

#[tokio::test]
async fn a_site_that_may_not_order_by_the_contract_gets_nothing_of_its_reserve() {
    let mut content = hard();
    content.contracts[0].scope.excluded = vec![id("site-3")];
    let app = TestApp::start(&content).await;
    let (mut insider, mut outsider) =
        (app.tablet("site-1", "Kitchen").await, app.tablet("site-3", "Kitchen").await);
    assert_eq!(outsider.top_up(&app, &top_up(1, "15")).await.code(), ErrorCode::NotFound);
    assert_eq!(
        insider.top_up(&app, &top_up(2, "15")).await.json::<TopUpResponse>().given,
        15.into()
    );
    // From the next release on it may.
    app.set_time("2026-03-03T08:00:00Z");
    app.publish(&amended_for_all(&content), day("2026-03-03")).await;
    assert_eq!(
        outsider.top_up(&app, &top_up(3, "5")).await.json::<TopUpResponse>().given,
        5.into()
    );
}

/// The capped contract, amended so that every site may order by it.
fn amended_for_all(content: &CatalogueContent) -> CatalogueContent {
    let mut content = content.clone();
    let mut amended = content.contracts[0].clone();
    amended.version = 2;
    amended.scope.excluded = Vec::new();
    amended.amendment = Some(Amendment {
        effective_from: day("2026-03-03"),
        reason_code: "scope".to_owned(),
        rationale: "For every site".to_owned(),
    });
    content.contracts.push(amended);
    content
}

#[tokio::test]
async fn publishing_again_takes_back_nothing_that_was_given() {
    let app = TestApp::start(&hard()).await;
    let mut first = app.tablet("site-1", "Kitchen").await;
    first.top_up(&app, &top_up(1, "15")).await;
    let mut wider = hard();
    wider.locations.push(site("site-4", "org"));
    app.publish(&wider, day("2026-03-02")).await;
    // 35 and twice 20 are given; an even part of 60 for four would be 15, which the cap still has.
    let granted = |site| {
        let app = &app;
        async move { app.state.store.allotments_of(&id(site)).await.expect("the ledger")[0].amount }
    };
    assert_eq!(
        (granted("site-1").await, granted("site-2").await, granted("site-4").await),
        (35.into(), 20.into(), 15.into())
    );
    let mut new = app.tablet("site-4", "Kitchen").await;
    let of_new = order(&mut new, "20");
    new.sync(&app).await;
    assert_eq!(
        (new.order(of_new).stage(), taken(&new, of_new)),
        (OrderStage::Accepted, (15.into(), 5.into()))
    );
}

#[tokio::test]
async fn what_lies_beyond_a_soft_maximum_is_accepted_and_flagged() {
    let app = TestApp::start(&content("30", Strength::Soft)).await;
    let mut tablet = app.tablet("site-1", "Kitchen").await;
    let first = order(&mut tablet, "25");
    tablet.sync(&app).await;
    let second = tablet.begin();
    let line = tablet.add(second, "milk", "25");
    tablet.submit(second);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(second).stage(), OrderStage::Accepted);
    assert_eq!(app.state.store.excesses(&first).await.expect("read"), []);
    let excesses = app.state.store.excesses(&second).await.expect("read");
    assert_eq!((&excesses[0].line, excesses[0].beyond.to_string()), (&line, "20 EA".to_owned()));
}

#[tokio::test]
async fn what_procurement_set_for_a_site_is_what_it_gets() {
    let mut content = hard();
    content.allotments = vec![Allotment {
        contract: id("CAPPED"),
        line: None,
        site: id("site-2"),
        amount: decimal("70"),
    }];
    let app = TestApp::start(&content).await;
    let granted: Vec<Decimal> = {
        let mut granted = Vec::new();
        for site in SITES {
            granted.push(
                app.state.store.allotments_of(&id(site)).await.expect("the ledger")[0].amount,
            );
        }
        granted
    };
    // An even part of 60 for three is 20, and the cap has 30 for two.
    assert_eq!(granted, [15.into(), 70.into(), 15.into()]);
    let mut tablet = app.tablet("site-2", "Kitchen").await;
    let of_tablet = order(&mut tablet, "70");
    tablet.sync(&app).await;
    assert_eq!(
        (tablet.order(of_tablet).stage(), taken(&tablet, of_tablet)),
        (OrderStage::Accepted, (70.into(), 0.into()))
    );
    let totals = app.state.store.commitment_totals().await.expect("the totals");
    assert_eq!(totals.into_values().collect::<Vec<_>>(), [70.into()]);
}

#[tokio::test]
async fn a_top_up_is_a_part_that_can_be_ordered_and_one_in_vain_is_not_kept() {
    let app = TestApp::start(&hard()).await;
    let mut tablet = app.tablet(SITES[0], "Kitchen").await;
    let finest = "0.0000000000000000000000000001";
    let mut given = Vec::new();
    for number in 1..60 {
        let answer = tablet.top_up(&app, &top_up(number, finest)).await;
        given.push(answer.json::<TopUpResponse>().given);
    }
    assert_eq!(given[0], 1.into(), "one piece, not a part of it");
    let total: Decimal = given.iter().sum();
    assert_eq!(total, 40.into(), "the whole reserve, piece by piece");
    let mut read = app.state.store.write().await.expect("the store");
    let id = calloff_core::contract::CommitmentId { contract: id("CAPPED"), line: None };
    let topped_up = calloff_server::storage::allotments::topped_up(&mut read).await.expect("rows");
    assert_eq!(topped_up.get(&(id, SITES[0].parse().expect("a site"))), Some(&total));
}
