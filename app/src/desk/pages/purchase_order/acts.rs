//! How far the purchase order is, why, and what procurement can do about it.

use calloff_core::wire::{
    ErrorCode, PersonRole, PurchaseOrderDetail, SendRequest, SentByHandRequest,
};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::LiveOrder;
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{Button, ButtonKind, Dialog, Field, Tone};
use crate::desk::model::purchase_order_acts::{
    Sending, advice, by_hand, may_be_by_hand, seen, sending,
};
use crate::desk::model::purchase_order_rows::state_text;
use crate::desk::pages::shell::may_see;
use crate::desk::routes::Page;
use crate::desk::state::session::{Who, use_desk};
use crate::i18n::{Sentence, Text, channel_words, use_i18n};
use crate::platform::http::HttpError;

type Detail = Memo<Option<PurchaseOrderDetail>>;

/// What an act needs: the purchase order as the person sees it, and where its answer goes.
#[derive(Clone, Copy)]
struct Acting {
    detail: Detail,
    order: LiveOrder,
    notices: Notices,
    busy: RwSignal<bool>,
}

impl Acting {
    /// The number, and how many dispatches the person saw. `None` after they left the page.
    fn seen(self) -> Option<(String, u32)> {
        let detail = self.detail.try_get_untracked().flatten()?;
        Some((detail.row.number.clone(), seen(&detail)))
    }

    /// Shows the answer to an act, or why nothing was done. Returns whether it was done.
    fn end(self, number: &str, done: Text, answer: Result<PurchaseOrderDetail, HttpError>) -> bool {
        self.busy.try_set(false);
        match answer {
            Ok(detail) => {
                self.order.put(detail);
                let notice = ShownNotice::new(Tone::Positive, done);
                self.notices.show(notice.with("number", number));
                true
            }
            Err(error) => {
                let why = match api::error_code(&error) {
                    Some(ErrorCode::Unprocessable) => Sentence::from(Text::SendSeenMore),
                    Some(ErrorCode::Forbidden) => Sentence::from(Text::SendReaders),
                    _ => Sentence::from(&error),
                };
                let notice = ShownNotice::new(Tone::Negative, Text::NothingChanged);
                self.notices.show(notice.with_sentence("reason", why));
                self.order.request();
                false
            }
        }
    }
}

/// The panel over the facts.
#[component]
pub fn Way(detail: Detail, order: LiveOrder) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let acting = Acting { detail, order, notices: expect_context(), busy: RwSignal::new(false) };
    let of = move |of: fn(&PurchaseOrderDetail) -> Option<Text>| {
        Memo::new(move |_| detail.with(|detail| detail.as_ref().and_then(of)))
    };
    let lead = of(|detail| Some(advice(detail)));
    let lead = move || lead.get().map(|text| i18n.t(text)());
    let tone = move || {
        detail.with(|detail| match detail.as_ref().map(|detail| state_text(detail.row.state).0) {
            Some(Tone::Caution) => Some("caution"),
            _ => None,
        })
    };
    let why = Memo::new(move |_| detail.with(|detail| detail.as_ref()?.why_person.clone()));
    let why = move || {
        why.get().map(|why| {
            view! {
                <details data-testid="why-person">
                    <summary>{i18n.t(Text::ForSupport)}</summary>
                    <code lang="en">{why}</code>
                </details>
            }
        })
    };
    let acts = if desk.has(&[PersonRole::Procurement]) {
        view! {
            <div class="cluster">
                <Send acting />
                <ByHand acting />
                <NotSent acting />
            </div>
        }
        .into_any()
    } else {
        let waits =
            Memo::new(move |_| detail.with(|detail| detail.as_ref().is_some_and(may_be_by_hand)));
        let by_procurement =
            move || waits.get().then(|| view! { <p class="muted">{i18n.t(Text::SendReaders)}</p> });
        view! { {by_procurement} }.into_any()
    };
    view! {
        <section class="panel" data-tone=tone data-testid="purchase-order-way">
            <p>{lead}</p>
            {why}
            <Channels detail />
            {acts}
        </section>
    }
}

/// The ways to the supplier, and the link to where they are kept.
#[component]
fn Channels(detail: Detail) -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let channels = Memo::new(move |_| {
        detail.with(|detail| detail.as_ref().map(|detail| detail.channels.clone()))
    });
    let page = Memo::new(move |_| {
        detail.with(|detail| Some(Page::Supplier(detail.as_ref()?.row.supplier.clone())))
    });
    let words = move || {
        let channels = channels.get().unwrap_or_default();
        let words = channels.iter().map(|channel| channel_words(channel, i18n.language()));
        let words: Vec<_> = words.collect();
        if words.is_empty() {
            i18n.t(Text::ChannelByHand)().to_owned()
        } else {
            words.join(" → ")
        }
    };
    let label = move || {
        let may = |page: &Page| match desk.who() {
            Who::Person(session) => may_see(&session, page),
            Who::Checking | Who::Nobody { .. } | Who::Unknown(_) => false,
        };
        match page.get().filter(may) {
            Some(page) => view! { <a href=page.path()>{i18n.t(Text::SupplierWays)}</a> }.into_any(),
            None => i18n.t(Text::SupplierWays).into_any(),
        }
    };
    view! { <p class="muted" data-testid="supplier-ways">{label}": "<span class="destination">{words}</span></p> }
}

/// The button that has the server send. It asks first if the supplier may have the order.
#[component]
fn Send(acting: Acting) -> impl IntoView {
    let i18n = use_i18n();
    let asks = RwSignal::new(false);
    let offered =
        Memo::new(move |_| acting.detail.with(|detail| detail.as_ref().and_then(sending)));
    // The dialog keeps its words while it closes, also when the order cannot be sent any more.
    let asked = RwSignal::new(Sending::Again);
    let send = move || {
        let Some((number, seen)) = acting.seen() else { return };
        acting.busy.set(true);
        spawn_local(async move {
            let answer = api::send_purchase_order(&number, &SendRequest { seen }).await;
            acting.end(&number, Text::SendAsked, answer);
            asks.try_set(false);
        });
    };
    let press = Callback::new(move |()| match offered.get_untracked() {
        Some(Sending::Now) => send(),
        Some(sending) => {
            asked.set(sending);
            asks.set(true);
        }
        None => {}
    });
    let button = move || {
        offered.get().map(|sending| {
            let (label, kind) = match sending {
                Sending::Now => (Text::SendOrder, ButtonKind::Primary),
                Sending::Perhaps => (Text::SendOrder, ButtonKind::Secondary),
                Sending::Again => (Text::SendAgain, ButtonKind::Secondary),
            };
            view! { <Button label=i18n.t(label) kind busy=acting.busy on_press=press test_id="send" /> }
        })
    };
    let words = move |again: Text, perhaps: Text| match asked.get() {
        Sending::Again | Sending::Now => again,
        Sending::Perhaps => perhaps,
    };
    let title = titled(acting, move || words(Text::SendAgainSure, Text::SendPerhapsSure));
    let means = move || i18n.t(words(Text::SendAgainMeans, Text::SendPerhapsMeans))();
    let label = move || i18n.t(words(Text::SendAgain, Text::SendOrder))();
    view! {
        {button}
        <Dialog open=asks label=title close_label=closing()>
            <div class="stack" data-testid="send-dialog">
                <h2>{title}</h2>
                <p>{means}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) autofocus=true on_press=move |()| asks.set(false) />
                    <Button label kind=ButtonKind::Primary busy=acting.busy on_press=Callback::new(move |()| send()) test_id="send-confirm" />
                </div>
            </div>
        </Dialog>
    }
}

/// Notes that a person sent the purchase order, and how.
#[component]
fn ByHand(acting: Acting) -> impl IntoView {
    let i18n = use_i18n();
    let asks = RwSignal::new(false);
    let note = RwSignal::new(String::new());
    let lacks_note = RwSignal::new(false);
    let is_offered = Memo::new(move |_| {
        acting.detail.with(|detail| detail.as_ref().is_some_and(may_be_by_hand))
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = note.with_untracked(|note| note.trim().to_owned());
        lacks_note.set(typed.is_empty());
        let Some((number, seen)) = acting.seen() else { return };
        if typed.is_empty() || acting.busy.get_untracked() {
            return;
        }
        acting.busy.set(true);
        spawn_local(async move {
            let request = SentByHandRequest { seen, note: typed };
            let answer = api::sent_by_hand(&number, &request).await;
            // What was typed stays for the next attempt if nothing was noted.
            if acting.end(&number, Text::SentByHandNoted, answer) {
                note.try_set(String::new());
            }
            // The notice that says why is below the dialog.
            asks.try_set(false);
        });
    };
    let button = move || {
        is_offered.get().then(|| {
            view! { <Button label=i18n.t(Text::SentByHand) on_press=Callback::new(move |()| asks.set(true)) test_id="by-hand" /> }
        })
    };
    let title = titled(acting, || Text::SentByHandTitle);
    let error = Signal::derive(move || {
        lacks_note.get().then(|| i18n.fill(Text::SentByHandNoteMissing, &[]))
    });
    view! {
        {button}
        <Dialog open=asks label=title close_label=closing()>
            <form class="stack" data-testid="by-hand-dialog" on:submit=submit novalidate>
                <h2>{title}</h2>
                <p>{i18n.t(Text::SentByHandMeans)}</p>
                <Field
                    id="by-hand-note"
                    label=i18n.t(Text::SentByHandNote)
                    hint=i18n.t(Text::SentByHandNoteHint)
                    value=note
                    error
                    on_input=Callback::new(move |typed| {
                        note.set(typed);
                        lacks_note.set(false);
                    })
                    autocomplete="off"
                    test_id="by-hand-note"
                />
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) on_press=move |()| asks.set(false) />
                    <Button label=i18n.t(Text::SentByHandSave) kind=ButtonKind::Primary submits=true busy=acting.busy test_id="by-hand-confirm" />
                </div>
            </form>
        </Dialog>
    }
}

/// Takes back that a person sent the purchase order.
#[component]
fn NotSent(acting: Acting) -> impl IntoView {
    let i18n = use_i18n();
    let asks = RwSignal::new(false);
    let is_offered = Memo::new(move |_| {
        acting.detail.with(|detail| detail.as_ref().is_some_and(|detail| by_hand(detail).is_some()))
    });
    let take_back = Callback::new(move |()| {
        let Some((number, _)) = acting.seen() else { return };
        acting.busy.set(true);
        spawn_local(async move {
            acting.end(&number, Text::NotSentNoted, api::not_sent(&number).await);
            asks.try_set(false);
        });
    });
    let button = move || {
        is_offered.get().then(|| {
            view! { <Button label=i18n.t(Text::NotSent) kind=ButtonKind::Quiet on_press=Callback::new(move |()| asks.set(true)) test_id="not-sent" /> }
        })
    };
    let title = titled(acting, || Text::NotSentSure);
    view! {
        {button}
        <Dialog open=asks label=title close_label=closing()>
            <div class="stack" data-testid="not-sent-dialog">
                <h2>{title}</h2>
                <p>{i18n.t(Text::NotSentMeans)}</p>
                <div class="cluster">
                    <Button label=i18n.t(Text::Cancel) autofocus=true on_press=move |()| asks.set(false) />
                    <Button label=i18n.t(Text::NotSentSave) kind=ButtonKind::Primary busy=acting.busy on_press=take_back test_id="not-sent-confirm" />
                </div>
            </div>
        </Dialog>
    }
}

/// The title of a dialog, with the number of the purchase order.
fn titled(acting: Acting, text: impl Fn() -> Text + Send + Sync + 'static) -> Signal<String> {
    let i18n = use_i18n();
    Signal::derive(move || {
        let number = acting.detail.with(|detail| Some(detail.as_ref()?.row.number.clone()));
        i18n.fill(text(), &[("number", &number.unwrap_or_default())])
    })
}

fn closing() -> Signal<String> {
    let i18n = use_i18n();
    Signal::derive(move || i18n.t(Text::Close)().to_owned())
}
