//! A number pad for counts: large keys for a thumb, and a field for a keyboard.

use leptos::prelude::*;

use crate::components::count_entry::{CountEntry, Key};

/// Words that the pad needs.
#[derive(Debug, Clone, Copy)]
pub struct PadLabels {
    pub quantity: &'static str,
    pub less: &'static str,
    pub more: &'static str,
    pub backspace: &'static str,
}

/// Edits `entry`.
#[component]
pub fn NumberPad(entry: RwSignal<CountEntry>, #[prop(into)] labels: Signal<PadLabels>) -> impl IntoView {
    let press = move |key: Key| entry.update(|entry| *entry = entry.press(key));
    let digit = move |digit: u8| {
        view! { <button type="button" class="pad-key" data-testid=format!("pad-{digit}") on:click=move |_| press(Key::Digit(digit))>{digit}</button> }
    };
    let key = move |key: Key, sign: &'static str, name: fn(PadLabels) -> &'static str| {
        view! {
            <button type="button" class="pad-key pad-key-muted" aria-label=move || name(labels.get()) on:click=move |_| press(key)>
                <span aria-hidden="true">{sign}</span>
            </button>
        }
    };
    let select_all = |event: web_sys::FocusEvent| event_target::<web_sys::HtmlInputElement>(&event).select();
    view! {
        <div class="number-pad">
            <div class="number-pad-display">
                {key(Key::Less, "−", |labels| labels.less)}
                <input
                    type="text"
                    inputmode="none"
                    autocomplete="off"
                    data-testid="quantity"
                    aria-label=move || labels.get().quantity
                    prop:value=move || entry.with(|entry| entry.typed().to_owned())
                    on:focus=select_all
                    on:input=move |event| entry.set(CountEntry::replaced(&event_target_value(&event)))
                />
                {key(Key::More, "+", |labels| labels.more)}
            </div>
            <div class="number-pad-keys">
                {(1..=9).map(digit).collect_view()}
                <button type="button" class="pad-key" on:click=move |_| press(Key::Point)>"."</button>
                {digit(0)}
                {key(Key::Backspace, "⌫", |labels| labels.backspace)}
            </div>
        </div>
    }
}
