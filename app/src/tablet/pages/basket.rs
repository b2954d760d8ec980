//! A draft: its lines, the lines that a person must settle, and the sending.

use std::collections::BTreeMap;

use calloff_core::ids::{DocumentId, ItemId, OrderLineId};
use calloff_core::order::accept::Reason;
use calloff_core::order::basket::Charge;
use calloff_core::order::{Command, OrderState, ServerStatus};
use jiff::civil::DateTime;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rust_decimal::Decimal;

use super::conflicts::{NoteConflict, QuantityConflict};
use super::home::CatalogueStatus;
use super::item_sheet::{
    ItemSheet, PackText, Subject, Wanted, add_lines, adjustment_words, no_source_text,
};
use super::prices::{PriceNotes, PricesChanged, price_changes};
use super::sending::SendBar;
use crate::components::{
    Button, ButtonKind, DateText, EmptyView, MoneyText, PriceText, QuantityText, written_date,
};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::page;
use crate::tablet::model::basket::{
    AdjustmentView, BasketView, DecisionView, GroupView, LineView, Minimum, MissingView, Removed,
    basket_view,
};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::{Press, ThisTablet, use_tablet};
use crate::tablet::state::workspace::{OrderView, new_document, new_id};

/// The data that the parts of the page share.
#[derive(Clone, Copy)]
pub struct Draft {
    pub tablet: ThisTablet,
    pub order: DocumentId,
    pub view: Memo<Option<OrderView>>,
    /// The line whose sheet is open.
    subject: RwSignal<Option<Subject>>,
    /// Lines that a person removed on this page. Each keeps its place until the person leaves the
    /// page, so that no other line moves under the person's finger.
    removed: RwSignal<BTreeMap<OrderLineId, Removed>>,
}

#[component]
pub fn BasketPage(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let draft = Draft {
        tablet,
        order,
        view: tablet.workspace.order(order),
        subject: RwSignal::new(None),
        removed: RwSignal::new(BTreeMap::new()),
    };
    let shown = Memo::new(move |_| draft.basket());
    let changes = price_changes(tablet, order);
    let save = Callback::new(move |(subject, lines): (Subject, Vec<Wanted>)| {
        match (subject.line.clone(), &lines[..]) {
            (Some(line), [one]) if one.quantity.is_zero() => draft.remove(&line),
            (Some(line), [one]) => {
                let quantity = one.quantity;
                tablet.dispatch(
                    order,
                    vec![Command::SetQuantity { line: line.clone(), quantity }],
                    move || {
                        PriceNotes::of(tablet).acknowledge_line(order, &line);
                    },
                );
            }
            (Some(line), _) => draft.split(&subject, line, lines),
            (None, _) => {}
        }
        draft.subject.set(None);
    });
    let content = move || {
        match shown.get() {
        None => view! { <CatalogueStatus /> }.into_any(),
        Some(basket) if basket.line_count == 0 && draft.removed.with(BTreeMap::is_empty) => view! {
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
            <PricesChanged order changes />
            {content}
            <Note draft />
            <SendBar draft shown changes />
        </div>
        <ItemSheet subject=draft.subject order=Some(order) on_save=save />
    }
}

impl Draft {
    fn state(self) -> Option<std::sync::Arc<OrderState>> {
        self.view.with(|view| view.as_ref().map(|view| std::sync::Arc::clone(&view.state)))
    }

    /// The draft as it would be ordered now, with the removed lines. `None` before there is a
    /// catalogue.
    fn basket(self) -> Option<BasketView> {
        let release = self.tablet.catalogue.release()?;
        let (resolved, remaining) =
            (self.tablet.resolved_for(&release), self.tablet.remaining(&release));
        let state = self.view.get()?.state;
        let basket = basket_view(&state, &release.catalogue, resolved, remaining);
        Some(self.removed.with(|removed| basket.with_removed(removed, &state)))
    }

    /// Sets the quantity of a line.
    fn set_quantity(self, line: OrderLineId, quantity: Decimal) {
        self.tablet.dispatch(self.order, vec![Command::SetQuantity { line, quantity }], || ());
    }

    /// Removes a line. It keeps its place, with a button that brings it back.
    fn remove(self, line: &OrderLineId) {
        if !self.tablet.is_other_tap() {
            return;
        }
        let before = untrack(|| {
            let quantity = self.state()?.lines.get(line)?.quantity.value;
            self.basket()?.before_removal(line, quantity)
        });
        if let Some(before) = before {
            self.removed.update(|removed| drop(removed.insert(line.clone(), before)));
        }
        self.set_quantity(line.clone(), Decimal::ZERO);
    }

    /// Brings a removed line back with its quantity.
    fn bring_back(self, line: &OrderLineId) {
        let before = self
            .removed
            .with_untracked(|removed| removed.get(line).map(|removed| removed.quantity));
        if let Some(quantity) = before {
            self.set_quantity(line.clone(), quantity);
        }
    }

    /// Accepts suggested quantities.
    fn take(self, commands: Vec<Command>) {
        if self.tablet.is_other_tap() {
            // The pressed button is gone, so the next button gets the focus.
            self.tablet.dispatch(self.order, commands, || {
                request_animation_frame(|| {
                    page::focus_first(".line-decision button, [data-testid=\"send\"]")
                });
            });
        }
    }

    /// Splits a line into several. The line itself takes the first part, if that part is in the
    /// line's unit.
    fn split(self, subject: &Subject, line: OrderLineId, lines: Vec<Wanted>) {
        let (kept, added) = match lines.split_first() {
            Some((first, rest)) if first.unit == subject.unit => (first.quantity, rest),
            _ => (Decimal::ZERO, &lines[..]),
        };
        let set = Command::SetQuantity { line, quantity: kept };
        match add_lines(&subject.item, added) {
            Ok(adds) => {
                self.tablet.dispatch(self.order, std::iter::once(set).chain(adds).collect(), || ())
            }
            Err(error) => self.tablet.tell_failure(&error),
        }
    }

    /// Opens the sheet of a line.
    fn edit(self, line: &OrderLineId) {
        let state = self.tablet.workspace.order_untracked(self.order);
        let line_state = state.as_ref().and_then(|order| order.state.lines.get(line));
        self.subject.set(line_state.map(|of| Subject::of_line(line, of)));
    }
}

#[component]
fn Basket(draft: Draft, basket: BasketView) -> impl IntoView {
    let i18n = use_i18n();
    let (decisions, suggestions) = (basket.decisions(), basket.suggestions());
    let take_all = (suggestions.len() > 1).then(|| {
        let count = suggestions.len().to_string();
        view! {
            <Button label=move || i18n.fill(Text::TakeAllSuggestions, &[("count", &count)]) kind=ButtonKind::Primary
                on_press=move |()| draft.take(suggestions.clone()) test_id="take-all" />
        }
    });
    let decision = move |decision: DecisionView| match decision {
        DecisionView::Adjust(needed) => {
            view! { <li><Adjust draft needed=*needed /></li> }.into_any()
        }
        DecisionView::Missing(missing) => {
            view! { <li><NoSourceLine draft missing /></li> }.into_any()
        }
        DecisionView::Removed(line, removed) => {
            view! { <li><RemovedLine draft line name=removed.description /></li> }.into_any()
        }
    };
    view! {
        {(!decisions.is_empty()).then(|| view! {
            <section class="card stack gap-0" data-testid="needs-decision">
                <header class="card-head spread">
                    <h2 class="card-title">{i18n.t(Text::NeedsDecision)}</h2>
                    {take_all}
                </header>
                <ul role="list" class="lines">{decisions.into_iter().map(decision).collect_view()}</ul>
            </section>
        })}
        {basket.groups.into_iter().map(|group| view! { <SupplierGroup draft group /> }).collect_view()}
    }
}

/// The place of a removed line.
#[component]
fn RemovedLine(draft: Draft, line: OrderLineId, name: String) -> impl IntoView {
    let i18n = use_i18n();
    let id = line.to_string();
    view! {
        <div class="line line-removed" data-testid="removed-line" data-line=id>
            <span class="line-what muted">
                <span class="line-name"><s>{name}</s>" "{i18n.t(Text::Removed)}</span>
            </span>
            <Button label=i18n.t(Text::Undo) on_press=move |()| draft.bring_back(&line) test_id="undo-removal" />
        </div>
    }
}

/// The content of one purchase order as it would be made now.
#[component]
fn SupplierGroup(draft: Draft, group: GroupView) -> impl IntoView {
    let line = move |line: LineView| match line.is_removed {
        true => {
            view! { <li><RemovedLine draft line=line.line name=line.description /></li> }.into_any()
        }
        false => view! { <li><Line draft line /></li> }.into_any(),
    };
    let total = group.total_with_charges();
    let lines = group.lines.into_iter().map(line);
    view! {
        <section class="card" data-testid="supplier-group">
            <header class="card-head spread">
                <h2 class="card-title">{group.supplier_name}</h2>
                <span class="muted"><DeliveryOn date=group.delivery_date />{order_by(draft.tablet, group.order_by)}</span>
            </header>
            <ul role="list" class="lines">{lines.collect_view()}</ul>
            <footer class="card-foot">
                {group.minimum.map(|minimum| view! { <MinimumGauge minimum /> })}
                <Charges charges=group.charges />
                <strong class="card-total" data-testid="group-total">{total.map(|money| view! { <MoneyText money /> })}</strong>
            </footer>
        </section>
    }
}

/// The name of a total. Every total of the app includes the charges and allowances of the
/// contracts, and says so if there are any.
#[must_use]
pub fn total_text(has_charges: bool) -> Text {
    if has_charges { Text::TotalWithCharges } else { Text::Total }
}

/// Charges and allowances of the contracts, which the total beside them includes.
#[component]
pub fn Charges(charges: Vec<Charge>) -> impl IntoView {
    let i18n = use_i18n();
    let charge = move |charge: Charge| {
        let is_added = !charge.amount.amount.is_sign_negative();
        let reason = move || {
            let plain = if is_added { Text::Charge } else { Text::Allowance };
            let reason = charge.reason.clone().unwrap_or_else(|| i18n.t(plain)().to_owned());
            i18n.fill(Text::IncludingCharge, &[("reason", &reason)])
        };
        view! { <span class="charge muted" data-testid="charge">{reason}" "<MoneyText money=charge.amount /></span> }
    };
    charges.into_iter().map(charge).collect_view()
}

/// " · order by 14:00", with the day if it is not today, and with the minutes if few are left.
/// `None` if there is no cut-off.
pub fn order_by(tablet: ThisTablet, until: Option<DateTime>) -> Option<impl IntoView + use<>> {
    let words = order_by_words(tablet, use_i18n(), until?);
    Some(view! { " · "<span data-testid="order-by">{words}</span> })
}

/// "order by 14:00", as [`order_by`] shows it.
fn order_by_words(tablet: ThisTablet, i18n: I18n, until: DateTime) -> impl Fn() -> String + Clone {
    move || {
        let now = tablet.catalogue.release().map(|release| tablet.resolved_for(&release));
        let now = now.and_then(|now| now.order_time.map(|time| now.order_date.to_datetime(time)));
        let time = until.time().strftime("%H:%M").to_string();
        let is_today = now.is_some_and(|now| now.date() == until.date());
        let left = now.filter(|_| is_today).map(|now| now.duration_until(until).as_mins());
        match left {
            Some(minutes @ 0..=FEW_MINUTES) => i18n
                .fill(Text::OrderByMinutes, &[("time", &time), ("minutes", &minutes.to_string())]),
            Some(_) => i18n.fill(Text::OrderBy, &[("time", &time)]),
            None => {
                let time = format!("{} {time}", written_date(i18n, until.date(), Style::Weekday));
                i18n.fill(Text::OrderBy, &[("time", &time)])
            }
        }
    }
}

/// In the last two hours before a cut-off, people look at the clock.
const FEW_MINUTES: i64 = 120;

/// "Delivery Tue, Oct 27".
#[component]
pub fn DeliveryOn(date: calloff_core::calendar::Date) -> impl IntoView {
    let i18n = use_i18n();
    view! { {i18n.t(Text::Delivery)}" "<DateText date /> }
}

#[component]
pub fn MinimumGauge(minimum: Minimum) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || match &minimum.missing {
        Some(missing) => i18n
            .fill(Text::BelowMinimumOrder, &[("missing", &i18n::money(missing, i18n.language()))]),
        None => i18n.fill(
            Text::MinimumReached,
            &[("minimum", &i18n::money(&minimum.value, i18n.language()))],
        ),
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
                <PackText unit=line.quantity.unit content=line.content />
                <span class="visually-hidden">", "{i18n.t(Text::ChangeQuantity)}</span>
            </button>
            <strong class="line-amount"><MoneyText money=line.amount /></strong>
            <button type="button" class="line-remove" data-testid="line-remove" aria-label=remove_label
                on:click=move |_| draft.remove(&id)>
                <span aria-hidden="true">"✕"</span>
            </button>
            {conflict}
        </div>
    }
}

fn conflict_of(draft: Draft, line: &OrderLineId) -> Option<impl IntoView + use<>> {
    // When the line changes, the page is drawn again. So nothing is tracked here.
    let of = untrack(|| draft.state())?.lines.get(line).cloned()?;
    let line = line.clone();
    Some(view! { <QuantityConflict order=draft.order line of /> })
}

#[component]
fn Adjust(draft: Draft, needed: AdjustmentView) -> impl IntoView {
    let i18n = use_i18n();
    let AdjustmentView { line, supplier_name, adjusted, set_quantity_to, .. } = needed;
    if line.is_conflicted {
        return view! { <ToChoose draft line=line.line item=line.item name=line.description /> }
            .into_any();
    }
    let words = move || adjustment_words(i18n, &adjusted);
    let accept = set_quantity_to.map(|quantity| {
        let id = line.line.clone();
        let label =
            move || i18n.fill(Text::AcceptQuantity, &[("quantity", &i18n::quantity(&line.quantity, i18n.language()))]);
        view! {
            <Button label kind=ButtonKind::Primary test_id="accept-adjustment"
                on_press=move |()| draft.take(vec![Command::SetQuantity { line: id.clone(), quantity }]) />
        }
    });
    let (edit_id, remove_id) = (line.line.clone(), line.line.clone());
    view! {
        <div class="line line-decision" data-testid="basket-line" data-line=line.line.to_string() data-item=line.item.to_string()>
            <div class="line-what">
                <span class="line-name">{line.description}</span>
                <small class="muted">{supplier_name}</small>
                <PackText unit=line.quantity.unit content=line.content />
                <p class="callout" data-tone="caution">{words}</p>
            </div>
            <div class="cluster gap-2">
                {accept}
                <Button label=i18n.t(Text::ChangeQuantity) on_press=move |()| draft.edit(&edit_id) />
                <Button label=i18n.t(Text::Remove) on_press=move |()| draft.remove(&remove_id) />
            </div>
        </div>
    }
    .into_any()
}

/// A line on which two tablets disagree and that needs more than the choice. Only the choice is
/// shown: what else the line needs depends on it.
#[component]
fn ToChoose(draft: Draft, line: OrderLineId, item: ItemId, name: String) -> impl IntoView {
    let conflict = conflict_of(draft, &line);
    view! {
        <div class="line line-decision" data-testid="basket-line" data-line=line.to_string() data-item=item.to_string()>
            <div class="line-what"><span class="line-name">{name}</span></div>
            {conflict}
        </div>
    }
}

#[component]
fn NoSourceLine(draft: Draft, missing: MissingView) -> impl IntoView {
    let i18n = use_i18n();
    if missing.is_conflicted {
        let MissingView { line, item, description: name, .. } = missing;
        return view! { <ToChoose draft line item name /> }.into_any();
    }
    let why = missing.why;
    let id = missing.line.clone();
    view! {
        <div class="line line-decision" data-testid="basket-line" data-line=missing.line.to_string() data-item=missing.item.to_string()>
            <div class="line-what">
                <span class="line-name">{missing.description}</span>
                <p class="callout" data-tone="negative">{move || i18n.t(no_source_text(why))()}</p>
            </div>
            <Button label=i18n.t(Text::Remove) on_press=move |()| draft.remove(&id) />
        </div>
    }
    .into_any()
}

/// The reasons why the server refused the order, and the two ways on: change it and send it again,
/// or begin a new order.
#[component]
fn Refusals(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let reasons = Memo::new(move |_| {
        let state = draft.state()?;
        match &state.server.status {
            Some(ServerStatus::Refused { reasons, .. }) if state.submitted.is_some() => {
                Some(reasons.clone())
            }
            Some(
                ServerStatus::Refused { .. }
                | ServerStatus::OnHold { .. }
                | ServerStatus::Accepted { .. },
            )
            | None => None,
        }
    });
    let press = Press::default();
    let again = move |()| {
        let navigate = navigate.clone();
        start_again(draft, press, move |document| {
            navigate(&Page::Order(document).path(), NavigateOptions::default())
        });
    };
    move || {
        let again = again.clone();
        reasons.get().map(|reasons| {
            let list = reasons_list(draft, reasons);
            view! {
                <section class="callout stack gap-2" data-tone="negative" role="alert" data-testid="refusals">
                    <h2>{i18n.t(Text::RefusedTitle)}</h2>
                    <ul>{list.collect_view()}</ul>
                    <p>{i18n.t(Text::RefusedNext)}</p>
                    <Button label=i18n.t(Text::StartAgain) on_press=again test_id="start-again" />
                </section>
            }
        })
    }
}

/// Reasons in the reader's language, with the names of items.
fn reasons_list(draft: Draft, reasons: Vec<Reason>) -> Vec<AnyView> {
    let i18n = use_i18n();
    let release = draft.tablet.catalogue.release();
    let names = release.as_ref().map(|release| &release.catalogue);
    let Some(order) = draft.state() else { return Vec::new() };
    let words = reasons.iter().map(|reason| i18n::reason(reason, &order, i18n.language(), &names));
    words.map(|words| view! { <li>{words}</li> }.into_any()).collect()
}

/// Begins a new draft with the items and quantities of this one.
fn start_again(draft: Draft, press: Press, done: impl FnOnce(DocumentId) + 'static) {
    let tablet = draft.tablet;
    let Some(order) = tablet.workspace.order_untracked(draft.order) else { return };
    let commands = || -> Result<_, crate::tablet::state::dispatch_error::DispatchError> {
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
        Ok((document, commands)) => {
            tablet.dispatch_once(press, document, commands, move || done(document))
        }
        Err(error) => tablet.tell_failure(&error),
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
        note.get()
            .filter(|note| note.is_conflicted())
            .map(|note| view! { <NoteConflict order=draft.order note /> })
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
