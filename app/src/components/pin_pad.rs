//! A number pad for PINs. It never shows the typed digits.

use calloff_core::pin::PIN_DIGITS;
use leptos::prelude::*;

/// The words of the pad.
#[derive(Debug, Clone, Copy)]
pub struct PinLabels {
    pub pin: &'static str,
    pub backspace: &'static str,
    pub enter: &'static str,
}

/// Edits `typed`, by thumb or by keyboard. `on_enter` runs when the PIN is long enough and the
/// person confirms it.
#[component]
pub fn PinPad(
    typed: RwSignal<String>,
    #[prop(into)] labels: Signal<PinLabels>,
    #[prop(into)] busy: Signal<bool>,
    on_enter: Callback<()>,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    // The input gets the focus again after each wait, because the key that had the focus was
    // disabled meanwhile.
    Effect::new(move |_| {
        if let (Some(input), false) = (input.get(), busy.get()) {
            // This fails only for an element that cannot have the focus.
            let _ = input.focus();
        }
    });
    let push = move |digit: u8| {
        typed.update(|typed| {
            if typed.len() < *PIN_DIGITS.end() {
                typed.push(char::from(b'0' + digit));
            }
        });
    };
    let digit = move |digit: u8| {
        view! {
            <button type="button" class="pad-key" data-testid=format!("pin-{digit}") disabled=busy on:click=move |_| push(digit)>{digit}</button>
        }
    };
    let is_complete = move || typed.with(|typed| PIN_DIGITS.contains(&typed.len())) && !busy.get();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if untrack(is_complete) {
            on_enter.run(());
        }
    };
    view! {
        <form class="pin-pad" on:submit=submit>
            // The screen shows no keyboard, because the pad is one. A real keyboard types into this
            // input.
            <input node_ref=input type="password" inputmode="none" autocomplete="off" data-testid="pin" class="pin-typed"
                aria-label=move || labels.get().pin prop:value=typed
                on:input=move |event| typed.set(digits_of(&event_target_value(&event))) />
            <div class="number-pad-keys">
                {(1..=9).map(digit).collect_view()}
                <button type="button" class="pad-key pad-key-muted" aria-label=move || labels.get().backspace disabled=busy
                    on:click=move |_| typed.update(|typed| typed.truncate(typed.len().saturating_sub(1)))>
                    <span aria-hidden="true">"⌫"</span>
                </button>
                {digit(0)}
                <button type="submit" class="pad-key button-primary" data-testid="pin-enter" aria-label=move || labels.get().enter
                    disabled=move || !is_complete()>
                    <span aria-hidden="true">"✓"</span>
                </button>
            </div>
        </form>
    }
}

/// The digits of a text, at most as many as a PIN may have.
fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(*PIN_DIGITS.end()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_typed_and_no_more_than_a_pin_has() {
        assert_eq!(digits_of("2a5 8.0"), "2580");
        assert_eq!(digits_of("1234567890"), "12345678");
        assert_eq!(digits_of("١٢"), "");
    }
}
