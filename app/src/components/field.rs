//! One line to fill in, with its label, hint and error.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The kind of value that a person types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldKind {
    #[default]
    Text,
    Password,
    /// A calendar day, by the browser's own picker. The value is `YYYY-MM-DD` or empty.
    Date,
}

impl FieldKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Password => "password",
            Self::Date => "date",
        }
    }
}

/// A labelled input. Its error is shown under it and read out with it.
#[component]
pub fn Field(
    /// The element's `id`, unique on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] label: TextProp,
    #[prop(optional)] kind: FieldKind,
    #[prop(into)] value: Signal<String>,
    /// Called with each value as it is typed. A day comes once it is complete.
    on_input: Callback<String>,
    #[prop(optional, into)] hint: Option<TextProp>,
    /// Why the value cannot be accepted.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The attribute `autocomplete`, by which password managers recognise the field.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// The earliest day that can be picked, as `YYYY-MM-DD`; `max` is the latest.
    #[prop(optional, into)]
    min: Signal<Option<String>>,
    #[prop(optional, into)] max: Signal<Option<String>>,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described_by = {
        let (hint_id, error_id, has_hint) = (hint_id.clone(), error_id.clone(), hint.is_some());
        move || match (has_hint, error.with(Option::is_some)) {
            (_, true) => Some(error_id.clone()),
            (true, false) => Some(hint_id.clone()),
            (false, false) => None,
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{move || label.get()}</label>
            <input
                id=id.clone()
                name=id
                type=kind.input_type()
                data-testid=test_id
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                min=min
                max=max
                prop:value=value
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                on:input=move |event| on_input.run(event_target_value(&event))
            />
            {hint.map(|hint| view! { <p class="field-hint" id=hint_id>{move || hint.get()}</p> })}
            <p class="field-error" id=error_id role="alert">{move || error.get()}</p>
        </div>
    }
}
