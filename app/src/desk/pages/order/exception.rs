//! Procurement's decision about an order on hold: the choice, or the decision that was taken.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::order::accept::Reason;
use calloff_core::order::exception::DecisionVerdict;
use calloff_core::order::{Decision, ServerStatus};
use calloff_core::wire::{DecisionRequest, OrderDetail, PersonRole};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::problem::problem;
use super::comparison::Comparison;
use crate::api;
use crate::components::{Button, ButtonKind, Field, SiteMoment, written_date};
use crate::desk::model::order_lines::moved_deliveries;
use crate::desk::model::to_decide::{deliveries, new_days};
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::http::HttpError;

/// A decision about the open order that a person is still writing. It outlives the page's views,
/// which are drawn anew when the order changes.
#[derive(Debug, Clone, Copy)]
pub struct Deciding {
    why: RwSignal<String>,
    /// The new delivery days, by the place of the delivery on the page.
    chosen: RwSignal<BTreeMap<usize, Date>>,
    /// Whether the person tried to decide without a reason.
    lacks_reason: RwSignal<bool>,
    /// The places of the missed deliveries for which the person chose no day.
    lacks_day: RwSignal<Vec<usize>>,
    /// Why the server did not take the decision, in words.
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    /// Called after each attempt.
    done: Callback<()>,
}

impl Deciding {
    /// An empty decision. `done` asks for the order again.
    pub fn new(done: Callback<()>) -> Self {
        Self {
            why: RwSignal::new(String::new()),
            chosen: RwSignal::new(BTreeMap::new()),
            lacks_reason: RwSignal::new(false),
            lacks_day: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            busy: RwSignal::new(false),
            done,
        }
    }
}

/// The exceptions of an order on hold, with the decision for people who may take it. For another
/// order, the decision that was taken.
#[component]
pub fn Exception(detail: OrderDetail, deciding: Deciding) -> impl IntoView {
    let i18n = use_i18n();
    let facts = detail.order.server.clone();
    match (facts.status, facts.decision) {
        (Some(ServerStatus::OnHold { exceptions, .. }), _) => {
            let can_honour = exceptions.iter().all(Reason::is_honourable);
            let list = super::reasons_list(&detail, exceptions);
            view! {
                <section class="panel" data-tone="caution" data-testid="exception">
                    <h2>{i18n.t(Text::ExceptionTitle)}</h2>
                    <ul class="reasons">{list}</ul>
                    <Choice detail can_honour deciding />
                </section>
            }
            .into_any()
        }
        (Some(_), Some(Decision { verdict, by, why, at, .. })) => {
            let text = match verdict {
                DecisionVerdict::Honour => Text::HonouredBy,
                DecisionVerdict::Decline => Text::DeclinedBy,
            };
            let words = move || i18n.fill(text, &[("name", &by), ("reason", &why)]);
            let moved = moved_deliveries(&detail).into_iter().map(|(supplier, from, to)| {
                let words = move || {
                    let day = |day| written_date(i18n, day, Style::Weekday);
                    let (from, to) = (day(from), day(to));
                    let values = [("supplier", &*supplier), ("from", &from), ("to", &to)];
                    i18n.fill(Text::DeliveryMoved, &values)
                };
                view! { <p data-testid="delivery-moved">{words}</p> }
            });
            let moved = moved.collect_view();
            view! {
                <section class="panel" data-testid="decision">
                    <h2>{i18n.t(Text::DecisionTitle)}</h2>
                    <p>{words}" · "<SiteMoment at_ms=at local=detail.decided_local zone=detail.row.time_zone /></p>
                    {moved}
                </section>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// The field for the reason and the buttons for both decisions. People who may not decide see only
/// the deliveries.
#[component]
fn Choice(detail: OrderDetail, can_honour: bool, deciding: Deciding) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let may_decide = move || match desk.who() {
        Who::Person(session) => session.roles.iter().any(|at| at.role == PersonRole::Procurement),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
    };
    let Deciding { why, chosen, lacks_reason, lacks_day, failure, busy, done } = deciding;
    let advice = match (can_honour, detail.to_decide.iter().any(|line| line.is_missed)) {
        (false, _) => Text::ExceptionNeverValid,
        (true, false) => Text::ExceptionAdvice,
        (true, true) => Text::ExceptionAdviceNewDay,
    };
    let deliveries = StoredValue::new(deliveries(&detail));
    let document = detail.row.document;
    let submission = detail.order.submitted.as_ref().map(|submitted| submitted.id);
    let detail = StoredValue::new(detail);
    let decide = move |verdict: DecisionVerdict| {
        let Some(submission) = submission else { return };
        // The person learns of all that is missing at once.
        let is_without_reason = why.with_untracked(|why| why.trim().is_empty());
        lacks_reason.set(is_without_reason);
        let days = chosen.with_untracked(|chosen| {
            deliveries.with_value(|deliveries| new_days(deliveries, chosen))
        });
        let new_days = match (verdict, days) {
            (DecisionVerdict::Decline, _) => BTreeMap::new(),
            (DecisionVerdict::Honour, Ok(days)) => days,
            (DecisionVerdict::Honour, Err(lacking)) => {
                lacks_day.set(lacking);
                return;
            }
        };
        if is_without_reason {
            return;
        }
        busy.set(true);
        failure.set(None);
        let request = DecisionRequest { submission, verdict, why: why.get_untracked(), new_days };
        let about = detail.get_value();
        spawn_local(async move {
            if let Err(error) = api::decide(document, &request).await {
                desk.note_failure(&error);
                failure.set(Some(not_taken(i18n, &error, &about)));
            }
            busy.set(false);
            // The order is asked for again also after a failure, because another person may have
            // decided.
            done.run(());
        });
    };
    let why_error = Signal::derive(move || {
        lacks_reason.get().then(|| i18n.fill(Text::DecisionNeedsReason, &[]))
    });
    let press = move |verdict| Callback::new(move |()| decide(verdict));
    let may_decide = Signal::derive(may_decide);
    view! {
        <Comparison deliveries=deliveries.get_value() chosen lacks_day may_decide />
        <Show when=move || may_decide.get() fallback=move || view! { <p class="muted">{i18n.t(Text::DecisionByProcurement)}</p> }>
            <p class="muted">{i18n.t(advice)}</p>
            <div class="decision">
                <Field
                    id="decision-why"
                    label=i18n.t(Text::DecisionWhy)
                    hint=i18n.t(Text::DecisionWhyHint)
                    value=why
                    error=why_error
                    on_input=Callback::new(move |words| {
                        why.set(words);
                        lacks_reason.set(false);
                    })
                    test_id="decision-why"
                />
                <div class="cluster">
                    {can_honour.then(|| view! {
                        <Button label=i18n.t(Text::Honour) kind=ButtonKind::Primary busy on_press=press(DecisionVerdict::Honour) test_id="honour" />
                    })}
                    <Button label=i18n.t(Text::Decline) busy on_press=press(DecisionVerdict::Decline) test_id="decline" />
                </div>
                <p class="field-error" role="alert" data-testid="decision-failure">{move || failure.get()}</p>
            </div>
        </Show>
    }
}

/// Why the decision was not taken, in words: the server's reason, or what failed.
fn not_taken(i18n: I18n, error: &HttpError, detail: &OrderDetail) -> String {
    if let Some(why) = api::undecidable(error) {
        return i18n::undecidable(&why, &detail.order, i18n.language(), detail);
    }
    let unknown = (Text::OrderUnknown, Text::OrderUnknownAdvice);
    let words = problem(i18n, error, unknown, Text::DecisionReaders);
    format!("{}: {}", words.title, words.advice)
}
