//! A choice among many that a person finds by typing (ARIA combobox with a list box).

use calloff_core::wire::Choice;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

use super::icon::{Icon, IconName};

/// The most entries that the list shows. People do not read longer lists; they narrow them by
/// typing.
const MOST_SHOWN: usize = 60;

/// One of `choices`, or none. The arrow keys move, Enter chooses, and Escape keeps the earlier
/// choice.
#[component]
pub fn Combobox(
    /// The element's `id`, unique on the page.
    id: &'static str,
    #[prop(into)] label: TextProp,
    /// The name of the empty choice ("All sites"). It is also the first entry of the list.
    #[prop(into)]
    none: TextProp,
    /// The words shown when no choice matches the typed text.
    #[prop(into)]
    no_match: TextProp,
    /// The words shown under a list that was cut.
    #[prop(into)]
    more: TextProp,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// The identifier of the choice. `None` is the empty choice.
    #[prop(into)]
    value: Signal<Option<String>>,
    on_choose: Callback<Option<String>>,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    // The typed text, `Some` while the list is open. If the text is empty, the list begins with the
    // empty choice.
    let typed: RwSignal<Option<String>> = RwSignal::new(None);
    let active = RwSignal::new(0_usize);
    let list_id = format!("{id}-list");
    let option_id = move |at: usize| format!("{id}-option-{at}");

    let found = Memo::new(move |_| match typed.get() {
        Some(typed) => choices.with(|choices| matching(choices, &typed)),
        None => Found::default(),
    });
    let entries = Memo::new(move |_| {
        let offers_none =
            typed.with(|typed| typed.as_ref().is_some_and(|typed| typed.trim().is_empty()));
        let none = offers_none.then_some(None);
        none.into_iter()
            .chain(found.get().choices.into_iter().map(Some))
            .collect::<Vec<Option<Choice>>>()
    });
    let chosen_name = move || {
        let value = value.get()?;
        let name = choices.with(|choices| {
            choices.iter().find(|choice| choice.id == value).map(|choice| choice.name.clone())
        });
        Some(name.unwrap_or(value))
    };
    let open = move || {
        if typed.with_untracked(Option::is_none) {
            active.set(0);
            typed.set(Some(String::new()));
        }
    };
    let choose = move |entry: Option<Choice>| {
        typed.set(None);
        on_choose.run(entry.map(|choice| choice.id));
    };
    let on_key = move |event: KeyboardEvent| {
        let last = entries.with_untracked(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" if typed.with_untracked(Option::is_none) => open(),
            "ArrowDown" => active.update(|active| *active = (*active + 1).min(last)),
            "ArrowUp" => active.update(|active| *active = active.saturating_sub(1)),
            "Enter" if typed.with_untracked(Option::is_some) => {
                if let Some(entry) =
                    entries.with_untracked(|entries| entries.get(active.get_untracked()).cloned())
                {
                    choose(entry);
                }
            }
            "Escape" if typed.with_untracked(Option::is_some) => typed.set(None),
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        if typed.with(Option::is_none) {
            return;
        }
        if let Some(option) = document().get_element_by_id(&option_id(active.get())) {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });

    let (list_label, none_label) = (label.clone(), StoredValue::new(none.clone()));
    let option = move |(at, entry): (usize, Option<Choice>)| {
        let name = entry.as_ref().map(|choice| choice.name.clone());
        let key = entry.as_ref().map(|choice| choice.id.clone());
        let is_chosen = {
            let key = key.clone();
            move || if value.get() == key { "true" } else { "false" }
        };
        let text = move || {
            name.clone().unwrap_or_else(|| none_label.with_value(|none| none.get().to_string()))
        };
        // This listens for the press and not the click. Before a click, the input would lose the
        // focus and close the list.
        let press = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            choose(entry.clone());
        };
        view! {
            <li
                id=option_id(at)
                role="option"
                class="combobox-option"
                data-value=key
                aria-selected=is_chosen
                data-active=move || (active.get() == at).then_some("")
                on:mousedown=press
            >
                {text}
            </li>
        }
    };
    let options = move || entries.get().into_iter().enumerate().map(option).collect_view();
    let (no_match, more) = (StoredValue::new(no_match), StoredValue::new(more));
    let remark = move || {
        let found = found.get();
        let text = match (found.choices.is_empty(), found.is_cut) {
            (true, _) => no_match.get_value(),
            (false, true) => more.get_value(),
            (false, false) => return None,
        };
        Some(view! { <p class="combobox-remark muted">{move || text.get()}</p> })
    };
    view! {
        <div class="field combobox">
            <label for=id>{move || label.get()}</label>
            <div class="combobox-control">
                <input
                    id=id
                    type="text"
                    role="combobox"
                    data-testid=test_id
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=move || chosen_name().unwrap_or_else(|| none.get().to_string())
                    data-chosen=move || value.with(Option::is_some).then_some("")
                    prop:value=move || typed.get().unwrap_or_else(|| chosen_name().unwrap_or_default())
                    aria-autocomplete="list"
                    aria-controls=list_id.clone()
                    aria-expanded=move || if typed.with(Option::is_some) { "true" } else { "false" }
                    aria-activedescendant=move || typed.with(Option::is_some).then(|| option_id(active.get()))
                    on:click=move |_| open()
                    on:input=move |event| {
                        active.set(0);
                        typed.set(Some(event_target_value(&event)));
                    }
                    on:keydown=on_key
                    on:blur=move |_| typed.set(None)
                />
                <Icon name=IconName::ChevronDown />
            </div>
            <div class="combobox-popup" hidden=move || typed.with(Option::is_none)>
                <ul id=list_id role="listbox" aria-label=move || list_label.get()>{options}</ul>
                {remark}
            </div>
        </div>
    }
}

/// The choices that match what is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Found {
    choices: Vec<Choice>,
    /// Whether more choices match than are listed.
    is_cut: bool,
}

/// The choices whose name or identifier holds every typed word, in the order of `choices`.
fn matching(choices: &[Choice], typed: &str) -> Found {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |choice: &&Choice| {
        let (name, id) = (choice.name.to_lowercase(), choice.id.to_lowercase());
        words.iter().all(|word| name.contains(word) || id.contains(word))
    };
    let mut found: Vec<Choice> =
        choices.iter().filter(holds).take(MOST_SHOWN + 1).cloned().collect();
    let is_cut = found.len() > MOST_SHOWN;
    found.truncate(MOST_SHOWN);
    Found { choices: found, is_cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(id: &str, name: &str) -> Choice {
        Choice { id: id.to_owned(), name: name.to_owned() }
    }

    fn names(found: &Found) -> Vec<&str> {
        found.choices.iter().map(|choice| choice.name.as_str()).collect()
    }

    #[test]
    fn every_typed_word_must_stand_in_name_or_identifier() {
        let choices = [
            choice("N1", "Harbour Clinic"),
            choice("N2", "Hill Clinic"),
            choice("S1", "Harbour Depot"),
        ];
        assert_eq!(names(&matching(&choices, "clinic HAR")), ["Harbour Clinic"]);
        assert_eq!(names(&matching(&choices, "s1")), ["Harbour Depot"]);
        assert_eq!(
            names(&matching(&choices, "  ")),
            ["Harbour Clinic", "Hill Clinic", "Harbour Depot"]
        );
        assert!(matching(&choices, "harbour airport").choices.is_empty());
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let choices: Vec<Choice> =
            (0..=MOST_SHOWN).map(|at| choice(&at.to_string(), "Site")).collect();
        let all = matching(&choices, "");
        assert_eq!((all.choices.len(), all.is_cut), (MOST_SHOWN, true));
        assert!(!matching(&choices[..MOST_SHOWN], "").is_cut);
    }
}
