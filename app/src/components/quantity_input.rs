//! The one field for quantities: a number beside its unit, read by the rules of the language. It
//! has number keys where people work standing.

use calloff_core::numeral::{Read, Unreadable};
use calloff_core::unit::Unit;
use leptos::html;
use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::components::Button;
use crate::components::entry::{Entry, Key, Steps};
use crate::i18n::{self, I18n, Text, counted_unit_name, use_i18n};

/// The most characters that fit into the field in the large type of the number pad.
const LARGE_CHARS: usize = 5;

/// Edits `entry`. A text that cannot be read stays in the field, and a message under it names it.
/// If a text can be read in two ways, the field asks which is meant.
#[component]
pub fn QuantityInput(
    /// The element's `id`, unique on the page.
    #[prop(into)]
    id: String,
    entry: RwSignal<Entry>,
    /// The field's name, for people who do not see what is around it.
    #[prop(into)]
    label: Signal<String>,
    /// The unit that is shown after the number.
    #[prop(into)]
    unit: Signal<Option<Unit>>,
    /// The values to which − and + lead. Without steps the field shows no keys.
    #[prop(optional, into)]
    steps: Option<Signal<Steps>>,
    /// What a pack holds, and which quantities can be ordered.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// Whether the field takes the focus when it is drawn.
    #[prop(optional)]
    takes_focus: bool,
    /// Called on Enter. Without it, Enter sends the form.
    #[prop(optional)]
    on_enter: Option<Callback<()>>,
    #[prop(optional, into)] placeholder: String,
    /// The value of `data-testid`, for tests.
    #[prop(default = "quantity".to_owned(), into)]
    test_id: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get().filter(|_| takes_focus) {
            // This fails only for an element that cannot have the focus, as in a dialog that opens
            // next and looks for `autofocus`.
            let _ = input.focus();
        }
    });
    let press = move |key: Key| {
        let steps = steps.map_or(Steps::COUNT, |steps| steps.get_untracked());
        let language = untrack(|| i18n.language());
        entry.update(|entry| *entry = entry.press(key, language, steps));
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        match (event.key().as_str(), steps.is_some(), on_enter) {
            ("ArrowUp", true, _) => press(Key::More),
            ("ArrowDown", true, _) => press(Key::Less),
            ("Enter", _, Some(on_enter)) => on_enter.run(()),
            _ => return,
        }
        event.prevent_default();
    };
    let is_long = move || {
        let length = entry.with(|entry| entry.text(i18n.language()).chars().count());
        (length > LARGE_CHARS).then_some("true")
    };
    let (unit_id, hint_id, problem_id) =
        (format!("{id}-unit"), format!("{id}-hint"), format!("{id}-problem"));
    let described_by = format!("{unit_id} {hint_id} {problem_id}");
    let problem = Memo::new(move |_| entry.with(|entry| problem_words(i18n, entry)));
    let unit_words = move || {
        let count = entry.with(|entry| entry.number(i18n.language())).unwrap_or(Decimal::TEN);
        unit.get().map(|unit| counted_unit_name(unit, count, i18n.language()))
    };
    let stepper = move |key: Key, sign: &'static str, name: Text| {
        steps.is_some().then(|| {
            view! {
                <button type="button" class="pad-key pad-key-muted" aria-label=i18n.t(name) on:click=move |_| press(key)>
                    <span aria-hidden="true">{sign}</span>
                </button>
            }
        })
    };
    let select_all =
        |event: web_sys::FocusEvent| event_target::<web_sys::HtmlInputElement>(&event).select();
    view! {
        <div class="quantity-input" data-pad=steps.is_some().then_some("true")>
            <div class="quantity-display">
                {stepper(Key::Less, "−", Text::Less)}
                <label class="quantity-box">
                    <input
                        node_ref=input
                        id=id
                        type="text"
                        inputmode=if steps.is_some() { "none" } else { "decimal" }
                        autocomplete="off"
                        maxlength="60"
                        data-long=is_long
                        placeholder=placeholder
                        data-testid=test_id
                        aria-label=label
                        aria-describedby=described_by
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        autofocus=takes_focus
                        prop:value=move || entry.with(|entry| entry.text(i18n.language()))
                        on:focus=select_all
                        on:input=move |event| entry.set(Entry::typed(&event_target_value(&event)))
                        on:keydown=on_key
                    />
                    <span class="quantity-unit" id=unit_id data-testid="quantity-unit">{unit_words}</span>
                </label>
                {stepper(Key::More, "+", Text::More)}
            </div>
            <p class="quantity-hint" id=hint_id data-testid="quantity-hint">{move || hint.get()}</p>
            <div class="quantity-problem" id=problem_id role="status" data-testid="quantity-problem">
                {move || problem.get().map(|words| view! { <span class="quantity-said">{words}</span> })}
                {move || entry.with(|entry| entry.read(i18n.language())).into_choices().map(|number| view! {
                    <Button label=move || i18n::decimal(number, i18n.language()) test_id="quantity-meant"
                        on_press=move |()| entry.set(Entry::new(Some(number))) />
                }).collect_view()}
            </div>
            {steps.is_some().then(|| view! { <Keys press=Callback::new(press) /> })}
        </div>
    }
}

/// The number keys, for a thumb. People with a keyboard type into the field, so Tab skips these
/// keys.
#[component]
fn Keys(press: Callback<Key>) -> impl IntoView {
    let i18n = use_i18n();
    let digit = move |digit: u8| {
        view! {
            <button type="button" class="pad-key" tabindex="-1" data-testid=format!("pad-{digit}")
                on:click=move |_| press.run(Key::Digit(digit))>{digit}</button>
        }
    };
    view! {
        <div class="number-pad-keys">
            {(1..=9).map(digit).collect_view()}
            <button type="button" class="pad-key" tabindex="-1" data-testid="pad-point" on:click=move |_| press.run(Key::Point)>
                {move || i18n::notation(i18n.language()).point.to_string()}
            </button>
            {digit(0)}
            <button type="button" class="pad-key pad-key-muted" tabindex="-1" aria-label=i18n.t(Text::Backspace)
                on:click=move |_| press.run(Key::Backspace)>
                <span aria-hidden="true">"⌫"</span>
            </button>
        </div>
    }
}

/// What is wrong with the text in a field, in words that name it. `None` if the text is a number or
/// empty.
#[must_use]
pub fn problem_words(i18n: I18n, entry: &Entry) -> Option<String> {
    let language = i18n.language();
    let typed = || entry.text(language).trim().to_owned();
    match entry.read(language) {
        Read::Nothing | Read::Number(_) => None,
        Read::Question(_) => Some(i18n.fill(Text::QuantityMeant, &[("typed", &typed())])),
        Read::Unreadable(Unreadable::NoNumber) => {
            Some(i18n.fill(Text::QuantityNoNumber, &[("typed", &typed())]))
        }
        Read::Unreadable(Unreadable::Negative) => {
            Some(i18n.fill(Text::QuantityNegative, &[("typed", &typed())]))
        }
        Read::Unreadable(Unreadable::TooMuch) => {
            let most = i18n::decimal(calloff_core::limits::ORDER_QUANTITY.into(), language);
            Some(i18n.fill(Text::QuantityTooMuch, &[("most", &most)]))
        }
        Read::Unreadable(Unreadable::TooFine) => {
            let places = calloff_core::limits::ORDER_QUANTITY_SCALE.to_string();
            Some(i18n.fill(Text::QuantityTooFine, &[("places", &places)]))
        }
    }
}
