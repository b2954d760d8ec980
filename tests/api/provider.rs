//! Sign-in with the organisation's provider, honest and attacked, with a provider that signs with
//! real keys.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use calloff_core::sample::small;
use calloff_core::wire::{AuditAct, AuditPage, ErrorCode, PersonRole, Session, SignInOptions};
use calloff_server::storage::people::put_email;
use calloff_tests::provider::{TestProvider, Twist, Who};
use calloff_tests::{Answer, TestApp, request};

const FIN: Who = Who { subject: "4711", email: "Fin@Example.org", is_verified: true };

async fn world() -> (TestApp, TestProvider) {
    let provider = TestProvider::start().await;
    let app = TestApp::start(&small()).await;
    let configured = provider.configured();
    let app = app.with_settings(|settings| settings.provider = Some(configured));
    app.add_person("fin", PersonRole::Finance, "coast", "correct horse").await;
    let mut write = app.state.store.write().await.unwrap();
    put_email(&mut write, &"fin".parse().unwrap(), "fin@example.org").await.unwrap();
    write.commit().await.unwrap();
    (app, provider)
}

/// A browser. It keeps cookies and follows redirects.
#[derive(Default)]
struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        let mut request = request(Method::GET, path, Body::empty());
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request
            .headers_mut()
            .insert(header::COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap());
        // Browsers say this about a person whom another site sends here.
        request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        let answer = app.send(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            assert!(attributes.contains("HttpOnly"), "{attributes}");
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !attributes.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// The address of the provider's button.
    async fn begin(&mut self, app: &TestApp) -> String {
        let answer = self.get(app, "/api/sign-in/provider").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        location(&answer.headers).to_owned()
    }

    async fn sign_in(
        &mut self,
        app: &TestApp,
        provider: &TestProvider,
        who: Who,
        twist: Twist,
    ) -> Answer {
        let there = self.begin(app).await;
        let back = provider.authorize(&there, who, twist, app.now());
        self.get(app, &back).await
    }

    fn has_session(&self) -> bool {
        self.cookies.iter().any(|(name, _)| name == "calloff_session")
    }
}

fn location(headers: &HeaderMap) -> &str {
    headers[header::LOCATION].to_str().unwrap()
}

async fn acts(app: &TestApp) -> Vec<AuditAct> {
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let page: AuditPage = admin.get(app, "/api/audit").await.json();
    page.entries.into_iter().rev().map(|entry| entry.act).skip(1).collect()
}

#[tokio::test]
async fn somebody_known_by_a_verified_address_signs_in_and_has_their_own_roles() {
    let (app, provider) = world().await;
    let options: SignInOptions = app.get("/api/sign-in/options").await.json();
    assert_eq!(options.provider.as_deref(), Some("Example"));
    let mut browser = Browser::default();
    let answer = browser.sign_in(&app, &provider, FIN, Twist::None).await;
    assert_eq!((answer.status, location(&answer.headers)), (StatusCode::SEE_OTHER, "/desk"));
    let session: Session = browser.get(&app, "/api/session").await.json();
    assert_eq!(session.person.as_str(), "fin");
    assert_eq!((session.roles.len(), session.roles[0].role), (1, PersonRole::Finance));
    let session_cookie =
        answer.headers.get_all(header::SET_COOKIE).iter().next().unwrap().to_str().unwrap();
    assert!(
        session_cookie.starts_with("calloff_session=")
            && session_cookie.contains("SameSite=Strict")
    );
    assert_eq!(browser.cookies.len(), 1, "the sign-in's own cookie is gone");
    assert_eq!(acts(&app).await, [AuditAct::ProviderAccountLinked, AuditAct::SignedIn]);
}

#[tokio::test]
async fn a_token_with_anything_wrong_signs_nobody_in() {
    let (app, provider) = world().await;
    for twist in Twist::WRONG {
        let mut browser = Browser::default();
        let answer = browser.sign_in(&app, &provider, FIN, twist).await;
        assert_eq!(location(&answer.headers), "/desk/sign-in?problem=refused", "{twist:?}");
        assert!(!browser.has_session(), "{twist:?}");
    }
    assert_eq!(acts(&app).await, [AuditAct::SignInFailed; 12]);
    assert!(
        Browser::default()
            .sign_in(&app, &provider, FIN, Twist::None)
            .await
            .headers
            .contains_key(header::SET_COOKIE)
    );
}

#[tokio::test]
async fn a_sign_in_is_finished_once_in_its_time_and_by_the_browser_that_began_it() {
    let (app, provider) = world().await;
    let mut browser = Browser::default();
    let back = provider.authorize(&browser.begin(&app).await, FIN, Twist::None, app.now());
    // The address is opened in another browser. The victim would be signed in as somebody else.
    let mut victim = Browser::default();
    victim.begin(&app).await;
    let expired = "/desk/sign-in?problem=expired";
    assert_eq!(location(&victim.get(&app, &back).await.headers), expired);
    assert!(!victim.has_session());
    // The browser that began it can still use it, once.
    let mut copy = Browser { cookies: browser.cookies.clone() };
    assert_eq!(location(&browser.get(&app, &back).await.headers), "/desk");
    assert_eq!(location(&copy.get(&app, &back).await.headers), expired, "replayed");
    assert!(!copy.has_session());

    let late = provider.authorize(&copy.begin(&app).await, FIN, Twist::None, app.now());
    app.set_time("2026-03-02T09:10:00Z");
    assert_eq!(location(&copy.get(&app, &late).await.headers), expired);
    for path in ["/api/sign-in/callback", "/api/sign-in/callback?code=x&state=made-up"] {
        assert_eq!(location(&copy.get(&app, path).await.headers), expired, "{path}");
    }
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_of_no_use() {
    let (app, provider) = world().await;
    let (mut thief, mut owner) = (Browser::default(), Browser::default());
    let stolen = provider.authorize(&owner.begin(&app).await, FIN, Twist::None, app.now());
    let code = stolen.split(['=', '&']).nth(1).unwrap().to_owned();
    let own = provider.authorize(&thief.begin(&app).await, FIN, Twist::None, app.now());
    let state = own.rsplit('=').next().unwrap();
    // PKCE: the code was not given for the verifier of the thief's sign-in.
    let answer = thief.get(&app, &format!("/api/sign-in/callback?code={code}&state={state}")).await;
    assert_eq!(location(&answer.headers), "/desk/sign-in?problem=refused");
    assert!(!thief.has_session());
}

#[tokio::test]
async fn nobody_is_added_by_signing_in_and_an_address_is_no_key_to_somebody_elses_place() {
    let (app, provider) = world().await;
    let unknown = "/desk/sign-in?problem=unknown-person";
    let strangers = [
        Who { subject: "1", email: "stranger@example.org", is_verified: true },
        Who { subject: "2", email: "fin@example.org", is_verified: false },
    ];
    for who in strangers {
        let answer = Browser::default().sign_in(&app, &provider, who, Twist::None).await;
        assert_eq!(location(&answer.headers), unknown, "{who:?}");
    }
    assert_eq!(
        location(&Browser::default().sign_in(&app, &provider, FIN, Twist::None).await.headers),
        "/desk"
    );
    // The provider gives the address to somebody else: another account, another person.
    let heir = Who { subject: "4712", ..FIN };
    let answer = Browser::default().sign_in(&app, &provider, heir, Twist::None).await;
    assert_eq!(location(&answer.headers), unknown);
    // The person's own account still works with a new address.
    let renamed = Who { email: "fin.new@example.org", ..FIN };
    let answer = Browser::default().sign_in(&app, &provider, renamed, Twist::None).await;
    assert_eq!(location(&answer.headers), "/desk");
}

#[tokio::test]
async fn a_provider_that_changes_its_key_is_followed_at_once() {
    let (app, provider) = world().await;
    assert_eq!(
        location(&Browser::default().sign_in(&app, &provider, FIN, Twist::None).await.headers),
        "/desk"
    );
    provider.change_key();
    assert_eq!(
        location(&Browser::default().sign_in(&app, &provider, FIN, Twist::None).await.headers),
        "/desk"
    );
    let forged = Browser::default().sign_in(&app, &provider, FIN, Twist::OtherKey).await;
    assert_eq!(location(&forged.headers), "/desk/sign-in?problem=refused");
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_sign_in() {
    let app = TestApp::start(&small()).await;
    assert_eq!(app.get("/api/sign-in/options").await.json::<SignInOptions>().provider, None);
    assert_eq!(app.get("/api/sign-in/provider").await.code(), ErrorCode::NotFound);
    assert_eq!(app.get("/api/sign-in/callback?code=a&state=b").await.code(), ErrorCode::NotFound);
}
