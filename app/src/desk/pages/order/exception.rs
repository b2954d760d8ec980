//! What procurement decides about an order that waits, and what was decided.

use std::collections::BTreeMap;

use calloff_core::order::accept::Reason;
use calloff_core::order::exception::Verdict;
use calloff_core::order::{Decision, ServerStatus};
use calloff_core::wire::{DecisionRequest, OrderDetail, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::problem::problem;
use super::comparison::Comparison;
use crate::api;
use crate::components::{Button, ButtonKind, Field, Moment};
use crate::desk::model::to_decide::{deliveries, new_days};
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Text, use_i18n};

/// The exceptions of an order that waits, with the decision for whoever may take it; else the
/// decision that was taken.
#[component]
pub fn Exception(detail: OrderDetail, decided: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let facts = detail.order.server.clone();
    match (facts.status, facts.decision) {
        (Some(ServerStatus::Waiting { exceptions, .. }), _) => {
            let can_honour = exceptions.iter().all(Reason::is_honourable);
            let list = super::reasons_list(&detail, exceptions);
            view! {
                <section class="panel" data-tone="caution" data-testid="exception">
                    <h2>{i18n.t(Text::ExceptionTitle)}</h2>
                    <ul class="reasons">{list}</ul>
                    <Deciding detail can_honour decided />
                </section>
            }
            .into_any()
        }
        (Some(_), Some(Decision { verdict, by, why, at, .. })) => {
            let text = match verdict {
                Verdict::Honour => Text::HonouredBy,
                Verdict::Decline => Text::DeclinedBy,
            };
            let words = move || i18n.fill(text, &[("name", &by), ("reason", &why)]);
            view! {
                <section class="panel" data-testid="decision">
                    <h2>{i18n.t(Text::DecisionTitle)}</h2>
                    <p>{words}" · "<Moment at_ms=at /></p>
                </section>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// The reason to be given and the two ways; nothing for people who only look.
#[component]
fn Deciding(detail: OrderDetail, can_honour: bool, decided: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let may_decide = move || match desk.who() {
        Who::Person(session) => session.roles.iter().any(|at| at.role == Role::Procurement),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let why = RwSignal::new(String::new());
    let advice = match (can_honour, detail.to_decide.iter().any(|line| line.is_missed)) {
        (false, _) => Text::ExceptionNeverValid,
        (true, false) => Text::ExceptionAdvice,
        (true, true) => Text::ExceptionAdviceNewDay,
    };
    let deliveries = StoredValue::new(deliveries(&detail));
    let chosen = RwSignal::new(BTreeMap::new());
    let failure = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let (document, submission) =
        (detail.row.document, detail.order.submitted.map(|submitted| submitted.id));
    let decide = move |verdict: Verdict| {
        let Some(submission) = submission else { return };
        if why.with_untracked(|why| why.trim().is_empty()) {
            failure.set(Some(i18n.fill(Text::DecisionNeedsReason, &[])));
            return;
        }
        let days = chosen.with_untracked(|chosen| {
            deliveries.with_value(|deliveries| new_days(deliveries, chosen))
        });
        let new_days = match (verdict, days) {
            (Verdict::Decline, _) => BTreeMap::new(),
            (Verdict::Honour, Ok(days)) => days,
            (Verdict::Honour, Err(lacking)) => {
                let suppliers = deliveries.with_value(|deliveries| {
                    lacking
                        .iter()
                        .map(|at| deliveries[*at].supplier.clone())
                        .collect::<Vec<_>>()
                        .join(", ")
                });
                failure.set(Some(i18n.fill(Text::DecisionNeedsDay, &[("suppliers", &suppliers)])));
                return;
            }
        };
        busy.set(true);
        failure.set(None);
        let request = DecisionRequest { submission, verdict, why: why.get_untracked(), new_days };
        spawn_local(async move {
            if let Err(error) = api::decide(document, &request).await {
                desk.note_failure(&error);
                let unknown = (Text::OrderUnknown, Text::OrderUnknownAdvice);
                let words = problem(i18n, &error, unknown, Text::DecisionReaders);
                failure.set(Some(format!("{}: {}", words.title, words.advice)));
            }
            busy.set(false);
            // Also after a failure: somebody else may have decided.
            decided.run(());
        });
    };
    let press = move |verdict| Callback::new(move |()| decide(verdict));
    let may_decide = Signal::derive(may_decide);
    view! {
        <Comparison deliveries=deliveries.get_value() chosen may_decide />
        <Show when=move || may_decide.get() fallback=move || view! { <p class="muted">{i18n.t(Text::DecisionByProcurement)}</p> }>
            <p class="muted">{i18n.t(advice)}</p>
            <div class="decision">
                <Field
                    id="decision-why"
                    label=i18n.t(Text::DecisionWhy)
                    hint=i18n.t(Text::DecisionWhyHint)
                    value=why
                    error=failure
                    on_input=Callback::new(move |words| why.set(words))
                    test_id="decision-why"
                />
                <div class="cluster">
                    {can_honour.then(|| view! {
                        <Button label=i18n.t(Text::Honour) kind=ButtonKind::Primary busy on_press=press(Verdict::Honour) test_id="honour" />
                    })}
                    <Button label=i18n.t(Text::Decline) busy on_press=press(Verdict::Decline) test_id="decline" />
                </div>
            </div>
        </Show>
    }
}
