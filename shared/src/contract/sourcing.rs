use serde::{Deserialize, Serialize};

use crate::calendar::Validity;
use crate::ids::{ItemId, LocationId, SupplierId};
use crate::item::Category;

/// A sourcing rule: whether a supplier is preferred, allowed or blocked for an item or a category
/// in one part of the location tree. Sourcing rules belong to the release, not to a contract.
///
/// The deepest node with a rule on the site's path decides. At one node, a rule for the item goes
/// before a rule for its category. A supplier without a rule is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourcingRule {
    /// The item or category of the rule.
    pub subject: Subject,
    /// The supplier of the rule.
    pub supplier: SupplierId,
    /// The node of the rule. It holds for this node and everything below it.
    pub location: LocationId,
    /// The days of the rule. They are compared with the same date as the contract's days.
    pub validity: Validity,
    /// What the rule says of the supplier.
    pub preference: Preference,
}

/// The item or category of a sourcing rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One item.
    Item(ItemId),
    /// All items of a category.
    Category(Category),
}

/// What a sourcing rule says of a supplier. The order is the rank: a preferred supplier goes first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The supplier goes before suppliers that are only allowed.
    Preferred,
    /// The supplier may supply. This holds without a rule.
    #[default]
    Allowed,
    /// The supplier must not supply.
    Blocked,
}
