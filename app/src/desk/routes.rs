//! The addresses of the desk's app. No other module holds URL strings.

use calloff_core::ids::{ContractId, DocumentId, PersonId, SupplierId};
use calloff_core::percent::percent_decoded;

use crate::api::percent_encoded;

/// The address of the tablets' app, a separate app. Links to it leave the desk (`rel="external"`).
pub const TABLETS_APP: &str = "/";

/// A page with the values in its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Page {
    SignIn,
    /// Merged orders of all sites.
    Orders,
    /// One merged order.
    Order(DocumentId),
    /// The purchase orders of all sites.
    PurchaseOrders,
    /// One purchase order, by its number.
    PurchaseOrder(String),
    /// The contracts.
    Contracts,
    /// One contract.
    Contract(ContractId),
    /// The suppliers.
    Suppliers,
    /// One supplier.
    Supplier(SupplierId),
    /// Tablets, and codes that enrol tablets.
    Tablets,
    /// The people of the organisation.
    People,
    /// The form for a new person.
    NewPerson,
    /// One person.
    Person(PersonId),
    /// The location tree.
    Places,
    /// The page behind the link of an invitation. The token is in the fragment of the address,
    /// which a browser does not send.
    Welcome,
    /// Batches that the server refused.
    Quarantine,
    /// The log of privileged acts.
    Audit,
    /// Work that the server does later.
    Jobs,
}

impl Page {
    /// The path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::SignIn => "/desk/sign-in".to_owned(),
            Self::Orders => "/desk/orders".to_owned(),
            Self::Order(order) => format!("/desk/orders/{order}"),
            Self::PurchaseOrders => "/desk/purchase-orders".to_owned(),
            Self::PurchaseOrder(number) => {
                format!("/desk/purchase-orders/{}", percent_encoded(number))
            }
            Self::Contracts => "/desk/contracts".to_owned(),
            Self::Contract(contract) => {
                format!("/desk/contracts/{}", percent_encoded(contract.as_str()))
            }
            Self::Suppliers => "/desk/suppliers".to_owned(),
            Self::Supplier(supplier) => {
                format!("/desk/suppliers/{}", percent_encoded(supplier.as_str()))
            }
            Self::Tablets => "/desk/tablets".to_owned(),
            Self::People => "/desk/people".to_owned(),
            Self::NewPerson => "/desk/new-person".to_owned(),
            Self::Person(person) => format!("/desk/people/{}", percent_encoded(person.as_str())),
            Self::Places => "/desk/places".to_owned(),
            Self::Welcome => "/desk/invitation".to_owned(),
            Self::Quarantine => "/desk/quarantine".to_owned(),
            Self::Audit => "/desk/audit".to_owned(),
            Self::Jobs => "/desk/jobs".to_owned(),
        }
    }

    /// The page at a path. `None` if there is no page.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let page = match segments.as_slice() {
            ["desk", "sign-in"] => Self::SignIn,
            ["desk"] | ["desk", "orders"] => Self::Orders,
            ["desk", "purchase-orders"] => Self::PurchaseOrders,
            ["desk", "purchase-orders", number] => Self::PurchaseOrder(percent_decoded(number)?),
            ["desk", "contracts"] => Self::Contracts,
            ["desk", "contracts", contract] => {
                Self::Contract(percent_decoded(contract)?.parse().ok()?)
            }
            ["desk", "suppliers"] => Self::Suppliers,
            ["desk", "suppliers", supplier] => {
                Self::Supplier(percent_decoded(supplier)?.parse().ok()?)
            }
            ["desk", "tablets"] => Self::Tablets,
            ["desk", "people"] => Self::People,
            ["desk", "new-person"] => Self::NewPerson,
            ["desk", "people", person] => Self::Person(percent_decoded(person)?.parse().ok()?),
            ["desk", "places"] => Self::Places,
            ["desk", "invitation"] => Self::Welcome,
            ["desk", "quarantine"] => Self::Quarantine,
            ["desk", "audit"] => Self::Audit,
            ["desk", "jobs"] => Self::Jobs,
            ["desk", "orders", order] => Self::Order(order.parse().ok()?),
            _ => return None,
        };
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_again_by_its_path() {
        let order = DocumentId::mint(1_700_000_000_000, [7; 10]);
        let pages = [
            Page::SignIn,
            Page::Orders,
            Page::Order(order),
            Page::PurchaseOrders,
            Page::PurchaseOrder("PO-1/2 ü%".to_owned()),
            Page::Contracts,
            Page::Contract("FA-1/2 & ü".parse().unwrap()),
            Page::Suppliers,
            Page::Supplier("Acme / Söhne & Co.".parse().unwrap()),
            Page::Tablets,
            Page::People,
            Page::NewPerson,
            Page::Person("ana müller/50 %".parse().unwrap()),
            Page::Places,
            Page::Welcome,
            Page::Quarantine,
            Page::Audit,
            Page::Jobs,
        ];
        for page in pages {
            assert_eq!(Page::parse(&page.path()), Some(page));
        }
        assert_eq!(Page::parse("/desk/"), Some(Page::Orders));
    }

    #[test]
    fn other_paths_are_no_page() {
        for path in [
            "/",
            "/orders",
            "/desk/nowhere",
            "/desk/orders/x/y",
            "/desk/orders/12",
            "/desk/people/%f",
            "/desk/purchase-orders/PO-1/lines",
            "/desk/suppliers/%ff",
            "/desk/contracts/FA-1/lines",
            "/desk/people/%ff",
        ] {
            assert_eq!(Page::parse(path), None, "{path}");
        }
    }
}
