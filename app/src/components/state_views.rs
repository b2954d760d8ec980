//! How the stages of an asynchronous view other than "ready" are drawn.

use leptos::prelude::*;

/// The content is being fetched.
#[component]
pub fn LoadingView(
    #[prop(into)] message: Signal<String>,
    #[prop(optional, into)] progress: Option<Signal<(usize, usize)>>,
) -> impl IntoView {
    let bar = progress.map(|progress| {
        view! { <progress value=move || progress.get().0 max=move || progress.get().1.max(1) aria-label=message></progress> }
    });
    view! {
        <div class="state-view" role="status">
            <p>{message}</p>
            {bar}
        </div>
    }
}

/// Says that nothing is here and what to do next. `children` are the control for it.
#[component]
pub fn EmptyView(
    #[prop(into)] message: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="state-view">
            <p>{message}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// Says that the fetch failed and what to do. `children` are the control for it.
#[component]
pub fn ErrorView(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] detail: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="state-view state-view-error" role="alert">
            <p class="state-view-title"><span aria-hidden="true">"✕ "</span>{title}</p>
            <p hidden=move || detail.with(String::is_empty)>{detail}</p>
            {children.map(|children| children())}
        </div>
    }
}
