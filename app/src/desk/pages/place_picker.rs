//! Picks a place of the location tree by its name, never by a typed identifier.

use calloff_core::wire::PlaceRow;
use leptos::prelude::*;

use crate::components::Combobox;
use crate::desk::model::places::choices;
use crate::i18n::{Text, use_i18n};

/// A field that finds places by name, region or identifier.
#[component]
pub fn PlacePicker(
    /// The element's `id`, unique on the page.
    id: &'static str,
    label: Text,
    /// The words of the field while nothing is picked.
    none: Text,
    /// The places to choose from, in the order of the tree.
    #[prop(into)]
    places: Signal<Vec<PlaceRow>>,
    /// Whether only sites can be picked, and not the nodes above them.
    sites_only: bool,
    #[prop(into)] value: Signal<Option<String>>,
    on_choose: Callback<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let offered = Memo::new(move |_| places.with(|places| choices(places, sites_only)));
    view! {
        <Combobox
            id
            label=i18n.t(label)
            none=i18n.t(none)
            no_match=i18n.t(Text::FilterNoMatch)
            more=i18n.t(Text::FilterMore)
            choices=offered
            value
            on_choose
            test_id=id
        />
    }
}
