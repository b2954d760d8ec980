//! The headers of every answer for browsers, whatever the request was.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode};
use calloff_core::sample::small;
use calloff_server::state::{AppState, Clock, Settings};
use calloff_server::storage::ServerStore;
use calloff_tests::{TestApp, request};
use tower::ServiceExt as _;

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn check(headers: &HeaderMap, what: &str) {
    let policy = text(headers, "content-security-policy");
    let directive = |name: &str| {
        let mut directives =
            policy.split(';').map(|directive| directive.trim().split_once(' ').unwrap_or_default());
        directives.find(|(known, _)| *known == name).map_or("", |(_, sources)| sources)
    };
    assert_eq!(directive("default-src"), "'none'", "{what}");
    assert_eq!(
        directive("script-src"),
        "'self' 'wasm-unsafe-eval'",
        "{what}: WebAssembly needs no more"
    );
    assert_eq!(directive("style-src"), "'self'", "{what}");
    assert_eq!(directive("connect-src"), "'self'", "{what}");
    assert_eq!(directive("frame-ancestors"), "'none'", "{what}");
    assert_eq!(directive("base-uri"), "'none'", "{what}");
    assert!(
        !policy.contains("unsafe-inline")
            && !policy.contains("'unsafe-eval'")
            && !policy.contains('*'),
        "{what}"
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(text(headers, name), value, "{what}: {name}");
    }
    assert!(text(headers, "permissions-policy").contains("geolocation=()"), "{what}");
    assert!(
        !headers.contains_key("access-control-allow-origin"),
        "{what}: other sites read nothing"
    );
}

#[tokio::test]
async fn every_endpoint_answers_with_the_security_headers_and_is_not_stored() {
    let app = TestApp::start(&small()).await;
    for endpoint in calloff_server::routes::endpoints() {
        let answer = app.send(request(endpoint.method.clone(), endpoint.path, Body::empty())).await;
        let what = format!("{} {}: {}", endpoint.method, endpoint.path, answer.status);
        check(&answer.headers, &what);
        assert_eq!(text(&answer.headers, "cache-control"), "no-store", "{what}");
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "{what}: this server speaks HTTP"
        );
        // A request that asks whether another site may ask never gets a yes.
        let preflight = app.send(request(Method::OPTIONS, endpoint.path, Body::empty())).await;
        assert!(!preflight.status.is_success(), "{what}");
        check(&preflight.headers, &what);
    }
    check(&app.get("/api/nothing").await.headers, "an unknown address");
}

#[tokio::test]
async fn pages_and_files_do_so_too_and_over_https_browsers_are_held_to_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("desk")).unwrap();
    std::fs::write(folder.path().join("index.html"), "the tablet's").unwrap();
    std::fs::write(folder.path().join("desk/index.html"), "the desk's").unwrap();
    std::fs::write(folder.path().join("sw.js"), "//").unwrap();
    let store = ServerStore::in_memory().await.unwrap();
    let key = calloff_server::publishing::signing_key::load_or_create(folder.path()).unwrap();
    let settings = Settings { is_https: true, ..Settings::new(key.verifying_key()) };
    let state = AppState::new(store, settings, Clock::of(|| 0));
    let router = calloff_server::router(state, Some(folder.path().to_owned()));
    for (path, status, page) in [
        ("/", StatusCode::OK, "the tablet's"),
        ("/enrol", StatusCode::OK, "the tablet's"),
        ("/settings", StatusCode::OK, "the tablet's"),
        ("/desktop", StatusCode::OK, "the tablet's"),
        ("/desk", StatusCode::TEMPORARY_REDIRECT, ""),
        ("/desk/", StatusCode::OK, "the desk's"),
        ("/desk/orders", StatusCode::OK, "the desk's"),
        ("/desk/orders/7f3c", StatusCode::OK, "the desk's"),
        ("/desk/audit", StatusCode::OK, "the desk's"),
        ("/desk/missing.js", StatusCode::NOT_FOUND, ""),
        ("/s/7f3c", StatusCode::NOT_FOUND, ""),
        ("/sw.js", StatusCode::OK, "//"),
        ("/missing.js", StatusCode::NOT_FOUND, ""),
        ("/../signing.key", StatusCode::NOT_FOUND, ""),
        ("/api/session", StatusCode::UNAUTHORIZED, ""),
    ] {
        let answer =
            router.clone().oneshot(request(Method::GET, path, Body::empty())).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        check(answer.headers(), path);
        let is_redirect = status == StatusCode::TEMPORARY_REDIRECT;
        assert_eq!(text(answer.headers(), "location") == "/desk/", is_redirect, "{path}");
        assert_eq!(
            text(answer.headers(), "strict-transport-security"),
            "max-age=63072000",
            "{path}"
        );
        let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert!(page.is_empty() || body == page, "{path}: {body:?}");
    }
}

/// A folder of a built app, and the router that serves it.
async fn served(folder: &std::path::Path) -> axum::Router {
    let key = calloff_server::publishing::signing_key::load_or_create(folder).unwrap();
    let settings = Settings::new(key.verifying_key());
    let state = AppState::new(ServerStore::in_memory().await.unwrap(), settings, Clock::of(|| 0));
    calloff_server::router(state, Some(folder.to_owned()))
}

#[tokio::test]
async fn a_browser_learns_of_an_older_build_too() {
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join("sw.js");
    std::fs::write(folder.path().join("index.html"), "a page").unwrap();
    std::fs::write(&worker, "the newer worker").unwrap();
    let router = served(folder.path()).await;
    let get = async |path: &str, header: &str, value: &str| {
        let mut asked = request(Method::GET, path, Body::empty());
        asked.headers_mut().insert("accept-encoding", "br".parse().unwrap());
        if !header.is_empty() {
            let name: axum::http::HeaderName = header.parse().unwrap();
            asked.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = router.clone().oneshot(asked).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap())
    };

    let (status, headers, body) = get("/sw.js", "", "").await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"the newer worker"[..]));
    let newer = text(&headers, "etag").to_owned();
    assert!(!newer.is_empty() && !headers.contains_key("last-modified"));
    let (status, headers, body) = get("/sw.js", "if-none-match", &newer).await;
    assert_eq!(
        (status, text(&headers, "etag"), body.len()),
        (StatusCode::NOT_MODIFIED, &*newer, 0)
    );
    check(&headers, "not modified");

    // The build of last year is put back. Its files keep their dates.
    std::fs::write(&worker, "the older worker").unwrap();
    let last_year = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_761_000_000);
    let file = std::fs::File::options().write(true).open(&worker).unwrap();
    file.set_modified(last_year).unwrap();
    for (header, value) in
        [("if-none-match", &*newer), ("if-modified-since", "Thu, 26 Nov 2026 12:00:00 GMT")]
    {
        let (status, headers, body) = get("/sw.js", header, value).await;
        assert_eq!((status, &body[..]), (StatusCode::OK, &b"the older worker"[..]), "{header}");
        assert_ne!(text(&headers, "etag"), newer);
    }

    // The address of a person may have a full stop, as a file has.
    let html = "text/html,application/xhtml+xml";
    let (status, _, body) = get("/people/ana.byron", "accept", html).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"a page"[..]));
    assert_eq!(get("/missing.js", "accept", "*/*").await.0, StatusCode::NOT_FOUND);

    // A page has one, too, and a file that is named by its content needs none.
    assert_eq!(
        text(&get("/orders", "", "").await.1, "etag"),
        text(&get("/", "", "").await.1, "etag")
    );
    std::fs::write(folder.path().join("app-5f0c1d2e3b4a5968.js"), "//").unwrap();
    assert!(!get("/app-5f0c1d2e3b4a5968.js", "", "").await.1.contains_key("etag"));
}
