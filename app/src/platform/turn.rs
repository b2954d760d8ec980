//! Makes a change of page clear to people who do not see it. The window's title names the page, and
//! the focus moves to the page's heading, which screen readers read.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Keeps the window's title and the focus with the page. The focus moves when `place` changes, not
/// when `title` changes: the same page in another language is no other place.
pub fn follow<P: PartialEq + Clone + Send + Sync + 'static>(
    place: Memo<P>,
    title: impl Fn() -> &'static str + 'static,
) {
    Effect::new(move |_| document().set_title(&format!("{} · Calloff", title())));
    Effect::new(move |was: Option<P>| {
        let now = place.get();
        // On the first page, the screen reader reads the title.
        if was.is_some_and(|was| was != now) {
            // After two frames the page is drawn.
            request_animation_frame(|| request_animation_frame(focus_heading));
        }
        now
    });
}

/// Moves the focus to the heading, unless the page itself has moved it (to the search box, to a
/// PIN).
fn focus_heading() {
    let Some(main) = document().get_element_by_id("main") else { return };
    let is_within = |element: web_sys::Element| {
        main.contains(Some(&element)) || element.closest("dialog").ok().flatten().is_some()
    };
    if document().active_element().is_some_and(is_within) {
        return;
    }
    let heading = main.query_selector("h1").ok().flatten().unwrap_or(main);
    // Neither call fails: the name of the attribute is valid, and a heading with `tabindex` can
    // have the focus.
    let _ = heading.set_attribute("tabindex", "-1");
    if let Some(heading) = heading.dyn_ref::<web_sys::HtmlElement>() {
        let _ = heading.focus();
    }
}
