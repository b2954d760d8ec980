//! The location tree as the desk shows it, with the numbers of tablets and people.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::LocationId;
use calloff_core::location::Location;
use calloff_core::wire::{PlaceKind, PlaceRow};

use super::orders::Visible;
use super::sql::Sql;
use super::{ServerStore, StorageError, to_u32};

impl ServerStore {
    /// The nodes of the tree that a reader may see, in the order of the tree: each node comes
    /// before the nodes below it, and neighbours are ordered by name.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn places(&self, visible: &Visible) -> Result<Vec<PlaceRow>, StorageError> {
        let nodes = self.locations().await?;
        let mut read = self.read().await?;
        let tablets: Vec<(String, i64)> =
            Sql::new("SELECT site, count(*) FROM device WHERE revoked_at IS NULL GROUP BY site")
                .all(&mut read)
                .await?;
        let people: Vec<(String, String)> =
            Sql::new("SELECT DISTINCT location, person FROM person_role").all(&mut read).await?;
        Ok(Tree::new(&nodes).rows(visible, &tablets, &people))
    }
}

/// The nodes by identifier, and the nodes below each node.
struct Tree<'n> {
    nodes: BTreeMap<&'n str, &'n Location>,
    below: BTreeMap<Option<&'n str>, Vec<&'n Location>>,
}

impl<'n> Tree<'n> {
    fn new(nodes: &'n [Location]) -> Self {
        let mut below: BTreeMap<Option<&str>, Vec<&Location>> = BTreeMap::new();
        for node in nodes {
            below.entry(node.parent.as_ref().map(LocationId::as_str)).or_default().push(node);
        }
        for neighbours in below.values_mut() {
            neighbours.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        }
        Self { nodes: nodes.iter().map(|node| (node.id.as_str(), node)).collect(), below }
    }

    /// The node and all nodes above it. A circle ends it, although the database allows none.
    fn path(&self, id: &'n str) -> Vec<&'n str> {
        let mut path = Vec::new();
        let mut next = self.nodes.get(id).copied();
        while let Some(node) = next {
            if path.contains(&node.id.as_str()) {
                break;
            }
            path.push(node.id.as_str());
            next = node.parent.as_ref().and_then(|parent| self.nodes.get(parent.as_str()).copied());
        }
        path
    }

    fn rows(
        &self,
        visible: &Visible,
        tablets: &'n [(String, i64)],
        people: &'n [(String, String)],
    ) -> Vec<PlaceRow> {
        let mut tablets_at: BTreeMap<&str, i64> = BTreeMap::new();
        for (site, count) in tablets {
            for node in self.path(site) {
                *tablets_at.entry(node).or_default() += count;
            }
        }
        let mut people_at: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (location, person) in people {
            for node in self.path(location) {
                people_at.entry(node).or_default().insert(person);
            }
        }
        let is_visible = |node: &Location| match visible {
            Visible::All => true,
            Visible::Below(tops) => {
                let path = self.path_of(node);
                tops.iter().any(|top| path.contains(&top.as_str()))
            }
        };
        let mut rows = Vec::new();
        // The next nodes, the last one first.
        let mut waiting: Vec<&Location> = self.below_of(None);
        while let Some(node) = waiting.pop() {
            waiting.extend(self.below_of(Some(node.id.as_str())));
            if !is_visible(node) {
                continue;
            }
            let above = node.parent.as_ref().and_then(|parent| self.nodes.get(parent.as_str()));
            let kind = match (&node.site, &node.parent) {
                (Some(_), _) => PlaceKind::Site,
                (None, None) => PlaceKind::Organisation,
                (None, Some(_)) => PlaceKind::Region,
            };
            let id = node.id.as_str();
            let count = people_at.get(id).map_or(0, BTreeSet::len);
            rows.push(PlaceRow {
                place: node.id.clone(),
                above: above.filter(|above| is_visible(above)).map(|above| above.id.clone()),
                name: node.name.clone(),
                kind,
                time_zone: node.site.as_ref().map(|site| site.time_zone.clone()),
                tablets: to_u32(tablets_at.get(id).copied().unwrap_or(0)),
                people: u32::try_from(count).unwrap_or(u32::MAX),
            });
        }
        rows
    }

    fn path_of(&self, node: &Location) -> Vec<&'n str> {
        self.nodes.get_key_value(node.id.as_str()).map_or_else(Vec::new, |(id, _)| self.path(id))
    }

    /// The nodes right below a node, or the roots. The first by name comes last.
    fn below_of(&self, above: Option<&str>) -> Vec<&'n Location> {
        let below = self.below.get(&above);
        below.map(|nodes| nodes.iter().rev().copied().collect()).unwrap_or_default()
    }
}
