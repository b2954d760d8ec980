//! The orders of a site as its home page lists them: by the day on which the goods arrive.

use std::collections::BTreeSet;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::OrderLineId;
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::{Charge, Group, basket_within};
use calloff_core::order::{OrderLine, OrderState, ResolvedFor};
use calloff_core::resolve::Remaining;

use super::basket::{supplier_name, totals_of};
use super::progress::{Progress, locked_totals, progress};
use crate::tablet::state::workspace::OrderView;

/// An order in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub order: OrderView,
    pub title: Title,
    /// The sums of the order with the charges of its contracts, one for each currency: at the
    /// locked prices, or at those that it would lock now.
    pub totals: Vec<Money>,
}

/// The title of an order: its name, or its suppliers if it has no name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    /// The name that people gave the order. Empty if it has none.
    pub name: String,
    /// The suppliers' names in alphabetical order, as the desk lists them. So the title of a draft
    /// changes only when a supplier is added or removed.
    pub suppliers: Vec<String>,
    /// The day of the next delivery. If all deliveries are in the past, the day of the last one.
    /// `None` if no line can be ordered.
    pub delivery: Option<Date>,
}

/// The time of a delivery, relative to today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    Today,
    Tomorrow,
    Later,
    /// The day is in the past.
    Earlier,
}

impl When {
    /// The group of a delivery on `day`, seen from `today`.
    #[must_use]
    pub fn of(day: Date, today: Date) -> Self {
        match (day.cmp(&today), today.tomorrow().is_ok_and(|tomorrow| tomorrow == day)) {
            (std::cmp::Ordering::Less, _) => Self::Earlier,
            (std::cmp::Ordering::Equal, _) => Self::Today,
            (std::cmp::Ordering::Greater, true) => Self::Tomorrow,
            (std::cmp::Ordering::Greater, false) => Self::Later,
        }
    }
}

/// The orders of a tablet in their groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    /// Orders that the server refused or did not take: a person must act.
    pub needs_attention: Vec<Row>,
    /// Sent orders that nobody has bought yet, the newest first. None of them has a day of delivery
    /// on which people may count.
    pub waiting: Vec<Row>,
    /// Drafts of the person at the tablet, the newest first.
    pub own_drafts: Vec<Row>,
    /// Drafts of other people, the newest first.
    pub other_drafts: Vec<Row>,
    /// Accepted orders by the time of delivery. Within a day the newest comes first, and among
    /// earlier days the latest day.
    pub sent: Vec<(When, Vec<Row>)>,
    /// Discarded drafts, the last discarded first. The site keeps them, so that a person can bring
    /// one back also after the message about it is gone.
    pub discarded: Vec<Row>,
}

/// The most orders of earlier days on the home page.
pub const MOST_EARLIER: usize = 10;

/// The most discarded drafts on the home page. Nobody looks for an older one.
const MOST_DISCARDED: usize = 10;

/// The person and the moment for which the list is made.
#[derive(Clone, Copy)]
pub struct Reading<'r> {
    /// The name of the person at the tablet. Empty if nobody is there.
    pub person: &'r str,
    pub today: Date,
    /// The data that resolves drafts. `None` before there is a catalogue.
    pub prices: Option<(&'r Catalogue, ResolvedFor, &'r Remaining)>,
}

/// Groups `orders`, which come oldest first. Drafts without a line are left out.
#[must_use]
pub fn group(orders: impl DoubleEndedIterator<Item = OrderView>, reading: Reading<'_>) -> Groups {
    let mut groups = Groups::default();
    let (mut sent, mut discarded): (Vec<(When, Row)>, Vec<_>) = Default::default();
    for order in orders.rev() {
        if order.state.is_let_go() {
            let at = order.state.discarded.as_ref().map(|discard| discard.at);
            let has_lines = order.state.ordered_lines().next().is_some();
            discarded.extend(at.filter(|_| has_lines).map(|at| (at, order)));
            continue;
        }
        let at = progress(&order);
        let row = row(order, reading);
        match at {
            _ if row.order.is_offered() => groups.waiting.push(row),
            _ if !row.order.held_back.is_empty() => groups.needs_attention.push(row),
            Progress::Refused => groups.needs_attention.push(row),
            Progress::Draft if row.order.state.held_by() == reading.person => {
                groups.own_drafts.push(row)
            }
            Progress::Draft => groups.other_drafts.push(row),
            Progress::SavedHere | Progress::AtHeadOffice | Progress::OnHold => {
                groups.waiting.push(row);
            }
            Progress::Accepted => {
                let when =
                    row.title.delivery.map_or(When::Later, |day| When::of(day, reading.today));
                sent.push((when, row));
            }
        }
    }
    sent.sort_by(|(a_when, a), (b_when, b)| {
        let days = a.title.delivery.cmp(&b.title.delivery);
        a_when.cmp(b_when).then(if *a_when == When::Earlier { days.reverse() } else { days })
    });
    for (when, row) in sent {
        match groups.sent.last_mut() {
            Some((last, rows)) if *last == when => {
                if when != When::Earlier || rows.len() < MOST_EARLIER {
                    rows.push(row);
                }
            }
            _ => groups.sent.push((when, vec![row])),
        }
    }
    discarded.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let last = discarded.into_iter().take(MOST_DISCARDED);
    groups.discarded = last.map(|(_, order)| row(order, reading)).collect();
    groups
}

fn row(order: OrderView, reading: Reading<'_>) -> Row {
    let (title, totals) = summary(&order.state, reading);
    Row { order, title, totals }
}

/// The title of an order now.
#[must_use]
pub fn title(order: &OrderState, reading: Reading<'_>) -> Title {
    summary(order, reading).0
}

/// The title of an order and its sums.
fn summary(order: &OrderState, reading: Reading<'_>) -> (Title, Vec<Money>) {
    let catalogue = reading.prices.map(|(catalogue, ..)| catalogue);
    let (deliveries, totals): (BTreeSet<_>, _) = match reading.prices {
        Some((catalogue, resolved, remaining)) if order.is_editable() => {
            let basket = basket_within(order, catalogue, resolved, remaining.clone());
            let name = |group: &Group| {
                group.supplier_name.clone().unwrap_or_else(|| group.supplier.to_string())
            };
            let deliveries = basket.groups.iter().map(|group| (group.delivery_date, name(group)));
            (deliveries.collect(), totals_of(basket.groups.iter().filter_map(charged)))
        }
        _ => (locked_deliveries(order, catalogue), locked_totals(order, catalogue)),
    };
    let next = deliveries.iter().map(|(day, _)| *day).find(|day| *day >= reading.today);
    let delivery = next.or_else(|| deliveries.last().map(|(day, _)| *day));
    let suppliers: BTreeSet<String> = deliveries.into_iter().map(|(_, name)| name).collect();
    let suppliers = suppliers.into_iter().collect();
    (Title { name: order.name.value.clone(), suppliers, delivery }, totals)
}

/// What [`totals_of`] needs of a group. `None` if the group has no line.
fn charged(group: &Group) -> Option<(Currency, Option<Money>, &[Charge])> {
    Some((group.lines.values().next()?.currency(), group.total, &group.charges))
}

/// The delivery days and suppliers of the lines with a locked price. A supplier has its name on the
/// purchase order, or else its present name.
fn locked_deliveries(
    order: &OrderState,
    catalogue: Option<&Catalogue>,
) -> BTreeSet<(Date, String)> {
    let delivery = |(id, line): (&OrderLineId, &OrderLine)| {
        let locked = line.locked.as_ref()?;
        let cut = order.server.purchase_orders.iter().find(|cut| cut.lines.contains(id));
        let named = || {
            catalogue.map_or_else(
                || locked.supplier.to_string(),
                |catalogue| supplier_name(catalogue, locked),
            )
        };
        Some((
            order.delivery_date(id, locked),
            cut.and_then(|cut| cut.supplier_name.clone()).unwrap_or_else(named),
        ))
    };
    order.ordered_lines().filter_map(delivery).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use calloff_core::calendar::IsoWeekday;
    use calloff_core::order::exception::DecisionVerdict;
    use calloff_core::order::{Decision, Discard, Register, ServerStatus};
    use calloff_core::wire::{PushRefusal, PushRefusalCode};
    use jiff::civil::date;
    use rust_decimal::Decimal;

    use super::*;
    use crate::tablet::model::basket::tests::{draft, submitted};
    use crate::tablet::model::progress::tests::view;

    fn grouped(orders: Vec<OrderView>, today: Date) -> Groups {
        group(orders.into_iter(), Reading { person: "Ana", today, prices: None })
    }

    fn accepted(number: u8) -> OrderState {
        let mut order = submitted(number);
        order.server.status = Some(ServerStatus::Accepted { at: 1 });
        order
    }

    fn refusal(code: PushRefusalCode) -> Arc<[PushRefusal]> {
        [PushRefusal { change: None, code, message: String::new() }].into()
    }

    fn ids(rows: &[Row]) -> Vec<i64> {
        rows.iter().map(|row| row.order.state.created_at).collect()
    }

    #[test]
    fn drafts_of_who_is_there_stand_apart_and_refusals_before_them() {
        let mut refused = submitted(2);
        let submission = refused.submitted.clone().unwrap().id;
        refused.server.status =
            Some(ServerStatus::Refused { submission, at: 1, reasons: Vec::new() });
        let mut handed_over = draft(5);
        handed_over.holder = Register::settled("Ben".to_owned());
        let orders = [draft(1), refused, draft(4), handed_over].map(|order| view(order, false));
        let groups = grouped(orders.to_vec(), date(2026, 6, 1));
        assert_eq!(
            (ids(&groups.needs_attention), ids(&groups.own_drafts), ids(&groups.other_drafts)),
            (vec![2], vec![4, 1], vec![5])
        );
    }

    #[test]
    fn what_nobody_wants_any_more_is_not_listed_and_what_was_not_taken_needs_somebody() {
        let mut emptied = draft(1);
        emptied
            .lines
            .values_mut()
            .for_each(|line| line.quantity = Register::settled(Decimal::ZERO));
        let discard = |is_overtaken| Some(Discard { by: "Ana".into(), at: 0, is_overtaken });
        let discarded = OrderState { discarded: discard(false), ..draft(2) };
        let overtaken = OrderState { discarded: discard(true), ..draft(3) };
        let mut held_back = view(draft(4), true);
        held_back.held_back = refusal(PushRefusalCode::Malformed);
        let orders =
            vec![view(emptied, false), view(discarded, false), view(overtaken, false), held_back];
        let groups = grouped(orders, date(2026, 6, 1));
        assert_eq!((ids(&groups.own_drafts), ids(&groups.needs_attention)), (vec![3], vec![4]));
    }

    #[test]
    fn what_was_discarded_can_be_found_the_last_first() {
        let discarded = |number: u8, at: i64| OrderState {
            discarded: Some(Discard { by: "Ana".into(), at, is_overtaken: false }),
            ..draft(number)
        };
        let mut emptied = discarded(3, 9);
        emptied
            .lines
            .values_mut()
            .for_each(|line| line.quantity = Register::settled(Decimal::ZERO));
        let mut orders: Vec<_> = (10..30).map(|number| discarded(number, number.into())).collect();
        orders.extend([discarded(1, 8), discarded(2, 40), emptied, draft(4)]);
        let orders = orders.into_iter().map(|order| view(order, false)).collect();
        let groups = grouped(orders, date(2026, 6, 1));
        assert_eq!(ids(&groups.own_drafts), [4]);
        assert_eq!(ids(&groups.discarded), [2, 29, 28, 27, 26, 25, 24, 23, 22, 21]);
    }

    #[test]
    fn what_was_sent_stands_by_the_day_on_which_it_comes() {
        let on = |number: u8, day: Date| {
            let mut order = accepted(number);
            order
                .lines
                .values_mut()
                .for_each(|line| line.locked.as_mut().unwrap().delivery_date = day);
            view(order, false)
        };
        let (monday, in_june) = (date(2026, 6, 1), |day| date(2026, 6, day));
        assert_eq!(IsoWeekday::of(monday).number(), 1);
        let mut orders = vec![
            on(1, in_june(4)),
            on(2, in_june(2)),
            on(3, monday),
            on(4, in_june(3)),
            on(5, monday),
        ];
        orders.extend(
            (10..30).map(|number| on(number, date(2026, 5, i8::try_from(number).unwrap()))),
        );
        let groups = grouped(orders, monday);
        let shown: Vec<_> = groups.sent.iter().map(|(when, rows)| (*when, ids(rows))).collect();
        let earlier = (20..30).rev().collect();
        let expected = [
            (When::Today, vec![5, 3]),
            (When::Tomorrow, vec![2]),
            (When::Later, vec![4, 1]),
            (When::Earlier, earlier),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_nobody_has_bought_yet_has_no_day_of_delivery() {
        let mut waiting = submitted(3);
        let submission = waiting.submitted.clone().unwrap().id;
        waiting.server.status =
            Some(ServerStatus::OnHold { submission, at: 1, exceptions: Vec::new() });
        let mut offered = view(accepted(4), true);
        offered.held_back = refusal(PushRefusalCode::Offered);
        let mut held_back = view(submitted(5), true);
        held_back.held_back = refusal(PushRefusalCode::RuleBroken);
        let orders = vec![
            view(submitted(1), true),
            view(submitted(2), false),
            view(waiting, false),
            offered,
            held_back,
        ];
        let delivery = orders[0].state.lines.values().find_map(|line| line.locked.as_ref());
        let groups = grouped(orders.clone(), delivery.unwrap().delivery_date);
        assert_eq!(ids(&groups.waiting), [4, 3, 2, 1]);
        assert_eq!((ids(&groups.needs_attention), groups.sent), (vec![5], Vec::new()));
    }

    #[test]
    fn an_order_that_was_honoured_with_a_new_day_is_listed_on_the_new_day() {
        let mut order = accepted(1);
        let new_day = date(2026, 6, 2);
        let missed = date(2026, 5, 27);
        order
            .lines
            .values_mut()
            .for_each(|line| line.locked.as_mut().unwrap().delivery_date = missed);
        order.server.decision = Some(Decision {
            submission: order.submitted.clone().unwrap().id,
            verdict: DecisionVerdict::Honour,
            why: "the site was offline".to_owned(),
            by: "Eva".to_owned(),
            at: 1,
            exceptions: Vec::new(),
            new_days: order.lines.keys().map(|line| (line.clone(), new_day)).collect(),
        });
        let groups = grouped(vec![view(order, false)], date(2026, 6, 1));
        let (when, rows) = &groups.sent[0];
        assert_eq!((*when, rows[0].title.delivery), (When::Tomorrow, Some(new_day)));
    }

    #[test]
    fn an_order_of_several_deliveries_stands_by_the_next_one_and_names_all_who_deliver() {
        let mut order = accepted(1);
        let mut later = order.lines.values().next().unwrap().clone();
        later.locked.as_mut().unwrap().supplier = "dairy".parse().unwrap();
        order.lines.values_mut().next().unwrap().locked.as_mut().unwrap().delivery_date =
            date(2026, 5, 31);
        later.locked.as_mut().unwrap().delivery_date = date(2026, 6, 2);
        order.lines.insert("l9".parse().unwrap(), later);
        let groups = grouped(vec![view(order, false)], date(2026, 6, 1));
        let (when, rows) = &groups.sent[0];
        assert_eq!((*when, rows[0].title.delivery), (When::Tomorrow, Some(date(2026, 6, 2))));
        assert_eq!(rows[0].title.suppliers, ["dairy", "mill"]);
    }
}
