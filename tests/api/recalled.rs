//! Recalled parts of an allotment: no other site gets one while a tablet of the site can still
//! order it.

use calloff_core::calendar::Date;
use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    Allotment, Amendment, Commitment, CommitmentId, CommitmentSide, Measure, Strength,
};
use calloff_core::ids::DocumentId;
use calloff_core::order::OrderStage;
use calloff_core::order::accept::Reason;
use calloff_core::order::exception::DecisionVerdict;
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder::{day, decimal, id, unit};
use calloff_core::wire::{DecisionRequest, PersonRole, PullRequest, TopUpResponse};
use calloff_server::storage::allotments::{held_up, ledger};
use calloff_tests::{TestApp, TestTablet};
use rust_decimal::Decimal;

use crate::allotments::{hard, order, order_beyond, reasons, taken, top_up};

const TODAY: &str = "2026-03-02";

/// The content with a hard maximum of 100, and with allotments that procurement set.
fn planned(parts: &[(&str, &str)]) -> CatalogueContent {
    let mut content = hard();
    content.allotments = parts
        .iter()
        .map(|(site, amount)| Allotment {
            contract: id("CAPPED"),
            line: None,
            site: id(site),
            amount: decimal(amount),
        })
        .collect();
    content
}

/// Site 1 has an allotment of 60, and the two other sites have 20 each. The tablets of the sites 1
/// and 2 know their allotments. Then procurement reduces the allotment of site 1 to 20.
async fn recalled() -> (TestApp, TestTablet, TestTablet) {
    let app = TestApp::start(&planned(&[("site-1", "60")])).await;
    let mut offline = app.tablet("site-1", "Kitchen").await;
    let mut other = app.tablet("site-2", "Kitchen").await;
    offline.pull(&app).await;
    other.pull(&app).await;
    later(&app, &planned(&[("site-1", "20")])).await;
    (app, offline, other)
}

/// Publishes a minute later, for the same day.
async fn later(app: &TestApp, content: &CatalogueContent) {
    app.set_millis(app.now() + 60_000);
    app.publish(content, day(TODAY)).await;
}

/// The allotment of a site as its tablets know it, and its recalled part that is not back yet.
async fn has(app: &TestApp, site: &str) -> (Decimal, Decimal) {
    let cap = CommitmentId { contract: id("CAPPED"), line: None };
    let mut read = app.state.store.write().await.expect("a transaction");
    let account = ledger(&mut read).await.expect("the ledger")[&cap][&id(site)];
    (account.told(), account.recalled())
}

async fn ordered(app: &TestApp) -> Decimal {
    let totals = app.state.store.commitment_totals().await.expect("the totals");
    let of_maximum = totals.into_iter().filter(|((_, side), _)| *side == CommitmentSide::Maximum);
    of_maximum.map(|(_, ordered)| ordered).sum()
}

async fn given(app: &TestApp, tablet: &mut TestTablet, number: u8, amount: &str) -> Decimal {
    tablet.top_up(app, &top_up(number, amount)).await.json::<TopUpResponse>().given
}

fn accepted(tablet: &TestTablet, order: DocumentId) -> (Decimal, Decimal) {
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted, "{:?}", reasons(tablet, order));
    taken(tablet, order)
}

#[tokio::test]
async fn case_13_an_order_made_offline_by_a_recalled_grant_is_accepted_and_nobody_else_got_it() {
    let (app, mut offline, mut other) = recalled().await;
    assert_eq!(given(&app, &mut other, 1, "30").await, 0.into(), "it is not in reserve yet");
    let by_the_old_grant = order(&mut offline, "60");
    let of_other = order(&mut other, "50");
    other.sync(&app).await;
    assert_eq!(accepted(&other, of_other), (20.into(), 30.into()));
    offline.sync(&app).await;
    assert_eq!(accepted(&offline, by_the_old_grant), (60.into(), 0.into()));
    let mut third = app.tablet("site-3", "Kitchen").await;
    third.pull(&app).await;
    let (of_third, beyond) = (order(&mut third, "50"), order_beyond(&mut other, "1").0);
    third.sync(&app).await;
    other.sync(&app).await;
    assert_eq!(accepted(&third, of_third), (20.into(), 30.into()));
    assert!(matches!(&reasons(&other, beyond)[..], [Reason::CapExhausted { .. }]));
    // Now it knows; what was used of the old grant does not come back.
    offline.pull(&app).await;
    assert_eq!(has(&app, "site-1").await, (60.into(), 0.into()));
    assert_eq!(given(&app, &mut other, 2, "30").await, 0.into());
    assert_eq!(ordered(&app).await, 100.into());
}

#[tokio::test]
async fn what_is_recalled_comes_back_when_the_tablet_says_that_it_knows_and_not_when_it_is_told() {
    let (app, mut offline, mut other) = recalled().await;
    // The answer is lost on the way.
    let request = offline.replica.pull_request();
    let lost = offline.send_pull(&app, &request).await;
    assert_eq!(lost.allotments[0].amount, 20.into());
    assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()));
    // So is the next one; then it takes one in.
    offline.pull(&app).await;
    assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()), "it may be lost as well");
    assert_eq!(given(&app, &mut other, 1, "30").await, 0.into());
    offline.pull(&app).await;
    assert_eq!(has(&app, "site-1").await, (20.into(), 0.into()));
    // Forty came back, of which nobody gets more than half at once.
    assert_eq!(given(&app, &mut other, 2, "30").await, 20.into());
    let within = order(&mut offline, "60");
    offline.sync(&app).await;
    assert_eq!(accepted(&offline, within), (20.into(), 40.into()));
}

#[tokio::test]
async fn every_tablet_of_the_site_must_know_unless_it_was_revoked() {
    let app = TestApp::start(&planned(&[("site-1", "60")])).await;
    let mut kitchen = app.tablet("site-1", "Kitchen").await;
    let mut bar = app.tablet("site-1", "Bar").await;
    let lost = app.tablet("site-1", "Lost").await;
    later(&app, &planned(&[("site-1", "20")])).await;
    for tablet in [&mut kitchen, &mut bar] {
        tablet.pull(&app).await;
        tablet.pull(&app).await;
    }
    assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()));
    let waits_for: Vec<String> = {
        let mut read = app.state.store.write().await.expect("a transaction");
        let found = held_up(&mut read).await.expect("the ledger").into_values();
        found.flat_map(|held| held.tablets).map(|(name, _)| name).collect()
    };
    assert_eq!(waits_for, ["Lost"]);
    app.revoke(&lost).await;
    assert_eq!(has(&app, "site-1").await, (20.into(), 0.into()));
}

#[tokio::test]
async fn a_revoked_tablet_that_comes_back_with_its_orders_gets_no_more_than_is_granted_by_then() {
    let (app, revoked, mut other) = recalled().await;
    app.revoke(&revoked).await;
    assert_eq!(given(&app, &mut other, 1, "30").await, 20.into(), "its grant came back at once");
    // Enrolled anew it carries out what it had not sent, as it knew the grant then.
    let mut anew = app.tablet("site-1", "Kitchen").await;
    anew.allotments.clone_from(&revoked.allotments);
    let made_before = order(&mut anew, "60");
    assert_eq!(taken(&anew, made_before), (60.into(), 0.into()));
    anew.sync(&app).await;
    assert!(matches!(&reasons(&anew, made_before)[..], [Reason::CapExhausted { .. }]));
    assert_eq!(ordered(&app).await, 0.into());
}

#[tokio::test]
async fn a_tablet_enrolled_before_what_is_recalled_is_back_must_know_it_as_well() {
    let (app, mut offline, _) = recalled().await;
    let mut new = app.tablet("site-1", "Bar").await;
    offline.pull(&app).await;
    offline.pull(&app).await;
    assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()));
    new.pull(&app).await;
    new.pull(&app).await;
    assert_eq!(has(&app, "site-1").await, (20.into(), 0.into()));
}

#[tokio::test]
async fn a_site_that_is_to_have_more_gets_it_as_soon_as_it_is_back_and_no_site_takes_it_before() {
    let (app, mut offline, mut other) = recalled().await;
    later(&app, &planned(&[("site-1", "20"), ("site-2", "50")])).await;
    other.pull(&app).await;
    assert_eq!(other.allotments[0].amount, 20.into(), "told of no more than it may order");
    let mut third = app.tablet("site-3", "Kitchen").await;
    offline.pull(&app).await;
    offline.pull(&app).await;
    assert_eq!(has(&app, "site-2").await, (50.into(), 0.into()));
    assert_eq!(given(&app, &mut third, 1, "30").await, 10.into(), "what is left of the forty");
    other.pull(&app).await;
    let of_other = order(&mut other, "50");
    other.sync(&app).await;
    assert_eq!(accepted(&other, of_other), (50.into(), 0.into()));
}

#[tokio::test]
async fn who_asks_for_what_is_recalled_from_their_own_site_gets_it() {
    let (app, mut offline, _) = recalled().await;
    offline.pull(&app).await;
    assert_eq!(given(&app, &mut offline, 1, "20").await, 20.into());
    assert_eq!(has(&app, "site-1").await, (40.into(), 20.into()));
    let of_forty = order(&mut offline, "60");
    offline.sync(&app).await;
    assert_eq!(accepted(&offline, of_forty), (40.into(), 20.into()));
}

#[tokio::test]
async fn a_cursor_of_another_database_confirms_nothing_and_its_answer_says_what_the_site_has() {
    let (app, offline, _) = recalled().await;
    let cursor = offline.replica.pull_request().cursor.expect("it has pulled");
    let foreign = format!("0000000000000000{}", &cursor[16..]);
    let answer = offline.pull_once(&app, &foreign).await;
    assert!(answer.more && answer.documents.is_empty());
    assert_eq!(answer.allotments[0].amount, 20.into(), "else the tablet would go by its release");
    // A cursor that this database gave before says nothing of what was recalled since.
    for cursor in [foreign, cursor] {
        let request = PullRequest { cursor: Some(cursor), ..offline.replica.pull_request() };
        offline.send_pull(&app, &request).await;
        assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()));
    }
}

#[tokio::test]
async fn a_lowered_maximum_is_kept_whatever_was_granted_before() {
    let app = TestApp::start(&hard()).await;
    let mut tablets = Vec::new();
    for site in ["site-1", "site-2", "site-3"] {
        let mut tablet = app.tablet(site, "Kitchen").await;
        tablet.pull(&app).await;
        tablets.push(tablet);
    }
    later(&app, &lowered("30", day(TODAY))).await;
    let orders: Vec<_> = tablets.iter_mut().map(|tablet| order(tablet, "20")).collect();
    for (tablet, order) in tablets.iter_mut().zip(&orders) {
        assert_eq!(taken(tablet, *order), (20.into(), 0.into()), "by what it knew offline");
        tablet.sync(&app).await;
    }
    let stages: Vec<_> =
        tablets.iter().zip(&orders).map(|(tablet, order)| tablet.order(*order).stage()).collect();
    assert_eq!(stages, [OrderStage::Accepted, OrderStage::Refused, OrderStage::Refused]);
    assert_eq!(ordered(&app).await, 20.into());
}

/// The capped contract, amended so that all sites together may have less.
fn lowered(cap: &str, from: Date) -> CatalogueContent {
    let mut content = hard();
    let mut amended = content.contracts[0].clone();
    let measure = Measure::Quantity(Quantity::new(decimal(cap), unit("EA")));
    amended.version = 2;
    amended.terms.maximum_commitment = Some(Commitment { measure, strength: Strength::Hard });
    amended.amendment = Some(Amendment {
        effective_from: from,
        reason_code: "less".to_owned(),
        rationale: "The supplier has less".to_owned(),
    });
    content.contracts.push(amended);
    content
}

#[tokio::test]
async fn an_order_by_the_recalled_grant_that_waits_for_procurement_keeps_it_until_it_is_decided() {
    for verdict in [DecisionVerdict::Honour, DecisionVerdict::Decline] {
        let (app, mut offline, mut other) = recalled().await;
        let late = order(&mut offline, "60");
        app.set_time("2026-03-20T09:00:00Z");
        offline.sync(&app).await;
        assert_eq!(offline.order(late).stage(), OrderStage::OnHold);
        offline.pull(&app).await;
        assert_eq!(has(&app, "site-1").await, (20.into(), 40.into()), "it knows, and {late} waits");
        assert_eq!(given(&app, &mut other, 1, "30").await, 0.into());
        // Nor does the site order it a second time.
        let second = order(&mut offline, "5");
        assert_eq!(taken(&offline, second), (0.into(), 5.into()));

        let pia = app.person("pia", PersonRole::Procurement, "org").await;
        let detail = pia.order(&app, late).await;
        let new_days =
            detail.to_decide.iter().map(|line| (line.line.clone(), line.days[0])).collect();
        let submission = offline.order(late).submitted.as_ref().expect("a submission").id;
        let request = DecisionRequest {
            submission,
            verdict,
            why: "the road was closed".to_owned(),
            new_days,
        };
        let answer = pia.post(&app, &format!("/api/orders/{late}/decision"), &request).await;
        assert!(answer.status.is_success(), "{:?}", answer.problem());
        let (told, more) = match verdict {
            DecisionVerdict::Honour => (60, 0),
            DecisionVerdict::Decline => (20, 20),
        };
        assert_eq!(has(&app, "site-1").await, (told.into(), 0.into()));
        assert_eq!(given(&app, &mut other, 2, "30").await, more.into());
    }
}
