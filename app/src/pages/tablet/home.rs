//! Where the day starts: what needs somebody, drafts, and orders on the way.

use leptos::prelude::*;

use super::model::progress::{Progress, group, pinned_totals, progress};
use crate::components::status::Tone;
use crate::components::{EmptyView, ErrorView, LoadingView, Moment, MoneyText, StatusBadge};
use crate::i18n::{Text, use_i18n};
use crate::routes::Page;
use crate::state::catalogue::CatalogueState;
use crate::state::tablet::use_tablet;
use crate::state::workspace::OrderView;

#[component]
pub fn Home() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let groups = Memo::new(move |_| group(tablet.workspace.orders().into_values()));
    let greeting = move || {
        let name = tablet.people.here().map(|person| person.name).unwrap_or_default();
        i18n.fill(Text::HomeTitle, &[("name", &name)])
    };
    view! {
        <div class="page-head">
            <h1>{greeting}</h1>
            <a class="button button-primary button-large" data-testid="new-order" href=Page::Find { order: None }.path()>
                <span aria-hidden="true">"+ "</span>{i18n.t(Text::NewOrder)}
            </a>
        </div>
        <div class="stack gap-6">
            <CatalogueStatus />
            {move || section(Text::NeedsAttention, groups.with(|groups| groups.needs_attention.clone()), None)}
            {move || section(Text::Drafts, groups.with(|groups| groups.drafts.clone()), Some(Text::NoDrafts))}
            {move || section(Text::OnTheWay, groups.with(|groups| groups.sent.clone()), Some(Text::NoneOnTheWay))}
        </div>
    }
}

/// A titled list of orders; without `empty` it is left out when there is none.
fn section(title: Text, orders: Vec<OrderView>, empty: Option<Text>) -> Option<impl IntoView> {
    let i18n = use_i18n();
    let list = match (orders.is_empty(), empty) {
        (true, None) => return None,
        (true, Some(empty)) => {
            view! { <EmptyView message=Signal::derive(move || i18n.t(empty)().to_owned()) /> }.into_any()
        }
        (false, _) => {
            let cards = orders.into_iter().map(|order| view! { <li><OrderCard order /></li> });
            view! { <ul role="list" class="grid column-21">{cards.collect_view()}</ul> }.into_any()
        }
    };
    Some(view! {
        <section class="stack gap-3">
            <h2>{i18n.t(title)}</h2>
            {list}
        </section>
    })
}

#[component]
fn OrderCard(order: OrderView) -> impl IntoView {
    let i18n = use_i18n();
    let at = progress(&order);
    let conflicts = order.state.conflicts().len();
    let count = order.state.ordered_lines().count();
    let lines = move || i18n.count(count, Text::LineOne, Text::LineMany);
    let by = order.state.created_by.clone();
    let totals = pinned_totals(&order.state);
    view! {
        <a class="order-card" href=Page::Order(order.state.document).path() data-testid="order-card"
            data-order=order.state.document.to_string() data-state=at.name()>
            <span class="spread">
                <strong>{lines}</strong>
                <ProgressBadge progress=at />
            </span>
            <span class="muted">{by}" · "<Moment at_ms=order.state.created_at /></span>
            {(!totals.is_empty()).then(|| view! {
                <span class="order-card-total cluster">{totals.into_iter().map(|money| view! { <MoneyText money /> }).collect_view()}</span>
            })}
            {(conflicts > 0).then(|| view! {
                <StatusBadge tone=Tone::Caution label=Signal::derive(move || i18n.count(conflicts, Text::ConflictOne, Text::ConflictMany)) />
            })}
            {(order.is_unsent && at != Progress::SavedHere).then(|| view! {
                <small class="muted">{i18n.t(Text::OnlyHere)}</small>
            })}
        </a>
    }
}

/// Where an order is, as a badge.
#[component]
pub fn ProgressBadge(progress: Progress) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = match progress {
        Progress::Draft => (Tone::Neutral, Text::StateDraft),
        Progress::SavedHere => (Tone::Caution, Text::StateSaved),
        Progress::AtHeadOffice => (Tone::Informative, Text::StateAtHeadOffice),
        Progress::Waiting => (Tone::Caution, Text::StateWaiting),
        Progress::Accepted => (Tone::Positive, Text::StateAccepted),
        Progress::Refused => (Tone::Negative, Text::StateRefused),
    };
    view! { <StatusBadge tone=tone label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
}

/// Said only while there is something to say: a catalogue on its way, or none.
#[component]
pub fn CatalogueStatus() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    move || {
        match tablet.catalogue.state() {
        CatalogueState::Ready(_) => ().into_any(),
        CatalogueState::Loading => view! { <LoadingView message=words(Text::CatalogueLoading) /> }.into_any(),
        CatalogueState::Fetching(progress) => view! {
            <LoadingView message=words(Text::CatalogueFetching) progress=Signal::derive(move || (progress.done, progress.all)) />
        }
        .into_any(),
        CatalogueState::Missing(reason) => {
            view! { <ErrorView title=words(Text::CatalogueMissing) detail=reason /> }.into_any()
        }
    }
    }
}
