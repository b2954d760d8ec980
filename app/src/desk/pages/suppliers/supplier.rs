//! One supplier: its people, the ways of its orders, the customer numbers and the contracts.

use calloff_core::ids::SupplierId;
use calloff_core::wire::{ChangeSupplierRequest, PersonRole, SupplierContract, SupplierDetail};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::accounts::Accounts;
use super::channels::{Channels, language_text};
use super::contacts::Contacts;
use super::rows::Editing;
use crate::api;
use crate::components::notices::{Notices, ShownNotice};
use crate::components::{
    Button, ButtonKind, DateText, Icon, IconName, NoticeBox, StatusBadge, Tone, written_instant,
};
use crate::desk::model::contract_rows::status_tone;
use crate::desk::model::purchase_orders_query::PurchaseOrdersQuery;
use crate::desk::model::supplier_form::{Spot, SupplierForm};
use crate::desk::pages::live_list::{ListWords, LiveOne};
use crate::desk::pages::purchase_order::ContactList;
use crate::desk::pages::purchase_orders::list_address;
use crate::desk::routes::Page;
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Sentence, Text, channel_words, contract_status, profile_refusal, use_i18n};
use crate::platform::clock::Style;
use crate::platform::http::HttpError;
use crate::platform::page;

/// A supplier that stays up to date.
type LiveSupplier = Live<SupplierId, SupplierDetail>;

type Detail = Memo<Option<SupplierDetail>>;

const WORDS: ListWords = ListWords {
    loading: Text::SupplierLoading,
    none: (Text::SupplierUnknown, Text::SupplierUnknownAdvice),
    readers: Text::SuppliersReaders,
};

#[component]
pub fn SupplierPage(supplier: SupplierId) -> impl IntoView {
    let i18n = use_i18n();
    let live: LiveSupplier =
        Live::new(use_desk(), Memo::new(move |_| supplier.clone()), |supplier: SupplierId| {
            Box::pin(async move { api::supplier(&supplier).await })
        });
    let detail = Memo::new(move |_| live.shown.get().value.map(|detail| (*detail).clone()));
    view! {
        <a class="back-link" href=Page::Suppliers.path()>
            <Icon name=IconName::Back />
            <span>{i18n.t(Text::Suppliers)}</span>
        </a>
        <LiveOne one=live words=WORDS>
            <Known detail live />
        </LiveOne>
    }
}

#[component]
fn Known(detail: Detail, live: LiveSupplier) -> impl IntoView {
    let i18n = use_i18n();
    let may_change = use_desk().has(&[PersonRole::Procurement]);
    let row = Memo::new(move |_| detail.with(|detail| Some(detail.as_ref()?.row.clone())));
    let contracts = Memo::new(move |_| {
        detail.with(|detail| detail.as_ref().map(|detail| detail.contracts.clone()))
    });
    let name = move || row.get().map(|row| row.name);
    let used = move || {
        row.get().map(|row| {
            let count = |count: u32, one, other| {
                i18n.count(usize::try_from(count).unwrap_or(usize::MAX), one, other)
            };
            let contracts = count(row.contracts, Text::ContractsOne, Text::ContractsMany);
            let sites = count(row.sites, Text::SitesOne, Text::SitesMany);
            i18n.fill(Text::SupplierUse, &[("contracts", &contracts), ("sites", &sites)])
        })
    };
    let orders = move || {
        row.get().map(|row| {
            let query = PurchaseOrdersQuery::default()
                .with_filter(|filter| filter.supplier = Some(row.supplier));
            view! { <a href=list_address(&query)>{i18n.t(Text::SupplierOrders)}</a> }
        })
    };
    let changed = move || {
        let (name, at) = detail.with(|detail| detail.as_ref()?.changed.clone())?;
        let time = written_instant(i18n, at, Style::DateTime);
        Some(i18n.fill(Text::SupplierChangedBy, &[("name", &name), ("time", &time)]))
    };
    let content = if may_change {
        view! { <Change detail live /> }.into_any()
    } else {
        let read = move || detail.get().map(|detail| view! { <Read detail /> });
        view! { {read} }.into_any()
    };
    view! {
        <div class="page-head">
            <h1>{name}</h1>
            <p>{orders}</p>
        </div>
        <p class="muted" data-testid="supplier-use">{used}" "{changed}</p>
        {content}
        {move || contracts.get().map(|contracts| view! { <Contracts contracts /> })}
    }
}

/// The form. It keeps what a person typed when somebody else changes the supplier meanwhile.
#[component]
fn Change(detail: Detail, live: LiveSupplier) -> impl IntoView {
    let i18n = use_i18n();
    let notices: Notices = expect_context();
    let start = detail.get_untracked();
    let form = RwSignal::new(start.as_ref().map(SupplierForm::of).unwrap_or_default());
    // What the form was filled from.
    let base = RwSignal::new(start);
    let was_tried = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failure: RwSignal<Option<HttpError>> = RwSignal::new(None);
    let is_changed = Memo::new(move |_| {
        base.with(|base| form.with(|form| base.as_ref().is_some_and(|base| form.is_changed(base))))
    });
    let faults =
        Memo::new(
            move |_| {
                if was_tried.get() { form.with(SupplierForm::faults) } else { Vec::new() }
            },
        );
    let editing = Editing { form, faults };
    let fill = move |detail: SupplierDetail| {
        form.set(SupplierForm::of(&detail));
        base.set(Some(detail));
        was_tried.set(false);
        failure.set(None);
    };
    // A later revision fills the form only if nothing would be lost.
    Effect::new(move |_| {
        let Some(latest) = detail.get() else { return };
        let known = base.with_untracked(|base| base.as_ref().map(|base| base.revision));
        let is_later = known.is_none_or(|known| latest.revision > known);
        if is_later && !is_changed.get_untracked() {
            fill(latest);
        }
    });
    let meanwhile = Memo::new(move |_| {
        let latest = detail.get()?;
        let known = base.with(|base| Some(base.as_ref()?.revision))?;
        (latest.revision > known && is_changed.get()).then_some(latest)
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(before) = base.get_untracked() else { return };
        if busy.get_untracked() || !is_changed.get_untracked() {
            return;
        }
        failure.set(None);
        was_tried.set(true);
        if !faults.with_untracked(Vec::is_empty) {
            request_animation_frame(|| page::focus_first("[aria-invalid=true]"));
            return;
        }
        busy.set(true);
        let sent = form.get_untracked();
        spawn_local(async move {
            let request = sent.request(before.revision);
            let answer = api::change_supplier(&before.row.supplier, &request).await;
            busy.try_set(false);
            match answer {
                Ok(after) => {
                    notices.show(saved_notice(notices, live, before, &after));
                    // What a person typed since is not lost.
                    if form.try_with_untracked(|form| *form == sent) == Some(true) {
                        fill(after.clone());
                    } else {
                        base.try_set(Some(after.clone()));
                    }
                    live.put(after);
                }
                Err(error) => {
                    failure.try_set(Some(error));
                    // Perhaps somebody else changed the supplier. The page then says who.
                    live.request();
                }
            }
        });
    };
    let discard = Callback::new(move |()| {
        if let Some(base) = base.get_untracked() {
            fill(base);
        }
    });
    let conflict = move || {
        meanwhile.get().map(|latest| {
            let (name, at) = latest.changed.clone().unwrap_or_default();
            let words = move || {
                let name =
                    if name.is_empty() { i18n.t(Text::Nobody)().to_owned() } else { name.clone() };
                let time = written_instant(i18n, at, Style::DateTime);
                i18n.fill(Text::SupplierChangedMeanwhile, &[("name", &name), ("time", &time)])
            };
            let reload = Callback::new(move |()| fill(latest.clone()));
            view! {
                <NoticeBox tone=Tone::Caution message=words test_id="supplier-meanwhile" />
                <div class="cluster">
                    <Button label=i18n.t(Text::SupplierReload) on_press=reload test_id="supplier-reload" />
                </div>
            }
        })
    };
    let failed = move || {
        let error = failure.get().filter(|_| meanwhile.with(Option::is_none))?;
        let words = move || {
            let why = Sentence::from(&error).in_language(i18n.language()).to_owned();
            i18n.fill(Text::SupplierNotSaved, &[("reason", &why)])
        };
        Some(view! { <NoticeBox tone=Tone::Negative message=words test_id="supplier-failed" /> })
    };
    let faulty = move || {
        let whole = faults.with(|faults| match faults.as_slice() {
            [] => None,
            [fault, ..] if fault.spot == Spot::Whole => {
                Some(profile_refusal(&fault.why, i18n.language()))
            }
            [..] => Some(i18n.fill(Text::SupplierFaults, &[])),
        })?;
        Some(
            view! { <p class="field-error" role="alert" data-testid="supplier-faults">{whole}</p> },
        )
    };
    let unsaved = move || {
        is_changed.get().then(|| {
            view! {
                <Button label=i18n.t(Text::SupplierDiscard) kind=ButtonKind::Quiet on_press=discard test_id="supplier-discard" />
                <span class="muted" role="status">{i18n.t(Text::SupplierUnsaved)}</span>
            }
        })
    };
    view! {
        <form class="stack supplier-form" on:submit=submit novalidate data-testid="supplier-form">
            <Channels editing />
            <Contacts editing />
            <Accounts editing />
            <div class="form-end">
                {conflict}
                {failed}
                {faulty}
                <div class="cluster">
                    <Button
                        label=i18n.t(Text::SupplierSave)
                        kind=ButtonKind::Primary
                        submits=true
                        busy
                        disabled=Signal::derive(move || !is_changed.get() || meanwhile.with(Option::is_some))
                        test_id="supplier-save"
                    />
                    {unsaved}
                </div>
            </div>
        </form>
    }
}

/// The notice after a change. Its button makes the supplier again what it was before.
fn saved_notice(
    notices: Notices,
    live: LiveSupplier,
    before: SupplierDetail,
    after: &SupplierDetail,
) -> ShownNotice {
    let name = after.row.name.clone();
    let revision = after.revision;
    let undo = move || {
        let SupplierDetail { row, profile, accounts, .. } = before.clone();
        let accounts = accounts.into_iter().map(|row| row.account).collect();
        let request = ChangeSupplierRequest { revision, profile, accounts };
        spawn_local(async move {
            let notice = match api::change_supplier(&row.supplier, &request).await {
                Ok(detail) => {
                    live.put(detail);
                    ShownNotice::new(Tone::Positive, Text::SupplierUndone)
                }
                Err(error) => {
                    live.request();
                    ShownNotice::new(Tone::Negative, Text::SupplierNotUndone)
                        .with_sentence("reason", &error)
                }
            };
            notices.show(notice.with("name", &row.name));
        });
    };
    ShownNotice::new(Tone::Positive, Text::SupplierSaved)
        .with("name", name)
        .action(Text::Undo, undo)
}

/// The same facts for people who may not change them.
#[component]
fn Read(detail: SupplierDetail) -> impl IntoView {
    let i18n = use_i18n();
    let profile = detail.profile;
    let language = profile.language;
    let peppol = (!profile.peppol_id.is_empty())
        .then(|| view! { <p>{i18n.t(Text::PeppolField)}": "{profile.peppol_id}</p> });
    let country = (!profile.country.is_empty())
        .then(|| view! { <p>{i18n.t(Text::CountryField)}": "{profile.country}</p> });
    let channels = if profile.channels.is_empty() {
        view! { <p data-testid="channels-none">{i18n.t(Text::ChannelsNone)}</p> }.into_any()
    } else {
        let each = profile.channels.into_iter().map(|channel| {
            let words = move || channel_words(&channel, i18n.language());
            view! { <li class="destination">{words}</li> }
        });
        view! { <ol class="ways">{each.collect_view()}</ol> }.into_any()
    };
    let contacts = if profile.contacts.is_empty() {
        view! { <p class="muted">{i18n.t(Text::SupplierContactsNone)}</p> }.into_any()
    } else {
        view! { <ContactList contacts=profile.contacts /> }.into_any()
    };
    let accounts = if detail.accounts.is_empty() {
        view! { <p class="muted">{i18n.t(Text::AccountsNone)}</p> }.into_any()
    } else {
        let rows = detail.accounts.into_iter().map(|row| {
            view! {
                <tr>
                    <th scope="row">{row.place}</th>
                    <td>{row.account.number}</td>
                    <td>{row.account.order_address}</td>
                </tr>
            }
        });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::AccountsTitle)>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::AccountPlace)}</th>
                            <th scope="col">{i18n.t(Text::CustomerNumber)}</th>
                            <th scope="col">{i18n.t(Text::AccountOrderAddress)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="stack supplier-form" data-testid="supplier-read">
            <p class="muted">{i18n.t(Text::SupplierWritten)}</p>
            <section class="panel">
                <h2>{i18n.t(Text::ChannelsTitle)}</h2>
                {channels}
                <p>{i18n.t(Text::OrderLanguageField)}": "{i18n.t(language_text(language))}</p>
                {peppol}
                {country}
            </section>
            <section class="panel"><h2>{i18n.t(Text::Contacts)}</h2>{contacts}</section>
            <section class="panel"><h2>{i18n.t(Text::AccountsTitle)}</h2>{accounts}</section>
        </div>
    }
}

/// The contracts that have not ended.
#[component]
fn Contracts(contracts: Vec<SupplierContract>) -> impl IntoView {
    let i18n = use_i18n();
    let content = if contracts.is_empty() {
        view! { <p class="muted">{i18n.t(Text::ContractsNone)}</p> }.into_any()
    } else {
        let rows = contracts.into_iter().map(|contract| view! { <Contract contract /> });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::Contracts)>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::ContractTitle)}</th>
                            <th scope="col">{i18n.t(Text::State)}</th>
                            <th scope="col">{i18n.t(Text::ContractEnd)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="panel supplier-contracts" data-testid="supplier-contracts">
            <h2>{i18n.t(Text::Contracts)}</h2>
            {content}
        </section>
    }
}

#[component]
fn Contract(contract: SupplierContract) -> impl IntoView {
    let i18n = use_i18n();
    let tone = status_tone(contract.status);
    let path = Page::Contract(contract.contract.clone()).path();
    let text = contract_status(contract.status);
    let label = Signal::derive(move || i18n.t(text)().to_owned());
    let end = match contract.end {
        Some(date) => view! { <DateText date style=Style::Date /> }.into_any(),
        None => view! { <span class="muted">{i18n.t(Text::ContractNoEnd)}</span> }.into_any(),
    };
    view! {
        <tr data-testid="supplier-contract" data-contract=contract.contract.to_string()>
            <th scope="row" class="cell-stack">
                <a href=path>{contract.title}</a>
                <small class="muted">{contract.contract.to_string()}</small>
            </th>
            <td><StatusBadge tone label /></td>
            <td>{end}</td>
        </tr>
    }
}
