//! One order: a basket while it may change, and afterwards its progress.

use calloff_core::ids::DocumentId;
use calloff_core::wire::PushRefusalCode;
use leptos::prelude::*;

use super::basket::BasketPage;
use super::draft_actions::{Discarded, DraftActions, Overtaken};
use super::home::{OfferedBadge, ProgressBadge};
use super::order_title::{title_of, title_words};
use super::sent::SentPage;
use super::site_time::SiteTime;
use crate::components::Button;
use crate::components::not_found::NothingHere;
use crate::i18n::{self, Text, use_i18n};
use crate::platform::page;
use crate::tablet::model::progress::{Progress, progress};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::use_tablet;
use crate::tablet::state::workspace::OrderView;

#[component]
pub fn OrderPage(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    tablet.open_order.set(Some(order));
    let view = tablet.workspace.order(order);
    let at = Memo::new(move |_| view.with(|view| view.as_ref().map(progress)));
    let is_discarded = Memo::new(move |_| {
        view.with(|view| view.as_ref().is_some_and(|view| view.state.is_discarded()))
    });
    let is_offered =
        Memo::new(move |_| view.with(|view| view.as_ref().is_some_and(OrderView::is_offered)));
    let title = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| title_of(tablet, &view.state)))
    });
    let heading = move || {
        title.with(|title| {
            title
                .as_ref()
                .map_or_else(|| i18n.t(Text::Order)().to_owned(), |title| title_words(i18n, title))
        })
    };
    let who = Memo::new(move |_| {
        view.with(|view| {
            view.as_ref().map(|view| {
                let state = &view.state;
                let holder =
                    (state.held_by() != state.created_by).then(|| state.held_by().to_owned());
                (state.created_by.clone(), state.created_at, holder)
            })
        })
    });
    let byline = move || {
        who.get().map(|(by, at_ms, holder)| {
            let with = holder.map(
                |name| view! { " · "{move || i18n.fill(Text::WithPerson, &[("name", &name)])} },
            );
            view! { <p class="muted">{by}" · "<SiteTime at_ms />{with}</p> }
        })
    };
    let content = move || match (at.get(), is_discarded.get()) {
        (None, _) => view! { <NothingHere home=Page::Home.path() /> }.into_any(),
        (Some(_), true) => view! { <Discarded order /> }.into_any(),
        (Some(Progress::Draft | Progress::Refused), false) => {
            view! { <Overtaken order /><BasketPage order /> }.into_any()
        }
        (
            Some(
                Progress::SavedHere
                | Progress::AtHeadOffice
                | Progress::OnHold
                | Progress::Accepted,
            ),
            _,
        ) => view! { <SentPage order /> }.into_any(),
    };
    let badge = move || {
        at.get().map(|at| {
            let badge = match is_offered.get() {
                true => view! { <OfferedBadge /> }.into_any(),
                false => view! { <ProgressBadge progress=at /> }.into_any(),
            };
            view! { <span data-testid="order-state" data-state=at.name()>{badge}</span> }
        })
    };
    let is_draft = Memo::new(move |_| {
        matches!(at.get(), Some(Progress::Draft | Progress::Refused)) && !is_discarded.get()
    });
    // After sending, another page is at this address. It begins with where the order is.
    Effect::new(move |was_draft: Option<bool>| {
        let is_draft = is_draft.get();
        if was_draft == Some(true) && !is_draft {
            page::scroll_to_top();
        }
        is_draft
    });
    view! {
        <div class="page-head">
            <div class="order-heading">
                <h1>{heading}</h1>
                {byline}
            </div>
            <div class="page-actions">
                {badge}
                {move || is_draft.get().then(|| view! { <DraftActions order /> })}
            </div>
        </div>
        <HeldBack order />
        {content}
    }
}

/// Says that the server does not take this order's changes as they are, or keeps them until
/// somebody at head office takes them up.
#[component]
fn HeldBack(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let refusals = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| std::sync::Arc::clone(&view.held_back)))
    });
    move || {
        refusals.get().filter(|refusals| !refusals.is_empty()).map(|refusals| {
            if refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered) {
                return view! {
                    <p class="callout" data-tone="caution" role="status" data-testid="offered">{i18n.t(Text::OfferedToHeadOffice)}</p>
                }
                .into_any();
            }
            let list = refusals.iter().map(|refusal| view! { <li>{i18n.t(i18n::push_refusal(refusal.code))}</li> }).collect_view();
            view! {
                <section class="callout stack gap-2" data-tone="negative" role="alert" data-testid="held-back">
                    <h2>{i18n.t(Text::HeldBackTitle)}</h2>
                    <p>{i18n.t(Text::HeldBackMeans)}</p>
                    <ul>{list}</ul>
                    <Button label=i18n.t(Text::TryAgain) on_press=move |()| tablet.try_again(order) test_id="try-again" />
                </section>
            }
            .into_any()
        })
    }
}
