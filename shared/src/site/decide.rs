//! The rules: which commands are allowed on a site's settings. The tablet asks before it writes.
//! The server asks after it merged a push.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Command, Contact, Intent, ReceivingHours, SiteState};
use crate::ids::{AreaId, GuideLineId, ItemId};
use crate::limits::{
    GUIDE_AREAS, GUIDE_LINES, NAME_BYTES, NOTE_BYTES, ORDER_QUANTITY, ORDER_QUANTITY_SCALE,
    SITE_CONTACTS,
};
use crate::order::decide::{is_name, is_quantity};

/// Why a command is not allowed on a site's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum SiteRefusal {
    /// The name of a person, an area or a contact is missing, too long, or has control characters.
    #[error("a name must have 1 to {NAME_BYTES} bytes and no control character")]
    BadName,
    /// The guide already has an area with this identifier.
    #[error("the guide already has the area {area}")]
    AreaExists {
        /// The identifier of the area.
        area: AreaId,
    },
    /// The guide has no area with this identifier.
    #[error("the guide has no area {area}")]
    NoSuchArea {
        /// The identifier of the area.
        area: AreaId,
    },
    /// The guide already has the largest allowed number of areas.
    #[error("a guide has at most {GUIDE_AREAS} areas, removed ones included")]
    TooManyAreas,
    /// The guide already has a line with this identifier.
    #[error("the guide already has the line {line}")]
    LineExists {
        /// The identifier of the line.
        line: GuideLineId,
    },
    /// The guide already has a line for the item, perhaps a removed one. That line should be kept
    /// again.
    #[error("the guide already has a line for {item}")]
    ItemHasLine {
        /// The item.
        item: ItemId,
    },
    /// The guide has no line with this identifier.
    #[error("the guide has no line {line}")]
    NoSuchLine {
        /// The identifier of the line.
        line: GuideLineId,
    },
    /// The guide already has the largest allowed number of lines.
    #[error("a guide has at most {GUIDE_LINES} lines, removed ones included")]
    TooManyLines,
    /// The par is negative, too large, or has too many decimal places.
    #[error(
        "{quantity} cannot be a par: a par is 0 to {ORDER_QUANTITY}, with at most \
         {ORDER_QUANTITY_SCALE} decimal places"
    )]
    BadPar {
        /// The par that was refused.
        quantity: Decimal,
    },
    /// The command names no weekday.
    #[error("choose at least one day of the week")]
    NoWeekdays,
    /// The hours end before they begin, or have seconds.
    #[error("receiving hours begin before they end, in whole minutes")]
    BadHours,
    /// The delivery instructions are too long.
    #[error("delivery instructions have at most {NOTE_BYTES} bytes")]
    InstructionsTooLong,
    /// The site already has the largest allowed number of contacts.
    #[error("a site has at most {SITE_CONTACTS} contacts, removed ones included")]
    TooManyContacts,
    /// Somebody else changed the value in the meantime. This happens only when an intent is applied
    /// again after the server's answer.
    #[error("somebody else changed this in the meantime")]
    ChangedMeanwhile,
}

/// Checks whether an intent is allowed on a site's settings.
///
/// # Errors
/// The first rule that the intent breaks.
pub fn decide(site: &SiteState, intent: &Intent) -> Result<(), SiteRefusal> {
    check_name(&intent.by)?;
    match &intent.command {
        Command::AddArea { area, name, .. } => {
            if site.areas.contains_key(area) {
                return Err(SiteRefusal::AreaExists { area: area.clone() });
            }
            check_name(name)?;
            room(site.areas.len(), GUIDE_AREAS, SiteRefusal::TooManyAreas)
        }
        Command::NameArea { area, name } => {
            check_area(site, area)?;
            if name.is_empty() { Ok(()) } else { check_name(name) }
        }
        Command::MoveArea { area, .. } => check_area(site, area),
        Command::AddGuideLine { line, item, area, .. } => {
            if site.lines.contains_key(line) {
                return Err(SiteRefusal::LineExists { line: line.clone() });
            }
            if site.line_of(item).is_some() {
                return Err(SiteRefusal::ItemHasLine { item: item.clone() });
            }
            area.as_ref().map_or(Ok(()), |area| check_area(site, area))?;
            room(site.lines.len(), GUIDE_LINES, SiteRefusal::TooManyLines)
        }
        Command::KeepGuideLine { line, .. } => check_line(site, line),
        Command::MoveGuideLine { line, area, .. } => {
            check_line(site, line)?;
            area.as_ref().map_or(Ok(()), |area| check_area(site, area))
        }
        Command::SetPar { line, weekdays, quantity } => {
            check_line(site, line)?;
            if weekdays.is_empty() {
                return Err(SiteRefusal::NoWeekdays);
            }
            check_par(*quantity)
        }
        Command::SetReceivingHours { weekdays, .. } if weekdays.is_empty() => {
            Err(SiteRefusal::NoWeekdays)
        }
        Command::SetReceivingHours { hours, .. } => hours.as_ref().map_or(Ok(()), check_hours),
        Command::SetDeliveryInstructions { instructions } => check_instructions(instructions),
        Command::SetContact { contact, details } => {
            details.as_ref().map_or(Ok(()), check_contact)?;
            let count = site.contacts.len() - usize::from(site.contacts.contains_key(contact));
            room(count, SITE_CONTACTS, SiteRefusal::TooManyContacts)
        }
    }
}

/// Checks whether a merge may have these settings as its result. The server asks this after it
/// merged a tablet's changes.
///
/// # Errors
/// The first rule that the merge breaks.
pub fn check_merge(after: &SiteState) -> Result<(), SiteRefusal> {
    room(after.areas.len(), GUIDE_AREAS + 1, SiteRefusal::TooManyAreas)?;
    room(after.lines.len(), GUIDE_LINES + 1, SiteRefusal::TooManyLines)?;
    room(after.contacts.len(), SITE_CONTACTS + 1, SiteRefusal::TooManyContacts)?;
    for name in
        after.areas.values().flat_map(|area| area.name.values()).filter(|name| !name.is_empty())
    {
        check_name(name)?;
    }
    for line in after.lines.values() {
        check_name(&line.added_by)?;
        line.pars.values().flat_map(|par| par.values()).try_for_each(|par| check_par(*par))?;
    }
    let hours = after.receiving_hours.values().flat_map(|hours| hours.values());
    hours.flatten().try_for_each(check_hours)?;
    after.delivery_instructions.values().try_for_each(|text| check_instructions(text))?;
    after
        .contacts
        .values()
        .flat_map(|contact| contact.values())
        .flatten()
        .try_for_each(check_contact)
}

fn room(count: usize, limit: usize, refusal: SiteRefusal) -> Result<(), SiteRefusal> {
    if count < limit { Ok(()) } else { Err(refusal) }
}

fn check_area(site: &SiteState, area: &AreaId) -> Result<(), SiteRefusal> {
    if site.areas.contains_key(area) {
        Ok(())
    } else {
        Err(SiteRefusal::NoSuchArea { area: area.clone() })
    }
}

fn check_line(site: &SiteState, line: &GuideLineId) -> Result<(), SiteRefusal> {
    if site.lines.contains_key(line) {
        Ok(())
    } else {
        Err(SiteRefusal::NoSuchLine { line: line.clone() })
    }
}

fn check_name(name: &str) -> Result<(), SiteRefusal> {
    if is_name(name) { Ok(()) } else { Err(SiteRefusal::BadName) }
}

fn check_par(quantity: Decimal) -> Result<(), SiteRefusal> {
    if is_quantity(quantity) { Ok(()) } else { Err(SiteRefusal::BadPar { quantity }) }
}

fn check_hours(hours: &ReceivingHours) -> Result<(), SiteRefusal> {
    let is_whole = |time: jiff::civil::Time| time.second() == 0 && time.subsec_nanosecond() == 0;
    if hours.from < hours.to && is_whole(hours.from) && is_whole(hours.to) {
        Ok(())
    } else {
        Err(SiteRefusal::BadHours)
    }
}

fn check_instructions(text: &str) -> Result<(), SiteRefusal> {
    if text.len() <= NOTE_BYTES { Ok(()) } else { Err(SiteRefusal::InstructionsTooLong) }
}

fn check_contact(contact: &Contact) -> Result<(), SiteRefusal> {
    check_name(&contact.name)?;
    let fits = contact.role.len() <= NAME_BYTES && contact.telephone.len() <= NAME_BYTES;
    if fits { Ok(()) } else { Err(SiteRefusal::BadName) }
}
