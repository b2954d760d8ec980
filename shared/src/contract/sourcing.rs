use serde::{Deserialize, Serialize};

use crate::calendar::Validity;
use crate::ids::{ItemId, LocationId, SupplierId};
use crate::item::Category;

/// A line of the source list, beside the contracts: how a supplier stands for an item or category
/// at a part of the tree.
///
/// The deepest node on the site's path decides; at one node an item's rule beats its category's; no
/// rule means Allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourcingRule {
    /// For what.
    pub subject: Subject,
    /// From whom.
    pub supplier: SupplierId,
    /// For this node and all below.
    pub location: LocationId,
    /// From when to when, on the date that the contract tests.
    pub validity: Validity,
    /// How it stands.
    pub preference: Preference,
}

/// What a sourcing rule is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One item.
    Item(ItemId),
    /// All items of a category.
    Category(Category),
}

/// How a supplier stands. The order is the rank: preferred goes first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Before the others.
    Preferred,
    /// Like any.
    #[default]
    Allowed,
    /// Never.
    Blocked,
}
