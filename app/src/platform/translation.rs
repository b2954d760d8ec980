//! Protects the page against translation by the browser. A translation puts `<font>` elements in
//! the place of text nodes. The app goes on writing into the removed nodes, and the screen goes on
//! showing old quantities and states.
//!
//! The page asks not to be translated, because it has its own languages. If a program translates it
//! anyway, this module puts each text back before other code runs, and marks its element again as
//! not to be translated.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, MutationObserver, MutationObserverInit, MutationRecord, Node};

use super::thrown_text;

/// Keeps the app's own texts on the page, from now on.
pub fn keep_own_texts() {
    if let Err(error) = observe() {
        leptos::logging::warn!("{}", thrown_text(&error));
    }
}

fn observe() -> Result<(), JsValue> {
    let undo_all = Closure::<dyn FnMut(Array)>::new(|records: Array| {
        for record in records.iter() {
            undo(record.unchecked_ref());
        }
    });
    let observer = MutationObserver::new(undo_all.as_ref().unchecked_ref())?;
    let what = MutationObserverInit::new();
    what.set_child_list(true);
    what.set_subtree(true);
    let body =
        web_sys::window().and_then(|window| window.document()).and_then(|document| document.body());
    let body: Node = body.ok_or(JsValue::NULL)?.into();
    observer.observe_with_options(&body, &what)?;
    // The closure lives as long as the page.
    undo_all.forget();
    Ok(())
}

/// Puts back the texts that `<font>` elements replaced. The app itself never makes such an element.
fn undo(record: &MutationRecord) {
    let Some(parent) = record.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let fonts: Vec<Node> = nodes(&record.added_nodes()).filter(is_font).collect();
    if fonts.is_empty() || is_font(&parent) {
        return;
    }
    // Translators skip an element with these marks. Both names are valid, so neither call fails.
    let _ = parent.set_attribute("translate", "no");
    let _ = parent.class_list().add_1("notranslate");
    let of_parent: &Node = parent.as_ref();
    let is_here = |node: &Node| node.parent_node().is_some_and(|of| of == *of_parent);
    let place = fonts
        .iter()
        .find(|font| is_here(font))
        .cloned()
        .or_else(|| record.next_sibling().filter(is_here));
    for text in nodes(&record.removed_nodes()).filter(|node| node.node_type() == Node::TEXT_NODE) {
        // If the app has meanwhile put a text somewhere else, the text stays there.
        if text.parent_node().is_none() {
            let _ = parent.insert_before(&text, place.as_ref());
        }
    }
    for font in fonts.iter().filter(|font| is_here(font)) {
        let _ = parent.remove_child(font);
    }
}

fn is_font(node: &impl AsRef<Node>) -> bool {
    node.as_ref().node_name().eq_ignore_ascii_case("font")
}

fn nodes(list: &web_sys::NodeList) -> impl Iterator<Item = Node> + use<> {
    let list = list.clone();
    (0..list.length()).filter_map(move |at| list.item(at))
}
