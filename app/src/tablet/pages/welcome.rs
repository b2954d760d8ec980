//! The first visit: the page asks what this browser is for.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::i18n::{Text, use_i18n};
use crate::platform::page;
use crate::tablet::routes::{DESK, Page};

#[component]
pub fn Welcome() -> impl IntoView {
    let i18n = use_i18n();
    // A person who is signed in at head office works there, so the page does not ask. If the server
    // does not answer, the page asks.
    spawn_local(async move {
        if api::session().await.is_ok() {
            page::leave_for(DESK);
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
                    <a class="choice-card" href=DESK rel="external" data-testid="choose-desk">
                        <strong>{i18n.t(Text::ChooseDesk)}</strong>
                        <span>{i18n.t(Text::ChooseDeskHint)}</span>
                    </a>
                </li>
            </ul>
        </main>
    }
}
