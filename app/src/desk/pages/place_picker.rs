//! Picks a place of the location tree by its name, never by a typed identifier.

use calloff_core::wire::PlaceRow;
use leptos::prelude::*;

use super::filter_fields::ChoiceFilter;
use crate::desk::model::places::choices;
use crate::i18n::Text;

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
    let offered = Memo::new(move |_| places.with(|places| choices(places, sites_only)));
    view! {
        <ChoiceFilter id label none choices=offered value on_choose />
    }
}
