use axum::body::Body;
use axum::http::{HeaderValue, Method, header};
use calloff_core::ids::DocumentId;
use calloff_core::wire::{OrderDetail, OrderPage, SignInRequest};

use crate::app::request;
use crate::{Answer, TestApp};

/// A person with a session.
pub struct Person {
    cookie: HeaderValue,
}

impl Person {
    /// Signs in.
    pub async fn sign_in(app: &TestApp, name: &str, password: &str) -> Self {
        let answer =
            app.post("/api/sign-in", &SignInRequest { name: name.to_owned(), password: password.to_owned() }).await;
        assert!(answer.status.is_success(), "{:?}", answer.problem());
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("a cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair");
        Self { cookie: HeaderValue::from_str(pair).expect("a header") }
    }

    /// Sends a request with the session.
    pub async fn send(&self, app: &TestApp, method: Method, path: &str) -> Answer {
        let mut request = request(method, path, Body::empty());
        request.headers_mut().insert(header::COOKIE, self.cookie.clone());
        app.send(request).await
    }

    /// Reads an address.
    pub async fn get(&self, app: &TestApp, path: &str) -> Answer {
        self.send(app, Method::GET, path).await
    }

    /// The orders that a filter admits, e.g. `site=school`.
    pub async fn orders(&self, app: &TestApp, filter: &str) -> OrderPage {
        self.get(app, &format!("/api/orders?{filter}")).await.json()
    }

    /// One order.
    pub async fn order(&self, app: &TestApp, document: DocumentId) -> OrderDetail {
        self.get(app, &format!("/api/orders/{document}")).await.json()
    }
}
