//! Messages between the tabs of this address: the `BroadcastChannel` interface.
//!
//! `web-sys` offers this interface as one more feature. With that feature, all crates that use
//! `web-sys` would be built again. So this module reaches it through `Reflect`, as the locks do.

use gloo_events::EventListener;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, MessageEvent};

use super::thrown_text;

/// The browser has no channels between tabs, or closed this one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tabs of this browser cannot talk to each other: {0}")]
pub struct ChannelError(String);

impl From<JsValue> for ChannelError {
    fn from(thrown: JsValue) -> Self {
        Self(thrown_text(&thrown))
    }
}

/// An open channel. Dropping it closes it.
#[derive(Debug)]
#[must_use = "dropping a channel closes it"]
pub struct Channel {
    target: EventTarget,
    _listener: EventListener,
}

impl Channel {
    /// Joins the channel called `name`, and calls `callback` with each text that another tab sends.
    pub fn open(name: &str, callback: impl Fn(String) + 'static) -> Result<Self, ChannelError> {
        let constructor: Function = Reflect::get(&js_sys::global(), &"BroadcastChannel".into())?
            .dyn_into()
            .map_err(|_| ChannelError("no BroadcastChannel".to_owned()))?;
        let target: EventTarget =
            Reflect::construct(&constructor, &Array::of1(&name.into()))?.unchecked_into();
        let listener = EventListener::new(&target, "message", move |event| {
            if let Some(text) =
                event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string())
            {
                callback(text);
            }
        });
        Ok(Self { target, _listener: listener })
    }

    /// Sends a text to all other tabs.
    pub fn say(&self, text: &str) -> Result<(), ChannelError> {
        let post: Function = Reflect::get(&self.target, &"postMessage".into())?.unchecked_into();
        post.call1(&self.target, &text.into())?;
        Ok(())
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Ok(close) = Reflect::get(&self.target, &"close".into()) {
            // Closing twice is allowed, so `close` never throws.
            let _ = close.unchecked_into::<Function>().call0(&self.target);
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use futures_channel::mpsc;
    use futures_util::stream::StreamExt;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn what_is_said_is_heard_by_the_others_in_its_order() {
        let (heard_send, mut heard) = mpsc::unbounded();
        let _listening =
            Channel::open("test-said", move |text| heard_send.unbounded_send(text).unwrap())
                .unwrap();
        let speaking =
            Channel::open("test-said", |text| panic!("heard itself say {text}")).unwrap();
        speaking.say("one").unwrap();
        speaking.say("two").unwrap();
        assert_eq!(heard.next().await.as_deref(), Some("one"));
        assert_eq!(heard.next().await.as_deref(), Some("two"));
    }
}
