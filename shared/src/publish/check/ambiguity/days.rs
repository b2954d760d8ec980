//! The days on which two lines can both be ordered.
//!
//! A line tests the order date or the delivery date, and a delivery moves to the next day of its
//! schedule. A later wanted day never gives an earlier delivery. So if any order reaches the given
//! ranges of tested days, the earliest such order does, and it is enough to try that one.

use std::collections::BTreeSet;

use jiff::civil::Time;

use crate::calendar::{date_of_day, day_number};
use crate::catalogue::Catalogue;
use crate::catalogue::index::{Days, Delivery, LineEntry};
use crate::contract::{DeliverySchedule, PriceDateBasis};

/// How many days a delivery may be after the wanted day. The schedule is searched for 366 days,
/// including the first.
const HORIZON: i32 = 365;

/// The number of weeks in the horizon. With fewer holidays than this, some delivery day remains in
/// every year.
const WEEKS: usize = 52;

/// How a line computes its tested day from an order.
pub struct Calendar<'c> {
    basis: PriceDateBasis,
    lead: i32,
    schedule: Option<&'c DeliverySchedule>,
}

/// When an order is placed, and which days two lines test for it.
#[derive(Debug, Clone, Copy)]
pub struct Occasion {
    pub order_day: i32,
    pub order_time: Option<Time>,
    pub requested_day: Option<i32>,
    pub tested: (i32, i32),
}

/// The days on which a line is in force: the days of its contract version until the next version,
/// limited to the line's own days.
pub fn window(catalogue: &Catalogue, entry: &LineEntry) -> Option<Days> {
    let contract = &catalogue.contract_entries[entry.contract as usize];
    let (mut window, days) = (contract.validity, entry.validity);
    if let Some((from, _)) = contract.superseded {
        window.last = window.last.min(from.saturating_sub(1));
    }
    window = Days { first: window.first.max(days.first), last: window.last.min(days.last) };
    (window.first <= window.last).then_some(window)
}

/// A window, divided where one of the `changing` validities begins or has just ended.
pub fn regions(window: Days, changing: impl Iterator<Item = Days>) -> Vec<Days> {
    let changes = changing.flat_map(|days| [days.first, days.last.saturating_add(1)]);
    let within = changes.filter(|day| window.contain(*day) && *day != i32::MAX);
    let firsts: BTreeSet<i32> = within.chain([window.first]).collect();
    let lasts = firsts.iter().skip(1).map(|next| next - 1).chain([window.last]);
    firsts.iter().zip(lasts).map(|(first, last)| Days { first: *first, last }).collect()
}

impl<'c> Calendar<'c> {
    pub fn new(catalogue: &'c Catalogue, entry: &LineEntry) -> Self {
        Self {
            basis: catalogue.contract_entries[entry.contract as usize].basis,
            lead: i32::from(entry.lead_time_days),
            schedule: catalogue.schedule_of(entry),
        }
    }

    /// Whether both test the same day for every order.
    pub fn tests_as(&self, other: &Self) -> bool {
        use PriceDateBasis::{OrderDate, RequestedDeliveryDate};
        match (self.basis, other.basis) {
            (OrderDate, OrderDate) => true,
            (RequestedDeliveryDate, RequestedDeliveryDate) => self.delivers_as(other),
            _ => false,
        }
    }

    /// Whether both deliver on the same day for every order.
    pub fn delivers_as(&self, other: &Self) -> bool {
        (self.lead, self.schedule) == (other.lead, other.schedule)
    }

    /// Whether every wanted day has a delivery within a year.
    pub fn always_delivers(&self) -> bool {
        self.schedule.is_none_or(|schedule| {
            schedule.weekdays.iter().any(|day| (1..=7).contains(day))
                && schedule.holidays.len() < WEEKS
        })
    }

    /// Whether the schedule has any delivery.
    pub fn ever_delivers(&self) -> bool {
        self.always_delivers()
            || self.schedule.is_some_and(|schedule| {
                schedule.weekdays.iter().any(|day| (1..=7).contains(day))
                    || schedule.holidays.values().any(Option::is_some)
            })
    }

    /// The day of a delivery that is wanted on `wanted`.
    fn next(&self, wanted: i32) -> Option<i32> {
        // Without a lead time, an order wants its delivery on the day on which it is placed.
        let order = Delivery { order_day: wanted, order_time: None, requested_day: None };
        order.day(0, self.schedule)
    }

    /// The earliest wanted day whose delivery is on or after `first`.
    fn earliest_wanted(&self, first: i32) -> i32 {
        let (Some(schedule), Some(delivery)) = (self.schedule, self.next(first)) else {
            return first;
        };
        let delivers = |day| date_of_day(day).is_some_and(|day| schedule.delivers_on(day));
        let mut wanted = first;
        while wanted > delivery - HORIZON && !delivers(wanted - 1) {
            wanted -= 1;
        }
        wanted
    }

    /// After a gap of more than a year without deliveries: the first wanted days that can reach the
    /// next delivery.
    fn sights(&self) -> impl Iterator<Item = i32> {
        let schedule = self.schedule.filter(|_| !self.always_delivers());
        let days = schedule.into_iter().flat_map(|schedule| &schedule.holidays).flat_map(
            |(holiday, instead)| {
                [instead.map(day_number), self.next(day_number(*holiday) + 1)].into_iter().flatten()
            },
        );
        // Also one day earlier, for an order that counts as an order of the next day.
        days.flat_map(|day| [day - HORIZON - 1, day - HORIZON])
    }
}

/// Orders for which the lines test days within `in_a` and `in_b`. Empty when there is no such
/// order. Otherwise there is one order for each way in which the cut-offs can make the deliveries
/// differ. Both lines must have the same lead time.
pub fn occasions(a: &Calendar<'_>, b: &Calendar<'_>, in_a: Days, in_b: Days) -> Vec<Occasion> {
    use PriceDateBasis::{OrderDate, RequestedDeliveryDate};
    match (a.basis, b.basis) {
        (OrderDate, OrderDate) => {
            let order_day = in_a.first.max(in_b.first);
            if order_day > in_a.last.min(in_b.last) {
                return Vec::new();
            }
            let found = wanted_from(order_day.saturating_add(a.lead), a, b)
                .find(|wanted| a.next(*wanted).is_some() && b.next(*wanted).is_some());
            let occasion = |wanted| Occasion {
                order_day,
                order_time: None,
                requested_day: Some(wanted),
                tested: (order_day, order_day),
            };
            found.map(occasion).into_iter().collect()
        }
        (OrderDate, RequestedDeliveryDate) => mixed(a, b, in_a, in_b).into_iter().collect(),
        (RequestedDeliveryDate, OrderDate) => {
            let swapped =
                |found: Occasion| Occasion { tested: (found.tested.1, found.tested.0), ..found };
            mixed(b, a, in_b, in_a).map(swapped).into_iter().collect()
        }
        (RequestedDeliveryDate, RequestedDeliveryDate) => {
            let late = [(a, b, true), (b, a, false)].map(|(late, other, is_a)| {
                let time = late_for_one(late, other)?;
                both_by_delivery(a, b, in_a, in_b, (i32::from(is_a), i32::from(!is_a)), Some(time))
            });
            let in_time = both_by_delivery(a, b, in_a, in_b, (0, 0), None);
            in_time.into_iter().chain(late.into_iter().flatten()).collect()
        }
    }
}

/// A time of day after the cut-off of the line `late`, but not after that of the line `other`.
fn late_for_one(late: &Calendar<'_>, other: &Calendar<'_>) -> Option<Time> {
    let cut_off = |calendar: &Calendar<'_>| calendar.schedule.and_then(|schedule| schedule.cut_off);
    let time = cut_off(other).unwrap_or(Time::MAX);
    cut_off(late).is_some_and(|cut_off| time > cut_off).then_some(time)
}

fn mixed(
    by_order: &Calendar<'_>,
    by_delivery: &Calendar<'_>,
    order_days: Days,
    deliveries: Days,
) -> Option<Occasion> {
    let order_day = order_days.first;
    let earliest =
        by_delivery.earliest_wanted(deliveries.first).max(order_day.saturating_add(by_order.lead));
    wanted_from(earliest, by_order, by_delivery).find_map(|wanted| {
        by_order.next(wanted)?;
        let delivery = by_delivery.next(wanted).filter(|day| deliveries.contain(*day))?;
        Some(Occasion {
            order_day,
            order_time: None,
            requested_day: Some(wanted),
            tested: (order_day, delivery),
        })
    })
}

/// `late` gives the number of days by which each line counts the order later.
fn both_by_delivery(
    a: &Calendar<'_>,
    b: &Calendar<'_>,
    in_a: Days,
    in_b: Days,
    late: (i32, i32),
    order_time: Option<Time>,
) -> Option<Occasion> {
    let earliest =
        (a.earliest_wanted(in_a.first) - late.0).max(b.earliest_wanted(in_b.first) - late.1);
    wanted_from(earliest, a, b).find_map(|wanted| {
        let delivery_a = a.next(wanted.saturating_add(late.0)).filter(|day| in_a.contain(*day))?;
        let delivery_b = b.next(wanted.saturating_add(late.1)).filter(|day| in_b.contain(*day))?;
        let tested = (delivery_a, delivery_b);
        Some(Occasion { order_day: wanted - a.lead, order_time, requested_day: None, tested })
    })
}

/// The earliest wanted day, and every later wanted day from which a line delivers after a gap of
/// more than a year.
fn wanted_from(earliest: i32, a: &Calendar<'_>, b: &Calendar<'_>) -> impl Iterator<Item = i32> {
    let later = a.sights().chain(b.sights()).filter(move |day| *day > earliest);
    std::iter::once(earliest).chain(later.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
