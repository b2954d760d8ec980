//! Allotments of a hard maximum against the real server and its ledger: procurement gives, recalls
//! and moves them while tablets are offline, answers are lost, and one tablet lies.
//!
//! Each site has one tablet that orders within the last allotment that it knows. The first site has
//! a second tablet that must know the allotment, too. The tablet that lies has a site of its own.
//! The seed decides what tablets do, what procurement publishes, and which answers are lost.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    Allotment, Commitment, CommitmentId, CommitmentSide, Contract, Measure, Strength, Terms,
};
use calloff_core::ids::{DocumentId, IntentId, LocationId};
use calloff_core::order::accept::Reason;
use calloff_core::order::{OrderStage, ServerStatus};
use calloff_core::quantity::Quantity;
use calloff_core::sample::Seed;
use calloff_core::sample::builder::{self, contract, day, id, line, site, unit};
use calloff_core::wire::{TopUpRequest, TopUpResponse};
use calloff_server::storage::allotments::{confirm_recall, give_out, ledger};
use calloff_server::storage::devices::Device;
use calloff_tests::{TestApp, TestTablet};
use rust_decimal::Decimal;

const SITES: [&str; 4] = ["site-1", "site-2", "site-3", "site-4"];
const SITE_OF_THE_LIAR: &str = "site-5";

/// The hard maximum: the pieces of milk that all sites together may order.
const CAP: i64 = 150;

const STEPS: usize = 120;

/// The number of seeds that must hold. It is small because every step is a transaction of the real
/// server.
const SEEDS: u64 = 8;

/// The simulation must notice a sabotage within this number of seeds.
const SEEDS_OF_A_SABOTAGE: u64 = 40;

/// A fault of the server that the simulation must notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sabotage {
    /// A recalled part comes back at once, as if every tablet had confirmed the smaller allotment.
    ReturnAtOnce,
    /// The ledger gives out more than the maximum.
    GiveOutMore,
}

/// Milk at 1.00 from the contract CAPPED, up to [`CAP`] for all sites together, and at 1.50 from
/// the contract OPEN. `planned` are the allotments that procurement set.
fn content(planned: &[(&str, i64)]) -> CatalogueContent {
    let maximum_commitment = Some(Commitment { measure: measure(CAP), strength: Strength::Hard });
    let capped = Contract {
        terms: Terms { maximum_commitment, ..Terms::default() },
        ..contract("CAPPED", "dairy", "org", vec![line("10", "milk", "1.00")])
    };
    let open = contract("OPEN", "mill", "org", vec![line("10", "milk", "1.50")]);
    let mut content = builder::catalogue(vec![capped, open]);
    content.locations.extend(["site-3", "site-4", SITE_OF_THE_LIAR].map(|name| site(name, "org")));
    content.allotments = planned
        .iter()
        .map(|(site, amount)| Allotment {
            contract: id("CAPPED"),
            line: None,
            site: id(site),
            amount: (*amount).into(),
        })
        .collect();
    content
}

fn measure(amount: i64) -> Measure {
    Measure::Quantity(Quantity::new(amount.into(), unit("EA")))
}

fn cap() -> CommitmentId {
    CommitmentId { contract: id("CAPPED"), line: None }
}

/// The quantity that the orders on a tablet take of the capped contract.
fn capped(tablet: &TestTablet) -> Decimal {
    let locked_prices = tablet.replica.orders().flat_map(|order| order.lines.values());
    let locked_prices = locked_prices.filter_map(|line| line.locked.as_ref());
    locked_prices
        .filter(|locked| locked.contract == cap().contract)
        .map(|locked| locked.quantity.value)
        .sum()
}

struct World {
    app: TestApp,
    tablets: Vec<TestTablet>,
    /// The second tablet of the first site. It orders nothing. Sometimes it is revoked and
    /// replaced.
    second: TestTablet,
    /// The tablet that orders without any allotment.
    liar: TestTablet,
    seed: Seed,
    minted: u8,
    sabotage: Option<Sabotage>,
    /// Orders of honest tablets, by tablet.
    orders: Vec<(usize, DocumentId)>,
    /// The orders that used a recalled part when they were made, because the tablet did not know
    /// the recall.
    by_a_recalled_grant: BTreeSet<DocumentId>,
    seen: Seen,
}

/// Counts of what happened. A test fails if something never happens.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    accepted: usize,
    /// The accepted orders that used a recalled part when they were made.
    by_a_recalled_grant: usize,
    /// Lies that were refused.
    lies: usize,
    /// Answers that gave more on request.
    topped_up: usize,
    /// Recalled parts that came back.
    came_back: usize,
}

type Broken = String;

impl World {
    async fn new(seed: u64, sabotage: Option<Sabotage>) -> Self {
        let app = TestApp::start(&content(&[])).await;
        let mut tablets = Vec::new();
        for site in SITES {
            tablets.push(app.tablet(site, "Kitchen").await);
        }
        let second = app.tablet(SITES[0], "Bar").await;
        let liar = app.tablet(SITE_OF_THE_LIAR, "Liar").await;
        for tablet in &mut tablets {
            tablet.pull(&app).await;
        }
        Self {
            app,
            tablets,
            second,
            liar,
            seed: Seed::fork(seed, "grants"),
            minted: 0,
            sabotage,
            orders: Vec::new(),
            by_a_recalled_grant: BTreeSet::new(),
            seen: Seen::default(),
        }
    }

    async fn run(&mut self) -> Result<Seen, Broken> {
        for _ in 0..STEPS {
            let recalled = self.recalled().await;
            self.step().await;
            self.check().await?;
            let still = self.recalled().await;
            self.seen.came_back +=
                recalled.iter().filter(|(site, _)| !still.contains_key(*site)).count();
        }
        // From now on, all tablets are online, and no answer is lost.
        for _ in 0..3 {
            for at in 0..self.tablets.len() {
                self.tablets[at].sync(&self.app).await;
            }
            self.second.pull(&self.app).await;
            self.liar.pull(&self.app).await;
        }
        self.check().await?;
        let recalled = self.recalled().await;
        if recalled.is_empty() { Ok(self.seen) } else { Err(format!("still out: {recalled:?}")) }
    }

    async fn step(&mut self) {
        self.app.set_millis(self.app.now() + 1_000);
        let at = self.seed.place(self.tablets.len());
        match self.seed.between(0, 99) {
            ..35 => self.order(at).await,
            35..70 => self.contact(at).await,
            70..76 => self.second.pull(&self.app).await,
            76..78 => {
                self.app.revoke(&self.second).await;
                self.second = self.app.tablet(SITES[0], "Bar").await;
            }
            78..84 => self.top_up(at).await,
            84..89 => self.lie().await,
            _ => self.publish().await,
        }
    }

    /// A person orders offline. The order takes from the capped contract as much as the tablet's
    /// allotment allows, and the rest from the other contract.
    async fn order(&mut self, at: usize) {
        let quantity = self.seed.between(1, 8).to_string();
        let due = self.accounts().await[&id(SITES[at])].told();
        let tablet = &mut self.tablets[at];
        let before = capped(tablet);
        let order = tablet.begin();
        tablet.add_pieces(order, "milk", &quantity);
        tablet.submit(order);
        self.orders.push((at, order));
        if capped(tablet) > before.max(due) {
            self.by_a_recalled_grant.insert(order);
        }
    }

    /// A tablet comes online for a moment. It pushes until nothing is unsent, and then pulls. Any
    /// answer may be lost, and the tablet is then offline again.
    async fn contact(&mut self, at: usize) {
        let lost = |seed: &mut Seed| seed.percent(20);
        let tablet = &mut self.tablets[at];
        while tablet.replica.push_request("test").is_some() {
            if lost(&mut self.seed) {
                tablet.push_and_lose_the_reply(&self.app).await;
                return;
            }
            tablet.push(&self.app).await;
        }
        for _ in 0..self.seed.between(1, 2) {
            let answer = tablet.send_pull(&self.app, &tablet.replica.pull_request()).await;
            if lost(&mut self.seed) {
                return;
            }
            tablet.take_pulled(answer);
        }
    }

    async fn top_up(&mut self, at: usize) {
        let request = TopUpRequest {
            id: IntentId::mint(1, [self.next(); 10]),
            contract: id("CAPPED"),
            line: None,
            amount: self.seed.between(1, 40).into(),
        };
        let answer = self.tablets[at].top_up(&self.app, &request).await;
        self.seen.topped_up += usize::from(answer.json::<TopUpResponse>().given > Decimal::ZERO);
    }

    fn next(&mut self) -> u8 {
        self.minted += 1;
        self.minted
    }

    /// The lying tablet orders more than the allotment of its site, which is zero.
    async fn lie(&mut self) {
        let order = self.liar.begin();
        self.liar.add(order, "milk", &self.seed.between(1, 40).to_string());
        let locked_prices = self.liar.uncapped_prices(order);
        self.liar.submit_locked(order, locked_prices);
        self.liar.sync(&self.app).await;
        self.seen.lies += usize::from(self.liar.order(order).stage() == OrderStage::Refused);
    }

    /// Procurement divides the hard maximum anew.
    async fn publish(&mut self) {
        let mut rest = CAP;
        let mut planned = Vec::new();
        let mut sites = SITES;
        self.seed.shuffle(&mut sites);
        for site in sites {
            let part = self.seed.between(0, rest.min(60));
            rest -= part;
            planned.push((site, part));
        }
        self.app.publish(&content(&planned), day("2026-03-02")).await;
        self.break_it().await;
    }

    async fn break_it(&self) {
        let mut write = self.app.state.store.write().await.expect("a transaction");
        match self.sabotage {
            None => {}
            Some(Sabotage::ReturnAtOnce) => {
                for tablet in self.tablets.iter().chain([&self.second, &self.liar]) {
                    let enrolment = &tablet.enrolment;
                    let device = Device {
                        id: enrolment.device,
                        site: enrolment.site.clone(),
                        name: String::new(),
                    };
                    confirm_recall(&mut write, &device, i64::MAX).await.expect("the ledger");
                }
            }
            Some(Sabotage::GiveOutMore) => {
                let mut more = self.tablets[0].catalogue.caps()[0].clone();
                more.measure = measure(CAP * 2);
                let as_it_is = ledger(&mut write).await.expect("the ledger");
                give_out(&mut write, &[more], as_it_is).await.expect("the ledger");
            }
        }
        write.commit().await.expect("committed");
    }

    async fn accounts(&self) -> BTreeMap<LocationId, calloff_core::publish::escrow::Account> {
        let mut read = self.app.state.store.write().await.expect("a transaction");
        ledger(&mut read).await.expect("the ledger").remove(&cap()).unwrap_or_default()
    }

    async fn recalled(&self) -> BTreeMap<LocationId, Decimal> {
        let recalled = self.accounts().await.into_iter();
        let recalled = recalled.map(|(site, account)| (site, account.recalled()));
        recalled.filter(|(_, recalled)| !recalled.is_zero()).collect()
    }

    /// The promises that hold in every state of the server.
    async fn check(&mut self) -> Result<(), Broken> {
        let accounts = self.accounts().await;
        let totals = self.app.state.store.commitment_totals().await.expect("the totals");
        let ordered = totals.get(&(cap(), CommitmentSide::Maximum)).copied().unwrap_or_default();
        if ordered > CAP.into() {
            return Err(format!("{ordered} ordered of {CAP}: {accounts:?}"));
        }
        let used: Decimal = accounts.values().map(|account| account.used).sum();
        if used != ordered {
            return Err(format!("{ordered} ordered, and the ledger counts {used}"));
        }
        self.check_promises()
    }

    /// The server does not refuse an order within the allotment that its tablet knew.
    fn check_promises(&mut self) -> Result<(), Broken> {
        for (at, order) in std::mem::take(&mut self.orders) {
            let state = self.tablets[at].order(order);
            match (state.stage(), &state.server.status) {
                (OrderStage::Accepted, _) => {
                    self.seen.accepted += 1;
                    self.seen.by_a_recalled_grant +=
                        usize::from(self.by_a_recalled_grant.contains(&order));
                }
                (OrderStage::Refused, Some(ServerStatus::Refused { reasons, .. })) => {
                    let is_exhausted =
                        |reason: &&Reason| matches!(reason, Reason::CapExhausted { .. });
                    let broken = reasons.iter().find(is_exhausted);
                    return Err(format!("{} within what it was told: {broken:?}", SITES[at]));
                }
                _ => self.orders.push((at, order)),
            }
        }
        Ok(())
    }
}

async fn simulate(seed: u64, sabotage: Option<Sabotage>) -> Result<Seen, Broken> {
    World::new(seed, sabotage).await.run().await
}

#[tokio::test]
async fn no_maximum_is_exceeded_and_no_tablet_refused_what_it_was_told_while_grants_are_recalled() {
    let mut all = Seen::default();
    for seed in 0..SEEDS {
        let seen =
            simulate(seed, None).await.unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        all.accepted += seen.accepted;
        all.by_a_recalled_grant += seen.by_a_recalled_grant;
        all.lies += seen.lies;
        all.topped_up += seen.topped_up;
        all.came_back += seen.came_back;
    }
    println!("{SEEDS} seeds: {all:?}");
    let kinds = [all.accepted, all.by_a_recalled_grant, all.lies, all.topped_up, all.came_back];
    assert!(kinds.iter().all(|count| *count > 0), "something never happened: {all:?}");
}

async fn caught(sabotage: Sabotage, says: &str) {
    for seed in 0..SEEDS_OF_A_SABOTAGE {
        if let Err(broken) = simulate(seed, Some(sabotage)).await {
            assert!(broken.contains(says), "seed {seed}: {broken}");
            println!("{sabotage:?} shows at seed {seed}: {broken:.300}");
            return;
        }
    }
    panic!("{sabotage:?} went unnoticed");
}

#[tokio::test]
async fn grants_that_come_back_at_once_are_caught() {
    caught(Sabotage::ReturnAtOnce, "within what it was told").await;
}

#[tokio::test]
async fn a_ledger_that_gives_out_more_than_there_is_is_caught() {
    caught(Sabotage::GiveOutMore, "ordered of").await;
}
