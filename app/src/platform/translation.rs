//! What a translation of the page by the browser would do: put `<font>` elements in the place of
//! text nodes. The app goes on writing into the nodes that are gone, and the screen goes on showing
//! old quantities and states.
//!
//! The page says that it is not to be translated (it speaks the languages itself). Where something
//! translates it all the same, each text goes back where it was before anything else runs, and its
//! element says so once more.

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
    // As long as the page.
    undo_all.forget();
    Ok(())
}

/// Puts the texts back that gave way to `<font>` elements: the app itself never makes one.
fn undo(record: &MutationRecord) {
    let Some(parent) = record.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let fonts: Vec<Node> = nodes(&record.added_nodes()).filter(is_font).collect();
    if fonts.is_empty() || is_font(&parent) {
        return;
    }
    // Translators leave alone what says so; the names are attributes', so that neither fails.
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
        // What the app has put somewhere else meanwhile stays there.
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
