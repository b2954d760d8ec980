//! Small things that may be lost without harm: language, theme, who ordered last, the site's zone,
//! and what to say and do should the database be lost. In `localStorage`, so that they are there
//! before the first screen is drawn.

use calloff_core::ids::{DocumentId, PersonId};
use gloo_storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

use super::people::WrongPins;
use super::workspace::Unsent;
use crate::i18n::Language;
use crate::platform::clock;
use crate::platform::server_time::ServerTime;

const LANGUAGE: &str = "calloff.language";
const THEME: &str = "calloff.theme";
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

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device is set.
    #[default]
    Device,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Device, Self::Light, Self::Dark];

    /// What `data-theme` on `<html>` says; none follows the device.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Device => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn from_attribute(attribute: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.attribute() == Some(attribute)).unwrap_or_default()
    }
}

/// The language chosen here, else the browser's.
#[must_use]
pub fn language() -> Language {
    let tag = read(LANGUAGE).unwrap_or_else(clock::device_locale);
    Language::from_tag(&tag)
}

pub fn set_language(language: Language) {
    write(LANGUAGE, language.tag());
}

/// The theme chosen here.
#[must_use]
pub fn theme() -> Theme {
    read(THEME).map(|attribute| Theme::from_attribute(&attribute)).unwrap_or_default()
}

pub fn set_theme(theme: Theme) {
    write(THEME, theme.attribute().unwrap_or_default());
}

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

fn read(key: &str) -> Option<String> {
    LocalStorage::get::<String>(key).ok()
}

fn write(key: &str, value: &str) {
    // A hint that cannot be kept is asked for again next time.
    let _ = LocalStorage::set(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_found_again_by_its_attribute_and_anything_else_follows_the_device() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_attribute(theme.attribute().unwrap_or_default()), theme);
        }
        assert_eq!(Theme::from_attribute("purple"), Theme::Device);
    }
}
