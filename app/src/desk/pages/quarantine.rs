//! Batches that the server refused: the tablet, the content, and the reasons.

use calloff_core::wire::{PersonRole, PushRefusalCode, QuarantineRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::live_list::{ListWords, LiveList};
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{Button, ButtonKind, Moment, Tone};
use crate::desk::state::live::Live;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Text, push_refusal, use_i18n};

const WORDS: ListWords = ListWords {
    loading: Text::QuarantineLoading,
    none: (Text::QuarantineNone, Text::QuarantineNoneAdvice),
    readers: Text::QuarantineReaders,
};

#[component]
pub fn QuarantinePage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let batches = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::quarantine()));
    let may_take_up = match desk.who() {
        Who::Person(session) => session.roles.iter().any(|at| at.role == PersonRole::Admin),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let again = Callback::new(move |()| batches.request());
    let rows = move || {
        batches.shown.get().value.map(|rows| {
            rows.iter().cloned().map(|row| drawn(row, may_take_up, again)).collect_view()
        })
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Quarantine)}</h1></div>
        <LiveList list=batches is_empty=|rows| rows.is_empty() words=WORDS>
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
        </LiveList>
    }
}

fn drawn(row: QuarantineRow, may_take_up: bool, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let is_offer = row.refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered);
    // The server writes its details for support in English. They are closed until a person opens
    // them.
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
            <td class="quarantine-why"><ul class="reasons">{reasons}</ul></td>
            <td class="numeric">{row.bytes}</td>
            <td>
                <div class="row-acts">
                    <a class="button button-quiet" href=api::quarantine_file(row.id) rel="external" download>{i18n.t(Text::QuarantineDownload)}</a>
                    {(is_offer && may_take_up).then(|| view! { <TakeUp id=row.id again /> })}
                </div>
            </td>
        </tr>
    }
}

/// The button that accepts an offered batch. It needs two presses, because an accepted batch stays
/// accepted, and only the tablet vouches for it.
#[component]
fn TakeUp(id: i64, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let is_sure = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let label = move || i18n.t(if is_sure.get() { Text::TakeUpSure } else { Text::TakeUp })();
    let on_press = Callback::new(move |()| {
        if !is_sure.get_untracked() {
            is_sure.set(true);
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::take_up(id).await {
                Ok(()) => again.run(()),
                Err(error) => {
                    busy.set(false);
                    is_sure.set(false);
                    notices.show(
                        ShownNotice::new(Tone::Negative, Text::TakeUpFailed).with("reason", error),
                    );
                }
            }
        });
    });
    view! { <Button label kind=ButtonKind::Quiet busy on_press test_id="take-up" /> }
}
