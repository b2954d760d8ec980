//! Where things are: the only URL strings of the app.

use calloff_core::ids::DocumentId;

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
    /// The workspace of people at headquarters.
    Desk(DeskPage),
}

/// A page of the desk workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeskPage {
    SignIn,
    /// Merged orders of all sites.
    Orders,
    /// One of them.
    Order(DocumentId),
    /// Tablets and the codes that enrol them.
    Tablets,
    /// Batches that the server refused.
    Quarantine,
    /// Privileged acts.
    Audit,
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
            Self::Desk(DeskPage::SignIn) => "/desk/sign-in".to_owned(),
            Self::Desk(DeskPage::Orders) => "/desk/orders".to_owned(),
            Self::Desk(DeskPage::Order(order)) => format!("/desk/orders/{order}"),
            Self::Desk(DeskPage::Tablets) => "/desk/tablets".to_owned(),
            Self::Desk(DeskPage::Quarantine) => "/desk/quarantine".to_owned(),
            Self::Desk(DeskPage::Audit) => "/desk/audit".to_owned(),
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
            ["desk", "sign-in"] => Self::Desk(DeskPage::SignIn),
            ["desk"] | ["desk", "orders"] => Self::Desk(DeskPage::Orders),
            ["desk", "tablets"] => Self::Desk(DeskPage::Tablets),
            ["desk", "quarantine"] => Self::Desk(DeskPage::Quarantine),
            ["desk", "audit"] => Self::Desk(DeskPage::Audit),
            ["desk", "orders", order] => Self::Desk(DeskPage::Order(order.parse().ok()?)),
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
            Page::Desk(DeskPage::SignIn),
            Page::Desk(DeskPage::Orders),
            Page::Desk(DeskPage::Order(order)),
            Page::Desk(DeskPage::Tablets),
            Page::Desk(DeskPage::Quarantine),
            Page::Desk(DeskPage::Audit),
        ];
        for page in pages {
            assert_eq!(Page::parse(&page.path()), Some(page));
        }
    }

    #[test]
    fn other_paths_are_no_page() {
        for path in ["/nowhere", "/orders/12", "/orders//find", "/desk/orders/x/y"] {
            assert_eq!(Page::parse(path), None, "{path}");
        }
    }
}
