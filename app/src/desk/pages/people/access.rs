//! What people do with one person's access: invite them, set their PIN, end their sessions, remove
//! them. Each panel says what happens before anybody presses a button.

use calloff_core::ids::{LocationId, PersonId};
use calloff_core::pin::{Pin, PinError};
use calloff_core::wire::{
    InvitationResponse, PersonRefusal, PersonRole, PersonRow, PinRequest, PlaceRow, RoleAt,
};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::invitation::IssuedInvitation;
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{Button, ButtonKind, Dialog, Field, Tone, written_instant};
use crate::desk::model::places::looked_after;
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{I18n, Sentence, Text, person_refusal, role_text, use_i18n};
use crate::platform::clock::{self, Style};
use crate::platform::http::HttpError;

/// The places that the signed-in person sees, and those that they administer.
#[derive(Clone, Copy)]
pub struct Places {
    pub all: Signal<Vec<PlaceRow>>,
    pub own: Signal<Vec<PlaceRow>>,
    /// A role with the name of its place.
    pub words: Callback<RoleAt, String>,
}

/// The roles of the signed-in person.
pub fn granted() -> Vec<RoleAt> {
    match use_desk().who() {
        Who::Person(session) => session.roles.clone(),
        Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => Vec::new(),
    }
}

/// Fetches the places.
pub fn use_places() -> Places {
    let i18n = use_i18n();
    let granted = granted();
    let places = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::places()));
    let all = Memo::new(move |_| {
        places.shown.get().value.map(|rows| (*rows).clone()).unwrap_or_default()
    });
    let own = Memo::new(move |_| all.with(|all| looked_after(all, &granted, &[PersonRole::Admin])));
    let name = move |place: &LocationId| {
        all.with(|all| all.iter().find(|row| row.place == *place).map(|row| row.name.clone()))
            .unwrap_or_else(|| place.to_string())
    };
    let words = Callback::new(move |at: RoleAt| {
        format!("{} ({})", i18n.t(role_text(at.role))(), name(&at.location))
    });
    Places { all: all.into(), own: own.into(), words }
}

/// The words for a refusal that concerns one of these fields.
pub fn problem_of(
    i18n: I18n,
    refusal: Option<PersonRefusal>,
    fields: &[PersonRefusal],
) -> Option<String> {
    let why = refusal.filter(|why| fields.contains(why))?;
    Some(i18n.fill(person_refusal(why), &[]))
}

/// Shows why something was not done, in a notice.
fn tell(notices: Notices, error: &HttpError) {
    let why = match api::person_refusal(error) {
        Some(why) => Sentence::from(person_refusal(why)),
        None => Sentence::from(error),
    };
    notices
        .show(ShownNotice::new(Tone::Negative, Text::PersonNotDone).with_sentence("reason", why));
}

/// Invites the person, and takes an open invitation back.
#[component]
pub fn Invitation(
    row: PersonRow,
    /// The link that was issued here. The page keeps it, because it is shown once.
    issued: RwSignal<Option<InvitationResponse>>,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let busy = RwSignal::new(false);
    let (person, name) = (StoredValue::new(row.person.clone()), row.name.clone());
    let open = row.invited_until.filter(|until| *until > clock::now_ms());
    let invite = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match api::invite(&person.get_value()).await {
                Ok(answer) => {
                    issued.set(Some(answer));
                    again.run(());
                }
                Err(error) => tell(notices, &error),
            }
            busy.set(false);
        });
    });
    let revoke = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match api::revoke_invitation(&person.get_value()).await {
                Ok(()) => {
                    issued.set(None);
                    again.run(());
                }
                Err(error) => tell(notices, &error),
            }
            busy.set(false);
        });
    });
    let state = {
        let name = name.clone();
        move || match open {
            Some(until) => {
                let time = written_instant(i18n, until, Style::DateTime);
                i18n.fill(Text::InvitationOpen, &[("time", &time)])
            }
            None if row.has_password => i18n.fill(Text::InvitationAgain, &[("name", &name)]),
            None => i18n.fill(Text::InvitationFirst, &[("name", &name)]),
        }
    };
    let label = if open.is_some() { Text::InvitationReissue } else { Text::InvitationIssue };
    let link = move || {
        let name = name.clone();
        issued.get().map(|invitation| view! { <IssuedInvitation invitation name /> })
    };
    view! {
        <section class="panel" data-testid="person-invitation">
            <h2>{i18n.t(Text::InvitationTitle)}</h2>
            <p class="muted">{state}</p>
            {link}
            <div class="cluster">
                <Button label=i18n.t(label) busy on_press=invite test_id="person-invite" />
                {move || (open.is_some() || issued.with(Option::is_some)).then(|| view! {
                    <Button label=i18n.t(Text::InvitationRevoke) kind=ButtonKind::Quiet busy on_press=revoke test_id="invitation-revoke" />
                })}
            </div>
        </section>
    }
}

/// Sets the PIN by which the person signs in on the tablets of their sites.
#[component]
pub fn PinForm(
    person: PersonId,
    name: String,
    /// When the PIN was set, in milliseconds since the Unix epoch. `None` without a PIN.
    set_at: Option<i64>,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let busy = RwSignal::new(false);
    let digits = RwSignal::new(String::new());
    let failure: RwSignal<Option<Text>> = RwSignal::new(None);
    let person = StoredValue::new(person);
    let send = move |pin: Option<String>| {
        busy.set(true);
        spawn_local(async move {
            let text = if pin.is_some() { Text::PinWasSet } else { Text::PinWasRemoved };
            match api::put_pin(&person.get_value(), &PinRequest { pin }).await {
                Ok(()) => {
                    digits.set(String::new());
                    notices.show(ShownNotice::new(Tone::Positive, text));
                    again.run(());
                }
                Err(error) => tell(notices, &error),
            }
            busy.set(false);
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = digits.get_untracked().trim().to_owned();
        match Pin::choose(&typed) {
            Ok(_) => send(Some(typed)),
            Err(PinError::Digits | PinError::Hash) => failure.set(Some(Text::PinNeedsDigits)),
            Err(PinError::TooEasy) => failure.set(Some(Text::PinTooEasy)),
        }
    };
    let state = move || match set_at {
        Some(at) => {
            let time = written_instant(i18n, at, Style::DateTime);
            i18n.fill(Text::PinSince, &[("name", &name), ("time", &time)])
        }
        None => i18n.fill(Text::PinNone, &[("name", &name)]),
    };
    let error = Signal::derive(move || failure.get().map(|text| i18n.fill(text, &[])));
    view! {
        <section class="panel" data-testid="person-pin">
            <h2>{i18n.t(Text::Pin)}</h2>
            <p class="muted">{state}</p>
            <form class="pin-form" on:submit=submit novalidate>
                <Field
                    id="pin-digits"
                    label=i18n.t(Text::PinNew)
                    value=digits
                    on_input=Callback::new(move |typed| {
                        failure.set(None);
                        digits.set(typed);
                    })
                    hint=i18n.t(Text::PinHint)
                    error
                    autocomplete="off"
                    test_id="pin-digits"
                />
                <div class="cluster">
                    <Button label=i18n.t(Text::PinSetIt) submits=true busy test_id="pin-save" />
                    {set_at.is_some().then(|| view! {
                        <Button label=i18n.t(Text::PinRemoveIt) kind=ButtonKind::Quiet busy
                            on_press=Callback::new(move |()| send(None)) test_id="pin-remove" />
                    })}
                </div>
            </form>
        </section>
    }
}

/// Signs the person out everywhere.
#[component]
pub fn Sessions(row: PersonRow, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let busy = RwSignal::new(false);
    let person = StoredValue::new(row.person.clone());
    let count = usize::try_from(row.sessions).unwrap_or(usize::MAX);
    let end = Callback::new(move |()| {
        busy.set(true);
        spawn_local(async move {
            match api::end_sessions(&person.get_value()).await {
                Ok(()) => again.run(()),
                Err(error) => tell(notices, &error),
            }
            busy.set(false);
        });
    });
    let state = move || match count {
        0 => i18n.fill(Text::SessionsNone, &[]),
        _ => i18n.count(count, Text::SessionsOne, Text::SessionsOther),
    };
    view! {
        <section class="panel" data-testid="person-sessions">
            <h2>{i18n.t(Text::SessionsTitle)}</h2>
            <p class="muted">{state}</p>
            {(count > 0).then(|| view! {
                <div class="cluster">
                    <Button label=i18n.t(Text::SessionsEnd) busy on_press=end test_id="sessions-end" />
                </div>
            })}
        </section>
    }
}

/// Removes the person. The dialog's focus is on *Cancel*, because nothing brings them back.
#[component]
pub fn Remove(row: PersonRow) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let navigate = use_navigate();
    let asks = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let person = StoredValue::new(row.person.clone());
    let name = row.name;
    let remove = {
        let name = name.clone();
        Callback::new(move |()| {
            busy.set(true);
            let (navigate, name) = (navigate.clone(), name.clone());
            spawn_local(async move {
                match api::remove_person(&person.get_value()).await {
                    Ok(()) => {
                        asks.set(false);
                        notices.show(
                            ShownNotice::new(Tone::Positive, Text::PersonRemoved)
                                .with("name", name),
                        );
                        navigate(&Page::People.path(), NavigateOptions::default());
                    }
                    Err(error) => {
                        asks.set(false);
                        busy.set(false);
                        tell(notices, &error);
                    }
                }
            });
        })
    };
    let title = Signal::derive(move || i18n.fill(Text::PersonRemoveSure, &[("name", &name)]));
    let close_label = Signal::derive(move || i18n.t(Text::Close)().to_owned());
    view! {
        <section class="panel" data-testid="person-removal">
            <h2>{i18n.t(Text::PersonRemoveTitle)}</h2>
            <p class="muted">{i18n.t(Text::PersonRemoveMeans)}</p>
            <div class="cluster">
                <Button label=i18n.t(Text::PersonRemove) on_press=Callback::new(move |()| asks.set(true)) test_id="person-remove" />
            </div>
            <Dialog open=asks label=title close_label>
                <div class="stack" data-testid="person-remove-dialog">
                    <h2>{title}</h2>
                    <p>{i18n.t(Text::PersonRemoveMeans)}</p>
                    <div class="cluster">
                        <Button label=i18n.t(Text::Cancel) autofocus=true on_press=move |()| asks.set(false) />
                        <Button label=i18n.t(Text::PersonRemove) kind=ButtonKind::Primary busy on_press=remove test_id="person-remove-confirm" />
                    </div>
                </div>
            </Dialog>
        </section>
    }
}
