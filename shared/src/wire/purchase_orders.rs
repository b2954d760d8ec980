//! Purchase orders and their way to the supplier, as head office sees them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::{Date, DateTime};
use crate::ids::{ContractId, DocumentId, ItemId, LocationId, OrderLineId, SupplierId};
use crate::money::Money;
use crate::order::PurchaseOrderState;
use crate::order::basket::Charge;
use crate::quantity::Quantity;
use crate::site::Contact;
use crate::supplier::{OrderChannel, SupplierContact};

/// A filter for purchase orders. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderFilter {
    /// It is for this site, or for a site below this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<LocationId>,
    /// It is to this supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierId>,
    /// It is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PurchaseOrderState>,
    /// It is delivered on this day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// It is delivered on this day or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Its number contains this text. Upper and lower case are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// A part of the list of purchase orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderPage {
    /// The purchase orders. The one with the latest delivery day comes first.
    pub purchase_orders: Vec<PurchaseOrderRow>,
    /// The number of purchase orders that match the filter.
    pub count: u64,
}

/// A purchase order, for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderRow {
    /// Its number.
    pub number: String,
    /// The order from which it was cut.
    pub order: DocumentId,
    /// The site that gets the delivery.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The supplier.
    pub supplier: SupplierId,
    /// The supplier's name when the purchase order was made.
    pub supplier_name: String,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The sum of the line amounts, without charges.
    pub total: Money,
    /// The number of lines.
    pub lines: u32,
    /// How far it is.
    pub state: PurchaseOrderState,
    /// Since when, in milliseconds since the Unix epoch. `None` if nobody knows.
    pub state_since: Option<i64>,
}

/// A line of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderLine {
    /// The number of the line, from 1. With the number of the purchase order it is unique:
    /// `PO-000123-4`.
    pub position: u32,
    /// The line of the order.
    pub order_line: OrderLineId,
    /// The item.
    pub item: ItemId,
    /// Its description in the release of the locked price.
    pub description: String,
    /// The number that the supplier uses for the item.
    pub supplier_item_number: Option<String>,
    /// The item's GTIN, with 14 digits.
    pub gtin: Option<String>,
    /// The quantity, in the orderable unit.
    pub quantity: Quantity,
    /// What one orderable unit contains, in the item's base unit. `None` if both are the same.
    pub content: Option<Quantity>,
    /// The price of `base_quantity` orderable units, in the currency of `amount`.
    pub unit_price: Decimal,
    /// The number of orderable units that `unit_price` buys.
    pub base_quantity: Decimal,
    /// The line amount.
    pub amount: Money,
    /// The contract of the locked price.
    pub contract: ContractId,
    /// The version of the contract.
    pub version: u32,
}

/// The text of a purchase order: everything that the supplier reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderText {
    /// The number.
    pub number: String,
    /// The revision, from 1.
    pub revision: u32,
    /// The organisation that buys.
    pub buyer: String,
    /// The site's name.
    pub site_name: String,
    /// The address for the delivery, one entry for each line.
    pub address: Vec<String>,
    /// The site's GS1 location number.
    pub gln: Option<String>,
    /// What a driver must know. Empty if there is nothing.
    pub delivery_instructions: String,
    /// The people at the site whom a driver or the supplier can ask.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// The hours in which the site takes deliveries on the delivery day, as local times. `None` if
    /// the site did not say.
    pub receiving_hours: Option<(String, String)>,
    /// The supplier's name.
    pub supplier_name: String,
    /// The organisation's customer number at the supplier, for this site.
    pub account: Option<String>,
    /// The site-local day and time at which the order arrived at head office.
    pub ordered_at: DateTime,
    /// The name of the person who submitted it.
    pub ordered_by: String,
    /// The note of the order. Empty without one.
    pub note: String,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The lines.
    pub lines: Vec<PurchaseOrderLine>,
    /// The charges and allowances of its contracts.
    pub charges: Vec<Charge>,
    /// The sum of the line amounts.
    pub total: Money,
    /// The sum of line amounts and charges: what the supplier may invoice, before taxes.
    pub payable: Money,
}

/// A purchase order with its text and its way to the supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderDetail {
    /// Its row in the list.
    pub row: PurchaseOrderRow,
    /// What the supplier reads. `None` if the release of its prices is gone.
    pub text: Option<PurchaseOrderText>,
    /// Why a person must send it, in English. `None` if none must.
    pub why_person: Option<String>,
    /// Why it has no UBL document. Empty if it has one, or if it has no text.
    #[serde(default)]
    pub ubl_gaps: Vec<UblGap>,
    /// The channels by which the server sends to this supplier, in their order.
    pub channels: Vec<OrderChannel>,
    /// The people to call.
    pub contacts: Vec<SupplierContact>,
    /// What was sent or is to be sent. The latest comes first.
    pub dispatches: Vec<DispatchRow>,
}

/// What a purchase order lacks to be a valid document of the Peppol network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UblGap {
    /// The address of the organisation in the Peppol network (`--peppol-id`).
    BuyerAddress,
    /// The address of the supplier in the Peppol network.
    SupplierAddress,
    /// The country of the supplier.
    SupplierCountry,
    /// A unit that Peppol does not know.
    Unit,
    /// Its currency has more than two decimals, or an amount is not quantity times price.
    Amounts,
    /// A total is negative.
    Negative,
}

/// One sending of a purchase order by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchRow {
    /// The number of the dispatch.
    pub id: i64,
    /// The revision of the purchase order.
    pub revision: u32,
    /// The channel with its destination.
    pub channel: OrderChannel,
    /// How often a person asked to send this revision by this channel, from 1.
    pub copy: u32,
    /// Its state.
    pub state: DispatchState,
    /// The person who sent it, or asked for it. `None` if the server did so by itself.
    pub by: Option<String>,
    /// What the person wrote about it. Empty without words.
    pub note: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// The attempts, in their order.
    pub attempts: Vec<DispatchAttempt>,
    /// Whether its bytes can be looked at.
    pub has_content: bool,
    /// Whether a UBL document was written beside its bytes. A mail has it among its attachments.
    #[serde(default)]
    pub has_ubl: bool,
}

/// The state of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchState {
    /// The server tries to send it.
    Waiting,
    /// The server does not know whether the last attempt arrived, and sends the same bytes again.
    Uncertain,
    /// It was handed over.
    Sent,
    /// It was refused for good, or tried too often.
    Failed,
    /// A person took back that it was sent.
    TakenBack,
}

impl DispatchState {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Uncertain, Self::Sent, Self::Failed, Self::TakenBack];

    /// The name of the state in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::TakenBack => "taken_back",
        }
    }

    /// The state with a name. `None` if there is no such state.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One attempt to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchAttempt {
    /// When it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What the other side said, or why it failed, in English. `None` while it is under way, and
    /// for ever if the server stopped in the middle.
    pub answer: Option<String>,
}

/// Sends a purchase order again by all channels of its supplier, or for the first time if a person
/// had to say so: `POST /api/purchase-orders/{purchase_order}/send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRequest {
    /// The number of dispatches that the person saw. The request is refused if there are more, so
    /// that two people do not send the same order twice.
    pub seen: u32,
}

/// Says that a person sent a purchase order:
/// `POST /api/purchase-orders/{purchase_order}/sent-by-hand`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentByHandRequest {
    /// The number of dispatches that the person saw, as in [`SendRequest`].
    pub seen: u32,
    /// How it was sent ("by phone, Ms Weber took it").
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_name_everywhere() {
        for state in PurchaseOrderState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
            assert_eq!(PurchaseOrderState::named(state.name()), Some(state));
        }
        for state in DispatchState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
            assert_eq!(DispatchState::named(state.name()), Some(state));
        }
    }
}
