//! The settings of a site on the server: its tablets push and pull them, and nobody else can.

use calloff_core::calendar::IsoWeekday;
use calloff_core::sample::builder::{decimal, id, unit};
use calloff_core::sample::small;
use calloff_core::site::{Command, Place};
use calloff_core::wire::{DocumentKind, DocumentOutcome, PushRefusalCode};
use calloff_tests::{TestApp, TestTablet};

fn line(line: &str, item: &str, of: &str) -> Command {
    let place = Place::between(None, None);
    Command::AddGuideLine { line: id(line), item: id(item), unit: unit(of), area: None, place }
}

fn par(line: &str, quantity: &str) -> Command {
    Command::SetPar {
        line: id(line),
        weekdays: IsoWeekday::ALL.into(),
        quantity: decimal(quantity),
    }
}

fn listed(tablet: &TestTablet) -> Vec<String> {
    tablet.settings().shelf(None).into_iter().map(|(line, _)| line.to_string()).collect()
}

#[tokio::test]
async fn two_tablets_of_a_site_share_one_guide_that_each_began_offline() {
    let app = TestApp::start(&small()).await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut store_room = app.tablet("school", "Store room").await;
    let mut hospital = app.tablet("hospital", "Ward 3").await;
    kitchen.say(line("k1", "flour", "KGM"));
    kitchen.say(par("k1", "50"));
    store_room.say(line("s1", "milk", "LTR"));
    let order = kitchen.begin();
    kitchen.add(order, "flour", "1");
    for tablet in [&mut kitchen, &mut store_room, &mut hospital] {
        tablet.sync(&app).await;
    }
    kitchen.sync(&app).await;
    assert_eq!(
        (listed(&kitchen), kitchen.settings()),
        (vec!["k1".to_owned(), "s1".to_owned()], store_room.settings())
    );
    assert_eq!(store_room.order(order).lines.len(), 1, "orders and settings come in one pull");
    assert!(hospital.replica.site(kitchen.settings_document()).is_none());

    // A tablet that comes later, and a tablet whose storage was lost, get them whole.
    let mut later = TestTablet::again(&app, &kitchen.enrolment).await;
    later.pull(&app).await;
    assert_eq!(later.settings(), kitchen.settings());
    let stored = app.state.store.document(&kitchen.settings_document()).await.unwrap().unwrap();
    assert_eq!((stored.kind, stored.site.as_str()), (DocumentKind::Site, "school"));
}

#[tokio::test]
async fn a_lost_reply_counts_once_and_a_par_that_two_changed_is_a_conflict() {
    let app = TestApp::start(&small()).await;
    let mut ana = app.tablet("school", "Kitchen").await;
    let mut ben = app.tablet("school", "Store room").await;
    ana.say(line("g1", "flour", "KGM"));
    ana.sync(&app).await;
    ben.sync(&app).await;
    ana.say(par("g1", "50"));
    ben.say(par("g1", "75"));
    ana.push_and_lose_the_reply(&app).await;
    for tablet in [&mut ana, &mut ben] {
        tablet.sync(&app).await;
    }
    ana.sync(&app).await;
    let monday = IsoWeekday::ALL[0];
    assert!(ana.settings().lines[&id("g1")].pars[&monday].is_conflicted());
    ben.say(par("g1", "75"));
    ben.sync(&app).await;
    ana.sync(&app).await;
    assert_eq!(ana.settings().lines[&id("g1")].par(monday), Some(decimal("75")));
    assert_eq!(ana.settings(), ben.settings());
    assert!(ana.notices.is_empty() && ben.notices.is_empty());
}

#[tokio::test]
async fn a_tablet_writes_no_other_sites_settings_and_none_under_an_orders_name() {
    let app = TestApp::start(&small()).await;
    let mut school = app.tablet("school", "Kitchen").await;
    let hospital = app.tablet("hospital", "Ward 3").await;
    school.say(line("g1", "flour", "KGM"));
    let push = school.replica.push_request("test").unwrap();
    let code = async |tablet: &TestTablet, push| {
        let response = tablet.send_push(&app, push).await.pushed();
        match &response.documents[0].outcome {
            DocumentOutcome::Refused { refusals, document } => {
                (refusals[0].code, document.is_some())
            }
            DocumentOutcome::Accepted { .. } => panic!("accepted"),
        }
    };
    assert_eq!(code(&hospital, &push).await, (PushRefusalCode::WrongDocument, false));
    let mut as_order = push.clone();
    as_order.documents[0].kind = DocumentKind::Order;
    assert_eq!(code(&school, &as_order).await.0, PushRefusalCode::WrongDocument);
    let mut elsewhere = push.clone();
    elsewhere.documents[0].id = id("0195f3a0-0000-7000-8000-000000000001");
    assert_eq!(code(&school, &elsewhere).await.0, PushRefusalCode::WrongDocument);
    school.sync(&app).await;
    assert_eq!(
        code(&hospital, &push).await,
        (PushRefusalCode::WrongDocument, false),
        "nothing of it is told either"
    );
    assert_eq!(listed(&school), ["g1"]);
}
