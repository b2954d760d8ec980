//! One order: a basket while it may change, and what became of it afterwards.

use calloff_core::ids::DocumentId;
use leptos::prelude::*;

use super::basket::BasketPage;
use super::home::ProgressBadge;
use super::model::progress::{Progress, progress};
use super::sent::SentPage;
use crate::components::Moment;
use crate::i18n::{Text, use_i18n};
use crate::pages::not_found::NothingHere;
use crate::state::tablet::use_tablet;

#[component]
pub fn OrderPage(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let at = Memo::new(move |_| view.with(|view| view.as_ref().map(progress)));
    let heading = move || {
        view.with(|view| view.as_ref().map(|view| (view.state.created_by.clone(), view.state.created_at))).map(
            |(by, at_ms)| {
                view! { <p class="muted">{by}" · "<Moment at_ms /></p> }
            },
        )
    };
    let content = move || match at.get() {
        None => view! { <NothingHere /> }.into_any(),
        Some(Progress::Draft | Progress::Refused) => view! { <BasketPage order /> }.into_any(),
        Some(Progress::SavedHere | Progress::AtHeadOffice | Progress::Waiting | Progress::Accepted) => {
            view! { <SentPage order /> }.into_any()
        }
    };
    let badge = move || {
        at.get().map(|at| {
            view! { <span data-testid="order-state" data-state=at.name()><ProgressBadge progress=at /></span> }
        })
    };
    view! {
        <div class="page-head">
            <div>
                <h1>{i18n.t(Text::Order)}</h1>
                {heading}
            </div>
            {badge}
        </div>
        {content}
    }
}
