//! An address that leads nowhere.

use leptos::prelude::*;

use crate::i18n::{Text, use_i18n};
use crate::routes::Page;

/// As a whole page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <main id="main" class="page page-reading" tabindex="-1">
            <NothingHere />
        </main>
    }
}

/// As what a page holds.
#[component]
pub fn NothingHere() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="stack">
            <h1>{i18n.t(Text::PageNotFound)}</h1>
            <p><a class="button" href=Page::Home.path()>{i18n.t(Text::ToHome)}</a></p>
        </div>
    }
}
