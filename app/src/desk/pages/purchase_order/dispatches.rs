//! Each sending of a purchase order, the latest first.

use calloff_core::supplier::OrderChannel;
use calloff_core::wire::{DispatchAttempt, DispatchRow};
use leptos::prelude::*;

use crate::api;
use crate::components::{Moment, StatusBadge, written_instant};
use crate::desk::model::purchase_order_rows::dispatch_text;
use crate::i18n::{Text, channel_words, use_i18n};
use crate::platform::clock::Style;

/// What was sent, or is to be sent.
#[component]
pub fn Dispatches(dispatches: Vec<DispatchRow>) -> impl IntoView {
    let i18n = use_i18n();
    let content = if dispatches.is_empty() {
        view! { <p class="muted">{i18n.t(Text::DispatchesNone)}</p> }.into_any()
    } else {
        let each = dispatches.into_iter().map(|dispatch| view! { <Dispatch dispatch /> });
        view! { <ul role="list" class="dispatches">{each.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="panel" data-testid="dispatches">
            <h2>{i18n.t(Text::DispatchesTitle)}</h2>
            {content}
        </section>
    }
}

#[component]
fn Dispatch(dispatch: DispatchRow) -> impl IntoView {
    let i18n = use_i18n();
    let DispatchRow {
        id,
        channel,
        copy,
        state,
        by,
        note,
        created_at,
        attempts,
        has_content,
        has_ubl,
        ..
    } = dispatch;
    let (tone, text) = dispatch_text(state);
    let label = Signal::derive(move || i18n.t(text)().to_owned());
    let is_by_hand = channel == OrderChannel::Manual;
    let way = move || channel_words(&channel, i18n.language());
    let facts = move || {
        let copy =
            (copy > 1).then(|| i18n.fill(Text::DispatchCopy, &[("number", &copy.to_string())]));
        let by = by.as_ref().map(|name| i18n.fill(Text::DispatchBy, &[("name", name)]));
        let time = written_instant(i18n, created_at, Style::DateTime);
        let made = i18n.fill(Text::DispatchMade, &[("time", &time)]);
        [copy, Some(made), by].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let note = (!note.is_empty())
        .then(|| view! { <p class="typed-text" data-testid="dispatch-note">{note}</p> });
    let attempts = (!is_by_hand && !attempts.is_empty()).then(|| {
        let each = attempts.into_iter().enumerate();
        let each = each.map(|(at, attempt)| view! { <Attempt number=at + 1 attempt /> });
        view! { <ol class="attempts" role="list">{each.collect_view()}</ol> }
    });
    let file = has_content.then(|| {
        view! {
            <a href=api::dispatch_file(id) rel="external" download data-testid="dispatch-download">
                {i18n.t(Text::DispatchDownload)}
            </a>
        }
    });
    let ubl = has_ubl.then(|| {
        view! {
            <a href=api::dispatch_ubl(id) rel="external" download data-testid="dispatch-ubl">
                {i18n.t(Text::DispatchUbl)}
            </a>
        }
    });
    view! {
        <li class="stack gap-2" data-testid="dispatch" data-state=state.name()>
            <div class="cluster">
                <strong class="destination">{way}</strong>
                <StatusBadge tone label />
                <small class="muted">{facts}</small>
            </div>
            {note}
            {attempts}
            {file}
            {ubl}
        </li>
    }
}

/// One attempt. The other side answers in English, for support, so its words are closed.
#[component]
fn Attempt(number: usize, attempt: DispatchAttempt) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || i18n.fill(Text::DispatchAttempt, &[("number", &number.to_string())]);
    let answer = match attempt.answer {
        Some(answer) => view! {
            <details><summary>{i18n.t(Text::ForSupport)}</summary><code lang="en">{answer}</code></details>
        }
        .into_any(),
        None => view! { <span class="muted">{i18n.t(Text::DispatchNoAnswer)}</span> }.into_any(),
    };
    view! {
        <li data-testid="dispatch-attempt">
            <span>{title}", "<Moment at_ms=attempt.at /></span>
            {answer}
        </li>
    }
}
