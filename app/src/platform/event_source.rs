//! Server-sent events: a line on which the server says that something changed. Cookies of the
//! session go along.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{EventSource, MessageEvent};

use super::thrown_text;

/// What happened on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent {
    /// The server answered.
    Opened,
    /// The server said this.
    Message(String),
    /// The line broke; the browser tries again by itself.
    Interrupted,
    /// The line broke for good, or the server refused it: it has to be opened anew.
    Closed,
}

/// The browser has no server-sent events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the line to the server cannot be opened ({0})")]
pub struct LineError(String);

/// An open line. Dropping it closes it.
#[derive(Debug)]
#[must_use = "dropping a line closes it"]
pub struct EventLine {
    source: EventSource,
    _listeners: [EventListener; 3],
}

impl EventLine {
    /// Opens a line to a path of our own server and calls `callback` with whatever happens on it.
    ///
    /// # Errors
    /// Only where the browser cannot do it at all; a server out of reach is an
    /// [`LineEvent::Interrupted`].
    pub fn open(
        path: &str,
        callback: impl Fn(LineEvent) + Clone + 'static,
    ) -> Result<Self, LineError> {
        let source = EventSource::new(path).map_err(|thrown| LineError(thrown_text(&thrown)))?;
        let on_open = {
            let callback = callback.clone();
            EventListener::new(&source, "open", move |_| callback(LineEvent::Opened))
        };
        let on_message = {
            let callback = callback.clone();
            EventListener::new(&source, "message", move |event| {
                if let Some(text) =
                    event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string())
                {
                    callback(LineEvent::Message(text));
                }
            })
        };
        let on_error = {
            let source = source.clone();
            EventListener::new(&source.clone(), "error", move |_| {
                let is_closed = source.ready_state() == EventSource::CLOSED;
                callback(if is_closed { LineEvent::Closed } else { LineEvent::Interrupted });
            })
        };
        Ok(Self { source, _listeners: [on_open, on_message, on_error] })
    }
}

impl Drop for EventLine {
    fn drop(&mut self) {
        self.source.close();
    }
}
