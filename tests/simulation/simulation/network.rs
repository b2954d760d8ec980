//! The way of a request to the server, and of the answer back to the tablet.

use calloff_core::sync::Replica;
use calloff_core::wire::PushResponse;
use sha2::{Digest, Sha256};

use super::{Answer, Body, Call, Event, MINUTE, SECOND, Simulation, TIMEOUT};
use crate::head_office::{Crash, Failure, HeadOffice};
use crate::oracle::Violation;
use crate::sabotage::Sabotage;

impl<O: HeadOffice> Simulation<'_, O> {
    pub(super) fn send(&mut self, tablet: usize, tab: usize, mut body: Body) {
        self.planned += 1;
        let sender = &mut self.tablets[tablet];
        let call =
            Call { request: self.planned, tablet, tab: sender.tabs[tab].id, device: sender.device };
        sender.tabs[tab].waiting = Some(call.request);
        if let (true, Body::Push(push) | Body::Offer(push)) = (sender.is_old, &mut body) {
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

    /// The time that a message takes. It is mostly short, and sometimes longer than the tablet
    /// waits.
    fn delay(&mut self) -> i64 {
        if self.seed.percent(self.troubles.slow) {
            self.seed.between(SECOND, MINUTE)
        } else {
            self.seed.between(5, 400)
        }
    }

    pub(super) fn arrive(&mut self, call: Call, body: Body) -> Result<(), Violation> {
        if self.down_until > self.now {
            self.note(&format!("{call:?} finds nobody"));
            return Ok(());
        }
        let answer = match body {
            Body::Push(push) => {
                let crash = self.seed.percent(self.troubles.crash).then(|| {
                    let points = [
                        Crash::BeforeTheWrite,
                        Crash::BetweenWriteAndCommit,
                        Crash::AfterCommitBeforeReply,
                    ];
                    self.seed.pick(&points)
                });
                let answer = self.office.push(call.device, push.clone(), self.now, crash);
                self.note(&format!("{call:?} is answered {}", outlined(&answer)));
                self.oracle.on_push(call.device, &push, answer.as_ref().ok(), self.office)?;
                answer.map(Answer::Push)
            }
            Body::Offer(offer) => self.office.offer(call.device, offer, self.now).map(Answer::Push),
            Body::Pull(request) => {
                let answer = self.office.pull(call.device, request.clone(), self.now);
                if let Ok(pulled) = &answer {
                    self.oracle.on_pull(call.tablet, &request, pulled, self.office)?;
                }
                answer.map(Answer::Pull)
            }
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

    pub(super) fn restart(&mut self) -> Result<(), Violation> {
        self.note("the server ends, and starts again");
        self.down_until = self.now + self.seed.between(1, 60) * SECOND;
        self.office.restart(self.now);
        self.oracle.on_restart(self.office)
    }

    /// An answer reaches the tablet. The tablet also takes in an answer that it no longer waits
    /// for. Such an answer must do no harm.
    pub(super) fn reply(&mut self, call: Call, answer: Answer) -> Result<(), Violation> {
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
        if let (true, Answer::Push(pushed)) = (is_waited_for, &answer) {
            self.tablets[tablet].tabs[tab].rounds.on_pushed(pushed);
        }
        let effects = self.tablets[tablet].take_in(tab, |replica: &mut Replica| match answer {
            Answer::Push(push) => replica.on_push_response(push),
            Answer::Pull(pull) => replica.on_pull_response(pull),
            Answer::Problem(_) => Vec::new(),
        });
        if !self.save(tablet, tab, &effects)? || !is_waited_for {
            return Ok(());
        }
        let open = &mut self.tablets[tablet].tabs[tab];
        open.waiting = None;
        if let Some((more, release)) = pulled {
            open.rounds.on_pulled(more, release, release);
        }
        self.go_on(tablet, tab)
    }
}

pub(super) fn described(body: &Body) -> String {
    match body {
        Body::Pull(pull) => format!("pull {:?} known {:?}", pull.cursor, pull.known),
        Body::Push(push) | Body::Offer(push) => push.documents.iter().fold(
            format!("push protocol {}", push.protocol),
            |text, document| {
                let digest = Sha256::digest(&document.changes.0);
                let short: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{text} {} {} bytes {short}", document.id, document.changes.0.len())
            },
        ),
    }
}

pub(super) fn outlined(answer: &Result<PushResponse, Failure>) -> String {
    use calloff_core::wire::DocumentOutcome::{Accepted, Refused};
    match answer {
        Err(failure) => format!("{failure:?}"),
        Ok(answer) => {
            answer.documents.iter().fold(String::new(), |text, document| match &document.outcome {
                Accepted { heads, .. } => format!("{text} accepted {heads:?}"),
                Refused { refusals, .. } => format!("{text} refused {refusals:?}"),
            })
        }
    }
}
