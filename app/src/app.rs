//! The shell around every page.

use leptos::prelude::*;

/// Skip link, header and main landmark; the pages go inside.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        <header class="app-header">
            <a class="app-brand" href="/">"Calloff"</a>
        </header>
        <main id="main" class="page" tabindex="-1">
            <h1>"Calloff"</h1>
        </main>
    }
}
