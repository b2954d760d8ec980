//! The site's own settings: the guide with its pars, the receiving hours, the instructions for
//! drivers, and the contacts.

use calloff_core::calendar::IsoWeekday;
use calloff_core::ids::ContactId;
use calloff_core::register::Register;
use calloff_core::site::{Command, Contact, ReceivingHours};
use jiff::civil::Time;
use leptos::prelude::*;

use super::conflicts::Conflict;
use super::guide::weekday_text;
use super::guide_editor::{GuideEditor, say_with_undo};
use crate::components::Button;
use crate::components::notices::{ShownNotice, Tone};
use crate::i18n::{Text, use_i18n};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::use_tablet;
use crate::tablet::state::workspace::new_id;

#[component]
pub fn SitePage() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    view! {
        <div class="page-head">
            <h1>{move || i18n.fill(Text::SiteTitle, &[("site", &tablet.enrolment().granted.site_name)])}</h1>
            <div class="page-actions">
                <a class="button" data-testid="open-guide" href=Page::Guide.path()>{i18n.t(Text::NavGuide)}</a>
            </div>
        </div>
        <div class="stack gap-6">
            <GuideEditor />
            <Hours />
            <Instructions />
            <Contacts />
        </div>
    }
}

#[component]
fn Hours() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card stack" data-testid="hours">
            <h2 class="card-title">{i18n.t(Text::ReceivingHours)}</h2>
            <ul role="list" class="lines">
                {IsoWeekday::ALL.map(|weekday| view! { <li><HoursOfDay weekday /></li> }).collect_view()}
            </ul>
        </section>
    }
}

/// The receiving hours of one day. The day has hours only if both times are set.
#[component]
fn HoursOfDay(weekday: IsoWeekday) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let register = Memo::new(move |_| {
        tablet.workspace.settings().receiving_hours.get(&weekday).cloned().unwrap_or_default()
    });
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        let hours = register.with(|register| register.value);
        from.set(hours.map(|hours| clock_time(hours.from)).unwrap_or_default());
        to.set(hours.map(|hours| clock_time(hours.to)).unwrap_or_default());
    });
    let set = Callback::new(move |hours: Option<ReceivingHours>| {
        tablet.say(vec![Command::SetReceivingHours { weekdays: [weekday].into(), hours }]);
    });
    let typed =
        move || Some(ReceivingHours { from: parse_time(&from.get())?, to: parse_time(&to.get())? });
    let is_backwards = move || typed().is_some_and(|hours| hours.from >= hours.to);
    // For a time that is half typed, the browser gives an empty text, as for an empty field.
    let is_half = move || from.with(String::is_empty) != to.with(String::is_empty);
    let changed = move |_| {
        let known = register.with_untracked(|register| register.value);
        let hours = untrack(typed);
        let is_cleared =
            from.with_untracked(String::is_empty) && to.with_untracked(String::is_empty);
        match hours {
            Some(hours) if Some(hours) != known && hours.from < hours.to => set.run(Some(hours)),
            None if is_cleared && known.is_some() => {
                let day = i18n.t(weekday_text(weekday))();
                let notice =
                    ShownNotice::new(Tone::Informative, Text::HoursRemoved).with("day", day);
                let hours =
                    |hours| vec![Command::SetReceivingHours { weekdays: [weekday].into(), hours }];
                say_with_undo(tablet, hours(None), notice, hours(known));
            }
            _ => {}
        }
    };
    let name = move |text: Text| {
        move || format!("{}, {}", i18n.t(weekday_text(weekday))(), i18n.t(text)())
    };
    let input = move |value: RwSignal<String>, text: Text, test_id: &'static str| {
        view! {
            <input type="time" aria-label=name(text) data-testid=test_id prop:value=value
                on:input=move |event| value.set(event_target_value(&event)) on:change=changed />
        }
    };
    let words = Callback::new(move |hours: Option<ReceivingHours>| {
        hours.map_or_else(
            || i18n.t(Text::NoDeliveries)().to_owned(),
            |hours| hours.to_string().replace('-', "–"),
        )
    });
    view! {
        <div class="hours-line" data-weekday=weekday.number().to_string()>
            <span class="line-name">{i18n.t(weekday_text(weekday))}</span>
            {input(from, Text::HoursFrom, "from")}
            <span aria-hidden="true">"–"</span>
            {input(to, Text::HoursTo, "to")}
            <span class="muted">
                {move || match (is_backwards(), is_half(), register.with(|register| register.value.is_none())) {
                    (true, ..) => i18n.t(Text::HoursBackwards)(),
                    (false, true, _) => i18n.t(Text::HoursIncomplete)(),
                    (false, false, true) => i18n.t(Text::NoDeliveries)(),
                    (false, false, false) => "",
                }}
            </span>
            {move || view! { <Conflict of=register.get() words on_choose=set /> }}
        </div>
    }
}

fn clock_time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn parse_time(text: &str) -> Option<Time> {
    text.parse().ok()
}

#[component]
fn Instructions() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let register = Memo::new(move |_| tablet.workspace.settings().delivery_instructions.clone());
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| typed.set(register.with(|register| register.value.clone())));
    let set = Callback::new(move |instructions: String| {
        tablet.say(vec![Command::SetDeliveryInstructions { instructions }]);
    });
    // Head office's instructions count until the site writes its own.
    let given = move || {
        let release = tablet.catalogue.release()?;
        release
            .catalogue
            .location(&tablet.enrolment().granted.site)?
            .site
            .as_ref()?
            .delivery_instructions
            .clone()
    };
    let changed = move |_| {
        let typed = typed.get_untracked();
        if register.with_untracked(|register| register.value != typed) {
            set.run(typed);
        }
    };
    let words = Callback::new(move |text: String| {
        if text.is_empty() { i18n.t(Text::NoInstructions)().to_owned() } else { text }
    });
    view! {
        <section class="card stack">
            <h2 class="card-title" id="instructions-title">{i18n.t(Text::DeliveryInstructions)}</h2>
            {move || given().map(|given| view! {
                <p class="muted" id="instructions-given" data-testid="instructions-given">
                    {i18n.fill(Text::InstructionsGiven, &[("instructions", &given)])}
                </p>
            })}
            <textarea data-testid="instructions" aria-labelledby="instructions-title" aria-describedby="instructions-given"
                maxlength="500" prop:value=typed
                on:input=move |event| typed.set(event_target_value(&event)) on:change=changed></textarea>
            {move || view! { <Conflict of=register.get() words on_choose=set /> }}
        </section>
    }
}

#[component]
fn Contacts() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let contacts = Memo::new(move |_| {
        let settings = tablet.workspace.settings();
        let is_there = |contact: &Register<Option<Contact>>| contact.values().any(Option::is_some);
        let there = settings.contacts.iter().filter(|(_, contact)| is_there(contact));
        there.map(|(id, contact)| (id.clone(), contact.clone())).collect::<Vec<_>>()
    });
    let add = Callback::new(move |details: Contact| match new_id::<ContactId>() {
        Ok(contact) => tablet.say(vec![Command::SetContact { contact, details: Some(details) }]),
        Err(error) => tablet.tell_failure(&error),
    });
    let words = Callback::new(move |contact: Option<Contact>| {
        contact
            .map_or_else(|| i18n.t(Text::Removed)().to_owned(), |contact| contact_words(&contact))
    });
    let row = move |(id, register): (ContactId, Register<Option<Contact>>)| {
        let settle = {
            let id = id.clone();
            Callback::new(move |details| {
                tablet.say(vec![Command::SetContact { contact: id.clone(), details }])
            })
        };
        let shown = register.value.clone();
        let remove_name = shown.as_ref().map(|contact| contact.name.clone()).unwrap_or_default();
        let remove = {
            let (id, before, name) = (id.clone(), shown.clone(), remove_name.clone());
            move |_| {
                let notice =
                    ShownNotice::new(Tone::Informative, Text::ContactRemoved).with("name", &name);
                let set = |details| vec![Command::SetContact { contact: id.clone(), details }];
                say_with_undo(tablet, set(None), notice, set(before.clone()));
            }
        };
        view! {
            <li class="line contact-line" data-testid="contact">
                {shown.map(|contact| view! {
                    <span class="line-what"><span class="line-name">{contact.name}</span><span class="muted">{contact.role}</span></span>
                    <a class="button" href=format!("tel:{}", contact.telephone)>{contact.telephone.clone()}</a>
                })}
                <button type="button" class="line-remove" data-testid="remove-contact" on:click=remove
                    aria-label=move || i18n.fill(Text::RemoveNamed, &[("name", &remove_name)])>
                    <span aria-hidden="true">"✕"</span>
                </button>
                <Conflict of=register words on_choose=settle />
            </li>
        }
    };
    view! {
        <section class="card stack">
            <h2 class="card-title">{i18n.t(Text::Contacts)}</h2>
            <ul role="list" class="lines">{move || contacts.get().into_iter().map(row).collect_view()}</ul>
            <NewContact on_add=add />
        </section>
    }
}

fn contact_words(contact: &Contact) -> String {
    let parts = [&contact.name, &contact.role, &contact.telephone];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}

#[component]
fn NewContact(on_add: Callback<Contact>) -> impl IntoView {
    let i18n = use_i18n();
    let (name, role, telephone) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let is_nameless = RwSignal::new(false);
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let take = |field: RwSignal<String>| {
            field.try_update(std::mem::take).unwrap_or_default().trim().to_owned()
        };
        is_nameless.set(name.with_untracked(|name| name.trim().is_empty()));
        if !is_nameless.get_untracked() {
            on_add.run(Contact { name: take(name), role: take(role), telephone: take(telephone) });
        }
    };
    let input = move |field: RwSignal<String>,
                      text: Text,
                      kind: &'static str,
                      test_id: &'static str| {
        view! {
            <label class="form-field">
                <span>{i18n.t(text)}</span>
                <input type=kind maxlength="60" autocomplete="off" data-testid=test_id
                    prop:value=field on:input=move |event| field.set(event_target_value(&event)) />
            </label>
        }
    };
    view! {
        <form class="form-line" on:submit=add>
            {input(name, Text::ContactName, "text", "contact-name")}
            {input(role, Text::ContactRole, "text", "contact-role")}
            {input(telephone, Text::Telephone, "tel", "contact-telephone")}
            <Button label=i18n.t(Text::AddContact) submits=true test_id="contact-add" />
            <p class="field-error" role="alert" hidden=move || !is_nameless.get()>{i18n.t(Text::NameMissing)}</p>
        </form>
    }
}
