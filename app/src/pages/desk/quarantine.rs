//! Batches that the server refused: which tablet sent what, and why it was not taken.

use calloff_core::wire::QuarantineRow;
use leptos::prelude::*;

use super::problem::problem;
use crate::api;
use crate::components::{AsyncView, Moment, Stage};
use crate::i18n::{Text, push_refusal, use_i18n};
use crate::state::desk::use_desk;
use crate::state::live::Live;

#[component]
pub fn QuarantinePage() -> impl IntoView {
    let i18n = use_i18n();
    let batches = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::quarantine()));
    let stage = Signal::derive(move || {
        batches.shown.with(|shown| match (&shown.value, &shown.problem) {
            (Some(rows), _) if rows.is_empty() => Stage::Empty,
            (Some(_), _) => Stage::Ready,
            (None, Some(_)) => Stage::Failed,
            (None, None) => Stage::Loading,
        })
    });
    let words = move || {
        let none = (Text::QuarantineNone, Text::QuarantineNoneAdvice);
        batches
            .shown
            .with(|shown| shown.problem.as_ref().map(|error| problem(i18n, error, none, Text::QuarantineReaders)))
    };
    let rows = move || batches.shown.get().value.map(|rows| rows.iter().cloned().map(drawn).collect_view());
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Quarantine)}</h1></div>
        <AsyncView
            stage
            loading=i18n.t(Text::QuarantineLoading)
            empty_title=i18n.t(Text::QuarantineNone)
            empty_advice=i18n.t(Text::QuarantineNoneAdvice)
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=Callback::new(move |()| batches.request())
            busy=batches.is_busy
        >
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::Quarantine)>
                <table data-testid="quarantine">
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::ColumnReceived)}</th>
                            <th scope="col">{i18n.t(Text::Site)}</th>
                            <th scope="col">{i18n.t(Text::ColumnTablet)}</th>
                            <th scope="col">{i18n.t(Text::QuarantineReason)}</th>
                            <th scope="col" class="numeric">{i18n.t(Text::QuarantineBytes)}</th>
                            <th scope="col"></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </AsyncView>
    }
}

fn drawn(row: QuarantineRow) -> impl IntoView {
    let i18n = use_i18n();
    // What the server wrote for support is English, and shut until somebody wants it.
    let reasons = row.refusals.into_iter().map(|refusal| {
        view! {
            <li>
                {i18n.t(push_refusal(refusal.code))}
                <details><summary>{i18n.t(Text::ForSupport)}</summary><code lang="en">{refusal.message}</code></details>
            </li>
        }
    }).collect_view();
    view! {
        <tr data-testid="quarantined">
            <td><Moment at_ms=row.received_at /></td>
            <th scope="row">{row.site_name}</th>
            <td>{row.device_name}</td>
            <td><ul class="reasons">{reasons}</ul></td>
            <td class="numeric">{row.bytes}</td>
            <td><a href=api::quarantine_file(row.id) rel="external" download>{i18n.t(Text::QuarantineDownload)}</a></td>
        </tr>
    }
}
