//! The person at the tablet. A person picks their name and, if they have a PIN, types it. The
//! tablet checks the PIN without a network (docs/security.md says how much that protects). A person
//! with a PIN is signed out when nobody touches the tablet for a while.

use std::time::Duration;

use calloff_core::pin::Pin;
use calloff_core::wire::StaffMember;
use leptos::prelude::*;

use super::hints;
use super::wrong_pins::WrongPins;
use crate::platform::clock;
use crate::platform::moment::Moment;

/// The time without a touch after which the tablet asks for the PIN again. It is longer than a look
/// into the cold store and shorter than a break.
const LOCK_AFTER: Duration = Duration::from_secs(5 * 60);

/// The people of the site, and the person who is at the tablet.
#[derive(Debug, Clone, Copy)]
pub struct People {
    staff: RwSignal<Vec<StaffMember>>,
    here: RwSignal<Option<StaffMember>>,
    /// The person whose PIN the tablet asks for.
    asked: RwSignal<Option<StaffMember>>,
    touched_at: StoredValue<Moment>,
}

impl People {
    /// Takes the last person again. If that person has a PIN, the tablet asks for it.
    #[must_use]
    pub fn new(
        staff: Vec<StaffMember>,
        last: Option<&calloff_core::ids::PersonId>,
        now: Moment,
    ) -> Self {
        let last = staff.iter().find(|member| Some(&member.id) == last).cloned();
        let (asked, here) = last.map_or((None, None), |last| {
            if last.pin.is_some() { (Some(last), None) } else { (None, Some(last)) }
        });
        Self {
            staff: RwSignal::new(staff),
            here: RwSignal::new(here),
            asked: RwSignal::new(asked),
            touched_at: StoredValue::new(now),
        }
    }

    /// The people who may use this tablet.
    #[must_use]
    pub fn staff(self) -> Vec<StaffMember> {
        self.staff.get()
    }

    /// The person whose name goes on everything done now. `None` if nobody is at the tablet.
    #[must_use]
    pub fn here(self) -> Option<StaffMember> {
        self.here.get()
    }

    /// As [`Self::here`], for an event handler: it does not run again when the person changes.
    #[must_use]
    pub fn here_untracked(self) -> Option<StaffMember> {
        self.here.get_untracked()
    }

    /// The person whose PIN the tablet asks for. `None` if it asks for none.
    #[must_use]
    pub fn asked(self) -> Option<StaffMember> {
        self.asked.get()
    }

    /// A person picks their name. Without a PIN, this is enough.
    pub fn pick(self, member: StaffMember) {
        if member.pin.is_some() {
            self.asked.set(Some(member));
        } else {
            self.welcome(member);
        }
    }

    /// Checks the PIN of the person whose PIN is asked for. True if it is right; then the person is
    /// at the tablet. The check takes up to a quarter of a second, in which the page does not
    /// react. While the person must wait, no PIN is checked.
    pub fn enter(self, pin: &Pin) -> bool {
        let Some(member) = self.asked.get_untracked() else { return false };
        let (now, wrong) = (clock::now_ms(), hints::wrong_pins(&member.id));
        if !wrong.wait(now).is_zero() {
            return false;
        }
        if member.pin.as_ref().is_some_and(|verifier| verifier.verifies(pin)) {
            hints::set_wrong_pins(&member.id, WrongPins::default());
            self.welcome(member);
            true
        } else {
            hints::set_wrong_pins(&member.id, wrong.one_more(now));
            false
        }
    }

    /// Lets another person take over: the tablet shows the names again.
    pub fn leave(self) {
        hints::set_person(None);
        self.asked.set(None);
        self.here.set(None);
    }

    /// Notes that a person touched the tablet.
    pub fn touch(self, now: Moment) {
        self.touched_at.set_value(now);
    }

    /// Asks for the PIN again if nobody touched the tablet for long enough.
    pub fn look_after(self, now: Moment) {
        // If the device's clock was set forward, the tablet asks once without need.
        if now.since(self.touched_at.get_value()) >= LOCK_AFTER {
            self.lock();
        }
    }

    /// Replaces the site's people. A person who is no longer among them is signed out. A person
    /// with a new or changed PIN is asked for it.
    pub fn replace(self, staff: Vec<StaffMember>) {
        if self.staff.with_untracked(|before| *before == staff) {
            return;
        }
        let among = |member: Option<StaffMember>| {
            member.and_then(|member| staff.iter().find(|one| one.id == member.id).cloned())
        };
        if let Some(here) = self.here.get_untracked() {
            match among(Some(here.clone())) {
                Some(now) if now.pin == here.pin => self.here.set(Some(now)),
                Some(now) => {
                    self.here.set(None);
                    self.pick(now);
                }
                None => self.here.set(None),
            }
        } else {
            self.asked.set(among(self.asked.get_untracked()).filter(|member| member.pin.is_some()));
        }
        self.staff.set(staff);
    }

    fn welcome(self, member: StaffMember) {
        hints::set_person(Some(&member.id));
        self.touch(Moment::now());
        self.asked.set(None);
        self.here.set(Some(member));
    }

    fn lock(self) {
        if let Some(member) = self.here.get_untracked().filter(|member| member.pin.is_some()) {
            self.asked.set(Some(member));
            self.here.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::PersonId;
    use calloff_core::pin::PinVerifier;
    use leptos::reactive::owner::Owner;

    use super::*;

    /// The page is open for these minutes, and the device's clock did not change.
    fn minute(minute: i64) -> Moment {
        let ms = minute * 60_000;
        Moment { device_ms: 1_000_000_000 + ms, opened_ms: Some(ms) }
    }

    fn id(name: &str) -> PersonId {
        name.parse().unwrap()
    }

    fn member(name: &str, pin: Option<&str>) -> StaffMember {
        let pin = pin.map(|pin| PinVerifier::new(&Pin::parse(pin).unwrap(), [1; 16]).unwrap());
        StaffMember { id: id(name), name: name.to_owned(), pin }
    }

    #[test]
    fn a_wait_passes_with_time_and_not_with_a_clock_that_is_set_back() {
        let wrong = WrongPins { count: 4, last_at: 100_000 };
        assert_eq!(wrong.wait(100_000), Duration::from_secs(10));
        assert_eq!(wrong.wait(104_000), Duration::from_secs(6));
        assert_eq!(wrong.wait(110_000), Duration::ZERO);
        assert_eq!(wrong.wait(0), Duration::from_secs(10));
        assert_eq!(WrongPins { count: 2, last_at: 100_000 }.wait(100_000), Duration::ZERO);
    }

    #[test]
    fn who_was_here_is_here_after_a_restart_unless_a_pin_was_set() {
        let _owner = Owner::new_root(None);
        let staff = vec![member("ana", Some("2580")), member("ben", None)];
        let people = People::new(staff.clone(), Some(&id("ben")), minute(0));
        assert_eq!(people.here_untracked().unwrap().id, id("ben"));
        let people = People::new(staff.clone(), Some(&id("ana")), minute(0));
        assert_eq!(people.here_untracked(), None);
        assert_eq!(people.asked.get_untracked().unwrap().id, id("ana"));
        let people = People::new(staff, Some(&id("gone")), minute(0));
        assert_eq!((people.here_untracked(), people.asked.get_untracked()), (None, None));
    }

    #[test]
    fn a_tablet_that_nobody_touches_asks_for_the_pin_and_leaves_who_has_none() {
        let _owner = Owner::new_root(None);
        let (ana, ben) = (member("ana", Some("2580")), member("ben", None));
        let people = People::new(vec![ana.clone(), ben.clone()], None, minute(0));
        people.here.set(Some(ana.clone()));
        people.touch(minute(10));
        people.look_after(minute(14));
        assert_eq!(people.here_untracked(), Some(ana.clone()));
        people.look_after(minute(15));
        assert_eq!((people.here_untracked(), people.asked.get_untracked()), (None, Some(ana)));
        people.here.set(Some(ben.clone()));
        people.look_after(minute(99));
        assert_eq!(people.here_untracked(), Some(ben));
    }

    #[test]
    fn who_left_the_site_is_out_and_a_new_pin_is_asked_for() {
        let _owner = Owner::new_root(None);
        let (ana, ben) = (member("ana", None), member("ben", None));
        let people = People::new(vec![ana.clone(), ben.clone()], Some(&id("ana")), minute(0));
        people.replace(vec![member("ana", Some("2580")), ben.clone()]);
        assert_eq!(people.here_untracked(), None);
        assert_eq!(people.asked.get_untracked().unwrap().id, id("ana"));
        people.here.set(Some(ben));
        people.replace(vec![ana]);
        assert_eq!(people.here_untracked(), None);
        assert_eq!(people.staff.get_untracked().len(), 1);
    }
}
