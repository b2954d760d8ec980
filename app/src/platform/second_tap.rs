//! The second tap of a double tap, at a place where something else has appeared meanwhile.
//!
//! A person in a hurry taps twice. The first tap opens a dialog, or takes a line away, and then
//! another button is under the finger. The second tap was not meant for it.

use std::cell::RefCell;

use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

use super::Subscription;

/// The time in which a second tap at the same place counts as the same tap. A person needs as long
/// to see that something else is there.
const SAME_TAP_MS: f64 = 900.0;

/// The distance of two taps at the same place, in CSS pixels. A button is at least 44 pixels high
/// and wide.
const SAME_PLACE_PX: i32 = 24;

/// A press on a control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tap {
    /// When the finger touched the screen, in milliseconds since the page was opened. A slow device
    /// may begin to answer a tap long after that.
    at_ms: f64,
    /// The place in the window, in CSS pixels. `None` if a key pressed the button.
    place: Option<(i32, i32)>,
}

impl Tap {
    /// The press that the page is answering. `None` if it is not answering any.
    #[must_use]
    pub fn current() -> Option<Self> {
        Some(Self::of(&web_sys::window()?.event().dyn_into().ok()?))
    }

    fn of(click: &MouseEvent) -> Self {
        let place = (click.detail() > 0).then(|| (click.client_x(), click.client_y()));
        Self { at_ms: click.time_stamp(), place }
    }

    /// Whether this tap was meant for what was there at the tap `before`.
    #[must_use]
    pub fn repeats(self, before: Self) -> bool {
        let is_near = match (self.place, before.place) {
            (Some((x, y)), Some((x_before, y_before))) => {
                (x - x_before).abs() < SAME_PLACE_PX && (y - y_before).abs() < SAME_PLACE_PX
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        is_near && self.at_ms - before.at_ms < SAME_TAP_MS
    }
}

/// A control as it was when a person tapped it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Control<E> {
    element: E,
    /// Its own name. It changes when an element that stays begins to do something else.
    name: String,
    /// Its row as HTML, or itself without a row. A page that is drawn again has new elements that
    /// look the same.
    row: String,
}

impl<E: PartialEq> Control<E> {
    /// Whether a press does the same on both.
    fn is_same(&self, other: &Self) -> bool {
        if self.element == other.element { self.name == other.name } else { self.row == other.row }
    }
}

/// Whether to ignore `tap` on the control `tapped`. `there` is what is now at the place of the tap
/// `before`. If that is still the control of then, both were meant: a person taps one button
/// quickly, or two buttons that touch.
fn is_second<E: PartialEq>(
    tap: Tap,
    tapped: Option<&Control<E>>,
    there: Option<&Control<E>>,
    (before, control): (Tap, &Control<E>),
) -> bool {
    let is_still = |now: Option<&Control<E>>| now.is_some_and(|now| now.is_same(control));
    tap.repeats(before) && !is_still(tapped) && !is_still(there)
}

/// What a person can press.
const CONTROLS: &str = "a, button, input, label, select, summary";

/// From now on, nothing on the page hears of the second tap of a double tap if something else is at
/// its place. Presses of keys are always heard.
pub fn ignore() -> Subscription {
    let Some(window) = web_sys::window() else { return Subscription(Vec::new()) };
    // The capture phase comes before the page's own handlers.
    let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: false };
    let last = RefCell::new(None::<(Tap, Control<Element>)>);
    let on_click = move |event: &web_sys::Event| {
        let Some(click) = event.dyn_ref::<MouseEvent>().filter(|click| click.detail() > 0) else {
            return;
        };
        let tap = Tap::of(click);
        let target = click.target().and_then(|target| target.dyn_into::<Element>().ok());
        let tapped = target.and_then(|target| control(&target));
        let mut last = last.borrow_mut();
        let is_second = last.as_ref().is_some_and(|(before, was)| {
            let there = before.place.and_then(control_at);
            is_second(tap, tapped.as_ref(), there.as_ref(), (*before, was))
        });
        if is_second {
            event.prevent_default();
            event.stop_immediate_propagation();
        } else {
            *last = tapped.map(|tapped| (tap, tapped));
        }
    };
    Subscription(vec![EventListener::new_with_options(&window, "click", options, on_click)])
}

/// The control at a place of the window.
fn control_at((x, y): (i32, i32)) -> Option<Control<Element>> {
    let document = web_sys::window()?.document()?;
    control(&document.element_from_point(x as f32, y as f32)?)
}

/// The control around an element. A wrong selector is the only failure of `closest`.
fn control(inside: &Element) -> Option<Control<Element>> {
    let element = inside.closest(CONTROLS).ok().flatten()?;
    let name = element.get_attribute("aria-label").or_else(|| element.text_content());
    let row = element.closest("li").ok().flatten().unwrap_or_else(|| element.clone());
    Some(Control { name: name.unwrap_or_default(), row: row.outer_html(), element })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tap(at_ms: f64, place: Option<(i32, i32)>) -> Tap {
        Tap { at_ms, place }
    }

    #[test]
    fn a_second_tap_counts_unless_it_is_at_the_same_place_within_a_moment() {
        let first = tap(1_000.0, Some((200, 300)));
        assert!(tap(1_250.0, Some((203, 296))).repeats(first), "one line, two taps");
        assert!(!tap(1_250.0, Some((200, 344))).repeats(first), "the next line");
        assert!(!tap(1_900.0, Some((200, 300))).repeats(first), "later");
        let key = tap(1_000.0, None);
        assert!(tap(1_100.0, None).repeats(key), "a key that was pressed twice");
        assert!(!tap(1_100.0, Some((200, 300))).repeats(key));
    }

    #[test]
    fn a_second_tap_is_ignored_only_where_something_else_appeared() {
        let control = |element: u32, name: &str, row: &str| {
            let (name, row) = (name.to_owned(), row.to_owned());
            Control { element, name, row }
        };
        let (first, second) = (tap(1_000.0, Some((200, 300))), tap(1_350.0, Some((202, 301))));
        let is_second = |before: &Control<u32>, tapped: &Control<u32>, there: &Control<u32>| {
            is_second(second, Some(tapped), Some(there), (first, before))
        };
        let remove = control(1, "Remove milk", "milk ×");
        let undo = control(2, "Undo", "milk Undo");
        assert!(is_second(&remove, &undo, &undo), "Undo is where × was");
        let (send, send_now) = (control(3, "Send order", "Send"), control(4, "Send now", "Now"));
        assert!(is_second(&send, &send_now, &send_now), "a dialog opened over the button");
        let next = control(1, "Remove bread", "bread ×");
        assert!(is_second(&remove, &next, &next), "the list moved up, in the same elements");
        let (one, two) = (control(5, "1", "1"), control(6, "2", "2"));
        assert!(!is_second(&one, &two, &one), "keys of a number pad that touch");
        let more = control(7, "More", "4 cases");
        let counted = control(7, "More", "5 cases");
        assert!(!is_second(&more, &counted, &counted), "+ twice");
        assert!(!is_second(&more, &counted, &undo), "+ twice, while it moved");
        assert!(!is_second(&remove, &control(8, "Remove milk", "milk ×"), &undo), "drawn again");
        let (undo_one, undo_other) =
            (control(9, "Undo", "milk removed"), control(10, "Undo", "bread removed"));
        assert!(is_second(&undo_one, &undo_other, &undo_other), "the next message moved up");
    }
}
