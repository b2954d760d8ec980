//! Reads schema 1 of a site's settings.

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::{Automerge, ObjId, ROOT, ReadDoc};
use jiff::civil::Time;

use super::schema::{
    AREA, AREAS, CONTACTS, HOURS, INSTRUCTIONS, ITEM, KEPT, LINES, NAME, PLACE, UNIT, par, weekday,
};
use crate::calendar::IsoWeekday;
use crate::document::read::{Anomaly, Reader, parse_quantity};
use crate::document::schema::{ADDED_AT, ADDED_BY};
use crate::ids::{AreaId, ContactId, DocumentId, GuideLineId};
use crate::limits::{GUIDE_AREAS, GUIDE_LINES, SITE_CONTACTS};
use crate::register::Register;
use crate::site::{Area, Contact, GuideLine, ReceivingHours, SiteState};
use crate::unit::Unit;

/// Reads one line again after an intent that touched only this line.
pub(super) fn read_guide_line_again(document: &Automerge, site: &mut SiteState, id: &GuideLineId) {
    let mut reader = Reader::of(document);
    let object = reader.map(&ROOT, LINES).and_then(|lines| reader.map(&lines, id.as_str()));
    if let Some(line) = object.and_then(|object| reader.guide_line(&object, LINES)) {
        site.lines.insert(id.clone(), line);
    }
}

/// The settings of a site in their document, and the anomalies.
#[must_use]
pub fn read_site(id: DocumentId, document: &Automerge) -> (SiteState, Vec<Anomaly>) {
    let mut reader = Reader::of(document);
    let state = reader.site(id);
    (state, reader.anomalies)
}

impl Reader<'_> {
    fn site(&mut self, document: DocumentId) -> SiteState {
        SiteState {
            document,
            // Two tablets may each fill the guide before they meet.
            areas: self.collection(AREAS, 2 * GUIDE_AREAS, Self::area),
            lines: self.collection(LINES, 2 * GUIDE_LINES, Self::guide_line),
            receiving_hours: self.receiving_hours(),
            delivery_instructions: self.delivery_instructions(),
            contacts: self.contacts(),
        }
    }

    fn area(&mut self, object: &ObjId, path: &str) -> Option<Area> {
        let texts = self.texts(object);
        let place = texts.get(PLACE).map(|text| text.value.as_str());
        Some(Area {
            name: self.register_of(&texts, (object, path, NAME), |text| Some(text.to_owned()))?,
            place: self.parse_text(place, path, PLACE)?,
        })
    }

    fn guide_line(&mut self, object: &ObjId, path: &str) -> Option<GuideLine> {
        let texts = self.texts(object);
        let text = |key: &str| texts.get(key).map(|text| text.value.as_str());
        let mut pars = BTreeMap::new();
        for weekday in IsoWeekday::ALL {
            let key = par(weekday);
            if texts.contains_key(key) {
                pars.insert(
                    weekday,
                    self.register_of(&texts, (object, path, key), parse_quantity)?,
                );
            }
        }
        Some(GuideLine {
            item: self.parse_text(text(ITEM), path, ITEM)?,
            unit: Unit::parse(text(UNIT)?).ok()?,
            area: self.register_of(&texts, (object, path, AREA), parse_area)?,
            place: self.parse_text(text(PLACE), path, PLACE)?,
            is_kept: self
                .register_of(&texts, (object, path, KEPT), |text| Some(!text.is_empty()))?,
            pars,
            added_by: text(ADDED_BY).unwrap_or_default().to_owned(),
            added_at: self.parse_text(text(ADDED_AT), path, ADDED_AT).unwrap_or_default(),
        })
    }

    fn receiving_hours(&mut self) -> BTreeMap<IsoWeekday, Register<Option<ReceivingHours>>> {
        let mut hours = BTreeMap::new();
        let Some(object) = self.map(&ROOT, HOURS) else { return hours };
        for key in self.keys(&object, HOURS, IsoWeekday::ALL.len()) {
            match weekday(&key).zip(self.register(&object, HOURS, &key, parse_hours)) {
                Some((weekday, register)) => {
                    hours.insert(weekday, register);
                }
                None => self.anomalies.push(Anomaly::Unreadable(format!("{HOURS}/{key}"))),
            }
        }
        hours
    }

    fn delivery_instructions(&mut self) -> Register<String> {
        match self.document.get(ROOT, INSTRUCTIONS) {
            Ok(Some(_)) => self
                .register(&ROOT, "", INSTRUCTIONS, |text| Some(text.to_owned()))
                .unwrap_or_default(),
            _ => Register::default(),
        }
    }

    fn contacts(&mut self) -> BTreeMap<ContactId, Register<Option<Contact>>> {
        let mut contacts = BTreeMap::new();
        let Some(object) = self.map(&ROOT, CONTACTS) else { return contacts };
        for key in self.keys(&object, CONTACTS, 2 * SITE_CONTACTS) {
            let id = ContactId::from_str(&key).ok();
            match id.zip(self.register(&object, CONTACTS, &key, parse_contact)) {
                Some((id, register)) => {
                    contacts.insert(id, register);
                }
                None => self.anomalies.push(Anomaly::Unreadable(format!("{CONTACTS}/{key}"))),
            }
        }
        contacts
    }
}

fn parse_area(text: &str) -> Option<Option<AreaId>> {
    if text.is_empty() { Some(None) } else { AreaId::parse(text).ok().map(Some) }
}

/// Each receiving time has one spelling: `6:00-11:00` is not read. So equal hours are equal texts.
fn parse_hours(text: &str) -> Option<Option<ReceivingHours>> {
    if text.is_empty() {
        return Some(None);
    }
    let (from, to) = text.split_once('-')?;
    let hours = ReceivingHours { from: Time::from_str(from).ok()?, to: Time::from_str(to).ok()? };
    (hours.to_string() == text).then_some(Some(hours))
}

fn parse_contact(text: &str) -> Option<Option<Contact>> {
    if text.is_empty() {
        return Some(None);
    }
    let contact: Contact = serde_json::from_str(text).ok()?;
    (serde_json::to_string(&contact).ok()? == text).then_some(Some(contact))
}
