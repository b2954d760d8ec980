//! A draft: what is on it, what must be settled, and sending it.

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::order::{Command, OrderState, ServerStatus, basket::basket_within};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rust_decimal::Decimal;

use super::conflicts::{NoteConflict, QuantityConflict};
use super::home::CatalogueStatus;
use super::item_sheet::{ItemSheet, Subject, Wanted, add_lines, adjustment_text, no_source_text};
use super::model::basket::{AdjustmentView, BasketView, GroupView, LineView, Minimum, MissingView, basket_view};
use super::model::progress::duplicates;
use crate::components::{DateText, Dialog, EmptyView, MoneyText, PriceText, QuantityText};
use crate::i18n::{self, Text, use_i18n};
use crate::routes::Page;
use crate::state::notices::{Notice, Tone};
use crate::state::tablet::{Tablet, use_tablet};
use crate::state::workspace::{OrderView, new_document, new_id};

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Draft {
    tablet: Tablet,
    order: DocumentId,
    view: Memo<Option<OrderView>>,
    /// The item whose sheet is open.
    subject: RwSignal<Option<Subject>>,
}

#[component]
pub fn BasketPage(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let draft = Draft { tablet, order, view: tablet.workspace.order(order), subject: RwSignal::new(None) };
    let shown = Memo::new(move |_| -> Option<BasketView> {
        let release = tablet.catalogue.release()?;
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        Some(basket_view(&draft.view.get()?.state, &release.catalogue, resolved, remaining))
    });
    let save = Callback::new(move |(subject, lines): (Subject, Vec<Wanted>)| {
        match (subject.line.clone(), &lines[..]) {
            (Some(line), [one]) => draft.set_quantity(line, one.quantity),
            (Some(line), _) => draft.split(&subject, line, lines),
            (None, _) => {}
        }
        draft.subject.set(None);
    });
    let content = move || {
        match shown.get() {
        None => view! { <CatalogueStatus /> }.into_any(),
        Some(basket) if basket.line_count == 0 => view! {
            <EmptyView message=Signal::derive(move || i18n.t(Text::OrderEmpty)().to_owned())>
                <a class="button button-primary" href=Page::Find { order: Some(order) }.path()>{i18n.t(Text::AddItems)}</a>
            </EmptyView>
        }
        .into_any(),
        Some(basket) => view! { <Basket draft basket /> }.into_any(),
    }
    };
    view! {
        <div class="stack basket" data-testid="basket">
            <Refusals draft />
            <HeldBack draft />
            {content}
            <Note draft />
            <SendBar draft shown />
        </div>
        <ItemSheet subject=draft.subject on_save=save />
    }
}

impl Draft {
    fn state(self) -> Option<std::sync::Arc<OrderState>> {
        self.view.with(|view| view.as_ref().map(|view| std::sync::Arc::clone(&view.state)))
    }

    /// Sets a quantity; taking a line away can be undone.
    fn set_quantity(self, line: OrderLineId, quantity: Decimal) {
        let before = self.tablet.workspace.order_untracked(self.order).and_then(|order| {
            let line = order.state.lines.get(&line)?;
            (!line.quantity.is_conflicted()).then_some((line.item.clone(), line.quantity.value))
        });
        let command = Command::SetQuantity { line: line.clone(), quantity };
        self.tablet.dispatch(self.order, vec![command], move || {
            let Some((item, before)) = before.filter(|_| quantity.is_zero()) else { return };
            let release = self.tablet.catalogue.release_untracked();
            let name = release.map(|release| super::model::basket::description(&release.catalogue, &item));
            let undo = Command::SetQuantity { line, quantity: before };
            let notice = Notice::new(Tone::Informative, Text::LineRemoved)
                .with("item", name.unwrap_or_else(|| item.to_string()));
            self.tablet.notices.show(notice.action(Text::Undo, move || {
                self.tablet.dispatch(self.order, vec![undo.clone()], || ());
            }));
        });
    }

    /// Makes several lines of one: it keeps the first part where that is said in its own unit.
    fn split(self, subject: &Subject, line: OrderLineId, lines: Vec<Wanted>) {
        let (kept, added) = match lines.split_first() {
            Some((first, rest)) if first.unit == subject.unit => (first.quantity, rest),
            _ => (Decimal::ZERO, &lines[..]),
        };
        let set = Command::SetQuantity { line, quantity: kept };
        match add_lines(&subject.item, added) {
            Ok(adds) => self.tablet.dispatch(self.order, std::iter::once(set).chain(adds).collect(), || ()),
            Err(error) => self.tablet.tell_failure(&error),
        }
    }

    /// Opens the sheet of a line.
    fn edit(self, line: &OrderLineId) {
        let state = self.tablet.workspace.order_untracked(self.order);
        let line_state = state.as_ref().and_then(|order| order.state.lines.get(line));
        self.subject.set(line_state.map(|of| Subject {
            item: of.item.clone(),
            line: Some(line.clone()),
            quantity: of.quantity.value,
            unit: of.unit,
        }));
    }
}

#[component]
fn Basket(draft: Draft, basket: BasketView) -> impl IntoView {
    let i18n = use_i18n();
    let BasketView { groups, adjustments, without_source, .. } = basket;
    let needs = !adjustments.is_empty() || !without_source.is_empty();
    view! {
        {needs.then(|| view! {
            <section class="card stack gap-0" data-testid="needs-decision">
                <h2 class="card-title">{i18n.t(Text::NeedsDecision)}</h2>
                <ul role="list">
                    {adjustments.into_iter().map(|needed| view! { <li><Adjust draft needed /></li> }).collect_view()}
                    {without_source.into_iter().map(|missing| view! { <li><NoSourceLine draft missing /></li> }).collect_view()}
                </ul>
            </section>
        })}
        {groups.into_iter().map(|group| view! { <SupplierGroup draft group /> }).collect_view()}
    }
}

/// One purchase order as it would be.
#[component]
fn SupplierGroup(draft: Draft, group: GroupView) -> impl IntoView {
    let lines = group.lines.into_iter().map(|line| view! { <li><Line draft line /></li> });
    view! {
        <section class="card" data-testid="supplier-group">
            <header class="card-head spread">
                <h2 class="card-title">{group.supplier_name}</h2>
                <span class="muted"><DeliveryOn date=group.delivery_date /></span>
            </header>
            <ul role="list" class="lines">{lines.collect_view()}</ul>
            <footer class="card-foot">
                {group.minimum.map(|minimum| view! { <MinimumGauge minimum /> })}
                <strong class="card-total" data-testid="group-total">{group.total.map(|money| view! { <MoneyText money /> })}</strong>
            </footer>
        </section>
    }
}

/// "Delivery Tue, Oct 27".
#[component]
pub fn DeliveryOn(date: calloff_core::calendar::Date) -> impl IntoView {
    let i18n = use_i18n();
    view! { {i18n.t(Text::Delivery)}" "<DateText date /> }
}

#[component]
fn MinimumGauge(minimum: Minimum) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || match &minimum.missing {
        Some(missing) => i18n.fill(Text::BelowMinimumOrder, &[("missing", &i18n::money(missing, i18n.language()))]),
        None => i18n.fill(Text::MinimumReached, &[("minimum", &i18n::money(&minimum.value, i18n.language()))]),
    };
    view! {
        <div class="gauge">
            <progress max="100" value=minimum.percent.to_string() aria-hidden="true"></progress>
            <small>{words}</small>
        </div>
    }
}

#[component]
fn Line(draft: Draft, line: LineView) -> impl IntoView {
    let i18n = use_i18n();
    let id = line.line.clone();
    let conflict = line.is_conflicted.then(|| conflict_of(draft, &line.line)).flatten();
    let edit = {
        let id = id.clone();
        move |_| draft.edit(&id)
    };
    let remove_label = {
        let name = line.description.clone();
        move || i18n.fill(Text::RemoveLine, &[("item", &name)])
    };
    let is_conflicted = line.is_conflicted;
    view! {
        <div class="line" data-testid="basket-line" data-line=line.line.to_string() data-item=line.item.to_string()>
            <div class="line-what">
                <span class="line-name">{line.description}</span>
                <small class="muted"><PriceText amount=line.unit_price currency=line.currency buys=line.buys /></small>
                {line.substitute.map(|name| view! { <small>{move || i18n.fill(Text::SubstituteComes, &[("item", &name)])}</small> })}
            </div>
            <button type="button" class="line-quantity" data-testid="line-quantity" disabled=is_conflicted
                data-quantity=line.quantity.value.normalize().to_string() on:click=edit>
                <QuantityText quantity=line.quantity />
                <span class="visually-hidden">", "{i18n.t(Text::ChangeQuantity)}</span>
            </button>
            <strong class="line-amount"><MoneyText money=line.amount /></strong>
            <button type="button" class="line-remove" data-testid="line-remove" aria-label=remove_label
                on:click=move |_| draft.set_quantity(id.clone(), Decimal::ZERO)>
                <span aria-hidden="true">"✕"</span>
            </button>
            {conflict}
        </div>
    }
}

fn conflict_of(draft: Draft, line: &OrderLineId) -> Option<impl IntoView + use<>> {
    let of = draft.state()?.lines.get(line).cloned()?;
    let line = line.clone();
    Some(view! { <QuantityConflict order=draft.order line of /> })
}

#[component]
fn Adjust(draft: Draft, needed: AdjustmentView) -> impl IntoView {
    let i18n = use_i18n();
    let AdjustmentView { line, supplier_name, adjustment, set_quantity_to, .. } = needed;
    let unit = line.quantity.unit;
    let words = move || {
        let language = i18n.language();
        i18n.fill(
            adjustment_text(adjustment.reason),
            &[
                ("requested", &i18n::decimal(adjustment.requested, language)),
                ("offered", &i18n::decimal(adjustment.adjust_to, language)),
                ("unit", &i18n::counted_unit_name(unit, adjustment.adjust_to, language)),
            ],
        )
    };
    let accept = set_quantity_to.map(|quantity| {
        let id = line.line.clone();
        let label =
            move || i18n.fill(Text::AcceptQuantity, &[("quantity", &i18n::quantity(&line.quantity, i18n.language()))]);
        view! {
            <button type="button" class="button button-primary" data-testid="accept-adjustment"
                on:click=move |_| draft.set_quantity(id.clone(), quantity)>{label}</button>
        }
    });
    let (edit_id, remove_id) = (line.line.clone(), line.line.clone());
    let conflict = line.is_conflicted.then(|| conflict_of(draft, &line.line)).flatten();
    view! {
        <div class="line line-decision" data-testid="basket-line" data-line=line.line.to_string() data-item=line.item.to_string()>
            <div class="line-what">
                <span class="line-name">{line.description}</span>
                <small class="muted">{supplier_name}</small>
                <p class="callout" data-tone="caution">{words}</p>
            </div>
            <div class="cluster gap-2">
                {accept}
                <button type="button" on:click=move |_| draft.edit(&edit_id)>{i18n.t(Text::ChangeQuantity)}</button>
                <button type="button" on:click=move |_| draft.set_quantity(remove_id.clone(), Decimal::ZERO)>{i18n.t(Text::Remove)}</button>
            </div>
            {conflict}
        </div>
    }
}

#[component]
fn NoSourceLine(draft: Draft, missing: MissingView) -> impl IntoView {
    let i18n = use_i18n();
    let why = missing.why;
    let conflict = missing.is_conflicted.then(|| conflict_of(draft, &missing.line)).flatten();
    let id = missing.line.clone();
    view! {
        <div class="line line-decision" data-testid="basket-line" data-line=missing.line.to_string() data-item=missing.item.to_string()>
            <div class="line-what">
                <span class="line-name">{missing.description}</span>
                <p class="callout" data-tone="negative">{move || i18n.t(no_source_text(why))()}</p>
            </div>
            <button type="button" on:click=move |_| draft.set_quantity(id.clone(), Decimal::ZERO)>{i18n.t(Text::Remove)}</button>
            {conflict}
        </div>
    }
}

/// What the server said no to, and the two ways on: change and send again, or begin anew.
#[component]
fn Refusals(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let reasons = Memo::new(move |_| {
        let state = draft.state()?;
        match &state.server.status {
            Some(ServerStatus::Refused { reasons, .. }) if state.submitted.is_some() => Some(reasons.clone()),
            Some(ServerStatus::Refused { .. } | ServerStatus::Waiting { .. } | ServerStatus::Accepted { .. })
            | None => None,
        }
    });
    let again = move |_| {
        let navigate = navigate.clone();
        start_again(draft, move |document| navigate(&Page::Order(document).path(), NavigateOptions::default()));
    };
    move || {
        let again = again.clone();
        reasons.get().map(|reasons| {
            let list = reasons.into_iter().map(|reason| view! { <li>{reason.to_string()}</li> });
            view! {
                <section class="callout stack gap-2" data-tone="negative" role="alert" data-testid="refusals">
                    <h2>{i18n.t(Text::RefusedTitle)}</h2>
                    <ul>{list.collect_view()}</ul>
                    <p>{i18n.t(Text::RefusedNext)}</p>
                    <button type="button" data-testid="start-again" on:click=again>{i18n.t(Text::StartAgain)}</button>
                </section>
            }
        })
    }
}

/// A new draft with the items and quantities of this one.
fn start_again(draft: Draft, done: impl FnOnce(DocumentId) + 'static) {
    let tablet = draft.tablet;
    let Some(order) = tablet.workspace.order_untracked(draft.order) else { return };
    let commands = || -> Result<_, crate::state::workspace::DispatchError> {
        let mut commands = vec![Command::CreateOrder { site: order.state.site.clone() }];
        for (_, line) in order.state.ordered_lines() {
            let (item, quantity, unit) = (line.item.clone(), line.quantity.value, line.unit);
            if !quantity.is_zero() {
                commands.push(Command::AddLine { line: new_id()?, item, quantity, unit });
            }
        }
        Ok((new_document()?, commands))
    };
    match commands() {
        Ok((document, commands)) => tablet.dispatch(document, commands, move || done(document)),
        Err(error) => tablet.tell_failure(&error),
    }
}

/// The server does not take this order's changes as they are.
#[component]
fn HeldBack(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let refusals =
        Memo::new(move |_| draft.view.with(|view| view.as_ref().map(|view| std::sync::Arc::clone(&view.held_back))));
    move || {
        refusals.get().filter(|refusals| !refusals.is_empty()).map(|refusals| {
            let list = refusals.iter().map(|refusal| view! { <li>{refusal.message.clone()}</li> }).collect_view();
            view! {
                <section class="callout" data-tone="negative" role="alert">
                    <h2>{i18n.t(Text::HeldBackTitle)}</h2>
                    <ul>{list}</ul>
                </section>
            }
        })
    }
}

#[component]
fn Note(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let note = Memo::new(move |_| draft.state().map(|state| state.note.clone()));
    let save = move |event| {
        let typed = event_target_value(&event);
        if note.with_untracked(|note| note.as_ref().is_some_and(|note| note.value != typed)) {
            draft.tablet.dispatch(draft.order, vec![Command::SetNote { note: typed }], || ());
        }
    };
    let conflict = move || {
        note.get().filter(|note| note.is_conflicted()).map(|note| view! { <NoteConflict order=draft.order note /> })
    };
    view! {
        <div>
            <label for="order-note">{i18n.t(Text::Note)}</label>
            <textarea id="order-note" rows="2" data-testid="note" maxlength="500"
                prop:value=move || note.get().map(|note| note.value).unwrap_or_default() on:change=save></textarea>
            {conflict}
        </div>
    }
}

/// Totals, more items, and sending with a last look.
#[component]
fn SendBar(draft: Draft, shown: Memo<Option<BasketView>>) -> impl IntoView {
    let i18n = use_i18n();
    let confirms = RwSignal::new(false);
    let totals = move || shown.with(|shown| shown.as_ref().map(|basket| basket.totals.clone()).unwrap_or_default());
    let has_lines = move || shown.with(|shown| shown.as_ref().is_some_and(|basket| basket.line_count > 0));
    let is_ready = move || shown.with(|shown| shown.as_ref().is_some_and(BasketView::is_ready));
    let blocked = move || has_lines() && !is_ready();
    view! {
        <Show when=has_lines>
            <div class="sticky-bottom send-bar">
                <div class="spread">
                    <span class="muted">{i18n.t(Text::Total)}</span>
                    <strong class="send-total" data-testid="order-total">
                        {move || totals().into_iter().map(|money| view! { <span><MoneyText money /></span> }).collect_view()}
                    </strong>
                </div>
                <p class="callout" data-tone="caution" hidden=move || !blocked() id="send-blocked">{i18n.t(Text::SettleFirst)}</p>
                <div class="cluster send-actions">
                    <a class="button" data-testid="add-items" href=Page::Find { order: Some(draft.order) }.path()>{i18n.t(Text::AddItems)}</a>
                    <button type="button" class="button button-primary button-large grow" data-testid="send" disabled=move || !is_ready()
                        aria-describedby="send-blocked" on:click=move |_| confirms.set(true)>{i18n.t(Text::Send)}</button>
                </div>
            </div>
        </Show>
        <Dialog open=confirms label=Signal::derive(move || i18n.t(Text::SendTitle)().to_owned())
            close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>
            <Confirmation draft confirms shown />
        </Dialog>
    }
}

/// What will be sent, to whom, and what happens then.
#[component]
fn Confirmation(draft: Draft, confirms: RwSignal<bool>, shown: Memo<Option<BasketView>>) -> impl IntoView {
    let i18n = use_i18n();
    let groups = move || shown.with(|shown| shown.as_ref().map(|basket| basket.groups.clone()).unwrap_or_default());
    let rows = move || {
        groups()
            .into_iter()
            .map(|group| {
                view! {
                    <tr>
                        <th scope="row">{group.supplier_name}</th>
                        <td><DateText date=group.delivery_date /></td>
                        <td class="numeric">{group.total.map(|money| view! { <MoneyText money /> })}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let warned = move || duplicate_suppliers(draft);
    view! {
        <div class="stack send-dialog" data-testid="send-dialog">
            <h2>{i18n.t(Text::SendTitle)}</h2>
            <table>
                <thead><tr>
                    <th scope="col">{i18n.t(Text::Supplier)}</th><th scope="col">{i18n.t(Text::Delivery)}</th>
                    <th scope="col" class="numeric">{i18n.t(Text::Amount)}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {move || {
                let names = warned();
                (!names.is_empty()).then(|| {
                    let names = names.join(", ");
                    view! {
                        <p class="callout" data-tone="caution" data-testid="duplicate-warning">
                            {move || i18n.fill(Text::DuplicateWarning, &[("suppliers", &names)])}
                        </p>
                    }
                })
            }}
            <p class="muted">{i18n.t(Text::WhatHappensNext)}</p>
            <div class="cluster">
                <button type="button" on:click=move |_| confirms.set(false)>{i18n.t(Text::NotYet)}</button>
                <button type="button" class="button button-primary button-large grow" data-testid="confirm-send"
                    on:click=move |_| submit(draft, confirms)>{i18n.t(Text::SendNow)}</button>
            </div>
        </div>
    }
}

/// Case 15: other orders that are on their way to the same supplier for the same day.
fn duplicate_suppliers(draft: Draft) -> Vec<String> {
    let Some((release, state)) = draft.tablet.catalogue.release().zip(draft.state()) else { return Vec::new() };
    let (resolved, remaining) = (draft.tablet.resolved_for(&release), draft.tablet.remaining(&release));
    let basket = basket_within(&state, &release.catalogue, resolved, remaining);
    duplicates(&state, &basket.groups, draft.tablet.workspace.orders().values())
}

/// Resolves every line once more, at this moment, and pins it.
fn submit(draft: Draft, confirms: RwSignal<bool>) {
    let tablet = draft.tablet;
    let pins = untrack(|| {
        let release = tablet.catalogue.release()?;
        let order = tablet.workspace.order_untracked(draft.order)?;
        tablet.now.set(crate::platform::clock::now_ms());
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        basket_within(&order.state, &release.catalogue, resolved, remaining).pins()
    });
    confirms.set(false);
    match pins {
        Some(pins) => tablet.dispatch(draft.order, vec![Command::Submit { pins }], || ()),
        // Something changed since the dialog opened, a delivery day perhaps; the page shows it.
        None => tablet.notices.show(Notice::new(Tone::Caution, Text::SettleFirst)),
    }
}
