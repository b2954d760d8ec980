//! Whose time counts: the server sends its own time, sites have theirs, and a tablet's time is only
//! shown.

use axum::http::{HeaderMap, Method, StatusCode};
use calloff_core::order::OrderStage;
use calloff_core::sample::builder::{day, id};
use calloff_core::sample::small;
use calloff_core::wire::{EnrolRequest, PersonRole, SERVER_TIME};
use calloff_server::storage::organisation::put_location;
use calloff_tests::{TestApp, at};

fn told(headers: &HeaderMap) -> Option<i64> {
    headers.get(SERVER_TIME)?.to_str().ok()?.parse().ok()
}

#[tokio::test]
async fn every_answer_of_the_api_says_the_servers_time() {
    let app = TestApp::start(&small()).await;
    app.set_time("2026-03-02T11:22:33Z");
    let now = at("2026-03-02T11:22:33Z");
    let code = app.enrolment_code("school").await;
    let enrolled = app.post("/api/enrol", &EnrolRequest::new(code, "Kitchen")).await;
    assert_eq!(told(&enrolled.headers), Some(now));
    let mut tablet = app.tablet("school", "Bar").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    let push = tablet.replica.push_request("test").expect("something is unsent");
    assert_eq!(told(&tablet.send_push(&app, &push).await.headers), Some(now));
    let pull = app.send(tablet.pull_of(&tablet.replica.pull_request())).await;
    assert_eq!((pull.status, told(&pull.headers)), (StatusCode::OK, Some(now)));
    // A refused tablet gets it, too, because its clock may be the reason.
    app.revoke(&tablet).await;
    let refused = tablet.send(&app, Method::GET, "/api/tablet", axum::body::Body::empty()).await;
    assert_eq!((refused.status, told(&refused.headers)), (StatusCode::UNAUTHORIZED, Some(now)));
}

#[tokio::test]
async fn a_release_carries_the_rules_of_its_sites_zones() {
    let mut content = small();
    let school = content
        .locations
        .iter_mut()
        .find(|location| location.id == id("school"))
        .expect("the school");
    school.site.as_mut().expect("a site").time_zone = "Pacific/Kiritimati".to_owned();
    let app = TestApp::start(&content).await;
    let tablet = app.tablet("school", "Kitchen").await;
    let zone = tablet.catalogue.time_zone(&id("school")).expect("its rules");
    let local =
        zone.to_datetime("2026-03-02T11:00:00Z".parse::<jiff::Timestamp>().expect("a time"));
    assert_eq!(local, day("2026-03-03").at(1, 0, 0, 0));
    assert!(tablet.catalogue.time_zone(&id("hotel")).is_some());
}

#[tokio::test]
async fn orders_are_listed_by_the_day_that_they_show() {
    let mut content = small();
    for (site, zone) in [("school", "Pacific/Kiritimati"), ("hotel", "Pacific/Pago_Pago")] {
        let location =
            content.locations.iter_mut().find(|location| location.id == id(site)).expect("a site");
        location.site.as_mut().expect("a site").time_zone = zone.to_owned();
    }
    let app = TestApp::start(&content).await;
    // At 11:00 UTC on the 2nd, it is 01:00 on the 3rd in Kiritimati. One hour later it is 01:00 on
    // the 2nd in Pago Pago.
    for (site, time) in [("school", "2026-03-02T11:00:00Z"), ("hotel", "2026-03-02T12:00:00Z")] {
        app.set_time(time);
        let mut tablet = app.tablet(site, "Kitchen").await;
        let order = tablet.begin();
        tablet.add(order, "sugar", "11");
        tablet.submit(order);
        tablet.sync(&app).await;
        assert_eq!(tablet.order(order).stage(), OrderStage::Accepted, "{site}");
    }
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let page = finance.orders(&app, "").await;
    let shown: Vec<_> = page
        .orders
        .iter()
        .map(|row| {
            (
                row.site.as_str(),
                row.received_local.expect("a time").to_string(),
                row.time_zone.as_str(),
            )
        })
        .collect();
    let row = |site, local: &str, zone| (site, local.to_owned(), zone);
    let expected = [
        row("school", "2026-03-03T01:00:00", "Pacific/Kiritimati"),
        row("hotel", "2026-03-02T01:00:00", "Pacific/Pago_Pago"),
    ];
    assert_eq!(shown, expected, "the later day first, although it was received before");
    for row in &page.orders {
        let detail = finance.order(&app, row.document).await;
        assert_eq!(detail.answered_local, detail.row.received_local, "{}", row.site);
        assert_eq!(detail.created_local, detail.row.submitted_local, "{}", row.site);
        assert_eq!(detail.decided_local, None);
    }
    for (day_of, site) in [("2026-03-03", "school"), ("2026-03-02", "hotel")] {
        let page = finance.orders(&app, &format!("from={day_of}&to={day_of}")).await;
        assert_eq!(page.orders.iter().map(|row| row.site.as_str()).collect::<Vec<_>>(), [site]);
        assert_eq!(page.orders[0].received_on, day(day_of));
    }
}

#[tokio::test]
async fn a_zone_that_an_import_changes_holds_from_its_release_on() {
    let mut content = small();
    let app = TestApp::start(&content).await;
    app.set_time("2026-03-02T11:00:00Z");
    let mut tablet = app.tablet("school", "Kitchen").await;
    let school =
        content.locations.iter_mut().find(|location| location.id == id("school")).expect("it");
    let before = school.site.as_ref().expect("a site").time_zone.clone();
    school.site.as_mut().expect("a site").time_zone = "Pacific/Kiritimati".to_owned();
    let mut write = app.state.store.write().await.expect("the store");
    put_location(&mut write, school).await.expect("stored");
    write.commit().await.expect("stored");
    let now = at("2026-03-02T11:00:00Z");
    let zone = async || {
        let zone = app.state.zone_of(&id("school"), now).await.expect("a zone");
        zone.iana_name().map(str::to_owned)
    };
    assert_eq!(zone().await, Some(before.clone()), "the release has not changed");
    let order = tablet.begin();
    tablet.add(order, "sugar", "11");
    tablet.submit(order);
    tablet.sync(&app).await;
    assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    assert_eq!(finance.orders(&app, "").await.orders[0].time_zone, before);
    app.publish(&content, day("2026-03-03")).await;
    // It is the 3rd in Kiritimati, where the new release is in force.
    assert_eq!(zone().await.as_deref(), Some("Pacific/Kiritimati"));
}
