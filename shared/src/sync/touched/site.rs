//! What a tablet may write in its site's settings. The facts of a line that never change can be
//! written only once.

use super::{Action, Allowed, Part, Role, Touch};
use crate::calendar::IsoWeekday;
use crate::document::schema::site::{
    AREA_KEYS, AREAS, CHANGING_LINE_KEYS, CONTACTS, HOURS, INSTRUCTIONS, LINE_KEYS, LINES, par,
    weekday,
};
use crate::ids::{AreaId, ContactId, GuideLineId};

pub(super) const PARTS: [Part; 4] = [
    Part { key: AREAS, role: Role::Areas, each: Some(Role::Area) },
    Part { key: LINES, role: Role::GuideLines, each: Some(Role::GuideLine) },
    Part { key: HOURS, role: Role::Hours, each: None },
    Part { key: CONTACTS, role: Role::Contacts, each: None },
];

pub(super) fn allowed(touch: &Touch<'_>) -> Option<Allowed> {
    let Touch { role, is_root, key, is_new_object, is_first, action } = *touch;
    let is_par = || IsoWeekday::ALL.into_iter().any(|day| par(day) == key);
    match (role, action) {
        (None, Action::PutText) if is_root && key == INSTRUCTIONS => Some(Allowed::Write),
        (Some(Role::Areas), Action::MakeMap) if AreaId::parse(key).is_ok() => {
            Some(Allowed::MakeOnce(Role::Area))
        }
        (Some(Role::Area), Action::PutText)
            if AREA_KEYS.contains(&key) && is_new_object == is_first =>
        {
            Some(Allowed::Write)
        }
        (Some(Role::GuideLines), Action::MakeMap) if GuideLineId::parse(key).is_ok() => {
            Some(Allowed::MakeOnce(Role::GuideLine))
        }
        (Some(Role::GuideLine), Action::PutText)
            if (is_new_object && LINE_KEYS.contains(&key))
                || (!is_first && CHANGING_LINE_KEYS.contains(&key))
                || is_par() =>
        {
            Some(Allowed::Write)
        }
        (Some(Role::Hours), Action::PutText) if weekday(key).is_some() => Some(Allowed::Write),
        (Some(Role::Contacts), Action::PutText) if ContactId::parse(key).is_ok() => {
            Some(Allowed::Write)
        }
        _ => None,
    }
}
