//! The addresses of the tablet's app. No other module holds URL strings.

use calloff_core::ids::DocumentId;

/// The first page of head office's app. It is another app: links to it leave this one
/// (`rel="external"`), and the service worker does not answer for its addresses.
pub const DESK: &str = "/desk/orders";

/// A page with the values in its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// The first page of the app: its content depends on the role of this browser.
    Home,
    /// The search. Found items go to `order`. With `None`, the first one begins an order.
    Find { order: Option<DocumentId> },
    /// One order of the tablet.
    Order(DocumentId),
    /// The site's order guide: people count, and order what is missing.
    Guide,
    /// The site's own settings: guide and pars, receiving hours, contacts.
    Site,
    /// Language, storage, person and site of this tablet.
    Settings,
    /// Enrolment with a code. The code is in the fragment of the address, which a browser does not
    /// send to a server.
    Enrol,
}

impl Page {
    /// The path of the page.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::Find { order: None } => "/find".to_owned(),
            Self::Find { order: Some(order) } => format!("/orders/{order}/find"),
            Self::Order(order) => format!("/orders/{order}"),
            Self::Guide => "/guide".to_owned(),
            Self::Site => "/site".to_owned(),
            Self::Settings => "/settings".to_owned(),
            Self::Enrol => "/enrol".to_owned(),
        }
    }

    /// The page at a path. `None` if there is no page.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let page = match segments.as_slice() {
            [] => Self::Home,
            ["find"] => Self::Find { order: None },
            ["orders", order, "find"] => Self::Find { order: Some(order.parse().ok()?) },
            ["orders", order] => Self::Order(order.parse().ok()?),
            ["guide"] => Self::Guide,
            ["site"] => Self::Site,
            ["settings"] => Self::Settings,
            ["enrol"] => Self::Enrol,
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
            Page::Home,
            Page::Find { order: None },
            Page::Find { order: Some(order) },
            Page::Order(order),
            Page::Guide,
            Page::Site,
            Page::Settings,
            Page::Enrol,
        ];
        for page in pages {
            assert_eq!(Page::parse(&page.path()), Some(page));
        }
    }

    #[test]
    fn other_paths_are_no_page() {
        for path in ["/nowhere", "/orders/12", "/orders//find", "/desk", "/desk/orders"] {
            assert_eq!(Page::parse(path), None, "{path}");
        }
    }
}
