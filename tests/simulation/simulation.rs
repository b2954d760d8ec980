//! The loop of the simulation. Events happen one after the other in virtual time. One seed decides
//! everything.

mod mishaps;
mod network;
mod tablets;

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::DeviceId;
use calloff_core::sample::Seed;
use calloff_core::sample::builder::id;
use calloff_core::wire::{ErrorCode, PullRequest, PullResponse, PushRequest, PushResponse};
use sha2::{Digest, Sha256};

use crate::head_office::HeadOffice;
use crate::oracle::{Oracle, Violation};
use crate::sabotage::Sabotage;
use crate::tablet::{SimulatedTablet, random};

/// The time at which a simulation begins, in milliseconds since the Unix epoch: Monday, 2 March
/// 2026, 9:00 UTC.
pub const START: i64 = 1_772_442_000_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const YEAR: i64 = 365 * 24 * 60 * MINUTE;
/// How long things go wrong, in milliseconds. Then the network works, and people do nothing more.
const TROUBLED: i64 = 40 * MINUTE;
/// The time after that in which all tablets and the server must come to agree. It has room for some
/// of the longest waits between retries, and for a long queue.
const QUIET: i64 = 20 * MINUTE;
/// How long a tablet waits for an answer.
const TIMEOUT: i64 = 10 * SECOND;
/// How long a tablet waits after an action, so that actions in quick succession are sent together.
const DEBOUNCE: i64 = 300;

/// The chances that things go wrong, in percent.
struct Troubles {
    lost: u64,
    doubled: u64,
    slow: u64,
    crash: u64,
    full_disk: u64,
    hostile: u64,
}

impl Troubles {
    const NONE: Self = Self { lost: 0, doubled: 0, slow: 0, crash: 0, full_disk: 0, hostile: 0 };

    /// The chances of one seed. Some seeds have a good network, and others a very bad one.
    fn of(seed: &mut Seed) -> Self {
        let mut upto = |most: i64| seed.between(0, most).unsigned_abs();
        Self {
            lost: upto(25),
            doubled: upto(15),
            slow: upto(20),
            crash: upto(3),
            full_disk: upto(3),
            hostile: upto(100),
        }
    }
}

#[derive(Debug, Clone)]
enum Body {
    Push(PushRequest),
    Offer(PushRequest),
    Pull(PullRequest),
}

#[derive(Debug, Clone)]
enum Answer {
    Push(PushResponse),
    Pull(PullResponse),
    Problem(ErrorCode),
}

/// A request, and the tab that sent it.
#[derive(Debug, Clone, Copy)]
struct Call {
    request: u64,
    tablet: usize,
    tab: u64,
    device: DeviceId,
}

#[derive(Debug, Clone)]
enum Event {
    /// The person who uses a tablet acts.
    Act(usize),
    /// A tab goes on with its round.
    Step { tablet: usize, tab: u64, step: u64 },
    /// A request reaches the server.
    Arrival(Call, Body),
    /// The answer reaches the tablet.
    Reply(Call, Answer),
    /// The tablet gives a request up.
    Timeout(Call),
    /// A tablet has a mishap.
    Mishap(usize),
    /// The hostile tablet sends something.
    Hostility,
    /// Settled orders leave the tablets.
    OldOrders,
    /// The server's database is copied.
    Backup,
    /// The copy is put back.
    Restore,
    /// Head office takes up or discards all offers.
    TakeUp,
}

/// The result of a seed.
pub struct RunReport {
    /// SHA-256 of the trace.
    pub trace: String,
    /// The broken promise at which the run ended. `None` if every promise held.
    pub violation: Option<Violation>,
    /// The number of events that happened.
    pub events: u64,
    /// The number of orders that the server has, and the number of accepted ones.
    pub orders: (usize, usize),
    /// The number of intents that reached sites' settings, by kind, and how often values were in
    /// conflict.
    pub settings: BTreeMap<&'static str, u64>,
    /// The number of notices to people, by kind.
    pub notices: BTreeMap<&'static str, u64>,
}

/// Runs a seed; `show` prints the trace.
pub fn run(
    seed: u64,
    office: &mut impl HeadOffice,
    catalogue: &Catalogue,
    sabotage: Option<Sabotage>,
    show: bool,
) -> RunReport {
    let mut simulation = Simulation::new(seed, office, catalogue, sabotage, show);
    let violation = simulation.run().err();
    let Simulation { trace, events, oracle, notices, .. } = simulation;
    let trace = trace.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    RunReport {
        trace,
        violation,
        events,
        orders: oracle.orders(),
        settings: oracle.settings(),
        notices,
    }
}

struct Simulation<'s, O> {
    office: &'s mut O,
    catalogue: &'s Catalogue,
    oracle: Oracle<'s>,
    tablets: Vec<SimulatedTablet>,
    /// The hostile tablet: it is enrolled like others and keeps to no rule.
    hostile: DeviceId,
    now: i64,
    /// The events to come, by time and by the order in which they were planned.
    queue: BTreeMap<(i64, u64), Event>,
    planned: u64,
    seed: Seed,
    troubles: Troubles,
    down_until: i64,
    sabotage: Option<Sabotage>,
    trace: Sha256,
    show: bool,
    events: u64,
    notices: BTreeMap<&'static str, u64>,
}

impl<'s, O: HeadOffice> Simulation<'s, O> {
    fn new(
        seed: u64,
        office: &'s mut O,
        catalogue: &'s Catalogue,
        sabotage: Option<Sabotage>,
        show: bool,
    ) -> Self {
        let mut draw = Seed::fork(seed, "world");
        let troubles = Troubles::of(&mut draw);
        let mut oracle = Oracle::new(catalogue);
        let mut tablets = Vec::new();
        let sites = ["school", "school", "hospital", "school"];
        for (at, site) in
            sites.iter().enumerate().take(usize::try_from(draw.between(2, 4)).unwrap_or(2))
        {
            let site = id(site);
            let mut seed = Seed::fork(seed, &format!("tablet {at}"));
            let minted = DeviceId::mint(START, random(&mut seed));
            let device = office.enrol(&site, minted);
            oracle.on_enrolled(device, &site);
            let mut tablet = SimulatedTablet::new(device, site, seed, at as u64);
            if sabotage == Some(Sabotage::LetTwoTabsLead) {
                let second = tablet.opened(100 + at as u64).0;
                tablet.tabs.push(second);
            }
            tablets.push(tablet);
        }
        let hostile = office.enrol(&id("school"), DeviceId::mint(START, random(&mut draw)));
        oracle.on_hostile(hostile, &id("school"));
        Self {
            office,
            catalogue,
            oracle,
            tablets,
            hostile,
            now: START,
            queue: BTreeMap::new(),
            planned: 1_000,
            seed: draw,
            troubles,
            down_until: 0,
            sabotage,
            trace: Sha256::new(),
            show,
            events: 0,
            notices: BTreeMap::new(),
        }
    }

    fn run(&mut self) -> Result<(), Violation> {
        for tablet in 0..self.tablets.len() {
            self.plan(SECOND, Event::Act(tablet));
            let mishap = self.seed.between(MINUTE, 10 * MINUTE);
            self.plan(mishap, Event::Mishap(tablet));
            self.go_on_all(tablet);
        }
        self.plan(2 * MINUTE, Event::Hostility);
        let leave = self.seed.between(5 * MINUTE, 15 * MINUTE);
        self.plan(leave, Event::OldOrders);
        if self.office.is_restored() {
            let copied = self.seed.between(MINUTE, 25 * MINUTE);
            self.plan(copied, Event::Backup);
            let put_back = self.seed.between(SECOND, 10 * MINUTE);
            self.plan(copied + put_back, Event::Restore);
        }
        while self.happen_until(START + TROUBLED)? {}
        self.calm()?;
        while self.happen_until(START + TROUBLED + QUIET)? {}
        for (at, tablet) in self.tablets.iter().enumerate().filter(|(_, tablet)| !tablet.is_revoked)
        {
            for tab in &tablet.tabs {
                self.oracle.on_quiet(at, &tablet.site, &tab.replica, self.office)?;
            }
        }
        Ok(())
    }

    /// From now on nothing goes wrong, and people go home.
    fn calm(&mut self) -> Result<(), Violation> {
        self.troubles = Troubles::NONE;
        self.down_until = 0;
        self.queue.retain(|_, event| {
            let is_trouble = matches!(event, Event::Act(_) | Event::Mishap(_) | Event::Hostility);
            !is_trouble && !matches!(event, Event::OldOrders)
        });
        for minutes in 1..QUIET / MINUTE {
            self.plan(minutes * MINUTE, Event::TakeUp);
        }
        for tablet in 0..self.tablets.len() {
            self.tablets[tablet].offline_until = 0;
            if self.tablets[tablet].is_revoked && self.seed.percent(80) {
                self.enrol_anew(tablet)?;
            }
            if std::mem::take(&mut self.tablets[tablet].is_old) {
                self.note(&format!("tablet {tablet} is updated"));
            }
            if self.tablets[tablet].tabs.len() > 1 {
                self.tablets[tablet].tabs.truncate(1);
            }
            self.reload(tablet)?;
        }
        Ok(())
    }

    fn plan(&mut self, after: i64, event: Event) {
        self.planned += 1;
        self.queue.insert((self.now + after, self.planned), event);
    }

    fn note(&mut self, what: &str) {
        let line = format!("{:>9} {what}\n", self.now - START);
        if self.show {
            print!("{line}");
        }
        self.trace.update(line);
    }

    /// The next event, if there is one before `end`.
    fn happen_until(&mut self, end: i64) -> Result<bool, Violation> {
        let Some(next) = self.queue.first_entry().filter(|next| next.key().0 <= end) else {
            self.now = end;
            return Ok(false);
        };
        self.now = next.key().0;
        let event = next.remove();
        self.events += 1;
        if self.queue.len() > 2_000 {
            return Err(format!("{} events wait: somebody sends without end", self.queue.len()));
        }
        match event {
            Event::Act(tablet) => self.act(tablet)?,
            Event::Step { tablet, tab, step } => {
                if let Some(at) =
                    self.tab(tablet, tab).filter(|at| self.tablets[tablet].tabs[*at].step == step)
                {
                    self.go_on(tablet, at)?;
                }
            }
            Event::Arrival(call, body) => self.arrive(call, body)?,
            Event::Reply(call, answer) => self.reply(call, answer)?,
            Event::Timeout(call) => {
                let tab = self.tab(call.tablet, call.tab);
                let is_waited_for =
                    |at: &usize| self.tablets[call.tablet].tabs[*at].waiting == Some(call.request);
                if let Some(at) = tab.filter(is_waited_for) {
                    self.note(&format!("{call:?} times out"));
                    self.end_round(call.tablet, at, false);
                }
            }
            Event::Mishap(tablet) => self.mishap(tablet)?,
            Event::Hostility => self.hostility()?,
            Event::OldOrders => {
                let next = self.seed.between(5 * MINUTE, 15 * MINUTE);
                self.plan(next, Event::OldOrders);
                let left = self.office.let_old_orders_leave();
                self.note(&format!("old orders leave the tablets: {left:?}"));
                self.oracle.on_left(&left)?;
            }
            Event::Backup => {
                self.note("the server's database is copied");
                self.office.back_up();
            }
            Event::Restore => {
                self.note("the copy is put back");
                self.office.restore();
                self.oracle.on_restored(self.office)?;
            }
            Event::TakeUp => {
                let taken = self.office.take_up_all(self.now);
                if !taken.is_empty() {
                    self.note(&format!("head office looks at what was offered: {taken:?}"));
                    self.oracle.on_taken_up(&taken, self.office)?;
                }
            }
        }
        Ok(true)
    }

    /// The place of a tab among the open tabs of its tablet. `None` if the tab was closed.
    fn tab(&self, tablet: usize, tab: u64) -> Option<usize> {
        self.tablets[tablet].tabs.iter().position(|open| open.id == tab)
    }
}
