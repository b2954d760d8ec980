//! Writes schema 1 of a site's settings.

use automerge::transaction::{Transactable, Transaction};
use automerge::{ObjId, ObjType, ROOT, ReadDoc};

use super::schema::{
    AREA, AREAS, CONTACTS, HOURS, INSTRUCTIONS, ITEM, KEPT, LINES, NAME, PLACE, UNIT, par,
};
use crate::document::DocumentError;
use crate::document::schema::{ADDED_AT, ADDED_BY};
use crate::document::write::{Write, json, map, put_register};
use crate::ids::{AreaId, GuideLineId};
use crate::site::{Command, Intent};

impl Write for Command {
    fn write(document: &mut Transaction<'_>, intent: &Intent) -> Result<(), DocumentError> {
        match &intent.command {
            Command::AddArea { area, name, place } => {
                let areas = map(document, &ROOT, AREAS)?;
                let object = document.put_object(&areas, area.as_str(), ObjType::Map)?;
                document.put(&object, NAME, name.as_str())?;
                document.put(&object, PLACE, place.as_str())?;
            }
            Command::NameArea { area, name } => {
                let object = object(document, AREAS, area.as_str())?;
                put_register(document, &object, NAME, name)?;
            }
            Command::MoveArea { area, place } => {
                let object = object(document, AREAS, area.as_str())?;
                put_register(document, &object, PLACE, place.as_str())?;
            }
            Command::AddGuideLine { line, item, unit, area, place } => {
                let lines = map(document, &ROOT, LINES)?;
                let object = document.put_object(&lines, line.as_str(), ObjType::Map)?;
                document.put(&object, ITEM, item.as_str())?;
                document.put(&object, UNIT, unit.as_str())?;
                document.put(&object, ADDED_BY, intent.by.as_str())?;
                document.put(&object, ADDED_AT, intent.at.to_string())?;
                document.put(&object, AREA, area.as_ref().map_or("", AreaId::as_str))?;
                document.put(&object, PLACE, place.as_str())?;
                document.put(&object, KEPT, intent.id.to_string())?;
            }
            Command::KeepGuideLine { line, keep: true } => keep(document, line, intent)?,
            Command::KeepGuideLine { line, keep: false } => {
                let object = object(document, LINES, line.as_str())?;
                put_register(document, &object, KEPT, "")?;
            }
            Command::MoveGuideLine { line, area, place } => {
                let object = object(document, LINES, line.as_str())?;
                put_register(document, &object, AREA, area.as_ref().map_or("", AreaId::as_str))?;
                put_register(document, &object, PLACE, place.as_str())?;
            }
            Command::SetPar { line, weekdays, quantity } => {
                let object = object(document, LINES, line.as_str())?;
                let quantity = quantity.normalize().to_string();
                let mut is_news = false;
                for weekday in weekdays {
                    is_news |= !says(document, &object, par(*weekday), &quantity)?;
                    put_register(document, &object, par(*weekday), &quantity)?;
                }
                if is_news {
                    keep(document, line, intent)?;
                }
            }
            Command::SetReceivingHours { weekdays, hours } => {
                let object = map(document, &ROOT, HOURS)?;
                let hours = hours.as_ref().map(ToString::to_string).unwrap_or_default();
                for weekday in weekdays {
                    put_register(document, &object, &weekday.number().to_string(), &hours)?;
                }
            }
            Command::SetDeliveryInstructions { instructions } => {
                put_register(document, &ROOT, INSTRUCTIONS, instructions)?;
            }
            Command::SetContact { contact, details } => {
                let contacts = map(document, &ROOT, CONTACTS)?;
                let details = details.as_ref().map(json).transpose()?.unwrap_or_default();
                put_register(document, &contacts, contact.as_str(), &details)?;
            }
        }
        Ok(())
    }
}

fn object(document: &Transaction<'_>, collection: &str, id: &str) -> Result<ObjId, DocumentError> {
    map(document, &map(document, &ROOT, collection)?, id)
}

/// Puts a line into the guide. The value is the identifier of this intent, so that a concurrent
/// removal becomes a conflict.
fn keep(
    document: &mut Transaction<'_>,
    line: &GuideLineId,
    intent: &Intent,
) -> Result<(), DocumentError> {
    let object = object(document, LINES, line.as_str())?;
    put_register(document, &object, KEPT, &intent.id.to_string())
}

/// Whether a register has this value, and no conflict.
fn says(
    document: &Transaction<'_>,
    object: &ObjId,
    key: &str,
    value: &str,
) -> Result<bool, DocumentError> {
    let all = document.get_all(object, key)?;
    Ok(matches!(all.as_slice(), [(shown, _)] if shown.as_str() == Some(value)))
}
