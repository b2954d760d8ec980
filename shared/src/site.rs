//! What a site says of itself: its order guide with par levels, when it takes deliveries, and whom
//! to ask.
//!
//! One Automerge [`crate::document`] per site, which tablets alone write. This module sees it as a
//! [`SiteState`] and says by [`decide()`] what may be done to it; [`suggest()`] turns a count on
//! the shelf into what to order.

pub mod command;
pub mod decide;
pub mod place;
pub mod suggest;

pub use command::{Command, Intent};
pub use decide::{Refusal, decide};
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

/// A site's settings as their document says they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteState {
    /// The document they live in: [`DocumentId::of_site`].
    pub document: DocumentId,
    /// The areas of the order guide. One without a name was removed, and stays so that a concurrent
    /// edit of it is seen.
    pub areas: BTreeMap<AreaId, Area>,
    /// The lines of the order guide. One that is not kept was removed, and stays so that a
    /// concurrent edit of it is seen.
    pub lines: BTreeMap<GuideLineId, GuideLine>,
    /// When deliveries are taken; a day that is missing was never set.
    pub receiving_hours: BTreeMap<IsoWeekday, Register<Option<ReceivingHours>>>,
    /// What a driver must know; empty where the site said nothing itself.
    pub delivery_instructions: Register<String>,
    /// Whom to ask; `None` was removed.
    pub contacts: BTreeMap<ContactId, Register<Option<Contact>>>,
}

/// A part of the store, walked through as a whole: cold room, dry store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name; empty is removed.
    pub name: Register<String>,
    /// Its place on the walk.
    pub place: Place,
}

/// An item that a site keeps in stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuideLine {
    /// What.
    pub item: ItemId,
    /// The unit in which it is counted and its pars are given; whoever supplies it, a par means the
    /// same.
    pub unit: Unit,
    /// Where it stands; `None` is in no area.
    pub area: Register<Option<AreaId>>,
    /// Its place in shelf order. Of concurrent moves one counts.
    pub place: Place,
    /// Whether it is in the guide. Setting a par says so too: a removal and a concurrent par are a
    /// conflict, not a loss.
    pub is_kept: Register<bool>,
    /// How much there should be, by weekday; zero and a missing day are no par.
    pub pars: BTreeMap<IsoWeekday, Register<Decimal>>,
    /// Who put it there: the display name.
    pub added_by: String,
    /// When, by that tablet's clock, in milliseconds since the Unix epoch.
    pub added_at: i64,
}

/// From when to when deliveries are taken on a day, in the site's time: `from` is before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReceivingHours {
    /// The first minute.
    pub from: Time,
    /// The minute after the last.
    pub to: Time,
}

/// Whom to ask at a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contact {
    /// Who, or which desk.
    pub name: String,
    /// For what: "goods in", "nights"; may be empty.
    pub role: String,
    /// A telephone number as people write it; may be empty.
    pub telephone: String,
}

impl SiteState {
    /// The settings of a site that has said nothing yet.
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

    /// The areas that were not removed, as they are walked.
    #[must_use]
    pub fn walk(&self) -> Vec<(&AreaId, &Area)> {
        let mut areas: Vec<_> = self.areas.iter().filter(|(_, area)| area.is_there()).collect();
        areas.sort_by(|a, b| (&a.1.place, a.0).cmp(&(&b.1.place, b.0)));
        areas
    }

    /// The lines of an area in shelf order; `None` gives those that stand in no area that is there.
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

    /// The line that an item has in the guide, removed or not; of several the listed one, then the
    /// oldest.
    #[must_use]
    pub fn line_of(&self, item: &ItemId) -> Option<(&GuideLineId, &GuideLine)> {
        let lines = self.lines.iter().filter(|(_, line)| line.item == *item);
        lines.min_by_key(|(id, line)| (!line.is_listed(), line.added_at, *id))
    }

    /// What a command would overwrite or decide against that a person chose: all values, each with
    /// the day where there are several. Who takes a line out saw its pars, and who sets one saw
    /// that the line is kept. A place on the shelf is none of that: of two moves one counts.
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

    /// Whether two tablets disagree anywhere.
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
    /// Whether some tablet still has it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.name.value.is_empty()
            || self.name.conflicts.iter().any(|other| !other.value.is_empty())
    }
}

impl GuideLine {
    /// Whether some tablet still has it in the guide.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_kept.value || self.is_kept.is_conflicted()
    }

    /// Whether two tablets disagree on it.
    #[must_use]
    pub fn is_conflicted(&self) -> bool {
        self.is_kept.is_conflicted()
            || self.area.is_conflicted()
            || self.pars.values().any(Register::is_conflicted)
    }

    /// Whether it is kept, and its pars on some days: all values.
    fn seen<'d>(&self, weekdays: impl Iterator<Item = &'d IsoWeekday>) -> Vec<String> {
        let pars = weekdays.filter_map(|weekday| Some((weekday, self.pars.get(weekday)?)));
        let pars =
            pars.flat_map(|(weekday, par)| par.values().map(move |par| (weekday, par.normalize())));
        let pars = pars.map(|(weekday, par)| format!("{} {par}", weekday.number()));
        self.is_kept.values().map(ToString::to_string).chain(pars).collect()
    }

    /// How much there should be on a weekday; `None` where nobody said, or two tablets disagree.
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
