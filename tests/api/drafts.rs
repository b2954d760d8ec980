//! Drafts that tablets of a site share: discarded, brought back, and not sent forever.

use calloff_core::ids::DocumentId;
use calloff_core::limits::SITE_DRAFTS;
use calloff_core::order::Command;
use calloff_core::sample::small;
use calloff_core::wire::{DocumentOutcome, PushRefusalCode};
use calloff_server::storage::feed::{ChangedDocument, StoredDocument, put_documents};
use calloff_tests::{TestApp, TestTablet};

#[tokio::test]
async fn a_discarded_draft_reaches_tablets_that_go_on_and_is_not_handed_to_one_that_starts() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store = app.tablet("school", "Store room").await;
    let (order, kept) = (kitchen.begin(), kitchen.begin());
    for draft in [order, kept] {
        kitchen.add(draft, "flour", "12");
    }
    kitchen.sync(&app).await;
    store.sync(&app).await;
    kitchen.intend(order, Command::KeepOrder { keep: false });
    kitchen.sync(&app).await;
    store.sync(&app).await;
    assert!(store.order(order).is_discarded());

    let mut new = app.tablet("school", "Bar").await;
    new.sync(&app).await;
    let held: Vec<_> = new.replica.orders().map(|order| order.document).collect();
    assert_eq!(held, [kept]);

    // A person wants the order after all. It is then an order like any other, also on the tablet
    // that never got it before.
    store.add(order, "milk", "3");
    store.sync(&app).await;
    new.sync(&app).await;
    let shown = new.order(order);
    assert_eq!(shown.ordered_lines().count(), 2);
    assert!(
        !shown.is_let_go() && shown.discarded.as_ref().is_some_and(|discard| discard.is_overtaken)
    );
}

#[tokio::test]
async fn an_emptied_draft_is_not_handed_to_a_tablet_that_starts() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let order = kitchen.begin();
    let line = kitchen.add(order, "flour", "12");
    kitchen.sync(&app).await;
    kitchen.set(order, &line, "0");
    kitchen.sync(&app).await;
    let mut new = app.tablet("school", "Bar").await;
    new.sync(&app).await;
    assert_eq!(new.replica.orders().count(), 0);
}

/// Pushes the one document that a tablet has to send, and returns the refusal. `None` if it was
/// accepted.
async fn refused(tablet: &TestTablet, app: &TestApp) -> Option<PushRefusalCode> {
    let push = tablet.replica.push_request("test").expect("something is unsent");
    match &tablet.send_push(app, &push).await.pushed().documents[0].outcome {
        DocumentOutcome::Accepted { .. } => None,
        DocumentOutcome::Refused { refusals, .. } => Some(refusals[0].code),
    }
}

#[tokio::test]
async fn a_site_has_only_so_many_drafts_and_one_that_goes_makes_room() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let order = kitchen.begin();
    kitchen.add(order, "flour", "12");
    kitchen.sync(&app).await;
    // One draft less than the limit.
    let document = app.state.store.document(&order).await.unwrap().expect("it is stored");
    let drafts: Vec<_> = (2..SITE_DRAFTS)
        .map(|number| {
            let id = DocumentId::mint(i64::try_from(number).unwrap(), [1; 10]);
            let document = StoredDocument { id, ..document.clone() };
            ChangedDocument { document, changed_at: 1 }
        })
        .collect();
    let mut write = app.state.store.write().await.unwrap();
    put_documents(&mut write, &drafts.iter().collect::<Vec<_>>()).await.unwrap();
    write.commit().await.unwrap();

    let last = kitchen.begin();
    kitchen.add(last, "flour", "12");
    kitchen.push(&app).await;
    let mut store = app.tablet("school", "Store room").await;
    let beyond = store.begin();
    store.add(beyond, "milk", "3");
    assert_eq!(refused(&store, &app).await, Some(PushRefusalCode::TooManyDrafts));
    assert!(app.state.store.document(&beyond).await.unwrap().is_none());
    // Another site has its own limit, and people can go on with the existing drafts.
    let mut ward = app.tablet("hospital", "Ward 3").await;
    let elsewhere = ward.begin();
    ward.add(elsewhere, "flour", "1");
    assert_eq!(refused(&ward, &app).await, None);
    kitchen.add(last, "milk", "3");
    assert_eq!(refused(&kitchen, &app).await, None);
    kitchen.push(&app).await;
    kitchen.intend(last, Command::KeepOrder { keep: false });
    kitchen.push(&app).await;
    assert_eq!(refused(&store, &app).await, None);
}
