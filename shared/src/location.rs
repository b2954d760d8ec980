//! Locations: one tree of organisation, regions and sites.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::LocationId;
use crate::money::Currency;

/// A node of the location tree. Any node may be a site. Orders are made for sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// The identifier of the node.
    pub id: LocationId,
    /// The node above. Only the organisation, the root of the tree, has none.
    #[serde(default)]
    pub parent: Option<LocationId>,
    /// The name of the node.
    pub name: String,
    /// The facts of a site. Absent when nobody orders for this node.
    #[serde(default)]
    pub site: Option<Site>,
}

/// The facts of a node for which orders are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Site {
    /// The IANA time zone. All dates of the site's orders are local dates in this zone.
    pub time_zone: String,
    /// The currency of the site's accounts.
    pub currency: Currency,
    /// The GS1 location number, GLN (ICD scheme 0088).
    #[serde(default)]
    pub gln: Option<String>,
    /// The address for deliveries, one entry for each line.
    #[serde(default)]
    pub address: Vec<String>,
    /// What a driver needs to know.
    #[serde(default)]
    pub delivery_instructions: Option<String>,
}

/// Why locations do not form a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Two nodes have the same identifier.
    #[error("location {0} appears twice")]
    Duplicate(LocationId),
    /// No node is without a parent.
    #[error("no location is the root: one location has no parent")]
    NoRoot,
    /// More than one node is without a parent.
    #[error("locations {0} and {1} both have no parent: one organisation is the root")]
    TwoRoots(LocationId, LocationId),
    /// The parent of a node does not exist.
    #[error("location {0} names the parent {1}, which does not exist")]
    UnknownParent(LocationId, LocationId),
    /// A node is its own ancestor.
    #[error("location {0} is below itself")]
    Cycle(LocationId),
}

/// The location tree. It is checked: one root, every parent exists, no circle.
#[derive(Debug, Clone, Default)]
pub struct LocationTree {
    nodes: BTreeMap<LocationId, Location>,
}

impl LocationTree {
    /// Checks the nodes and makes the tree.
    ///
    /// # Errors
    /// The first defect, in the order of the identifiers.
    pub fn new(locations: impl IntoIterator<Item = Location>) -> Result<Self, LocationError> {
        let mut nodes = BTreeMap::new();
        for location in locations {
            if let Some(twin) = nodes.insert(location.id.clone(), location) {
                return Err(LocationError::Duplicate(twin.id));
            }
        }
        let mut roots = nodes.values().filter(|node| node.parent.is_none());
        match (roots.next(), roots.next()) {
            (None, _) if !nodes.is_empty() => return Err(LocationError::NoRoot),
            (Some(a), Some(b)) => return Err(LocationError::TwoRoots(a.id.clone(), b.id.clone())),
            _ => {}
        }
        for node in nodes.values() {
            if let Some(parent) = &node.parent
                && !nodes.contains_key(parent)
            {
                return Err(LocationError::UnknownParent(node.id.clone(), parent.clone()));
            }
        }
        let tree = Self { nodes };
        tree.check_cycles()?;
        Ok(tree)
    }

    fn check_cycles(&self) -> Result<(), LocationError> {
        let mut reaches_root: BTreeSet<&LocationId> = BTreeSet::new();
        for start in self.nodes.values() {
            let mut walked = BTreeSet::new();
            let mut node = Some(start);
            while let Some(here) = node {
                if reaches_root.contains(&here.id) {
                    break;
                }
                if !walked.insert(&here.id) {
                    return Err(LocationError::Cycle(here.id.clone()));
                }
                node = here.parent.as_ref().and_then(|parent| self.nodes.get(parent));
            }
            reaches_root.extend(walked);
        }
        Ok(())
    }

    /// The node with this identifier.
    #[must_use]
    pub fn get(&self, id: &LocationId) -> Option<&Location> {
        self.nodes.get(id)
    }

    /// All nodes, ordered by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Location> {
        self.nodes.values()
    }

    /// All sites, ordered by identifier.
    pub fn sites(&self) -> impl Iterator<Item = &Location> {
        self.nodes.values().filter(|node| node.site.is_some())
    }

    /// The path from the root to the node, including both. Empty when the node does not exist.
    #[must_use]
    pub fn path(&self, id: &LocationId) -> Vec<&Location> {
        let mut path: Vec<&Location> = std::iter::successors(self.nodes.get(id), |node| {
            node.parent.as_ref().and_then(|parent| self.nodes.get(parent))
        })
        .collect();
        path.reverse();
        path
    }

    /// Whether `node` is `ancestor` or is below it.
    #[must_use]
    pub fn is_within(&self, node: &LocationId, ancestor: &LocationId) -> bool {
        self.path(node).iter().any(|location| location.id == *ancestor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: Option<&str>) -> Location {
        let id = LocationId::parse(id).unwrap();
        let parent = parent.map(|parent| LocationId::parse(parent).unwrap());
        Location { name: id.to_string(), id, parent, site: None }
    }

    #[test]
    fn paths_run_from_the_root() {
        let tree = LocationTree::new([
            node("436GA", Some("436")),
            node("436", Some("MT")),
            node("MT", Some("org")),
            node("org", None),
        ])
        .unwrap();
        let path: Vec<_> =
            tree.path(&"436GA".parse().unwrap()).iter().map(|node| node.id.to_string()).collect();
        assert_eq!(path, ["org", "MT", "436", "436GA"]);
        assert!(tree.is_within(&"436GA".parse().unwrap(), &"MT".parse().unwrap()));
        assert!(!tree.is_within(&"MT".parse().unwrap(), &"436".parse().unwrap()));
    }

    #[test]
    fn what_is_no_tree_is_refused_with_the_node() {
        let refused = |nodes: Vec<Location>| LocationTree::new(nodes).unwrap_err();
        let id = |text: &str| LocationId::parse(text).unwrap();
        assert_eq!(
            refused(vec![node("a", None), node("b", None)]),
            LocationError::TwoRoots(id("a"), id("b"))
        );
        assert_eq!(
            refused(vec![node("a", None), node("a", None)]),
            LocationError::Duplicate(id("a"))
        );
        assert_eq!(
            refused(vec![node("a", None), node("b", Some("c"))]),
            LocationError::UnknownParent(id("b"), id("c"))
        );
        assert_eq!(refused(vec![node("b", Some("b"))]), LocationError::NoRoot);
        assert_eq!(
            refused(vec![node("r", None), node("a", Some("b")), node("b", Some("a"))]),
            LocationError::Cycle(id("a"))
        );
    }
}
