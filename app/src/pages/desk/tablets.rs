//! Tablets: which there are, codes that enrol more, and taking one out.

use calloff_core::ids::DeviceId;
use calloff_core::wire::{DeviceRow, EnrolmentCodeRequest, EnrolmentCodeResponse, Role};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::problem::problem;
use crate::api;
use crate::components::{
    AsyncView, Button, ButtonKind, Field, Moment, Notice as NoticeBox, Stage, StatusBadge, Tone, written_instant,
};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;
use crate::state::desk::{Who, use_desk};
use crate::state::live::Live;
use crate::state::notices::{Notice, Notices};

#[component]
pub fn TabletsPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let tablets = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::devices()));
    let stage = Signal::derive(move || {
        tablets.shown.with(|shown| match (&shown.value, &shown.problem) {
            (Some(rows), _) if rows.is_empty() => Stage::Empty,
            (Some(_), _) => Stage::Ready,
            (None, Some(_)) => Stage::Failed,
            (None, None) => Stage::Loading,
        })
    });
    let words = move || {
        let none = (Text::TabletsNone, Text::TabletsNoneAdvice);
        tablets.shown.with(|shown| shown.problem.as_ref().map(|error| problem(i18n, error, none)))
    };
    let has = move |roles: &[Role]| match desk.who() {
        Who::Person(session) => session.roles.iter().any(|at| roles.contains(&at.role)),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let (may_enrol, may_revoke) = (has(&[Role::Admin]), has(&[Role::Admin, Role::SiteManager]));
    let again = Callback::new(move |()| tablets.request());
    let rows = move || {
        let rows = tablets.shown.get().value;
        rows.map(|rows| rows.iter().cloned().map(|row| view! { <Row row may_revoke again /> }).collect_view())
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Tablets)}</h1></div>
        {may_enrol.then(|| view! { <IssueCode /> })}
        <AsyncView
            stage
            loading=i18n.t(Text::TabletsLoading)
            empty_title=i18n.t(Text::TabletsNone)
            empty_advice=i18n.t(Text::TabletsNoneAdvice)
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=again
            busy=tablets.is_busy
        >
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::Tablets)>
                <table data-testid="tablets">
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::Site)}</th>
                            <th scope="col">{i18n.t(Text::ColumnTablet)}</th>
                            <th scope="col">{i18n.t(Text::TabletEnrolledAt)}</th>
                            <th scope="col">{i18n.t(Text::TabletSeen)}</th>
                            <th scope="col">{i18n.t(Text::State)}</th>
                            <th scope="col"></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </AsyncView>
    }
}

#[component]
fn Row(row: DeviceRow, may_revoke: bool, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let is_revoked = row.revoked_at.is_some();
    let (tone, state) =
        if is_revoked { (Tone::Negative, Text::TabletRevoked) } else { (Tone::Positive, Text::TabletActive) };
    view! {
        <tr data-testid="tablet" data-device=row.device.to_string()>
            <th scope="row" title=row.site.to_string()>{row.site_name}</th>
            <td>{row.name}</td>
            <td><Moment at_ms=row.enrolled_at /></td>
            <td><Moment at_ms=row.last_seen_at /></td>
            <td><StatusBadge tone label=Signal::derive(move || i18n.t(state)().to_owned()) /></td>
            <td>{(may_revoke && !is_revoked).then(|| view! { <Revoke device=row.device again /> })}</td>
        </tr>
    }
}

/// Pressed twice: what is revoked stays so.
#[component]
fn Revoke(device: DeviceId, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let is_sure = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let label = move || i18n.t(if is_sure.get() { Text::TabletRevokeSure } else { Text::TabletRevoke })();
    let on_press = Callback::new(move |()| {
        if !is_sure.get_untracked() {
            is_sure.set(true);
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::revoke_device(device).await {
                Ok(()) => again.run(()),
                Err(error) => {
                    busy.set(false);
                    is_sure.set(false);
                    notices.show(Notice::new(Tone::Negative, Text::TabletRevokeFailed).with("reason", error));
                }
            }
        });
    });
    view! { <Button label kind=ButtonKind::Quiet busy on_press test_id="revoke" /> }
}

#[component]
fn IssueCode() -> impl IntoView {
    let i18n = use_i18n();
    let site = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let issued: RwSignal<Option<EnrolmentCodeResponse>> = RwSignal::new(None);
    let failure: RwSignal<Option<String>> = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Ok(site) = site.get_untracked().trim().parse() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        issued.set(None);
        failure.set(None);
        spawn_local(async move {
            match api::enrolment_code(&EnrolmentCodeRequest { site, valid_hours: None }).await {
                Ok(code) => issued.set(Some(code)),
                Err(error) => failure.set(Some(error.to_string())),
            }
            busy.set(false);
        });
    };
    let failed = move || {
        failure.get().map(|reason| {
            let message = move || i18n.fill(Text::CodeFailed, &[("reason", &reason)]);
            view! { <NoticeBox tone=Tone::Negative message test_id="code-failed" /> }
        })
    };
    let code = move || {
        issued.get().map(|issued| {
            let until = move || {
                i18n.fill(Text::CodeReady, &[("time", &written_instant(i18n, issued.expires_at, Style::DateTime))])
            };
            let link = issued.link.clone();
            let picture = format!("data:image/svg+xml,{}", api::percent_encoded(&issued.qr_svg));
            view! {
                <div class="cluster" data-testid="code">
                    <img src=picture alt=i18n.t(Text::CodePicture) width="200" height="200" />
                    <div>
                        <p><strong data-testid="code-text">{issued.code}</strong></p>
                        <p><a href=link rel="external">{issued.link}</a></p>
                        <p class="muted">{until}</p>
                    </div>
                </div>
            }
        })
    };
    view! {
        <section class="panel">
            <form class="cluster" on:submit=submit>
                <Field
                    id="code-site"
                    label=i18n.t(Text::CodeSite)
                    value=site
                    on_input=Callback::new(move |typed| site.set(typed))
                    test_id="code-site"
                />
                <Button label=i18n.t(Text::CodeIssue) submits=true busy test_id="code-issue" />
            </form>
            {failed}
            {code}
        </section>
    }
}
