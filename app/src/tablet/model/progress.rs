//! The progress of an order, as people at the site see it.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::SupplierId;
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::charges;
use calloff_core::order::{LockedPrice, OrderStage, OrderState};

use super::basket::totals_of;
use crate::tablet::state::workspace::OrderView;

/// The steps of an order: draft → saved on this tablet → at head office → accepted, or refused with
/// reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    Draft,
    /// A person sent the order, and it is still only on this tablet.
    SavedHere,
    AtHeadOffice,
    /// The order is on hold: procurement decides about it.
    OnHold,
    Accepted,
    Refused,
}

impl Progress {
    /// The name in `data-state` and in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::SavedHere => "saved",
            Self::AtHeadOffice => "at-head-office",
            Self::OnHold => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// The progress of an order.
#[must_use]
pub fn progress(order: &OrderView) -> Progress {
    match order.state.stage() {
        OrderStage::Draft => Progress::Draft,
        OrderStage::Submitted if order.is_unsent => Progress::SavedHere,
        OrderStage::Submitted => Progress::AtHeadOffice,
        OrderStage::OnHold => Progress::OnHold,
        OrderStage::Accepted => Progress::Accepted,
        OrderStage::Refused => Progress::Refused,
    }
}

/// The sums of a sent order at its locked prices with charges, one for each currency. The charges
/// are those of the purchase orders, or else those of the contracts in the catalogue. Empty for a
/// draft, which locks no price.
#[must_use]
pub fn locked_totals(order: &OrderState, catalogue: Option<&Catalogue>) -> Vec<Money> {
    let cut = &order.server.purchase_orders;
    if order.stage() == OrderStage::Accepted && !cut.is_empty() {
        return totals_of(
            cut.iter().map(|cut| (cut.total.currency, Some(cut.total), &cut.charges[..])),
        );
    }
    let mut groups: BTreeMap<(&SupplierId, Date, Currency), Vec<&LockedPrice>> = BTreeMap::new();
    for (id, line) in order.ordered_lines() {
        let Some(locked) = &line.locked else { continue };
        let day = order.delivery_date(id, locked);
        groups.entry((&locked.supplier, day, locked.currency())).or_default().push(locked);
    }
    let charged: Vec<_> = groups
        .into_iter()
        .map(|((.., currency), locked_prices)| {
            let total = locked_prices.iter().try_fold(Money::zero(currency), |sum, locked| {
                sum.checked_add(&locked.amount).ok()
            });
            let added = catalogue
                .map(|catalogue| charges(catalogue, locked_prices.iter().copied(), currency))
                .unwrap_or_default();
            (currency, total, added)
        })
        .collect();
    totals_of(charged.iter().map(|(currency, total, added)| (*currency, *total, &added[..])))
}

/// Other sent orders to one of the basket's suppliers for one of its days: the suppliers of each
/// such day. One delivery might do for both, or the same thing was ordered twice.
#[must_use]
pub fn duplicates<'o>(
    order: &OrderState,
    groups: &[calloff_core::order::basket::Group],
    others: impl Iterator<Item = &'o OrderView>,
) -> BTreeMap<Date, BTreeSet<String>> {
    let mut found: BTreeMap<Date, BTreeSet<String>> = BTreeMap::new();
    for other in others
        .filter(|other| other.state.document != order.document && other.state.site == order.site)
    {
        if !matches!(
            progress(other),
            Progress::SavedHere | Progress::AtHeadOffice | Progress::OnHold | Progress::Accepted
        ) {
            continue;
        }
        let locked_prices =
            other.state.lines.iter().filter_map(|(id, line)| Some((id, line.locked.as_ref()?)));
        for (line, locked) in locked_prices {
            let day = other.state.delivery_date(line, locked);
            let same = groups
                .iter()
                .find(|group| group.supplier == locked.supplier && group.delivery_date == day);
            let name = same.map(|group| {
                group.supplier_name.clone().unwrap_or_else(|| group.supplier.to_string())
            });
            if let Some(name) = name {
                found.entry(day).or_default().insert(name);
            }
        }
    }
    found
}

#[cfg(test)]
pub(in crate::tablet) mod tests {
    use calloff_core::order::ServerStatus;

    use super::*;
    use crate::tablet::model::basket::tests::{draft, submitted};

    pub(in crate::tablet) fn view(state: OrderState, is_unsent: bool) -> OrderView {
        OrderView { state: state.into(), is_unsent, held_back: [].into() }
    }

    #[test]
    fn a_sent_order_is_saved_here_until_the_server_has_it() {
        assert_eq!(progress(&view(draft(1), true)), Progress::Draft);
        assert_eq!(progress(&view(submitted(1), true)), Progress::SavedHere);
        assert_eq!(progress(&view(submitted(1), false)), Progress::AtHeadOffice);
    }

    #[test]
    fn a_sent_order_comes_to_its_locked_prices_and_a_draft_to_nothing_yet() {
        // 12 sacks of flour cost 19.50 each, the price from ten sacks on.
        let amounts: Vec<_> =
            locked_totals(&submitted(1), None).iter().map(ToString::to_string).collect();
        assert_eq!(amounts, ["234.00 EUR"]);
        assert_eq!(locked_totals(&draft(1), None), []);
    }

    #[test]
    fn case_15_an_order_on_its_way_to_the_same_supplier_for_the_same_day_is_named() {
        let sent = view(submitted(1), false);
        let other = submitted(2);
        let basket = |order: &OrderState| {
            let locked = order.lines.values().find_map(|line| line.locked.clone()).unwrap();
            vec![calloff_core::order::basket::Group {
                supplier: locked.supplier.clone(),
                supplier_name: Some("The mill".into()),
                delivery_date: locked.delivery_date,
                total: None,
                minimum_order_value: None,
                charges: Vec::new(),
                order_by: None,
                lines: BTreeMap::new(),
            }]
        };
        let day = basket(&other)[0].delivery_date;
        assert_eq!(
            duplicates(&other, &basket(&other), [&sent].into_iter()),
            BTreeMap::from([(day, BTreeSet::from(["The mill".to_owned()]))])
        );
        assert!(
            duplicates(&sent.state, &basket(&other), [&sent].into_iter()).is_empty(),
            "never of itself"
        );
        let only_drafted = view(draft(3), false);
        assert!(duplicates(&other, &basket(&other), [&only_drafted].into_iter()).is_empty());
    }

    #[test]
    fn an_accepted_order_stays_accepted_whatever_is_unsent() {
        let mut order = submitted(1);
        order.server.status = Some(ServerStatus::Accepted { at: 1 });
        assert_eq!(progress(&view(order, true)), Progress::Accepted);
    }
}
