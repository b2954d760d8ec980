//! Requests to the server: one builder, one response, one error type. `crate::api` gives the
//! requests names and types.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use calloff_core::wire::SERVER_TIME;
use gloo_timers::callback::Timeout;
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestCredentials, RequestInit,
};

use super::{clock, thrown_text};

/// The default time limit: long enough for a slow mobile link, and short enough that a person still
/// waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The server could not be reached. Whether it received the request is unknown.
    #[error("the server cannot be reached ({0})")]
    Offline(String),
    /// The whole answer did not arrive in time. Whether the server acted is unknown.
    #[error("the server did not answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
    /// The server answered with a status outside 200–299.
    #[error("{}", status_text(*status, problem.as_deref()))]
    Status { status: u16, problem: Option<Box<ProblemDetails>> },
    /// The request cannot be written, or the answer cannot be read.
    #[error("the server's answer cannot be read: {0}")]
    Decode(String),
}

impl HttpError {
    /// Whether no server answered: no network, no server, or only a gateway before the server.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Offline(_) | Self::Timeout(_) => true,
            Self::Status { status, problem } => problem.is_none() && matches!(status, 502..=504),
            Self::Decode(_) => false,
        }
    }
}

/// The body of an error answer, `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProblemDetails {
    /// The stable code for programs, from `calloff_core::wire`.
    pub code: String,
    pub title: String,
    /// What a person can do.
    pub detail: Option<String>,
    /// The number of the request, for support.
    pub request_id: Option<String>,
    /// Why a decision about an order was not taken, as `crate::api::undecidable` reads it.
    pub undecidable: Option<serde_json::Value>,
    /// Why a person was not changed, as `crate::api::person_refusal` reads it.
    pub person: Option<serde_json::Value>,
}

fn status_text(status: u16, problem: Option<&ProblemDetails>) -> String {
    match problem {
        Some(ProblemDetails { title, detail: Some(detail), .. }) => format!("{title}: {detail}"),
        Some(ProblemDetails { title, detail: None, .. }) => title.clone(),
        None => format!("the server answered with status {status}"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Get,
    Post,
}

/// A request to a path of our own server. The browser adds the session's cookies.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before `send`"]
pub struct HttpRequest {
    method: Method,
    path: String,
    bearer: Option<String>,
    body: Option<(&'static str, Vec<u8>)>,
    timeout: Duration,
}

impl HttpRequest {
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path.into())
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path.into())
    }

    fn new(method: Method, path: String) -> Self {
        Self { method, path, bearer: None, body: None, timeout: DEFAULT_TIMEOUT }
    }

    /// Sends a tablet's credential. With `None` the session's cookie counts.
    pub fn bearer(mut self, token: Option<&str>) -> Self {
        self.bearer = token.map(str::to_owned);
        self
    }

    /// Sends `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, HttpError> {
        let bytes =
            serde_json::to_vec(value).map_err(|error| HttpError::Decode(error.to_string()))?;
        self.body = Some(("application/json", bytes));
        Ok(self)
    }

    /// Sends bytes as they are.
    pub fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.body = Some(("application/octet-stream", bytes));
        self
    }

    /// The time limit for the whole answer, instead of [`DEFAULT_TIMEOUT`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the request and waits for the whole answer. Dropping the future cancels the request.
    pub async fn send(self) -> Result<Response, HttpError> {
        let cancel = Cancel::after(self.timeout)
            .map_err(|thrown| HttpError::Offline(thrown_text(&thrown)))?;
        match self.fetch(&cancel.controller).await {
            Ok(response) => response.into_result(),
            Err(_) if cancel.timed_out.get() => Err(HttpError::Timeout(self.timeout)),
            Err(thrown) => Err(HttpError::Offline(thrown_text(&thrown))),
        }
    }

    /// Sends the request and hands out the answer's body as it arrives. From then on the timeout
    /// limits each silence.
    pub async fn stream(self) -> Result<Streaming, HttpError> {
        let cancel = Cancel::after(self.timeout)
            .map_err(|thrown| HttpError::Offline(thrown_text(&thrown)))?;
        match self.open_stream(&cancel.controller).await {
            Ok(Ok(reader)) => Ok(Streaming { reader, cancel, longest_silence: self.timeout }),
            Ok(Err(refused)) => Err(refused),
            Err(_) if cancel.timed_out.get() => Err(HttpError::Timeout(self.timeout)),
            Err(thrown) => Err(HttpError::Offline(thrown_text(&thrown))),
        }
    }

    async fn open_stream(
        &self,
        controller: &AbortController,
    ) -> Result<Result<ReadableStreamDefaultReader, HttpError>, JsValue> {
        let answer = self.open(controller).await?;
        if !answer.ok() {
            let refused = whole(&answer).await?.into_result().map(drop);
            return Ok(Err(refused
                .err()
                .unwrap_or_else(|| HttpError::Decode("no stream".to_owned()))));
        }
        let body = answer.body().ok_or_else(|| JsValue::from_str("no body"))?;
        Ok(Ok(body.get_reader().unchecked_into()))
    }

    async fn fetch(&self, controller: &AbortController) -> Result<Response, JsValue> {
        whole(&self.open(controller).await?).await
    }

    /// Sends the request and waits for the beginning of the answer.
    async fn open(&self, controller: &AbortController) -> Result<web_sys::Response, JsValue> {
        let window = web_sys::window().ok_or_else(|| JsValue::from_str("no window"))?;
        let init = self.init(controller)?;
        let asked_at = clock::since_opened_ms();
        let answer: web_sys::Response =
            JsFuture::from(window.fetch_with_str_and_init(&self.path, &init)).await?.dyn_into()?;
        let took_ms = asked_at
            .zip(clock::since_opened_ms())
            .map(|(asked, answered)| (answered - asked) as i64);
        if let (Some(server_ms), Some(took_ms)) = (server_time(&answer), took_ms) {
            clock::hear(server_ms, took_ms);
        }
        Ok(answer)
    }

    fn init(&self, controller: &AbortController) -> Result<RequestInit, JsValue> {
        let headers = Headers::new()?;
        if let Some(token) = &self.bearer {
            headers.set("Authorization", &format!("Bearer {token}"))?;
        }
        let init = RequestInit::new();
        init.set_method(match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        });
        init.set_credentials(RequestCredentials::SameOrigin);
        init.set_signal(Some(&controller.signal()));
        if let Some((content_type, bytes)) = &self.body {
            headers.set("Content-Type", content_type)?;
            init.set_body(&Uint8Array::from(bytes.as_slice()));
        }
        init.set_headers(&headers);
        Ok(init)
    }
}

/// The server's time when it wrote the answer, in milliseconds since the Unix epoch.
fn server_time(answer: &web_sys::Response) -> Option<i64> {
    answer.headers().get(SERVER_TIME).ok()??.parse().ok()
}

async fn whole(answer: &web_sys::Response) -> Result<Response, JsValue> {
    let body = JsFuture::from(answer.array_buffer()?).await?;
    Ok(Response { status: answer.status(), body: Uint8Array::new(&body).to_vec() })
}

/// An answer that is still arriving. Dropping it cancels it.
#[derive(Debug)]
pub struct Streaming {
    reader: ReadableStreamDefaultReader,
    cancel: Cancel,
    longest_silence: Duration,
}

impl Streaming {
    /// The next bytes. `None` at the end.
    ///
    /// # Errors
    /// The connection broke, or was silent for too long.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        self.cancel.wait_again(self.longest_silence);
        match JsFuture::from(self.reader.read()).await.and_then(|read| bytes_read(&read)) {
            Ok(bytes) => Ok(bytes),
            Err(_) if self.cancel.timed_out.get() => Err(HttpError::Timeout(self.longest_silence)),
            Err(thrown) => Err(HttpError::Offline(thrown_text(&thrown))),
        }
    }
}

/// The bytes in a reader's `{ done, value }`. `None` at the end.
fn bytes_read(read: &JsValue) -> Result<Option<Vec<u8>>, JsValue> {
    if Reflect::get(read, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let value: Uint8Array = Reflect::get(read, &"value".into())?.dyn_into()?;
    Ok(Some(value.to_vec()))
}

/// A whole answer with a status of 200–299.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| HttpError::Decode(error.to_string()))
    }

    fn into_result(self) -> Result<Self, HttpError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        // A proxy answers with its own page, so there is no problem document to show.
        let problem = serde_json::from_slice::<ProblemDetails>(&self.body)
            .ok()
            .filter(|problem| !problem.title.is_empty());
        Err(HttpError::Status { status: self.status, problem: problem.map(Box::new) })
    }
}

/// Aborts the request when the time is up, or when this value is dropped.
#[derive(Debug)]
struct Cancel {
    controller: AbortController,
    timed_out: Rc<Cell<bool>>,
    timer: Timeout,
}

impl Cancel {
    fn after(timeout: Duration) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let timed_out = Rc::new(Cell::new(false));
        let timer = abort_after(timeout, &controller, &timed_out);
        Ok(Self { controller, timed_out, timer })
    }

    /// Starts the time limit again.
    fn wait_again(&mut self, timeout: Duration) {
        self.timer = abort_after(timeout, &self.controller, &self.timed_out);
    }
}

fn abort_after(
    timeout: Duration,
    controller: &AbortController,
    timed_out: &Rc<Cell<bool>>,
) -> Timeout {
    let (controller, timed_out) = (controller.clone(), Rc::clone(timed_out));
    let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    Timeout::new(milliseconds, move || {
        timed_out.set(true);
        controller.abort();
    })
}

impl Drop for Cancel {
    fn drop(&mut self) {
        // This does nothing to an answer that has arrived completely.
        self.controller.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
        Response { status, body: body.as_bytes().to_vec() }.into_result()
    }

    #[test]
    fn a_problem_document_becomes_the_error() {
        let body = r#"{"type":"about:blank","code":"order_already_accepted","title":"The order is accepted",
                       "detail":"Put the lines on a new order","status":409,"request_id":"r-1"}"#;
        let error = answer(409, body).unwrap_err();
        assert_eq!(error.to_string(), "The order is accepted: Put the lines on a new order");
        let HttpError::Status { status: 409, problem: Some(problem) } = error else {
            panic!("{error:?}")
        };
        assert_eq!(problem.code, "order_already_accepted");
        assert_eq!(problem.request_id.as_deref(), Some("r-1"));
        assert_eq!(problem.undecidable, None);
    }

    #[test]
    fn a_gateway_without_a_server_is_nobody_and_a_server_that_fails_is_somebody() {
        assert!(HttpError::Offline(String::new()).is_unreachable());
        assert!(HttpError::Status { status: 502, problem: None }.is_unreachable());
        let problem = ProblemDetails { title: "x".to_owned(), ..Default::default() };
        assert!(!HttpError::Status { status: 503, problem: Some(problem.into()) }.is_unreachable());
        assert!(!HttpError::Status { status: 500, problem: None }.is_unreachable());
    }

    #[test]
    fn an_error_page_of_a_proxy_is_a_status_without_problem() {
        assert_eq!(answer(502, "<html>"), Err(HttpError::Status { status: 502, problem: None }));
        assert_eq!(answer(502, "{}"), Err(HttpError::Status { status: 502, problem: None }));
    }

    #[test]
    fn a_body_of_another_shape_is_a_decode_error() {
        let response = answer(200, "[1]").unwrap();
        assert_eq!(response.json::<Vec<u8>>(), Ok(vec![1]));
        assert!(matches!(response.json::<String>(), Err(HttpError::Decode(_))));
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn a_whole_answer_is_read() {
        let page = HttpRequest::get("/").send().await.unwrap();
        assert_eq!(page.status, 200);
        assert!(!page.body.is_empty());
    }

    #[wasm_bindgen_test]
    async fn an_absent_path_is_a_status() {
        let answer = HttpRequest::get("/absent").send().await;
        assert_eq!(answer, Err(HttpError::Status { status: 404, problem: None }));
    }

    #[wasm_bindgen_test]
    async fn no_server_is_offline() {
        // No program listens at port 1 of this machine.
        let answer = HttpRequest::get("http://127.0.0.1:1/").send().await;
        assert!(matches!(answer, Err(HttpError::Offline(_))), "{answer:?}");
    }

    #[wasm_bindgen_test]
    async fn no_answer_in_time_is_a_timeout() {
        let answer = HttpRequest::get("/").timeout(Duration::ZERO).send().await;
        assert_eq!(answer, Err(HttpError::Timeout(Duration::ZERO)));
    }
}
