//! The browser's events of the network and of the page's visibility. They are the moments to try
//! the network again.

use gloo_events::EventListener;
use web_sys::VisibilityState;

use super::Subscription;

/// A change to which the app reacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The device has a network again. The server need not answer.
    Online,
    Offline,
    /// A person looks at the page again, perhaps after hours of sleep.
    Shown,
    /// The page may be frozen or closed without another event: save now.
    Hidden,
}

/// Calls `callback` at every change until the subscription is dropped.
pub fn subscribe(callback: impl Fn(Change) + Clone + 'static) -> Subscription {
    let Some(window) = web_sys::window() else {
        return Subscription(Vec::new());
    };
    let on_window = |event: &'static str, change: Change| {
        let callback = callback.clone();
        EventListener::new(&window, event, move |_| callback(change))
    };
    let mut listeners = vec![
        on_window("online", Change::Online),
        on_window("offline", Change::Offline),
        on_window("pagehide", Change::Hidden),
    ];
    if let Some(document) = window.document() {
        let page = document.clone();
        listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
            callback(match page.visibility_state() {
                VisibilityState::Hidden => Change::Hidden,
                _ => Change::Shown,
            });
        }));
    }
    Subscription(listeners)
}
