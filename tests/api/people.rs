//! People at the desk: added, invited, changed and removed, each by who may, and never the last
//! administrator.

use axum::http::Method;
use calloff_core::sample::builder::id;
use calloff_core::sample::small;
use calloff_core::wire::{
    AcceptInvitationRequest, AddPersonRequest, AddPersonResponse, AuditAct, AuditEntry, AuditPage,
    ChangePersonRequest, ErrorCode, InvitationFacts, InvitationRequest, InvitationResponse,
    PersonRefusal, PersonRole, PersonRow, PlaceKind, PlaceRow, RoleAt,
};
use calloff_tests::{Answer, Person, TestApp};

const PASSWORD: &str = "a quiet harbour";

fn at(role: PersonRole, place: &str) -> RoleAt {
    RoleAt { role, location: id(place) }
}

fn adding(person: &str, roles: &[RoleAt]) -> AddPersonRequest {
    AddPersonRequest {
        person: person.to_owned(),
        name: format!("{person} Byron"),
        roles: roles.to_vec(),
        invites: true,
    }
}

fn changing(name: &str, roles: &[RoleAt]) -> ChangePersonRequest {
    ChangePersonRequest { name: name.to_owned(), roles: roles.to_vec() }
}

fn refusal(answer: &Answer) -> Option<PersonRefusal> {
    answer.problem().person
}

async fn added(app: &TestApp, admin: &Person, request: &AddPersonRequest) -> InvitationResponse {
    let answer = admin.post(app, "/api/people", request).await;
    assert!(answer.status.is_success(), "{:?}", answer.problem());
    answer.json::<AddPersonResponse>().invitation.expect("an invitation")
}

fn token(invitation: &InvitationResponse) -> String {
    invitation.link.split_once("/desk/invitation#").expect("a link").1.to_owned()
}

async fn accept(app: &TestApp, token: &str, password: &str) -> Answer {
    let request =
        AcceptInvitationRequest { token: token.to_owned(), password: password.to_owned() };
    app.post("/api/invitation/accept", &request).await
}

async fn person(app: &TestApp, reader: &Person, name: &str) -> Option<PersonRow> {
    let rows: Vec<PersonRow> = reader.get(app, "/api/people").await.json();
    rows.into_iter().find(|row| row.person.as_str() == name)
}

async fn log(app: &TestApp, reader: &Person) -> Vec<AuditEntry> {
    reader.get(app, "/api/audit").await.json::<AuditPage>().entries
}

#[tokio::test]
async fn an_invited_person_sets_their_own_password_once_and_signs_in_with_it() {
    let app = TestApp::start(&small()).await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    let invitation = added(&app, &admin, &adding("ben", &[at(PersonRole::Finance, "org")])).await;
    let row = person(&app, &admin, "ben").await.unwrap();
    assert_eq!((row.name.as_str(), row.has_password), ("ben Byron", false));
    assert_eq!(row.invited_until, Some(invitation.expires_at));
    assert_eq!(row.places[&id("org")].as_str(), "org");

    let token = token(&invitation);
    let facts: InvitationFacts =
        app.post("/api/invitation", &InvitationRequest { token: token.clone() }).await.json();
    assert_eq!((facts.person.as_str(), facts.name.as_str()), ("ben", "ben Byron"));
    let stored = app.stored_bytes();
    let is_stored = |text: &str| stored.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(is_stored("ben Byron") && !is_stored(&token), "only the token's hash is stored");
    let short = accept(&app, &token, "short").await;
    assert_eq!(refusal(&short), Some(PersonRefusal::BadPassword));
    let mut used = 0;
    for answer in futures_util::future::join_all([
        accept(&app, &token, PASSWORD),
        accept(&app, &token, PASSWORD),
    ])
    .await
    {
        match answer.status.is_success() {
            true => used += 1,
            false => assert_eq!(answer.code(), ErrorCode::InvitationInvalid),
        }
    }
    assert_eq!(used, 1, "one link sets one password, also twice at once");
    Person::sign_in(&app, "ben", PASSWORD).await;
    let row = person(&app, &admin, "ben").await.unwrap();
    assert_eq!((row.has_password, row.invited_until, row.sessions), (true, None, 1));
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_when_it_is_revoked_and_when_another_is_issued() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let first = added(&app, &admin, &adding("ben", &[at(PersonRole::Finance, "org")])).await;
    let again = "/api/people/ben/invitation";
    let second: InvitationResponse = admin.send(&app, Method::POST, again).await.json();
    let replaced = accept(&app, &token(&first), PASSWORD).await;
    assert_eq!(replaced.code(), ErrorCode::InvitationInvalid);
    for _ in 0..2 {
        let revoked = admin.send(&app, Method::POST, "/api/people/ben/invitation/revoke").await;
        assert!(revoked.status.is_success());
    }
    let revoked = accept(&app, &token(&second), PASSWORD).await;
    assert_eq!(revoked.code(), ErrorCode::InvitationInvalid);
    let third: InvitationResponse = admin.send(&app, Method::POST, again).await.json();
    app.set_millis(third.expires_at);
    let late = accept(&app, &token(&third), PASSWORD).await;
    assert_eq!(late.code(), ErrorCode::InvitationInvalid);
    assert!(accept(&app, "made-up", PASSWORD).await.code() == ErrorCode::InvitationInvalid);
}

#[tokio::test]
async fn a_new_password_by_an_invitation_ends_the_sessions_of_the_old_one() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let ben = app.person("ben", PersonRole::Finance, "org").await;
    let invitation: InvitationResponse =
        admin.send(&app, Method::POST, "/api/people/ben/invitation").await.json();
    assert!(ben.get(&app, "/api/session").await.status.is_success(), "the link was not used");
    assert!(accept(&app, &token(&invitation), PASSWORD).await.status.is_success());
    assert_eq!(ben.get(&app, "/api/session").await.code(), ErrorCode::Unauthenticated);
    let old = Person::attempt(&app, "ben", "correct horse battery").await;
    assert_eq!(old.code(), ErrorCode::SignInFailed);
}

#[tokio::test]
async fn guessing_invitations_is_slowed_down() {
    let app = TestApp::start(&small()).await;
    let guess = InvitationRequest { token: "guess".to_owned() };
    for _ in 0..10 {
        let refused = app.post("/api/invitation", &guess).await;
        assert_eq!(refused.code(), ErrorCode::InvitationInvalid);
    }
    assert_eq!(app.post("/api/invitation", &guess).await.code(), ErrorCode::RateLimited);
}

#[tokio::test]
async fn bad_input_is_refused_with_its_reason_and_changes_nothing() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let staff = [at(PersonRole::Staff, "school")];
    let cases = [
        (adding("", &staff), PersonRefusal::BadSignInName),
        (adding("b\u{202e}en", &staff), PersonRefusal::BadSignInName),
        (adding("ADA", &staff), PersonRefusal::SignInNameTaken),
        (adding("ben", &[]), PersonRefusal::NoRole),
        (
            AddPersonRequest { name: " ".to_owned(), ..adding("ben", &staff) },
            PersonRefusal::BadName,
        ),
    ];
    for (request, why) in cases {
        let answer = admin.post(&app, "/api/people", &request).await;
        assert_eq!(refusal(&answer), Some(why), "{request:?}");
    }
    let nowhere = adding("ben", &[at(PersonRole::Staff, "nowhere")]);
    let answer = admin.post(&app, "/api/people", &nowhere).await;
    assert_eq!(answer.code(), ErrorCode::NotFound);
    assert_eq!(person(&app, &admin, "ben").await, None);
}

#[tokio::test]
async fn an_administrator_of_a_region_gives_roles_only_there_and_touches_nobody_who_works_elsewhere()
 {
    let app = TestApp::start(&small()).await;
    let regional = app.signed_in("rex", PersonRole::Admin, "coast").await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let outside = adding("ben", &[at(PersonRole::Staff, "school"), at(PersonRole::Admin, "org")]);
    let refused = regional.post(&app, "/api/people", &outside).await;
    assert_eq!(refused.code(), ErrorCode::NotFound, "roles at a place of others");
    added(&app, &regional, &adding("ben", &[at(PersonRole::Staff, "school")])).await;
    let more = changing("Ben", &[at(PersonRole::Staff, "school"), at(PersonRole::Staff, "hotel")]);
    let refused = regional.post(&app, "/api/people/ben", &more).await;
    assert_eq!(refused.code(), ErrorCode::NotFound);
    assert!(admin.post(&app, "/api/people/ben", &more).await.status.is_success());
    for act in ["invitation", "invitation/revoke", "sessions/end", "remove"] {
        let refused = regional.send(&app, Method::POST, &format!("/api/people/ben/{act}")).await;
        assert_eq!(refusal(&refused), Some(PersonRefusal::WorksElsewhere), "{act}");
        assert_eq!(refused.code(), ErrorCode::Forbidden, "{act}");
    }
    let manager = app.signed_in("mia", PersonRole::SiteManager, "school").await;
    let refused = manager.post(&app, "/api/people", &adding("eve", &[])).await;
    assert_eq!(refused.code(), ErrorCode::Forbidden, "a manager only sets PINs");
}

#[tokio::test]
async fn nobody_removes_or_demotes_the_last_administrator() {
    let app = TestApp::start(&small()).await;
    let ada = app.person("ada", PersonRole::Admin, "org").await;
    app.add_person("rex", PersonRole::Admin, "coast", PASSWORD).await;
    // An invited administrator cannot sign in yet.
    let invitation = added(&app, &ada, &adding("eve", &[at(PersonRole::Admin, "org")])).await;
    let demote = changing("Ada", &[at(PersonRole::Finance, "org")]);
    let refused = ada.post(&app, "/api/people/ada", &demote).await;
    assert_eq!(refusal(&refused), Some(PersonRefusal::LastAdministrator));
    let removed = ada.send(&app, Method::POST, "/api/people/ada/remove").await;
    assert_eq!(refusal(&removed), Some(PersonRefusal::LastAdministrator));
    assert_eq!(person(&app, &ada, "ada").await.unwrap().roles, [at(PersonRole::Admin, "org")]);
    assert!(accept(&app, &token(&invitation), PASSWORD).await.status.is_success());
    assert!(ada.post(&app, "/api/people/ada", &demote).await.status.is_success());
}

#[tokio::test]
async fn two_administrators_who_remove_each_other_at_once_leave_one() {
    let app = TestApp::start(&small()).await;
    let ada = app.person("ada", PersonRole::Admin, "org").await;
    let eve = app.person("eve", PersonRole::Admin, "org").await;
    let removals = [
        ada.send(&app, Method::POST, "/api/people/eve/remove"),
        eve.send(&app, Method::POST, "/api/people/ada/remove"),
    ];
    let answers = futures_util::future::join_all(removals).await;
    let done = answers.iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(done, 1);
    let mut left = 0;
    for person in [&ada, &eve] {
        left += usize::from(person.get(&app, "/api/people").await.status.is_success());
    }
    assert_eq!(left, 1);
}

#[tokio::test]
async fn ended_sessions_are_over_at_once_and_the_person_may_sign_in_again() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let ben = app.person("ben", PersonRole::Finance, "org").await;
    for _ in 0..2 {
        let ended = admin.send(&app, Method::POST, "/api/people/ben/sessions/end").await;
        assert!(ended.status.is_success());
    }
    assert_eq!(ben.get(&app, "/api/session").await.code(), ErrorCode::Unauthenticated);
    Person::sign_in(&app, "ben", "correct horse battery").await;
    let acts = log(&app, &admin).await;
    let ended = acts.iter().filter(|entry| entry.act == AuditAct::SessionsEnded).count();
    assert_eq!(ended, 1, "without a session there was nothing to end");
}

#[tokio::test]
async fn every_act_on_a_person_is_written_down_with_names_that_outlive_the_person() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let invitation = added(&app, &admin, &adding("ben", &[at(PersonRole::Staff, "school")])).await;
    assert!(accept(&app, &token(&invitation), PASSWORD).await.status.is_success());
    let manager = changing("Ben Byron", &[at(PersonRole::SiteManager, "school")]);
    for _ in 0..2 {
        assert!(admin.post(&app, "/api/people/ben", &manager).await.status.is_success());
    }
    let removed = admin.send(&app, Method::POST, "/api/people/ben/remove").await;
    assert!(removed.status.is_success());
    assert_eq!(person(&app, &admin, "ben").await, None);
    let entries = log(&app, &admin).await;
    let acts: Vec<_> = entries.iter().take(5).map(|entry| entry.act).collect();
    let expected = [
        AuditAct::PersonRemoved,
        AuditAct::PersonChanged,
        AuditAct::InvitationAccepted,
        AuditAct::InvitationIssued,
        AuditAct::PersonAdded,
    ];
    assert_eq!(acts, expected);
    let (removed, changed) = (&entries[0], &entries[1]);
    assert_eq!((removed.target.as_str(), removed.detail["name"].as_str()), ("ben", "Ben Byron"));
    assert_eq!(removed.location, Some(id("school")));
    assert_eq!(changed.detail["roles"], "SiteManager@school");
    assert_eq!(changed.detail["roles_before"], "Staff@school");
    assert_eq!(changed.detail["before"], "ben Byron");
    let whole = serde_json::to_string(&entries).unwrap();
    assert!(!whole.contains(&token(&invitation)) && !whole.contains(PASSWORD));
}

#[tokio::test]
async fn the_tree_counts_tablets_and_people_and_shows_a_manager_only_their_own_part() {
    let app = TestApp::start(&small()).await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let manager = app.signed_in("mia", PersonRole::SiteManager, "school").await;
    app.tablet("school", "Kitchen").await;
    let lost = app.tablet("hotel", "Bar").await;
    app.revoke(&lost).await;
    let rows: Vec<PlaceRow> = admin.get(&app, "/api/places").await.json();
    let row = |place: &str| rows.iter().find(|row| row.place.as_str() == place).unwrap();
    assert_eq!(
        (row("org").kind, row("org").tablets, row("org").people),
        (PlaceKind::Organisation, 1, 2)
    );
    assert_eq!((row("coast").kind, row("coast").people), (PlaceKind::Region, 1));
    assert_eq!((row("school").kind, row("school").tablets), (PlaceKind::Site, 1));
    assert_eq!(row("hotel").tablets, 0, "a revoked tablet does not count");
    assert!(row("school").time_zone.is_some() && row("coast").time_zone.is_none());
    let order = |place: &str| rows.iter().position(|row| row.place.as_str() == place).unwrap();
    assert!(order("org") < order("coast") && order("coast") < order("school"));
    let own: Vec<PlaceRow> = manager.get(&app, "/api/places").await.json();
    let own: Vec<_> = own.iter().map(|row| (row.place.as_str(), row.above.is_none())).collect();
    assert_eq!(own, [("school", true)]);
}
