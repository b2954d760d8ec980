//! Small values that may be lost without harm: the last person, the site's zone, and the values
//! that the app needs if the database is lost. They are in `localStorage`, so that they can be read
//! before the first screen is drawn.

use calloff_core::ids::{DocumentId, PersonId};
use gloo_storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

use super::unsent::Unsent;
use super::wrong_pins::WrongPins;
use crate::platform::hint::{read, write};
use crate::platform::server_time::ServerTime;

const PERSON: &str = "calloff.person";
const ZONE: &str = "calloff.zone";
const ZONE_RULES: &str = "calloff.zone-rules";
const SERVER_TIME: &str = "calloff.server-time";
/// The beginning of a key; a person's identifier follows.
const WRONG_PINS: &str = "calloff.wrong-pins.";
const ENROLMENT: &str = "calloff.enrolment";
const UNSENT: &str = "calloff.unsent";
const GUIDE_ORDER: &str = "calloff.guide-order";
const LAST_CONTACT: &str = "calloff.last-contact";

/// The person who used this tablet last. `None` if that person left.
#[must_use]
pub fn person() -> Option<PersonId> {
    read(PERSON).and_then(|id| id.parse().ok())
}

pub fn set_person(person: Option<&PersonId>) {
    write(PERSON, person.map_or("", PersonId::as_str));
}

/// The wrong PINs of a person in a row. They are kept through restarts, so that switching the
/// tablet off does not end a wait.
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

/// The site's time zone. It is known before the catalogue is read.
#[must_use]
pub fn zone() -> Option<String> {
    read(ZONE)
}

pub fn set_zone(zone: &str) {
    write(ZONE, zone);
}

/// The rules of the zone, from the catalogue.
#[must_use]
pub fn zone_rules() -> Option<Vec<u8>> {
    LocalStorage::get::<KeptRules>(ZONE_RULES).ok().map(|kept| kept.0)
}

pub fn set_zone_rules(rules: Option<&[u8]>) {
    match rules {
        // If the browser does not keep a hint, the app asks for it again next time.
        Some(rules) => drop(LocalStorage::set(ZONE_RULES, KeptRules(rules.to_vec()))),
        None => LocalStorage::delete(ZONE_RULES),
    }
}

/// Bytes, kept as base64.
#[derive(Serialize, Deserialize)]
struct KeptRules(#[serde(with = "calloff_core::wire::base64_bytes")] Vec<u8>);

/// The last comparison of this device's clock with the server's.
#[must_use]
pub fn server_time() -> Option<ServerTime> {
    LocalStorage::get(SERVER_TIME).ok()
}

pub fn set_server_time(known: ServerTime) {
    // If the browser does not keep it, the next answer of the server brings another one.
    let _ = LocalStorage::set(SERVER_TIME, known);
}

/// The time of the server's last answer, in milliseconds since the Unix epoch.
#[must_use]
pub fn last_contact() -> Option<i64> {
    read(LAST_CONTACT).and_then(|at| at.parse().ok())
}

pub fn set_last_contact(at_ms: i64) {
    write(LAST_CONTACT, &at_ms.to_string());
}

/// The draft that last got lines of the guide.
#[must_use]
pub fn guide_order() -> Option<DocumentId> {
    read(GUIDE_ORDER).and_then(|id| id.parse().ok())
}

pub fn set_guide_order(order: DocumentId) {
    write(GUIDE_ORDER, &order.to_string());
}

/// The second copy of the tablet's identity ([`super::session::copy_of`]).
#[must_use]
pub fn enrolment() -> Option<String> {
    read(ENROLMENT)
}

pub fn set_enrolment(copy: &str) {
    write(ENROLMENT, copy);
}

/// The work that waited to be sent when it was last noted. This is what people lose with the
/// database.
#[must_use]
pub fn unsent() -> Unsent {
    let kept = read(UNSENT).unwrap_or_default();
    let mut numbers = kept.split(' ');
    Unsent {
        count: numbers.next().and_then(|count| count.parse().ok()).unwrap_or_default(),
        // A loss is reported by the number of people's actions, so the number of orders is not
        // kept.
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
