//! Suppliers, as head office keeps them.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::contract::ContractStatus;
use crate::ids::{ContractId, SupplierId};
use crate::supplier::{OrderChannel, SupplierAccount, SupplierProfile};

/// A supplier, for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierRow {
    /// The supplier.
    pub supplier: SupplierId,
    /// Its name.
    pub name: String,
    /// The channel that is tried first. `None` if a person sends its purchase orders.
    pub channel: Option<OrderChannel>,
    /// The telephone number to call about orders. It may be empty.
    pub phone: String,
    /// The number of its contracts that have not ended.
    pub contracts: u32,
    /// The number of sites to which it delivered in the last 90 days, or will deliver.
    pub sites: u32,
    /// The number of its purchase orders that wait for a person.
    pub to_send: u32,
}

/// A contract of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierContract {
    /// The contract.
    pub contract: ContractId,
    /// Its title.
    pub title: String,
    /// The status of its latest version.
    pub status: ContractStatus,
    /// The last day of the contract. `None` if it has no end.
    pub end: Option<Date>,
}

/// A customer number with the name of its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierAccountRow {
    /// The account.
    #[serde(flatten)]
    pub account: SupplierAccount,
    /// The name of its place.
    pub place: String,
}

/// A supplier with everything that head office keeps about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierDetail {
    /// Its row in the list.
    pub row: SupplierRow,
    /// The number of changes that people made to profile and accounts.
    pub revision: u32,
    /// Who made the last change, and when, in milliseconds since the Unix epoch. `None` before the
    /// first one.
    pub changed: Option<(String, i64)>,
    /// How it is reached.
    pub profile: SupplierProfile,
    /// The organisation's customer numbers, ordered by the name of the place.
    pub accounts: Vec<SupplierAccountRow>,
    /// Its contracts that have not ended, ordered by title.
    pub contracts: Vec<SupplierContract>,
}

/// Changes how a supplier is reached: `POST /api/suppliers/{supplier}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSupplierRequest {
    /// The revision that the person saw. The change is refused if there is a later one.
    pub revision: u32,
    /// The whole profile.
    pub profile: SupplierProfile,
    /// All customer numbers. Those that are missing are removed.
    pub accounts: Vec<SupplierAccount>,
}
