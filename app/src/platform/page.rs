//! The page as a whole, and its focus.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Draws an app on the page and removes the boot screen of its HTML file.
pub fn mount<V: IntoView + 'static>(app: fn() -> V) {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app);
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}

/// Leaves this app for a path of the other app. Back does not return to this page.
pub fn leave_for(path: &str) {
    // If the browser does not leave the page, the page stays as it is.
    let _ = window().location().replace(path);
}

/// Loads the app again, at the same address.
pub fn reload() {
    let Some(window) = web_sys::window() else { return };
    // If the browser does not load the page again, the page stays as it is.
    let _ = window.location().reload();
}

/// Shows the top of the page.
pub fn scroll_to_top() {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Puts the focus on the first element that a CSS selector finds, if there is one.
pub fn focus_first(selector: &str) {
    let found = web_sys::window()
        .and_then(|window| window.document()?.query_selector(selector).ok().flatten());
    focus(found);
}

/// The neighbour in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbour {
    Before,
    After,
}

/// Finds the list item with the focus, and puts the focus on the element of a CSS selector in the
/// item next to it. At the end of the list the focus stays.
pub fn focus_neighbour(selector: &str, which: Neighbour) {
    let focused = web_sys::window().and_then(|window| window.document()?.active_element());
    let item = focused.and_then(|element| element.closest("li").ok().flatten());
    let next = item.and_then(|item| match which {
        Neighbour::Before => item.previous_element_sibling(),
        Neighbour::After => item.next_element_sibling(),
    });
    focus(next.and_then(|item| item.query_selector(selector).ok().flatten()));
}

fn focus(element: Option<web_sys::Element>) {
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        // This fails only for an element that cannot have the focus.
        let _ = element.focus();
    }
}

/// Opens the browser's dialog for printing. A browser without one does nothing.
pub fn print() {
    if let Some(window) = web_sys::window() {
        // The browser refuses only in a sandboxed frame, where this app does not run.
        let _ = window.print();
    }
}

/// Puts a text on the clipboard. False if the browser does not allow it (most browsers allow it
/// only over HTTPS).
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // If the page has no clipboard, the property is undefined and not a `Clipboard`.
    let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into());
    let Some(clipboard) =
        clipboard.ok().and_then(|clipboard| clipboard.dyn_into::<web_sys::Clipboard>().ok())
    else {
        return false;
    };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
