//! Whether a person uses the device.

use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};

use super::Subscription;

/// The events of touches, clicks, keys and the wheel, anywhere on the page.
const EVENTS: [&str; 3] = ["pointerdown", "keydown", "wheel"];

/// Calls `callback` at each of these events until the subscription is dropped.
pub fn subscribe(callback: impl Fn() + Clone + 'static) -> Subscription {
    let Some(window) = web_sys::window() else {
        return Subscription(Vec::new());
    };
    // The capture phase comes before the page's own handlers, so the page cannot stop the event.
    let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: true };
    let listen = |event: &'static str| {
        let callback = callback.clone();
        EventListener::new_with_options(&window, event, options, move |_| callback())
    };
    Subscription(EVENTS.map(listen).into())
}
