//! The actions of tablets and of the people who use them.

use calloff_core::sync::{Effect, Replica, Step, SyncNotice};

use super::{Body, DEBOUNCE, Event, SECOND, Simulation};
use crate::head_office::HeadOffice;
use crate::oracle::Violation;
use crate::sabotage::Sabotage;
use crate::tablet::Tab;

impl<O: HeadOffice> Simulation<'_, O> {
    pub(super) fn act(&mut self, tablet: usize) -> Result<(), Violation> {
        let again = if self.seed.percent(60) {
            self.seed.between(2, 20)
        } else {
            self.seed.between(30, 240)
        };
        self.plan(again * SECOND, Event::Act(tablet));
        let tab = self.seed.place(self.tablets[tablet].tabs.len());
        let release = self.office.release();
        let Some(act) = self.tablets[tablet].act(tab, self.now, self.catalogue, release) else {
            return Ok(());
        };
        self.note(&format!(
            "tablet {tablet} tab {tab}: {:?} {:?}",
            act.intent,
            act.result.as_ref().err()
        ));
        self.oracle.on_act(&act);
        let Ok(effects) = act.result else { return Ok(()) };
        if self.save(tablet, tab, &effects)? {
            self.wake(tablet, tab);
        }
        Ok(())
    }

    /// Stores the effects of a replica. Returns false if the disk is full. The tab then starts
    /// again from the content of the disk.
    pub(super) fn save(
        &mut self,
        tablet: usize,
        tab: usize,
        effects: &[Effect],
    ) -> Result<bool, Violation> {
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

    fn tell(&mut self, tablet: usize, notice: &SyncNotice) {
        let kind = match notice {
            SyncNotice::MovedToNewDraft { .. } => "moved to a new draft",
            SyncNotice::NotApplied(_) => "not applied",
            SyncNotice::UpdateNeeded { .. } => "update needed",
            SyncNotice::HeldBack { .. } => "held back",
            SyncNotice::ServerRestored { .. } => "server restored",
            SyncNotice::Unreadable { .. } => "unreadable",
        };
        *self.notices.entry(kind).or_default() += 1;
        self.note(&format!("tablet {tablet} tells {notice:?}"));
    }

    /// The page is loaded again, or another tab takes over. Only the content of the disk is left.
    pub(super) fn reload(&mut self, tablet: usize) -> Result<(), Violation> {
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

    pub(super) fn go_on_all(&mut self, tablet: usize) {
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

    /// Sends the next request of a tab, or ends its round.
    pub(super) fn go_on(&mut self, tablet: usize, tab: usize) -> Result<(), Violation> {
        loop {
            let Tab { rounds, replica, .. } = &mut self.tablets[tablet].tabs[tab];
            match rounds.next(replica, "simulated") {
                Ok(Step::TakeOver) => {
                    self.note(&format!("tablet {tablet} takes over what it had not sent"));
                    let effects = self.tablets[tablet].take_in(tab, Replica::take_over);
                    if self.save(tablet, tab, &effects)? {
                        continue;
                    }
                }
                Ok(Step::FetchRelease) => {
                    rounds.on_release();
                    continue;
                }
                Ok(Step::Push(request)) => self.send(tablet, tab, Body::Push(request)),
                Ok(Step::Offer(request)) => self.send(tablet, tab, Body::Offer(request)),
                Ok(Step::Pull(request)) => self.send(tablet, tab, Body::Pull(request)),
                Ok(Step::Rest) => self.end_round(tablet, tab, true),
                Err(_) => self.end_round(tablet, tab, false),
            }
            return Ok(());
        }
    }

    pub(super) fn end_round(&mut self, tablet: usize, tab: usize, is_success: bool) {
        let jitter = self.seed.bits().to_le_bytes()[0];
        let open = &mut self.tablets[tablet].tabs[tab];
        open.waiting = None;
        let rest =
            i64::try_from(open.rounds.end(is_success, jitter).as_millis()).unwrap_or(i64::MAX);
        let after = if open.is_woken { DEBOUNCE } else { rest };
        self.plan_step(tablet, tab, after);
    }
}
