//! The part of a long list that is shown, and the buttons to the parts before and after it.

use leptos::prelude::*;

use crate::components::Button;
use crate::i18n::{Text, grouped, use_i18n};

/// Which rows are shown, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The place of the first row, from 0.
    pub first: u32,
    /// The number of rows that are shown.
    pub shown: u32,
    /// The number of all rows.
    pub count: u32,
}

impl Part {
    /// The place after the last row that is shown.
    fn end(self) -> u32 {
        self.first.saturating_add(self.shown)
    }
}

/// The range in words, and two buttons. Nothing if everything is shown.
#[component]
pub fn Pager(
    #[prop(into)] part: Signal<Option<Part>>,
    on_previous: Callback<()>,
    on_next: Callback<()>,
    #[prop(into)] busy: Signal<bool>,
    test_id: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let part = Memo::new(move |_| part.get());
    let is_needed = Memo::new(move |_| part.get().is_some_and(|part| part.shown < part.count));
    let range = move || {
        let part = part.get()?;
        let written = |number: u32| grouped(&number.to_string(), i18n.language());
        let first = written(part.first.saturating_add(part.shown.min(1)));
        let (last, count) = (written(part.end()), written(part.count));
        let values = [("first", first.as_str()), ("last", &last), ("count", &count)];
        Some(i18n.fill(Text::ContractLinesRange, &values))
    };
    let is_first = move || part.get().is_none_or(|part| part.first == 0);
    let is_last = move || part.get().is_none_or(|part| part.end() >= part.count);
    view! {
        <Show when=move || is_needed.get()>
            <nav class="pager" aria-label=i18n.t(Text::ContractLines) data-testid=test_id>
                <Button
                    label=i18n.t(Text::PagePrevious)
                    disabled=Signal::derive(is_first)
                    busy
                    on_press=on_previous
                    test_id="page-previous"
                />
                <span aria-live="polite" data-testid="page-range">{range}</span>
                <Button
                    label=i18n.t(Text::PageNext)
                    disabled=Signal::derive(is_last)
                    busy
                    on_press=on_next
                    test_id="page-next"
                />
            </nav>
        </Show>
    }
}
