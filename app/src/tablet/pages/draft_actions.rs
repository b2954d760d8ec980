//! Actions on a whole draft: naming it, handing it over, discarding it, bringing it back.

use calloff_core::ids::DocumentId;
use calloff_core::order::{Command, Discard, OrderState};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::conflicts::Conflict;
use super::order_title::{title_of, title_words};
use crate::components::notices::{ShownNotice, Tone};
use crate::components::{Button, ButtonKind, ButtonSize, Dialog, written_instant};
use crate::i18n::{I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::{Press, ThisTablet, use_tablet};

/// The title of the order, for a message.
fn called(tablet: ThisTablet, i18n: I18n, order: &OrderState) -> String {
    untrack(|| title_words(i18n, &title_of(tablet, order)))
}

/// The buttons beside the title of a draft.
#[component]
pub fn DraftActions(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let (names, hands_over) = (RwSignal::new(false), RwSignal::new(false));
    let press = Press::default();
    let navigate = StoredValue::new_local(use_navigate());
    let discard = move |()| {
        let Some(view) = tablet.workspace.order_untracked(order) else { return };
        let name = called(tablet, i18n, &view.state);
        tablet.dispatch_once(press, order, vec![Command::KeepOrder { keep: false }], move || {
            let notice =
                ShownNotice::new(Tone::Informative, Text::OrderDiscarded).with("order", name);
            tablet.notices.show(notice.action(Text::Undo, move || {
                tablet.dispatch(order, vec![Command::KeepOrder { keep: true }], || ());
            }));
            navigate.with_value(|navigate| navigate(&Page::Home.path(), Default::default()));
        });
    };
    view! {
        <Button label=i18n.t(Text::NameOrder) on_press=move |()| names.set(true) test_id="name-order" />
        <Button label=i18n.t(Text::HandOver) on_press=move |()| hands_over.set(true) test_id="hand-over" />
        <Button label=i18n.t(Text::Discard) on_press=discard test_id="discard" />
        <NameDialog order open=names />
        <HandOverDialog order open=hands_over />
    }
}

#[component]
fn NameDialog(order: DocumentId, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if open.get() {
            let view = tablet.workspace.order_untracked(order);
            typed.set(view.map(|view| view.state.name.value.clone()).unwrap_or_default());
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = typed.get_untracked().trim().to_owned();
        tablet.dispatch(order, vec![Command::SetName { name }], move || open.set(false));
    };
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    view! {
        <Dialog open label=words(Text::NameOrderTitle) close_label=words(Text::Close)>
            <form class="stack send-dialog" on:submit=save>
                <h2><label for="order-name">{i18n.t(Text::NameOrderTitle)}</label></h2>
                <input id="order-name" type="text" maxlength="60" autocomplete="off" data-testid="order-name"
                    placeholder=i18n.t(Text::NameOrderHint) prop:value=typed
                    on:input=move |event| typed.set(event_target_value(&event)) />
                <Button label=i18n.t(Text::SaveName) kind=ButtonKind::Primary size=ButtonSize::LargeAndWide submits=true test_id="save-name" />
            </form>
        </Dialog>
    }
}

#[component]
fn HandOverDialog(order: DocumentId, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let holder =
        move || view.with(|view| view.as_ref().map(|view| view.state.held_by().to_owned()));
    let others = move || {
        let holder = holder();
        let staff = tablet.people.staff().into_iter().map(|member| member.name);
        staff.filter(|name| Some(name) != holder.as_ref()).collect::<Vec<_>>()
    };
    let hand_over = move |to: String| {
        let Some(view) = tablet.workspace.order_untracked(order) else { return };
        let (before, title) = (view.state.held_by().to_owned(), called(tablet, i18n, &view.state));
        tablet.dispatch(order, vec![Command::HandOver { to: to.clone() }], move || {
            open.set(false);
            let notice = ShownNotice::new(Tone::Informative, Text::HandedOver)
                .with("order", title)
                .with("name", to);
            tablet.notices.show(notice.action(Text::Undo, move || {
                tablet.dispatch(order, vec![Command::HandOver { to: before.clone() }], || ());
            }));
        });
    };
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    let list = move || {
        let others = others();
        if others.is_empty() {
            return view! { <p class="muted">{i18n.t(Text::HandOverNobody)}</p> }.into_any();
        }
        let person = |name: String| {
            let to = name.clone();
            view! {
                <li>
                    <button type="button" class="person-option" data-testid="hand-over-to" on:click=move |_| hand_over(to.clone())>
                        <span class="person-initial" aria-hidden="true">{name.chars().next().map(String::from)}</span>
                        {name}
                    </button>
                </li>
            }
        };
        view! { <ul role="list" class="stack gap-2">{others.into_iter().map(person).collect_view()}</ul> }.into_any()
    };
    view! {
        <Dialog open label=words(Text::HandOverTitle) close_label=words(Text::Close)>
            <div class="stack send-dialog" data-testid="hand-over-dialog">
                <h2>{i18n.t(Text::HandOverTitle)}</h2>
                {list}
            </div>
        </Dialog>
    }
}

fn discard_words(i18n: I18n, text: Text, discard: &Discard) -> String {
    let time = written_instant(i18n, discard.at, Style::DateTime);
    i18n.fill(text, &[("name", &discard.by), ("time", &time)])
}

/// Says that a person discarded the order, with a button that brings it back.
#[component]
pub fn Discarded(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let press = Press::default();
    let discard =
        move || view.with(|view| view.as_ref().and_then(|view| view.state.discarded.clone()));
    view! {
        <section class="callout stack gap-2" data-tone="neutral" data-testid="discarded">
            <p>{move || discard().map(|discard| discard_words(i18n, Text::DiscardedBy, &discard))}</p>
            <Button label=i18n.t(Text::BringBack) kind=ButtonKind::Primary test_id="bring-back"
                on_press=move |()| tablet.dispatch_once(press, order, vec![Command::KeepOrder { keep: true }], || ()) />
        </section>
    }
}

/// Shows what two tablets did to a whole draft without knowing of each other.
#[component]
pub fn Overtaken(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let press = Press::default();
    let of = move || {
        view.with(|view| {
            view.as_ref().map(|view| {
                let state = &view.state;
                (
                    state.discarded.clone(),
                    state.name.clone(),
                    state.holder.clone(),
                    state.created_by.clone(),
                )
            })
        })
    };
    let of = Memo::new(move |_| of());
    move || {
        of.get().map(|(discard, name, holder, created_by)| {
            let discard = discard.map(|discard| {
                let words = move || discard_words(i18n, Text::DiscardOvertaken, &discard);
                view! {
                    <section class="callout stack gap-2" data-tone="caution" role="alert" data-testid="discard-overtaken">
                        <p>{words}</p>
                        <div class="cluster">
                            <Button label=i18n.t(Text::KeepLine) test_id="keep-order"
                                on_press=move |()| tablet.dispatch_once(press, order, vec![Command::KeepOrder { keep: true }], || ()) />
                            <Button label=i18n.t(Text::Discard)
                                on_press=move |()| tablet.dispatch_once(press, order, vec![Command::KeepOrder { keep: false }], || ()) />
                        </div>
                    </section>
                }
            });
            let words = Callback::new(move |name: String| if name.is_empty() { i18n.t(Text::NoName)().to_owned() } else { name });
            let names = Callback::new(move |name| tablet.dispatch(order, vec![Command::SetName { name }], || ()));
            let began = created_by.clone();
            let people = Callback::new(move |name: String| {
                if name.is_empty() { i18n.fill(Text::WithWhoBegan, &[("name", &began)]) } else { name }
            });
            let settle = Callback::new(move |to: String| {
                // An order cannot be handed over to an empty name. Here the empty name means the
                // person who began the order.
                let to = if to.is_empty() { created_by.clone() } else { to };
                tablet.dispatch(order, vec![Command::HandOver { to }], || ());
            });
            let about = |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
            view! {
                {discard}
                <Conflict of=name about=about(Text::NameConflict) words on_choose=names />
                <Conflict of=holder about=about(Text::HolderConflict) words=people on_choose=settle />
            }
        })
    }
}
