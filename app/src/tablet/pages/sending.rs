//! Sending a draft: its sums, a last look at the consequences, and the sending itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calloff_core::calendar::{Date, IsoWeekday};
use calloff_core::ids::ItemId;
use calloff_core::order::Command;
use calloff_core::order::basket::basket_within;
use calloff_core::quantity::Quantity;
use leptos::prelude::*;

use super::basket::{Charges, DeliveryOn, Draft, MinimumGauge, order_by, total_text};
use super::item_sheet::far_words;
use super::prices::PriceRows;
use crate::components::notices::{ShownNotice, Tone};
use crate::components::{
    Button, ButtonKind, ButtonSize, Dialog, MoneyText, TotalsText, written_date,
};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;
use crate::tablet::model::basket::{BasketView, GroupView};
use crate::tablet::model::prices::PriceChange;
use crate::tablet::model::progress::duplicates;
use crate::tablet::model::sheet::{FarLine, far_lines};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::Press;

/// The totals, the link to more items, and the button that sends after a last look.
#[component]
pub fn SendBar(
    draft: Draft,
    shown: Memo<Option<BasketView>>,
    changes: Memo<Vec<PriceChange>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let confirms = RwSignal::new(false);
    let press = Press::default();
    let totals = move || {
        shown.with(|shown| shown.as_ref().map(|basket| basket.totals.clone()).unwrap_or_default())
    };
    let total_text = move || {
        i18n.t(total_text(shown.with(|shown| shown.as_ref().is_some_and(BasketView::has_charges))))
    };
    let has_lines =
        move || shown.with(|shown| shown.as_ref().is_some_and(|basket| basket.line_count > 0));
    let is_ready = move || shown.with(|shown| shown.as_ref().is_some_and(BasketView::is_ready));
    let open = move || shown.with(|shown| shown.as_ref().map_or(0, BasketView::open_decisions));
    let send = move || match open() {
        0 => i18n.t(Text::Send)().to_owned(),
        open => i18n.count(open, Text::SettleOne, Text::SettleMany),
    };
    view! {
        <Show when=has_lines>
            <div class="sticky-bottom send-bar">
                <span class="send-sum">
                    <small class="muted">{total_text}</small>
                    <strong class="send-total" data-testid="order-total">
                        {move || totals().into_iter().map(|money| view! { <span><MoneyText money /></span> }).collect_view()}
                    </strong>
                </span>
                <a class="button" data-testid="add-items" aria-label=i18n.t(Text::AddItems)
                    href=Page::Find { order: Some(draft.order) }.path()>
                    <span aria-hidden="true">"+ "<span class="send-add">{i18n.t(Text::AddItems)}</span></span>
                </a>
                <Button label=send kind=ButtonKind::Primary size=ButtonSize::Large disabled=Signal::derive(move || !is_ready())
                    on_press=move |()| confirms.set(true) test_id="send" attr:aria-describedby="send-blocked" />
                <span class="visually-hidden" hidden=move || open() == 0 id="send-blocked">{i18n.t(Text::SettleFirst)}</span>
            </div>
        </Show>
        <Dialog open=confirms label=Signal::derive(move || i18n.t(Text::SendTitle)().to_owned())
            close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>
            {move || confirms.get().then(|| view! { <Confirmation draft confirms press shown changes /> })}
        </Dialog>
    }
}

/// The last look: what will be sent to which supplier, what is missing or added, and what happens
/// then.
#[component]
fn Confirmation(
    draft: Draft,
    confirms: RwSignal<bool>,
    press: Press,
    shown: Memo<Option<BasketView>>,
    changes: Memo<Vec<PriceChange>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let totals = move || {
        shown.with(|shown| {
            let text = total_text(shown.as_ref().is_some_and(BasketView::has_charges));
            (text, shown.as_ref().map(|basket| basket.totals.clone()).unwrap_or_default())
        })
    };
    let group = move |group: GroupView| {
        let total = group.total_with_charges();
        view! {
            <li class="send-group" data-testid="send-group">
                <span class="spread">
                    <strong class="line-name">{group.supplier_name}</strong>
                    <strong>{total.map(|money| view! { <MoneyText money /> })}</strong>
                </span>
                <small class="muted"><DeliveryOn date=group.delivery_date />{order_by(draft.tablet, group.order_by)}</small>
                <Charges charges=group.charges />
                {group.minimum.filter(|minimum| minimum.missing.is_some()).map(|minimum| view! {
                    <span data-testid="below-minimum"><MinimumGauge minimum /></span>
                })}
            </li>
        }
    };
    let groups = move || {
        let groups = shown
            .with(|shown| shown.as_ref().map(|basket| basket.groups.clone()).unwrap_or_default());
        // Removed lines are shown only on the page. A group that has only removed lines has no
        // total.
        let groups = groups.into_iter().filter(|group| group.total.is_some());
        groups.map(group).collect_view()
    };
    let warned = move || duplicate_suppliers(draft);
    view! {
        <div class="stack send-dialog" data-testid="send-dialog">
            <h2>{i18n.t(Text::SendTitle)}</h2>
            <ul role="list" class="lines send-groups">{groups}</ul>
            {move || {
                let (text, totals) = totals();
                (!totals.is_empty()).then(|| view! {
                    <p class="spread" data-testid="send-total">
                        <strong>{i18n.t(text)}</strong><strong><TotalsText totals /></strong>
                    </p>
                })
            }}
            {move || {
                let changes = changes.get();
                (!changes.is_empty()).then(|| view! {
                    <section class="callout stack gap-2" data-tone="caution" data-testid="send-prices-changed">
                        <p>{i18n.t(Text::PricesChanged)}</p>
                        <PriceRows changes />
                    </section>
                })
            }}
            {move || {
                let days = warned();
                (!days.is_empty()).then(|| {
                    let day = move |(day, names): (Date, BTreeSet<String>)| {
                        let names = names.into_iter().collect::<Vec<_>>().join(", ");
                        let day = move || written_date(i18n, day, Style::Weekday);
                        view! { <li>{move || format!("{}: {names}", day())}</li> }
                    };
                    view! {
                        <section class="callout stack gap-2" data-tone="caution" data-testid="duplicate-warning">
                            <p>{i18n.t(Text::DuplicateWarning)}</p>
                            <ul>{days.into_iter().map(day).collect_view()}</ul>
                        </section>
                    }
                })
            }}
            {move || {
                let lines = unusual_lines(draft);
                (!lines.is_empty()).then(|| {
                    let line = move |FarLine { description, quantity, far }: FarLine| {
                        view! { <li>{move || format!("{description}: {}", far_words(i18n, quantity, far))}</li> }
                    };
                    view! {
                        <ul class="callout" data-tone="caution" data-testid="send-far-beyond">{lines.into_iter().map(line).collect_view()}</ul>
                    }
                })
            }}
            <p class="muted">{i18n.t(Text::WhatHappensNext)}</p>
            <div class="cluster send-choice">
                <Button label=i18n.t(Text::NotYet) on_press=move |()| confirms.set(false) />
                <Button label=i18n.t(Text::SendNow) kind=ButtonKind::Primary size=ButtonSize::Large
                    on_press=move |()| submit(draft, press, confirms) test_id="confirm-send" />
            </div>
        </div>
    }
}

/// The suppliers that get another order for the same day, by day (case 15 of docs/cases.md).
fn duplicate_suppliers(draft: Draft) -> BTreeMap<Date, BTreeSet<String>> {
    let state =
        draft.view.with(|view| view.as_ref().map(|view| std::sync::Arc::clone(&view.state)));
    let Some((release, state)) = draft.tablet.catalogue.release().zip(state) else {
        return BTreeMap::new();
    };
    let (resolved, remaining) =
        (draft.tablet.resolved_for(&release), draft.tablet.remaining(&release));
    let basket = basket_within(&state, &release.catalogue, resolved, remaining);
    duplicates(&state, &basket.groups, draft.tablet.workspace.orders().values())
}

/// The lines whose quantity exceeds the usual one by far, by the orders that this tablet knows and
/// the pars of today.
fn unusual_lines(draft: Draft) -> Vec<FarLine> {
    let tablet = draft.tablet;
    let state = draft.view.with(|view| view.as_ref().map(|view| Arc::clone(&view.state)));
    let Some((release, state)) = tablet.catalogue.release().zip(state) else { return Vec::new() };
    let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
    let weekday = IsoWeekday::of(resolved.order_date);
    let settings = tablet.workspace.settings();
    let par = |item: &ItemId| {
        let (_, line) = settings.line_of(item)?;
        Some(Quantity::new(line.par(weekday)?, line.unit))
    };
    let orders = tablet.workspace.orders();
    let states = orders.values().map(|order| &*order.state);
    let groups = basket_within(&state, &release.catalogue, resolved, remaining).groups;
    far_lines(&groups, states, par, &release.catalogue)
}

/// Resolves every line once more, at this moment, and locks its price.
fn submit(draft: Draft, press: Press, confirms: RwSignal<bool>) {
    let tablet = draft.tablet;
    let locked_prices = untrack(|| {
        let release = tablet.catalogue.release()?;
        let order = tablet.workspace.order_untracked(draft.order)?;
        tablet.now.set(crate::platform::clock::now_ms());
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        basket_within(&order.state, &release.catalogue, resolved, remaining).locked_prices()
    });
    confirms.set(false);
    match locked_prices {
        Some(locked_prices) => {
            tablet.dispatch_once(press, draft.order, vec![Command::Submit { locked_prices }], || ())
        }
        // Something has changed since the dialog opened, for example a delivery day. The page shows
        // it.
        None => tablet.notices.show(ShownNotice::new(Tone::Caution, Text::SettleFirst)),
    }
}
