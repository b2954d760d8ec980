//! The question who is ordering. Every action carries a person's name.

use calloff_core::pin::Pin;
use calloff_core::wire::StaffMember;
use gloo_timers::callback::Interval;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Button, EmptyView, PinLabels, PinPad};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock;
use crate::tablet::state::hints;
use crate::tablet::state::tablet::use_tablet;

/// Time for the browser to draw the message before a PIN is checked. During the check it draws
/// nothing.
const DRAWN_MS: u32 = 50;

#[component]
pub fn PersonPicker() -> impl IntoView {
    let people = use_tablet().people;
    move || match people.asked() {
        Some(member) => view! { <PinEntry member /> }.into_any(),
        None => view! { <Names /> }.into_any(),
    }
}

#[component]
fn Names() -> impl IntoView {
    let i18n = use_i18n();
    let people = use_tablet().people;
    let name = move |member: StaffMember| {
        let picked = member.clone();
        view! {
            <li>
                <button type="button" class="person-option" data-testid="person-option" data-person=member.id.to_string()
                    on:click=move |_| people.pick(picked.clone())>
                    <Initial name=member.name.clone() />
                    {member.name}
                    {member.pin.is_some().then(|| view! { <small class="person-pin muted">{i18n.t(Text::Pin)}</small> })}
                </button>
            </li>
        }
    };
    let names = move || people.staff().into_iter().map(name).collect_view();
    let is_empty = move || people.staff().is_empty();
    view! {
        <div class="stack" data-testid="person-picker">
            <h1>{i18n.t(Text::WhoOrders)}</h1>
            <p class="muted">{i18n.t(Text::WhoOrdersLead)}</p>
            <ul role="list" class="grid gap-3 column-14">{names}</ul>
            <Show when=is_empty>
                <EmptyView message=Signal::derive(move || i18n.t(Text::NoStaff)().to_owned()) />
            </Show>
        </div>
    }
}

/// The result of the last PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checked {
    NotYet,
    Checking,
    Wrong,
    /// No PIN is checked for this number of seconds.
    Wait(u64),
}

#[component]
fn PinEntry(member: StaffMember) -> impl IntoView {
    let i18n = use_i18n();
    let people = use_tablet().people;
    let typed = RwSignal::new(String::new());
    let wait = {
        let person = member.id.clone();
        move || {
            hints::wrong_pins(&person)
                .wait(clock::now_ms())
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX)
        }
    };
    let waiting = move |seconds| if seconds == 0 { None } else { Some(Checked::Wait(seconds)) };
    let checked = RwSignal::new(waiting(wait()).unwrap_or(Checked::NotYet));
    count_down(checked, wait.clone());
    let enter = move || {
        let Ok(pin) = Pin::parse(&typed.get_untracked()) else { return };
        if !matches!(checked.get_untracked(), Checked::NotYet | Checked::Wrong) {
            return;
        }
        checked.set(Checked::Checking);
        let wait = wait.clone();
        spawn_local(async move {
            TimeoutFuture::new(DRAWN_MS).await;
            // If the PIN was right, this page is gone.
            if !people.enter(&pin) {
                typed.set(String::new());
                checked.set(waiting(wait()).unwrap_or(Checked::Wrong));
            }
        });
    };
    let said = move || match checked.get() {
        Checked::NotYet => String::new(),
        Checked::Checking => i18n.t(Text::PinChecking)().to_owned(),
        Checked::Wrong => i18n.t(Text::PinWrong)().to_owned(),
        Checked::Wait(seconds) => i18n.fill(Text::PinWait, &[("seconds", &seconds.to_string())]),
    };
    let labels = move || PinLabels {
        pin: i18n.t(Text::Pin)(),
        backspace: i18n.t(Text::Backspace)(),
        enter: i18n.t(Text::PinEnter)(),
    };
    let is_busy =
        Signal::derive(move || matches!(checked.get(), Checked::Checking | Checked::Wait(_)));
    let name = member.name.clone();
    view! {
        <section class="pin-entry" data-testid="pin-entry" data-person=member.id.to_string()>
            <div class="pin-person">
                <Initial name=member.name.clone() />
                <h1>{move || i18n.fill(Text::PinTitle, &[("name", &name)])}</h1>
            </div>
            <p class="pin-said" role="status" data-testid="pin-said" data-wrong=move || (checked.get() != Checked::Checking).to_string()>{said}</p>
            <PinPad typed labels=Signal::derive(labels) busy=is_busy on_enter=Callback::new(move |()| enter()) />
            <Button label=i18n.t(Text::PinOther) on_press=move |()| people.leave() test_id="pin-other" />
            <p class="muted">{i18n.t(Text::PinForgotten)}</p>
        </section>
    }
}

/// Counts a wait down by the second, as long as the page is shown.
fn count_down(checked: RwSignal<Checked>, wait: impl Fn() -> u64 + 'static) {
    let timer = Interval::new(1_000, move || {
        if matches!(checked.try_get_untracked(), Some(Checked::Wait(_))) {
            let left = wait();
            checked.set(if left == 0 { Checked::NotYet } else { Checked::Wait(left) });
        }
    });
    let timer = StoredValue::new_local(Some(timer));
    on_cleanup(move || drop(timer.try_update_value(Option::take)));
}

#[component]
fn Initial(name: String) -> impl IntoView {
    view! { <span class="person-initial" aria-hidden="true">{name.chars().next().map(String::from)}</span> }
}
