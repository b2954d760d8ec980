//! The first page of the day: orders that need a person, drafts, and sent orders by the day of
//! delivery.

use calloff_core::ids::DocumentId;
use calloff_core::limits::DAYS_ON_TABLETS;
use calloff_core::order::Command;
use leptos::prelude::*;

use super::clock_notice::ClockNotice;
use super::order_title::{reading, title_words};
use super::reorder::ReorderDialog;
use super::site_time::SiteTime;
use crate::components::status::Tone;
use crate::components::{DateText, EmptyView, ErrorView, LoadingView, MoneyText, StatusBadge};
use crate::i18n::{Text, use_i18n};
use crate::tablet::model::home::{Groups, Row, When, group};
use crate::tablet::model::progress::{Progress, progress};
use crate::tablet::routes::Page;
use crate::tablet::state::catalogue::CatalogueState;
use crate::tablet::state::tablet::{Press, use_tablet};

#[component]
pub fn Home() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let groups = Memo::new(move |_| {
        reading(tablet, |reading| group(tablet.workspace.orders().into_values(), reading))
    });
    let again = RwSignal::new(None::<DocumentId>);
    let greeting = move || {
        let name = tablet.people.here().map(|person| person.name).unwrap_or_default();
        i18n.fill(Text::HomeTitle, &[("name", &name)])
    };
    let rows = move |of: fn(&Groups) -> &Vec<Row>| groups.with(|groups| of(groups).clone());
    view! {
        <div class="page-head">
            <h1>{greeting}</h1>
            <a class="button button-primary button-large" data-testid="new-order" href=Page::Find { order: None }.path()>
                <span aria-hidden="true">"+ "</span>{i18n.t(Text::NewOrder)}
            </a>
        </div>
        <div class="stack gap-6">
            <ClockNotice />
            <CatalogueStatus />
            {move || section(Text::NeedsAttention, rows(|groups| &groups.needs_attention), None)}
            {move || {
                let waiting = rows(|groups| &groups.waiting);
                (!waiting.is_empty()).then(|| view! {
                    <div data-testid="waiting-orders">{section(Text::WaitingForHeadOffice, waiting, None)}</div>
                })
            }}
            {move || section(Text::OwnDrafts, rows(|groups| &groups.own_drafts), Some(Text::NoDrafts))}
            {move || section(Text::OtherDrafts, rows(|groups| &groups.other_drafts), None)}
            {move || view! { <Sent groups=groups.with(|groups| groups.sent.clone()) again /> }}
            {move || {
                let rows = rows(|groups| &groups.discarded);
                (!rows.is_empty()).then(|| view! { <DiscardedOrders rows /> })
            }}
        </div>
        <ReorderDialog again />
    }
}

/// A list of orders with a title. An empty list shows `empty`, or is left out if `empty` is `None`.
fn section(title: Text, rows: Vec<Row>, empty: Option<Text>) -> Option<impl IntoView> {
    let i18n = use_i18n();
    let list = match (rows.is_empty(), empty) {
        (true, None) => return None,
        (true, Some(empty)) => {
            view! { <EmptyView message=Signal::derive(move || i18n.t(empty)().to_owned()) /> }
                .into_any()
        }
        (false, _) => view! { <Rows rows /> }.into_any(),
    };
    Some(view! {
        <section class="stack gap-3">
            <h2>{i18n.t(title)}</h2>
            {list}
        </section>
    })
}

/// Sent orders by the day of delivery.
#[component]
fn Sent(groups: Vec<(When, Vec<Row>)>, again: RwSignal<Option<DocumentId>>) -> impl IntoView {
    let i18n = use_i18n();
    let is_empty = groups.is_empty();
    let day = move |(when, rows): (When, Vec<Row>)| {
        let title = match when {
            When::Today => Text::ArrivesToday,
            When::Tomorrow => Text::ArrivesTomorrow,
            When::Later => Text::ArrivesLater,
            When::Earlier => Text::ArrivedEarlier,
        };
        view! {
            <h3 class="order-day">{i18n.t(title)}</h3>
            <Rows rows again />
        }
    };
    view! {
        <section class="stack gap-3" data-testid="sent-orders">
            <h2>{i18n.t(Text::SentOrders)}</h2>
            {is_empty.then(|| view! { <EmptyView message=Signal::derive(move || i18n.t(Text::NoneSent)().to_owned()) /> })}
            {groups.into_iter().map(day).collect_view()}
            {(!is_empty).then(|| view! { <p class="muted">{move || i18n.fill(Text::OldOrdersLeave, &[("days", &DAYS_ON_TABLETS.to_string())])}</p> })}
        </section>
    }
}

/// Drafts that were discarded, each with a button that brings it back.
#[component]
fn DiscardedOrders(rows: Vec<Row>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let one = move |row: Row| {
        let Row { order, title, totals } = row;
        let document = order.state.document;
        let press = Press::default();
        let keep = move |_| {
            let keep = vec![Command::KeepOrder { keep: true }];
            tablet.dispatch_once(press, document, keep, || ());
        };
        let name = move || title_words(i18n, &title);
        let label = {
            let name = name.clone();
            move || i18n.fill(Text::BringBackNamed, &[("order", &name())])
        };
        let by = order.state.discarded.clone().map(|discard| {
            view! { {discard.by}" · "<SiteTime at_ms=discard.at /> }
        });
        view! {
            <li class="order-row">
                <a class="order-card" href=Page::Order(document).path() data-testid="discarded-order" data-order=document.to_string()>
                    <span class="order-what">
                        <strong class="order-name">{name}</strong>
                        <small class="muted">{by}</small>
                    </span>
                    <span class="order-total">{totals.into_iter().map(|money| view! { <MoneyText money /> }).collect_view()}</span>
                </a>
                <button type="button" class="order-again" data-testid="bring-back" aria-label=label on:click=keep>
                    {i18n.t(Text::BringBack)}
                </button>
            </li>
        }
    };
    view! {
        <section class="stack gap-3" data-testid="discarded-orders">
            <h2>{i18n.t(Text::DiscardedOrders)}</h2>
            <ul role="list" class="card order-rows">{rows.into_iter().map(one).collect_view()}</ul>
        </section>
    }
}

#[component]
fn Rows(
    rows: Vec<Row>,
    #[prop(optional)] again: Option<RwSignal<Option<DocumentId>>>,
) -> impl IntoView {
    let rows =
        rows.into_iter().map(|row| view! { <li class="order-row"><OrderRow row again /></li> });
    view! { <ul role="list" class="card order-rows">{rows.collect_view()}</ul> }
}

/// One order in one line: title, day of delivery, sum and progress.
#[component]
fn OrderRow(row: Row, again: Option<RwSignal<Option<DocumentId>>>) -> impl IntoView {
    let i18n = use_i18n();
    let Row { order, title, totals } = row;
    let at = progress(&order);
    let document = order.state.document;
    let conflicts = order.state.choice_count();
    let is_offered = order.is_offered();
    let count = order.state.ordered_lines().count();
    let lines = move || i18n.count(count, Text::LineOne, Text::LineMany);
    let by = order.state.held_by().to_owned();
    let is_overtaken = order.state.is_editable() && order.state.discarded.is_some();
    let delivery = title.delivery;
    let name = {
        let title = title.clone();
        move || title_words(i18n, &title)
    };
    let reorder = again.map(|again| {
        let label = move || i18n.fill(Text::ReorderNamed, &[("order", &title_words(i18n, &title))]);
        view! {
            <button type="button" class="order-again" data-testid="reorder" aria-label=label
                on:click=move |_| again.set(Some(document))>{i18n.t(Text::Reorder)}</button>
        }
    });
    view! {
        <a class="order-card" href=Page::Order(document).path() data-testid="order-card"
            data-order=document.to_string() data-state=at.name()>
            <span class="order-what">
                <strong class="order-name">{name}</strong>
                <small class="muted">
                    {delivery.map(|date| view! { <DateText date />" · " })}{lines}" · "{by}
                </small>
            </span>
            <span class="order-total">{totals.into_iter().map(|money| view! { <MoneyText money /> }).collect_view()}</span>
            <span class="order-states">
                {if is_offered {
                    view! { <OfferedBadge /> }.into_any()
                } else {
                    view! { <ProgressBadge progress=at /> }.into_any()
                }}
                {(!order.held_back.is_empty() && !is_offered).then(|| view! {
                    <StatusBadge tone=Tone::Negative label=Signal::derive(move || i18n.t(Text::HeldBackTitle)().to_owned()) />
                })}
                {is_overtaken.then(|| view! {
                    <StatusBadge tone=Tone::Caution label=Signal::derive(move || i18n.t(Text::StateDiscardOvertaken)().to_owned()) />
                })}
                {(conflicts > 0).then(|| view! {
                    <StatusBadge tone=Tone::Caution label=Signal::derive(move || i18n.count(conflicts, Text::ConflictOne, Text::ConflictMany)) />
                })}
                {(order.is_unsent && at != Progress::SavedHere && !is_offered).then(|| view! {
                    <small class="muted">{i18n.t(Text::OnlyHere)}</small>
                })}
            </span>
        </a>
        {reorder}
    }
}

/// The progress of an order as a badge.
#[component]
pub fn ProgressBadge(progress: Progress) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = match progress {
        Progress::Draft => (Tone::Neutral, Text::StateDraft),
        Progress::SavedHere => (Tone::Informative, Text::StateSaved),
        Progress::AtHeadOffice => (Tone::Informative, Text::StateAtHeadOffice),
        Progress::OnHold => (Tone::Caution, Text::StateOnHold),
        Progress::Accepted => (Tone::Positive, Text::StateAccepted),
        Progress::Refused => (Tone::Negative, Text::StateRefused),
    };
    view! { <StatusBadge tone=tone label=Signal::derive(move || i18n.t(text)().to_owned()) /> }
}

/// The badge of an order that head office keeps until somebody there takes it up.
#[component]
pub fn OfferedBadge() -> impl IntoView {
    let i18n = use_i18n();
    let label = Signal::derive(move || i18n.t(Text::StateOffered)().to_owned());
    view! { <StatusBadge tone=Tone::Caution label /> }
}

/// Shown while the catalogue is on its way or missing.
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
            let detail = Signal::derive(move || reason.in_language(i18n.language()).to_owned());
            view! { <ErrorView title=words(Text::CatalogueMissing) detail /> }.into_any()
        }
    }
    }
}
