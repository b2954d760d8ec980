//! The location tree: what a search shows, what a picker offers, and where a person may act.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::LocationId;
use calloff_core::wire::{Choice, PersonRole, PlaceKind, PlaceRow, RoleAt};

/// A node of the tree on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub row: PlaceRow,
    /// The number of shown nodes above it.
    pub depth: usize,
    /// Whether it matches the search itself. Otherwise it is shown because a node below matches.
    pub is_match: bool,
}

/// The nodes whose name or identifier holds every typed word, and all nodes above them, in the
/// order of the tree.
#[must_use]
pub fn searched(rows: &[PlaceRow], typed: &str) -> Vec<Shown> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let above = by_place(rows);
    let matches: BTreeSet<&LocationId> = rows
        .iter()
        .filter(|row| {
            let text = format!("{}\n{}", row.name, row.place).to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .map(|row| &row.place)
        .collect();
    let mut kept: BTreeSet<&LocationId> = BTreeSet::new();
    for place in &matches {
        // A node that is kept already has its whole path kept.
        for node in path(&above, place).take_while(|node| !kept.contains(node)).collect::<Vec<_>>()
        {
            kept.insert(node);
        }
    }
    rows.iter()
        .filter(|row| kept.contains(&row.place))
        .map(|row| Shown {
            row: row.clone(),
            depth: path(&above, &row.place).count() - 1,
            is_match: matches.contains(&row.place),
        })
        .collect()
}

fn by_place(rows: &[PlaceRow]) -> BTreeMap<&LocationId, &PlaceRow> {
    rows.iter().map(|row| (&row.place, row)).collect()
}

/// A node and the nodes above it.
fn path<'r>(
    rows: &BTreeMap<&'r LocationId, &'r PlaceRow>,
    place: &LocationId,
) -> impl Iterator<Item = &'r LocationId> {
    let first = rows.get(place).copied();
    let rows = rows.clone();
    std::iter::successors(first, move |row| {
        row.above.as_ref().and_then(|above| rows.get(above).copied())
    })
    .map(|row| &row.place)
}

/// The nodes at and below which a person with `granted` has one of these roles.
#[must_use]
pub fn looked_after(rows: &[PlaceRow], granted: &[RoleAt], roles: &[PersonRole]) -> Vec<PlaceRow> {
    let tops: BTreeSet<&LocationId> =
        granted.iter().filter(|at| roles.contains(&at.role)).map(|at| &at.location).collect();
    let above = by_place(rows);
    let is_theirs = |row: &&PlaceRow| path(&above, &row.place).any(|node| tops.contains(node));
    rows.iter().filter(is_theirs).cloned().collect()
}

/// Whether all places of `theirs` are looked after by a person with `granted`, as the server
/// decides it. The whole organisation includes places that left the tree.
#[must_use]
pub fn is_within(
    rows: &[PlaceRow],
    granted: &[RoleAt],
    roles: &[PersonRole],
    theirs: &[RoleAt],
) -> bool {
    let own = looked_after(rows, granted, roles);
    let is_everywhere = own.iter().any(|row| row.kind == PlaceKind::Organisation);
    is_everywhere || theirs.iter().all(|at| own.iter().any(|row| row.place == at.location))
}

/// The nodes as choices of a picker. Each has the name of the node above, because two places may
/// have one name.
#[must_use]
pub fn choices(rows: &[PlaceRow], sites_only: bool) -> Vec<Choice> {
    let above = by_place(rows);
    let offered = rows.iter().filter(|row| !sites_only || row.kind == PlaceKind::Site);
    let choice = |row: &PlaceRow| {
        let region = row.above.as_ref().and_then(|place| above.get(place));
        let region = region.filter(|region| region.kind == PlaceKind::Region);
        let name = match region {
            Some(region) => format!("{} · {}", row.name, region.name),
            None => row.name.clone(),
        };
        Choice { id: row.place.to_string(), name }
    };
    offered.map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(place: &str, above: Option<&str>, kind: PlaceKind) -> PlaceRow {
        PlaceRow {
            place: place.parse().unwrap(),
            above: above.map(|above| above.parse().unwrap()),
            name: format!("The {place}"),
            kind,
            time_zone: None,
            tablets: 0,
            people: 0,
        }
    }

    fn tree() -> Vec<PlaceRow> {
        vec![
            row("org", None, PlaceKind::Organisation),
            row("coast", Some("org"), PlaceKind::Region),
            row("school", Some("coast"), PlaceKind::Site),
            row("hotel", Some("org"), PlaceKind::Site),
        ]
    }

    fn at(role: PersonRole, place: &str) -> RoleAt {
        RoleAt { role, location: place.parse().unwrap() }
    }

    #[test]
    fn a_search_shows_what_matches_and_where_it_is() {
        let found = |typed: &str| {
            let shown = searched(&tree(), typed);
            let words = shown.iter().map(|node| (node.row.place.to_string(), node.depth));
            words.collect::<Vec<_>>()
        };
        let named = |pairs: &[(&str, usize)]| {
            pairs.iter().map(|(place, depth)| ((*place).to_owned(), *depth)).collect::<Vec<_>>()
        };
        assert_eq!(found("SCHOOL"), named(&[("org", 0), ("coast", 1), ("school", 2)]));
        assert_eq!(found("hotel the"), named(&[("org", 0), ("hotel", 1)]));
        assert_eq!(found("").len(), 4);
        assert!(found("nowhere").is_empty());
        assert!(!searched(&tree(), "school")[0].is_match);
    }

    #[test]
    fn a_person_looks_after_their_places_and_all_below() {
        let after = |granted: &[RoleAt]| {
            let own = looked_after(&tree(), granted, &[PersonRole::Admin]);
            own.iter().map(|row| row.place.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(after(&[at(PersonRole::Admin, "coast")]), ["coast", "school"]);
        assert_eq!(
            after(&[at(PersonRole::Auditor, "org"), at(PersonRole::Admin, "hotel")]),
            ["hotel"]
        );
        assert!(after(&[at(PersonRole::Auditor, "org")]).is_empty());
    }

    #[test]
    fn only_a_person_of_all_of_somebodys_places_may_change_them() {
        let may = |place: &str, theirs: &[&str]| {
            let theirs: Vec<_> = theirs.iter().map(|place| at(PersonRole::Staff, place)).collect();
            is_within(&tree(), &[at(PersonRole::Admin, place)], &[PersonRole::Admin], &theirs)
        };
        assert!(may("coast", &["school", "coast"]) && !may("coast", &["school", "hotel"]));
        assert!(may("org", &["school", "a place that left"]) && !may("school", &["coast"]));
    }

    #[test]
    fn a_picker_names_the_region_of_a_place() {
        let names = |sites_only| {
            let offered = choices(&tree(), sites_only);
            offered.into_iter().map(|choice| choice.name).collect::<Vec<_>>()
        };
        assert_eq!(names(true), ["The school · The coast", "The hotel"]);
        assert_eq!(names(false).len(), 4);
    }
}
