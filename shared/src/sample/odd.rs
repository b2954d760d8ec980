//! Small, odd catalogues for tests. All rules of resolution meet in them, at their boundaries, far
//! more often than in real catalogues. The same seed gives the same catalogue and the same
//! questions on every platform.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Time, time};
use rust_decimal::Decimal;

use super::Seed;
use super::builder::{
    contract, currency, day, decimal, id, item, lead_time, node, packed_line, site, sourcing_rule,
    supplier, tie_decision, tier_per, unit,
};
use crate::calendar::{Date, Validity};
use crate::catalogue::{CatalogueContent, ExchangeRates};
use crate::contract::{
    Allotment, Amendment, CatalogueLine, Commitment, CommitmentId, CommitmentSide, Contract,
    ContractStatus, DeliverySchedule, Measure, Preference, PriceDateBasis, PriceTier, Scope,
    SourcingRule, Strength, Subject,
};
use crate::ids::LocationId;
use crate::item::{Category, Gtin, Item};
use crate::location::Location;
use crate::quantity::Quantity;
use crate::resolve::{Remaining, ResolutionRequest};
use crate::unit::Unit;

/// A request that owns its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the request's field of that name")]
pub struct Question {
    pub item: String,
    pub quantity: Decimal,
    pub unit: Option<Unit>,
    pub site: LocationId,
    pub order_date: Date,
    pub order_time: Option<Time>,
    pub requested_delivery_date: Option<Date>,
    pub remaining: Option<Remaining>,
}

impl Question {
    /// The request.
    #[must_use]
    pub fn request(&self) -> ResolutionRequest<'_> {
        ResolutionRequest {
            item: &self.item,
            quantity: self.quantity,
            unit: self.unit,
            site: &self.site,
            order_date: self.order_date,
            order_time: self.order_time,
            requested_delivery_date: self.requested_delivery_date,
            remaining: self.remaining.as_ref(),
        }
    }
}

/// The days around which everything begins and ends: leap days and years without one, clock
/// changes, turns of the year, and the end of the calendar.
const CENTRES: [&str; 8] = [
    "2024-02-29",
    "2025-02-28",
    "2100-02-28",
    "2025-03-30",
    "2025-10-26",
    "2025-12-31",
    "2025-06-15",
    "9999-12-20",
];
const NODES: [&str; 7] = ["org", "north", "n1", "n2", "south", "s1", "o1"];
/// The south is a site, although it has a site below it.
const SITES: [&str; 5] = ["n1", "n2", "south", "s1", "o1"];
const SUPPLIERS: [&str; 3] = ["S1", "S2", "S3"];
/// Item, base unit and category.
const ITEMS: [(&str, &str, Option<&str>); 5] = [
    ("milk", "LTR", Some("dairy")),
    ("cream", "LTR", Some("dairy")),
    ("flour", "KGM", Some("dry")),
    ("cups", "EA", Some("dry")),
    ("gloves", "EA", None),
];
const GTIN_OF_MILK: &str = "4006381333931";
const CUT_OFF: Time = time(14, 0, 0, 0);

/// A catalogue of up to six contracts, and this number of questions about it.
#[must_use]
pub fn odd(seed: u64, questions: usize) -> (CatalogueContent, Vec<Question>) {
    let mut seed = Seed::fork(seed, "odd");
    let mut odd = Odd { centre: day(seed.pick(&CENTRES)), seed: &mut seed };
    let content = odd.content();
    let caps = caps(&content);
    let questions = (0..questions).map(|_| odd.question(&caps)).collect();
    (content, questions)
}

struct Odd<'s> {
    seed: &'s mut Seed,
    centre: Date,
}

impl Odd<'_> {
    fn content(&mut self) -> CatalogueContent {
        let mut contracts = Vec::new();
        for number in 0..self.seed.between(1, 6) {
            let first = self.contract(&format!("C{number}"));
            for version in 2..=self.seed.pick(&[1, 1, 1, 2, 3]) {
                contracts.push(self.amended(&first, version));
            }
            contracts.push(first);
        }
        let mut content = CatalogueContent {
            locations: locations(),
            suppliers: SUPPLIERS.map(supplier).to_vec(),
            items: self.items(),
            sourcing_rules: (0..self.seed.between(0, 5)).map(|_| self.rule()).collect(),
            exchange_rates: ExchangeRates {
                comparison_currency: currency("EUR"),
                rates: BTreeMap::from([
                    (currency("GBP"), decimal("1.25")),
                    (currency("JPY"), decimal("0.0061")),
                ]),
            },
            tie_decisions: self.tie_decisions(),
            allotments: Vec::new(),
            time_zones: Default::default(),
            contracts,
        };
        content.allotments = self.allotments(&caps(&content));
        content
    }

    /// Most sites get an allotment of each hard maximum, which may be zero.
    fn allotments(&mut self, caps: &[CommitmentId]) -> Vec<Allotment> {
        let mut allotments = Vec::new();
        for CommitmentId { contract, line } in caps {
            for site in SITES.map(id) {
                if self.seed.percent(80) {
                    allotments.push(Allotment {
                        contract: contract.clone(),
                        line: line.clone(),
                        site,
                        amount: self.left(),
                    });
                }
            }
        }
        allotments
    }

    fn left(&mut self) -> Decimal {
        decimal(self.seed.pick(&["0", "4.99", "12", "30", "60", "100", "250"]))
    }

    fn maximum(&mut self, measure: Measure) -> Option<Commitment> {
        let strength = if self.seed.percent(80) { Strength::Hard } else { Strength::Soft };
        Some(Commitment { measure, strength })
    }

    fn items(&mut self) -> Vec<Item> {
        let mut items: Vec<Item> = ITEMS
            .map(|(name, base_unit, category)| Item {
                base_unit: unit(base_unit),
                category: category.map(|code| Category { scheme: "TST".into(), code: code.into() }),
                ..item(name)
            })
            .to_vec();
        items[0].gtins = Gtin::parse(GTIN_OF_MILK).into_iter().collect();
        if self.seed.percent(60) {
            let mut others: Vec<_> = ITEMS[1..].iter().map(|(name, ..)| id(name)).collect();
            self.seed.shuffle(&mut others);
            others.truncate(self.seed.place(3) + 1);
            items[0].substitutes = others;
        }
        items
    }

    /// A day near `centre`, within the calendar.
    fn near(&mut self, before: i64, after: i64) -> Date {
        self.centre.saturating_add(self.seed.between(-before, after).days())
    }

    fn window(&mut self) -> Validity {
        let start = self.near(9, 6);
        let length = self.seed.pick(&[0, 0, 1, 3, 7, 14]);
        let end = (!self.seed.percent(25)).then(|| start.saturating_add(length.days()));
        Validity::new(start, end)
    }

    fn scope(&mut self) -> Scope {
        let mut scope =
            Scope::of(id(self.seed.pick(&["org", "org", "org", "north", "n1", "south", "s1"])));
        if self.seed.percent(20) {
            scope.included.push(id(self.seed.pick(&NODES)));
        }
        if self.seed.percent(30) {
            scope.excluded.push(id(self.seed.pick(&NODES)));
        }
        scope
    }

    fn contract(&mut self, number: &str) -> Contract {
        let code = self.seed.pick(&["EUR", "EUR", "EUR", "GBP", "JPY"]);
        let mut places: Vec<String> =
            (0..self.seed.between(1, 4)).map(|place| format!("L{place}")).collect();
        // Lines may come in another order than that of their identifiers.
        self.seed.shuffle(&mut places);
        let lines = places.iter().map(|place| self.line(place, code)).collect();
        let mut made = Contract {
            currency: currency(code),
            validity: self.window(),
            status: self.status(),
            scope: self.scope(),
            ..contract(number, self.seed.pick(&SUPPLIERS), "org", lines)
        };
        if self.seed.percent(30) {
            made.price_date_basis = PriceDateBasis::RequestedDeliveryDate;
        }
        made.priority = self.seed.pick(&[None, None, None, Some(1), Some(2)]);
        made.terms.lead_time_days = self.seed.pick(&[None, None, Some(0), Some(1), Some(4)]);
        made.terms.delivery_schedule = self.seed.percent(30).then(|| self.schedule());
        if self.seed.percent(20) {
            made.terms.maximum_commitment = self.maximum(Measure::Value(decimal("1000")));
        }
        made
    }

    fn status(&mut self) -> ContractStatus {
        use ContractStatus::{Draft, Ended, Published, Suspended};
        if self.seed.percent(80) { Published } else { self.seed.pick(&[Draft, Ended, Suspended]) }
    }

    /// A later version of the same contract. Its first day may be before the first day of the
    /// previous version.
    fn amended(&mut self, first: &Contract, version: u32) -> Contract {
        let mut made = Contract { version, status: self.status(), ..first.clone() };
        made.lines
            .iter_mut()
            .flat_map(|line| &mut line.tiers)
            .for_each(|tier| tier.price.amount += Decimal::ONE);
        made.amendment = Some(Amendment {
            effective_from: self.near(5, 9),
            reason_code: "PRICE".to_owned(),
            rationale: "odd".to_owned(),
        });
        made
    }

    fn schedule(&mut self) -> DeliverySchedule {
        let weekdays = (1..=7).filter(|_| self.seed.percent(35)).collect();
        let mut holidays = BTreeMap::new();
        for _ in 0..self.seed.between(0, 2) {
            let holiday = self.near(5, 12);
            holidays.insert(holiday, self.seed.percent(50).then(|| self.near(5, 12)));
        }
        DeliverySchedule { weekdays, cut_off: self.seed.percent(60).then_some(CUT_OFF), holidays }
    }

    fn line(&mut self, number: &str, currency: &str) -> CatalogueLine {
        let (item, base_unit, _) = self.seed.pick(&ITEMS[..]);
        let (orderable_unit, content) = self.seed.pick(&[
            (base_unit, "1"),
            ("XCS", "12"),
            ("XCS", "6"),
            ("XBX", "0.5"),
            ("XBG", "25"),
            ("XCS", "1"),
        ]);
        let tiers = self.tiers(orderable_unit, base_unit, content, currency);
        let mut line = packed_line(number, item, orderable_unit, content, tiers);
        line.supplier_item_number =
            self.seed.pick(&[None, None, Some("0042"), Some("42")]).map(Into::into);
        line.validity = self.seed.percent(25).then(|| self.window());
        line.territory = self.seed.percent(20).then(|| self.scope().into());
        if self.seed.percent(40) {
            let some = |numbers: &[&str], seed: &mut Seed| {
                let picked = seed.pick(numbers);
                (!picked.is_empty()).then(|| decimal(picked))
            };
            line.minimum_order_quantity = some(&["", "1", "3", "10"], self.seed);
            line.maximum_order_quantity = some(&["", "", "7", "20", "2"], self.seed);
            line.order_quantity_increment = some(&["", "1", "2", "4", "0.5"], self.seed);
        }
        line.divisible = self.seed.pick(&[None, None, Some(true), Some(false)]);
        if self.seed.percent(30) {
            let mut own = lead_time(self.seed.pick(&[0, 1, 2, 7]));
            own.delivery_schedule = self.seed.percent(30).then(|| self.schedule());
            let pieces = Measure::Quantity(Quantity::new(decimal("1000"), unit(base_unit)));
            own.maximum_commitment = match self.seed.place(3) {
                0 => self.maximum(pieces),
                1 => self.maximum(Measure::Value(decimal("1000"))),
                _ => None,
            };
            line.terms = Some(own.into());
        }
        line
    }

    /// Prices from a small set of values, so that many tie per base unit.
    fn tiers(
        &mut self,
        orderable_unit: &str,
        base_unit: &str,
        content: &str,
        currency: &str,
    ) -> Vec<PriceTier> {
        if currency == "EUR" && content == "1" && self.seed.percent(2) {
            // A dozen of these exceed a decimal.
            return vec![tier_per("0", "7000000000000000000000000000", "1", orderable_unit)];
        }
        let thresholds: BTreeSet<i64> =
            (0..self.seed.between(1, 3)).map(|_| self.seed.pick(&[0, 0, 1, 5, 10, 24])).collect();
        let mut tiers = Vec::new();
        for threshold in thresholds {
            let per_base_unit =
                decimal(self.seed.pick(&["1", "1", "2", "0.8", "0.125", "1.25", "160"]));
            let base_units = decimal(content) * Decimal::from(self.seed.pick(&[1, 1, 2, 5]));
            let amount = (per_base_unit * base_units).to_string();
            let mut tier = match self.seed.percent(25) {
                true => {
                    tier_per(&threshold.to_string(), &amount, &base_units.to_string(), base_unit)
                }
                false => {
                    let base = (base_units / decimal(content)).to_string();
                    tier_per(&threshold.to_string(), &amount, &base, orderable_unit)
                }
            };
            tier.validity = self.seed.percent(20).then(|| self.window());
            tiers.push(tier);
        }
        tiers
    }

    fn rule(&mut self) -> SourcingRule {
        let preference =
            self.seed.pick(&[Preference::Preferred, Preference::Allowed, Preference::Blocked]);
        let (item, _, category) = self.seed.pick(&ITEMS[..]);
        let mut rule =
            sourcing_rule(item, self.seed.pick(&SUPPLIERS), self.seed.pick(&NODES), preference);
        if let Some(code) = category
            && self.seed.percent(40)
        {
            rule.subject = Subject::Category(Category { scheme: "TST".into(), code: code.into() });
        }
        rule.validity = self.window();
        rule
    }

    /// Decisions that never form a circle: the contract that comes first in a random order wins.
    fn tie_decisions(&mut self) -> Vec<crate::catalogue::TieDecision> {
        let mut order: Vec<String> = (0..6).map(|number| format!("C{number}")).collect();
        self.seed.shuffle(&mut order);
        let mut decisions = Vec::new();
        for _ in 0..self.seed.pick(&[0, 0, 1, 3]) {
            let winner = self.seed.place(order.len() - 1);
            let loser = winner + 1 + self.seed.place(order.len() - winner - 1);
            decisions.push(tie_decision(&order[winner], &order[loser]));
        }
        decisions.sort();
        decisions.dedup();
        decisions
    }

    fn question(&mut self, caps: &[CommitmentId]) -> Question {
        let (item, ..) = self.seed.pick(&ITEMS[..]);
        let number = self.seed.pick(&[
            item,
            item,
            item,
            item,
            "milk",
            "milk",
            GTIN_OF_MILK,
            "0042",
            "42",
            "unheard-of",
        ]);
        let quantities = [
            "1", "2", "3", "5", "5", "6", "7", "9.5", "10", "12", "12", "20", "20.5", "24", "25",
            "36", "100", "0.5", "0",
        ];
        let units = [
            None,
            None,
            None,
            Some("LTR"),
            Some("KGM"),
            Some("EA"),
            Some("DZN"),
            Some("XCS"),
            Some("MLT"),
            Some("GRM"),
        ];
        let unit = self.seed.pick(&units).map(unit);
        let thousands =
            if unit.is_some_and(|unit| matches!(unit.as_str(), "MLT" | "GRM")) { 1_000 } else { 1 };
        let place = if self.seed.percent(3) {
            self.seed.pick(&["north", "nowhere"])
        } else {
            self.seed.pick(&SITES)
        };
        let times = [None, Some(time(9, 0, 0, 0)), Some(CUT_OFF), Some(time(14, 0, 1, 0))];
        Question {
            item: number.to_owned(),
            quantity: decimal(self.seed.pick(&quantities)) * Decimal::from(thousands),
            unit,
            site: id(place),
            order_date: self.near(10, 12),
            order_time: self.seed.pick(&times),
            requested_delivery_date: self.seed.percent(35).then(|| self.near(10, 20)),
            remaining: self.seed.percent(30).then(|| self.remaining(caps)),
        }
    }

    /// The rest of some allotments, larger or smaller than in the release.
    fn remaining(&mut self, caps: &[CommitmentId]) -> Remaining {
        let mut remaining = Remaining::default();
        for cap in caps {
            if self.seed.percent(70) {
                remaining.set(cap.clone(), self.left());
            }
        }
        remaining
    }
}

/// The hard maximum commitments of all contracts.
fn caps(content: &CatalogueContent) -> Vec<CommitmentId> {
    let of = |contract: &Contract| -> Vec<CommitmentId> {
        let found = contract
            .lines
            .iter()
            .filter_map(|line| contract.commitment_of(CommitmentSide::Maximum, line));
        found
            .filter(|(_, commitment)| commitment.strength == Strength::Hard)
            .map(|(id, _)| id)
            .collect()
    };
    let mut caps: Vec<CommitmentId> = content.contracts.iter().flat_map(of).collect();
    caps.sort();
    caps.dedup();
    caps
}

fn locations() -> Vec<Location> {
    let mut south = node("south", Some("org"));
    south.site = site("s1", "south").site;
    vec![
        node("org", None),
        node("north", Some("org")),
        site("n1", "north"),
        site("n2", "north"),
        south,
        site("s1", "south"),
        site("o1", "org"),
    ]
}
