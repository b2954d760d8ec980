//! One person: name and roles, and their access.

use calloff_core::ids::PersonId;
use calloff_core::name::plain_name;
use calloff_core::wire::{ChangePersonRequest, PersonRefusal, PersonRole, PersonRow, RoleAt};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::access::{
    Invitation, PinForm, Places, Remove, Sessions, granted, problem_of, use_places,
};
use super::roles::RolesEditor;
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{
    AsyncView, Button, ButtonKind, Field, Icon, IconName, NoticeBox, Stage, Tone,
};
use crate::desk::model::people_rows::roles_words;
use crate::desk::model::places::is_within;
use crate::desk::pages::problem::{failed, problem};
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;

#[component]
pub fn PersonPage(person: PersonId) -> impl IntoView {
    let i18n = use_i18n();
    let people = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::people()));
    let row = Memo::new(move |_| {
        let rows = people.shown.get().value?;
        rows.iter().find(|row| row.person == person).cloned()
    });
    let stage = Signal::derive(move || {
        people.shown.with(|shown| match (&shown.value, &shown.problem) {
            (Some(_), _) if row.with(Option::is_none) => Stage::Empty,
            (Some(_), _) => Stage::Ready,
            (None, Some(error)) => failed(error),
            (None, None) => Stage::Loading,
        })
    });
    let words = move || {
        let none = (Text::PersonUnknown, Text::PersonUnknownAdvice);
        people.shown.with(|shown| {
            shown.problem.as_ref().map(|error| problem(i18n, error, none, Text::PeopleReaders))
        })
    };
    let again = Callback::new(move |()| people.request());
    view! {
        <a class="back-link" href=Page::People.path()>
            <Icon name=IconName::Back />
            <span>{i18n.t(Text::People)}</span>
        </a>
        <AsyncView
            stage
            loading=i18n.t(Text::PeopleLoading)
            empty_title=i18n.t(Text::PersonUnknown)
            empty_advice=i18n.t(Text::PersonUnknownAdvice)
            error_title=move || words().map(|words| words.title).unwrap_or_default()
            error_advice=move || words().map(|words| words.advice).unwrap_or_default()
            retry=i18n.t(Text::TryAgain)
            on_retry=again
            busy=people.is_busy
        >
            <Known row again />
        </AsyncView>
    }
}

/// The panels that the reader may use, as the server decides it. A panel is drawn again only when
/// its own facts change. So the others keep what was typed, and the link that is shown once.
#[component]
fn Known(row: Memo<Option<PersonRow>>, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let places = use_places();
    let own_roles = StoredValue::new(granted());
    let issued = RwSignal::new(None);
    let may = move |roles: &'static [PersonRole]| {
        Memo::new(move |_| {
            let theirs = row.get().map(|row| row.roles).unwrap_or_default();
            places.all.with(|all| own_roles.with_value(|own| is_within(all, own, roles, &theirs)))
        })
    };
    let manages = may(&[PersonRole::Admin]);
    let sets_pin = may(&[PersonRole::Admin, PersonRole::SiteManager]);
    let name = move || row.get().map(|row| row.name);
    let facts = move || {
        row.get().map(|row| format!("{} · {}", row.person, roles_words(&row, i18n.language())))
    };
    let of_person = Memo::new(move |_| row.get().map(|row| (row.person, row.name, row.roles)));
    let change = move || {
        let (person, name, roles) = of_person.get().filter(|_| manages.get())?;
        Some(view! { <Change person name roles places again /> })
    };
    let of_pin = Memo::new(move |_| row.get().map(|row| (row.person, row.name, row.pin_set_at)));
    let pin = move || {
        let (person, name, set_at) = of_pin.get().filter(|_| sets_pin.get())?;
        Some(view! { <PinForm person name set_at again /> })
    };
    let access = move || {
        let row = row.get().filter(|_| manages.get())?;
        Some(view! {
            <Invitation row=row.clone() issued again />
            <Sessions row=row.clone() again />
            <Remove row />
        })
    };
    view! {
        <div class="page-head"><h1>{name}</h1></div>
        <p class="muted" data-testid="person-facts">{facts}</p>
        <div class="person-panels">
            <div class="stack">{change} {pin}</div>
            <div class="stack">{access}</div>
        </div>
    }
}

/// Name and roles. They are saved together.
#[component]
fn Change(
    person: PersonId,
    name: String,
    roles: Vec<RoleAt>,
    places: Places,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let name = RwSignal::new(name);
    let roles: RwSignal<Vec<RoleAt>> = RwSignal::new(roles);
    let busy = RwSignal::new(false);
    let refusal: RwSignal<Option<PersonRefusal>> = RwSignal::new(None);
    let failure: RwSignal<Option<HttpError>> = RwSignal::new(None);
    let person = StoredValue::new(person);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        failure.set(None);
        let request =
            ChangePersonRequest { name: name.get_untracked(), roles: roles.get_untracked() };
        let problem = match (plain_name(&request.name), request.roles.is_empty()) {
            (Err(_), _) => Some(PersonRefusal::BadName),
            (Ok(_), true) => Some(PersonRefusal::NoRole),
            (Ok(_), false) => None,
        };
        refusal.set(problem);
        if problem.is_some() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::change_person(&person.get_value(), &request).await {
                Ok(()) => {
                    notices.show(ShownNotice::new(Tone::Positive, Text::PersonSaved));
                    again.run(());
                }
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
                error=error_of(&[PersonRefusal::BadName])
                autocomplete="off"
                test_id="person-name"
            />
            <RolesEditor
                roles
                places=places.own
                words=places.words
                error=error_of(&[
                    PersonRefusal::NoRole,
                    PersonRefusal::LastAdministrator,
                    PersonRefusal::WorksElsewhere,
                ])
            />
            {failed}
            <div class="cluster">
                <Button label=i18n.t(Text::PersonSave) kind=ButtonKind::Primary submits=true busy test_id="person-save" />
            </div>
        </form>
    }
}
