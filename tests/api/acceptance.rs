//! What a client that lies or is broken cannot do with an order.

use std::collections::BTreeMap;

use axum::http::Method;
use calloff_core::document::{self, genesis, write};
use calloff_core::ids::{DocumentId, IntentId, OrderLineId};
use calloff_core::money::Money;
use calloff_core::order::{Command, Intent, LockedPrice, OrderStage};
use calloff_core::sample::builder::{currency, decimal, id};
use calloff_core::sample::small;
use calloff_core::wire::{
    Blob, DocumentKind, DocumentOutcome, DocumentPush, PROTOCOL, PersonRole, PushRefusalCode,
    PushRequest, QuarantineRow,
};
use calloff_tests::{TestApp, TestTablet};
use rust_decimal::Decimal;

/// An order of one line of flour, submitted with this locked price by a client that follows no
/// rules.
fn written(
    tablet: &TestTablet,
    number: u8,
    submission: IntentId,
    locked: &LockedPrice,
    by: &str,
) -> PushRequest {
    let device = tablet.enrolment.device;
    let order = DocumentId::mint(tablet.clock, [number; 10]);
    let mut document = genesis::begin(DocumentKind::Order).expect("a document");
    let line: OrderLineId = id("line");
    let commands = [
        Command::CreateOrder { site: tablet.enrolment.site.clone() },
        Command::AddLine {
            line: line.clone(),
            item: id("flour"),
            quantity: decimal("12"),
            unit: None,
        },
        Command::Submit { locked_prices: BTreeMap::from([(line, locked.clone())]) },
    ];
    for (command, at) in commands.into_iter().zip(1_u8..) {
        let is_submission = matches!(command, Command::Submit { .. });
        let minted = IntentId::mint(tablet.clock, [number.wrapping_mul(8).wrapping_add(at); 10]);
        let id = if is_submission { submission } else { minted };
        let intent =
            Intent { id, document: order, command, by: by.to_owned(), device, at: tablet.clock };
        write::apply(&mut document, document::actor(&device, &order, 0), &intent).expect("written");
    }
    let born = genesis::hash(DocumentKind::Order);
    let changes = document
        .get_changes(&[born])
        .iter()
        .flat_map(|change| change.raw_bytes().to_vec())
        .collect();
    let heads = vec![born.to_string()];
    let push = DocumentPush { id: order, kind: DocumentKind::Order, heads, changes: Blob(changes) };
    PushRequest { protocol: PROTOCOL, app_version: "test".to_owned(), documents: vec![push] }
}

/// The honest locked price of flour.
fn honest_price(tablet: &mut TestTablet) -> LockedPrice {
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    tablet.locked_prices(order, &id("school")).remove(&line).expect("a locked price")
}

fn submission(number: u8) -> IntentId {
    IntentId::mint(1_772_400_000_000, [number; 10])
}

async fn outcome(tablet: &TestTablet, app: &TestApp, push: &PushRequest) -> DocumentOutcome {
    let mut response = tablet.send_push(app, push).await.pushed();
    response.documents.remove(0).outcome
}

#[tokio::test]
async fn prices_whose_sum_fits_nowhere_are_refused_before_anything_is_stored() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let honest = honest_price(&mut tablet);
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    type Tamper = fn(&mut LockedPrice);
    let most = "a line costs at most 9000000000.00 EUR";
    let tampers: [(Tamper, &str); 5] = [
        (|locked| locked.amount.amount = Decimal::MAX, most),
        (|locked| locked.amount.amount = Decimal::MAX - Decimal::ONE, most),
        (|locked| locked.amount.amount = decimal("9000000000.01"), most),
        (|locked| locked.unit_price = decimal("-1"), "has a number"),
        (|locked| locked.quantity.value = Decimal::MAX, "has a number"),
    ];
    for ((tamper, reason), number) in tampers.into_iter().zip(1..) {
        let mut locked = honest.clone();
        tamper(&mut locked);
        let push = written(&tablet, number, submission(number), &locked, "Ana");
        let DocumentOutcome::Refused { refusals, document } = outcome(&tablet, &app, &push).await
        else {
            panic!("accepted: {locked:?}")
        };
        assert_eq!(
            (refusals[0].code, document),
            (PushRefusalCode::RuleBroken, None),
            "{}",
            refusals[0].message
        );
        assert!(refusals[0].message.contains(reason), "{}", refusals[0].message);
    }
    assert_eq!(finance.orders(&app, "").await.count, 0);
}

#[tokio::test]
async fn an_offer_whose_sum_fits_nowhere_is_not_taken_up() {
    let app = TestApp::start(&small()).await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let honest = honest_price(&mut tablet);
    for (amount, number) in [("9000000000.01", 1), ("9000000000", 2)] {
        let amount = Money { amount: decimal(amount), currency: honest.currency() };
        let locked = LockedPrice { amount, ..honest.clone() };
        let offer = written(&tablet, number, submission(number), &locked, "Ana");
        let body = calloff_tests::packed(&offer);
        let kept = tablet.send(&app, Method::POST, "/api/sync/offer", body).await;
        assert!(kept.status.is_success());
        let offers: Vec<QuarantineRow> = admin.get(&app, "/api/quarantine").await.json();
        let row = offers.iter().find(|row| row.document == offer.documents[0].id).expect("kept");
        let path = format!("/api/quarantine/{}/take-up", row.id);
        let answer = admin.post(&app, &path, &()).await;
        assert_eq!(answer.status.is_success(), number == 2);
        if number == 1 {
            let detail = answer.problem().detail.expect("words");
            assert!(detail.contains("a line costs at most 9000000000.00 EUR"), "{detail}");
        }
    }
}

#[tokio::test]
async fn what_failed_verification_is_summed_nowhere_and_fails_no_page() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let honest = honest_price(&mut tablet);
    // Within every bound, but not as in the release: one has a higher price, and one has a currency
    // that no contract here has.
    type Tamper = fn(&mut LockedPrice);
    let tampers: [Tamper; 2] = [
        |locked| locked.amount.amount = decimal("9000000000"),
        |locked| locked.amount.currency = currency("JPY"),
    ];
    for (tamper, number) in tampers.into_iter().zip(1..) {
        let mut locked = honest.clone();
        tamper(&mut locked);
        let push = written(&tablet, number, submission(number), &locked, "Ana");
        assert!(matches!(outcome(&tablet, &app, &push).await, DocumentOutcome::Accepted { .. }));
    }
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let waiting = finance.orders(&app, "stage=waiting").await;
    assert_eq!((waiting.count, waiting.totals.len()), (2, 0));
    for row in &waiting.orders {
        assert!(row.locked.is_empty(), "{:?}", row.locked);
        let detail = finance.order(&app, row.document).await;
        assert!(detail.row.locked.is_empty() && detail.to_decide.is_empty());
    }
}

#[tokio::test]
async fn one_submission_in_two_documents_is_one_order() {
    let app = TestApp::start(&small()).await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let locked = honest_price(&mut tablet);
    let (first, twin) = (
        written(&tablet, 1, submission(1), &locked, "Ana"),
        written(&tablet, 2, submission(1), &locked, "Ana"),
    );
    assert!(matches!(outcome(&tablet, &app, &first).await, DocumentOutcome::Accepted { .. }));
    let DocumentOutcome::Refused { refusals, .. } = outcome(&tablet, &app, &twin).await else {
        panic!("twice")
    };
    assert_eq!(refusals[0].code, PushRefusalCode::IntentRepeated);
    // The same in one push. The first one, sent again, gets the same answer.
    let both = [
        written(&tablet, 3, submission(2), &locked, "Ana"),
        written(&tablet, 4, submission(2), &locked, "Ana"),
    ];
    let documents = both.into_iter().flat_map(|push| push.documents).collect();
    let together = PushRequest { protocol: PROTOCOL, app_version: "test".to_owned(), documents };
    let answers = tablet.send_push(&app, &together).await.pushed().documents;
    let accepted =
        answers.iter().filter(|answer| matches!(answer.outcome, DocumentOutcome::Accepted { .. }));
    assert_eq!(accepted.count(), 1);
    assert!(matches!(outcome(&tablet, &app, &first).await, DocumentOutcome::Accepted { .. }));
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let page = finance.orders(&app, "").await;
    assert_eq!(
        (page.count, page.totals[0].amount),
        (2, decimal("468.00")),
        "two submissions, two orders"
    );
}

#[tokio::test]
async fn a_name_that_is_nobodys_at_the_site_is_marked_and_one_that_left_lately_is_not() {
    let app = TestApp::start(&small()).await;
    app.add_person("Ana", PersonRole::Staff, "coast", "correct horse battery").await;
    app.add_person("Bo", PersonRole::Staff, "hotel", "correct horse battery").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let locked = honest_price(&mut tablet);
    let unknown_of = async |number: u8, by: &str| {
        let finance = app.signed_in("fin", PersonRole::Finance, "org").await;
        let push = written(&tablet, number, submission(number), &locked, by);
        let document = push.documents[0].id;
        assert!(matches!(outcome(&tablet, &app, &push).await, DocumentOutcome::Accepted { .. }));
        finance.order(&app, document).await.row
    };
    let row = unknown_of(1, "Ana").await;
    assert_eq!((row.stage, row.unknown_names.len()), (OrderStage::Accepted, 0));
    for (number, by) in [(2, "Bo"), (3, "The chairman")] {
        let row = unknown_of(number, by).await;
        assert_eq!(
            (row.stage, row.unknown_names),
            (OrderStage::Accepted, vec![by.to_owned()]),
            "marked, and ordered"
        );
    }
    // Ana leaves. A tablet that was offline does not know this for a month.
    let mut write = app.state.store.write().await.expect("a transaction");
    let ana = id("Ana");
    assert!(
        calloff_server::storage::people::remove_person(&mut write, &ana, app.now())
            .await
            .expect("the store")
    );
    write.commit().await.expect("committed");
    let day = 24 * 60 * 60 * 1000;
    let left_at = app.now();
    app.set_millis(left_at + 2 * day);
    assert_eq!(unknown_of(4, "Ana").await.unknown_names, [""; 0]);
    app.set_millis(left_at + 31 * day);
    assert_eq!(unknown_of(5, "Ana").await.unknown_names, ["Ana"]);
}
