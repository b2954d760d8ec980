//! What the tablet's screens show, computed: pure functions over an order, a release and a moment.

pub mod basket;
pub mod guide;
pub mod home;
pub mod offer;
pub mod prices;
pub mod progress;
pub mod reorder;
pub mod sheet;

/// What the tests of basket and offer begin with.
#[cfg(test)]
pub(crate) mod testing {
    use calloff_core::catalogue::Catalogue;
    use calloff_core::order::ResolvedFor;
    use calloff_core::sample;
    use jiff::civil::date;

    pub fn catalogue() -> Catalogue {
        Catalogue::build(sample::small()).unwrap()
    }

    pub fn resolved() -> ResolvedFor {
        ResolvedFor {
            release: 1,
            order_date: date(2026, 6, 1),
            order_time: None,
            requested_delivery_date: None,
            resolved_at: 0,
        }
    }
}
