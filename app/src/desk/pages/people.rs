//! The pages of people: the list, a new person, one person, and the page behind an invitation.

mod access;
mod invitation;
mod new_person;
mod person;
mod roles;
mod welcome;

use std::sync::Arc;

use calloff_core::wire::{PersonRole, PersonRow};
use leptos::prelude::*;

use super::live_list::{ListSearch, ListWords, LiveList};
use crate::api;
use crate::components::{Column, DataTable, Direction, Sort, StatusBadge, Tone, written_instant};
use crate::desk::model::people_rows::{matching, roles_words};
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{I18n, Text, use_i18n};
use crate::platform::clock::{self, Style};

pub use access::use_places;
pub use new_person::NewPersonPage;
pub use person::PersonPage;
pub use welcome::WelcomePage;

/// The column by which people are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum PersonColumn {
    Name,
    SignInName,
    Roles,
    SignIn,
    Pin,
}

const COLUMNS: [(PersonColumn, Text, &str); 5] = [
    (PersonColumn::Name, Text::PersonName, "person-name"),
    (PersonColumn::SignInName, Text::SignInName, "person-id"),
    (PersonColumn::Roles, Text::PersonRoles, "person-roles"),
    (PersonColumn::SignIn, Text::PersonSignIn, "person-sign-in"),
    (PersonColumn::Pin, Text::Pin, "person-pin"),
];

/// Whether a person can sign in at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SignInState {
    Password,
    Invited { until: i64 },
    Nothing,
}

impl SignInState {
    fn of(row: &PersonRow) -> Self {
        match (row.has_password, row.invited_until) {
            (true, _) => Self::Password,
            (false, Some(until)) if until > clock::now_ms() => Self::Invited { until },
            (false, _) => Self::Nothing,
        }
    }
}

/// A person in the list, in the present language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    person: String,
    path: String,
    name: String,
    roles: String,
    sign_in: SignInState,
    has_pin: bool,
}

fn listed(row: &PersonRow, i18n: I18n) -> Listed {
    Listed {
        person: row.person.to_string(),
        path: Page::Person(row.person.clone()).path(),
        name: row.name.clone(),
        roles: roles_words(row, i18n.language()),
        sign_in: SignInState::of(row),
        has_pin: row.pin_set_at.is_some(),
    }
}

const WORDS: ListWords = ListWords {
    loading: Text::PeopleLoading,
    none: (Text::PeopleNone, Text::PeopleNoneAdvice),
    readers: Text::PeopleReaders,
};

#[component]
pub fn PeoplePage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let people = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::people()));
    let typed = RwSignal::new(String::new());
    let sort = RwSignal::new(Sort { column: PersonColumn::Name, direction: Direction::Ascending });
    let rows = Memo::new(move |_| {
        let rows = people.shown.get().value.unwrap_or_default();
        let found = typed.with(|typed| matching(&rows, typed, i18n.language()));
        let listed = found.iter().map(|row| listed(row, i18n)).collect();
        Arc::new(sorted(listed, sort.get()))
    });
    let columns =
        COLUMNS.map(|(id, text, class)| Column { id, label: i18n.t(text).into(), class }).to_vec();
    let add = desk.has(&[PersonRole::Admin]).then(|| {
        view! {
            <a class="button button-primary" href=Page::NewPerson.path() data-testid="person-add">
                {i18n.t(Text::PersonAdd)}
            </a>
        }
    });
    let search = ListSearch {
        label: Text::PeopleSearch,
        typed,
        is_without_match: Signal::derive(move || rows.with(|rows| rows.is_empty())),
        id: "people-search",
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::People)}</h1>{add}</div>
        <LiveList list=people is_empty=|rows| rows.is_empty() words=WORDS search>
            <DataTable
                caption=i18n.t(Text::People)
                columns=columns.clone()
                sort
                on_sort=Callback::new(move |column| sort.update(|sort| *sort = sort.pressed(column)))
                rows
                key=|row: &Listed| row.person.clone()
                draw=|row| view! { <Cells row /> }
                row_attribute="data-person"
                test_id="people-table"
            />
        </LiveList>
    }
}

#[component]
fn Cells(row: Listed) -> impl IntoView {
    let i18n = use_i18n();
    let roles = row.roles.clone();
    let pin = if row.has_pin { Text::PinIsSet } else { Text::PinIsNotSet };
    view! {
        <th scope="row" class="person-name"><a class="row-link" href=row.path data-testid="person-link">{row.name}</a></th>
        <td class="person-id">{row.person}</td>
        <td class="person-roles" title=roles><span class="two-lines">{row.roles}</span></td>
        <td class="person-sign-in"><SignInBadge state=row.sign_in /></td>
        <td class="person-pin">{i18n.t(pin)}</td>
    }
}

#[component]
fn SignInBadge(state: SignInState) -> impl IntoView {
    let i18n = use_i18n();
    let tone = match state {
        SignInState::Password => Tone::Positive,
        SignInState::Invited { .. } => Tone::Informative,
        SignInState::Nothing => Tone::Neutral,
    };
    let label = Signal::derive(move || match state {
        SignInState::Password => i18n.fill(Text::SignInByPassword, &[]),
        SignInState::Invited { until } => {
            let day = written_instant(i18n, until, Style::Date);
            i18n.fill(Text::InvitedUntil, &[("day", &day)])
        }
        SignInState::Nothing => i18n.fill(Text::SignInNothing, &[]),
    });
    view! { <StatusBadge tone label /> }
}

/// Sorts people. Equal ones keep the order of their names.
fn sorted(mut rows: Vec<Listed>, sort: Sort<PersonColumn>) -> Vec<Listed> {
    let name = |row: &Listed| (row.name.to_lowercase(), row.person.clone());
    rows.sort_by_cached_key(name);
    match sort.column {
        PersonColumn::Name => {}
        PersonColumn::SignInName => rows.sort_by_cached_key(|row| row.person.to_lowercase()),
        PersonColumn::Roles => rows.sort_by(|a, b| a.roles.cmp(&b.roles)),
        PersonColumn::SignIn => rows.sort_by_key(|row| row.sign_in),
        PersonColumn::Pin => rows.sort_by_key(|row| !row.has_pin),
    }
    if sort.direction == Direction::Descending {
        rows.reverse();
    }
    rows
}
