//! A view of content that has to be fetched. It draws each stage.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

use super::button::{Button, ButtonKind};
use super::icon::{Icon, IconName};

/// The stage of content that has to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Loading,
    /// The content was fetched, and it is empty.
    Empty,
    /// The fetch failed, and there is no earlier content to show.
    Failed,
    /// The server does not give the content to this person, and another attempt cannot help.
    Refused,
    Ready,
}

/// Draws the stage of the content. `children` are the content, and they are kept while it stays
/// ready. Refused content is no failure: the view has no button and no red colour.
#[component]
pub fn AsyncView(
    #[prop(into)] stage: Signal<Stage>,
    /// What is being fetched, for people who do not see the skeleton.
    #[prop(into)]
    loading: TextProp,
    #[prop(into)] empty_title: TextProp,
    /// What a person can do next.
    #[prop(into)]
    empty_advice: TextProp,
    /// A control with which a person takes the next step.
    #[prop(optional, into)]
    empty_action: ViewFn,
    #[prop(into)] error_title: TextProp,
    /// What happened and what to do.
    #[prop(into)]
    error_advice: TextProp,
    #[prop(into)] retry: TextProp,
    on_retry: Callback<()>,
    #[prop(optional, into)] busy: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let stage = Memo::new(move |_| stage.get());
    move || match stage.get() {
        Stage::Loading => {
            let loading = loading.clone();
            view! { <Skeleton label=loading /> }.into_any()
        }
        Stage::Empty => {
            let (title, advice, action) =
                (empty_title.clone(), empty_advice.clone(), empty_action.clone());
            view! {
                <section class="async-message" data-testid="empty">
                    <Icon name=IconName::Info />
                    <h2>{move || title.get()}</h2>
                    <p class="muted">{move || advice.get()}</p>
                    {action.run()}
                </section>
            }
            .into_any()
        }
        Stage::Refused => {
            let (title, advice) = (error_title.clone(), error_advice.clone());
            view! {
                <section class="async-message" role="status" data-testid="error">
                    <Icon name=IconName::Info />
                    <h2>{move || title.get()}</h2>
                    <p>{move || advice.get()}</p>
                </section>
            }
            .into_any()
        }
        Stage::Failed => {
            let (title, advice, retry) = (error_title.clone(), error_advice.clone(), retry.clone());
            view! {
                <section class="async-message" data-tone="negative" role="alert" data-testid="error">
                    <Icon name=IconName::Warning />
                    <h2>{move || title.get()}</h2>
                    <p>{move || advice.get()}</p>
                    <Button label=retry kind=ButtonKind::Primary on_press=on_retry busy test_id="retry" />
                </section>
            }
            .into_any()
        }
        Stage::Ready => children().into_any(),
    }
}

/// Grey rows in the place of content that is not here yet.
#[component]
pub fn Skeleton(#[prop(into)] label: TextProp, #[prop(default = 8)] rows: usize) -> impl IntoView {
    let bars = (0..rows).map(|_| view! { <div class="skeleton-bar"></div> }).collect_view();
    view! {
        <div class="skeleton" role="status" data-testid="loading">
            <span class="visually-hidden">{move || label.get()}</span>
            {bars}
        </div>
    }
}
