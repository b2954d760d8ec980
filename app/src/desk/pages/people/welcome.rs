//! The page behind the link of an invitation: the invited person sets their password. Nobody needs
//! to be signed in. A person who is signed in in this browser is signed out afterwards.

use calloff_core::limits::NAME_BYTES;
use calloff_core::wire::{
    AcceptInvitationRequest, ErrorCode, InvitationFacts, InvitationRequest, PASSWORD_CHARACTERS,
};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use crate::api;
use crate::components::{
    Button, ButtonKind, ErrorView, Field, FieldKind, LoadingView, NoticeBox, Tone,
};
use crate::desk::routes::Page;
use crate::desk::state::session::use_desk;
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;

#[component]
pub fn WelcomePage() -> impl IntoView {
    let i18n = use_i18n();
    let fragment = use_location().hash;
    let token =
        Memo::new(move |_| fragment.with(|fragment| fragment.trim_start_matches('#').to_owned()));
    let facts: RwSignal<Option<Result<InvitationFacts, HttpError>>> = RwSignal::new(None);
    let look = move || {
        facts.set(None);
        let request = InvitationRequest { token: token.get_untracked() };
        spawn_local(async move { facts.set(Some(api::invitation(&request).await)) });
    };
    Effect::new(move |_| {
        token.track();
        look();
    });
    let content = move || match facts.get() {
        None => {
            let message = Signal::derive(move || i18n.t(Text::WelcomeChecking)().to_owned());
            view! { <LoadingView message /> }.into_any()
        }
        Some(Ok(facts)) => view! { <SetPassword facts token /> }.into_any(),
        Some(Err(error)) => {
            let is_over = api::error_code(&error) == Some(ErrorCode::InvitationInvalid);
            let advice = Signal::derive(move || match is_over {
                true => i18n.fill(Text::WelcomeOverAdvice, &[]),
                false => Sentence::from(&error).in_language(i18n.language()).to_owned(),
            });
            let title = if is_over { Text::WelcomeOver } else { Text::WelcomeFailed };
            let title = Signal::derive(move || i18n.fill(title, &[]));
            view! {
                <ErrorView title detail=advice>
                    <Button label=i18n.t(Text::TryAgain) on_press=Callback::new(move |()| look()) />
                </ErrorView>
            }
            .into_any()
        }
    };
    view! {
        <div class="desk">
            <header class="app-header">
                <span class="app-brand">"Calloff"</span>
                <span class="muted">{i18n.t(Text::DeskName)}</span>
            </header>
            <main id="main" class="page" tabindex="-1">{content}</main>
        </div>
    }
}

#[component]
fn SetPassword(facts: InvitationFacts, token: Memo<String>) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let navigate = use_navigate();
    let password = RwSignal::new(String::new());
    let again = RwSignal::new(String::new());
    let is_tried = RwSignal::new(false);
    let is_set = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failure: RwSignal<Option<HttpError>> = RwSignal::new(None);
    let is_bad =
        move |text: &str| text.chars().count() < PASSWORD_CHARACTERS || text.len() > NAME_BYTES;
    let bad_password = Signal::derive(move || {
        let is_bad = is_tried.get() && password.with(|text| is_bad(text));
        let least = PASSWORD_CHARACTERS.to_string();
        is_bad.then(|| i18n.fill(Text::PasswordTooShort, &[("least", &least)]))
    });
    let differs = Signal::derive(move || {
        let differs = is_tried.get() && again.get() != password.get();
        differs.then(|| i18n.fill(Text::PasswordsDiffer, &[]))
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        let is_wrong = bad_password.get_untracked().is_some() || differs.get_untracked().is_some();
        if busy.get_untracked() || is_wrong {
            return;
        }
        busy.set(true);
        failure.set(None);
        let request = AcceptInvitationRequest {
            token: token.get_untracked(),
            password: password.get_untracked(),
        };
        spawn_local(async move {
            match api::accept_invitation(&request).await {
                Ok(()) => is_set.set(true),
                Err(error) => failure.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let go_on = Callback::new(move |()| {
        let navigate = navigate.clone();
        spawn_local(async move {
            // Another person may be signed in in this browser. Signing out twice is no error, and
            // without the server the next page says that it is away.
            drop(desk.sign_out().await);
            let options = NavigateOptions { replace: true, ..Default::default() };
            navigate(&Page::SignIn.path(), options);
        });
    });
    let problem = move || {
        failure.get().map(|error| {
            let message = move || match api::error_code(&error) {
                Some(ErrorCode::InvitationInvalid) => i18n.fill(Text::WelcomeOverAdvice, &[]),
                _ => Sentence::from(&error).in_language(i18n.language()).to_owned(),
            };
            view! { <NoticeBox tone=Tone::Negative message test_id="welcome-failed" /> }
        })
    };
    let InvitationFacts { person, name, organisation_name, .. } = facts;
    let title = move || i18n.fill(Text::InvitedTitle, &[("name", &name)]);
    let lead = {
        let person = person.to_string();
        move || {
            let values = [("organisation", organisation_name.as_str()), ("person", &person)];
            i18n.fill(Text::InvitedLead, &values)
        }
    };
    let done = {
        let person = person.to_string();
        move || i18n.fill(Text::WelcomeDone, &[("person", &person)])
    };
    let form = move || {
        match is_set.get() {
        true => view! {
            <NoticeBox tone=Tone::Positive message=done.clone() test_id="welcome-done" />
            <Button label=i18n.t(Text::SignInTitle) kind=ButtonKind::Primary on_press=go_on test_id="welcome-sign-in" />
        }
        .into_any(),
        false => view! {
            {problem}
            <Field
                id="welcome-password"
                label=i18n.t(Text::PasswordNew)
                kind=FieldKind::Password
                value=password
                on_input=Callback::new(move |typed| password.set(typed))
                hint=i18n.t(Text::PasswordHint)
                error=bad_password
                autocomplete="new-password"
                test_id="welcome-password"
            />
            <Field
                id="welcome-again"
                label=i18n.t(Text::PasswordAgain)
                kind=FieldKind::Password
                value=again
                on_input=Callback::new(move |typed| again.set(typed))
                error=differs
                autocomplete="new-password"
                test_id="welcome-again"
            />
            <Button label=i18n.t(Text::PasswordSet) kind=ButtonKind::Primary submits=true busy test_id="welcome-set" />
        }
        .into_any(),
    }
    };
    view! {
        <form class="sign-in" on:submit=submit novalidate>
            <div>
                <h1>{title}</h1>
                <p class="muted">{lead}</p>
            </div>
            // Password managers store the password under this name.
            <input type="hidden" name="username" autocomplete="username" value=person.to_string() />
            {form}
        </form>
    }
}
