//! The addresses of the desk's app. No other module holds URL strings.

use calloff_core::ids::DocumentId;

/// The address of the tablets' app, a separate app. Links to it leave the desk (`rel="external"`).
pub const TABLETS_APP: &str = "/";

/// A page with the values in its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    SignIn,
    /// Merged orders of all sites.
    Orders,
    /// One merged order.
    Order(DocumentId),
    /// Tablets, and codes that enrol tablets.
    Tablets,
    /// Batches that the server refused.
    Quarantine,
    /// The log of privileged acts.
    Audit,
}

impl Page {
    /// The path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::SignIn => "/desk/sign-in".to_owned(),
            Self::Orders => "/desk/orders".to_owned(),
            Self::Order(order) => format!("/desk/orders/{order}"),
            Self::Tablets => "/desk/tablets".to_owned(),
            Self::Quarantine => "/desk/quarantine".to_owned(),
            Self::Audit => "/desk/audit".to_owned(),
        }
    }

    /// The page at a path. `None` if there is no page.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let page = match segments.as_slice() {
            ["desk", "sign-in"] => Self::SignIn,
            ["desk"] | ["desk", "orders"] => Self::Orders,
            ["desk", "tablets"] => Self::Tablets,
            ["desk", "quarantine"] => Self::Quarantine,
            ["desk", "audit"] => Self::Audit,
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
            Page::Tablets,
            Page::Quarantine,
            Page::Audit,
        ];
        for page in pages {
            assert_eq!(Page::parse(&page.path()), Some(page));
        }
        assert_eq!(Page::parse("/desk/"), Some(Page::Orders));
    }

    #[test]
    fn other_paths_are_no_page() {
        for path in ["/", "/orders", "/desk/nowhere", "/desk/orders/x/y", "/desk/orders/12"] {
            assert_eq!(Page::parse(path), None, "{path}");
        }
    }
}
