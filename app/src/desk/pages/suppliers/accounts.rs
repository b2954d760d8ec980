//! The customer numbers at a supplier, in the form.

use leptos::prelude::*;

use super::rows::{Editing, RemoveRow, focus_soon};
use crate::components::Field;
use crate::desk::model::supplier_form::{AccountField, Spot, found_accounts, row, row_mut};
use crate::desk::pages::people::use_places;
use crate::desk::pages::place_picker::PlacePicker;
use crate::i18n::{Text, grouped, use_i18n};

/// The most customer numbers listed at once. Above this, a person finds a number by typing.
const LISTED: usize = 50;

const PICKER: &str = "account-place";

/// The customer numbers, and the choice of a place for another one.
#[component]
pub fn Accounts(editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let places = use_places().all;
    let typed = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        form.with(|form| typed.with(|typed| found_accounts(form, typed, LISTED)))
    });
    let keys = move || found.with(|(keys, _)| keys.clone());
    let add = Callback::new(move |chosen: Option<String>| {
        let Some(chosen) = chosen else { return };
        let place = places.with_untracked(|places| {
            let place = places.iter().find(|row| row.place.as_str() == chosen);
            place.map(|row| (row.place.clone(), row.name.clone()))
        });
        let Some((location, name)) = place else { return };
        // The number must be in sight, also that of a place that has one already. A new one is the
        // first of all.
        let is_long = form.with_untracked(|form| form.accounts.len() >= LISTED);
        typed.set(if is_long { name.clone() } else { String::new() });
        if let Some(key) = form.try_update(|form| form.add_account(location, name)) {
            focus_soon(field_id(key, AccountField::Number));
        }
    });
    let all = Memo::new(move |_| form.with(|form| form.accounts.len()));
    let search = move || {
        (all.get() > LISTED || typed.with(|typed| !typed.is_empty())).then(|| {
            view! {
                <div class="list-search">
                    <Field
                        id="accounts-search"
                        label=i18n.t(Text::AccountsSearch)
                        value=typed
                        on_input=Callback::new(move |text| typed.set(text))
                        autocomplete="off"
                        test_id="accounts-search"
                    />
                </div>
            }
        })
    };
    let remark = move || {
        let (shown, count) = found.with(|(keys, count)| (keys.len(), *count));
        let number = |count: usize| grouped(&count.to_string(), i18n.language());
        let words = match (all.get(), count) {
            (0, _) => i18n.fill(Text::AccountsNone, &[]),
            (_, 0) => i18n.fill(Text::FilterNoMatch, &[]),
            (_, count) if shown < count => i18n
                .fill(Text::AccountsCut, &[("shown", &number(shown)), ("count", &number(count))]),
            _ => return None,
        };
        Some(view! { <p class="muted">{words}</p> })
    };
    view! {
        <section class="panel" data-testid="supplier-accounts">
            <h2>{i18n.t(Text::AccountsTitle)}</h2>
            <p class="muted">{i18n.t(Text::AccountsLead)}</p>
            <PlacePicker
                id=PICKER
                label=Text::AccountAdd
                none=Text::AccountChoosePlace
                places
                sites_only=false
                value=Signal::derive(|| None::<String>)
                on_choose=add
            />
            {search}
            {remark}
            <ul role="list" class="form-rows">
                <For each=keys key=|key| *key children=move |key| view! { <Account key editing /> } />
            </ul>
        </section>
    }
}

fn field_id(key: u64, field: AccountField) -> String {
    let name = match field {
        AccountField::Number => "number",
        AccountField::OrderAddress => "address",
    };
    format!("account-{key}-{name}")
}

#[component]
fn Account(key: u64, editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let place = Memo::new(move |_| {
        form.with(|form| row(&form.accounts, key).map(|typed| typed.place.clone()))
            .unwrap_or_default()
    });
    let field = move |of: AccountField, label: Text, hint: Text, test_id: &'static str| {
        let value = Memo::new(move |_| {
            form.with(|form| row(&form.accounts, key).map(|typed| of.of(&typed.account).clone()))
                .unwrap_or_default()
        });
        let set = Callback::new(move |text: String| {
            form.update(|form| {
                if let Some(typed) = row_mut(&mut form.accounts, key) {
                    *of.of_mut(&mut typed.account) = text;
                }
            });
        });
        view! {
            <Field
                id=field_id(key, of)
                label=i18n.t(label)
                hint=i18n.t(hint)
                value
                on_input=set
                error=editing.error(i18n, Spot::Account(key, of))
                autocomplete="off"
                test_id=test_id
            />
        }
    };
    let on_remove = Callback::new(move |()| {
        form.update(|form| form.accounts.retain(|row| row.key != key));
        focus_soon(PICKER.to_owned());
    });
    view! {
        <li class="form-row" role="group" aria-label=place data-testid="account-row">
            <div class="account-fields">
                <strong class="account-place">{place}</strong>
                {field(AccountField::Number, Text::CustomerNumber, Text::CustomerNumberHint, "account-number")}
                {field(AccountField::OrderAddress, Text::AccountOrderAddress, Text::AccountOrderAddressHint, "account-address")}
            </div>
            <div class="row-buttons"><RemoveRow name=place on_remove /></div>
        </li>
    }
}
