use serde::{Deserialize, Serialize};

use crate::ids::LocationId;

/// Included and excluded nodes of the location tree. The deepest mention on a site's path decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scope {
    /// These nodes and all below them, but for deeper exclusions.
    pub included: Vec<LocationId>,
    /// Not these nodes nor what is below them, but for deeper inclusions.
    #[serde(default)]
    pub excluded: Vec<LocationId>,
}

impl Scope {
    /// A node and all below it.
    #[must_use]
    pub fn of(node: LocationId) -> Self {
        Self { included: vec![node], excluded: Vec::new() }
    }

    /// For a path from the root to a site: the depth (0 = root) of the node that lets the site in,
    /// or `None` when the deepest mention excludes it or nothing on its path is mentioned. A node
    /// named both ways is excluded.
    #[must_use]
    pub fn admits<'a>(
        &self,
        path: impl DoubleEndedIterator<Item = &'a LocationId> + ExactSizeIterator,
    ) -> Option<usize> {
        for (depth, node) in path.enumerate().rev() {
            if self.excluded.contains(node) {
                return None;
            }
            if self.included.contains(node) {
                return Some(depth);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<LocationId> {
        text.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    #[test]
    fn the_deepest_mention_decides() {
        let scope = Scope { included: ids("org north-2"), excluded: ids("north") };
        let depth = |path: &str| scope.admits(ids(path).iter());
        assert_eq!(depth("org south south-1"), Some(0));
        assert_eq!(depth("org north north-1"), None);
        assert_eq!(depth("org north north-2"), Some(2));
        assert_eq!(depth("elsewhere"), None);
        assert_eq!(Scope { included: ids("a"), excluded: ids("a") }.admits(ids("a").iter()), None);
    }
}
