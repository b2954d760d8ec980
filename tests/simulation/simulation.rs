//! The loop: one event after the other, in virtual time, all drawn from one seed.

use std::collections::BTreeMap;

use calloff_core::catalogue::Catalogue;
use calloff_core::ids::DeviceId;
use calloff_core::sample::Seed;
use calloff_core::sample::builder::id;
use calloff_core::sync::{Effect, Notice, Replica, Step};
use calloff_core::wire::{Blob, ErrorCode, PullResponse, PushRequest, PushResponse};
use sha2::{Digest, Sha256};

use super::head_office::{Crash, Failure, HeadOffice};
use super::hostile;
use super::oracle::{Oracle, Violation};
use super::sabotage::Sabotage;
use super::tablet::{Tab, Tablet, random};

/// When it begins: nine in the morning of Monday, 2 March 2026, in UTC.
pub const START: i64 = 1_772_442_000_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const YEAR: i64 = 365 * 24 * 60 * MINUTE;
/// How long things go wrong; then the network is whole, and nobody does anything any more.
const TROUBLED: i64 = 40 * MINUTE;
/// By then everybody must agree: some of the longest retries, and a long queue.
const QUIET: i64 = 20 * MINUTE;
/// After that a tablet gives a request up.
const TIMEOUT: i64 = 10 * SECOND;
/// What people do in quick succession goes up together.
const DEBOUNCE: i64 = 300;

/// How often what goes wrong, in a hundred.
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

    /// Some seeds have a good network and others a dreadful one.
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
    Pull(Option<String>),
}

#[derive(Debug, Clone)]
enum Answer {
    Push(PushResponse),
    Pull(PullResponse),
    Problem(ErrorCode),
}

/// Which request of which tab.
#[derive(Debug, Clone, Copy)]
struct Call {
    request: u64,
    tablet: usize,
    tab: u64,
    device: DeviceId,
}

#[derive(Debug, Clone)]
enum Event {
    /// The person before a tablet does something.
    Act(usize),
    /// A tab goes on with its round.
    Step { tablet: usize, tab: u64, step: u64 },
    /// A request reaches the server.
    Arrival(Call, Body),
    /// Its answer reaches the tablet.
    Reply(Call, Answer),
    /// The tablet has waited long enough.
    Timeout(Call),
    /// Something happens to a tablet.
    Mishap(usize),
    /// Somebody sends what no honest tablet sends.
    Hostility,
}

/// What came of a seed.
pub struct Report {
    /// SHA-256 of the trace.
    pub trace: String,
    /// What broke; the run ends there.
    pub violation: Option<Violation>,
    /// Events that happened, orders at the server, those accepted.
    pub events: u64,
    pub orders: (usize, usize),
    /// What tablets told their people, by kind.
    pub notices: BTreeMap<&'static str, u64>,
}

/// Runs a seed; `show` prints the trace.
pub fn run(
    seed: u64,
    office: &mut impl HeadOffice,
    catalogue: &Catalogue,
    sabotage: Option<Sabotage>,
    show: bool,
) -> Report {
    let mut simulation = Simulation::new(seed, office, catalogue, sabotage, show);
    let violation = simulation.run().err();
    let Simulation { trace, events, oracle, notices, .. } = simulation;
    let trace = trace.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Report { trace, violation, events, orders: oracle.orders(), notices }
}

struct Simulation<'s, O> {
    office: &'s mut O,
    catalogue: &'s Catalogue,
    oracle: Oracle<'s>,
    tablets: Vec<Tablet>,
    /// A tablet that is enrolled like others and keeps to no rule.
    hostile: DeviceId,
    now: i64,
    /// What is to come, by time and by the order in which it was planned.
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
    fn new(seed: u64, office: &'s mut O, catalogue: &'s Catalogue, sabotage: Option<Sabotage>, show: bool) -> Self {
        let mut draw = Seed::fork(seed, "world");
        let troubles = Troubles::of(&mut draw);
        let mut tablets = Vec::new();
        let sites = ["school", "school", "hospital", "school"];
        for (at, site) in sites.iter().enumerate().take(usize::try_from(draw.between(2, 4)).unwrap_or(2)) {
            let site = id(site);
            let mut seed = Seed::fork(seed, &format!("tablet {at}"));
            let minted = DeviceId::mint(START, random(&mut seed));
            let device = office.enrol(&site, minted);
            let mut tablet = Tablet::new(device, site, seed, at as u64);
            if sabotage == Some(Sabotage::LetTwoTabsLead) {
                let second = tablet.opened(100 + at as u64).0;
                tablet.tabs.push(second);
            }
            tablets.push(tablet);
        }
        let hostile = office.enrol(&id("school"), DeviceId::mint(START, random(&mut draw)));
        Self {
            office,
            catalogue,
            oracle: Oracle::new(catalogue),
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
        while self.happen_until(START + TROUBLED)? {}
        self.calm()?;
        while self.happen_until(START + TROUBLED + QUIET)? {}
        for (at, tablet) in self.tablets.iter().enumerate().filter(|(_, tablet)| !tablet.is_revoked) {
            for tab in &tablet.tabs {
                self.oracle.on_quiet(at, tablet.site.as_str(), &tab.replica)?;
            }
        }
        Ok(())
    }

    /// From now on nothing goes wrong, and people go home.
    fn calm(&mut self) -> Result<(), Violation> {
        self.troubles = Troubles::NONE;
        self.down_until = 0;
        self.queue.retain(|_, event| !matches!(event, Event::Act(_) | Event::Mishap(_) | Event::Hostility));
        for tablet in 0..self.tablets.len() {
            self.tablets[tablet].offline_until = 0;
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
                if let Some(at) = self.tab(tablet, tab).filter(|at| self.tablets[tablet].tabs[*at].step == step) {
                    self.go_on(tablet, at);
                }
            }
            Event::Arrival(call, body) => self.arrive(call, body)?,
            Event::Reply(call, answer) => self.reply(call, answer)?,
            Event::Timeout(call) => {
                let tab = self.tab(call.tablet, call.tab);
                let is_waited_for = |at: &usize| self.tablets[call.tablet].tabs[*at].waiting == Some(call.request);
                if let Some(at) = tab.filter(is_waited_for) {
                    self.note(&format!("{call:?} times out"));
                    self.end_round(call.tablet, at, false);
                }
            }
            Event::Mishap(tablet) => self.mishap(tablet)?,
            Event::Hostility => self.hostility()?,
        }
        Ok(true)
    }

    /// A tab that is still open.
    fn tab(&self, tablet: usize, tab: u64) -> Option<usize> {
        self.tablets[tablet].tabs.iter().position(|open| open.id == tab)
    }

    // --- people and tablets ---------------------------------------------------------------------------------------------

    fn act(&mut self, tablet: usize) -> Result<(), Violation> {
        let again = if self.seed.percent(60) { self.seed.between(2, 20) } else { self.seed.between(30, 240) };
        self.plan(again * SECOND, Event::Act(tablet));
        let tab = self.seed.place(self.tablets[tablet].tabs.len());
        let release = self.office.release();
        let Some(act) = self.tablets[tablet].act(tab, self.now, self.catalogue, release) else { return Ok(()) };
        self.note(&format!("tablet {tablet} tab {tab}: {:?} {:?}", act.intent, act.result.as_ref().err()));
        let Ok(effects) = act.result else { return Ok(()) };
        if self.save(tablet, tab, &effects)? {
            self.wake(tablet, tab);
        }
        Ok(())
    }

    /// Stores what a replica asks for. False when the disk refuses: then memory goes back to what the disk has.
    fn save(&mut self, tablet: usize, tab: usize, effects: &[Effect]) -> Result<bool, Violation> {
        if !effects.is_empty() && self.seed.percent(self.troubles.full_disk) {
            self.note(&format!("tablet {tablet}: the disk is full"));
            self.replace_tab(tablet, tab)?;
            return Ok(false);
        }
        let is_late = self.sabotage == Some(Sabotage::SaveLate) && self.seed.percent(10);
        if !is_late {
            self.tablets[tablet].disk.write(effects);
        }
        for effect in effects {
            if let Effect::Notice(notice) = effect {
                self.tell(tablet, notice);
            }
        }
        self.oracle.on_saved(tablet, effects, &self.tablets[tablet].tabs[tab].replica)?;
        Ok(true)
    }

    fn tell(&mut self, tablet: usize, notice: &Notice) {
        let kind = match notice {
            Notice::MovedToNewDraft { .. } => "moved to a new draft",
            Notice::NotApplied { .. } | Notice::SettingNotApplied { .. } => "not applied",
            Notice::UpdateNeeded { .. } => "update needed",
            Notice::HeldBack { .. } => "held back",
            Notice::Unreadable { .. } => "unreadable",
        };
        *self.notices.entry(kind).or_default() += 1;
        self.note(&format!("tablet {tablet} tells {notice:?}"));
    }

    /// The page is loaded again, or another tab takes over: what is left is the disk.
    fn reload(&mut self, tablet: usize) -> Result<(), Violation> {
        for tab in 0..self.tablets[tablet].tabs.len() {
            self.replace_tab(tablet, tab)?;
        }
        Ok(())
    }

    fn replace_tab(&mut self, tablet: usize, tab: usize) -> Result<(), Violation> {
        self.planned += 1;
        let (opened, notices) = self.tablets[tablet].opened(self.planned);
        self.tablets[tablet].tabs[tab] = opened;
        for notice in &notices {
            self.tell(tablet, notice);
        }
        self.plan_step(tablet, tab, 0);
        Ok(())
    }

    fn go_on_all(&mut self, tablet: usize) {
        for tab in 0..self.tablets[tablet].tabs.len() {
            self.plan_step(tablet, tab, 0);
        }
    }

    fn plan_step(&mut self, tablet: usize, tab: usize, after: i64) {
        let open: &mut Tab = &mut self.tablets[tablet].tabs[tab];
        open.step += 1;
        open.is_woken = false;
        let event = Event::Step { tablet, tab: open.id, step: open.step };
        self.plan(after, event);
    }

    fn wake(&mut self, tablet: usize, tab: usize) {
        if self.tablets[tablet].tabs[tab].waiting.is_some() {
            self.tablets[tablet].tabs[tab].is_woken = true;
        } else {
            self.plan_step(tablet, tab, DEBOUNCE);
        }
    }

    /// The next thing that a tab says, or how long it rests.
    fn go_on(&mut self, tablet: usize, tab: usize) {
        loop {
            let Tab { rounds, replica, .. } = &mut self.tablets[tablet].tabs[tab];
            match rounds.next(replica, "simulated") {
                Ok(Step::Push(request)) => return self.send(tablet, tab, Body::Push(request)),
                Ok(Step::Pull { cursor }) => return self.send(tablet, tab, Body::Pull(cursor)),
                Ok(Step::FetchRelease) => rounds.on_release(),
                Ok(Step::TakeOver) => unreachable!("no simulated tablet is enrolled anew"),
                Ok(Step::Rest) => return self.end_round(tablet, tab, true),
                Err(_) => return self.end_round(tablet, tab, false),
            }
        }
    }

    fn end_round(&mut self, tablet: usize, tab: usize, is_success: bool) {
        let jitter = self.seed.bits().to_le_bytes()[0];
        let open = &mut self.tablets[tablet].tabs[tab];
        open.waiting = None;
        let rest = i64::try_from(open.rounds.end(is_success, jitter).as_millis()).unwrap_or(i64::MAX);
        let after = if open.is_woken { DEBOUNCE } else { rest };
        self.plan_step(tablet, tab, after);
    }

    // --- the network ----------------------------------------------------------------------------------------------------

    fn send(&mut self, tablet: usize, tab: usize, mut body: Body) {
        self.planned += 1;
        let sender = &mut self.tablets[tablet];
        let call = Call { request: self.planned, tablet, tab: sender.tabs[tab].id, device: sender.device };
        sender.tabs[tab].waiting = Some(call.request);
        if let (true, Body::Push(push)) = (sender.is_old, &mut body) {
            push.protocol = 0;
        }
        if self.sabotage == Some(Sabotage::ForgetWhenSent) && matches!(body, Body::Push(_)) {
            sender.disk.outbox.clear();
        }
        let is_offline = sender.offline_until > self.now;
        self.note(&format!("{call:?} {}", described(&body)));
        self.plan(TIMEOUT, Event::Timeout(call));
        if is_offline || self.seed.percent(self.troubles.lost) {
            return self.note("  lost on the way");
        }
        let delay = self.delay();
        self.plan(delay, Event::Arrival(call, body.clone()));
        if self.seed.percent(self.troubles.doubled) {
            let later = self.delay() * 3;
            self.plan(later, Event::Arrival(call, body));
        }
    }

    /// Mostly soon; sometimes long after the tablet gave up.
    fn delay(&mut self) -> i64 {
        if self.seed.percent(self.troubles.slow) {
            self.seed.between(SECOND, MINUTE)
        } else {
            self.seed.between(5, 400)
        }
    }

    fn arrive(&mut self, call: Call, body: Body) -> Result<(), Violation> {
        if self.down_until > self.now {
            self.note(&format!("{call:?} finds nobody"));
            return Ok(());
        }
        let answer = match body {
            Body::Push(push) => {
                let crash = self.seed.percent(self.troubles.crash).then(|| {
                    let points = [Crash::BeforeTheWrite, Crash::BetweenWriteAndCommit, Crash::AfterCommitBeforeReply];
                    self.seed.pick(&points)
                });
                let answer = self.office.push(call.device, push.clone(), self.now, crash);
                self.note(&format!("{call:?} is answered {}", outlined(&answer)));
                self.oracle.on_push(call.device, &push, answer.as_ref().ok(), self.office)?;
                answer.map(Answer::Push)
            }
            Body::Pull(cursor) => self.office.pull(call.device, cursor.as_deref(), self.now).map(Answer::Pull),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(Failure::Problem(code)) => Answer::Problem(code),
            Err(Failure::Crashed) => return self.restart(),
        };
        if self.seed.percent(self.troubles.lost) {
            self.note(&format!("{call:?}: the answer is lost"));
            return Ok(());
        }
        let delay = self.delay();
        self.plan(delay, Event::Reply(call, answer.clone()));
        if self.seed.percent(self.troubles.doubled) {
            let later = self.delay() * 3;
            self.plan(later, Event::Reply(call, answer));
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Violation> {
        self.note("the server ends, and starts again");
        self.down_until = self.now + self.seed.between(1, 60) * SECOND;
        self.office.restart(self.now);
        self.oracle.on_restart(self.office)
    }

    /// An answer reaches the tablet; one that nobody waits for any more is taken in all the same, and must change nothing.
    fn reply(&mut self, call: Call, answer: Answer) -> Result<(), Violation> {
        let Some(tab) = self.tab(call.tablet, call.tab) else { return Ok(()) };
        let tablet = call.tablet;
        let is_waited_for = self.tablets[tablet].tabs[tab].waiting == Some(call.request);
        self.note(&format!("{call:?} hears{}", if is_waited_for { "" } else { ", late" }));
        let pulled = match &answer {
            Answer::Pull(pull) => Some((pull.more, pull.release)),
            Answer::Push(_) => None,
            Answer::Problem(code) => {
                self.note(&format!("  {code}"));
                if is_waited_for {
                    self.end_round(tablet, tab, false);
                }
                return Ok(());
            }
        };
        let effects = self.tablets[tablet].take_in(tab, self.now, |replica: &mut Replica, minting| match answer {
            Answer::Push(push) => replica.on_push_response(push, minting),
            Answer::Pull(pull) => replica.on_pull_response(pull, minting),
            Answer::Problem(_) => Vec::new(),
        });
        if !self.save(tablet, tab, &effects)? || !is_waited_for {
            return Ok(());
        }
        let open = &mut self.tablets[tablet].tabs[tab];
        open.waiting = None;
        match pulled {
            Some((more, release)) => open.rounds.on_pulled(more, release, release),
            None => open.rounds.on_pushed(),
        }
        self.go_on(tablet, tab);
        Ok(())
    }

    // --- mishaps --------------------------------------------------------------------------------------------------------

    fn mishap(&mut self, at: usize) -> Result<(), Violation> {
        let next = self.seed.between(MINUTE, 12 * MINUTE);
        self.plan(next, Event::Mishap(at));
        let kind = self.seed.between(0, 99);
        self.note(&format!("tablet {at}: mishap {kind}"));
        let until = self.now + self.seed.between(1, 12) * MINUTE;
        let tablet = &mut self.tablets[at];
        match kind {
            // The page is loaded again, or another tab takes the lead of one that was closed.
            ..35 => self.reload(at)?,
            35..60 => tablet.offline_until = until,
            60..72 => {
                let years = self.seed.pick(&[-1, 0, 1]);
                self.tablets[at].clock_offset = years * YEAR;
            }
            72..78 => tablet.is_old = !tablet.is_old,
            78..82 => tablet.backup = Some(tablet.disk.clone()),
            82..86 => self.restore(at)?,
            86..90 => self.wipe(at)?,
            90..94 => {
                let damaged = tablet.disk.documents.values_mut().next();
                if let Some(document) = damaged {
                    document.document = Blob(b"damaged".to_vec());
                    self.reload(at)?;
                }
            }
            94..96 if at > 0 => {
                tablet.is_revoked = true;
                let device = tablet.device;
                self.office.revoke(device, self.now);
                self.oracle.on_revoked(device);
            }
            _ => self.restart()?,
        }
        Ok(())
    }

    /// The tablet's storage is what it was when the backup was made.
    fn restore(&mut self, at: usize) -> Result<(), Violation> {
        let Some(backup) = self.tablets[at].backup.clone() else { return Ok(()) };
        let kept: Vec<_> = backup.outbox.values().filter_map(|entry| entry.intent.clone().into_order()).collect();
        self.oracle.on_storage_replaced(at, kept.into_iter());
        self.tablets[at].disk = backup;
        self.reload(at)
    }

    /// The browser evicted the tablet's storage: it is enrolled again, as another device.
    fn wipe(&mut self, at: usize) -> Result<(), Violation> {
        if self.tablets[at].is_revoked {
            return Ok(());
        }
        self.oracle.on_storage_replaced(at, std::iter::empty());
        let minted = DeviceId::mint(self.now, self.tablets[at].random());
        let site = self.tablets[at].site.clone();
        let device = self.office.enrol(&site, minted);
        let tablet = &mut self.tablets[at];
        tablet.device = device;
        tablet.disk = super::tablet::Disk::default();
        tablet.backup = None;
        self.reload(at)
    }

    /// Somebody with a credential sends what no honest tablet sends.
    fn hostility(&mut self) -> Result<(), Violation> {
        let next = self.seed.between(20 * SECOND, 4 * MINUTE);
        self.plan(next, Event::Hostility);
        if !self.seed.percent(self.troubles.hostile) || self.down_until > self.now {
            return Ok(());
        }
        let documents = self.oracle.documents();
        if documents.is_empty() {
            return Ok(());
        }
        let id = self.seed.pick(&documents);
        let Some(stored) = self.office.document(&id) else { return Ok(()) };
        for push in hostile::pushes(id, self.hostile, &stored, &mut self.seed, self.catalogue, self.office.release()) {
            let answer = self.office.push(self.hostile, push.clone(), self.now, None);
            self.note(&format!("hostile: {} is answered {}", described(&Body::Push(push.clone())), outlined(&answer)));
            self.oracle.on_push(self.hostile, &push, answer.as_ref().ok(), self.office)?;
        }
        Ok(())
    }
}

fn described(body: &Body) -> String {
    match body {
        Body::Pull(cursor) => format!("pull {cursor:?}"),
        Body::Push(push) => push.documents.iter().fold(format!("push protocol {}", push.protocol), |text, document| {
            let digest = Sha256::digest(&document.changes.0);
            let short: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{text} {} {} bytes {short}", document.id, document.changes.0.len())
        }),
    }
}

fn outlined(answer: &Result<PushResponse, Failure>) -> String {
    use calloff_core::wire::DocumentOutcome::{Accepted, Refused};
    match answer {
        Err(failure) => format!("{failure:?}"),
        Ok(answer) => answer.documents.iter().fold(String::new(), |text, document| match &document.outcome {
            Accepted { heads, .. } => format!("{text} accepted {heads:?}"),
            Refused { refusals, .. } => format!("{text} refused {refusals:?}"),
        }),
    }
}
