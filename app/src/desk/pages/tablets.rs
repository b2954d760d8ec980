//! The page of tablets: a list, codes that enrol more, and revoking one.

use calloff_core::wire::{DeviceRow, EnrolmentCodeRequest, EnrolmentCodeResponse, Role};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::problem::{problem, stage};
use crate::api;
use crate::components::notices::{Notice, Notices};
use crate::components::{
    AsyncView, Button, ButtonKind, Combobox, Dialog, Moment, Notice as NoticeBox, StatusBadge,
    Tone, written_instant,
};
use crate::desk::state::live::Live;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::page;

#[component]
pub fn TabletsPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let tablets = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::devices()));
    let stage =
        Signal::derive(move || tablets.shown.with(|shown| stage(shown, |rows| rows.is_empty())));
    let words = move || {
        let none = (Text::TabletsNone, Text::TabletsNoneAdvice);
        tablets.shown.with(|shown| {
            shown.problem.as_ref().map(|error| problem(i18n, error, none, Text::TabletsReaders))
        })
    };
    let has = move |roles: &[Role]| match desk.who() {
        Who::Person(session) => session.roles.iter().any(|at| roles.contains(&at.role)),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let (may_enrol, may_revoke) = (has(&[Role::Admin]), has(&[Role::Admin, Role::SiteManager]));
    let again = Callback::new(move |()| tablets.request());
    let rows = move || {
        let rows = tablets.shown.get().value;
        rows.map(|rows| {
            rows.iter().cloned().map(|row| view! { <Row row may_revoke again /> }).collect_view()
        })
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
                            <th scope="col"><span class="visually-hidden">{i18n.t(Text::TabletRevoke)}</span></th>
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
    let (tone, state) = if is_revoked {
        (Tone::Negative, Text::TabletRevoked)
    } else {
        (Tone::Positive, Text::TabletActive)
    };
    view! {
        <tr data-testid="tablet" data-device=row.device.to_string()>
            <th scope="row">{row.site_name.clone()}</th>
            <td>{row.name.clone()}</td>
            <td><Moment at_ms=row.enrolled_at /></td>
            <td><Moment at_ms=row.last_seen_at /></td>
            <td><StatusBadge tone label=Signal::derive(move || i18n.t(state)().to_owned()) /></td>
            <td>{(may_revoke && !is_revoked).then(|| view! { <Revoke row=row.clone() again /> })}</td>
        </tr>
    }
}

/// Asks before it revokes a tablet, because a revoked tablet stays revoked. The second press of a
/// double click meets the dialog, and the dialog's focus is on *Cancel*.
#[component]
fn Revoke(row: DeviceRow, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let asks = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let device = row.device;
    let revoke = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match api::revoke_device(device).await {
                Ok(()) => again.run(()),
                Err(error) => {
                    notices.show(
                        Notice::new(Tone::Negative, Text::TabletRevokeFailed)
                            .with_sentence("reason", &error),
                    );
                }
            }
            busy.set(false);
            asks.set(false);
        });
    });
    let title = move || {
        i18n.fill(Text::TabletRevokeSure, &[("tablet", &row.name), ("site", &row.site_name)])
    };
    let title = Signal::derive(title);
    let close_label = Signal::derive(move || i18n.t(Text::Close)().to_owned());
    view! {
        <Button label=i18n.t(Text::TabletRevoke) kind=ButtonKind::Quiet
            on_press=Callback::new(move |()| asks.set(true)) test_id="revoke" />
        <Dialog open=asks label=title close_label>
            <div class="stack" data-testid="revoke-dialog">
                <h2>{title}</h2>
                <p>{i18n.t(Text::TabletRevokeMeans)}</p>
                <div class="cluster">
                    <button type="button" class="button" autofocus=true data-testid="revoke-cancel" on:click=move |_| asks.set(false)>
                        {i18n.t(Text::Cancel)}
                    </button>
                    <Button label=i18n.t(Text::TabletRevoke) kind=ButtonKind::Primary busy on_press=revoke test_id="revoke-confirm" />
                </div>
            </div>
        </Dialog>
    }
}

/// The form for an enrolment code. A person chooses the site by its name.
#[component]
fn IssueCode() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let sites = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::enrolment_sites()));
    let choices = Signal::derive(move || {
        sites.shown.get().value.map(|sites| (*sites).clone()).unwrap_or_default()
    });
    let site: RwSignal<Option<String>> = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let issued: RwSignal<Option<EnrolmentCodeResponse>> = RwSignal::new(None);
    let failure: RwSignal<Option<Sentence>> = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(site) = site.get_untracked().and_then(|site| site.parse().ok()) else {
            failure.set(Some(Text::CodeNeedsSite.into()));
            return;
        };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        issued.set(None);
        failure.set(None);
        spawn_local(async move {
            match api::enrolment_code(&EnrolmentCodeRequest { site, valid_hours: None }).await {
                Ok(code) => issued.set(Some(code)),
                Err(error) => failure.set(Some(Sentence::from(&error))),
            }
            busy.set(false);
        });
    };
    let failed = move || {
        failure.get().map(|reason| {
            let message = move || {
                i18n.fill(Text::CodeFailed, &[("reason", reason.in_language(i18n.language()))])
            };
            view! { <NoticeBox tone=Tone::Negative message test_id="code-failed" /> }
        })
    };
    let code = move || {
        issued.get().map(|issued| {
            let name = site.with_untracked(|site| {
                choices.with_untracked(|choices| {
                    let chosen = choices.iter().find(|choice| Some(&choice.id) == site.as_ref());
                    chosen.map(|choice| choice.name.clone())
                })
            });
            view! { <Issued issued site=name.unwrap_or_default() /> }
        })
    };
    view! {
        <section class="panel">
            <form class="enrol-code" on:submit=submit>
                <Combobox
                    id="code-site"
                    label=i18n.t(Text::CodeSite)
                    none=i18n.t(Text::CodeChooseSite)
                    no_match=i18n.t(Text::FilterNoMatch)
                    more=i18n.t(Text::FilterMore)
                    choices
                    value=site
                    on_choose=Callback::new(move |chosen| {
                        failure.set(None);
                        site.set(chosen);
                    })
                    test_id="code-site"
                />
                <Button label=i18n.t(Text::CodeIssue) submits=true busy test_id="code-issue" />
            </form>
            {failed}
            {code}
        </section>
    }
}

/// The code as text and as a picture, and its link to copy. The link is not for this browser: it
/// would enrol this computer.
#[component]
fn Issued(issued: EnrolmentCodeResponse, site: String) -> impl IntoView {
    let i18n = use_i18n();
    let until = move || {
        let time = written_instant(i18n, issued.expires_at, Style::DateTime);
        i18n.fill(Text::CodeReady, &[("time", &time)])
    };
    let link = StoredValue::new(issued.link.clone());
    let is_copied = RwSignal::new(None::<bool>);
    let copy = Callback::new(move |()| {
        spawn_local(async move { is_copied.set(Some(page::copy(&link.get_value()).await)) });
    });
    let copied = move || {
        let text = match is_copied.get()? {
            true => Text::CodeCopied,
            false => Text::CodeNotCopied,
        };
        Some(i18n.t(text)())
    };
    let title = move || i18n.fill(Text::CodeFor, &[("site", &site)]);
    let picture = format!("data:image/svg+xml,{}", api::percent_encoded(&issued.qr_svg));
    view! {
        <div class="issued-code" data-testid="code">
            <img src=picture alt=i18n.t(Text::CodePicture) width="200" height="200" />
            <div class="stack gap-2">
                <h2>{title}</h2>
                <p><strong class="code-text" data-testid="code-text">{issued.code}</strong></p>
                <p class="muted">{until}</p>
                <p class="code-link" data-testid="code-link">{issued.link}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::CodeCopy) on_press=copy test_id="code-copy" />
                    <span role="status" class="muted">{copied}</span>
                </div>
            </div>
        </div>
    }
}
