//! Adds a person, and shows the link by which they set their password.

use calloff_core::ids::PersonId;
use calloff_core::name::plain_name;
use calloff_core::wire::{AddPersonRequest, InvitationResponse, PersonRefusal, PersonRole, RoleAt};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::access::{Places, problem_of, use_places};
use super::invitation::IssuedInvitation;
use super::roles::RolesEditor;
use crate::api;
use crate::components::{Button, ButtonKind, Field, Icon, IconName, NoticeBox, Tone};
use crate::desk::routes::Page;
use crate::desk::state::session::use_desk;
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;

/// A person who was added.
#[derive(Clone)]
struct Added {
    person: PersonId,
    name: String,
    invitation: Option<InvitationResponse>,
}

#[component]
pub fn NewPersonPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let added: RwSignal<Option<Added>> = RwSignal::new(None);
    let content = move || match added.get() {
        _ if !desk.has(&[PersonRole::Admin]) => {
            view! { <NoticeBox tone=Tone::Caution message=i18n.t(Text::PeopleManagers) /> }
                .into_any()
        }
        Some(person) => view! { <Done person added /> }.into_any(),
        None => view! { <Form added /> }.into_any(),
    };
    view! {
        <a class="back-link" href=Page::People.path()>
            <Icon name=IconName::Back />
            <span>{i18n.t(Text::People)}</span>
        </a>
        <div class="page-head"><h1>{i18n.t(Text::PersonAdd)}</h1></div>
        {content}
    }
}

#[component]
fn Form(added: RwSignal<Option<Added>>) -> impl IntoView {
    let i18n = use_i18n();
    let places: Places = use_places();
    let name = RwSignal::new(String::new());
    let person = RwSignal::new(String::new());
    let roles: RwSignal<Vec<RoleAt>> = RwSignal::new(Vec::new());
    let invites = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let refusal: RwSignal<Option<PersonRefusal>> = RwSignal::new(None);
    let failure: RwSignal<Option<HttpError>> = RwSignal::new(None);
    // The server checks the same again. This check saves the way.
    let checked = move || -> Result<(PersonId, String), PersonRefusal> {
        let name = name.get_untracked();
        let name = plain_name(&name).map_err(|_| PersonRefusal::BadName)?.to_owned();
        let id = person.get_untracked().trim().parse();
        let id = id.map_err(|_| PersonRefusal::BadSignInName)?;
        if roles.with_untracked(Vec::is_empty) {
            Err(PersonRefusal::NoRole)
        } else {
            Ok((id, name))
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        failure.set(None);
        let (id, shown) = match checked() {
            Ok(person) => person,
            Err(why) => {
                refusal.set(Some(why));
                return;
            }
        };
        refusal.set(None);
        busy.set(true);
        let request = AddPersonRequest {
            person: id.to_string(),
            name: shown.clone(),
            roles: roles.get_untracked(),
            invites: invites.get_untracked(),
        };
        spawn_local(async move {
            match api::add_person(&request).await {
                Ok(answer) => added.set(Some(Added {
                    person: id,
                    name: shown,
                    invitation: answer.invitation,
                })),
                Err(error) => match api::person_refusal(&error) {
                    Some(why) => refusal.set(Some(why)),
                    None => failure.set(Some(error)),
                },
            }
            busy.set(false);
        });
    };
    let error_of = move |fields: &'static [PersonRefusal]| {
        Signal::derive(move || problem_of(i18n, refusal.get(), fields))
    };
    let failed = move || {
        failure.get().map(|error| {
            let message = move || Sentence::from(&error).in_language(i18n.language()).to_owned();
            view! { <NoticeBox tone=Tone::Negative message test_id="person-failed" /> }
        })
    };
    view! {
        <form class="panel person-form" on:submit=submit novalidate>
            <Field
                id="person-name"
                label=i18n.t(Text::PersonName)
                value=name
                on_input=Callback::new(move |typed| name.set(typed))
                hint=i18n.t(Text::PersonNameHint)
                error=error_of(&[PersonRefusal::BadName])
                autocomplete="off"
                test_id="person-name"
            />
            <Field
                id="person-id"
                label=i18n.t(Text::SignInName)
                value=person
                on_input=Callback::new(move |typed| person.set(typed))
                hint=i18n.t(Text::PersonIdHint)
                error=error_of(&[PersonRefusal::BadSignInName, PersonRefusal::SignInNameTaken])
                autocomplete="off"
                test_id="person-id"
            />
            <RolesEditor
                roles
                places=places.own
                words=places.words
                error=error_of(&[PersonRefusal::NoRole, PersonRefusal::LastAdministrator])
            />
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=invites
                    data-testid="person-invites"
                    on:change=move |event| invites.set(event_target_checked(&event))
                />
                <span>{i18n.t(Text::PersonInvites)}</span>
            </label>
            <p class="field-hint">{i18n.t(Text::PersonInvitesHint)}</p>
            {failed}
            <div class="cluster">
                <Button label=i18n.t(Text::PersonAdd) kind=ButtonKind::Primary submits=true busy test_id="person-save" />
            </div>
        </form>
    }
}

#[component]
fn Done(person: Added, added: RwSignal<Option<Added>>) -> impl IntoView {
    let i18n = use_i18n();
    let Added { person, name, invitation } = person;
    let title = {
        let name = name.clone();
        move || i18n.fill(Text::PersonAdded, &[("name", &name)])
    };
    let open = {
        let name = name.clone();
        move || i18n.fill(Text::PersonOpen, &[("name", &name)])
    };
    let link = invitation.map(|invitation| view! { <IssuedInvitation invitation name /> });
    view! {
        <section class="panel" data-testid="person-added">
            <h2>{title}</h2>
            {link}
            <div class="cluster">
                <a class="button" href=Page::Person(person).path()>{open}</a>
                <Button label=i18n.t(Text::PersonAddAnother) on_press=Callback::new(move |()| added.set(None)) />
            </div>
        </section>
    }
}
