//! What an app shows at an address that has no page.

use leptos::prelude::*;

use crate::i18n::{Text, use_i18n};

/// A whole page; `home` is the path of the link that leads on.
#[component]
pub fn NotFound(#[prop(into)] home: String) -> impl IntoView {
    view! {
        <main id="main" class="page page-reading" tabindex="-1">
            <NothingHere home />
        </main>
    }
}

/// The content of a page; `home` is the path of the link that leads on.
#[component]
pub fn NothingHere(#[prop(into)] home: String) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="stack">
            <h1>{i18n.t(Text::PageNotFound)}</h1>
            <p><a class="button" href=home>{i18n.t(Text::ToHome)}</a></p>
        </div>
    }
}
