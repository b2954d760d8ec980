use axum::body::Body;
use axum::http::Request;

use crate::{Answer, TestApp};

/// The way to a server: in this process or in another process.
pub trait Door {
    /// Sends a request and waits for the whole answer.
    fn send(&self, request: Request<Body>) -> impl Future<Output = Answer>;

    /// The server's time, in milliseconds since the Unix epoch.
    fn now(&self) -> i64;
}

impl Door for TestApp {
    fn send(&self, request: Request<Body>) -> impl Future<Output = Answer> {
        TestApp::send(self, request)
    }

    fn now(&self) -> i64 {
        TestApp::now(self)
    }
}
