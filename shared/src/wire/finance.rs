use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::ids::{DeviceId, DocumentId, IntentId, LocationId, SupplierId};
use crate::money::Money;
use crate::order::exception::Verdict;
use crate::order::{OrderStage, OrderState};

/// Which orders; all that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilter {
    /// Of a site, or of all sites below a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<LocationId>,
    /// With a purchase order to a supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierId>,
    /// Received on this site-local day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Received on this site-local day or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// At this stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<OrderStage>,
}

/// A list of merged orders over all sites that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The orders, latest received first.
    pub orders: Vec<OrderRow>,
    /// The sum over every order that the filter admits, one amount for each currency, by code. With a supplier in the filter,
    /// only that supplier's purchase orders count, here as in the rows.
    pub totals: Vec<Money>,
    /// How many orders the filter admits; more than `orders` holds when the list was cut.
    pub count: u64,
}

/// One order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Which.
    pub document: DocumentId,
    /// For which site.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// Where it stands.
    pub stage: OrderStage,
    /// Who submitted it: the display name.
    pub submitted_by: String,
    /// When, by the tablet's clock, in milliseconds since the Unix epoch. Shown, not trusted.
    pub submitted_at: i64,
    /// On which tablet.
    pub device: DeviceId,
    /// What people call that tablet.
    pub device_name: String,
    /// When the server received it, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The release its lines were resolved with.
    pub release: Option<u64>,
    /// How many lines it has.
    pub lines: u32,
    /// The suppliers' names, by name.
    pub suppliers: Vec<String>,
    /// The sum of its purchase orders, one amount for each currency, by code.
    pub totals: Vec<Money>,
    /// For an order that waits: what its lines come to as pinned, one amount for each currency, by code.
    #[serde(default)]
    pub pinned: Vec<Money>,
    /// Whether it waited and its pins were honoured.
    #[serde(default)]
    pub is_honoured: bool,
}

/// Decides about an order that waits: `POST /api/orders/{document}/decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRequest {
    /// The submission that was looked at; one that was sent meanwhile is not meant.
    pub submission: IntentId,
    /// Which way.
    pub verdict: Verdict,
    /// Why, in words, for the site to read.
    pub why: String,
}

/// One order with all that is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    /// Its row.
    pub row: OrderRow,
    /// Its document as read: lines, pins, purchase orders, refusals.
    pub order: OrderState,
    /// Descriptions of the items that it names, by item.
    pub descriptions: std::collections::BTreeMap<crate::ids::ItemId, String>,
    /// Names of the suppliers that its pins name, by supplier.
    #[serde(default)]
    pub suppliers: std::collections::BTreeMap<crate::ids::SupplierId, String>,
    /// What of it lies beyond soft maximum commitments.
    #[serde(default)]
    pub excesses: Vec<crate::order::caps::Excess>,
}

/// What a reader of orders may filter by: what stands on orders that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilterChoices {
    /// Sites, by name.
    pub sites: Vec<Choice>,
    /// Suppliers, by name.
    pub suppliers: Vec<Choice>,
}

/// An identifier to filter by, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: String,
}
