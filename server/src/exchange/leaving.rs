//! The sites that a file takes out of the tree or turns into groups, with everything that belongs
//! to them. A person sees all of it before it ends.

use std::collections::HashSet;

use calloff_core::ids::LocationId;
use calloff_core::location::{Location, LocationTree};
use serde::Serialize;

use super::ImportError;
use super::sites::{SiteTree, SitesError};
use crate::storage::hanging::Hanging;
use crate::storage::{ServerStore, StorageError};
use crate::words::counted;

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
        let counts = [
            (*drafts, "order that was not sent", "orders that were not sent"),
            (*waiting, "order that waits for procurement", "orders that wait for procurement"),
            (*codes, "enrolment code that was not used", "enrolment codes that were not used"),
        ];
        let named = counts.into_iter().filter(|(count, ..)| *count > 0);
        parts.extend(named.map(|(count, one, many)| counted(count as usize, one, many)));
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
    store: &ServerStore,
    before: &[Location],
    tree: &SiteTree,
    now: i64,
) -> Result<Vec<Leaving>, StorageError> {
    let stays: HashSet<&LocationId> = tree.locations.iter().map(|location| &location.id).collect();
    let sites: HashSet<&LocationId> =
        tree.locations.iter().filter(|node| node.site.is_some()).map(|node| &node.id).collect();
    let mut leaving = Vec::new();
    for location in before {
        let is_lost_site = location.site.is_some() && !sites.contains(&location.id);
        if stays.contains(&location.id) && !is_lost_site {
            continue;
        }
        let found = of(store, location, now).await?;
        if is_lost_site || !found.hanging.people.is_empty() {
            leaving.push(found);
        }
    }
    Ok(leaving)
}

/// The sites that would become groups, because `after` has them without the facts of a site.
///
/// # Errors
/// The database failed.
pub async fn becoming_groups(
    store: &ServerStore,
    before: &[Location],
    after: &[Location],
    now: i64,
) -> Result<Vec<Leaving>, StorageError> {
    let groups: HashSet<&LocationId> =
        after.iter().filter(|node| node.site.is_none()).map(|node| &node.id).collect();
    let mut leaving = Vec::new();
    for location in before.iter().filter(|node| node.site.is_some() && groups.contains(&node.id)) {
        leaving.push(of(store, location, now).await?);
    }
    Ok(leaving)
}

async fn of(store: &ServerStore, location: &Location, now: i64) -> Result<Leaving, StorageError> {
    let hanging = store.hanging_on(&location.id, now).await?;
    Ok(Leaving { location: location.id.clone(), name: location.name.clone(), hanging })
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
