//! A question over the page. A person must answer or close it before the page goes on.

use leptos::html;
use leptos::prelude::*;

use super::icon::{Icon, IconName};
use crate::platform::back;

/// A modal dialog while `open` is true. The browser keeps the focus inside and gives it back
/// afterwards. Escape and Back close the dialog: they set `open` to false.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    /// The dialog's name.
    #[prop(into)]
    label: Signal<String>,
    /// The name of the button that closes the dialog.
    #[prop(into)]
    close_label: Signal<String>,
    children: Children,
) -> impl IntoView {
    let element: NodeRef<html::Dialog> = NodeRef::new();
    let layer = StoredValue::new(None::<(back::Layer, String)>);
    Effect::new(move |_| {
        let (Some(dialog), is_open) = (element.get(), open.get()) else { return };
        if is_open && !dialog.open() {
            // The browser refuses only a dialog that is open or detached; neither is the case here.
            let _ = dialog.show_modal();
            layer.set_value(Some((back::open(move || open.set(false)), back::address())));
        } else if !is_open && dialog.open() {
            dialog.close();
        }
        if !is_open && let Some((layer, _)) = layer.try_update_value(Option::take).flatten() {
            back::close(layer);
        }
    });
    on_cleanup(move || {
        if let Some((layer, address)) = layer.try_update_value(Option::take).flatten() {
            back::gone(layer, address);
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
