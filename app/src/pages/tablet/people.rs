//! Who is ordering? Each thing that is done names a person.

use leptos::prelude::*;

use crate::components::EmptyView;
use crate::i18n::{Text, use_i18n};
use crate::state::tablet::use_tablet;

#[component]
pub fn PersonPicker() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let staff = tablet.enrolment().granted.staff.clone();
    let is_empty = staff.is_empty();
    let names = staff.into_iter().map(|member| {
        let picked = member.clone();
        view! {
            <li>
                <button type="button" class="person-option" data-testid="person-option" data-person=member.id.to_string()
                    on:click=move |_| tablet.set_person(Some(picked.clone()))>
                    <span class="person-initial" aria-hidden="true">{member.name.chars().next().map(String::from)}</span>
                    {member.name}
                </button>
            </li>
        }
    });
    view! {
        <div class="stack" data-testid="person-picker">
            <h1>{i18n.t(Text::WhoOrders)}</h1>
            <p class="muted">{i18n.t(Text::WhoOrdersLead)}</p>
            <ul role="list" class="grid gap-3 column-14">{names.collect_view()}</ul>
            {is_empty.then(|| view! { <EmptyView message=Signal::derive(move || i18n.t(Text::NoStaff)().to_owned()) /> })}
        </div>
    }
}
