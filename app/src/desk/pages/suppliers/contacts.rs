//! The people at a supplier, in the form.

use leptos::prelude::*;

use super::rows::{Editing, Moves, RemoveRow, focus_soon};
use crate::components::{Button, Field};
use crate::desk::model::supplier_form::{ContactField, Spot, Step, move_row, row, row_mut};
use crate::i18n::{Text, use_i18n};

const ADD: &str = "contact-add";

/// The contacts, and the button for another one.
#[component]
pub fn Contacts(editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let keys =
        move || form.with(|form| form.contacts.iter().map(|row| row.key).collect::<Vec<_>>());
    let add = Callback::new(move |()| {
        if let Some(key) = form.try_update(|form| form.add_contact()) {
            focus_soon(field_id(key, ContactField::Name));
        }
    });
    view! {
        <section class="panel" data-testid="supplier-contacts">
            <h2>{i18n.t(Text::Contacts)}</h2>
            <p class="muted">{i18n.t(Text::SupplierContactsLead)}</p>
            <ul role="list" class="form-rows">
                <For each=keys key=|key| *key children=move |key| view! { <Contact key editing /> } />
            </ul>
            <div class="cluster" id=ADD>
                <Button label=i18n.t(Text::AddContact) on_press=add test_id="contact-add" />
            </div>
        </section>
    }
}

fn field_id(key: u64, field: ContactField) -> String {
    format!("contact-{key}-{}", field_name(field))
}

fn field_name(field: ContactField) -> &'static str {
    match field {
        ContactField::Name => "name",
        ContactField::Role => "role",
        ContactField::Phone => "phone",
        ContactField::Email => "email",
    }
}

#[component]
fn Contact(key: u64, editing: Editing) -> impl IntoView {
    let i18n = use_i18n();
    let form = editing.form;
    let text = move |field: ContactField| {
        Memo::new(move |_| {
            form.with(|form| row(&form.contacts, key).map(|contact| field.of(contact).clone()))
                .unwrap_or_default()
        })
    };
    let name = text(ContactField::Name);
    let name = Signal::derive(move || {
        let name = name.get();
        if name.trim().is_empty() { i18n.t(Text::ContactNew)().to_owned() } else { name }
    });
    let place = Memo::new(move |_| {
        form.with(|form| {
            let at = form.contacts.iter().position(|row| row.key == key);
            at.map(|at| (at == 0, at + 1 == form.contacts.len()))
        })
        .unwrap_or_default()
    });
    let field = move |of: ContactField, label: Text, test_id: &'static str| {
        let set = Callback::new(move |typed: String| {
            form.update(|form| {
                if let Some(contact) = row_mut(&mut form.contacts, key) {
                    *of.of_mut(contact) = typed;
                }
            });
        });
        view! {
            <Field
                id=field_id(key, of)
                label=i18n.t(label)
                value=text(of)
                on_input=set
                error=editing.error(i18n, Spot::Contact(key, of))
                autocomplete="off"
                test_id=test_id
            />
        }
    };
    let on_move = Callback::new(move |step: Step| {
        form.update(|form| move_row(&mut form.contacts, key, step));
        focus_soon(field_id(key, ContactField::Name));
    });
    let on_remove = Callback::new(move |()| {
        form.update(|form| form.contacts.retain(|row| row.key != key));
        focus_soon(format!("{ADD} button"));
    });
    view! {
        <li class="form-row" data-testid="contact-row">
            <div class="contact-fields">
                {field(ContactField::Name, Text::ContactName, "contact-name")}
                {field(ContactField::Role, Text::ContactRole, "contact-role")}
                {field(ContactField::Phone, Text::Telephone, "contact-phone")}
                {field(ContactField::Email, Text::ContactEmail, "contact-email")}
            </div>
            <div class="row-buttons">
                <Moves is_first=Signal::derive(move || place.get().0) is_last=Signal::derive(move || place.get().1) name on_move />
                <RemoveRow name on_remove />
            </div>
        </li>
    }
}
