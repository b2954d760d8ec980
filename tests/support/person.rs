use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use calloff_core::ids::DocumentId;
use calloff_core::wire::{OrderDetail, OrderPage, SignInRequest};
use calloff_server::auth::SESSION_COOKIE;
use serde::Serialize;

use crate::app::{json, request};
use crate::{Answer, TestApp};

/// A person with a session.
pub struct Person {
    cookie: HeaderValue,
}

impl Person {
    /// Signs in.
    pub async fn sign_in(app: &TestApp, name: &str, password: &str) -> Self {
        let answer = Self::attempt(app, name, password).await;
        assert!(answer.status.is_success(), "{:?}", answer.problem());
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("a cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair");
        Self { cookie: HeaderValue::from_str(pair).expect("a header") }
    }

    /// A person with the token of a session.
    pub(crate) fn with_session(token: &str) -> Self {
        Self {
            cookie: HeaderValue::from_str(&format!("{SESSION_COOKIE}={token}")).expect("a header"),
        }
    }

    /// The session, in the form in which a browser sends it.
    #[must_use]
    pub fn cookie(&self) -> HeaderValue {
        self.cookie.clone()
    }

    /// Tries to sign in, as the sign-in page does.
    pub async fn attempt(app: &TestApp, name: &str, password: &str) -> Answer {
        let body = SignInRequest { name: name.to_owned(), password: password.to_owned() };
        app.send(from_our_page(request(Method::POST, "/api/sign-in", json(&body)))).await
    }

    /// Sends a request without a body, with the session.
    pub async fn send(&self, app: &TestApp, method: Method, path: &str) -> Answer {
        self.send_body(app, method, path, Body::empty()).await
    }

    /// Sends a JSON body with the session.
    pub async fn post(&self, app: &TestApp, path: &str, body: &impl Serialize) -> Answer {
        self.send_body(app, Method::POST, path, json(body)).await
    }

    async fn send_body(&self, app: &TestApp, method: Method, path: &str, body: Body) -> Answer {
        let mut request = from_our_page(request(method, path, body));
        request.headers_mut().insert(header::COOKIE, self.cookie.clone());
        app.send(request).await
    }

    /// Reads a path.
    pub async fn get(&self, app: &TestApp, path: &str) -> Answer {
        self.send(app, Method::GET, path).await
    }

    /// The orders that match a filter, for example `site=school`.
    pub async fn orders(&self, app: &TestApp, filter: &str) -> OrderPage {
        self.get(app, &format!("/api/orders?{filter}")).await.json()
    }

    /// One order.
    pub async fn order(&self, app: &TestApp, document: DocumentId) -> OrderDetail {
        self.get(app, &format!("/api/orders/{document}")).await.json()
    }
}

/// Adds what a browser says about a request from one of our own pages.
#[must_use]
pub fn from_our_page(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    request
}
