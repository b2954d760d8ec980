//! The contracts of the demo organisation: five for each department, and five that show one thing
//! each.

use jiff::ToSpan;

use super::builder::{currency, decimal, id, percentage};
use super::goods::{DEPARTMENTS, Good};
use super::lines::{Lines, Wanted};
use super::places::{EURO_REGIONS, NORTH, ORGANISATION, site_id};
use super::seed::Seed;
use super::{people, sellers};
use crate::calendar::{Date, Validity};
use crate::catalogue::TieDecision;
use crate::contract::{
    AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue, Amendment,
    CatalogueLine, Commitment, Contract, ContractStatus, DeliverySchedule, DeliveryTerms, Incoterm,
    InvoiceMatch, InvoiceTolerance, Measure, PaymentTerms, PriceDateBasis, Scope,
    SettlementDiscount, Strength, Terms,
};
use crate::ids::{LocationId, PersonId};

/// The number of contracts of a department.
const PER_DEPARTMENT: usize = 5;
/// The last day of a contract with a successor, in days from today.
const HANDOVER: i64 = 18;
/// The first day of the amendments, in days from today.
const AMENDED_FROM: i64 = 12;

/// The description of one contract.
struct Plan {
    supplier: usize,
    department: usize,
    what: &'static str,
    scope: Scope,
    currency: &'static str,
    /// First and last day, in days from today.
    days: (i64, Option<i64>),
    /// The percentage of the department's items that are on it.
    share: u64,
    /// Its price level, in thousandths of the market price.
    permille: i64,
}

/// The contracts with their amendments, and the decisions about ties between them.
pub(super) fn contracts(
    seed: u64,
    today: Date,
    goods: &[Good],
) -> (Vec<Contract>, Vec<TieDecision>) {
    let mut desk = Desk {
        seed: Seed::fork(seed, "contracts"),
        today,
        owners: people::procurement(seed),
        lines: Lines::new(goods, today),
        contracts: Vec::new(),
    };
    for department in 0..DEPARTMENTS.len() {
        desk.department(department);
    }
    let ties = desk.special_cases();
    desk.amend(4);
    desk.amend(7);
    (desk.contracts, ties)
}

struct Desk<'g> {
    seed: Seed,
    today: Date,
    owners: Vec<PersonId>,
    lines: Lines<'g>,
    contracts: Vec<Contract>,
}

impl Desk<'_> {
    /// A framework contract for the continent and one for the north, a regional contract and a
    /// second source, and a future or seasonal contract.
    fn department(&mut self, department: usize) {
        let region = EURO_REGIONS[department % EURO_REGIONS.len()];
        let is_handed_over = department.is_multiple_of(3);
        let framework_ends = if is_handed_over { Some(HANDOVER) } else { None };
        let continental = Plan {
            supplier: sellers::continental(department),
            department,
            what: "continental framework",
            scope: continent(),
            currency: "EUR",
            days: (-self.seed.between(150, 400), framework_ends),
            share: 90,
            permille: 1_000,
        };
        let promised =
            Commitment { measure: Measure::Value(decimal("250000")), strength: Strength::Soft };
        let framework = self.sign(continental);
        framework.terms.minimum_commitment = Some(promised);
        if department % 4 == 2 {
            framework.terms.maximum_commitment = Some(Commitment {
                measure: Measure::Value(decimal("900000")),
                strength: Strength::Soft,
            });
        }
        let northern = Plan {
            supplier: sellers::northern(department),
            department,
            what: "northern framework",
            scope: Scope::of(id(NORTH)),
            currency: "GBP",
            days: (-self.seed.between(150, 400), None),
            share: 90,
            permille: 1_035,
        };
        self.sign(northern);
        // A quarter of the regional contracts end within the month, without a successor.
        let left =
            if department % 4 == 1 { self.seed.between(5, 29) } else { self.seed.between(90, 400) };
        let regional = Plan {
            supplier: sellers::wholesaler(department),
            department,
            what: "regional agreement",
            scope: Scope { included: vec![id(region)], excluded: vec![self.any_site()] },
            currency: "EUR",
            days: (-self.seed.between(120, 200), Some(left)),
            share: 30,
            permille: 965,
        };
        self.sign(regional);
        let second_source = Plan {
            supplier: sellers::northern(department),
            department,
            what: "second source, in pounds",
            scope: Scope { excluded: vec![id(NORTH), self.any_site()], ..continent() },
            currency: "GBP",
            days: (-self.seed.between(120, 200), Some(self.seed.between(60, 300))),
            share: 40,
            permille: 1_000,
        };
        self.sign(second_source);
        self.sign(fifth(department, region, is_handed_over));
    }

    /// One contract for each of these: a single site, a suspension, the other price date, a
    /// priority, and a settled tie.
    fn special_cases(&mut self) -> Vec<TieDecision> {
        let plan = |supplier, department, what, scope, days, share, permille| Plan {
            supplier,
            department,
            what,
            scope,
            currency: "EUR",
            days,
            share,
            permille,
        };
        let bakery = Scope::of(site_id(14));
        self.sign(plan(sellers::wholesaler(3), 3, "village baker", bakery, (-130, None), 30, 930));
        let cleaning = plan(
            sellers::wholesaler(7),
            7,
            "under review",
            continent(),
            (-200, Some(200)),
            40,
            900,
        );
        self.sign(cleaning).status = ContractStatus::Suspended;
        let season = plan(
            sellers::wholesaler(0),
            0,
            "season",
            Scope::of(id("isles")),
            (-15, Some(60)),
            20,
            880,
        );
        self.sign(season).price_date_basis = PriceDateBasis::RequestedDeliveryDate;
        let dry_goods = self.twin(4, sellers::wholesaler(4), 12);
        dry_goods.priority = Some(1);
        let office = self.twin(9, sellers::wholesaler(9), 10);
        let loser = office.id.clone();
        vec![TieDecision {
            winner: self.contracts[9 * PER_DEPARTMENT].id.clone(),
            loser,
            decided_by: self.owners[0].clone(),
            reason: "Equal prices; the framework's supplier already delivers to every site."
                .to_owned(),
        }]
    }

    fn sign(&mut self, plan: Plan) -> &mut Contract {
        let number = self.contracts.len() + 1;
        let price_currency = currency(plan.currency);
        let validity = Validity::new(self.day(plan.days.0), plan.days.1.map(|days| self.day(days)));
        let wanted = Wanted {
            department: plan.department,
            supplier: plan.supplier,
            currency: price_currency,
            share: plan.share,
            permille: plan.permille,
            is_framework: plan.share >= 90,
            validity,
        };
        let lines = self.lines.draw(&mut self.seed, &wanted);
        let contract = Contract {
            id: id(&format!("FA-{number:03}")),
            version: 1,
            supplier: id(&sellers::number(plan.supplier)),
            title: format!("{}, {}", DEPARTMENTS[plan.department].name, plan.what),
            owner: Some(self.owners[self.seed.place(self.owners.len())].clone()),
            status: ContractStatus::Published,
            validity,
            price_date_basis: PriceDateBasis::OrderDate,
            currency: price_currency,
            scope: plan.scope,
            priority: None,
            terms: self.terms(plan.department),
            amendment: None,
            lines,
        };
        self.contracts.push(contract);
        let last = self.contracts.len() - 1;
        &mut self.contracts[last]
    }

    /// A contract with some lines of a department's continental framework contract, at the same
    /// prices and terms, from another supplier.
    fn twin(&mut self, department: usize, supplier: usize, count: usize) -> &mut Contract {
        let original = self.contracts[department * PER_DEPARTMENT].clone();
        let twin = Contract {
            id: id(&format!("FA-{:03}", self.contracts.len() + 1)),
            supplier: id(&sellers::number(supplier)),
            title: format!("{}, equal offer", DEPARTMENTS[department].name),
            lines: self
                .lines
                .of_another_supplier(&original.lines[..count.min(original.lines.len())], supplier),
            ..original
        };
        self.contracts.push(twin);
        let last = self.contracts.len() - 1;
        &mut self.contracts[last]
    }

    /// A second version of a department's continental framework contract. Three of ten lines cost
    /// three percent more.
    fn amend(&mut self, department: usize) {
        let first = self.contracts[department * PER_DEPARTMENT].clone();
        let lines: Vec<CatalogueLine> = first
            .lines
            .iter()
            .map(|line| {
                if self.seed.percent(30) {
                    self.lines.dearer(line, first.currency)
                } else {
                    line.clone()
                }
            })
            .collect();
        let amendment = Amendment {
            effective_from: self.day(AMENDED_FROM),
            reason_code: "price-index".to_owned(),
            rationale: "Yearly adjustment by the agreed price index.".to_owned(),
        };
        self.contracts.push(Contract { version: 2, amendment: Some(amendment), lines, ..first });
    }

    fn terms(&mut self, department: usize) -> Terms {
        let is_fresh = department < 4;
        let weekdays: &[i8] = if is_fresh {
            &[1, 2, 3, 4, 5, 6]
        } else {
            self.seed.pick(&[&[1, 4], &[2, 5], &[3, 5]])
        };
        let cut_off = self.seed.pick(&[(11, 0), (14, 0), (16, 30)]);
        let schedule = DeliverySchedule {
            weekdays: weekdays.to_vec(),
            cut_off: Some(jiff::civil::time(cut_off.0, cut_off.1, 0, 0)),
            holidays: self.holidays().into_iter().collect(),
        };
        Terms {
            payment: Some(PaymentTerms {
                net_days: self.seed.pick(&[14, 30, 30, 45, 60]),
                settlement_discount: department
                    .is_multiple_of(3)
                    .then_some(SettlementDiscount { percentage: percentage("2"), within_days: 10 }),
            }),
            delivery: Some(DeliveryTerms {
                incoterm: Incoterm::Dap,
                place: "the site's goods entrance".to_owned(),
            }),
            minimum_order_value: self
                .seed
                .percent(70)
                .then(|| decimal(self.seed.pick(&["50", "80", "120", "200"]))),
            lead_time_days: Some(if is_fresh { 1 } else { self.seed.pick(&[2, 3, 4, 5]) }),
            delivery_schedule: self.seed.percent(85).then_some(schedule),
            allowance_charges: (!is_fresh && department.is_multiple_of(2)).then(freight),
            invoice_tolerance: Some(InvoiceTolerance {
                percentage: Some(percentage(if is_fresh { "5" } else { "2" })),
                amount: Some(decimal("10")),
            }),
            invoice_match: Some(if is_fresh {
                InvoiceMatch::ThreeWay
            } else {
                InvoiceMatch::TwoWay
            }),
            // Fresh goods cannot wait for an order that was written last week.
            offline_grace_days: is_fresh.then_some(2),
            ..Terms::default()
        }
    }

    /// No deliveries at Christmas, which move to the day before, and on New Year's Day. This holds
    /// for this year and the next.
    fn holidays(&self) -> Vec<(Date, Option<Date>)> {
        let year = self.today.year();
        let in_year = |year, month, day| Date::new(year, month, day).ok();
        let years = [year, year.saturating_add(1)].into_iter();
        years
            .flat_map(|year| {
                let christmas = in_year(year, 12, 25).map(|day| (day, in_year(year, 12, 24)));
                christmas.into_iter().chain(in_year(year, 1, 1).map(|day| (day, None)))
            })
            .collect()
    }

    fn any_site(&mut self) -> LocationId {
        site_id(self.seed.place(40))
    }

    fn day(&self, from_today: i64) -> Date {
        self.today.saturating_add(from_today.days())
    }
}

/// The freight charge of every purchase order: UNCL 7161 "FC".
fn freight() -> Vec<AllowanceCharge> {
    vec![AllowanceCharge {
        kind: AllowanceChargeKind::Charge,
        reason_code: Some("FC".to_owned()),
        reason: Some("Freight".to_owned()),
        value: AllowanceChargeValue::Amount(decimal("7.50")),
        per: AllowanceChargeBasis::Order,
    }]
}

/// All sites except those in the north.
fn continent() -> Scope {
    Scope { included: vec![id(ORGANISATION)], excluded: vec![id(NORTH)] }
}

/// The successor of a framework contract that ends, an offer to the north that starts in the
/// future, or a promotion that ends soon.
fn fifth(department: usize, region: &str, is_handed_over: bool) -> Plan {
    let (what, scope, currency, days, share, permille) = if is_handed_over {
        (
            "continental framework, renewed",
            continent(),
            "EUR",
            (HANDOVER + 1, Some(700)),
            100,
            1_015,
        )
    } else if department % 3 == 1 {
        ("offer to the north", Scope::of(id(NORTH)), "GBP", (45, Some(410)), 50, 990)
    } else {
        ("promotion", Scope::of(id(region)), "EUR", (-20, Some(25)), 15, 900)
    };
    Plan {
        supplier: sellers::continental(department),
        department,
        what,
        scope,
        currency,
        days,
        share,
        permille,
    }
}
