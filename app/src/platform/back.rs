//! The browser's Back. It closes the uppermost layer over the page before it leaves the page.
//!
//! Each layer over the page (a dialog) has its own entry in the browser's history, at the page's
//! address. Back removes that entry, and the layer closes. A layer that closes in another way
//! removes its entry itself. The browser does that some milliseconds later. New entries wait until
//! then.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};

/// A browser removes an entry within milliseconds. If it does not, the app waits no longer than
/// this.
const SLOW_MS: u32 = 1_000;

/// The identifier of a layer over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer(u64);

/// A change of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Add an entry.
    Push,
    /// Remove the last entry.
    Back,
}

/// The meaning of a step back by the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// The browser removed the entry of a layer that was closed already.
    AsAsked,
    /// A person wants to close this layer.
    Closes(Layer),
    /// A person goes to another page.
    Elsewhere,
}

/// The layers, and the changes that the history still lacks.
#[derive(Debug, Default)]
struct Layers {
    last: u64,
    /// The layers with an entry, the uppermost last.
    open: Vec<Layer>,
    /// The layers that wait for their entry.
    opening: Vec<Layer>,
    /// The number of entries that the browser has not removed yet.
    leaving: usize,
}

impl Layers {
    fn open(&mut self) -> (Layer, Option<Step>) {
        self.last += 1;
        let layer = Layer(self.last);
        if self.leaving > 0 {
            self.opening.push(layer);
            return (layer, None);
        }
        self.open.push(layer);
        (layer, Some(Step::Push))
    }

    fn close(&mut self, layer: Layer) -> Option<Step> {
        self.opening.retain(|other| *other != layer);
        let place = self.open.iter().position(|other| *other == layer)?;
        self.open.remove(place);
        self.leaving += 1;
        Some(Step::Back)
    }

    /// Forgets a layer after the page changed: its entry is before the new page in the history.
    fn forget(&mut self, layer: Layer) {
        self.opening.retain(|other| *other != layer);
        self.open.retain(|other| *other != layer);
    }

    fn went_back(&mut self) -> Went {
        if self.leaving > 0 {
            self.leaving -= 1;
            Went::AsAsked
        } else {
            self.open.pop().map_or(Went::Elsewhere, Went::Closes)
        }
    }

    fn is_settled(&self) -> bool {
        self.leaving == 0
    }

    /// Moves the waiting layers to the open ones. Returns how many entries to add.
    fn take_opening(&mut self) -> usize {
        let count = self.opening.len();
        self.open.append(&mut self.opening);
        count
    }
}

#[derive(Default)]
struct Back {
    layers: Layers,
    /// The action that closes each layer.
    closers: BTreeMap<Layer, Rc<dyn Fn()>>,
    waiting: Vec<Box<dyn FnOnce()>>,
    is_listening: bool,
}

thread_local! {
    static BACK: RefCell<Back> = RefCell::default();
}

fn with<T>(run: impl FnOnce(&mut Back) -> T) -> T {
    BACK.with_borrow_mut(run)
}

/// Registers a layer over the page. `close` runs when a person goes back.
pub fn open(close: impl Fn() + 'static) -> Layer {
    listen();
    let (layer, step) = with(|back| {
        let (layer, step) = back.layers.open();
        back.closers.insert(layer, Rc::new(close));
        (layer, step)
    });
    carry_out(step);
    layer
}

/// Registers that a layer was closed. For a layer that is closed already, nothing happens.
pub fn close(layer: Layer) {
    let step = with(|back| {
        back.closers.remove(&layer);
        back.layers.close(layer)
    });
    carry_out(step);
    if step == Some(Step::Back) {
        Timeout::new(SLOW_MS, || {
            with(|back| back.layers.leaving = 0);
            settle();
        })
        .forget();
    }
}

/// Registers that a layer is gone together with its page. If the address is still `address`
/// afterwards, the layer's entry is removed, too.
pub fn gone(layer: Layer, address: String) {
    Timeout::new(0, move || {
        if self::address() == address {
            close(layer);
        } else {
            with(|back| {
                back.closers.remove(&layer);
                back.layers.forget(layer);
            });
        }
    })
    .forget();
}

/// Runs `run` after all closing layers are closed, above all to go to another page.
pub fn after_closing(run: impl FnOnce() + 'static) {
    // A timeout lets the screens that follow a signal be drawn first.
    Timeout::new(0, move || {
        with(|back| back.waiting.push(Box::new(run)));
        settle();
    })
    .forget();
}

/// The address of the page.
#[must_use]
pub fn address() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

fn carry_out(step: Option<Step>) {
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
    // If the browser refuses, Back leaves the page, as it does without this module.
    let _ = match step {
        Some(Step::Push) => history.push_state_with_url(&JsValue::NULL, "", None),
        Some(Step::Back) => history.back(),
        None => return,
    };
}

/// Runs what waits, if the history is up to date.
fn settle() {
    let (pushes, run) = with(|back| {
        if !back.layers.is_settled() {
            return (0, Vec::new());
        }
        // Going to another page comes first, so that a new layer gets its entry there.
        let run = std::mem::take(&mut back.waiting);
        (back.layers.take_opening(), run)
    });
    run.into_iter().for_each(|run| run());
    for _ in 0..pushes {
        carry_out(Some(Step::Push));
    }
}

/// Listens to the browser, from the first layer until the person leaves the page.
fn listen() {
    if with(|back| std::mem::replace(&mut back.is_listening, true)) {
        return;
    }
    let Some(window) = web_sys::window() else { return };
    // The capture phase comes before the router, which knows no layers.
    let first = EventListenerOptions::run_in_capture_phase();
    EventListener::new_with_options(&window, "popstate", first, |event| {
        match with(|back| back.layers.went_back()) {
            Went::AsAsked => {
                event.stop_immediate_propagation();
                settle();
            }
            Went::Closes(layer) => {
                event.stop_immediate_propagation();
                let close = with(|back| back.closers.remove(&layer));
                close.into_iter().for_each(|close| close());
            }
            Went::Elsewhere => {}
        }
    })
    .forget();
    // A link that a person follows in those milliseconds waits until they are over.
    let first =
        EventListenerOptions { phase: gloo_events::EventListenerPhase::Capture, passive: false };
    EventListener::new_with_options(&window, "click", first, |event| {
        if with(|back| back.layers.is_settled()) {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) else {
            return;
        };
        event.prevent_default();
        event.stop_immediate_propagation();
        with(|back| back.waiting.push(Box::new(move || link.click())));
    })
    .forget();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_closes_the_uppermost_layer_and_then_leaves_the_page() {
        let mut layers = Layers::default();
        let (first, push) = layers.open();
        let (second, _) = layers.open();
        assert_eq!(push, Some(Step::Push));
        assert_eq!(layers.went_back(), Went::Closes(second));
        assert_eq!(layers.close(second), None, "its entry is gone");
        assert_eq!(layers.went_back(), Went::Closes(first));
        assert_eq!(layers.went_back(), Went::Elsewhere);
    }

    #[test]
    fn a_layer_that_is_closed_otherwise_takes_its_entry_away() {
        let mut layers = Layers::default();
        let (layer, _) = layers.open();
        assert_eq!(layers.close(layer), Some(Step::Back));
        assert!(!layers.is_settled());
        assert_eq!(layers.went_back(), Went::AsAsked);
        assert!(layers.is_settled());
        assert_eq!(layers.went_back(), Went::Elsewhere);
    }

    #[test]
    fn what_opens_before_the_browser_took_an_entry_away_gets_its_own_after() {
        let mut layers = Layers::default();
        let (layer, _) = layers.open();
        layers.close(layer);
        let (next, push) = layers.open();
        assert_eq!(push, None);
        assert_eq!(layers.went_back(), Went::AsAsked);
        assert_eq!(layers.take_opening(), 1);
        assert_eq!(layers.went_back(), Went::Closes(next));
    }

    #[test]
    fn a_layer_that_closes_before_it_had_an_entry_asks_for_nothing() {
        let mut layers = Layers::default();
        let (layer, _) = layers.open();
        layers.close(layer);
        let (next, _) = layers.open();
        assert_eq!(layers.close(next), None);
        assert_eq!((layers.went_back(), layers.take_opening()), (Went::AsAsked, 0));
    }

    #[test]
    fn a_layer_whose_page_is_gone_closes_nothing_any_more() {
        let mut layers = Layers::default();
        let (layer, _) = layers.open();
        layers.forget(layer);
        assert_eq!(layers.went_back(), Went::Elsewhere);
    }
}
