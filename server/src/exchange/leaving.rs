//! The nodes that a new list of sites leaves out, with everything that belongs to them. A person
//! sees all of it before it ends.

use std::collections::HashSet;

use calloff_core::ids::LocationId;
use calloff_core::location::{Location, LocationTree};
use serde::Serialize;

use super::ImportError;
use super::sites::{SiteTree, SitesError};
use crate::storage::hanging::Hanging;
use crate::storage::{StorageError, Store};

/// A node that leaves the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// The node.
    pub location: LocationId,
    /// The name of the node.
    pub name: String,
    /// Everything that belongs to the node.
    #[serde(flatten)]
    pub hanging: Hanging,
}

impl std::fmt::Display for Leaving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Hanging { tablets, people, drafts, waiting, codes } = &self.hanging;
        let mut parts = Vec::new();
        if !tablets.is_empty() {
            parts.push(format!("tablets {}", tablets.join(", ")));
        }
        if !people.is_empty() {
            parts.push(format!("people with a role there: {}", people.join(", ")));
        }
        let counted = [
            (drafts, "orders that were not sent"),
            (waiting, "orders that wait for procurement"),
            (codes, "enrolment codes that were not used"),
        ];
        parts.extend(
            counted
                .iter()
                .filter(|(count, _)| **count > 0)
                .map(|(count, what)| format!("{count} {what}")),
        );
        let hanging =
            if parts.is_empty() { "nothing belongs to it".to_owned() } else { parts.join("; ") };
        write!(f, "{} ({}): {hanging}", self.location, self.name)
    }
}

/// The sites that leave with a new tree, and the groups for which people have roles.
///
/// # Errors
/// The database failed.
pub async fn find(
    store: &Store,
    before: &[Location],
    tree: &SiteTree,
    now: i64,
) -> Result<Vec<Leaving>, StorageError> {
    let stays: HashSet<&LocationId> = tree.locations.iter().map(|location| &location.id).collect();
    let mut leaving = Vec::new();
    for location in before.iter().filter(|location| !stays.contains(&location.id)) {
        let hanging = store.hanging_on(&location.id, now).await?;
        if location.site.is_some() || !hanging.people.is_empty() {
            leaving.push(Leaving {
                location: location.id.clone(),
                name: location.name.clone(),
                hanging,
            });
        }
    }
    Ok(leaving)
}

/// Copies what a new tree leaves out into that tree, below the same nodes as before. Returns the
/// number of copied sites.
///
/// # Errors
/// Together the nodes do not form a tree.
pub fn keep(tree: &mut SiteTree, before: &[Location]) -> Result<usize, ImportError> {
    let listed: HashSet<LocationId> =
        tree.locations.iter().map(|location| location.id.clone()).collect();
    let left_out: Vec<Location> =
        before.iter().filter(|location| !listed.contains(&location.id)).cloned().collect();
    let sites = left_out.iter().filter(|location| location.site.is_some()).count();
    tree.locations.extend(left_out);
    tree.sites += sites;
    LocationTree::new(tree.locations.iter().cloned()).map_err(SitesError::Tree)?;
    Ok(sites)
}
