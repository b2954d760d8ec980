use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, DateTime};
use crate::ids::{
    ContractId, DeviceId, DocumentId, IntentId, ItemId, LocationId, OrderLineId, SupplierId,
};
use crate::money::Money;
use crate::order::exception::DecisionVerdict;
use crate::order::{OrderStage, OrderState};
use crate::quantity::Quantity;

/// A filter for orders. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilter {
    /// The order is for this site, or for a site below this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<LocationId>,
    /// The order has a purchase order to this supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierId>,
    /// The order was received on this site-local day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The order was received on this site-local day or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// The order is at this stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<OrderStage>,
}

/// A page of the orders of all sites that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPage {
    /// The orders. The order with the latest site-local day comes first.
    pub orders: Vec<OrderRow>,
    /// The sum over all orders that match the filter, one amount for each currency, ordered by
    /// code. With a supplier in the filter, only that supplier's purchase orders count, as in the
    /// rows.
    pub totals: Vec<Money>,
    /// The number of orders that match the filter. It is larger than the length of `orders` when
    /// the list was cut.
    pub count: u64,
}

/// One order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// The document of the order.
    pub document: DocumentId,
    /// The site that ordered.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The stage of the order.
    pub stage: OrderStage,
    /// The display name of the person who submitted it.
    pub submitted_by: String,
    /// The time of the submission, by the tablet's clock, in milliseconds since the Unix epoch. It
    /// is shown, but never trusted.
    pub submitted_at: i64,
    /// The tablet that submitted it.
    pub device: DeviceId,
    /// The name of that tablet.
    pub device_name: String,
    /// The time when the server received it, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The release with which its lines were resolved.
    pub release: Option<u64>,
    /// The number of its lines.
    pub lines: u32,
    /// The names of its suppliers, in alphabetical order.
    pub suppliers: Vec<String>,
    /// The sum of its purchase orders, one amount for each currency, ordered by code.
    pub totals: Vec<Money>,
    /// For an order on hold: the sum of its lines at their locked prices, one amount for each
    /// currency, ordered by code.
    #[serde(default)]
    pub locked: Vec<Money>,
    /// Whether it was on hold and procurement honoured its locked prices.
    #[serde(default)]
    pub is_honoured: bool,
    /// The site-local day on which the server received it. Orders are listed and filtered by this
    /// day.
    pub received_on: Date,
    /// The site-local time when the server received it.
    #[serde(default)]
    pub received_local: Option<DateTime>,
    /// The site-local time of the submission, if the tablet's clock was right.
    #[serde(default)]
    pub submitted_local: Option<DateTime>,
    /// The IANA time zone of the site.
    #[serde(default)]
    pub time_zone: String,
    /// Names on the order of people who may not order at the site, and might not within the last 30
    /// days. Tablets send only names.
    #[serde(default)]
    pub unknown_names: Vec<String>,
}

/// Decides about an order on hold: `POST /api/orders/{document}/decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRequest {
    /// The submission that the person looked at. A submission that the site sent later is not
    /// meant.
    pub submission: IntentId,
    /// Whether to honour or to decline.
    pub verdict: DecisionVerdict,
    /// The reason, in words that the site will read.
    pub why: String,
    /// New delivery days, by line. Every line whose locked day has passed needs one; other lines
    /// may have one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub new_days: BTreeMap<OrderLineId, Date>,
}

/// What procurement needs to know to decide about a line of an order on hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineToDecide {
    /// The identifier of the line.
    pub line: OrderLineId,
    /// The name of the supplier of the locked price.
    pub supplier_name: String,
    /// Whether its locked delivery day has passed, so that it needs a new one.
    pub is_missed: bool,
    /// The next possible delivery days, by the contract version of the locked price.
    pub days: Vec<Date>,
    /// The price of the same request today; `None` when no contract supplies it unchanged.
    pub today: Option<PriceToday>,
}

/// What the same request resolves to today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceToday {
    /// The number of the release in force at the site.
    pub release: u64,
    /// The contract that supplies.
    pub contract: ContractId,
    /// The name of the supplier.
    pub supplier_name: String,
    /// The price of `base_quantity` orderable units, in the currency of `amount`.
    pub unit_price: Decimal,
    /// The number of orderable units that `unit_price` buys.
    pub base_quantity: Decimal,
    /// The quantity, in the orderable unit.
    pub quantity: Quantity,
    /// The line amount.
    pub amount: Money,
    /// The day of the delivery.
    pub delivery_date: Date,
}

/// One order with all its locked prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    /// The row of the order in the list.
    pub row: OrderRow,
    /// When the order was begun, on the site's clock. `None` if the tablet's clock was wrong beyond
    /// the calendar.
    #[serde(default)]
    pub created_local: Option<DateTime>,
    /// When the server answered, on the site's clock. `None` before that.
    #[serde(default)]
    pub answered_local: Option<DateTime>,
    /// When procurement decided about the order, on the site's clock. `None` if it did not.
    #[serde(default)]
    pub decided_local: Option<DateTime>,
    /// The order as read from its document: lines, locked prices, purchase orders, refusals.
    pub order: OrderState,
    /// The descriptions of its items, by item.
    pub descriptions: BTreeMap<ItemId, String>,
    /// The names of the suppliers in its locked prices, by supplier.
    #[serde(default)]
    pub suppliers: BTreeMap<SupplierId, String>,
    /// The parts of the order that exceed soft maximum commitments.
    #[serde(default)]
    pub excesses: Vec<crate::order::caps::Excess>,
    /// For an order on hold that can be honoured: what procurement needs to know, by line.
    #[serde(default)]
    pub to_decide: Vec<LineToDecide>,
}

/// The choices for filters: the sites and suppliers of the orders that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFilterChoices {
    /// The sites, ordered by name.
    pub sites: Vec<Choice>,
    /// The suppliers, ordered by name.
    pub suppliers: Vec<Choice>,
}

/// An identifier to choose, with the name that people see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: String,
}
