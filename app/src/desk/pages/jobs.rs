//! Jobs: work that the server does later, and again if it fails.

use calloff_core::wire::{JobRow, JobState, PersonRole};
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::live_list::{ListWords, LiveList};
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{Button, ButtonKind, Dialog, Moment, StatusBadge, Tone};
use crate::desk::model::job_rows::{cancel_means, run_words, state};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, job_name, use_i18n};
use crate::platform::http::HttpError;

/// The pause between two looks at the jobs, in milliseconds. The server says nothing when a job
/// begins or ends.
const LOOK_MS: u32 = 10_000;

const WORDS: ListWords = ListWords {
    loading: Text::JobsLoading,
    none: (Text::JobsNone, Text::JobsNoneAdvice),
    readers: Text::JobsReaders,
};

#[component]
pub fn JobsPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let jobs = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::jobs()));
    let timer = StoredValue::new_local(Some(Interval::new(LOOK_MS, move || jobs.request())));
    on_cleanup(move || timer.set_value(None));
    let may_act = desk.has(&[PersonRole::Admin]);
    let again = Callback::new(move |()| jobs.request());
    let to_cancel = RwSignal::new(None);
    // Rows are drawn again only when a job changed, so that an open reason stays open.
    let known = Memo::new(move |_| {
        let rows = jobs.shown.get().value;
        rows.map(|rows| rows.to_vec()).unwrap_or_default()
    });
    let rows = move || {
        let rows = known.get().into_iter();
        rows.map(|job| view! { <Row job may_act again to_cancel /> }).collect_view()
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Jobs)}</h1></div>
        <LiveList list=jobs is_empty=|rows| rows.is_empty() words=WORDS>
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::Jobs)>
                <table class="tablets" data-testid="jobs">
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::JobWork)}</th>
                            <th scope="col">{i18n.t(Text::State)}</th>
                            <th scope="col">{i18n.t(Text::JobWhen)}</th>
                            <th scope="col" class="numeric">{i18n.t(Text::JobAttempts)}</th>
                            <th scope="col">{i18n.t(Text::JobReason)}</th>
                            <th scope="col"><span class="visually-hidden">{i18n.t(Text::TabletActs)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {move || to_cancel.get().map(|job| view! { <Cancel job again /> })}
        </LiveList>
    }
}

#[component]
fn Row(
    job: JobRow,
    may_act: bool,
    again: Callback<()>,
    to_cancel: RwSignal<Option<JobRow>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = state(&job);
    let label = Signal::derive(move || i18n.t(text)().to_owned());
    let kind = job.kind.clone();
    let when = match (job.state, job.ended_at) {
        (JobState::Waiting, _) => view! { <Moment at_ms=job.run_at /> }.into_any(),
        (JobState::Running, _) => {
            view! { <span class="job-node">{job.node.clone()}</span> }.into_any()
        }
        (_, Some(ended_at)) => view! { <Moment at_ms=ended_at /> }.into_any(),
        (_, None) => ().into_any(),
    };
    // The server writes its reasons for support in English. They are closed until a person opens
    // them.
    let reason = job.error.clone().map(|error| {
        view! {
            <details><summary>{i18n.t(Text::ForSupport)}</summary><code lang="en">{error}</code></details>
        }
    });
    let run = run_words(&job).filter(|_| may_act);
    let run = run.map(|words| view! { <RunAgain id=job.id words again /> });
    let kept = job.clone();
    let cancel = cancel_means(&job).filter(|_| may_act).map(|_| {
        let begin = Callback::new(move |()| to_cancel.set(Some(kept.clone())));
        view! { <Button label=i18n.t(Text::JobCancel) kind=ButtonKind::Quiet on_press=begin test_id="job-cancel" /> }
    });
    view! {
        <tr data-testid="job" data-kind=job.kind data-state=format!("{:?}", job.state)>
            <th scope="row" class="cell-stack">
                <span>{move || job_name(&kind, i18n.language())}</span>
                <small class="muted">{job.key}</small>
            </th>
            <td><StatusBadge tone label /></td>
            <td>{when}</td>
            <td class="numeric">{job.attempts}</td>
            <td>{reason}</td>
            <td><div class="row-acts">{run}{cancel}</div></td>
        </tr>
    }
}

/// The button that runs a job again, or now. It does not ask first, because a job can be cancelled.
#[component]
fn RunAgain(id: i64, words: Text, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let busy = RwSignal::new(false);
    let on_press = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            show_change(api::run_job_again(id).await, notices, again);
            busy.set(false);
        });
    });
    view! { <Button label=i18n.t(words) kind=ButtonKind::Quiet busy on_press test_id="job-run" /> }
}

/// Lists the jobs again after one was changed, or says why it was not changed.
fn show_change(changed: Result<(), HttpError>, notices: Notices, again: Callback<()>) {
    match changed {
        Ok(()) => again.run(()),
        Err(error) => {
            let notice = ShownNotice::new(Tone::Negative, Text::NothingChanged);
            notices.show(notice.with_sentence("reason", &error));
        }
    }
}

/// The question before a job is cancelled. It stays after its end, closed, so that the browser
/// gives the focus back.
#[component]
fn Cancel(job: JobRow, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let open = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let id = job.id;
    let on_press = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            show_change(api::cancel_job(id).await, notices, again);
            busy.set(false);
            open.set(false);
        });
    });
    let means = cancel_means(&job).unwrap_or(Text::JobCancelMeans);
    let title = Signal::derive(move || {
        let name = job_name(&job.kind, i18n.language());
        i18n.fill(Text::JobCancelSure, &[("job", &name)])
    });
    let close_label = Signal::derive(move || i18n.t(Text::Close)().to_owned());
    view! {
        <Dialog open label=title close_label>
            <div class="stack" data-testid="job-cancel-dialog">
                <h2>{title}</h2>
                <p>{i18n.t(means)}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::JobKeep) autofocus=true on_press=move |()| open.set(false) />
                    <Button label=i18n.t(Text::JobCancel) kind=ButtonKind::Primary busy on_press test_id="job-cancel-confirm" />
                </div>
            </div>
        </Dialog>
    }
}
