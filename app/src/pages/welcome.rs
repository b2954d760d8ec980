//! The first visit: what is this browser for?

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api;
use crate::i18n::{Text, use_i18n};
use crate::routes::{DeskPage, Page};

#[component]
pub fn Welcome() -> impl IntoView {
    let i18n = use_i18n();
    // Who is signed in at head office works there, and is not asked. Where the server does not
    // answer, everybody is.
    let navigate = use_navigate();
    spawn_local(async move {
        if api::session().await.is_ok() {
            let to = Page::Desk(DeskPage::Orders).path();
            navigate(&to, NavigateOptions { replace: true, ..Default::default() });
        }
    });
    view! {
        <main id="main" class="page page-reading stack" tabindex="-1">
            <h1>{i18n.t(Text::WelcomeTitle)}</h1>
            <p class="muted">{i18n.t(Text::WelcomeLead)}</p>
            <ul role="list" class="grid">
                <li>
                    <a class="choice-card" href=Page::Enrol.path() data-testid="choose-tablet">
                        <strong>{i18n.t(Text::ChooseTablet)}</strong>
                        <span>{i18n.t(Text::ChooseTabletHint)}</span>
                    </a>
                </li>
                <li>
                    <a class="choice-card" href=Page::Desk(DeskPage::SignIn).path() data-testid="choose-desk">
                        <strong>{i18n.t(Text::ChooseDesk)}</strong>
                        <span>{i18n.t(Text::ChooseDeskHint)}</span>
                    </a>
                </li>
            </ul>
        </main>
    }
}
