//! What a tablet may write in its site's settings. The facts of a line that never change can be
//! written only once.

use super::schema::{
    AREA_KEYS, AREAS, CHANGING_LINE_KEYS, CONTACTS, HOURS, INSTRUCTIONS, LINE_KEYS, LINES, par,
    weekday,
};
use crate::calendar::IsoWeekday;
use crate::document::model::{Action, Allowed, Part, PathRole, Touch};
use crate::ids::{AreaId, ContactId, GuideLineId};

const AREAS_ROLE: PathRole = "areas";
const AREA_ROLE: PathRole = "an area";
const GUIDE_LINES_ROLE: PathRole = "a guide's lines";
const GUIDE_LINE_ROLE: PathRole = "a guide's line";
const HOURS_ROLE: PathRole = "receiving hours";
const CONTACTS_ROLE: PathRole = "contacts";

pub(super) const PARTS: [Part; 4] = [
    Part { key: AREAS, role: AREAS_ROLE, each: Some(AREA_ROLE), begins: false },
    Part { key: LINES, role: GUIDE_LINES_ROLE, each: Some(GUIDE_LINE_ROLE), begins: false },
    Part { key: HOURS, role: HOURS_ROLE, each: None, begins: false },
    Part { key: CONTACTS, role: CONTACTS_ROLE, each: None, begins: false },
];

pub(super) fn allowed(touch: &Touch<'_>) -> Option<Allowed> {
    let Touch { role, is_root, key, is_new_object, is_first, action } = *touch;
    let is_par = || IsoWeekday::ALL.into_iter().any(|day| par(day) == key);
    match (role, action) {
        (None, Action::PutText) if is_root && key == INSTRUCTIONS => Some(Allowed::Write),
        (Some(AREAS_ROLE), Action::MakeMap) if AreaId::parse(key).is_ok() => {
            Some(Allowed::MakeOnce(AREA_ROLE))
        }
        (Some(AREA_ROLE), Action::PutText)
            if AREA_KEYS.contains(&key) && is_new_object == is_first =>
        {
            Some(Allowed::Write)
        }
        (Some(GUIDE_LINES_ROLE), Action::MakeMap) if GuideLineId::parse(key).is_ok() => {
            Some(Allowed::MakeOnce(GUIDE_LINE_ROLE))
        }
        (Some(GUIDE_LINE_ROLE), Action::PutText)
            if (is_new_object && LINE_KEYS.contains(&key))
                || (!is_first && CHANGING_LINE_KEYS.contains(&key))
                || is_par() =>
        {
            Some(Allowed::Write)
        }
        (Some(HOURS_ROLE), Action::PutText) if weekday(key).is_some() => Some(Allowed::Write),
        (Some(CONTACTS_ROLE), Action::PutText) if ContactId::parse(key).is_ok() => {
            Some(Allowed::Write)
        }
        _ => None,
    }
}
