//! The browser's edge: only these modules call JavaScript. They return errors as values and decide
//! nothing.
//!
//! The app reads time, random bytes and connectivity here and hands them inwards as arguments.
//! Everything runs in one thread, so no future here is `Send`. Start futures with
//! `leptos::task::spawn_local`.

pub mod activity;
pub mod back;
pub mod broadcast;
pub mod clock;
pub mod connectivity;
pub mod event_stream;
pub mod hint;
pub mod http;
pub mod ids;
pub mod kv_store;
pub mod locks;
pub mod moment;
pub mod page;
pub mod performance;
pub mod second_tap;
pub mod server_time;
pub mod service_worker;
pub mod storage;
pub mod theme;
pub mod translation;
pub mod turn;
pub mod zone;

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};

/// Delivers browser events to a callback. Dropping the subscription ends the delivery.
#[derive(Debug)]
#[must_use = "dropping a subscription ends it"]
pub struct Subscription(Vec<EventListener>);

impl Subscription {
    /// Keeps the subscription for as long as the page lives.
    pub fn forever(self) {
        for listener in self.0 {
            listener.forget();
        }
    }
}

/// The text of a value that JavaScript threw, for logs and error values.
fn thrown_text(thrown: &JsValue) -> String {
    if let Some(error) = thrown.dyn_ref::<js_sys::Error>() {
        return format!("{}: {}", String::from(error.name()), String::from(error.message()));
    }
    if let Some(exception) = thrown.dyn_ref::<web_sys::DomException>() {
        return format!("{}: {}", exception.name(), exception.message());
    }
    thrown.as_string().unwrap_or_else(|| format!("{thrown:?}"))
}
