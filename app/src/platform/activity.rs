//! Whether somebody is at the device.

use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};

use super::Subscription;

/// Touches, clicks, keys and turns of the wheel, wherever on the page.
const EVENTS: [&str; 3] = ["pointerdown", "keydown", "wheel"];

/// Calls `callback` at every one of them until the subscription is dropped.
pub fn subscribe(callback: impl Fn() + Clone + 'static) -> Subscription {
    let Some(window) = web_sys::window() else {
        return Subscription(Vec::new());
    };
    // Before the page sees it, whatever the page does with it.
    let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: true };
    let listen = |event: &'static str| {
        let callback = callback.clone();
        EventListener::new_with_options(&window, event, options, move |_| callback())
    };
    Subscription(EVENTS.map(listen).into())
}
