//! Small things that may be lost without harm: who ordered last, the site's zone,
//! and what to say and do should the database be lost. In `localStorage`, so that they are there
//! before the first screen is drawn.

use calloff_core::ids::{DocumentId, PersonId};
use gloo_storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

use super::people::WrongPins;
use super::workspace::Unsent;
use crate::platform::hint::{read, write};
use crate::platform::server_time::ServerTime;

const PERSON: &str = "calloff.person";
const ZONE: &str = "calloff.zone";
const ZONE_RULES: &str = "calloff.zone-rules";
const SERVER_TIME: &str = "calloff.server-time";
/// Followed by a person's identifier.
const WRONG_PINS: &str = "calloff.wrong-pins.";
const ENROLMENT: &str = "calloff.enrolment";
const UNSENT: &str = "calloff.unsent";
const GUIDE_ORDER: &str = "calloff.guide-order";
const LAST_CONTACT: &str = "calloff.last-contact";

/// Who ordered last on this tablet.
#[must_use]
pub fn person() -> Option<PersonId> {
    read(PERSON).and_then(|id| id.parse().ok())
}

pub fn set_person(person: Option<&PersonId>) {
    write(PERSON, person.map_or("", PersonId::as_str));
}

/// Wrong PINs of a person in a row: kept through restarts, so that switching the tablet off ends no
/// wait.
#[must_use]
pub fn wrong_pins(person: &PersonId) -> WrongPins {
    let kept = read(&format!("{WRONG_PINS}{person}"));
    let wrong =
        kept.as_deref().and_then(|kept| kept.split_once(' ')).and_then(|(count, last_at)| {
            Some(WrongPins { count: count.parse().ok()?, last_at: last_at.parse().ok()? })
        });
    wrong.unwrap_or_default()
}

pub fn set_wrong_pins(person: &PersonId, wrong: WrongPins) {
    write(&format!("{WRONG_PINS}{person}"), &format!("{} {}", wrong.count, wrong.last_at));
}

/// The site's time zone, known before the catalogue is read.
#[must_use]
pub fn zone() -> Option<String> {
    read(ZONE)
}

pub fn set_zone(zone: &str) {
    write(ZONE, zone);
}

/// The rules of that zone, as the catalogue brought them.
#[must_use]
pub fn zone_rules() -> Option<Vec<u8>> {
    LocalStorage::get::<KeptRules>(ZONE_RULES).ok().map(|kept| kept.0)
}

pub fn set_zone_rules(rules: Option<&[u8]>) {
    match rules {
        // A hint that cannot be kept is asked for again next time.
        Some(rules) => drop(LocalStorage::set(ZONE_RULES, KeptRules(rules.to_vec()))),
        None => LocalStorage::delete(ZONE_RULES),
    }
}

/// Bytes in base64.
#[derive(Serialize, Deserialize)]
struct KeptRules(#[serde(with = "calloff_core::wire::base64_bytes")] Vec<u8>);

/// What the server last said of this device's clock.
#[must_use]
pub fn server_time() -> Option<ServerTime> {
    LocalStorage::get(SERVER_TIME).ok()
}

pub fn set_server_time(known: ServerTime) {
    // As above.
    let _ = LocalStorage::set(SERVER_TIME, known);
}

/// When the server answered last, in milliseconds since the epoch.
#[must_use]
pub fn last_contact() -> Option<i64> {
    read(LAST_CONTACT).and_then(|at| at.parse().ok())
}

pub fn set_last_contact(at_ms: i64) {
    write(LAST_CONTACT, &at_ms.to_string());
}

/// The order on which lines of the guide were put last.
#[must_use]
pub fn guide_order() -> Option<DocumentId> {
    read(GUIDE_ORDER).and_then(|id| id.parse().ok())
}

pub fn set_guide_order(order: DocumentId) {
    write(GUIDE_ORDER, &order.to_string());
}

/// The second copy of who this tablet is ([`super::session::copy_of`]).
#[must_use]
pub fn enrolment() -> Option<String> {
    read(ENROLMENT)
}

pub fn set_enrolment(copy: &str) {
    write(ENROLMENT, copy);
}

/// What waited to be sent, as far as was noted: what is lost if the database is.
#[must_use]
pub fn unsent() -> Unsent {
    let kept = read(UNSENT).unwrap_or_default();
    let mut numbers = kept.split(' ');
    Unsent {
        count: numbers.next().and_then(|count| count.parse().ok()).unwrap_or_default(),
        // What is lost is counted as things that people did.
        orders: 0,
        oldest_at: numbers.next().and_then(|at| at.parse().ok()),
    }
}

pub fn set_unsent(unsent: Unsent) {
    write(
        UNSENT,
        &format!(
            "{} {}",
            unsent.count,
            unsent.oldest_at.map_or_else(String::new, |at| at.to_string())
        ),
    );
}
