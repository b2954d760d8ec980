//! Something that must be settled, or closed, before the page goes on.

use leptos::html;
use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// A modal dialog while `open` is true: the browser keeps the focus inside, gives it back afterwards, and closes it on
/// Escape, which sets `open` to false.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    /// Its name.
    #[prop(into)]
    label: Signal<String>,
    /// Name of the button that closes it.
    #[prop(into)]
    close_label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let element: NodeRef<html::Dialog> = NodeRef::new();
    Effect::new(move |_| {
        let (Some(dialog), is_open) = (element.get(), open.get()) else { return };
        if is_open && !dialog.open() {
            // Refused only for a dialog that is open or detached; neither is so here.
            let _ = dialog.show_modal();
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog node_ref=element class="dialog" aria-label=label on:close=move |_| open.set(false)>
            <button type="button" class="dialog-close" aria-label=close_label on:click=move |_| open.set(false)>
                <Icon name=IconName::Cross />
            </button>
            {children()}
        </dialog>
    }
}
