use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, DateTime};
use crate::ids::{
    ContractId, DeviceId, DocumentId, IntentId, ItemId, LocationId, OrderLineId, SupplierId,
};
use crate::money::{Currency, Money};
use crate::order::exception::Verdict;
use crate::order::{OrderStage, OrderState};
use crate::quantity::Quantity;

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
    /// The orders, the latest day at the site first.
    pub orders: Vec<OrderRow>,
    /// The sum over every order that the filter admits, one amount for each currency, by code. With
    /// a supplier in the filter, only that supplier's purchase orders count, here as in the rows.
    pub totals: Vec<Money>,
    /// Currencies whose sum is too large to be computed exactly: it is left out of the totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub too_large: Vec<Currency>,
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
    /// For an order that waits: what its lines come to as pinned, one amount for each currency, by
    /// code.
    #[serde(default)]
    pub pinned: Vec<Money>,
    /// Whether it waited and its pins were honoured.
    #[serde(default)]
    pub is_honoured: bool,
    /// The day on which the server received it, where the site is: orders are listed and filtered
    /// by it.
    pub received_on: Date,
    /// What the clock at the site showed then.
    #[serde(default)]
    pub received_local: Option<DateTime>,
    /// What it showed when the order was submitted, if the tablet's clock was right.
    #[serde(default)]
    pub submitted_local: Option<DateTime>,
    /// The IANA time zone of the site.
    #[serde(default)]
    pub time_zone: String,
    /// Names on it that are nobody's who may order at the site, or might within the last 30 days:
    /// tablets say who orders.
    #[serde(default)]
    pub unknown_names: Vec<String>,
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
    /// The day of delivery for each line whose pinned day has passed; for others as wished.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub new_days: BTreeMap<OrderLineId, Date>,
}

/// What procurement looks at before it decides about a line of an order that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineToDecide {
    /// Which line.
    pub line: OrderLineId,
    /// The name of the supplier that it pins.
    pub supplier_name: String,
    /// Whether its pinned day of delivery has passed, so that it needs a new one.
    pub is_missed: bool,
    /// The next days on which it can be delivered, by the contract version that it pins.
    pub days: Vec<Date>,
    /// What the same would be ordered at today; `None` where no contract supplies it as asked.
    pub today: Option<PriceToday>,
}

/// What resolves today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceToday {
    /// The release in force at the site.
    pub release: u64,
    /// The contract.
    pub contract: ContractId,
    /// The supplier's name.
    pub supplier_name: String,
    /// The price, per `base_quantity`, in the currency of `amount`.
    pub unit_price: Decimal,
    /// How many orderable units the price buys.
    pub base_quantity: Decimal,
    /// How much, in the orderable unit.
    pub quantity: Quantity,
    /// What it costs.
    pub amount: Money,
    /// When it comes.
    pub delivery_date: Date,
}

/// One order with all that is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    /// Its row.
    pub row: OrderRow,
    /// Its document as read: lines, pins, purchase orders, refusals.
    pub order: OrderState,
    /// Descriptions of the items that it names, by item.
    pub descriptions: BTreeMap<ItemId, String>,
    /// Names of the suppliers that its pins name, by supplier.
    #[serde(default)]
    pub suppliers: BTreeMap<SupplierId, String>,
    /// What of it lies beyond soft maximum commitments.
    #[serde(default)]
    pub excesses: Vec<crate::order::caps::Excess>,
    /// For an order that waits and can be honoured: what there is to decide, by line.
    #[serde(default)]
    pub to_decide: Vec<LineToDecide>,
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
