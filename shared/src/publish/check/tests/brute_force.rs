//! Compares the check for ties with brute force. It generates small catalogues in whole numbers,
//! and tries every site, order day, wanted day, time of day and quantity. It computes from the
//! numbers alone, and uses nothing of the index, the engine or the check.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use jiff::civil::time;

use super::*;
use crate::contract::{
    Amendment, CatalogueLine, DeliverySchedule, PriceDateBasis, PriceTier, Scope, SourcingRule,
    Subject, Terms,
};
use crate::sample::Seed;
use crate::sample::builder::{
    self, contract, item, node, packed_line, supplier, tie_decision, tier_per,
};

/// The number of catalogues in one run.
const CATALOGUES: u64 = 8_000;

/// The seed of a run. A failure prints the seed of its catalogue. A run with that seed begins with
/// the same catalogue.
const SEED_VARIABLE: &str = "CALLOFF_SEED";

const NODES: [&str; 6] = ["org", "north", "n1", "n2", "south", "s1"];
/// The path of each site, as indexes in [`NODES`].
const SITES: [(&str, [usize; 3]); 3] = [("n1", [0, 1, 2]), ("n2", [0, 1, 3]), ("s1", [0, 4, 5])];
const ITEMS: [&str; 2] = ["milk", "oat-drink"];

/// Nothing changes after this day. The longest lead time, gap and week later, a test has seen
/// everything.
const LAST_CHANGE: i32 = 14;
const ORDER_DAYS: std::ops::RangeInclusive<i32> = -4..=LAST_CHANGE + 9;
const WANTED_UNTIL: i32 = LAST_CHANGE + 16;

/// The hours at which orders are placed: before every cut-off, between the cut-offs, and after
/// them.
const HOURS: [i8; 3] = [0, 10, 20];

/// The first and the last day, both included; without a last day it is open.
type Span = (i32, Option<i32>);

#[derive(Debug, Clone)]
struct World {
    deals: Vec<Deal>,
    offers: Vec<Offer>,
    rules: Vec<Rule>,
    /// The winner and the loser, by contract number.
    decisions: Vec<(usize, usize)>,
    is_substitute: bool,
}

/// A contract version.
#[derive(Debug, Clone)]
struct Deal {
    number: usize,
    version: u32,
    /// The day from which this version supersedes the version in force, whatever its number.
    amended: Option<i32>,
    supplier: usize,
    days: Span,
    by_delivery: bool,
    included: Vec<usize>,
    excluded: Option<usize>,
    priority: Option<u32>,
    lead: i32,
    schedule: Option<Schedule>,
    suspended: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Schedule {
    weekdays: Vec<i8>,
    cut_off: Option<i8>,
    holidays: BTreeMap<i32, Option<i32>>,
}

/// A line.
#[derive(Debug, Clone)]
struct Offer {
    deal: usize,
    item: usize,
    content: i64,
    days: Option<Span>,
    bounds: [Option<i64>; 3],
    divisible: bool,
    lead: Option<i32>,
    territory: Option<usize>,
    tiers: Vec<Tier>,
}

#[derive(Debug, Clone)]
struct Tier {
    threshold: i64,
    amount: i64,
    per: i64,
    days: Option<Span>,
}

#[derive(Debug, Clone)]
struct Rule {
    item: usize,
    supplier: usize,
    node: usize,
    days: Span,
    preference: Preference,
}

// ── The generated catalogues ──

fn some<T>(seed: &mut Seed, percent: u64, make: impl FnOnce(&mut Seed) -> T) -> Option<T> {
    seed.percent(percent).then(|| make(seed))
}

fn span(seed: &mut Seed) -> Span {
    let first = day_between(seed, 0, 10);
    (first, some(seed, 70, |seed| day_between(seed, first, LAST_CHANGE - 1)))
}

fn day_between(seed: &mut Seed, low: i32, high: i32) -> i32 {
    i32::try_from(seed.between(low.into(), high.into())).unwrap()
}

impl World {
    fn generate(seed: &mut Seed) -> Self {
        let mut deals: Vec<Deal> = Vec::new();
        for _ in 0..seed.between(2, 4) {
            let deal = deal(seed, deals.last());
            deals.push(deal);
        }
        let offers = (0..seed.between(2, 6)).map(|_| offer(seed, deals.len())).collect();
        let rules = some(seed, 40, |seed| (0..seed.between(1, 3)).map(|_| rule(seed)).collect());
        let pair = |seed: &mut Seed| (seed.place(4), seed.place(4));
        let decisions =
            some(seed, 30, |seed| (0..seed.between(1, 3)).map(|_| pair(seed)).collect::<Vec<_>>());
        let decisions = decisions
            .unwrap_or_default()
            .into_iter()
            .filter(|(winner, loser)| winner != loser)
            .collect();
        Self {
            deals,
            offers,
            rules: rules.unwrap_or_default(),
            decisions,
            is_substitute: seed.percent(50),
        }
    }
}

fn deal(seed: &mut Seed, before: Option<&Deal>) -> Deal {
    let fresh = Deal {
        number: before.map_or(0, |before| before.number + 1),
        version: 1,
        amended: None,
        supplier: seed.place(2),
        days: span(seed),
        by_delivery: seed.percent(40),
        included: vec![seed.place(2), seed.pick(&[0, 0, 2, 4])],
        excluded: some(seed, 20, |seed| seed.place(NODES.len())),
        priority: some(seed, 15, |_| 1),
        lead: day_between(seed, 0, 1),
        schedule: some(seed, 45, schedule),
        suspended: seed.percent(5),
    };
    match before {
        Some(before) if seed.percent(25) => Deal {
            number: before.number,
            version: before.version + 1,
            amended: Some(day_between(seed, 0, LAST_CHANGE - 2)),
            ..fresh
        },
        _ => fresh,
    }
}

fn schedule(seed: &mut Seed) -> Schedule {
    let weekdays = if seed.percent(10) {
        Vec::new()
    } else {
        (0..seed.between(1, 3)).map(|_| weekday(seed)).collect()
    };
    let holiday = |seed: &mut Seed| {
        let day = day_between(seed, 0, LAST_CHANGE - 2);
        (day, some(seed, 60, |seed| day_between(seed, 0, LAST_CHANGE)))
    };
    let holidays = (0..seed.between(0, 2)).map(|_| holiday(seed)).collect();
    Schedule { weekdays, cut_off: some(seed, 50, |seed| seed.pick(&[8, 14])), holidays }
}

fn weekday(seed: &mut Seed) -> i8 {
    seed.pick(&[1, 2, 3, 4, 5, 6, 7])
}

fn offer(seed: &mut Seed, deals: usize) -> Offer {
    let content = seed.between(1, 3);
    let tiers = (0..seed.between(1, 2)).map(|number| {
        let per = seed.pick(&[1, 1, 2]);
        Tier {
            threshold: if number == 0 { seed.between(0, 2) } else { seed.between(3, 6) },
            amount: seed.between(1, 2) * per * content,
            per,
            days: some(seed, 20, span),
        }
    });
    let tiers = tiers.collect();
    Offer {
        deal: seed.place(deals),
        item: usize::from(seed.percent(25)),
        content,
        days: some(seed, 25, span),
        bounds: [(1, 4), (4, 8), (1, 3)]
            .map(|(low, high)| some(seed, 25, |seed| seed.between(low, high))),
        divisible: seed.percent(90),
        lead: some(seed, 20, |seed| day_between(seed, 0, 2)),
        territory: some(seed, 20, |seed| seed.place(NODES.len())),
        tiers,
    }
}

fn rule(seed: &mut Seed) -> Rule {
    Rule {
        item: seed.place(2),
        supplier: seed.place(2),
        node: seed.place(NODES.len()),
        days: span(seed),
        preference: seed.pick(&[Preference::Preferred, Preference::Allowed, Preference::Blocked]),
    }
}

// ── The catalogues as contents ──

fn day(number: i32) -> Date {
    date(2025, 2, 20).checked_add(jiff::Span::new().days(number)).unwrap()
}

fn validity((first, last): Span) -> Validity {
    Validity::new(day(first), last.map(day))
}

impl World {
    fn content(&self) -> CatalogueContent {
        let mut content = builder::catalogue(Vec::new());
        content.locations = vec![
            node("org", None),
            node("north", Some("org")),
            builder::site("n1", "north"),
            builder::site("n2", "north"),
            node("south", Some("org")),
            builder::site("s1", "south"),
        ];
        content.suppliers = ["S0", "S1"].map(supplier).to_vec();
        content.items = ITEMS.map(item).to_vec();
        if self.is_substitute {
            content.items[0].substitutes = vec![content.items[1].id.clone()];
        }
        content.contracts = (0..self.deals.len()).map(|deal| self.contract(deal)).collect();
        content.sourcing_rules = self.rules.iter().map(Rule::content).collect();
        let decision = |(winner, loser): &(usize, usize)| {
            tie_decision(&format!("C{winner}"), &format!("C{loser}"))
        };
        content.tie_decisions = self.decisions.iter().map(decision).collect();
        content
    }

    fn contract(&self, deal: usize) -> Contract {
        let lines = self.offers.iter().enumerate().filter(|(_, offer)| offer.deal == deal);
        let lines = lines.map(|(at, offer)| offer.line(at)).collect();
        let deal = &self.deals[deal];
        let node = |at: &usize| NODES[*at].parse().unwrap();
        let mut made =
            contract(&format!("C{}", deal.number), &format!("S{}", deal.supplier), "org", lines);
        made.version = deal.version;
        made.amendment = deal.amended.map(|from| Amendment {
            effective_from: day(from),
            reason_code: "price".into(),
            rationale: "generated".into(),
        });
        made.validity = validity(deal.days);
        if deal.by_delivery {
            made.price_date_basis = PriceDateBasis::RequestedDeliveryDate;
        }
        made.scope = Scope {
            included: deal.included.iter().map(node).collect(),
            excluded: deal.excluded.iter().map(node).collect(),
        };
        made.priority = deal.priority;
        made.terms.lead_time_days = u16::try_from(deal.lead).ok();
        made.terms.delivery_schedule = deal.schedule.as_ref().map(Schedule::content);
        if deal.suspended {
            made.status = ContractStatus::Suspended;
        }
        made
    }

    /// The index of the line that a finding names.
    fn place(&self, name: &LineName) -> usize {
        name.line.as_str().trim_start_matches('L').parse().unwrap()
    }
}

impl Schedule {
    fn content(&self) -> DeliverySchedule {
        DeliverySchedule {
            weekdays: self.weekdays.clone(),
            cut_off: self.cut_off.map(|hour| time(hour, 0, 0, 0)),
            holidays: self
                .holidays
                .iter()
                .map(|(holiday, instead)| (day(*holiday), instead.map(day)))
                .collect(),
        }
    }
}

impl Offer {
    fn line(&self, at: usize) -> CatalogueLine {
        let tier = |tier: &Tier| PriceTier {
            validity: tier.days.map(validity),
            ..tier_per(
                &tier.threshold.to_string(),
                &tier.amount.to_string(),
                &tier.per.to_string(),
                "XCS",
            )
        };
        let tiers = self.tiers.iter().map(tier).collect();
        let mut line = packed_line(
            &format!("L{at}"),
            ITEMS[self.item],
            "XCS",
            &self.content.to_string(),
            tiers,
        );
        line.validity = self.days.map(validity);
        [line.minimum_order_quantity, line.maximum_order_quantity, line.order_quantity_increment] =
            self.bounds.map(|bound| bound.map(Decimal::from));
        // A package is not divisible unless the line says so.
        line.divisible = self.divisible.then_some(true);
        line.terms = self.lead.map(|lead| {
            let lead_time_days = u16::try_from(lead).ok();
            Box::new(Terms { lead_time_days, ..Terms::default() })
        });
        line.territory = self.territory.map(|node| Scope::of(NODES[node].parse().unwrap()).into());
        line
    }
}

impl Rule {
    fn content(&self) -> SourcingRule {
        SourcingRule {
            subject: Subject::Item(ITEMS[self.item].parse().unwrap()),
            supplier: format!("S{}", self.supplier).parse().unwrap(),
            location: NODES[self.node].parse().unwrap(),
            validity: validity(self.days),
            preference: self.preference,
        }
    }
}

// ── Brute force ──

fn holds(days: Option<Span>, day: i32) -> bool {
    days.is_none_or(|(first, last)| first <= day && last.is_none_or(|last| day <= last))
}

/// The preference, and minus the depth: the parts of the rank before the priority.
type Standing = (Preference, i32);

/// The parts of a price that an order shows: the amount and the quantity that it buys. The net
/// price is amount ÷ (quantity × content).
type Shown = (i64, i64);

impl World {
    fn lead(&self, offer: &Offer) -> i32 {
        offer.lead.unwrap_or(self.deals[offer.deal].lead)
    }

    /// The day that a line tests for an order, when the line can deliver.
    fn tested(&self, offer: &Offer, ordered: i32, wanted: Option<i32>, hour: i8) -> Option<i32> {
        let deal = &self.deals[offer.deal];
        let cut_off = deal.schedule.as_ref().and_then(|schedule| schedule.cut_off);
        let late = cut_off.is_some_and(|cut_off| hour > cut_off);
        let earliest = ordered + i32::from(late) + self.lead(offer);
        let wanted = wanted.unwrap_or(earliest).max(earliest);
        let delivered = match &deal.schedule {
            Some(schedule) => (wanted..wanted + 366).find(|day| schedule.delivers(*day))?,
            None => wanted,
        };
        Some(if deal.by_delivery { delivered } else { ordered })
    }

    fn in_force(&self, offer: &Offer, day: i32) -> bool {
        let deal = &self.deals[offer.deal];
        let begun = self.deals.iter().filter(|other| {
            other.number == deal.number && other.amended.is_none_or(|from| from <= day)
        });
        let last = begun.max_by_key(|other| (other.amended, other.version));
        !deal.suspended
            && last.is_some_and(|last| last.version == deal.version)
            && deal.amended.is_none_or(|from| from <= day)
            && holds(Some(deal.days), day)
            && holds(offer.days, day)
    }

    fn standing(&self, offer: &Offer, path: [usize; 3], day: i32) -> Option<Standing> {
        let deal = &self.deals[offer.deal];
        let mentioned = (0..3).rev().find(|depth| {
            deal.included.contains(&path[*depth]) || deal.excluded == Some(path[*depth])
        })?;
        if deal.excluded == Some(path[mentioned]) {
            return None;
        }
        let depth = match offer.territory {
            Some(node) => path.iter().position(|here| *here == node)?.max(mentioned),
            None => mentioned,
        };
        let rules = |node: usize| {
            let about = move |rule: &&Rule| {
                (rule.item, rule.supplier, rule.node) == (offer.item, deal.supplier, node)
                    && holds(Some(rule.days), day)
            };
            self.rules.iter().filter(about).map(|rule| rule.preference).max()
        };
        let preference = path.iter().rev().find_map(|node| rules(*node)).unwrap_or_default();
        (preference != Preference::Blocked).then(|| (preference, -i32::try_from(depth).unwrap()))
    }

    /// The pairs of days that two lines test for the same order.
    fn days(&self, a: &Offer, b: &Offer) -> BTreeSet<(i32, i32)> {
        let mut found = BTreeSet::new();
        for ordered in ORDER_DAYS {
            for wanted in std::iter::once(None).chain((ordered..=WANTED_UNTIL).map(Some)) {
                for hour in HOURS {
                    let days = self
                        .tested(a, ordered, wanted, hour)
                        .zip(self.tested(b, ordered, wanted, hour));
                    found.extend(days.filter(|(day_a, day_b)| {
                        self.in_force(a, *day_a) && self.in_force(b, *day_b)
                    }));
                }
            }
        }
        found
    }

    /// Compares both lines at every site, order and quantity at which `a` can be ordered.
    fn compare(
        &self,
        a: &Offer,
        b: &Offer,
        mut meet: impl FnMut((Standing, Shown), Option<(Standing, Shown)>),
    ) {
        for (day_a, day_b) in self.days(a, b) {
            let prices: BTreeSet<_> = quantities()
                .filter_map(|(tenths, in_pieces)| {
                    let price = |offer: &Offer, day| offer.price(tenths, in_pieces, day);
                    Some((price(a, day_a)?, price(b, day_b)))
                })
                .collect();
            for (_, path) in SITES {
                let Some(standing) = self.standing(a, path, day_a) else { continue };
                let other = self.standing(b, path, day_b);
                prices
                    .iter()
                    .for_each(|(shown, shown_b)| meet((standing, *shown), other.zip(*shown_b)));
            }
        }
    }

    fn tie(&self, a: &Offer, b: &Offer) -> Option<Kind> {
        let mut kind = None;
        let (deal_a, deal_b) = (&self.deals[a.deal], &self.deals[b.deal]);
        if deal_a.priority != deal_b.priority || self.lead(a) != self.lead(b) || a.item != b.item {
            return None;
        }
        let same_line = a.deal == b.deal
            && a.content == b.content
            && a.bounds[..2] == b.bounds[..2]
            && a.step() == b.step();
        self.compare(a, b, |(standing, shown), other| {
            let Some((other, shown_b)) = other else { return };
            if standing == other
                && shown.0 * shown_b.1 * b.content == shown_b.0 * shown.1 * a.content
            {
                let here =
                    if same_line && shown == shown_b { Kind::Redundant } else { Kind::Ambiguous };
                kind = kind.max(Some(here));
            }
        });
        kind
    }

    /// Which contract wins over which by decisions, directly or through other contracts.
    fn settled(&self) -> BTreeSet<(usize, usize)> {
        let mut settled: BTreeSet<_> = self.decisions.iter().copied().collect();
        for _ in 0..4 {
            let further: Vec<_> = settled
                .iter()
                .flat_map(|(winner, by)| {
                    settled.iter().filter(move |(via, _)| via == by).map(|(_, to)| (*winner, *to))
                })
                .collect();
            settled.extend(further);
        }
        settled
    }

    fn ties(&self) -> BTreeMap<(usize, usize), Kind> {
        let settled = self.settled();
        let mut found = BTreeMap::new();
        for (at, a) in self.offers.iter().enumerate() {
            for (other, b) in self.offers.iter().enumerate().skip(at + 1) {
                let contracts = (self.deals[a.deal].number, self.deals[b.deal].number);
                if settled.contains(&contracts) || settled.contains(&(contracts.1, contracts.0)) {
                    continue;
                }
                found.extend(self.tie(a, b).map(|kind| ((at, other), kind)));
            }
        }
        found
    }
}

impl Schedule {
    fn delivers(&self, day: i32) -> bool {
        // Day 0 is a Thursday.
        let weekday = i8::try_from((day + 3).rem_euclid(7) + 1).unwrap();
        let is_replacement = self.holidays.values().any(|instead| *instead == Some(day));
        is_replacement || self.weekdays.contains(&weekday) && !self.holidays.contains_key(&day)
    }
}

/// Tenths of an orderable unit or of a piece, up to more than the last threshold of the largest
/// content.
fn quantities() -> impl Iterator<Item = (i64, bool)> {
    (1..=90).map(|tenths| (tenths, false)).chain((1..=240).map(|tenths| (tenths, true)))
}

impl Offer {
    /// The price of a number of tenths of a piece or of the orderable unit, by the tier of the
    /// adjusted quantity.
    fn price(&self, tenths: i64, in_pieces: bool, day: i32) -> Option<Shown> {
        // In sixtieths of an orderable unit: a tenth of a piece of three pieces is two sixtieths.
        let sixtieths = if in_pieces { tenths * 6 / self.content } else { tenths * 6 };
        // A request that is not an exact number of orderable units can only be rounded up to a
        // step.
        if in_pieces && self.content == 3 && tenths % 3 != 0 && self.step().is_none() {
            return None;
        }
        let quantity = self.orderable(sixtieths)?;
        let held = self
            .tiers
            .iter()
            .filter(|tier| tier.threshold * 60 <= quantity && holds(tier.days, day));
        held.max_by_key(|tier| tier.threshold).map(|tier| (tier.amount, tier.per))
    }

    fn step(&self) -> Option<i64> {
        self.bounds[2].or((!self.divisible).then_some(1))
    }

    /// The next quantity that can be ordered, found by counting up in steps.
    fn orderable(&self, wanted: i64) -> Option<i64> {
        let [minimum, maximum, _] = self.bounds.map(|bound| bound.map(|bound| bound * 60));
        let (minimum, maximum) = (minimum.unwrap_or(0), maximum.unwrap_or(i64::MAX));
        let Some(step) = self.step().map(|step| step * 60) else {
            return (minimum <= maximum).then(|| wanted.max(minimum).min(maximum));
        };
        let mut fits = None;
        let mut quantity = step;
        while quantity <= maximum {
            if quantity >= minimum {
                fits = Some(quantity);
                if quantity >= wanted {
                    break;
                }
            }
            quantity += step;
        }
        fits
    }
}

impl World {
    /// Whether `by` can be ordered wherever `line` can, and goes before it there.
    fn always_beats(&self, by: &Offer, line: &Offer) -> bool {
        let priority = |offer: &Offer| self.deals[offer.deal].priority.unwrap_or(u32::MAX);
        let numbers = (self.deals[by.deal].number, self.deals[line.deal].number);
        let wins_tie = self.settled().contains(&numbers);
        let mut always = true;
        self.compare(line, by, |(standing, shown), other| {
            always &= other.is_some_and(|(other, shown_by)| {
                let cheaper =
                    (shown_by.0 * shown.1 * line.content).cmp(&(shown.0 * shown_by.1 * by.content));
                let order = (other, priority(by)).cmp(&(standing, priority(line)));
                let order = order.then(cheaper).then(self.lead(by).cmp(&self.lead(line)));
                order.is_lt() || order.is_eq() && wins_tie
            });
        });
        always
    }

    fn can_be_ordered(&self, line: &Offer) -> bool {
        let mut can = false;
        self.compare(line, line, |_, _| can = true);
        can
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Redundant,
    Ambiguous,
}

/// The ties that the check reports.
fn reported(world: &World, report: &CheckReport) -> BTreeMap<(usize, usize), Kind> {
    let pair = |tie: &Tie| {
        let (a, b) = (world.place(&tie.a), world.place(&tie.b));
        (a.min(b), a.max(b))
    };
    let refused = report.refusals.iter().filter_map(|refusal| match refusal {
        ContentRefusal::Ambiguous(tie) => Some((pair(tie), Kind::Ambiguous)),
        _ => None,
    });
    let warned = report.warnings.iter().filter_map(|warning| match warning {
        Warning::Redundant(tie) => Some((pair(tie), Kind::Redundant)),
        _ => None,
    });
    refused.chain(warned).collect()
}

/// The seed of the run, and each catalogue with its own seed.
fn worlds(count: u64) -> (u64, impl Iterator<Item = (u64, World)>) {
    let given = std::env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok());
    let run: u64 = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    let worlds = (0..count).map(move |number| {
        let seed = run.wrapping_add(number);
        (seed, World::generate(&mut Seed::new(seed)))
    });
    (run, worlds)
}

#[test]
fn every_tie_is_reported_and_nothing_else() {
    let (mut ambiguous, mut redundant) = (0, 0);
    let (run, worlds) = worlds(CATALOGUES);
    for (seed, world) in worlds {
        let report = check(&world.content(), None, day(0));
        let expected = world.ties();
        assert_eq!(
            reported(&world, &report),
            expected,
            "{SEED_VARIABLE}={seed} gives this again:\n{world:?}"
        );
        ambiguous += expected.values().filter(|kind| **kind == Kind::Ambiguous).count();
        redundant += expected.values().filter(|kind| **kind == Kind::Redundant).count();
    }
    println!(
        "{CATALOGUES} catalogues from {SEED_VARIABLE}={run}: {ambiguous} ambiguous, {redundant} \
         redundant pairs"
    );
    assert!(
        ambiguous > 1_000 && redundant > 50,
        "what is generated hardly ties: {ambiguous} and {redundant}"
    );
}

#[test]
fn a_line_that_is_said_never_to_win_never_wins() {
    let (mut never_wins, mut never_ordered) = (0, 0);
    let (run, worlds) = worlds(CATALOGUES);
    for (seed, world) in worlds {
        let offer = |name: &LineName| &world.offers[world.place(name)];
        for warning in check(&world.content(), None, day(0)).warnings {
            match &warning {
                Warning::NeverWins { line, by } => {
                    never_wins += 1;
                    assert!(
                        world.always_beats(offer(by), offer(line)),
                        "{SEED_VARIABLE}={seed}: {warning}\n{world:?}"
                    );
                }
                Warning::NeverOrdered { line, .. } => {
                    never_ordered += 1;
                    assert!(
                        !world.can_be_ordered(offer(line)),
                        "{SEED_VARIABLE}={seed}: {warning}\n{world:?}"
                    );
                }
                _ => {}
            }
        }
    }
    println!(
        "{CATALOGUES} catalogues from {SEED_VARIABLE}={run}: {never_wins} never win, \
         {never_ordered} are never ordered"
    );
    assert!(
        never_wins > 200 && never_ordered > 200,
        "hardly any: {never_wins} and {never_ordered}"
    );
}
