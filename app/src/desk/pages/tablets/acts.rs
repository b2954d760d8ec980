//! What people do with one tablet. Each act asks first, and says whether it can be undone. The
//! second press of a double click meets the dialog, and never a button that acts.
//!
//! The page has one dialog for all rows of the list.

use calloff_core::wire::{DeviceRow, EnrolmentCodeRequest, RenameRequest};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::code::{Code, Issued};
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{Button, ButtonKind, Dialog, Field, Tone};
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;

/// An act on a tablet that a person began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabletAct {
    Rename,
    Replace,
    Revoke,
}

/// The dialog of the act that was begun last. It stays after its end, closed, so that the browser
/// gives the focus back.
#[component]
pub fn ActDialog(
    begun: RwSignal<Option<(TabletAct, DeviceRow)>>,
    code: Code,
    again: Callback<()>,
) -> impl IntoView {
    move || {
        begun.get().map(|(act, row)| match act {
            TabletAct::Rename => view! { <Rename row again /> }.into_any(),
            TabletAct::Replace => view! { <Replace row code /> }.into_any(),
            TabletAct::Revoke => view! { <Revoke row again /> }.into_any(),
        })
    }
}

/// Gives a tablet another name.
#[component]
fn Rename(row: DeviceRow, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let name = RwSignal::new(row.name.clone());
    let failure: RwSignal<Option<Sentence>> = RwSignal::new(None);
    let device = row.device;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let request = RenameRequest { name: name.get_untracked().trim().to_owned() };
        if request.name.is_empty() {
            failure.set(Some(Text::TabletNeedsName.into()));
            return;
        }
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::rename_device(device, &request).await {
                Ok(()) => {
                    open.set(false);
                    again.run(());
                }
                Err(HttpError::Status { status: 422, .. }) => {
                    failure.set(Some(Text::TabletBadName.into()));
                }
                Err(error) => failure.set(Some(Sentence::from(&error))),
            }
            busy.set(false);
        });
    };
    let error = Signal::derive(move || {
        failure.get().map(|reason| reason.in_language(i18n.language()).to_owned())
    });
    let title = {
        let (tablet, site) = (row.name.clone(), row.site_name.clone());
        move || i18n.fill(Text::TabletRenameTitle, &[("tablet", &tablet), ("site", &site)])
    };
    let title = Signal::derive(title);
    let close_label = Signal::derive(move || i18n.t(Text::Close)().to_owned());
    view! {
        <Dialog open label=title close_label>
            <form class="stack" on:submit=submit novalidate data-testid="rename-dialog">
                <h2>{title}</h2>
                <Field
                    id="rename-name"
                    label=i18n.t(Text::EnrolName)
                    value=name
                    on_input=Callback::new(move |typed| {
                        failure.set(None);
                        name.set(typed);
                    })
                    hint=i18n.t(Text::TabletRenameHint)
                    error
                    test_id="rename-name"
                />
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) on_press=Callback::new(move |()| open.set(false)) />
                    <Button label=i18n.t(Text::TabletRename) kind=ButtonKind::Primary submits=true busy test_id="rename-confirm" />
                </div>
            </form>
        </Dialog>
    }
}

/// Issues a code for the same site. The tablet works on until another tablet uses the code.
#[component]
fn Replace(row: DeviceRow, code: Code) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let open = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let title = {
        let (tablet, site) = (row.name.clone(), row.site_name.clone());
        move || i18n.fill(Text::TabletReplaceTitle, &[("tablet", &tablet), ("site", &site)])
    };
    let title = Signal::derive(title);
    let means = {
        let tablet = row.name.clone();
        move || i18n.fill(Text::TabletReplaceMeans, &[("tablet", &tablet)])
    };
    let close_label = Signal::derive(move || i18n.t(Text::Close)().to_owned());
    let replace = Callback::new(move |()| {
        busy.set(true);
        let row = row.clone();
        spawn_local(async move {
            let request = EnrolmentCodeRequest {
                site: row.site.clone(),
                valid_hours: None,
                replaces: Some(row.device),
            };
            match api::enrolment_code(&request).await {
                Ok(answer) => {
                    code.set(Some(Issued { answer, site: row.site_name, replaced: Some(row.name) }))
                }
                Err(error) => notices.show(
                    ShownNotice::new(Tone::Negative, Text::CodeFailed)
                        .with_sentence("reason", &error),
                ),
            }
            busy.set(false);
            open.set(false);
        });
    });
    view! {
        <Dialog open label=title close_label>
            <div class="stack" data-testid="replace-dialog">
                <h2>{title}</h2>
                <p>{means}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) autofocus=true on_press=move |()| open.set(false) />
                    <Button label=i18n.t(Text::CodeIssue) kind=ButtonKind::Primary busy on_press=replace test_id="replace-confirm" />
                </div>
            </div>
        </Dialog>
    }
}

/// Revokes a tablet. The dialog's focus is on *Cancel*, because a revoked tablet stays revoked.
#[component]
fn Revoke(row: DeviceRow, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let asks = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let device = row.device;
    let revoke = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match api::revoke_device(device).await {
                Ok(()) => again.run(()),
                Err(error) => {
                    notices.show(
                        ShownNotice::new(Tone::Negative, Text::TabletRevokeFailed)
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
        <Dialog open=asks label=title close_label>
            <div class="stack" data-testid="revoke-dialog">
                <h2>{title}</h2>
                <p>{i18n.t(Text::TabletRevokeMeans)}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) autofocus=true on_press=move |()| asks.set(false) test_id="revoke-cancel" />
                    <Button label=i18n.t(Text::TabletRevoke) kind=ButtonKind::Primary busy on_press=revoke test_id="revoke-confirm" />
                </div>
            </div>
        </Dialog>
    }
}
