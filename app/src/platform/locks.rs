//! The choice of one leading tab, with the Web Locks interface. The leader talks to the server, and
//! the other tabs hand it their intents.
//!
//! `web-sys` offers this interface only under a global compiler flag. So this module reaches it
//! through `Reflect`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::thrown_text;

/// The browser has no locks here: the address is insecure or the browser is old. Then two tabs may
/// lead at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser cannot decide which tab leads: {0}")]
pub struct LocksUnavailable(String);

impl From<JsValue> for LocksUnavailable {
    fn from(thrown: JsValue) -> Self {
        Self(thrown_text(&thrown))
    }
}

/// A candidate for the lead, or the leader. Dropping it gives up the lead, and the next tab leads.
/// A tab that is closed or crashes gives up by itself.
#[derive(Debug)]
#[must_use = "dropping it stands down"]
pub struct Leadership {
    waiting: AbortController,
    /// Resolves the promise that holds the lock. `None` until this tab has the lock.
    release: Rc<RefCell<Option<Function>>>,
}

impl Leadership {
    /// Whether this tab leads now.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.release.borrow().is_some()
    }
}

impl Drop for Leadership {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // A resolve function does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
        self.waiting.abort();
    }
}

/// Makes this tab a candidate for the lead called `name` among all tabs of this address. `on_lead`
/// runs once, when this tab leads: at the next tick if no other tab leads, otherwise when the
/// leading tab goes.
pub fn stand_for(
    name: &str,
    on_lead: impl FnOnce() + 'static,
) -> Result<Leadership, LocksUnavailable> {
    let locks = lock_manager()?;
    let request: Function = Reflect::get(&locks, &"request".into())?
        .dyn_into()
        .map_err(|_| LocksUnavailable("no request()".into()))?;
    let waiting = AbortController::new()?;
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &waiting.signal())?;

    let release = Rc::new(RefCell::new(None));
    let granted = {
        let release = Rc::clone(&release);
        Closure::once_into_js(move |_lock: JsValue| -> JsValue {
            let held = Promise::new(&mut |resolve, _reject| {
                release.replace(Some(resolve));
            });
            on_lead();
            held.into()
        })
    };
    let ended: Promise = request.call3(&locks, &name.into(), &options, &granted)?.unchecked_into();
    wasm_bindgen_futures::spawn_local(async move {
        // This rejects only with the AbortError of our own `abort`.
        let _ = JsFuture::from(ended).await;
    });
    Ok(Leadership { waiting, release })
}

fn lock_manager() -> Result<JsValue, LocksUnavailable> {
    let window = web_sys::window().ok_or_else(|| LocksUnavailable("no window".into()))?;
    let locks = Reflect::get(&window.navigator(), &"locks".into())?;
    if locks.is_undefined() {
        return Err(LocksUnavailable("the address is not secure (https)".into()));
    }
    Ok(locks)
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use futures_channel::oneshot;
    use gloo_timers::future::TimeoutFuture;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn candidate(name: &str) -> (Leadership, oneshot::Receiver<()>) {
        let (sender, leads) = oneshot::channel();
        let leadership = stand_for(name, move || sender.send(()).unwrap()).unwrap();
        (leadership, leads)
    }

    #[wasm_bindgen_test]
    async fn the_next_leads_when_the_leader_stands_down() {
        let (first, first_leads) = candidate("test-next");
        let (second, second_leads) = candidate("test-next");
        first_leads.await.unwrap();
        TimeoutFuture::new(50).await;
        assert!(first.is_leader() && !second.is_leader());
        drop(first);
        second_leads.await.unwrap();
        assert!(second.is_leader());
    }

    #[wasm_bindgen_test]
    async fn who_stands_down_while_waiting_never_leads() {
        let (first, first_leads) = candidate("test-withdraw");
        first_leads.await.unwrap();
        let (second, mut second_leads) = candidate("test-withdraw");
        drop(second);
        let (_third, third_leads) = candidate("test-withdraw");
        drop(first);
        third_leads.await.unwrap();
        assert!(!matches!(second_leads.try_recv(), Ok(Some(()))));
    }
}
