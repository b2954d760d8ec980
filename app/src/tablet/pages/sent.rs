//! A sent order: its progress, and its lines by supplier.

use std::sync::Arc;

use calloff_core::ids::DocumentId;
use calloff_core::order::exception::DecisionVerdict;
use calloff_core::order::{
    Decision, OrderState, PurchaseOrderProgress, PurchaseOrderState, ServerFacts, ServerStatus,
};
use leptos::prelude::*;

use super::basket::{Charges, DeliveryOn, MinimumGauge, total_text};
use super::item_sheet::PackText;
use super::reorder::ReorderDialog;
use super::site_time::SiteTime;
use crate::components::{
    Button, MoneyText, PriceText, QuantityText, StatusBadge, Tone, TotalsText,
};
use crate::i18n::{self, Text, use_i18n};
use crate::tablet::model::basket::{GroupView, LineView, sent_view, totals};
use crate::tablet::model::progress::{Progress, progress};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::use_tablet;

#[component]
pub fn SentPage(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let again = RwSignal::new(None);
    let at =
        Memo::new(move |_| view.with(|view| view.as_ref().map_or(Progress::SavedHere, progress)));
    let groups = Memo::new(move |_| {
        let release = tablet.catalogue.release();
        view.with(|view| {
            view.as_ref().map(|view| {
                sent_view(&view.state, release.as_ref().map(|release| &release.catalogue))
            })
        })
        .unwrap_or_default()
    });
    let facts = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.state.server.clone())).unwrap_or_default()
    });
    let sent = Memo::new(move |_| facts.with(Sent::of));
    let exception = move || {
        view.with(|view| view.as_ref().map(|view| Arc::clone(&view.state)))
            .map(|order| view! { <Exception order /> })
    };
    let note = move || {
        view.with(|view| view.as_ref().map(|view| view.state.note.value.clone()))
            .filter(|note| !note.is_empty())
            .map(|note| {
                view! { <p><strong>{i18n.t(Text::Note)}": "</strong>{note}</p> }
            })
    };
    let totals = move || {
        let (totals, text) = groups
            .with(|groups| (totals(groups), total_text(groups.iter().any(GroupView::has_charges))));
        (!totals.is_empty()).then(|| {
            view! {
                <p class="spread" data-testid="sent-total">
                    <strong>{i18n.t(text)}</strong><strong><TotalsText totals /></strong>
                </p>
            }
        })
    };
    view! {
        <div class="stack">
            {move || view! { <Steps at=at.get() sent=sent.get() /> }}
            <p class="muted" role="status">{move || i18n.t(next_text(at.get()))()}</p>
            {exception}
            {move || groups.get().into_iter().map(|group| {
                let cut = facts.with(|facts| {
                    let first = group.lines.first()?;
                    let cut = facts.purchase_orders.iter().find(|cut| cut.lines.contains(&first.line))?;
                    Some((cut.number.clone(), facts.progress.get(&cut.number).copied()))
                });
                view! { <SentGroup group cut /> }
            }).collect_view()}
            {totals}
            {note}
            <p class="cluster">
                <Button label=i18n.t(Text::Reorder) on_press=move |()| again.set(Some(order)) test_id="reorder" />
                <a class="button" href=Page::Home.path()>{i18n.t(Text::ToHome)}</a>
            </p>
            <ReorderDialog again />
        </div>
    }
}

/// Procurement's decision about an order on hold, still open or taken.
#[component]
fn Exception(order: Arc<OrderState>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let facts = order.server.clone();
    match (facts.status, facts.decision) {
        (Some(ServerStatus::OnHold { exceptions, .. }), _) => {
            let release = tablet.catalogue.release();
            let names = release.as_ref().map(|release| &release.catalogue);
            let list = exceptions.iter().map(|reason| {
                view! { <li>{i18n::reason(reason, &order, i18n.language(), &names)}</li> }
            });
            view! {
                <section class="callout stack gap-2" data-tone="caution" data-testid="waiting">
                    <h2>{i18n.t(Text::OnHoldTitle)}</h2>
                    <ul>{list.collect_view()}</ul>
                </section>
            }
            .into_any()
        }
        (Some(ServerStatus::Accepted { .. }), Some(decision))
            if decision.verdict == DecisionVerdict::Honour =>
        {
            let Decision { by, why, .. } = decision;
            let words = move || i18n.fill(Text::HonouredBy, &[("name", &by), ("reason", &why)]);
            view! { <p class="callout" data-tone="positive" data-testid="honoured">{words}</p> }
                .into_any()
        }
        _ => ().into_any(),
    }
}

/// Whether the purchase orders of an order were sent to their suppliers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// The server has said nothing about it. It accepted the order a moment ago, or it is of a
    /// version that sends nothing.
    Unknown,
    NotAll,
    All,
}

impl Sent {
    fn of(facts: &ServerFacts) -> Self {
        let is_sent = |number: &String| {
            facts.progress.get(number).is_some_and(|at| at.state == PurchaseOrderState::Sent)
        };
        match facts.purchase_orders.iter().all(|order| is_sent(&order.number)) {
            _ if facts.progress.is_empty() => Self::Unknown,
            true => Self::All,
            false => Self::NotAll,
        }
    }
}

/// The steps of a sent order: saved on this tablet → at head office → accepted → sent to the
/// suppliers.
#[component]
fn Steps(at: Progress, sent: Sent) -> impl IntoView {
    let i18n = use_i18n();
    let reached = match (at, sent) {
        (Progress::Draft | Progress::Refused | Progress::SavedHere, _) => 0,
        (Progress::AtHeadOffice | Progress::OnHold, _) => 1,
        (Progress::Accepted, Sent::Unknown | Sent::NotAll) => 2,
        (Progress::Accepted, Sent::All) => 3,
    };
    let last = (sent != Sent::Unknown).then_some(Text::StepSentToSuppliers);
    let steps = [Text::StepSaved, Text::StateAtHeadOffice, Text::StateAccepted];
    let steps = steps.into_iter().chain(last);
    let step = move |(number, text): (usize, Text)| {
        let is_done = number <= reached;
        let current = (number == reached).then_some("step");
        view! {
            <li class="step" data-done=is_done.to_string() aria-current=current>
                <span class="step-sign" aria-hidden="true">{if is_done { "✓" } else { "○" }}</span>
                {i18n.t(text)}
            </li>
        }
    };
    view! { <ol role="list" class="steps" aria-label=i18n.t(Text::WhereItIs)>{steps.enumerate().map(|(number, text)| step((number, text))).collect_view()}</ol> }
}

fn next_text(at: Progress) -> Text {
    match at {
        Progress::Draft | Progress::Refused | Progress::SavedHere => Text::NextSaved,
        Progress::AtHeadOffice => Text::NextAtHeadOffice,
        Progress::OnHold => Text::NextOnHold,
        Progress::Accepted => Text::NextAccepted,
    }
}

#[component]
fn SentGroup(
    group: GroupView,
    /// The number of the purchase order, and how far it is on its way. `None` before acceptance.
    cut: Option<(String, Option<PurchaseOrderProgress>)>,
) -> impl IntoView {
    let (number, progress) = cut.map_or((None, None), |(number, at)| (Some(number), at));
    let total = group.total_with_charges();
    let below = group.minimum.filter(|minimum| minimum.missing.is_some());
    let lines = group.lines.into_iter().map(|line| view! { <li><SentLine line /></li> });
    view! {
        <section class="card" data-testid="purchase-order">
            <header class="card-head spread">
                <h2 class="card-title">{group.supplier_name}</h2>
                <span class="muted">
                    {number.map(|number| view! { <span data-testid="purchase-order-number">{number}</span>" · " })}
                    <DeliveryOn date=group.delivery_date />
                </span>
            </header>
            {progress.map(|progress| view! { <OnItsWay progress /> })}
            <ul role="list" class="lines">{lines.collect_view()}</ul>
            <footer class="card-foot">
                {below.map(|minimum| view! { <span data-testid="below-minimum"><MinimumGauge minimum /></span> })}
                <Charges charges=group.charges />
                <strong class="card-total">{total.map(|money| view! { <MoneyText money /> })}</strong>
            </footer>
        </section>
    }
}

/// How far a purchase order is on its way to the supplier. "Sent" never says that it arrived.
#[component]
fn OnItsWay(progress: PurchaseOrderProgress) -> impl IntoView {
    let i18n = use_i18n();
    let PurchaseOrderProgress { state, at } = progress;
    let (tone, text) = match state {
        PurchaseOrderState::Sent => (Tone::Positive, Text::SentToSupplier),
        PurchaseOrderState::NeedsPerson => (Tone::Caution, Text::SentByHandSoon),
        PurchaseOrderState::Uncertain => (Tone::Caution, Text::SentPerhaps),
        // The server tells the site neither of them.
        PurchaseOrderState::Unknown | PurchaseOrderState::ToSend => return ().into_any(),
    };
    view! {
        <p class="on-its-way cluster gap-2" data-testid="on-its-way" data-state=state.name()>
            <StatusBadge tone label=Signal::derive(move || i18n.t(text)().to_owned()) />
            <small class="muted"><SiteTime at_ms=at /></small>
        </p>
    }
    .into_any()
}

#[component]
fn SentLine(line: LineView) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="line line-sent" data-testid="basket-line" data-item=line.item.to_string()>
            <div class="line-what">
                <span class="line-name">{line.description}</span>
                <small class="muted"><PriceText amount=line.unit_price currency=line.currency buys=line.buys /></small>
                {line.substitute.map(|name| view! { <small>{move || i18n.fill(Text::SubstituteComes, &[("item", &name)])}</small> })}
            </div>
            <span class="line-packs">
                <QuantityText quantity=line.quantity />
                <PackText unit=line.quantity.unit content=line.content />
            </span>
            <strong class="line-amount"><MoneyText money=line.amount /></strong>
        </div>
    }
}
