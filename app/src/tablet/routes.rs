//! Where things are: the only URL strings of the tablet's app.

use calloff_core::ids::DocumentId;

/// The front door of the app of head office. It is another app: links to it leave this one
/// (`rel="external"`), and the service worker lets its addresses through.
pub const DESK: &str = "/desk/orders";

/// A page, with what its address says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// The start of whichever workspace this browser is for.
    Home,
    /// Search; what is found goes to an order, or begins one.
    Find { order: Option<DocumentId> },
    /// One order of the tablet.
    Order(DocumentId),
    /// The site's order guide: count, and order what is missing.
    Guide,
    /// What the site says of itself: guide and pars, receiving hours, contacts.
    Site,
    /// Language, storage, who and where this tablet is.
    Settings,
    /// Trades an enrolment code, which stands in the fragment: it is never sent to a server by
    /// itself.
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

    /// The page at a path; `None` where there is none.
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
