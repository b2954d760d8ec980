//! Names for the things that reasons name by identifiers.

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{ItemId, SupplierId};
use calloff_core::wire::OrderDetail;

/// A source of names: the catalogue of a tablet, or the names that the server sends with an order.
pub trait Names {
    /// The name of an item. `None` if it is not known.
    fn item(&self, item: &ItemId) -> Option<String>;

    /// The name of a supplier. `None` if it is not known.
    fn supplier(&self, supplier: &SupplierId) -> Option<String>;
}

impl Names for Catalogue {
    fn item(&self, item: &ItemId) -> Option<String> {
        Self::item(self, item).map(|item| item.description.clone())
    }

    fn supplier(&self, supplier: &SupplierId) -> Option<String> {
        Self::supplier(self, supplier).map(|supplier| supplier.name.clone())
    }
}

impl Names for OrderDetail {
    fn item(&self, item: &ItemId) -> Option<String> {
        self.descriptions.get(item).cloned()
    }

    fn supplier(&self, supplier: &SupplierId) -> Option<String> {
        self.suppliers.get(supplier).cloned()
    }
}

/// A tablet without a catalogue knows no names.
impl<N: Names> Names for Option<N> {
    fn item(&self, item: &ItemId) -> Option<String> {
        self.as_ref()?.item(item)
    }

    fn supplier(&self, supplier: &SupplierId) -> Option<String> {
        self.as_ref()?.supplier(supplier)
    }
}

impl<N: Names> Names for &N {
    fn item(&self, item: &ItemId) -> Option<String> {
        (*self).item(item)
    }

    fn supplier(&self, supplier: &SupplierId) -> Option<String> {
        (*self).supplier(supplier)
    }
}
