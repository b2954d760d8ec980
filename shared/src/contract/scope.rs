use serde::{Deserialize, Serialize};

use crate::ids::LocationId;

/// Included and excluded nodes of the location tree. The deepest node on a site's path that is
/// mentioned decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scope {
    /// The included nodes. Everything below them is included, except below a deeper excluded node.
    pub included: Vec<LocationId>,
    /// The excluded nodes. Everything below them is excluded, except below a deeper included node.
    #[serde(default)]
    pub excluded: Vec<LocationId>,
}

impl Scope {
    /// A scope that includes a node and everything below it.
    #[must_use]
    pub fn of(node: LocationId) -> Self {
        Self { included: vec![node], excluded: Vec::new() }
    }

    /// For a path from the root to a site, the depth (0 = root) of the node that includes the site.
    /// `None` when the deepest mentioned node excludes the site, or when no node on the path is
    /// mentioned. A node that is both included and excluded is excluded.
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
