//! PINs: set at head office or by a site's manager, checked on tablets without a network.

use calloff_core::pin::Pin;
use calloff_core::sample::small;
use calloff_core::wire::{ErrorCode, PersonRole, PersonRow, PinRequest, TabletFacts};
use calloff_tests::{TestApp, TestTablet};

fn pin(digits: &str) -> PinRequest {
    PinRequest { pin: Some(digits.to_owned()) }
}

async fn facts(app: &TestApp, tablet: &TestTablet) -> TabletFacts {
    tablet.get(app, "/api/tablet").await.json()
}

#[tokio::test]
async fn a_pin_is_verified_by_what_the_sites_tablets_are_given() {
    let app = TestApp::start(&small()).await;
    app.add_person("ana", PersonRole::Staff, "school", "unused here").await;
    app.add_person("bob", PersonRole::Staff, "school", "unused here").await;
    let manager = app.signed_in("mia", PersonRole::SiteManager, "school").await;
    assert!(manager.post(&app, "/api/people/ana/pin", &pin("2580")).await.status.is_success());

    let (school, hotel) = (app.tablet("school", "Kitchen").await, app.tablet("hotel", "Bar").await);
    let staff = facts(&app, &school).await.staff;
    let names: Vec<_> =
        staff.iter().map(|member| (member.id.as_str(), member.pin.is_some())).collect();
    assert_eq!(names, [("ana", true), ("bob", false), ("mia", false)]);
    assert_eq!(school.enrolment.staff, staff, "enrolment hands them over, too");
    let verifier = staff[0].pin.as_ref().unwrap();
    assert!(verifier.verifies(&Pin::parse("2580").unwrap()));
    assert!(!verifier.verifies(&Pin::parse("2581").unwrap()));
    assert!(facts(&app, &hotel).await.staff.is_empty(), "no other site is given it");

    let people: Vec<PersonRow> = manager.get(&app, "/api/people").await.json();
    assert_eq!(
        people.iter().find(|row| row.person.as_str() == "ana").unwrap().pin_set_at,
        Some(app.now())
    );
    assert!(
        manager
            .post(&app, "/api/people/ana/pin", &PinRequest { pin: None })
            .await
            .status
            .is_success()
    );
    assert_eq!(facts(&app, &school).await.staff[0].pin, None);
}

#[tokio::test]
async fn a_pin_is_set_only_where_all_of_somebodys_roles_are_the_setters_to_look_after() {
    let app = TestApp::start(&small()).await;
    app.add_person("roving", PersonRole::Staff, "coast", "unused here").await;
    app.add_person("chief", PersonRole::Admin, "org", "unused here").await;
    let manager = app.signed_in("mia", PersonRole::SiteManager, "school").await;
    let regional = app.signed_in("rex", PersonRole::SiteManager, "coast").await;
    assert_eq!(
        manager.post(&app, "/api/people/roving/pin", &pin("2580")).await.code(),
        ErrorCode::NotFound
    );
    assert_eq!(
        regional.post(&app, "/api/people/chief/pin", &pin("2580")).await.code(),
        ErrorCode::NotFound
    );
    assert!(regional.post(&app, "/api/people/roving/pin", &pin("2580")).await.status.is_success());
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    for (person, digits, code) in [
        ("nobody", "2580", ErrorCode::NotFound),
        ("roving", "1234", ErrorCode::Unprocessable),
        ("roving", "25", ErrorCode::Unprocessable),
        ("roving", "secret", ErrorCode::Unprocessable),
    ] {
        let answer = admin.post(&app, &format!("/api/people/{person}/pin"), &pin(digits)).await;
        assert_eq!(answer.code(), code, "{person} {digits}");
    }
}

#[tokio::test]
async fn a_pin_opens_no_desk() {
    let app = TestApp::start(&small()).await;
    app.add_person("ana", PersonRole::Staff, "school", "correct horse").await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    assert!(admin.post(&app, "/api/people/ana/pin", &pin("2580")).await.status.is_success());
    let answer = calloff_tests::Person::attempt(&app, "ana", "2580").await;
    assert_eq!(answer.code(), ErrorCode::SignInFailed);
}
