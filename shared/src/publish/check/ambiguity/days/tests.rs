//! Compares the days on which two lines meet with every order day, time of day and wanted day of
//! some weeks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{date, time};

use super::*;
use crate::sample::Seed;

/// The number of pairs of lines in one run.
const PAIRS: u64 = 1_000;

/// A Monday. The days in this file count from it.
fn base() -> i32 {
    day_number(date(2025, 6, 2))
}

/// The weeks around the windows, and the weeks in which a delivery after a gap of a year first can
/// be reached and takes place.
fn days() -> impl Iterator<Item = i32> + Clone {
    (-15..=80).chain(385..=450).map(|day| base() + day)
}

fn weekly(weekdays: &[i8], holidays: BTreeMap<i32, Option<i32>>) -> DeliverySchedule {
    let date = |day: i32| date_of_day(base() + day).unwrap();
    DeliverySchedule {
        weekdays: weekdays.to_vec(),
        cut_off: None,
        holidays: holidays
            .into_iter()
            .map(|(day, instead)| (date(day), instead.map(date)))
            .collect(),
    }
}

fn schedule(seed: &mut Seed) -> DeliverySchedule {
    let weekdays: Vec<i8> = (1..=7).filter(|_| seed.percent(25)).collect();
    let holidays = (0..seed.between(0, 3)).map(|_| {
        let holiday = i32::try_from(seed.between(0, 30)).unwrap();
        let far = if seed.percent(30) { 400 } else { 0 };
        let instead = far + i32::try_from(seed.between(0, 30)).unwrap();
        (holiday, Some(instead).filter(|_| seed.percent(60)))
    });
    let holidays = holidays.collect();
    let cut_off = seed.pick(&[None, Some(time(10, 0, 0, 0)), Some(time(16, 0, 0, 0))]);
    DeliverySchedule { cut_off, ..weekly(&weekdays, holidays) }
}

fn window(seed: &mut Seed) -> Days {
    let first =
        i32::try_from(seed.between(0, 20)).unwrap() + if seed.percent(20) { 400 } else { 0 };
    let last = first + i32::try_from(seed.between(0, 6)).unwrap();
    Days { first: base() + first, last: if seed.percent(20) { i32::MAX } else { base() + last } }
}

/// The delivery of a line for each wanted day, computed step by step, and the days that follow from
/// it for an order.
struct Told<'c> {
    calendar: &'c Calendar<'c>,
    deliveries: BTreeMap<i32, Option<i32>>,
}

impl<'c> Told<'c> {
    fn new(calendar: &'c Calendar<'c>) -> Self {
        let delivery = |wanted: i32| match calendar.schedule {
            None => Some(wanted),
            Some(schedule) => {
                (wanted..wanted + 366).find(|day| schedule.delivers_on(date_of_day(*day).unwrap()))
            }
        };
        let wanted = days().flat_map(|day| day..day + 6);
        Self { calendar, deliveries: wanted.map(|wanted| (wanted, delivery(wanted))).collect() }
    }

    fn is_late(&self, at: Option<Time>) -> bool {
        let cut_off = self.calendar.schedule.and_then(|schedule| schedule.cut_off);
        cut_off.zip(at).is_some_and(|(cut_off, at)| at > cut_off)
    }

    fn tested(&self, order_day: i32, at: Option<Time>, wanted: Option<i32>) -> Option<i32> {
        let earliest = order_day + i32::from(self.is_late(at)) + self.calendar.lead;
        let delivery = self.deliveries[&wanted.map_or(earliest, |wanted| wanted.max(earliest))]?;
        Some(if self.calendar.basis == PriceDateBasis::OrderDate { order_day } else { delivery })
    }
}

/// For all orders that reach the windows: which of the two lines count the order as late. It makes
/// a difference only when both test their delivery dates. An order that is late for both equals an
/// order of the next day that is in time for both.
fn ways(a: &Told<'_>, b: &Told<'_>, in_a: Days, in_b: Days) -> BTreeSet<(bool, bool)> {
    let both_by_delivery =
        [a, b].iter().all(|told| told.calendar.basis == PriceDateBasis::RequestedDeliveryDate);
    let times = [None, Some(time(12, 0, 0, 0)), Some(time(20, 0, 0, 0))];
    let mut found = BTreeSet::new();
    for order_day in days() {
        for at in times {
            let late = (a.is_late(at), b.is_late(at));
            let way = if both_by_delivery && late.0 != late.1 { late } else { (false, false) };
            // When both test their delivery dates, an order of another day gives the same result as
            // an order that wants a later delivery.
            let later = days().filter(|wanted| !both_by_delivery && *wanted >= order_day).map(Some);
            let mut wanted = later.chain([None]);
            let reaches = |told: &Told<'_>, window: Days, wanted| {
                told.tested(order_day, at, wanted).is_some_and(|day| window.contain(day))
            };
            if !found.contains(&way)
                && wanted.any(|wanted| reaches(a, in_a, wanted) && reaches(b, in_b, wanted))
            {
                found.insert(way);
            }
        }
    }
    found
}

#[test]
fn two_lines_meet_where_some_order_lets_them() {
    let bases = [PriceDateBasis::OrderDate, PriceDateBasis::RequestedDeliveryDate];
    for number in 0..PAIRS {
        let seed = &mut Seed::new(number);
        let schedules = [(); 2].map(|()| Some(schedule(seed)).filter(|_| seed.percent(85)));
        let lead = i32::try_from(seed.between(0, 3)).unwrap();
        let [a, b] = [0, 1].map(|at| Calendar {
            basis: seed.pick(&bases),
            lead,
            schedule: schedules[at].as_ref(),
        });
        let (in_a, in_b) = (window(seed), window(seed));
        let expected = ways(&Told::new(&a), &Told::new(&b), in_a, in_b);

        let mut found = BTreeSet::new();
        for occasion in occasions(&a, &b, in_a, in_b) {
            let Occasion { order_day, order_time, requested_day, tested } = occasion;
            let order = Delivery { order_day, order_time, requested_day };
            let test = |line: &Calendar<'_>| {
                let delivery =
                    order.day(lead.try_into().unwrap(), line.schedule).expect("a delivery");
                if line.basis == PriceDateBasis::OrderDate { order_day } else { delivery }
            };
            assert_eq!((test(&a), test(&b)), tested, "pair {number}: {occasion:?}");
            assert!(
                in_a.contain(tested.0) && in_b.contain(tested.1),
                "pair {number}: {occasion:?}"
            );
            found.insert((Told::new(&a).is_late(order_time), Told::new(&b).is_late(order_time)));
        }
        assert_eq!(found, expected, "pair {number}: {in_a:?} {in_b:?} {schedules:?}, lead {lead}");
    }
}

#[test]
fn what_always_delivers_does_and_what_ever_delivers_has_a_day() {
    let mondays = |count: i32| weekly(&[1], (0..count).map(|week| (7 * week, None)).collect());
    let calendar = |schedule| Calendar { basis: PriceDateBasis::OrderDate, lead: 0, schedule };
    let (few, many) = (mondays(51), mondays(52));
    let (few, many) = (calendar(Some(&few)), calendar(Some(&many)));
    assert!(few.always_delivers() && (base() - 8..base() + 370).all(|day| few.next(day).is_some()));
    assert!(!many.always_delivers() && many.ever_delivers());
    assert_eq!(many.next(base() - 6), None, "52 Mondays in a row are more than a year");

    let none = weekly(&[], BTreeMap::new());
    let once = weekly(&[], BTreeMap::from([(3, Some(4))]));
    let unknown = weekly(&[8], BTreeMap::from([(3, None)]));
    let ever = [None, Some(&none), Some(&once), Some(&unknown)]
        .map(|schedule| calendar(schedule).ever_delivers());
    assert_eq!(ever, [true, false, true, false]);
    let always = [None, Some(&none), Some(&once), Some(&unknown)]
        .map(|schedule| calendar(schedule).always_delivers());
    assert_eq!(always, [true, false, false, false]);
}
