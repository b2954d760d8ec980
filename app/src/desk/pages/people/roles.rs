//! Chooses the roles of a person, each at a place of the tree.

use calloff_core::wire::{PersonRole, PlaceRow, RoleAt};
use leptos::prelude::*;

use crate::components::{Icon, IconName};
use crate::desk::pages::place_picker::PlacePicker;
use crate::i18n::{Text, role_text, use_i18n};

/// The chosen roles, each with a button that takes it away, and the fields for another one. The
/// choice of a place adds the role.
#[component]
pub fn RolesEditor(
    roles: RwSignal<Vec<RoleAt>>,
    /// The places that can be chosen.
    #[prop(into)]
    places: Signal<Vec<PlaceRow>>,
    /// The words for a role: what the person may do, and where.
    words: Callback<RoleAt, String>,
    /// Why the roles cannot be saved.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let role = RwSignal::new(PersonRole::Staff);
    let add = Callback::new(move |place: Option<String>| {
        let Some(location) = place.and_then(|place| place.parse().ok()) else { return };
        let chosen = RoleAt { role: role.get_untracked(), location };
        roles.update(|roles| {
            if !roles.contains(&chosen) {
                roles.push(chosen);
            }
        });
    });
    let chosen = move || {
        let roles_now = roles.get().into_iter();
        let chip = move |at: RoleAt| {
            let kept = at.clone();
            let take_away = move |_| roles.update(|roles| roles.retain(|other| *other != kept));
            let text = words.run(at);
            let label = {
                let text = text.clone();
                move || i18n.fill(Text::RoleTakeAway, &[("role", &text)])
            };
            view! {
                <li class="role-chip" data-testid="role-chosen">
                    <span>{text}</span>
                    <button type="button" class="role-remove" aria-label=label on:click=take_away>
                        <Icon name=IconName::Cross />
                    </button>
                </li>
            }
        };
        roles_now.map(chip).collect_view()
    };
    let options = move || {
        let option = |known: PersonRole| {
            view! {
                <option value=format!("{known:?}") selected=move || role.get() == known>
                    {i18n.t(role_text(known))}
                </option>
            }
        };
        PersonRole::ALL.map(option).collect_view()
    };
    let choose_role = move |event| {
        let named = event_target_value(&event);
        if let Some(known) = PersonRole::ALL.into_iter().find(|known| format!("{known:?}") == named)
        {
            role.set(known);
        }
    };
    view! {
        <fieldset class="roles">
            <legend>{i18n.t(Text::PersonRoles)}</legend>
            <ul class="role-list" role="list">{chosen}</ul>
            <p class="field-error" role="alert" data-testid="roles-error">{move || error.get()}</p>
            <div class="role-add">
                <div class="field">
                    <label for="role-kind">{i18n.t(Text::RoleAdd)}</label>
                    <select id="role-kind" data-testid="role-kind" on:change=choose_role>{options}</select>
                </div>
                <PlacePicker
                    id="role-place"
                    label=Text::RolePlace
                    none=Text::RoleChoosePlace
                    places
                    sites_only=false
                    value=Signal::derive(|| None::<String>)
                    on_choose=add
                />
            </div>
            <p class="field-hint">{i18n.t(Text::RoleHint)}</p>
        </fieldset>
    }
}
