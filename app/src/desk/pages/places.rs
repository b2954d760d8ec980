//! The page of the location tree: what there is, and where tablets and people are.

use std::cmp::Ordering;
use std::sync::Arc;

use calloff_core::wire::PlaceKind;
use leptos::prelude::*;

use super::live_list::{ListSearch, ListWords, LiveList};
use crate::api;
use crate::components::{Column, DataTable, Direction, Sort};
use crate::desk::model::places::{Shown, searched};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{Text, use_i18n};

/// The column by which places are sorted. The names are in the order of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum PlaceColumn {
    Name,
    Code,
    Kind,
    Zone,
    Tablets,
    People,
}

const COLUMNS: [(PlaceColumn, Text, &str); 6] = [
    (PlaceColumn::Name, Text::PlaceName, "place-name"),
    (PlaceColumn::Code, Text::PlaceCode, "place-code"),
    (PlaceColumn::Kind, Text::PlaceKindColumn, "place-kind"),
    (PlaceColumn::Zone, Text::PlaceZone, "place-zone"),
    (PlaceColumn::Tablets, Text::Tablets, "place-count"),
    (PlaceColumn::People, Text::People, "place-count"),
];

const WORDS: ListWords = ListWords {
    loading: Text::PlacesLoading,
    none: (Text::PlacesNone, Text::PlacesNoneAdvice),
    readers: Text::PeopleReaders,
};

#[component]
pub fn PlacesPage() -> impl IntoView {
    let i18n = use_i18n();
    let places = Live::new(use_desk(), Memo::new(|_| ()), |()| Box::pin(api::places()));
    let typed = RwSignal::new(String::new());
    let sort = RwSignal::new(Sort { column: PlaceColumn::Name, direction: Direction::Ascending });
    let rows = Memo::new(move |_| {
        let rows = places.shown.get().value;
        let shown = rows.map(|rows| typed.with(|typed| searched(&rows, typed)));
        Arc::new(sorted(shown.unwrap_or_default(), sort.get()))
    });
    let columns =
        COLUMNS.map(|(id, text, class)| Column { id, label: i18n.t(text).into(), class }).to_vec();
    let search = ListSearch {
        label: Text::PlacesSearch,
        typed,
        is_without_match: Signal::derive(move || rows.with(|rows| rows.is_empty())),
        id: "places-search",
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Places)}</h1></div>
        <p class="muted">{i18n.t(Text::PlacesLead)}</p>
        <LiveList list=places is_empty=|rows| rows.is_empty() words=WORDS search>
            <DataTable
                caption=i18n.t(Text::Places)
                columns=columns.clone()
                sort
                on_sort=Callback::new(move |column| sort.update(|sort| *sort = sort.pressed(column)))
                rows
                key=|shown: &Shown| shown.row.place.to_string()
                draw=|shown| view! { <Cells shown /> }
                row_attribute="data-place"
                test_id="places-table"
            />
        </LiveList>
    }
}

/// Sorts the nodes. By name they stay in the order of the tree; otherwise no node is indented.
fn sorted(mut nodes: Vec<Shown>, sort: Sort<PlaceColumn>) -> Vec<Shown> {
    if sort.column == PlaceColumn::Name {
        return nodes;
    }
    nodes.iter_mut().for_each(|node| node.depth = 0);
    nodes.sort_by(|a, b| {
        let (a, b) = (&a.row, &b.row);
        let order = match sort.column {
            PlaceColumn::Name => Ordering::Equal,
            PlaceColumn::Code => a.place.cmp(&b.place),
            PlaceColumn::Kind => a.kind.cmp(&b.kind),
            PlaceColumn::Zone => a.time_zone.cmp(&b.time_zone),
            PlaceColumn::Tablets => a.tablets.cmp(&b.tablets),
            PlaceColumn::People => a.people.cmp(&b.people),
        };
        if sort.direction == Direction::Ascending { order } else { order.reverse() }
    });
    nodes
}

#[component]
fn Cells(shown: Shown) -> impl IntoView {
    let i18n = use_i18n();
    let Shown { row, depth, is_match } = shown;
    let kind = match row.kind {
        PlaceKind::Organisation => Text::KindOrganisation,
        PlaceKind::Region => Text::KindRegion,
        PlaceKind::Site => Text::Site,
    };
    view! {
        <th scope="row" class="place-name" class:muted=!is_match data-depth=depth.min(6).to_string()><span class="two-lines">{row.name}</span></th>
        <td class="place-code">{row.place.to_string()}</td>
        <td class="place-kind">{i18n.t(kind)}</td>
        <td class="place-zone">{row.time_zone.unwrap_or_else(|| "–".to_owned())}</td>
        <td class="place-count">{row.tablets.to_string()}</td>
        <td class="place-count">{row.people.to_string()}</td>
    }
}
