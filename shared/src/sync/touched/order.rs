//! What a tablet may write in an order.

use super::{Action, Allowed, Part, Role, Touch};
use crate::document::schema::order::{
    HEADER, HEADER_KEYS, LINE_KEYS, LINES, PINS, QUANTITY, ROOT_TEXTS, SUBMISSION_KEYS, SUBMITTED,
};
use crate::ids::OrderLineId;

pub(super) const PARTS: [Part; 2] = [
    Part { key: HEADER, role: Role::Header, each: None },
    Part { key: LINES, role: Role::Lines, each: Some(Role::Line) },
];

pub(super) fn allowed(touch: &Touch<'_>, is_born: bool) -> Option<Allowed> {
    let Touch { role, is_root, key, is_new_object, is_first, action } = *touch;
    let is_line_id = || OrderLineId::parse(key).is_ok();
    match (role, action) {
        (None, Action::PutText) if is_root && ROOT_TEXTS.contains(&key) => Some(Allowed::Write),
        (None, Action::MakeMap) if is_root && key == SUBMITTED => {
            Some(Allowed::Make(Role::Submission))
        }
        (Some(Role::Header), Action::PutText)
            if !is_born && is_first && HEADER_KEYS.contains(&key) =>
        {
            Some(Allowed::Write)
        }
        (Some(Role::Lines), Action::MakeMap) if is_line_id() => Some(Allowed::MakeOnce(Role::Line)),
        (Some(Role::Line), Action::PutText)
            if (is_new_object && LINE_KEYS.contains(&key)) || (key == QUANTITY && !is_first) =>
        {
            Some(Allowed::Write)
        }
        (Some(Role::Submission), Action::PutText)
            if is_new_object && SUBMISSION_KEYS.contains(&key) =>
        {
            Some(Allowed::Write)
        }
        (Some(Role::Submission), Action::MakeMap) if is_new_object && key == PINS => {
            Some(Allowed::Make(Role::Pins))
        }
        (Some(Role::Pins), Action::PutText) if is_new_object && is_line_id() => {
            Some(Allowed::Write)
        }
        _ => None,
    }
}
