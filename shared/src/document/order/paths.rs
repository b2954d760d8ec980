//! What a tablet may write in an order.

use super::schema::{
    HEADER, HEADER_KEYS, LINE_KEYS, LINES, LOCKED_PRICES, QUANTITY, ROOT_TEXTS, SUBMISSION_KEYS,
    SUBMITTED,
};
use crate::document::model::{Action, Allowed, Part, PathRole, Touch};
use crate::ids::OrderLineId;

const HEADER_ROLE: PathRole = "header";
const LINES_ROLE: PathRole = "lines";
const LINE_ROLE: PathRole = "a line";
const SUBMISSION_ROLE: PathRole = "a submission";
const LOCKED_PRICES_ROLE: PathRole = "locked prices";

pub(super) const PARTS: [Part; 2] = [
    Part { key: HEADER, role: HEADER_ROLE, each: None, begins: true },
    Part { key: LINES, role: LINES_ROLE, each: Some(LINE_ROLE), begins: false },
];

pub(super) fn allowed(touch: &Touch<'_>, is_begun: bool) -> Option<Allowed> {
    let Touch { role, is_root, key, is_new_object, is_first, action } = *touch;
    let is_line_id = || OrderLineId::parse(key).is_ok();
    match (role, action) {
        (None, Action::PutText) if is_root && ROOT_TEXTS.contains(&key) => Some(Allowed::Write),
        (None, Action::MakeMap) if is_root && key == SUBMITTED => {
            Some(Allowed::Make(SUBMISSION_ROLE))
        }
        (Some(HEADER_ROLE), Action::PutText)
            if !is_begun && is_first && HEADER_KEYS.contains(&key) =>
        {
            Some(Allowed::Write)
        }
        (Some(LINES_ROLE), Action::MakeMap) if is_line_id() => Some(Allowed::MakeOnce(LINE_ROLE)),
        (Some(LINE_ROLE), Action::PutText)
            if (is_new_object && LINE_KEYS.contains(&key)) || (key == QUANTITY && !is_first) =>
        {
            Some(Allowed::Write)
        }
        (Some(SUBMISSION_ROLE), Action::PutText)
            if is_new_object && SUBMISSION_KEYS.contains(&key) =>
        {
            Some(Allowed::Write)
        }
        (Some(SUBMISSION_ROLE), Action::MakeMap) if is_new_object && key == LOCKED_PRICES => {
            Some(Allowed::Make(LOCKED_PRICES_ROLE))
        }
        (Some(LOCKED_PRICES_ROLE), Action::PutText) if is_new_object && is_line_id() => {
            Some(Allowed::Write)
        }
        _ => None,
    }
}
