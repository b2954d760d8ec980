//! The browser's Back, which closes what lies over the page before it leaves the page.
//!
//! Each layer over the page (a dialog) has an entry of its own in the browser's history, at the
//! page's address. Back takes that entry away, and the layer with it. A layer that is closed
//! otherwise takes its entry away itself; the browser does that some milliseconds later, and what
//! would add to the history meanwhile waits for it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};

/// A browser takes an entry away within milliseconds. Where it does not, nothing waits longer than
/// this.
const SLOW_MS: u32 = 1_000;

/// A layer over the page, from its opening on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer(u64);

/// What the history is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Add an entry.
    Push,
    /// Take the last one away.
    Back,
}

/// What came of the browser's going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// It took away the entry of a layer that was closed already.
    AsAsked,
    /// A person wants this layer closed.
    Closes(Layer),
    /// To another page.
    Elsewhere,
}

/// The layers, and what the history lacks.
#[derive(Debug, Default)]
struct Layers {
    last: u64,
    /// Those with an entry, the uppermost last.
    open: Vec<Layer>,
    /// Those that wait for theirs.
    opening: Vec<Layer>,
    /// Entries that the browser has not taken away yet.
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

    /// The page is another: the entry lies behind it.
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

    /// Layers that get their entries now.
    fn take_opening(&mut self) -> usize {
        let count = self.opening.len();
        self.open.append(&mut self.opening);
        count
    }
}

#[derive(Default)]
struct Back {
    layers: Layers,
    /// What closes each layer.
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

/// Says that something lies over the page; `close` runs when a person goes back.
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

/// Says that it was closed. Closed already, it does nothing.
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

/// Says that it is gone together with its page. Where the address is the same afterwards its entry
/// goes, too.
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

/// Runs when everything is closed that is being closed now: what goes to another page, above all.
pub fn after_closing(run: impl FnOnce() + 'static) {
    // Screens that follow a signal are drawn before.
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
    // A browser that refuses lets Back leave the page, as without all this.
    let _ = match step {
        Some(Step::Push) => history.push_state_with_url(&JsValue::NULL, "", None),
        Some(Step::Back) => history.back(),
        None => return,
    };
}

/// Lets go on what waited, once the history is as it should be.
fn settle() {
    let (pushes, run) = with(|back| {
        if !back.layers.is_settled() {
            return (0, Vec::new());
        }
        // Who goes to another page goes before something is opened there.
        let run = std::mem::take(&mut back.waiting);
        (back.layers.take_opening(), run)
    });
    run.into_iter().for_each(|run| run());
    for _ in 0..pushes {
        carry_out(Some(Step::Push));
    }
}

/// Listens, from the first layer on until the page is left.
fn listen() {
    if with(|back| std::mem::replace(&mut back.is_listening, true)) {
        return;
    }
    let Some(window) = web_sys::window() else { return };
    // Before the router, which knows of no layers.
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
    // A link that is followed in those milliseconds is followed after them.
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
