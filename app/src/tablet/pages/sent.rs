//! A sent order: its progress, and its lines by supplier.

use std::sync::Arc;

use calloff_core::ids::DocumentId;
use calloff_core::order::exception::DecisionVerdict;
use calloff_core::order::{Decision, OrderState, ServerStatus};
use leptos::prelude::*;

use super::basket::{Charges, DeliveryOn, total_text};
use super::item_sheet::PackText;
use super::reorder::ReorderDialog;
use crate::components::{Button, MoneyText, PriceText, QuantityText, TotalsText};
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
    let numbers = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| view.state.server.purchase_orders.clone()))
            .unwrap_or_default()
    });
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
            {move || view! { <Steps at=at.get() /> }}
            <p class="muted" role="status">{move || i18n.t(next_text(at.get()))()}</p>
            {exception}
            {move || groups.get().into_iter().map(|group| {
                let number = numbers.with(|orders| orders.iter().find(|cut| {
                    group.lines.first().is_some_and(|first| cut.lines.contains(&first.line))
                }).map(|cut| cut.number.clone()));
                view! { <SentGroup group number /> }
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

/// The steps of a sent order: saved on this tablet → at head office → accepted.
#[component]
fn Steps(at: Progress) -> impl IntoView {
    let i18n = use_i18n();
    let reached = match at {
        Progress::Draft | Progress::Refused | Progress::SavedHere => 0,
        Progress::AtHeadOffice | Progress::OnHold => 1,
        Progress::Accepted => 2,
    };
    let steps = [Text::StepSaved, Text::StateAtHeadOffice, Text::StateAccepted];
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
    view! { <ol role="list" class="steps" aria-label=i18n.t(Text::WhereItIs)>{steps.into_iter().enumerate().map(|(number, text)| step((number, text))).collect_view()}</ol> }
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
fn SentGroup(group: GroupView, number: Option<String>) -> impl IntoView {
    let total = group.total_with_charges();
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
            <ul role="list" class="lines">{lines.collect_view()}</ul>
            <footer class="card-foot">
                <Charges charges=group.charges />
                <strong class="card-total">{total.map(|money| view! { <MoneyText money /> })}</strong>
            </footer>
        </section>
    }
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
