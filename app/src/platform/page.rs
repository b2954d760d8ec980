//! The page as a whole, and where its focus is.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Draws an app on the page and takes the boot screen of its HTML file away.
pub fn mount<V: IntoView + 'static>(app: fn() -> V) {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app);
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
}

/// Leaves this app for the page at a path of another; this page is not among those to go back to.
pub fn leave_for(path: &str) {
    // A page that may not be left goes on as it is.
    let _ = window().location().replace(path);
}

/// Starts the app again, at the same address.
pub fn reload() {
    let Some(window) = web_sys::window() else { return };
    // A page that may not be loaded again goes on as it is.
    let _ = window.location().reload();
}

/// Puts the focus on the first element of a CSS selector, if there is one.
pub fn focus_first(selector: &str) {
    let found = web_sys::window()
        .and_then(|window| window.document()?.query_selector(selector).ok().flatten());
    focus(found);
}

/// Which neighbour in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbour {
    Before,
    After,
}

/// Puts the focus on the element of a CSS selector in the list item next to the one that has it. At
/// the end it stays.
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
        // Fails only for an element that cannot be focused.
        let _ = element.focus();
    }
}

/// Puts a text where people paste from; false where the browser does not let a page do so (most
/// only over HTTPS).
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // Where the page has no clipboard, the property is undefined and not a `Clipboard`.
    let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into());
    let Some(clipboard) =
        clipboard.ok().and_then(|clipboard| clipboard.dyn_into::<web_sys::Clipboard>().ok())
    else {
        return false;
    };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
