//! The ways of purchase orders to a supplier and their language, in the form.

use calloff_core::supplier::{OrderChannel, OrderLanguage};
use leptos::prelude::*;

use super::rows::{Editing, Moves, RemoveRow, focus_soon};
use crate::components::{Button, ButtonKind, Field};
use crate::desk::model::supplier_form::{Spot, Step, move_row, row, row_mut, with_destination};
use crate::i18n::{Text, channel_words, use_i18n};

const ADD: &str = "channel-add";

/// The channels in their order, the buttons for another one, and the language.
#[component]
pub fn Channels(editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let keys =
        move || form.with(|form| form.channels.iter().map(|row| row.key).collect::<Vec<_>>());
    let none = move || {
        form.with(|form| form.channels.is_empty())
            .then(|| view! { <p data-testid="channels-none">{i18n.t(Text::ChannelsNone)}</p> })
    };
    let add = move |label: Text, channel: fn(String) -> OrderChannel, test_id: &'static str| {
        let on_press = Callback::new(move |()| {
            if let Some(key) = form.try_update(|form| form.add_channel(channel(String::new()))) {
                focus_soon(field_id(key));
            }
        });
        view! { <Button label=i18n.t(label) kind=ButtonKind::Secondary on_press test_id=test_id /> }
    };
    view! {
        <section class="panel" data-testid="supplier-channels">
            <h2>{i18n.t(Text::ChannelsTitle)}</h2>
            <p class="muted">{i18n.t(Text::ChannelsLead)}</p>
            {none}
            <ol role="list" class="form-rows">
                <For each=keys key=|key| *key children=move |key| view! { <Channel key editing /> } />
            </ol>
            <div class="cluster" id=ADD>
                {add(Text::ChannelAddEmail, OrderChannel::Email, "channel-add-email")}
                {add(Text::ChannelAddFolder, OrderChannel::FileDrop, "channel-add-folder")}
                {add(Text::ChannelAddWebhook, OrderChannel::Webhook, "channel-add-webhook")}
            </div>
            <OrdersLanguage editing />
            <ForPeppol editing />
        </section>
    }
}

fn field_id(key: u64) -> String {
    format!("channel-{key}")
}

/// The label and the hint of a channel's destination. `None` for a person, who has none.
fn field_words(channel: &OrderChannel) -> Option<(Text, Text)> {
    match channel {
        OrderChannel::Manual => None,
        OrderChannel::Email(_) => Some((Text::ChannelEmailField, Text::ChannelEmailHint)),
        OrderChannel::FileDrop(_) => Some((Text::ChannelFolderField, Text::ChannelFolderHint)),
        OrderChannel::Webhook(_) => Some((Text::ChannelWebhookField, Text::ChannelWebhookLater)),
    }
}

#[component]
fn Channel(key: u64, editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let channel = Memo::new(move |_| form.with(|form| row(&form.channels, key).cloned()));
    let value = Memo::new(move |_| {
        channel
            .with(|channel| channel.as_ref().map(|channel| channel.destination().to_owned()))
            .unwrap_or_default()
    });
    let place = Memo::new(move |_| {
        form.with(|form| {
            let at = form.channels.iter().position(|row| row.key == key);
            at.map(|at| (at + 1, at + 1 == form.channels.len()))
        })
        .unwrap_or_default()
    });
    let name = Signal::derive(move || {
        let number = i18n.fill(Text::ChannelNumbered, &[("number", &place.get().0.to_string())]);
        channel.with(|channel| match channel {
            Some(channel) => format!("{number}, {}", channel_words(channel, i18n.language())),
            None => number,
        })
    });
    let set = Callback::new(move |typed: String| {
        form.update(|form| {
            if let Some(channel) = row_mut(&mut form.channels, key) {
                *channel = with_destination(channel, &typed);
            }
        });
    });
    // The kind of a row never changes, so its field is drawn once.
    let kind = channel.with_untracked(|channel| channel.as_ref().and_then(field_words));
    let field = match kind {
        Some((label, hint)) => view! {
            <Field
                id=field_id(key)
                label=i18n.t(label)
                hint=i18n.t(hint)
                value
                on_input=set
                error=editing.error(i18n, Spot::Channel(key))
                autocomplete="off"
                test_id="channel-destination"
            />
        }
        .into_any(),
        None => view! { <p>{i18n.t(Text::ChannelByHand)}</p> }.into_any(),
    };
    let on_move = Callback::new(move |step: Step| {
        form.update(|form| move_row(&mut form.channels, key, step));
        focus_soon(field_id(key));
    });
    let on_remove = Callback::new(move |()| {
        form.update(|form| form.channels.retain(|row| row.key != key));
        focus_soon(format!("{ADD} button"));
    });
    view! {
        <li class="form-row" data-testid="channel-row">
            <span class="row-number" aria-hidden="true">{move || place.get().0}</span>
            <div class="grow">{field}</div>
            <div class="row-buttons">
                <Moves is_first=Signal::derive(move || place.get().0 == 1) is_last=Signal::derive(move || place.get().1) name on_move />
                <RemoveRow name on_remove />
            </div>
        </li>
    }
}

/// The words for a language of orders.
pub fn language_text(language: OrderLanguage) -> Text {
    match language {
        OrderLanguage::En => Text::OrderLanguageEnglish,
        OrderLanguage::De => Text::OrderLanguageGerman,
    }
}

/// What an electronic order needs, whichever way it goes.
#[component]
fn ForPeppol(editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    view! {
        <div class="peppol-fields">
            <Field
                id="supplier-peppol"
                label=i18n.t(Text::PeppolField)
                hint=i18n.t(Text::PeppolHint)
                value=Memo::new(move |_| form.with(|form| form.peppol_id.clone()))
                on_input=Callback::new(move |typed: String| form.update(|form| form.peppol_id = typed))
                error=editing.error(i18n, Spot::PeppolId)
                autocomplete="off"
                test_id="supplier-peppol"
            />
            <Field
                id="supplier-country"
                label=i18n.t(Text::CountryField)
                hint=i18n.t(Text::CountryHint)
                value=Memo::new(move |_| form.with(|form| form.country.clone()))
                on_input=Callback::new(move |typed: String| form.update(|form| form.country = typed))
                error=editing.error(i18n, Spot::Country)
                autocomplete="off"
                test_id="supplier-country"
            />
        </div>
    }
}

#[component]
fn OrdersLanguage(editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let language = Memo::new(move |_| form.with(|form| form.language));
    let known = [OrderLanguage::En, OrderLanguage::De];
    let option = move |of: OrderLanguage| {
        view! {
            <option value=format!("{of:?}") selected=move || language.get() == of>
                {i18n.t(language_text(of))}
            </option>
        }
    };
    let choose = move |event| {
        let named = event_target_value(&event);
        if let Some(chosen) = known.into_iter().find(|of| format!("{of:?}") == named) {
            form.update(|form| form.language = chosen);
        }
    };
    view! {
        <div class="field order-language">
            <label for="order-language">{i18n.t(Text::OrderLanguageField)}</label>
            <select id="order-language" data-testid="order-language" on:change=choose
                prop:value=move || format!("{:?}", language.get())>
                {known.map(option).collect_view()}
            </select>
        </div>
    }
}
