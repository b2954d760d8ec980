//! What a site says about itself: its order guide with par levels, its receiving hours, and its
//! contacts.
//!
//! Each site has one Automerge [`crate::document`], which only tablets write. This module reads it
//! as a [`SiteState`]. [`decide()`] says which commands are allowed. [`suggest()`] computes from a
//! count on the shelf what to order.

pub mod command;
pub mod decide;
pub mod place;
pub mod suggest;

pub use command::{Command, Intent};
pub use decide::{SiteRefusal, decide};
pub use place::Place;
pub use suggest::{Suggestion, suggest};

use std::collections::BTreeMap;

use jiff::civil::Time;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::calendar::IsoWeekday;
use crate::ids::{AreaId, ContactId, DocumentId, GuideLineId, ItemId};
use crate::register::Register;
use crate::unit::Unit;

/// The settings of a site, as read from their document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteState {
    /// The document of the settings, [`DocumentId::of_site`].
    pub document: DocumentId,
    /// The areas of the order guide. A removed area has no name. It stays in the document so that a
    /// concurrent edit of it is seen.
    pub areas: BTreeMap<AreaId, Area>,
    /// The lines of the order guide. A removed line is not kept. It stays in the document so that a
    /// concurrent edit of it is seen.
    pub lines: BTreeMap<GuideLineId, GuideLine>,
    /// The hours in which the site takes deliveries, by weekday. A weekday that is missing was
    /// never set.
    pub receiving_hours: BTreeMap<IsoWeekday, Register<Option<ReceivingHours>>>,
    /// What a driver must know. Empty when the site wrote nothing.
    pub delivery_instructions: Register<String>,
    /// The contacts of the site. `None` for a removed contact.
    pub contacts: BTreeMap<ContactId, Register<Option<Contact>>>,
}

/// A part of the store that people walk through as a whole, such as the cold room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The name. Empty when the area was removed.
    pub name: Register<String>,
    /// The place of the area on the walk.
    pub place: Place,
}

/// A line of the order guide: an item that the site keeps in stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuideLine {
    /// The item.
    pub item: ItemId,
    /// The unit of counts and pars. It does not depend on the supplier.
    pub unit: Unit,
    /// The area of the line. `None` when the line is in no area.
    pub area: Register<Option<AreaId>>,
    /// The place in shelf order. Of concurrent moves, one counts.
    pub place: Place,
    /// Whether the line is in the guide. Setting a par also puts it in. So a removal and a
    /// concurrent par become a conflict, and no par is lost.
    pub is_kept: Register<bool>,
    /// The quantity that there should be, by weekday. Zero and a missing weekday mean that there is
    /// no par.
    pub pars: BTreeMap<IsoWeekday, Register<Decimal>>,
    /// The display name of the person who added the line.
    pub added_by: String,
    /// The time when the line was added, by that tablet's clock, in milliseconds since the Unix
    /// epoch.
    pub added_at: i64,
}

/// The hours in which the site takes deliveries on a day, in the site's time. `from` is before
/// `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReceivingHours {
    /// The first minute of the hours.
    pub from: Time,
    /// The minute after the last minute of the hours.
    pub to: Time,
}

/// A person or desk to ask at a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// The name of the person or desk.
    pub name: String,
    /// The task, for example "goods in" or "nights". May be empty.
    pub role: String,
    /// The telephone number, as people write it. May be empty.
    pub telephone: String,
}

impl Contact {
    /// The contact as one line: "Ms Weber, goods in, 030 123".
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let parts = [&self.name, &self.role, &self.telephone];
        let parts = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl SiteState {
    /// The settings of a site that has written nothing yet.
    #[must_use]
    pub fn empty(document: DocumentId) -> Self {
        Self {
            document,
            areas: BTreeMap::new(),
            lines: BTreeMap::new(),
            receiving_hours: BTreeMap::new(),
            delivery_instructions: Register::default(),
            contacts: BTreeMap::new(),
        }
    }

    /// The areas that were not removed, in the order of the walk.
    #[must_use]
    pub fn walk(&self) -> Vec<(&AreaId, &Area)> {
        let mut areas: Vec<_> = self.areas.iter().filter(|(_, area)| area.is_there()).collect();
        areas.sort_by(|a, b| (&a.1.place, a.0).cmp(&(&b.1.place, b.0)));
        areas
    }

    /// The lines of an area, in shelf order. With `None`, the lines whose area is missing or was
    /// removed.
    #[must_use]
    pub fn shelf(&self, area: Option<&AreaId>) -> Vec<(&GuideLineId, &GuideLine)> {
        let stands_in = |line: &GuideLine| {
            let there = line
                .area
                .value
                .as_ref()
                .filter(|id| self.areas.get(*id).is_some_and(Area::is_there));
            there == area
        };
        let mut lines: Vec<_> =
            self.lines.iter().filter(|(_, line)| line.is_listed() && stands_in(line)).collect();
        lines.sort_by(|a, b| (&a.1.place, a.0).cmp(&(&b.1.place, b.0)));
        lines
    }

    /// The line of an item in the guide, also when it was removed. If there are several, the one
    /// that is listed, then the oldest.
    #[must_use]
    pub fn line_of(&self, item: &ItemId) -> Option<(&GuideLineId, &GuideLine)> {
        let lines = self.lines.iter().filter(|(_, line)| line.item == *item);
        lines.min_by_key(|(id, line)| (!line.is_listed(), line.added_at, *id))
    }

    /// The values of other people that a command would overwrite or contradict, each with its day
    /// where there are several. A person who removes a line has seen its pars. A person who sets a
    /// par has seen that the line is kept. Places are not among the values, because only one
    /// of two moves counts.
    pub(crate) fn seen_by(&self, command: &Command) -> Vec<String> {
        match command {
            Command::NameArea { area, .. } => self
                .areas
                .get(area)
                .into_iter()
                .flat_map(|area| area.name.values().cloned())
                .collect(),
            Command::KeepGuideLine { line, keep } => {
                let weekdays = if *keep { &[] } else { IsoWeekday::ALL.as_slice() };
                self.lines.get(line).map(|line| line.seen(weekdays.iter())).unwrap_or_default()
            }
            Command::SetPar { line, weekdays, .. } => {
                self.lines.get(line).map(|line| line.seen(weekdays.iter())).unwrap_or_default()
            }
            Command::MoveGuideLine { line, .. } => {
                let areas = self.lines.get(line).into_iter().flat_map(|line| line.area.values());
                areas
                    .map(|area| area.as_ref().map(ToString::to_string).unwrap_or_default())
                    .collect()
            }
            Command::SetReceivingHours { weekdays, .. } => {
                let hours =
                    self.receiving_hours.iter().filter(|(weekday, _)| weekdays.contains(weekday));
                let each = hours
                    .flat_map(|(weekday, hours)| hours.values().map(move |hours| (weekday, hours)));
                let text = |hours: &Option<ReceivingHours>| {
                    hours.as_ref().map(ToString::to_string).unwrap_or_default()
                };
                each.map(|(weekday, hours)| format!("{} {}", weekday.number(), text(hours)))
                    .collect()
            }
            Command::SetDeliveryInstructions { .. } => {
                self.delivery_instructions.values().cloned().collect()
            }
            Command::SetContact { contact, .. } => {
                let values =
                    self.contacts.get(contact).into_iter().flat_map(|contact| contact.values());
                values.map(|contact| format!("{contact:?}")).collect()
            }
            Command::AddArea { .. } | Command::MoveArea { .. } | Command::AddGuideLine { .. } => {
                Vec::new()
            }
        }
    }

    /// Whether two tablets wrote different values anywhere.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        self.areas.values().any(|area| area.name.is_conflicted())
            || self.lines.values().any(GuideLine::is_conflicted)
            || self.receiving_hours.values().any(Register::is_conflicted)
            || self.delivery_instructions.is_conflicted()
            || self.contacts.values().any(Register::is_conflicted)
    }
}

impl Area {
    /// Whether at least one tablet still has the area.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.name.value.is_empty()
            || self.name.conflicts.iter().any(|other| !other.value.is_empty())
    }
}

impl GuideLine {
    /// Whether at least one tablet still has the line in the guide.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_kept.value || self.is_kept.is_conflicted()
    }

    /// Whether two tablets wrote different values for the line.
    #[must_use]
    pub fn is_conflicted(&self) -> bool {
        self.is_kept.is_conflicted()
            || self.area.is_conflicted()
            || self.pars.values().any(Register::is_conflicted)
    }

    /// Whether the line is kept, and its pars on some weekdays: all values.
    fn seen<'d>(&self, weekdays: impl Iterator<Item = &'d IsoWeekday>) -> Vec<String> {
        let pars = weekdays.filter_map(|weekday| Some((weekday, self.pars.get(weekday)?)));
        let pars =
            pars.flat_map(|(weekday, par)| par.values().map(move |par| (weekday, par.normalize())));
        let pars = pars.map(|(weekday, par)| format!("{} {par}", weekday.number()));
        self.is_kept.values().map(ToString::to_string).chain(pars).collect()
    }

    /// The quantity that there should be on a weekday. `None` without a par, or when two tablets
    /// wrote different ones.
    #[must_use]
    pub fn par(&self, weekday: IsoWeekday) -> Option<Decimal> {
        let par = self.pars.get(&weekday)?;
        (!par.is_conflicted() && !par.value.is_zero()).then_some(par.value)
    }
}

impl std::fmt::Display for ReceivingHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
    }
}

#[cfg(test)]
mod tests;
