//! The sign-in of people at head office, by name and password.

use calloff_core::wire::{ErrorCode, SignInRequest};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_navigate};

use super::shell::may_see;
use crate::api::{self, error_code};
use crate::components::{Button, ButtonKind, Field, FieldKind, NoticeBox, Tone};
use crate::desk::routes::Page;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;

/// The form. After a session ended, the person comes back to the page where they were.
#[component]
pub fn SignIn(was_signed_in: bool) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let navigate = use_navigate();
    let path = use_location().pathname;
    let name = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let is_tried = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failure: RwSignal<Option<HttpError>> = RwSignal::new(None);

    let missing = move |value: RwSignal<String>, text: Text| {
        Signal::derive(move || {
            (is_tried.get() && value.with(|value| value.trim().is_empty()))
                .then(|| i18n.fill(text, &[]))
        })
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_tried.set(true);
        let request = SignInRequest {
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        if busy.get_untracked() || request.name.is_empty() || request.password.is_empty() {
            return;
        }
        busy.set(true);
        let (navigate, page) = (navigate.clone(), Page::parse(&path.get_untracked()));
        // The page at the address may belong to another person, and this person may not read it.
        let leads_on = move || match (&page, desk.who_untracked()) {
            (Some(Page::SignIn), _) => true,
            (Some(page), Who::Person(session)) => !may_see(&session, page),
            _ => false,
        };
        spawn_local(async move {
            match desk.sign_in(&request).await {
                Ok(()) if leads_on() => navigate(
                    &Page::Orders.path(),
                    leptos_router::NavigateOptions { replace: true, ..Default::default() },
                ),
                // The page at this address replaces the form.
                Ok(()) => {}
                Err(error) => {
                    busy.set(false);
                    failure.set(Some(error));
                }
            }
        });
    };
    let problem = move || {
        failure.get().map(|error| {
            let message = move || {
                let words =
                    failure_words(&error).map_or_else(|| Sentence::from(&error), Sentence::from);
                words.in_language(i18n.language()).to_owned()
            };
            view! { <NoticeBox tone=Tone::Negative message test_id="sign-in-error" /> }
        })
    };
    let search = use_location().search;
    let returned = move || {
        search
            .with(|search| returned_words(search))
            .map(|text| view! { <NoticeBox tone=Tone::Caution message=i18n.t(text) test_id="sign-in-returned" /> })
    };
    let ended = was_signed_in
        .then(|| view! { <NoticeBox tone=Tone::Informative message=i18n.t(Text::SignInEnded) /> });
    view! {
        <form class="sign-in" on:submit=submit novalidate>
            <div>
                <h1>{i18n.t(Text::SignInTitle)}</h1>
                <p class="muted">{i18n.t(Text::SignInLead)}</p>
            </div>
            {ended}
            {returned}
            {problem}
            <Field
                id="sign-in-name"
                label=i18n.t(Text::SignInName)
                value=name
                on_input=Callback::new(move |typed| name.set(typed))
                error=missing(name, Text::SignInNeedsName)
                autocomplete="username"
                test_id="sign-in-name"
            />
            <Field
                id="sign-in-password"
                label=i18n.t(Text::SignInPassword)
                kind=FieldKind::Password
                value=password
                on_input=Callback::new(move |typed| password.set(typed))
                error=missing(password, Text::SignInNeedsPassword)
                autocomplete="current-password"
                test_id="sign-in-password"
            />
            <Button label=i18n.t(Text::SignInSubmit) kind=ButtonKind::Primary submits=true busy test_id="sign-in-submit" />
            <ByProvider />
        </form>
    }
}

/// The link to the organisation's own sign-in. Draws nothing if the organisation has none.
#[component]
fn ByProvider() -> impl IntoView {
    let i18n = use_i18n();
    let provider: RwSignal<Option<String>> = RwSignal::new(None);
    spawn_local(async move {
        // A server that does not answer offers no other sign-in. The form itself says that the
        // server is away.
        provider.set(api::sign_in_options().await.ok().and_then(|options| options.provider));
    });
    move || {
        provider.get().map(|name| {
            let label = move || i18n.fill(Text::SignInWith, &[("name", &name)]);
            view! {
                <p class="muted">{i18n.t(Text::SignInOr)}</p>
                <a class="button" href=api::SIGN_IN_BY_PROVIDER rel="external" data-testid="sign-in-provider">{label}</a>
            }
        })
    }
}

/// Why a person came back from the organisation's sign-in without being signed in, by the query
/// `search`. `None` if it names no problem.
fn returned_words(search: &str) -> Option<Text> {
    let problem =
        search.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("problem="))?;
    Some(match problem {
        "expired" => Text::SignInExpired,
        "too-often" => Text::SignInTooOften,
        "unavailable" => Text::SignInProviderAway,
        "unknown-person" => Text::SignInUnknownPerson,
        _ => Text::SignInRefused,
    })
}

/// What to do after a failed sign-in, in the app's words. `None` if only the server knows.
fn failure_words(error: &HttpError) -> Option<Text> {
    match error_code(error) {
        Some(ErrorCode::SignInFailed) => Some(Text::SignInWrong),
        Some(ErrorCode::RateLimited) => Some(Text::SignInTooOften),
        _ if error.is_unreachable() => Some(Text::SignInOffline),
        _ => None,
    }
}
